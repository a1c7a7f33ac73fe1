"""Who buys in the demo shop: invented people in three languages, with phones that nobody has."""

import random
from dataclasses import dataclass
from typing import Final

from orders.intake import Address

HOW_MANY: Final = 230
NEVER_READ: Final = ("8 916 12-34", "позвоните на почту", "+7 (000) 000-00-00", "0888 12")

RU_WOMEN: Final = ("Анна", "Мария", "Ольга", "Елена", "Татьяна", "Наталья", "Ирина", "Светлана", "Юлия", "Екатерина")
RU_MEN: Final = ("Иван", "Алексей", "Дмитрий", "Сергей", "Андрей", "Михаил", "Павел", "Николай", "Артём", "Илья")
RU_NAMES: Final = (
    "Смирнов", "Кузнецов", "Попов", "Соколов", "Лебедев", "Новиков", "Морозов", "Волков", "Зайцев", "Павлов",
    "Орлов", "Громов", "Беляев", "Воробьёв", "Киселёв", "Ершов",
)  # fmt: skip
BG_WOMEN: Final = ("Мария", "Елена", "Десислава", "Гергана", "Ивелина", "Радост", "Цветелина", "Симона")
BG_MEN: Final = ("Георги", "Димитър", "Стоян", "Христо", "Калоян", "Пламен", "Борислав", "Петър")
BG_NAMES: Final = ("Иванов", "Георгиев", "Димитров", "Петров", "Николов", "Стоянов", "Тодоров", "Илиев", "Колев")
EN_FIRST: Final = ("Emma", "Oliver", "Grace", "Thomas", "Lucy", "Henry", "Alice", "Peter")
EN_NAMES: Final = ("Baker", "Harris", "Whitfield", "Morgan", "Ellis", "Foster", "Parker")

# City, region, postcode, streets. Our own couriers drive in Moscow, or in Sofia when the shop is Bulgarian.
RU_PLACES: Final = (
    ("Москва", "Москва", "101000", ("ул. Мясницкая", "Ленинский проспект", "ул. Профсоюзная", "ул. Сретенка")),
    ("Москва", "Москва", "125009", ("ул. Тверская", "ул. Большая Ордынка", "проспект Мира", "ул. Таганская")),
    ("Москва", "Москва", "117292", ("ул. Вавилова", "Нахимовский проспект", "ул. Кедрова")),
    ("Санкт-Петербург", "Санкт-Петербург", "191025", ("Невский проспект", "ул. Рубинштейна", "Загородный проспект")),
    ("Казань", "Республика Татарстан", "420111", ("ул. Баумана", "ул. Пушкина")),
    ("Екатеринбург", "Свердловская область", "620014", ("ул. Малышева", "проспект Ленина")),
    ("Новосибирск", "Новосибирская область", "630099", ("Красный проспект", "ул. Советская")),
)
BG_PLACES: Final = (
    ("София", "София-град", "1000", ("бул. Витоша", "ул. Граф Игнатиев", "ул. Шипка", "бул. Дондуков")),
    ("София", "София-град", "1408", ("бул. Черни връх", "ул. Оборище", "бул. Васил Левски")),
    ("Пловдив", "Пловдив", "4000", ("ул. Иван Вазов", "бул. Шести септември")),
    ("Варна", "Варна", "9000", ("бул. Сливница", "ул. Преслав")),
    ("Бургас", "Бургас", "8000", ("ул. Александровска", "ул. Богориди")),
)
EN_PLACES: Final = (
    ("Sofia", "Sofia City", "1504", ("Oborishte St", "Shipka St", "Vasil Levski Blvd")),
    ("Moscow", "Moscow", "119034", ("Ostozhenka St", "Prechistenka St")),
)
SPELLED: Final = (
    "+7 {0} {1}-{2}-{3}",
    "+7{0}{1}{2}{3}",
    "8 ({0}) {1}-{2}-{3}",
    "8{0}{1}{2}{3}",
)  # the last two at home
RU_CODES: Final = ("903", "905", "910", "915", "916", "917", "925", "926", "977", "985")


@dataclass(frozen=True, slots=True)
class Buyer:
    """An invented person. `near`: our own courier drives there."""

    name: str
    phone: str
    email: str
    address: Address
    near: bool


def buyer(seed: int, number: int, home: str) -> Buyer:
    """Give the same person for the same number, always. `home` is the shop's country: most live there."""
    dice = random.Random(f"{seed}:buyer:{number}")  # noqa: S311  # invented people, no secret
    kind = number % 10
    if kind == 9:
        return _english(number, dice, home)
    return _bulgarian(number, dice, home) if (kind < 6) == (home == "BG") else _russian(number, dice, home)


def _russian(number: int, dice: random.Random, home: str) -> Buyer:
    woman = dice.random() < 0.6
    surname = dice.choice(RU_NAMES) + ("а" if woman else "")
    first = dice.choice(RU_WOMEN if woman else RU_MEN)
    digits = f"{dice.choice(RU_CODES)}000{number:04}"  # a subscriber's number never begins with three zeros
    spelled = dice.choice(SPELLED if home == "RU" else SPELLED[:2])
    phone = spelled.format(digits[:3], digits[3:6], digits[6:8], digits[8:])
    place = dice.choice(RU_PLACES)
    near = home != "BG" and place[0] == "Москва"
    return Buyer(f"{first} {surname}", phone, _mail(number, dice), _address("RU", place, dice), near)


def _bulgarian(number: int, dice: random.Random, home: str) -> Buyer:
    woman = dice.random() < 0.5
    surname = dice.choice(BG_NAMES) + ("а" if woman else "")
    first = dice.choice(BG_WOMEN if woman else BG_MEN)
    place = dice.choice(BG_PLACES)
    near = home == "BG" and place[0] == "София"
    phone = f"+359 88 000 {number:04}"
    return Buyer(f"{first} {surname}", phone, _mail(number, dice), _address("BG", place, dice), near)


def _english(number: int, dice: random.Random, home: str) -> Buyer:
    name = f"{dice.choice(EN_FIRST)} {dice.choice(EN_NAMES)}"
    place = dice.choice(EN_PLACES)
    in_moscow = place[0] == "Moscow"
    # 555-01xx is kept free for films and examples.
    phone = f"+1 202-555-01{number % 100:02}" if number % 30 == 9 else f"+359 87 000 {number:04}"
    address = _address("RU" if in_moscow else "BG", place, dice)
    return Buyer(name, phone, _mail(number, dice), address, near=in_moscow == (home != "BG"))


def _mail(number: int, dice: random.Random) -> str:
    return f"buyer{number}@mail.example" if dice.random() < 0.8 else ""


def _address(country: str, place: tuple[str, str, str, tuple[str, ...]], dice: random.Random) -> Address:
    city, region, postcode, streets = place
    street, house, flat = dice.choice(streets), str(dice.randint(1, 90)), str(dice.randint(1, 160))
    return Address(
        text=f"{postcode}, {city}, {street} {house}, {flat}", country=country, region=region, postcode=postcode,
        city=city, street=street, house=house, flat=flat,
    )  # fmt: skip
