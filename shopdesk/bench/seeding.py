"""Seed an empty database with a shop of N orders: two years of days, lived in the order of time."""

import hashlib
import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from delivery.handoff import act_hash
from delivery.models import Handoff, HandoffLine
from orders.models import Channel, Courier, Location, Order, Parcel, Place, Product, Shop
from shopdesk.bench import tables, written
from shopdesk.bench.ledgers import Journal, Rows, Shelves
from shopdesk.bench.life import COURIERS, CURRENCY, LOCATION, SLOTS, Desk, Life, Line
from shopdesk.bench.rows import Book, Row
from shopdesk.bench.town import Buyer, Goods, buyer, chosen, goods
from shopdesk.people.models import Role, User

SPAN: Final = timedelta(days=730)
HOURS: Final = (1, 1, 0, 0, 0, 1, 2, 4, 6, 8, 8, 7, 7, 7, 6, 6, 6, 7, 7, 6, 5, 4, 3, 2)  # of a day, how busy
ACTS_AT_H, REGISTERS_AT_H, MONDAY = 14, 9, 0
FATES: Final = ("delivered",) * 720 + ("refused",) * 120 + ("declined",) * 95 + ("unreached",) * 62 + ("lost",) * 3
STAFF: Final = {"owner": 1, "manager": 8, "packer": 3}

DOMAIN: Final = "@bench.example"
Tell = Callable[[int], None]


class NotEmpty(RuntimeError):
    """The seeder was asked to fill a database in which there are orders or goods."""


@dataclass(slots=True)
class Town:
    """Everything that is known while the shop is lived through."""

    chance: random.Random
    book: Book
    desk: Desk
    goods: list[Goods]
    keys: dict[int, int]
    end: datetime
    buyers: list[Buyer] = field(default_factory=list)
    plan: list[tuple[datetime, int, str, Life | None]] = field(default_factory=list)
    turn: Iterator[int] = field(default_factory=count)
    packed: dict[str, list[Life]] = field(default_factory=lambda: defaultdict(list))
    unpaid: dict[str, list[Life]] = field(default_factory=lambda: defaultdict(list))
    living: dict[int, Life] = field(default_factory=dict)
    acts: Iterator[int] = field(default_factory=lambda: count(1))
    registers: Iterator[int] = field(default_factory=lambda: count(1))

    def later(self, at: datetime, step: str, life: Life | None) -> None:
        """Plan a step. What lies behind the end is never lived."""
        if at <= self.end:
            heapq.heappush(self.plan, (at, next(self.turn), step, life))


def seed(orders: int, *, seed: int, end: datetime, tell: Tell = lambda done: None) -> int:
    """Fill an empty database with so many orders until `end`. The same seed and end give the same shop.

    Gives the rows written. Raises NotEmpty.
    """
    if Order.objects.exists() or Product.objects.exists():
        raise NotEmpty("There are orders or goods in this database. The bench fills an empty one only.")
    town = _found(seed, end)
    arrivals = _arrivals(orders, town.chance, end)
    first = end - SPAN
    for day in range(SPAN.days + 1):
        at = (first + timedelta(days=day)).replace(minute=30, second=0, microsecond=0)
        town.later(at.replace(hour=ACTS_AT_H), "acts", None)
        if at.weekday() == MONDAY:
            town.later(at.replace(hour=REGISTERS_AT_H), "registers", None)
    with town.book.unchecked():
        for number, at in enumerate(arrivals, start=1):
            _live_until(town, at)
            _arrive(town, number, at)
            town.book.write_if_full()
            if number % 1_000 == 0:
                tell(number)
        _live_until(town, end)
        _close(town)
    tell(orders)
    return town.book.written


def is_seeded() -> bool:
    """Whether this database is the bench's own: everybody in it is."""
    people = User.objects.all()
    return people.exists() and not people.exclude(email__endswith=DOMAIN).exists()


def _found(seed: int, end: datetime) -> Town:
    """Lay the small tables: people, channels, couriers, shelves, goods."""
    chance = random.Random(seed)  # noqa: S311  # a seed, so that two runs make the same shop
    Shop.current().save()  # as every owner has done
    people = {
        role: [
            User.objects.create_user(f"{role}{n}{DOMAIN}", name=f"{role.capitalize()} {n}", role=Role(role)).pk
            for n in range(1, many + 1)
        ]
        for role, many in STAFF.items()
    }
    Channel.objects.create(code="site", name="Site", kind=Channel.Kind.API, currency=CURRENCY, country="RU")
    Channel.objects.create(
        code="market", name="Market", kind=Channel.Kind.API, currency=CURRENCY, country="RU", contact="optional"
    )
    for code, kind in zip(COURIERS, ("own", "service", "post"), strict=True):
        Courier.objects.create(code=code, name=code.capitalize(), kind=kind, days=1)
    catalogue = goods(chance)
    keys, places = _shelve(catalogue)
    book = Book(tables.ALL)
    desk = Desk(Journal(), Shelves(catalogue, keys, places), people, seed)
    return Town(chance, book, desk, catalogue, keys, end.astimezone(UTC))


def _shelve(catalogue: list[Goods]) -> tuple[dict[int, int], dict[str, int]]:
    location = Location.objects.create(code=LOCATION, name="Main")
    rows = Product.objects.bulk_create(
        Product(sku=one.sku, name=one.name, price_minor=one.price_minor, cost_minor=one.cost_minor,
                weight_g=one.weight_g, min_stock=5)
        for one in catalogue
    )  # fmt: skip
    bins = sorted({one.bin for one in catalogue})
    places = {f"bin:{code}": Place(kind="bin", code=code, location=location) for code in bins}
    places |= {kind: Place(kind=kind, location=location) for kind in ("packing", "returns")}
    places |= {f"courier:{code}": Place(kind="courier", code=code) for code in COURIERS}
    places |= {kind: Place(kind=kind) for kind in ("supplier", "customer", "lost")}
    Place.objects.bulk_create(places.values())
    return {n: row.pk for n, row in enumerate(rows)}, {name: place.pk for name, place in places.items()}


def _arrivals(orders: int, chance: random.Random, end: datetime) -> list[datetime]:
    """Say when each order is placed: a shop that grows, by day rather than by night."""
    first = end - SPAN
    hours = range(len(HOURS))
    found = []
    for _order in range(orders):
        day = first + timedelta(days=int(SPAN.days * chance.random() ** 0.8))
        hour = chance.choices(hours, HOURS)[0]
        at = day.replace(hour=hour, minute=0, second=0) + timedelta(seconds=chance.random() * 3_600)
        found.append(min(at, end - timedelta(seconds=chance.random() * 3_600)))
    return sorted(found)


def _arrive(town: Town, number: int, at: datetime) -> None:
    """An order comes in; two in five are of somebody who bought before."""
    chance = town.chance
    again = bool(town.buyers) and chance.random() < 0.4
    who = chance.choice(town.buyers) if again else buyer(len(town.buyers) + 1, chance)
    fate, channel = chance.choice(FATES), "market" if chance.random() < 0.15 else "site"
    prepaid = chance.random() < 0.3
    if (prepaid and fate != "delivered") or (channel == "market" and fate in {"declined", "unreached"}):
        fate = "delivered"
    lines = [
        Line(next(town.desk.line), place, town.keys[place], town.goods[place], pieces)
        for place, pieces in chosen(chance)
    ]
    life = Life(number, who, at, lines, fate, channel, prepaid, chance.choice(COURIERS), chance.choice(SLOTS))
    if not again:
        town.buyers.append(who)
        written.write_buyer(town.book, who, life)
    town.living[number] = life
    town.desk.take(life, at)
    town.later(at + timedelta(minutes=1 if channel == "market" else 2 + chance.expovariate(1 / 60)), "call", life)


def _live_until(town: Town, until: datetime) -> None:
    while town.plan and town.plan[0][0] <= until:
        at, _turn, step, life = heapq.heappop(town.plan)
        if life is None:
            (_write_acts if step == "acts" else _write_registers)(town, at)
        else:
            STEPS[step](town, life, at)


def _call(town: Town, life: Life, at: datetime) -> None:
    if life.fate == "unreached" and life.tries < 3:
        town.desk.ring(life, at, "no_answer")
        town.later(at + timedelta(hours=5), "call", life)
    elif life.fate in {"declined", "unreached"}:
        town.desk.cancel(life, at)
        _bury(town, life)
    elif life.task and not life.tries and town.chance.random() < 0.25:
        town.desk.ring(life, at, "no_answer")
        town.later(at + timedelta(hours=3), "call", life)
    else:
        town.desk.agree(life, at)
        morning = (at + timedelta(days=1)).replace(hour=7, minute=0)
        town.later(morning + timedelta(minutes=town.chance.randrange(300)), "pick", life)


def _pick(town: Town, life: Life, at: datetime) -> None:
    town.desk.pick(life, at)
    town.later(at + timedelta(minutes=12), "pack", life)


def _pack(town: Town, life: Life, at: datetime) -> None:
    town.desk.pack(life, at)
    town.packed[life.courier].append(life)


def _arrive_at_the_door(town: Town, life: Life, at: datetime) -> None:
    if life.fate == "refused":
        town.desk.refuse(life, at)
        town.later(at + timedelta(days=town.chance.randrange(3, 8)), "back", life)
    elif life.fate == "lost":
        town.desk.lose(life, at)
        _bury(town, life)
    else:
        town.desk.deliver(life, at)
        if life.due_minor:
            town.unpaid[life.courier].append(life)
        else:
            _bury(town, life)


def _back(town: Town, life: Life, at: datetime) -> None:
    town.desk.come_back(life, at)
    _bury(town, life)


STEPS = {"call": _call, "pick": _pick, "pack": _pack, "door": _arrive_at_the_door, "back": _back}


def _bury(town: Town, life: Life) -> None:
    """Nothing happens to it any more: its rows may be written."""
    written.write(town.book, town.living.pop(life.number))


def _write_acts(town: Town, at: datetime) -> None:
    """Each courier takes what is packed for it, on one act."""
    for courier, lives in town.packed.items():
        if not lives:
            continue
        number = next(town.acts)
        lines = [
            HandoffLine(
                parcel=Parcel(number=town.desk.label(life)), weight_g=life.weight_g, cod_minor=life.due_minor,
                declared_minor=life.total_minor,
            )
            for life in lives
        ]  # fmt: skip
        town.book.put(tables.ACT, _act(number, courier, lines, at))
        for life, line in zip(lives, lines, strict=True):
            sums = (line.weight_g, line.cod_minor, line.declared_minor)
            life.rows.append((tables.ACT_LINE, (number, life.parcel, "accepted", *sums, at)))
            town.desk.depart(life, number, at)
            way = timedelta(days=town.chance.randrange(1, 5), hours=town.chance.randrange(-6, 4))
            town.later(at + way, "door", life)
        lives.clear()


def _act(number: int, courier: str, lines: list[HandoffLine], at: datetime) -> Row:
    """Give the row of an act that was opened an hour ago and is accepted now."""
    act = Handoff(number=number, courier_id=courier, location_id=LOCATION, ship_on=at.date(), currency=CURRENCY)
    sums = [sum(getattr(line, name) for line in lines) for name in ("weight_g", "cod_minor", "declared_minor")]
    return (
        number, courier, LOCATION, at.date(), "accepted", at - timedelta(hours=1), at, act_hash(act, lines), len(lines),
        *sums, CURRENCY, at, "courier",
    )  # fmt: skip


def _write_registers(town: Town, at: datetime) -> None:
    """Each courier sends the week's money home, with a list."""
    for courier, lives in town.unpaid.items():
        if not lives:
            continue
        key = next(town.registers)
        total = sum(life.due_minor for life in lives)
        fees = sum(life.due_minor * 3 // 100 for life in lives)
        reference = f"{courier}-{at:%Y-%m-%d}"
        row = (key, courier, reference, CURRENCY, hashlib.sha256(reference.encode()).hexdigest(), total, fees, at, at)
        town.book.put(tables.REGISTER, row)
        for position, life in enumerate(lives, start=1):
            remitted, kept = town.desk.remit(life, at)
            line = (
                key,
                position,
                town.desk.label(life),
                life.due_minor,
                kept,
                life.shipment,
                "matched",
                remitted,
                kept,
            )
            life.rows.append((tables.REGISTER_LINE, line))
            _bury(town, life)
        lives.clear()


def _close(town: Town) -> None:
    """Write who is still in the middle of something, and what lies where."""
    promised: dict[int, int] = defaultdict(int)
    lives = list(town.living.values())
    for line in (line for life in lives if life.status in written.PROMISED for line in life.lines):
        promised[line.place] += line.pieces
    _receive_what_was_promised(town, promised)
    for life in lives:
        _bury(town, life)
    shelves = town.desk.shelves
    for place, key in town.keys.items():
        town.book.put(tables.STOCK, (key, LOCATION, shelves.has(place), promised[place]))
    for (place, name), (on_hand, version) in shelves.levels.items():
        town.book.put(tables.PLACE, (town.keys[place], shelves.places[name], on_hand, version))
    town.book.put(tables.HEAD, (1, town.desk.journal.position, town.desk.journal.hash))
    town.book.finish()


def _receive_what_was_promised(town: Town, promised: dict[int, int]) -> None:
    rows: Rows = []
    for place, pieces in promised.items():
        while town.desk.shelves.has(place) < pieces:
            town.desk.receive(rows, place, town.end)
    for table, row in rows:
        town.book.put(table, row)
