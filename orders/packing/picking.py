"""Taking an order to the packing table and scanning its goods off the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, lifecycle, stock
from orders.models import Hold, JournalEvent, Order, OrderLine, Place
from orders.models.orders import OrderRows
from orders.packing import piececodes, slots
from orders.packing.scans import Bins, NewScan, Seen, lock_order, read_scans, remember, unseen
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.errors import DomainError

__all__ = ["NewScan"]

PICKING_LASTS = timedelta(hours=2)  # a packer who has it longer is shown as overdue
MOST_TRIES = 20


class OnHold(DomainError):
    """Somebody has to settle something before the order may be packed."""

    sentence = _("Order %(number)s is held: %(reasons)s.")
    next_step = _("Ask whoever owns the hold to release it.")


class AlreadyTaken(DomainError):
    """Another packer has the order."""

    sentence = _("Order %(number)s is on another packer's table.")
    next_step = _("Take another order.")


class NothingToPack(DomainError):
    """The queue is empty."""

    sentence = _("Nothing waits to be packed now.")
    next_step = _("New orders come here as soon as they are agreed.")


class NotBeingPicked(DomainError):
    """The order is not on the table, so nothing is scanned for it."""

    sentence = _("Order %(number)s is %(status)s, so nothing can be scanned for it.")
    next_step = _("Take the order first.")


class WrongItem(DomainError):
    """What was scanned does not belong to the order. `wanted` lists what does."""

    sentence = _("%(scanned)s is not in order %(number)s.")
    next_step = _("Put it back and scan what the order wants.")


class TooMuch(DomainError):
    """More pieces were scanned than the order still wants."""

    sentence = _("Order %(number)s wants only %(left)s more of %(sku)s.")
    next_step = _("Put the surplus back.")


class NotReserved(DomainError):
    """The order wants more pieces, but they are not promised to it: they may belong to another order."""

    sentence = _("Only %(reserved)s pieces of %(sku)s are promised to order %(number)s.")
    next_step = _("Report the rest as missing.")


@dataclass(frozen=True, slots=True)
class Pick:
    """Pieces of a line to be taken from one bin."""

    line: OrderLine
    bin: Place
    quantity: int


@transaction.atomic(durable=True)
def take(number: int, packer: int, *, by: Actor, at: datetime) -> Order:
    """Take a confirmed order to a packer's table, or one off the cart that its picker has handed on.

    The same packer taking it again changes nothing.

    Raises OnHold, AlreadyTaken, ForbiddenMove unless the order is confirmed.
    """
    order = lock_order(number)
    if order.status == Status.PICKING:
        if order.packer_id == packer:
            return order
        if not slots.lift_off(order, at=at):
            raise AlreadyTaken(detail={"number": number})
        journal.record([journal.Entry("order.lifted_off", order)], by=by, at=at)
        give_to(order, packer, at=at)
        return order
    lifecycle.refuse_unless(order, {Status.CONFIRMED}, Status.PICKING)
    _refuse_held(order)
    lifecycle.move([order], Status.PICKING, by=by, at=at)
    give_to(order, packer, at=at)
    return order


def take_next(rows: OrderRows, packer: int, *, by: Actor, at: datetime) -> Order:
    """Take the first of these orders that is still free. The one that this packer has on the table comes first.

    What stands on a cart is not on the table.

    Raises NothingToPack. Not atomic: each try is an action of its own.
    """
    mine = slots.on_tables(Order.objects.filter(packer=packer)).order_by("picking_until").first()
    if mine is not None:
        return mine
    for number in rows.values_list("number", flat=True)[:MOST_TRIES]:
        try:
            return take(number, packer, by=by, at=at)
        except (AlreadyTaken, OnHold, lifecycle.ForbiddenMove):
            continue  # somebody was faster; the next one waits as well
    raise NothingToPack


@transaction.atomic(durable=True)
def put_down(number: int, *, by: Actor, at: datetime) -> Order:
    """Leave the order to another packer. What was picked lies on the table until somebody scans it on or back.

    Raises ForbiddenMove unless the order is being picked.
    """
    order = lock_order(number)
    lifecycle.refuse_unless(order, {Status.PICKING}, Status.CONFIRMED)
    lifecycle.move([order], Status.CONFIRMED, by=by, at=at)
    order.refresh_from_db()
    return order


@transaction.atomic(durable=True)
def scan(number: int, scans: Sequence[NewScan], *, by: Actor, at: datetime) -> Order:
    """Move scanned goods from their bins to the packing table, all or none. A repeated `event_id` changes nothing.

    Raises WrongItem, TooMuch, NotReserved, NotBeingPicked; UnknownBin and NotEnough from the shelf; what
    `piececodes.keep` raises.
    """
    order = lock_order(number)
    fresh = unseen(order, scans)
    if not fresh:
        return order
    if order.status != Status.PICKING:
        raise NotBeingPicked(detail={"number": number, "status": Status(order.status).label})
    seen = read_scans(fresh)
    lines = list(order.lines.filter(kind="goods").select_related("product").order_by("position"))
    picks = _match(order, lines, seen)
    codes: list[journal.Code] = [{"sku": pick.line.sku, "pieces": pick.quantity} for pick in picks]
    said: dict[str, journal.Code] = {"items": codes}
    if by_hand := sorted({one.by_hand for one in fresh if one.by_hand}):
        said["by_hand"] = by_hand
    event = journal.record([journal.Entry("order.picked", order, said)], by=by, at=at)[0]
    remember(order, seen, event)
    _move(order, picks, event)
    piececodes.keep(order, _marked(lines, seen), event)
    return order


def give_to(order: Order, packer: int, *, at: datetime) -> None:
    """Write down whose table the order is on, and until when."""
    order.packer_id, order.picking_until = packer, at + PICKING_LASTS
    Order.objects.filter(pk=order.pk).update(packer=packer, picking_until=order.picking_until)


def _marked(lines: Sequence[OrderLine], seen: Sequence[Seen]) -> list[tuple[OrderLine, str]]:
    """Say which codes of single pieces came with the scans, and which lines they belong to."""
    return [(line, one.mark) for one in seen if one.mark for line in lines if line.product_id == one.product_id]


def _refuse_held(order: Order) -> None:
    held = Hold.objects.filter(order=order, closed_at=None)
    if reasons := [hold.get_reason_display() for hold in held]:
        raise OnHold(detail={"number": order.number, "reasons": ", ".join(str(reason) for reason in reasons)})


def _match(order: Order, lines: Sequence[OrderLine], seen: Sequence[Seen]) -> list[Pick]:
    """Give each scan to the lines that want it, and find the bins it comes from; `lines` are counted on in place."""
    bins = Bins(order.location_id, {one.product_id for one in seen if one.product_id})
    picks: list[Pick] = []
    for one in seen:
        own = [line for line in lines if line.product_id is not None and line.product_id == one.product_id]
        _refuse_wrong(order, lines, own, one)
        left = one.quantity
        for line in own:
            pieces = min(left, line.reserved)
            left -= pieces
            line.picked += pieces
            line.reserved -= pieces
            picks += [Pick(line, place, part) for place, part in bins.take(line, pieces, one.bin)]
    return picks


def _refuse_wrong(order: Order, lines: Sequence[OrderLine], own: Sequence[OrderLine], one: Seen) -> None:
    if not own:
        wanted = [{"sku": line.sku, "quantity": _left(line)} for line in lines if _left(line)]
        raise WrongItem(detail={"number": order.number, "scanned": one.code, "wanted": wanted})
    left = sum(_left(line) for line in own)
    if one.quantity > left:
        raise TooMuch(detail={"number": order.number, "sku": own[0].sku, "left": left})
    reserved = sum(line.reserved for line in own)
    if one.quantity > reserved:
        raise NotReserved(detail={"number": order.number, "sku": own[0].sku, "reserved": reserved})


def _left(line: OrderLine) -> int:
    """Pieces that the order still wants on the table."""
    return line.quantity - line.cancelled - line.picked


def _move(order: Order, picks: Sequence[Pick], event: JournalEvent) -> None:
    table = stock.inside(Place.Kind.PACKING, order.location_id)
    moves = [
        stock.Move(
            product_id=pick.line.product_id or 0, quantity=pick.quantity, source=pick.bin, target=table,
            reason="picked", event=event, line_id=pick.line.pk, promised=-pick.quantity,
        )
        for pick in picks
    ]  # fmt: skip
    stock.move(moves, at=event.at)
    lines = {pick.line.pk: pick.line for pick in picks}.values()
    set_integers(OrderLine, ["picked", "reserved"], [(line.pk, line.picked, line.reserved) for line in lines])
