"""What a seeded shop sells and who buys there: invented, and the same for the same seed."""

import random
from dataclasses import dataclass
from typing import Final

from shopdesk.demo import buyers

SKUS: Final = 1_000
HOT: Final = 5  # of them, and a fifth of all lines is theirs
HOT_SHARE: Final = 0.2
BINS: Final = tuple(f"{row}-{shelf:02}" for row in "ABCDE" for shelf in range(1, 21))
KINDS: Final = ("Чай", "Кофе", "Кружка", "Тарелка", "Плед", "Лампа", "Ваза", "Нож", "Доска", "Полотенце")
LOOKS: Final = ("белый", "синий", "чёрный", "зелёный", "стальной", "дубовый", "льняной", "медный", "тёплый", "ручной")
STEMS: Final = tuple(
    """
    Абрам Агап Акс Алешк Андре Антип Арсен Бажен Балаш Барсук Белк Берез Бобр Богат Брат Бутк Вавил Верш Ветр Волк
    Воронк Гаврил Глад Голуб Горох Гранк Груд Давыд Дегт Дем Дорон Дубк Елис Ерм Ефрем Жар Жук Забел Зубк Ивл Игнат
    Кабан Калин Камен Карп Клим Ковал Козл Корабл Кот Крыл Кувш Лавр Лап Лешк Лис Лук Макс Март Мельн Мирон Моск
    Наз Нестер Обух Ос Панк Петр Плат Рог Ряб Сав Сел Сид Стел Сух Тарас Тит Трош Туп Ум Фад Фил Хват Цвет Чист Шест
    """.split()  # noqa: SIM905  # ninety words in quotes would fill a page
)
ENDINGS: Final = ("ов", "ин", "енко", "ский", "ев", "кин")
LINES: Final = (1,) * 52 + (2,) * 26 + (3,) * 12 + (4,) * 5 + (5,) * 3 + (8, 13)
PIECES: Final = (1,) * 80 + (2,) * 14 + (3,) * 4 + (5, 10)


@dataclass(frozen=True, slots=True)
class Goods:
    """A product of the shop."""

    place: int
    sku: str
    name: str
    price_minor: int
    cost_minor: int
    weight_g: int
    bin: str


@dataclass(frozen=True, slots=True)
class Buyer:
    """A customer with the address that their orders go to."""

    key: int
    name: str
    phone: str
    email: str
    city: str
    region: str
    postcode: str
    address: str


def goods(chance: random.Random) -> list[Goods]:
    """Make the catalogue."""
    found = []
    for place in range(SKUS):
        kind, look = KINDS[place % len(KINDS)], LOOKS[place // len(KINDS) % len(LOOKS)]
        price = round(chance.lognormvariate(7.1, 0.7)) * 100
        name = f"{kind} {look} № {place // 100 + 1}"
        found.append(
            Goods(
                place, f"S-{place:04}", name, price, price * 45 // 100, 100 + place % 37 * 40, BINS[place % len(BINS)]
            )
        )
    return found


def chosen(chance: random.Random) -> list[tuple[int, int]]:
    """Choose what an order holds: (place in the catalogue, pieces), each product once."""
    wanted: dict[int, int] = {}
    for _line in range(chance.choice(LINES)):
        # A fifth of the lines are of five products; the others thin out along the catalogue.
        place = chance.randrange(HOT) if chance.random() < HOT_SHARE else int(SKUS * chance.random() ** 2)
        wanted.setdefault(place, chance.choice(PIECES))
    return list(wanted.items())


def buyer(key: int, chance: random.Random) -> Buyer:
    """Make the customer of that number: a phone that is nobody else's, a name that others may have too."""
    is_she = chance.random() < 0.6
    first = chance.choice(buyers.RU_WOMEN if is_she else buyers.RU_MEN)
    last = chance.choice(STEMS) + chance.choice(ENDINGS)
    if is_she and not last.endswith("енко"):
        last = last.removesuffix("ий") + "ая" if last.endswith("ий") else last + "а"
    city, region, postcode, streets = chance.choice(buyers.RU_PLACES)
    house = f"{chance.choice(streets)}, д. {chance.randrange(1, 120)}, кв. {chance.randrange(1, 300)}"
    # Steps of a large prime never meet on the way through all nine-digit numbers.
    phone = f"+79{key * 618_033_989 % 10**9:09}"
    email = f"buyer{key}@mail.example" if chance.random() < 0.6 else ""
    return Buyer(key, f"{first} {last}", phone, email, city, region, postcode, f"{city}, {house}")
