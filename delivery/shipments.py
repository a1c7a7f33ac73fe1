"""What became of parcels: where their pieces are, what the customer owes, and what the order is by that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Sum

from delivery import cash, wayback
from delivery.models import CashEntry, Return, Shipment
from orders import lifecycle, sales, stock, takings
from orders.models import JournalEvent, Order, OrderLine, Parcel, ParcelItem, Payment, Place, Sale
from orders.status import MOVES, Status
from shopdesk.base.access import Actor
from shopdesk.base.bulk import add_integers, set_integers
from shopdesk.base.money import part_of

GONE = (Parcel.State.OUT, Parcel.State.KEPT, Parcel.State.RETURNING, Parcel.State.RETURNED, Parcel.State.LOST)
DISAGREE = "parcels_disagree"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a parcel: its state, the pieces kept by line id, and whether the rest is on its way back."""

    state: Parcel.State
    kept: Mapping[int, int] = field(default_factory=dict)
    comes_back: bool = False
    kind: Return.Kind = Return.Kind.REFUSED
    reason: str = ""
    waits_since: datetime | None = None  # it lies at the courier for us to take


def conclude(parcel: Parcel, outcome: Outcome, event: JournalEvent) -> None:
    """Bring a parcel's pieces where the outcome says they are; the same outcome again moves nothing.

    Only the difference moves, so a correction takes back exactly what was booked before. The order, its shipment and
    the parcel are locked. Raises AlreadyHere when its goods are back in our hands.
    """
    items = list(parcel.items.select_related("line__order").order_by("line__position"))
    courier = stock.courier_place(parcel.order.shipment.courier_id)
    kept, lost = _differences(items, outcome)
    moves = _moves(items, kept, courier, stock.outside(Place.Kind.CUSTOMER), event, "delivered")
    moves += _moves(items, lost, courier, stock.outside(Place.Kind.LOST), event, "lost")
    # What comes back to the courier first: the next move may need it (lost, then delivered after all).
    stock.move(sorted(moves, key=lambda move: move.target != courier), at=event.at)
    # Found pieces leave `lost` before they are kept, kept ones leave `delivered` before they are lost: the line's
    # CHECK never sees a piece twice.
    _lose(items, [min(number, 0) for number in lost])
    sales.keep([(item.line, pieces) for item, pieces in zip(items, kept, strict=True)], event)
    _lose(items, [max(number, 0) for number in lost])
    _count(items, kept, lost)
    rest = {item.line: item.quantity - item.delivered - item.lost - item.returned for item in items}
    # A parcel of services alone is empty: it comes back as the box itself.
    empty = not items and outcome.state in {Parcel.State.OUT, Parcel.State.RETURNING}
    free_days = parcel.order.shipment.courier.return_free_days
    coming = wayback.Expected(
        rest if outcome.comes_back else {}, outcome.kind, outcome.reason, outcome.waits_since, free_days
    )
    wayback.expect(parcel, coming, empty=empty and outcome.comes_back, at=event.at)
    parcel.state = outcome.state
    # Who has it in hand sees the address; who delivered or lost all of it does not any more.
    parcel.in_hands_of = parcel.order.shipment.courier_id if any(rest.values()) or empty else ""
    parcel.save(update_fields=["state", "in_hands_of"])
    _take_back_services(parcel.order, event)


def owe(shipment: Shipment, event: JournalEvent) -> None:
    """Let the customer owe what the parcels out of the door carry, less what was refused."""
    parcels = Parcel.objects.filter(order=shipment.order_id, state__in=GONE)
    due = parcels.aggregate(sum=Sum("cod_minor"))["sum"] or 0
    cash.settle([shipment], CashEntry.Kind.DUE, [due], [event])
    cash.settle([shipment], CashEntry.Kind.REDUCED, [min(due, _refused(shipment, due))], [event])


def collect(shipment: Shipment, amount_minor: int, event: JournalEvent) -> None:
    """Let the courier have taken this sum in all; the order is paid by the difference."""
    order = shipment.order
    by_card = order.payment_method == Order.PaidBy.CARD_ON_DELIVERY
    account = Payment.Account.ACQUIRER if by_card else Payment.Account.COURIER
    taking = takings.Taking(order, account, amount_minor - shipment.collected_minor)
    cash.settle([shipment], CashEntry.Kind.COLLECTED, [amount_minor], [event])
    takings.receive([taking], [event])


def stop_watching(order: Order) -> None:
    """Ask the courier of nothing more once nothing of the order is in its hands."""
    if not Parcel.objects.filter(order=order).exclude(in_hands_of="").exists():
        Shipment.objects.filter(order=order).update(check_at=None)


def settle(orders: Sequence[Order], *, by: Actor, at: datetime) -> None:
    """Let the status of locked orders follow their parcels, as far as MOVES leads there.

    A lost order that was delivered after all goes through `returning`. Where no way leads (a parcel left behind goes
    out when the rest is delivered) the order stays as it is and its shipment is flagged.
    """
    reachable = []
    for order in orders:
        states = Parcel.objects.filter(order=order).exclude(state=Parcel.State.OPENED)
        wanted = lifecycle.derived(set(states.values_list("state", flat=True)))
        status = Status(order.status)
        if wanted is None or wanted == status:
            continue
        if wanted not in MOVES[status]:
            if not (Status.RETURNING in MOVES[status] and wanted in MOVES[Status.RETURNING]):
                Shipment.objects.filter(order=order).update(flag=DISAGREE)
                continue
            lifecycle.move([order], Status.RETURNING, by=by, at=at)
        reachable.append(order)
    lifecycle.settle(reachable, by=by, at=at)


def _differences(items: Sequence[ParcelItem], outcome: Outcome) -> tuple[list[int], list[int]]:
    """Give per item by how many pieces more (or fewer) are kept, and lost."""
    kept, lost = [], []
    for item in items:
        ours = item.returned
        keeps = min(outcome.kept.get(item.line_id, 0), item.quantity - ours)
        loses = item.quantity - ours - keeps if outcome.state == Parcel.State.LOST else 0
        kept.append(keeps - item.delivered)
        lost.append(loses - item.lost)
    return kept, lost


def _moves(
    items: Sequence[ParcelItem], pieces: Sequence[int], courier: Place, away: Place, event: JournalEvent, reason: str
) -> list[stock.Move]:
    """Move from the courier to somewhere else; negative pieces move the other way."""
    return [
        stock.Move(
            product_id=item.line.product_id or 0, quantity=abs(number), source=courier if number > 0 else away,
            target=away if number > 0 else courier, reason=reason if number > 0 else f"not_{reason}", event=event,
            line_id=item.line_id, unit_cost_minor=item.line.cost_minor,
        )
        for item, number in zip(items, pieces, strict=True)
        if number
    ]  # fmt: skip


def _lose(items: Sequence[ParcelItem], pieces: Sequence[int]) -> None:
    changed = [(item.line_id, number) for item, number in zip(items, pieces, strict=True) if number]
    add_integers(OrderLine, ["lost"], changed)


def _count(items: Sequence[ParcelItem], kept: Sequence[int], lost: Sequence[int]) -> None:
    """Write how far the pieces of the parcel have come."""
    for item, more, fewer in zip(items, kept, lost, strict=True):
        item.delivered += more
        item.lost += fewer
    set_integers(ParcelItem, ["delivered", "lost"], [(item.pk, item.delivered, item.lost) for item in items])


def _take_back_services(order: Order, event: JournalEvent) -> None:
    """Nothing was delivered after all: then neither was its postage. The next delivery books it again."""
    if Parcel.objects.filter(order=order, state=Parcel.State.KEPT).exists():
        return
    lines = order.lines.exclude(kind="goods").filter(delivered__gt=0).select_related("order")
    sales.keep([(line, -line.delivered) for line in lines], event)


def _refused(shipment: Shipment, due: int) -> int:
    """What the customer does not owe for: the share of the line totals that was refused or lost, exactly.

    Nothing sold and nothing on its way any more: then nothing is owed at all, not even the delivery.
    """
    order = shipment.order
    parcels = Parcel.objects.filter(order=order)
    moving = parcels.filter(state__in=[Parcel.State.OUT, Parcel.State.INSIDE]).exists()
    goods = order.lines.filter(kind="goods")
    sold = dict(Sale.objects.filter(line__in=goods).values_list("line").annotate(Sum("quantity")))
    if not moving and not any(sold.values()):
        return due
    ended = ParcelItem.objects.filter(parcel__order=order, parcel__state__in=GONE).exclude(
        parcel__state=Parcel.State.OUT
    )
    pieces = dict(ended.values_list("line").annotate(Sum("quantity")))
    refused = sum(
        part_of(line.total_minor, pieces.get(line.pk, 0), line.quantity)
        # A piece that came back from its customer, was missed, and then was with them after all, is sold twice.
        - part_of(line.total_minor, min(sold.get(line.pk, 0), line.quantity), line.quantity)
        for line in goods
    )
    return refused - discount_on(order, refused)


def discount_on(order: Order, amount_minor: int) -> int:
    """Give the share of the order's own discount that lies on part of its lines' totals."""
    if not order.items_minor:
        return 0
    return part_of(order.discount_minor, min(amount_minor, order.items_minor), order.items_minor)
