"""What the desk must do, told a second time in plain Python: no database, no clock, nothing of the desk's own code.

Every method is something that a person, a shop or a courier asks for. It gives the answer that the desk must give (the
HTTP status) and, when that is a yes, changes what is true from then on.
"""

from dataclasses import dataclass, field
from decimal import Decimal

YES, CREATED, NO = 200, 201, 409
HOURS_TO_AGREE = 72
OPEN = ("new", "confirmed", "picking")


@dataclass
class Line:
    """A line of an order, piece by piece: promised, on the table, with the customer, brought back."""

    sku: str
    quantity: int
    price: Decimal
    reserved: int = 0
    picked: int = 0
    delivered: int = 0
    returned: int = 0

    @property
    def missing(self) -> int:
        return self.quantity - self.picked - self.reserved


@dataclass
class Sale:
    """An order, from the moment it is taken in."""

    number: int
    said: tuple[object, ...]  # what the shop sent: the same again is the same order
    lines: list[Line]
    prepaid: bool
    agree_until: int | None  # the hour at which what is promised is free again; None: it is, or need not be
    status: str = "new"
    paid: Decimal = Decimal()
    owed: Decimal = Decimal()  # what must be given back
    holds: set[str] = field(default_factory=set)
    parcels: int = 0
    on_act: int = 0  # the closed act on which the parcel leaves, while it is inside
    way: str = "inside"  # inside, out, home (inspected)

    @property
    def total(self) -> Decimal:
        return sum((line.quantity * line.price for line in self.lines), Decimal())

    @property
    def parcel(self) -> str:
        return f"P-{self.number}-{self.parcels}"

    def line(self, sku: str) -> Line | None:
        return next((line for line in self.lines if line.sku == sku), None)


class Desk:
    """The whole desk: the shelf, the orders, and what has been scanned so far."""

    def __init__(self, shelf: dict[str, int]) -> None:
        self.shelf = dict(shelf)
        self.sales: dict[str, Sale] = {}
        self.seen: set[tuple[int, str]] = set()
        self.said: set[str] = set()
        self.hour = 0

    # -- the shelf --

    def free(self, sku: str) -> int:
        return self.shelf[sku] - sum(
            line.reserved for sale in self.sales.values() for line in sale.lines if line.sku == sku
        )

    def promise(self, sale: Sale) -> bool:
        """Promise what there is. Says whether the order has all that it wants."""
        for line in sale.lines:
            if line.sku in self.shelf:
                line.reserved += min(line.missing, self.free(line.sku))
        return not any(line.missing for line in sale.lines)

    def hold_short(self, sale: Sale) -> None:
        for line in sale.lines:
            if line.missing:
                sale.holds.add("out_of_stock" if line.sku in self.shelf else "unknown_item")

    def receive(self, sku: str, pieces: int) -> int:
        self.shelf[sku] += pieces
        return CREATED

    def allocate(self) -> None:
        """Who waits for goods gets them, the oldest order first; whoever did not agree in time waits for that."""
        for sale in sorted(self.sales.values(), key=lambda sale: sale.number):
            waits = sale.status == "confirmed" or (sale.status == "new" and sale.agree_until is not None)
            if waits and sale.holds & {"out_of_stock", "unknown_item"} and any(
                line.missing and line.sku in self.shelf and self.free(line.sku) for line in sale.lines
            ):  # fmt: skip
                self.promise(sale)
                self.end_waiting(sale)

    def end_waiting(self, sale: Sale) -> None:
        short = [line.sku in self.shelf for line in sale.lines if line.missing]
        if True not in short:
            sale.holds.discard("out_of_stock")
        if False not in short:
            sale.holds.discard("unknown_item")

    # -- the shop and the manager --

    def take(self, external: str, number: int, items: list[tuple[str, int, Decimal]], *, prepaid: bool) -> int:
        said = (tuple(items), prepaid)
        if known := self.sales.get(external):
            return YES if known.said == said else NO
        lines = [Line(sku, pieces, price) for sku, pieces, price in items]
        sale = Sale(number, said, lines, prepaid, self.hour + HOURS_TO_AGREE)
        self.sales[external] = sale
        self.promise(sale)
        self.hold_short(sale)
        if prepaid:
            sale.holds.add("awaiting_payment")
        return CREATED

    def confirm(self, sale: Sale) -> int:
        if sale.status != "new":
            return NO
        if sale.agree_until is None:
            self.promise(sale)
            self.hold_short(sale)
        sale.status, sale.agree_until = "confirmed", None
        return YES

    def change(self, sale: Sale, sku: str, pieces: int) -> int:
        line = sale.line(sku)
        if sale.status not in OPEN or line is None or pieces < line.picked:
            return NO
        line.quantity = pieces
        line.reserved = min(line.reserved, pieces - line.picked)
        if self.promise(sale):
            sale.holds -= {"out_of_stock", "unknown_item"}
        self.hold_short(sale)
        return YES

    def cancel(self, sale: Sale) -> int:
        if sale.status not in {*OPEN, "packed"} or sale.on_act:
            return NO
        for line in sale.lines:
            line.reserved = 0
        sale.status, sale.owed = "cancelled", sale.owed + sale.paid
        sale.holds.clear()
        return YES

    def hold(self, sale: Sale, reason: str) -> int:
        if sale.status not in OPEN:
            return NO
        sale.holds.add(reason)
        return CREATED

    def pay(self, sale: Sale, amount: Decimal) -> int:
        sale.paid += amount
        if sale.paid >= sale.total:
            sale.holds.discard("awaiting_payment")
        return CREATED

    def wait(self, hours: int) -> None:
        """Let time pass: goods of whoever did not agree in time are free for others."""
        self.hour += hours
        for sale in self.sales.values():
            if sale.status == "new" and sale.agree_until is not None and sale.agree_until <= self.hour:
                sale.agree_until = None
                for line in sale.lines:
                    line.reserved = 0

    # -- the packing table --

    def pick_up(self, sale: Sale) -> int:
        if sale.status == "picking":
            return YES
        if sale.status != "confirmed" or sale.holds:
            return NO
        sale.status = "picking"
        return YES

    def put_down(self, sale: Sale) -> int:
        if sale.status != "picking":
            return NO
        sale.status = "confirmed"
        return YES

    def scan(self, sale: Sale, scan: str, sku: str, pieces: int) -> int:
        if (sale.number, scan) in self.seen:
            return YES
        line = sale.line(sku)
        if sale.status != "picking" or line is None or pieces > line.reserved:
            return NO
        self.seen.add((sale.number, scan))
        line.reserved, line.picked = line.reserved - pieces, line.picked + pieces
        self.shelf[sku] -= pieces
        return YES

    def put_back(self, sale: Sale, scan: str, sku: str, pieces: int) -> int:
        if (sale.number, scan) in self.seen:
            return YES
        line = sale.line(sku)
        if sale.status not in {"new", "confirmed", "cancelled"} or line is None or pieces > line.picked:
            return NO
        self.seen.add((sale.number, scan))
        line.picked -= pieces
        self.shelf[sku] += pieces
        if sale.status != "cancelled":
            line.reserved += min(pieces, line.missing)
        return YES

    def miss(self, sale: Sale, sku: str, pieces: int) -> int:
        """The packer does not find what was promised: somebody asks the customer."""
        line = sale.line(sku)
        if sale.status != "picking" or line is None or pieces > line.reserved:
            return NO
        line.reserved -= pieces
        sale.status, sale.agree_until = "new", self.hour + HOURS_TO_AGREE
        sale.holds.add("out_of_stock")
        return YES

    def seal(self, sale: Sale) -> int:
        if sale.status != "picking" or any(line.picked != line.quantity for line in sale.lines):
            return NO
        sale.status, sale.way, sale.parcels = "packed", "inside", sale.parcels + 1
        return CREATED

    def open_again(self, sale: Sale) -> int:
        if sale.status != "packed" or sale.on_act:
            return NO
        sale.status = "picking"
        return YES

    # -- the courier --

    def close_act(self, sale: Sale, act: int) -> int:
        if sale.status != "packed" or sale.on_act:
            return NO
        sale.on_act = act
        return YES

    def accept(self, sale: Sale, *, there: bool) -> int:
        """The courier takes the parcel of its closed act, or does not find it."""
        if not sale.on_act:
            return NO
        sale.on_act = 0
        if there:
            sale.status, sale.way = "handed_over", "out"
        return YES

    def deliver(self, sale: Sale, event: str, kept: int) -> str:
        """Say at the door how many pieces of the first line are kept; the rest of the order is kept whole."""
        if event in self.said:
            return "repeated"
        self.said.add(event)
        if sale.way == "out" and sale.status == "handed_over":
            for place, line in enumerate(sale.lines):
                line.delivered = line.picked if place else kept
            sale.status = "delivered"
        return "applied"

    def refuse(self, sale: Sale, event: str) -> str:
        if event in self.said:
            return "repeated"
        self.said.add(event)
        if sale.status == "handed_over":
            sale.status = "returning"
        return "applied"

    def bring_back(self, sale: Sale) -> int:
        """Nobody was at home: the shop's own courier brings the parcel back for another day."""
        if sale.status != "handed_over":
            return NO
        sale.status, sale.way = "packed", "inside"
        return YES

    def come_home(self, sale: Sale) -> int:
        """What was not kept is scanned in, looked at, and put on the shelf, all in one go."""
        back = {line.sku: line.picked - line.delivered for line in sale.lines}
        if sale.way != "out" or sale.status == "handed_over" or not any(back.values()):
            return NO
        sale.way = "home"
        for line in sale.lines:
            line.returned = back[line.sku]
            self.shelf[line.sku] += line.returned
        if sale.status == "returning":
            sale.status = "returned"
        return YES
