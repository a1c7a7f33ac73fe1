"""What the shelf did not have, and what goes back to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import holds, journal, lifecycle, stock
from orders.models import JournalEvent, Order, OrderLine, Place, StockCount
from orders.packing import piececodes
from orders.packing.picking import NotBeingPicked, NotReserved, WrongItem
from orders.packing.scans import Bins, NewScan, Seen, lock_order, read_scans, remember, unseen
from orders.status import HoldReason, Status
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.errors import DomainError
from shopdesk.base.wake import wake

OFF_THE_TABLE = frozenset({Status.NEW, Status.CONFIRMED, Status.CANCELLED})


class StillPacked(DomainError):
    """The order is on the table or sealed: its goods belong to it."""

    sentence = _("Order %(number)s is %(status)s: its goods are not to be put back.")
    next_step = _("Put the order down or cancel it first.")


class NothingToPutBack(DomainError):
    """The order has no such pieces on the table."""

    sentence = _("Only %(picked)s pieces of %(sku)s of order %(number)s lie on the table.")


@dataclass(frozen=True, slots=True)
class Shortage:
    """Pieces that a packer did not find, and why in a code: `missing`, `damaged`, `other`."""

    sku: str
    quantity: int
    reason: str = "missing"


@dataclass(frozen=True, slots=True)
class Back:
    """Pieces of a line to be put into a bin; `promised` of them stay promised to the order."""

    line: OrderLine
    bin: Place
    quantity: int
    promised: int


@transaction.atomic(durable=True)
def report_shortage(number: int, shortage: Shortage, *, by: Actor, at: datetime) -> Order:
    """Say that promised pieces are not on the shelf: the order goes back to the callers, the bin is to be counted.

    Raises NotBeingPicked, WrongItem, NotReserved when fewer pieces are still to be picked.
    """
    order = lock_order(number)
    if order.status != Status.PICKING:
        raise NotBeingPicked(detail={"number": number, "status": Status(order.status).label})
    lines = _short_lines(order, shortage)
    data: dict[str, journal.Code] = {
        "sku": shortage.sku, "pieces": shortage.quantity, "reason": shortage.reason,
    }  # fmt: skip
    journal.record([journal.Entry("order.short", order, data)], by=by, at=at)
    lifecycle.move([order], Status.NEW, by=by, at=at, why=lifecycle.Why(reason="short"))
    note = f"{shortage.sku} x {shortage.quantity}"
    holds.open_holds([holds.NewHold(order, HoldReason.OUT_OF_STOCK, note)], by=by, at=at)
    product_id = lines[0][0].product_id or 0
    place = Bins(order.location_id, {product_id}).holding(product_id)
    stock.take_back(lines, location_id=order.location_id)
    _open_spot_count(place, order.location_id, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic(durable=True)
def put_back(number: int, scans: Sequence[NewScan], *, by: Actor, at: datetime) -> Order:
    """Scan goods from the table back into a bin; a repeated `event_id` changes nothing.

    What the order still wants stays promised to it; what it wants no longer is free for others.
    Raises StillPacked, WrongItem, NothingToPutBack; ScanItsCode for a piece that has a code of its own.
    """
    order = lock_order(number)
    fresh = unseen(order, scans)
    if not fresh:
        return order
    if order.status not in OFF_THE_TABLE:
        raise StillPacked(detail={"number": number, "status": Status(order.status).label})
    seen = read_scans(fresh)
    backs = _match(order, seen)
    codes: list[journal.Code] = [{"sku": back.line.sku, "pieces": back.quantity} for back in backs]
    event = journal.record([journal.Entry("order.put_back", order, {"items": codes})], by=by, at=at)[0]
    remember(order, seen, event)
    _move(order, backs, event)
    piececodes.release(order, [one.mark for one in seen if one.mark], at=at)
    if any(back.promised < back.quantity for back in backs):
        wake("orders.tasks.allocate")
    return order


def _short_lines(order: Order, shortage: Shortage) -> list[tuple[OrderLine, int]]:
    own = [line for line in order.lines.filter(kind="goods").order_by("position") if line.sku == shortage.sku]
    if not own:
        raise WrongItem(detail={"number": order.number, "scanned": shortage.sku, "wanted": []})
    reserved = sum(line.reserved for line in own)
    if shortage.quantity > reserved:
        raise NotReserved(detail={"number": order.number, "sku": shortage.sku, "reserved": reserved})
    left, lines = shortage.quantity, []
    for line in own:
        pieces = min(left, line.reserved)
        left -= pieces
        lines.append((line, pieces))
    return lines


def _open_spot_count(place: Place, location_id: str, *, at: datetime) -> None:
    """Ask for a count of one bin, unless a count of it is open: that one will tell as well."""
    busy = StockCount.objects.filter(bins=place, state__in=[StockCount.State.COUNTING, StockCount.State.REVIEW])
    if busy.exists():
        return
    count = StockCount.objects.create(
        kind=StockCount.Kind.SPOT, location_id=location_id, reason="short_pick", opened_at=at
    )
    count.bins.add(place)


def _match(order: Order, seen: Sequence[Seen]) -> list[Back]:
    lines = list(order.lines.filter(kind="goods").order_by("position"))
    backs: list[Back] = []
    for one in seen:
        own = [line for line in lines if line.product_id is not None and line.product_id == one.product_id]
        if not own:
            wanted = [{"sku": line.sku, "quantity": line.picked} for line in lines if line.picked]
            raise WrongItem(detail={"number": order.number, "scanned": one.code, "wanted": wanted})
        picked = sum(line.picked for line in own)
        if one.quantity > picked:
            raise NothingToPutBack(detail={"number": order.number, "sku": own[0].sku, "picked": picked})
        place = stock.bin_at(order.location_id, one.bin or stock.MAIN)
        backs += _spread(own, one.quantity, place)
    return backs


def _spread(lines: Sequence[OrderLine], quantity: int, place: Place) -> list[Back]:
    """Take pieces off lines, those first that have more than they want."""
    backs = []
    for line in sorted(lines, key=lambda line: line.quantity - line.cancelled - line.picked):
        pieces = min(quantity, line.picked)
        if not pieces:
            continue
        quantity -= pieces
        line.picked -= pieces
        promised = min(pieces, line.wanted)
        line.reserved += promised
        backs.append(Back(line, place, pieces, promised))
    return backs


def _move(order: Order, backs: Sequence[Back], event: JournalEvent) -> None:
    table = stock.inside(Place.Kind.PACKING, order.location_id)
    moves = [
        stock.Move(
            product_id=back.line.product_id or 0, quantity=back.quantity, source=table, target=back.bin,
            reason="put_back", event=event, line_id=back.line.pk, promised=back.promised,
        )
        for back in backs
    ]  # fmt: skip
    stock.move(moves, at=event.at)
    lines = {back.line.pk: back.line for back in backs}.values()
    set_integers(OrderLine, ["picked", "reserved"], [(line.pk, line.picked, line.reserved) for line in lines])
