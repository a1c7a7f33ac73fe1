"""What the demo shop sells: forty goods for home and table, and two services, named in the shop's language."""

from dataclasses import dataclass
from typing import Final

from orders.catalogue import Card
from orders.models import Product
from shopdesk.base.money import digits

LANGUAGES: Final = ("ru", "bg", "en")
RUBLES_IN_ANY_OTHER: Final = 80  # a rough worth, so that prices look right whatever the shop's currency
PACK: Final = 6
BINS: Final = tuple(f"{row}-{shelf:02}" for row in "ABC" for shelf in range(1, 6))
SCARCE: Final = ("LAMP-02", "BOARD-01")  # the supplier has none of these
SERVICES: Final = {"WRAP", "DELIVERY"}

# SKU, rubles, grams, pieces under which it is ordered anew | Russian | Bulgarian | English
SHELF: Final = """
TEA-01 890 120 12|Чай чёрный «Ассам», 100 г|Черен чай „Асам“, 100 г|Black tea Assam, 100 g
TEA-02 990 120 12|Чай зелёный «Сенча», 100 г|Зелен чай „Сенча“, 100 г|Green tea Sencha, 100 g
TEA-03 760 120 10|Чай травяной «Летний луг»|Билков чай „Лятна поляна“|Herbal tea Summer Meadow
TEA-04 1450 220 8|Чай улун, 200 г|Чай улун, 200 г|Oolong tea, 200 g
COFFEE-01 1190 270 12|Кофе в зёрнах, Бразилия, 250 г|Кафе на зърна, Бразилия, 250 г|Coffee beans, Brazil, 250 g
COFFEE-02 1390 270 10|Кофе в зёрнах, Эфиопия, 250 г|Кафе на зърна, Етиопия, 250 г|Coffee beans, Ethiopia, 250 g
COFFEE-03 2190 1020 6|Кофе в зёрнах, смесь, 1 кг|Кафе на зърна, смес, 1 кг|Coffee beans, blend, 1 kg
MUG-01 690 380 12|Кружка керамическая белая|Керамична чаша, бяла|Ceramic mug, white
MUG-02 690 380 12|Кружка керамическая синяя|Керамична чаша, синя|Ceramic mug, blue
MUG-03 1290 420 8|Термокружка стальная, 350 мл|Термочаша от стомана, 350 мл|Steel travel mug, 350 ml
POT-01 2490 850 6|Чайник заварочный стеклянный|Стъклен чайник|Glass teapot
POT-02 3290 1250 5|Чайник чугунный, 0,8 л|Чугунен чайник, 0,8 л|Cast-iron teapot, 0.8 l
POT-03 2790 700 5|Кофейник-гейзер, 6 чашек|Кубинска кафеварка, 6 чаши|Moka pot, 6 cups
PRESS-01 1890 640 6|Френч-пресс, 600 мл|Френска преса, 600 мл|French press, 600 ml
MILL-01 3490 980 4|Кофемолка ручная|Ръчна кафемелачка|Hand coffee mill
PLATE-01 590 450 12|Тарелка обеденная, 26 см|Основна чиния, 26 см|Dinner plate, 26 cm
PLATE-02 490 320 12|Тарелка десертная, 20 см|Десертна чиния, 20 см|Dessert plate, 20 cm
BOWL-01 550 400 10|Миска для салата|Купа за салата|Salad bowl
BOARD-01 1590 900 5|Доска разделочная, дуб|Дъска за рязане, дъб|Cutting board, oak
BOARD-02 1190 750 6|Доска разделочная, бамбук|Дъска за рязане, бамбук|Cutting board, bamboo
KNIFE-01 2990 260 5|Нож поварской, 20 см|Готварски нож, 20 см|Chef's knife, 20 cm
KNIFE-02 1490 150 6|Нож для овощей, 9 см|Нож за зеленчуци, 9 см|Paring knife, 9 cm
PAN-01 3990 1450 5|Сковорода, 26 см|Тиган, 26 см|Frying pan, 26 cm
PAN-02 4990 2100 4|Сотейник с крышкой, 24 см|Тиган соте с капак, 24 см|Sauté pan with lid, 24 cm
JAR-01 390 480 12|Банка для хранения, 1 л|Буркан за съхранение, 1 л|Storage jar, 1 l
JAR-02 290 300 12|Банка для специй, набор из 3|Буркани за подправки, 3 бр.|Spice jars, set of 3
TOWEL-01 450 180 12|Полотенце кухонное, лён|Кухненска кърпа, лен|Kitchen towel, linen
APRON-01 1290 320 6|Фартук льняной|Ленена престилка|Linen apron
CLOTH-01 2390 700 5|Скатерть, 150 × 220 см|Покривка, 150 × 220 см|Tablecloth, 150 × 220 cm
CANDLE-01 790 330 10|Свеча ароматическая «Кедр»|Ароматна свещ „Кедър“|Scented candle Cedar
CANDLE-02 790 330 10|Свеча ароматическая «Лаванда»|Ароматна свещ „Лавандула“|Scented candle Lavender
LAMP-01 4490 1600 4|Лампа настольная, медь|Настолна лампа, мед|Table lamp, copper
LAMP-02 3990 1500 4|Лампа настольная, чёрная|Настолна лампа, черна|Table lamp, black
VASE-01 1990 1100 4|Ваза стеклянная, 30 см|Стъклена ваза, 30 см|Glass vase, 30 cm
VASE-02 1690 950 5|Ваза керамическая, 22 см|Керамична ваза, 22 см|Ceramic vase, 22 cm
PLAID-01 3490 1100 5|Плед шерстяной|Вълнено одеяло|Wool throw
PILLOW-01 1290 500 6|Подушка декоративная|Декоративна възглавница|Cushion
HONEY-01 690 620 10|Мёд липовый, 500 г|Липов мед, 500 г|Linden honey, 500 g
JAM-01 490 400 10|Варенье из роз, 300 г|Сладко от рози, 300 г|Rose jam, 300 g
CHOC-01 390 110 12|Шоколад горький, 100 г|Черен шоколад, 100 г|Dark chocolate, 100 g
WRAP 250 0 0|Подарочная упаковка|Подаръчна опаковка|Gift wrapping
DELIVERY 350 0 0|Доставка|Доставка|Delivery
"""


@dataclass(frozen=True, slots=True)
class Article:
    """A line of the shelf: its card, the bin it lies in, and the pieces under which it is ordered anew."""

    card: Card
    bin: str
    cost_minor: int


def articles(language: str, currency: str) -> list[Article]:
    """Give everything the shop sells, priced in its currency."""
    rows = [line.split("|") for line in SHELF.strip().splitlines()]
    return [_article(place, row, language, currency) for place, row in enumerate(rows)]


def anything() -> bool:
    """Tell whether the catalogue has anything."""
    return Product.objects.exists()


def substitutes(sku: str, there: set[str]) -> list[str]:
    """Give what may be offered instead: the others of its kind."""
    kind = sku.partition("-")[0]
    return sorted(other for other in there if other != sku and other.partition("-")[0] == kind)


def worth(rubles: int, currency: str) -> int:
    """Give what so many rubles are in minor units of the shop's currency, roundly."""
    unit: int = 10 ** digits(currency)
    return rubles * unit if currency == "RUB" else rubles * unit // RUBLES_IN_ANY_OTHER


def _article(place: int, row: list[str], language: str, currency: str) -> Article:
    sku, rubles, weight, least = row[0].split()
    name = row[1 + LANGUAGES.index(language)]
    price = worth(int(rubles), currency)
    if sku in SERVICES:
        return Article(Card(sku, name, kind=Product.Kind.SERVICE, price_minor=price), "", 0)
    barcodes = {_ean(place): 1}
    if sku.startswith(("TEA", "CHOC")):
        barcodes[_ean(500 + place)] = PACK
    card = Card(sku, name, price_minor=price, barcodes=barcodes, weight_g=int(weight), min_stock=int(least))
    return Article(card, BINS[place % len(BINS)], price * 55 // 100)


def _ean(number: int) -> str:
    """Give an EAN-13 from the range that is left to shops themselves (GS1 prefix 200)."""
    body = f"200000{number:06}"
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return f"{body}{-weighed % 10}"
