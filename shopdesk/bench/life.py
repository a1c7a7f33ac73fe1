"""One order of the seeded shop, from the storefront to the money at home, in the desk's own rows."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, Final

from orders.status import CancelReason
from shopdesk.bench import tables
from shopdesk.bench.ledgers import Journal, Rows, Said, Shelves
from shopdesk.bench.town import Buyer, Goods

CURRENCY: Final = "RUB"
LOCATION: Final = "MAIN"
DELIVERY_MINOR: Final = 300_00
COURIERS: Final = ("own", "parcels", "post")
SLOTS: Final = ("10:00-14:00", "14:00-18:00", "18:00-22:00")
AGREE_WITHIN: Final = timedelta(hours=72)


@dataclass(slots=True)
class Line:
    """A line: so many pieces of the product at that place of the catalogue, whose key is `product`."""

    key: int
    place: int
    product: int
    goods: Goods
    pieces: int

    @property
    def total_minor(self) -> int:
        return self.pieces * self.goods.price_minor


@dataclass(slots=True)
class Life:
    """An order while it is being lived. `rows` wait until its last step, or the end of the seeding."""

    number: int
    buyer: Buyer
    at: datetime
    lines: list[Line]
    fate: str
    channel: str
    prepaid: bool
    courier: str
    slot: str
    rows: Rows = field(default_factory=list)
    status: str = ""
    status_at: datetime | None = None
    version: int = 0
    tries: int = 0
    ship_on: date | None = None
    packer: int | None = None
    task: int = 0
    parcel: int = 0
    shipment: int = 0
    parcel_state: tuple[str, str, str] = ("inside", "none", "")
    shipment_state: tuple[str, datetime | None] = ("accepted", None)
    money: dict[str, int] = field(default_factory=dict)
    cancel_reason: str = ""
    sealed_at: datetime | None = None
    started_at: datetime | None = None
    outcome: str = ""

    @property
    def items_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.items_minor + DELIVERY_MINOR

    @property
    def weight_g(self) -> int:
        return 200 + sum(line.pieces * line.goods.weight_g for line in self.lines)

    @property
    def due_minor(self) -> int:
        return 0 if self.prepaid else self.total_minor


class Desk:
    """Lives orders step by step. Everybody's keys are its own: the database is empty before."""

    def __init__(self, journal: Journal, shelves: Shelves, people: Mapping[str, list[int]], seed: int) -> None:
        self.journal, self.shelves, self.people = journal, shelves, people
        self.chance = random.Random(seed)  # noqa: S311  # a seed, so that two runs make the same shop
        self.line, self.task, self.parcel, self.shipment = count(1), count(1), count(1), count(1)

    def take(self, life: Life, at: datetime) -> None:
        """The storefront brings it."""
        actor = ("token", 1) if life.channel == "site" else ("rule", 0)
        event = self.move(life, "new", at, actor, kind="order.taken")
        if life.prepaid:
            life.money["paid"] = life.total_minor
            self._pay(life, "prepaid", life.total_minor, event, at)
        if life.channel == "site":
            life.task = next(self.task)

    def ring(self, life: Life, at: datetime, outcome: str, reason: str = "") -> None:
        """A manager rings the customer."""
        person = self.chance.choice(self.people["manager"])
        data = {"task": life.task, "mode": "confirm", "outcome": outcome, "reason": reason, "applied": True}
        event = self.say(life, "call.attempted", at, ("person", person), data, ("call_task", str(life.task)))
        attempt = (life.task, life.number, life.buyer.key, person, outcome, reason, True, event, at, at)
        life.rows.append((tables.ATTEMPT, attempt))
        life.tries += 1
        if outcome != "no_answer":
            life.outcome = outcome

    def agree(self, life: Life, at: datetime) -> None:
        """The customer said yes, or the marketplace did for them."""
        actor = ("rule", 0)
        if life.task:
            self.ring(life, at, "confirmed")
            actor = ("person", self.people["manager"][0])
        life.ship_on = (at + timedelta(days=1)).date()
        self.move(life, "confirmed", at, actor)

    def cancel(self, life: Life, at: datetime) -> None:
        """The customer said no, or was never reached."""
        never = life.fate == "unreached"
        reason = "no_contact" if never else self.chance.choice(CancelReason.values[:5])
        self.ring(life, at, "no_answer" if never else "declined", "" if never else reason)
        life.outcome, life.cancel_reason = "no_answer" if never else "declined", reason
        self.move(life, "cancelled", at, ("person", self.people["manager"][0]), {"reason": reason})

    def pick(self, life: Life, at: datetime) -> None:
        """A packer takes it and scans its goods off the shelf; the supplier brought what was missing."""
        life.packer = self.chance.choice(self.people["packer"])
        self.move(life, "picking", at, ("person", life.packer))
        at += timedelta(minutes=4)
        for line in life.lines:
            if self.shelves.has(line.place) < line.pieces:
                self.receive(life.rows, line.place, at)
        items = [{"sku": line.goods.sku, "pieces": line.pieces} for line in life.lines]
        event = self.say(life, "order.picked", at, ("person", life.packer), {"items": items})
        for line in life.lines:
            way = (self.shelves.bin_of(line.place), "packing")
            self.shelves.move(life.rows, (line.place, line.pieces, line.key), way, "picked", (event, at))

    def pack(self, life: Life, at: datetime) -> None:
        """Sealed in one parcel."""
        self.move(life, "packed", at, ("person", life.packer or 0))
        life.packer, life.parcel, life.sealed_at = None, next(self.parcel), at

    def depart(self, life: Life, act: int, at: datetime) -> None:
        """The courier accepts the act."""
        data = {"parcels": [self.label(life)], "act": act}
        event = self.say(life, "parcel.accepted", at, ("courier", 0), data)
        self._carry(life, ("packing", f"courier:{life.courier}"), "handed_over", event, at)
        life.shipment, life.started_at = next(self.shipment), at
        life.parcel_state = ("out", "closed", life.courier)
        life.shipment_state = ("accepted", at + timedelta(days=3))
        self._book(life, "due", ("sale", "customer"), life.due_minor, event, at)
        self.move(life, "handed_over", at, ("courier", 0))

    def deliver(self, life: Life, at: datetime) -> None:
        """The customer kept all of it, and paid at the door."""
        event = self._hear(life, "delivered", at)
        self._carry(life, (f"courier:{life.courier}", "customer"), "delivered", event, at)
        for line in life.lines:
            cost = line.goods.cost_minor * line.pieces
            sale = (line.key, line.pieces, line.total_minor, cost, CURRENCY, event, at, at)
            life.rows.append((tables.SALE, sale))
        life.parcel_state, life.shipment_state = ("kept", "none", ""), ("delivered", None)
        if life.due_minor:
            self._book(life, "collected", ("customer", f"courier:{life.courier}"), life.due_minor, event, at)
            life.money["paid"] = life.due_minor
            self._pay(life, "courier", life.due_minor, event, at)
        self.move(life, "delivered", at, ("courier", 0))

    def refuse(self, life: Life, at: datetime) -> None:
        """Nothing is kept: it goes back."""
        event = self._hear(life, "returning", at)
        self._book(life, "reduced", ("customer", "sale"), life.due_minor, event, at)
        life.parcel_state = ("returning", "none", life.courier)
        life.shipment_state = ("returning", at + timedelta(days=7))
        self.move(life, "returning", at, ("courier", 0))

    def come_back(self, life: Life, at: datetime) -> None:
        """Back on the shelf, inspected."""
        packer = self.people["packer"][0]
        data = {"parcel": self.label(life)}
        event = self.say(life, "parcel.came_back", at, ("person", packer), data)
        self._carry(life, (f"courier:{life.courier}", "returns"), "came_back", event, at)
        for line in life.lines:
            what, way = (line.place, line.pieces, line.key), ("returns", self.shelves.bin_of(line.place))
            self.shelves.move(life.rows, what, way, "inspected", (event, at))
        life.parcel_state, life.shipment_state = ("returned", "none", ""), ("returned", None)
        self.move(life, "returned", at, ("person", packer))

    def lose(self, life: Life, at: datetime) -> None:
        """The courier lost it."""
        event = self._hear(life, "lost", at)
        self._carry(life, (f"courier:{life.courier}", "lost"), "lost", event, at)
        self._book(life, "reduced", ("customer", "sale"), life.due_minor, event, at)
        life.parcel_state, life.shipment_state = ("lost", "none", ""), ("lost", None)
        self.move(life, "lost", at, ("courier", 0))

    def remit(self, life: Life, at: datetime) -> tuple[int, int]:
        """The money came home, less three percent. Gives what came and what the courier kept."""
        kept = life.due_minor * 3 // 100
        sums = {"remitted": life.due_minor - kept, "kept": kept}
        event = self.say(life, "cash.remitted", at, ("person", self.people["owner"][0]), sums)
        self._book(life, "remitted", (f"courier:{life.courier}", "home"), sums["remitted"], event, at)
        self._book(life, "fee", (f"courier:{life.courier}", "fees"), kept, event, at)
        return sums["remitted"], kept

    def receive(self, rows: Rows, place: int, at: datetime) -> None:
        """The supplier brings a product."""
        pieces = self.chance.randrange(40, 200) * (10 if place < 5 else 1)
        said = Said(
            0, None, None, "stock.received", "", "", "person", self.people["packer"][0], "receipt", f"R-{place}",
            {"lines": 1, "pieces": pieces}, at,
        )  # fmt: skip
        event = self.journal.say(rows, said)
        self.shelves.move(rows, (place, pieces, None), ("supplier", self.shelves.bin_of(place)), "receipt", (event, at))

    def move(
        self, life: Life, to: str, at: datetime, actor: tuple[str, int], data: Mapping[str, Any] | None = None,
        kind: str = "order.moved",
    ) -> int:  # fmt: skip
        """Move the order to a status. Gives the event."""
        life.version += 1
        sums = {"total": life.total_minor, "delivery": DELIVERY_MINOR, "discount": 0, **(data or {})}
        said = Said(0, life.number, life.version, kind, life.status, to, *actor, "", "", sums, at)
        life.status, life.status_at = to, at
        return self.journal.say(life.rows, said)

    def say(
        self, life: Life, kind: str, at: datetime, actor: tuple[str, int], data: Mapping[str, Any],
        subject: tuple[str, str] = ("", ""),
    ) -> int:  # fmt: skip
        """Journal what is no move. Gives the event."""
        life.version += 1
        return self.journal.say(life.rows, Said(0, life.number, life.version, kind, "", "", *actor, *subject, data, at))

    def label(self, life: Life) -> str:
        """Give what stands on its parcel."""
        return f"P-{life.number}-1"

    def _hear(self, life: Life, state: str, at: datetime) -> int:
        """The courier says what became of the parcel."""
        data = {"parcel": self.label(life), "code": state, "state": state}
        event = self.say(life, "parcel.event", at, ("courier", 0), data, ("courier", life.courier))
        life.rows.append(
            (
                tables.SAID,
                (life.courier, f"{life.number}-{state}", life.parcel, self.label(life), state, state, event, at, at),
            )
        )
        return event

    def _carry(self, life: Life, way: tuple[str, str], reason: str, event: int, at: datetime) -> None:
        for line in life.lines:
            self.shelves.move(life.rows, (line.place, line.pieces, line.key), way, reason, (event, at))

    def _book(self, life: Life, kind: str, way: tuple[str, str], minor: int, event: int, at: datetime) -> None:
        if minor:
            life.money[kind] = minor
            life.rows.append((tables.CASH, (life.shipment, kind, *way, minor, CURRENCY, event, at, at)))

    def _pay(self, life: Life, account: str, minor: int, event: int, at: datetime) -> None:
        life.rows.append((tables.PAYMENT, (life.number, account, minor, CURRENCY, event, at, at)))
