"""The scanner's station: what to take from where, and what one code from the scanner means."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.marks import looks_like_mark, read_mark
from orders.models import Barcode, JournalEvent, Order, OrderLine, Place, Product, Scan, StockMove
from orders.packing import slots
from orders.packing.picking import NotReserved, TooMuch, WrongItem, scan
from orders.packing.piececodes import CodeOfAnother, CodeUsed, capture, coded, held_line, product_of
from orders.packing.scans import Bins, NewScan
from orders.packing.shelving import put_back
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.strict import read_whole

WRONG_SCAN = "packing.wrong_scan"
MOST_AT_ONCE = 999  # a longer number is somebody's barcode


class WrongBin(DomainError):
    """The bin is there, but nothing that is still to be picked lies in it."""

    sentence = _("Nothing that order %(number)s still wants lies in bin %(bin)s.")
    next_step = _("Go to bin %(wanted)s.")


class UnreadableCode(DomainError):
    """What came from the scanner is no code: empty, too long, or with characters that cannot be seen."""

    sentence = _("This code cannot be read.")
    next_step = _("Scan it again, or type it in.")


class UnknownOrderCode(DomainError):
    """What was scanned or typed names no order."""

    sentence = _("%(code)s is no order's number.")
    next_step = _("Scan the barcode on the pick list, or type the number.")


@dataclass(frozen=True, slots=True)
class Step:
    """Pieces of one line from one bin: `picked` of `pieces` are on the table. No bin: nothing is promised to it."""

    line: OrderLine
    bin: str
    pieces: int
    picked: int
    elsewhere: Sequence[tuple[str, int]] = ()

    @property
    def left(self) -> int:
        return self.pieces - self.picked


@dataclass(frozen=True, slots=True)
class Layout:
    """An order as its packer walks: the steps by bin."""

    order: Order
    steps: Sequence[Step] = field(default_factory=list)

    @property
    def picked(self) -> int:
        return sum(step.picked for step in self.steps)

    @property
    def pieces(self) -> int:
        return sum(step.pieces for step in self.steps)

    @property
    def left(self) -> int:
        return self.pieces - self.picked

    def still(self, bin_code: str) -> str:
        """The bin, if something is to be taken from it yet."""
        return bin_code if any(step.bin == bin_code and step.left for step in self.steps) else ""

    def here(self, bin_code: str = "") -> Step | None:
        """The step to be done now: in the bin that was scanned, else the first one; none when all is picked."""
        open_steps = [step for step in self.steps if step.left]
        return next((step for step in open_steps if step.bin == bin_code), next(iter(open_steps), None))

    def of(self, sku: str) -> tuple[int, int]:
        """How many pieces of a SKU are picked, of how many."""
        own = [step for step in self.steps if step.line.sku == sku]
        return sum(step.picked for step in own), sum(step.pieces for step in own)


@dataclass(frozen=True, slots=True)
class Shot:
    """One code from the scanner, with what was scanned before it: a bin, and the code that a number multiplies."""

    event_id: str
    code: str
    bin: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a code meant: `bin`, `item`, `code` of a piece or `again`; and what the next one builds upon."""

    kind: str
    bin: str = ""
    last: str = ""
    line: OrderLine | None = None
    pieces: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """A packer's day: orders sealed, scans that were wrong."""

    sealed: int
    wrong: int


def number_in(code: str) -> int:
    """Read an order's number off its pick list, a parcel's label, its slot of a cart, or what was typed.

    Raises UnknownOrderCode.
    """
    if (order := slots.order_in(code)) is not None:
        return order
    for spelt in slots.spellings(code):
        parts = spelt.lstrip("№# ").upper().split("-")
        digits = parts[0] if len(parts) == 1 else parts[1] if parts[0] in {"O", "P"} else ""
        if digits.isascii() and digits.isdigit() and len(digits) <= 18:
            return int(digits)
    raise UnknownOrderCode(detail={"code": code})


def lay_out(order: Order) -> Layout:
    """Say what is to be taken from which bin, in the order of the bins; picked pieces stand where they came from."""
    return lay_out_many([order])[0]


def lay_out_many(orders: Sequence[Order]) -> list[Layout]:
    """Lay out several orders of one location side by side: what one takes from a bin the next does not count on."""
    rows = OrderLine.objects.filter(order__in=orders, kind="goods").select_related("product")
    lines = list(rows.order_by("order", "position").prefetch_related("product__barcodes"))
    taken = _taken_from(lines)
    products = {line.product_id for line in lines if line.product_id}
    bins = {location: Bins(location, products) for location in {order.location_id for order in orders}}
    layouts = []
    for order in orders:
        own = [line for line in lines if line.order_id == order.pk]
        steps = [step for line in own for step in _steps(line, bins[order.location_id], taken.get(line.pk, {}))]
        layouts.append(Layout(order, sorted(steps, key=lambda step: (step.bin == "", step.bin, step.line.position))))
    return layouts


def lay_out_back(order: Order) -> Layout:
    """Say what lies on the table though nobody packs it, and the bins that it came from."""
    rows = OrderLine.objects.filter(order=order, kind="goods", picked__gt=0).select_related("product")
    lines = list(rows.order_by("position").prefetch_related("product__barcodes"))
    taken = _taken_from(lines)
    steps = [
        Step(line, code, pieces, 0)
        for line in lines
        for code, pieces in (taken.get(line.pk) or {stock.MAIN: line.picked}).items()
    ]
    return Layout(order, sorted(steps, key=lambda step: (step.bin, step.line.position)))


def hear(number: int, shot: Shot, *, by: Actor, at: datetime) -> Heard:
    """Apply one code: a bin is remembered, an item taken, a number after an item says how many of it in all.

    A repeated `event_id` changes nothing. What is wrong is counted and refused: WrongItem, WrongBin, TooMuch,
    NotReserved, and NotEnough from the shelf; NotBeingPicked.
    """
    order = _order(number)
    try:
        if (kept := _hear_code(order, shot, by=by, at=at)) is not None:
            return kept
        heard = _understand(order, shot)
        if heard.kind == "bin":
            _refuse_needless(order, heard.bin)
        if heard.pieces:
            scan(number, [NewScan(shot.event_id, heard.pieces, barcode=heard.last, bin=shot.bin)], by=by, at=at)
    except (WrongItem, WrongBin, TooMuch, NotReserved, CodeUsed, CodeOfAnother, stock.NotEnough) as refusal:
        note_wrong_scan(number, refusal.code, by=by, at=at)
        raise
    return heard


def hear_back(number: int, shot: Shot, *, by: Actor, at: datetime) -> Heard:
    """The same for goods that go back: an item goes into the bin that was scanned, else where it came from.

    Raises what `put_back` raises.
    """
    order = _order(number)
    mark = shot.code if (line := held_line(order, shot.code)) else ""
    heard = Heard("item", shot.bin, line.sku, line, 1) if line else _understand(order, shot)
    if heard.pieces:
        own = [step.bin for step in lay_out_back(order).steps if heard.line and step.line.sku == heard.line.sku]
        target = shot.bin or next(iter(own), stock.MAIN)
        put_back(
            number, [NewScan(shot.event_id, heard.pieces, barcode=heard.last, bin=target, mark=mark)], by=by, at=at
        )
    return heard


def _hear_code(order: Order, shot: Shot, *, by: Actor, at: datetime) -> Heard | None:
    """Take the code of a single piece: a marking code names its product and picks it; a serial follows its item."""
    if looks_like_mark(shot.code):
        return _hear_mark(order, shot, by=by, at=at)
    line = _line_of(order, shot.last) if shot.last else None
    if line is None or line.product is None or line.product.traced != Product.Traced.SERIAL:
        return None
    if held_line(order, shot.code) is not None:
        return Heard("again", shot.bin, shot.last)
    waits = any(one.left for one in coded(order) if one.line.product_id == line.product_id)
    if not waits or any(_is_item(code) for code in slots.spellings(shot.code)) or _bin_called(order, shot.code):
        return None
    capture(order.pk, line.sku, shot.code, by=by, at=at)
    return Heard("code", shot.bin, shot.last, line)


def _hear_mark(order: Order, shot: Shot, *, by: Actor, at: datetime) -> Heard:
    mark = read_mark(shot.code)
    product = product_of(mark)
    line = _line_of(order, product.sku) if product else None
    if product is None or line is None:
        raise WrongItem(detail={"number": order.pk, "scanned": product.sku if product else mark.gtin, "wanted": []})
    if held_line(order, shot.code) is not None:
        return Heard("again", shot.bin, product.sku)
    if any(one.left for one in coded(order) if one.line.product_id == product.pk):
        capture(order.pk, product.sku, shot.code, by=by, at=at)
        return Heard("code", shot.bin, product.sku, line)
    scan(order.pk, [NewScan(shot.event_id, 1, sku=product.sku, bin=shot.bin, mark=shot.code)], by=by, at=at)
    return Heard("item", shot.bin, product.sku, line, 1)


@transaction.atomic(durable=True)
def note_wrong_scan(number: int, why: str, *, by: Actor, at: datetime) -> JournalEvent:
    """Write down that a packer had the wrong thing in the hand; nothing of the order changes."""
    entry = journal.Entry(WRONG_SCAN, data={"order": number, "why": why}, subject=("packer", by.id))
    return journal.record([entry], by=by, at=at)[0]


def tally(packer: Actor, *, since: datetime) -> Tally:
    """Count what a packer did since then."""
    events = JournalEvent.objects.filter(at__gte=since, actor_kind=packer.kind, actor_id=packer.id)
    wrong = events.filter(subject_kind="packer", subject_id=str(packer.id), kind=WRONG_SCAN)
    return Tally(events.filter(to_status=Status.PACKED).count(), wrong.count())


def _order(number: int) -> Order:
    order = Order.objects.filter(pk=number).first()
    if order is None:
        raise Missing
    return order


def _understand(order: Order, shot: Shot) -> Heard:
    """Say what a code means; nothing is done yet."""
    if Scan.objects.filter(order=order, event_id=shot.event_id).exists():
        return Heard("again", shot.bin, shot.last)
    item = next((code for code in slots.spellings(shot.code) if _is_item(code)), "")
    if not item and (place := _bin_called(order, shot.code)):
        return Heard("bin", place.code)
    if item or not _is_quantity(shot):
        code = item or shot.code.strip()
        return Heard("item", shot.bin, code, _line_of(order, code), 1)
    pieces = int(shot.code) - 1  # the first one was scanned by itself
    return Heard("item" if pieces else "again", shot.bin, shot.last, _line_of(order, shot.last), pieces)


def _is_quantity(shot: Shot) -> bool:
    """Whether the code is a number that multiplies the item before it."""
    code = shot.code.strip()
    return bool(shot.last) and 0 < (read_whole(code) or 0) <= MOST_AT_ONCE


def _is_item(code: str) -> bool:
    return Barcode.objects.filter(code=code).exists() or Product.objects.filter(sku=code).exists()


def _bin_called(order: Order, code: str) -> Place | None:
    codes = {spelt for one in slots.spellings(code) for spelt in (one, one.upper())}
    return Place.objects.filter(kind=Place.Kind.BIN, location=order.location_id, code__in=codes).first()


def _refuse_needless(order: Order, bin_code: str) -> None:
    layout = lay_out(order)
    if layout.still(bin_code):
        return
    here = layout.here()
    wanted = here.bin if here else ""
    detail = {"number": order.number, "bin": bin_code, "wanted": wanted}
    raise WrongBin(detail=detail, next_step=None if wanted else "")


def _line_of(order: Order, code: str) -> OrderLine | None:
    barcode = Barcode.objects.filter(code=code).first()
    lines = OrderLine.objects.filter(order=order, kind="goods").order_by("position")
    return lines.filter(product=barcode.product_id).first() if barcode else lines.filter(sku=code).first()


def _taken_from(lines: Sequence[OrderLine]) -> dict[int, dict[str, int]]:
    """Say from which bins the picked pieces of each line came: those of its last picks, as earlier ones went back."""
    left = {line.pk: line.picked for line in lines if line.picked}
    own = StockMove.objects.filter(line__order__in={line.order_id for line in lines}, reason="picked")
    taken: dict[int, dict[str, int]] = {}
    for line, code, quantity in own.order_by("-pk").values_list("line", F("source__code"), "quantity"):
        pieces = min(left.get(line, 0), quantity)
        if pieces:
            left[line] -= pieces
            bins = taken.setdefault(line, {})
            bins[code] = bins.get(code, 0) + pieces
    return taken


def _steps(line: OrderLine, bins: Bins, taken: dict[str, int]) -> list[Step]:
    """One step for each bin that pieces of the line came or shall come from."""
    wanted: dict[str, int] = {}
    for place, pieces in bins.take(line, line.reserved, ""):
        wanted[place.code] = wanted.get(place.code, 0) + pieces
    others = bins.lying(line.product_id)
    steps = [
        Step(
            line, code, wanted.get(code, 0) + taken.get(code, 0), taken.get(code, 0),
            [(other, pieces) for other, pieces in others if other != code],
        )
        for code in dict.fromkeys([*taken, *wanted])
    ]  # fmt: skip
    return [*steps, Step(line, "", line.wanted, 0)] if line.wanted else steps
