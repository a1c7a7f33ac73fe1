"""The ground truth: a warehouse in plain Python. What lies where, whatever the books say.

Every deed is done twice: with hands (here) and at the desk. The desk may refuse; then the goods stay where they are.
`book` is what the ledger must say after each deed, `truth` is what really lies there: theft and goods put into the
wrong bin change the one and not the other, until somebody counts.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orders import stock
from orders.models import Location, Place, PlaceLevel, Product, StockCount, StockMove
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from tests import make

Shelf = tuple[str, str]  # SKU, place such as "MAIN/B-1"
SKUS = ("A", "B")
BINS = ("MAIN/MAIN", "MAIN/B-1", "SOUTH/MAIN")


@dataclass
class Jotted:
    """What a counter wrote down: how many lay there, what the books said then, and when in the run of deeds."""

    pieces: int
    book: int
    step: int
    at: Any


@dataclass
class Counter:
    """Somebody who counts a bin, with an open count of it and a sheet of paper in the pocket."""

    place: str
    by: Actor
    number: int = 0
    written: int = 0
    paper: dict[str, Jotted] = field(default_factory=dict)
    lines: dict[str, Jotted] = field(default_factory=dict)  # what stands in the count


class World:
    """The warehouse, and the desk beside it."""

    def __init__(self) -> None:
        self.truth: dict[Shelf, int] = {}
        self.book: dict[Shelf, int] = {}
        self.tampered: dict[Shelf, int] = {}  # the step at which somebody changed a shelf unseen
        self.moved: list[tuple[int, int]] = []  # (last move's id, step)
        self.boxes: dict[int, Any] = {}  # order -> its parcel on the road (`couriers.Box`)
        self.came_back: list[int] = []  # orders whose goods wait at the returns place
        self.step, self.at = 0, make.AT
        self.refused = self.posted = self.given_out = self.sent_out = self.inspected = 0
        stock.main_location()
        Location.objects.create(code="SOUTH", name="South", position=1, near="Сочи")
        for code in ("MAIN", "B-1"):
            stock.main_location()
            Place.objects.get_or_create(kind=Place.Kind.BIN, location_id="MAIN", code=code)
        stock.bin_at("SOUTH")
        make.shop(four_eyes=True)
        make.courier("own")
        self.packer = make.person("packer").pk
        self.boss = make.person("manager").subject.actor
        people = [make.person("packer").subject.actor for _ in BINS]
        self.counters = [Counter(place, by) for place, by in zip(BINS, people, strict=True)]
        for sku in SKUS:
            make.product(sku, cost_minor=100)
        self.products = {row.sku: row.pk for row in Product.objects.all()}
        self.events = 0

    @property
    def now(self) -> dict[str, Any]:
        return {"by": make.BY, "at": self.at}

    def tick(self, minutes: int) -> None:
        """Let time pass before the next deed."""
        self.step += 1
        self.at += timedelta(minutes=minutes)

    def scan_id(self) -> str:
        self.events += 1
        return f"scan-{self.events}"

    def lies(self, sku: str, place: str) -> int:
        return self.truth.get((sku, place), 0)

    def try_(self, deed: Callable[[], Any], *moves: tuple[str, int, str, str]) -> bool:
        """Do it at the desk; when it is taken, the hands do it too: (SKU, pieces, from, to). Empty is the outside."""
        try:
            deed()
        except DomainError:
            self.refused += 1
            return False
        for sku, pieces, source, target in moves:
            self.carry(sku, pieces, source, target)
        self.note_moves()
        return True

    def note_moves(self) -> None:
        """Remember which moves are of this step."""
        last = StockMove.objects.order_by("-pk").values_list("pk", flat=True).first()
        self.moved.append((last or 0, self.step))

    def carry(self, sku: str, pieces: int, source: str, target: str, *, unseen: bool = False) -> None:
        """Move pieces with hands; unseen: the books are not told."""
        for place, sign in ((source, -1), (target, 1)):
            if not place:
                continue
            shelf = (sku, place)
            self.truth[shelf] = self.truth.get(shelf, 0) + sign * pieces
            assert self.truth[shelf] >= 0, f"nobody can take what is not there: {shelf}"
            if unseen:
                self.tampered[shelf] = self.step
            else:
                self.book[shelf] = self.book.get(shelf, 0) + sign * pieces

    def step_of(self, move: StockMove) -> int:
        """Say at which step a move happened."""
        return next(step for last, step in self.moved if move.pk <= last)

    def ledger(self) -> dict[Shelf, int]:
        """Give what the ledger says of every inside place."""
        rows = PlaceLevel.objects.select_related("place", "product")
        return {(row.product.sku, name_of(row.place)): row.on_hand for row in rows if row.on_hand}

    def books_agree(self) -> None:
        """The ledger says what the deeds make it, to the piece and the place."""
        assert self.ledger() == {shelf: pieces for shelf, pieces in self.book.items() if pieces}

    def is_honest(self, counter: Counter, sku: str) -> bool:
        """Whether nobody changed the shelf unseen since it was counted."""
        return counter.lines[sku].step >= self.tampered.get((sku, counter.place), -1)


def name_of(place: Place) -> str:
    """Name a place as the truth does."""
    if place.kind == Place.Kind.COURIER:
        return f"courier:{place.code}"
    return f"{place.location_id}/{place.code}" if place.kind == Place.Kind.BIN else f"{place.location_id}/{place.kind}"


def is_open(number: int) -> bool:
    return StockCount.objects.filter(pk=number, state__in=["counting", "review"]).exists()
