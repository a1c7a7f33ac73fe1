"""The cart's walk: what to take from which bin into which slot, and what one code from the scanner means there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, stock
from orders.marks import looks_like_mark, read_mark
from orders.models import Barcode, Batch, CartSlot, JournalEvent, OrderLine, Place, Product, Scan
from orders.packing import slots
from orders.packing.batches import BatchOver
from orders.packing.picking import NotReserved, TooMuch, scan
from orders.packing.piececodes import product_of
from orders.packing.scans import NewScan
from orders.packing.station import MOST_AT_ONCE, WRONG_SCAN, Layout, lay_out_many
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.strict import read_whole


class NotOnList(DomainError):
    """What was scanned is wanted by no order of the cart."""

    sentence = _("No order on this cart wants %(scanned)s.")
    next_step = _("Put it back and scan what the list says.")


class NoSuchSlot(DomainError):
    """The cart has no order in this slot."""

    sentence = _("Slot %(slot)s of this cart holds no order.")
    next_step = _("Scan a slot of this cart.")


class WrongSlot(DomainError):
    """The order in that slot does not want what is in the hand."""

    sentence = _("The order in slot %(slot)s wants no %(sku)s.")
    next_step = _("Put it into slot %(wanted)s.")


class NothingInHand(DomainError):
    """A slot was scanned, but no item before it."""

    sentence = _("Scan the item before its slot.")


class BinNotOnList(DomainError):
    """The bin is there, but nothing is to be taken from it."""

    sentence = _("Nothing is to be taken from bin %(bin)s.")
    next_step = _("Go to the bin that the list shows.")


@dataclass(frozen=True, slots=True)
class Stop:
    """Pieces of one product from one bin, and which slots they go into: (position, pieces still to come)."""

    bin: str
    line: OrderLine
    pieces: int
    picked: int
    into: Sequence[tuple[int, int]]

    @property
    def left(self) -> int:
        return self.pieces - self.picked


@dataclass(frozen=True, slots=True)
class Walk:
    """A cart as its picker walks: the stops by bin, the slots with their orders."""

    batch: Batch
    slots: Sequence[CartSlot]
    layouts: Sequence[Layout]
    stops: Sequence[Stop]

    @property
    def pieces(self) -> int:
        return sum(stop.pieces for stop in self.stops)

    @property
    def left(self) -> int:
        return sum(stop.left for stop in self.stops)

    @property
    def is_ready(self) -> bool:
        """Whether the cart is handed to the packing station."""
        return all(slot.ready_at for slot in self.slots)

    def here(self, bin_code: str = "", sku: str = "") -> Stop | None:
        """The stop to be done now: in the bin that was scanned and of the item in the hand, else the first one."""
        open_stops = [stop for stop in self.stops if stop.left]
        own = [stop for stop in open_stops if stop.line.sku == sku] or open_stops
        return next((stop for stop in own if stop.bin == bin_code), next(iter(own), None))

    def wanting(self, sku: str) -> list[tuple[int, int]]:
        """Which slots still want a product, and how many pieces."""
        found: dict[int, int] = {}
        for stop in self.stops:
            for position, pieces in stop.into if stop.line.sku == sku else ():
                found[position] = found.get(position, 0) + pieces
        return [(position, pieces) for position, pieces in sorted(found.items()) if pieces]


@dataclass(frozen=True, slots=True)
class CartShot:
    """One code from the scanner, with what was scanned before it: the bin, the item's SKU and how many are in hand."""

    event_id: str
    code: str
    bin: str = ""
    sku: str = ""
    hand: int = 0


@dataclass(frozen=True, slots=True)
class CartHeard:
    """What a code meant: `bin`, `item`, `slot` or `again`; what is in hand now, what went into which slot."""

    kind: str
    bin: str = ""
    sku: str = ""
    hand: int = 0
    slot: int = 0
    pieces: int = 0


def walk(batch_id: int) -> Walk:
    """Say what is to be taken from which bin into which slot, in the order of the bins. Raises Missing."""
    batch = Batch.objects.select_related("picker", "location").filter(pk=batch_id).first()
    if batch is None:
        raise Missing
    held = slots.of_batch(batch_id)
    positions = {slot.order_id: slot.position for slot in held}
    layouts = lay_out_many([slot.order for slot in held])
    stops: dict[tuple[str, str], Stop] = {}
    for layout in layouts:
        for step in layout.steps:
            key, into = (step.bin, step.line.sku), (positions[layout.order.pk], step.left)
            known = stops.get(key) or Stop(step.bin, step.line, 0, 0, ())
            stops[key] = replace(
                known, pieces=known.pieces + step.pieces, picked=known.picked + step.picked, into=[*known.into, into]
            )
    ordered = sorted(stops.values(), key=lambda stop: (stop.bin == "", stop.bin, stop.line.sku))
    return Walk(batch, held, layouts, ordered)


def hear_cart(batch_id: int, shot: CartShot, *, by: Actor, at: datetime) -> CartHeard:
    """Apply one code on the walk: bin, item, how many of it, then the slot. Goods move when the slot is scanned.

    A repeated `event_id` changes nothing. What is wrong is counted and refused: NotOnList, BinNotOnList, WrongSlot,
    NoSuchSlot, NothingInHand, TooMuch, NotReserved, NotEnough; Missing, BatchOver, NotBeingPicked.
    """
    seen = walk(batch_id)
    if not any(slot.order.status == Status.PICKING for slot in seen.slots):
        raise BatchOver
    try:
        return _apply(seen, shot, by=by, at=at)
    except (NotOnList, BinNotOnList, WrongSlot, NoSuchSlot, TooMuch, NotReserved, stock.NotEnough) as refusal:
        _note_wrong(batch_id, refusal.code, by=by, at=at)
        raise


def _apply(seen: Walk, shot: CartShot, *, by: Actor, at: datetime) -> CartHeard:
    if Scan.objects.filter(order__in=[slot.order_id for slot in seen.slots], event_id=shot.event_id).exists():
        return CartHeard("again", shot.bin)
    product, pieces = _product_called(shot.code)
    if product:
        return _take(seen, shot, product, pieces)
    if place := slots.slot_in(shot.code, seen.batch.cart):
        return _put(seen, shot, place, by=by, at=at)
    if bin_code := _bin_called(seen.batch.location_id, shot.code):
        if not any(stop.left and stop.bin == bin_code for stop in seen.stops):
            raise BinNotOnList(detail={"bin": bin_code})
        return CartHeard("bin", bin_code)
    wanted = read_whole(shot.code.strip()) or 0
    if shot.sku and 0 < wanted <= MOST_AT_ONCE:
        return _take(seen, replace(shot, hand=0), shot.sku, wanted)
    raise NotOnList(detail={"scanned": shot.code.strip()})


def _take(seen: Walk, shot: CartShot, sku: str, pieces: int) -> CartHeard:
    """Count what is in the hand; nothing moves yet."""
    left = sum(count for _place, count in seen.wanting(sku))
    if not left:
        raise NotOnList(detail={"scanned": sku})
    hand = pieces + (shot.hand if shot.sku == sku else 0)
    if hand > left:
        number = next(slot.order_id for slot in seen.slots)
        raise TooMuch(_("The orders on this cart want only %(left)s more of %(sku)s."),
                      detail={"number": number, "sku": sku, "left": left})  # fmt: skip
    return CartHeard("item", shot.bin, sku, hand)


def _put(seen: Walk, shot: CartShot, place: tuple[str, int], *, by: Actor, at: datetime) -> CartHeard:
    """Put what is in the hand into a slot: as much of it as the order there wants."""
    cart, position = place
    slot = next((slot for slot in seen.slots if slot.position == position), None)
    if slot is None or cart != seen.batch.cart:
        raise NoSuchSlot(detail={"slot": f"K-{cart}-{position}"})
    if not shot.sku or shot.hand < 1:
        raise NothingInHand
    wanting = dict(seen.wanting(shot.sku))
    pieces = min(shot.hand, wanting.get(position, 0))
    if not pieces:
        wanted = ", ".join(str(one) for one in wanting) or "–"
        raise WrongSlot(detail={"slot": position, "sku": shot.sku, "wanted": wanted})
    scan(slot.order_id, [NewScan(shot.event_id, pieces, sku=shot.sku, bin=shot.bin)], by=by, at=at)
    rest = shot.hand - pieces
    return CartHeard("slot", shot.bin, shot.sku if rest else "", rest, position, pieces)


@transaction.atomic(durable=True)
def _note_wrong(batch_id: int, why: str, *, by: Actor, at: datetime) -> JournalEvent:
    """Write down that a picker had the wrong thing in the hand."""
    entry = journal.Entry(WRONG_SCAN, data={"batch": batch_id, "why": why}, subject=("packer", by.id))
    return journal.record([entry], by=by, at=at)[0]


def _product_called(code: str) -> tuple[str, int]:
    """Give the SKU that a barcode or a printed SKU means, and how many pieces; nothing for any other code."""
    if looks_like_mark(code):  # which piece it is, the packing station asks again
        product = product_of(read_mark(code))
        return (product.sku, 1) if product else ("", 0)
    for spelt in slots.spellings(code):
        barcode = Barcode.objects.filter(code=spelt).select_related("product").first()
        if barcode is not None:
            return barcode.product.sku, barcode.pieces
        if Product.objects.filter(sku=spelt).exists():
            return spelt, 1
    return "", 0


def _bin_called(location_id: str, code: str) -> str:
    codes = {spelt for one in slots.spellings(code) for spelt in (one, one.upper())}
    found = Place.objects.filter(kind=Place.Kind.BIN, location=location_id, code__in=codes)
    return found.values_list("code", flat=True).first() or ""
