"""Out of the door and in again: what happens to goods, money and the order when parcels change hands."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from delivery import shipments
from delivery.models import Handoff, HandoffLine, Shipment
from orders import journal, sales, stock, takings
from orders.models import Courier, JournalEvent, Order, OrderLine, Parcel, ParcelItem, Payment, Place
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers

ACCEPTED = "accepted"  # tracking's word for a parcel that the courier has and says nothing more of
BACK_INSIDE = "registered"


def accept(act: Handoff, lines: Sequence[HandoffLine], *, how: str, by: Actor, at: datetime) -> None:
    """The courier has these parcels of a locked act: goods, money and orders follow. Parcels and orders are locked."""
    HandoffLine.objects.filter(pk__in=[line.pk for line in lines]).update(state=HandoffLine.State.ACCEPTED, state_at=at)
    _depart(act, [line.parcel for line in lines], by=by, at=at)
    finish(act, how=how, at=at)


def finish(act: Handoff, *, how: str, at: datetime, differs: bool = False) -> None:
    """Say what became of an act once all its parcels are settled; until then it stays closed."""
    states = set(HandoffLine.objects.filter(handoff=act).values_list("state", flat=True))
    if differs:
        act.state = Handoff.State.DIFFERENT
    elif HandoffLine.State.ON not in states and act.state == Handoff.State.CLOSED:
        missing = states & {HandoffLine.State.MISSING, HandoffLine.State.REJECTED}
        act.state = Handoff.State.DIFFERENT if missing else Handoff.State.ACCEPTED
    act.accepted_at = act.accepted_at or at
    act.accepted_how = act.accepted_how or how
    act.save(update_fields=["state", "accepted_at", "accepted_how"])


def come_back(parcels: Sequence[Parcel], *, by: Actor, at: datetime) -> list[Order]:
    """Our own courier brought locked parcels back for another day: they stand inside again, on no act."""
    by_order = _by_order(parcels)
    events = _journal("parcel.brought_back", by_order, {}, by=by, at=at)
    _move(parcels, events, to_courier=False)
    HandoffLine.objects.filter(parcel__in=parcels, state=HandoffLine.State.ACCEPTED).update(
        state=HandoffLine.State.BACK, state_at=at
    )
    _stand(parcels, Parcel.State.INSIDE, in_hands_of="")
    orders = [own[0].order for own in by_order.values()]
    for order, event in zip(orders, events.values(), strict=True):
        shipment = Shipment.objects.select_related("order").get(order=order)
        shipments.owe(shipment, event)
        if not Parcel.objects.filter(order=order, state__in=shipments.GONE).exists():
            Shipment.objects.filter(pk=shipment.pk).update(state=BACK_INSIDE, state_at=at, check_at=None)
    shipments.settle(orders, by=by, at=at)
    return orders


def hand_out(order: Order, parcels: Sequence[Parcel], *, taken_minor: int, by: Actor, at: datetime) -> None:
    """Give a locked order to the customer at the counter: out of the door and kept in one step, and paid."""
    data: dict[str, journal.Code] = {"parcels": [parcel.number for parcel in parcels], "taken": taken_minor}
    event = journal.record([journal.Entry("parcel.given_out", order, data)], by=by, at=at)[0]
    items = _items(parcels)
    _freeze_costs(items)
    table = stock.inside(Place.Kind.PACKING, order.location_id)
    counter = stock.inside(Place.Kind.COUNTER, order.location_id)
    customer = stock.outside(Place.Kind.CUSTOMER)
    legs = ((table, counter), (counter, customer))
    stock.move(
        [_one_move(item, source, target, event, "given_out") for source, target in legs for item in items], at=at
    )
    _stand(parcels, Parcel.State.OUT, in_hands_of="")
    shipments.settle([order], by=by, at=at)
    sales.keep(_pieces_by_line(items), event)
    set_integers(ParcelItem, ["delivered"], [(item.pk, item.quantity) for item in items])
    takings.receive([takings.Taking(order, Payment.Account.COUNTER, taken_minor)], [event])
    _stand(parcels, Parcel.State.KEPT, in_hands_of="")
    shipments.settle([order], by=by, at=at)


def _depart(act: Handoff, parcels: Sequence[Parcel], *, by: Actor, at: datetime) -> None:
    if not parcels:
        return
    by_order = _by_order(parcels)
    events = _journal("parcel.accepted", by_order, {"act": act.number}, by=by, at=at)
    _freeze_costs(_items(parcels))
    _move(parcels, events, to_courier=True)
    _stand(parcels, Parcel.State.OUT, in_hands_of=act.courier_id)
    orders = [own[0].order for own in by_order.values()]
    for order, event in zip(orders, events.values(), strict=True):
        shipments.owe(_shipment(order, act.courier, at), event)
    shipments.settle(orders, by=by, at=at)


def _shipment(order: Order, courier: Courier, at: datetime) -> Shipment:
    """Begin the order's shipment, or begin it anew when it was brought back."""
    row = Shipment.objects.filter(order=order).first() or Shipment(order=order, currency=order.currency)
    row.order, row.courier = order, courier
    row.state, row.state_at, row.started_at = ACCEPTED, at, at
    row.check_at = at + timedelta(days=courier.check_after_days)
    row.save()
    return row


def _by_order(parcels: Sequence[Parcel]) -> dict[int, list[Parcel]]:
    """Group by order, by number; the parcels of one order share one object of it, whose version moves on."""
    grouped: dict[int, list[Parcel]] = {}
    for parcel in sorted(parcels, key=lambda parcel: parcel.order_id):
        own = grouped.setdefault(parcel.order_id, [])
        if own:
            parcel.order = own[0].order
        own.append(parcel)
    return grouped


def _journal(
    kind: str, by_order: dict[int, list[Parcel]], data: dict[str, journal.Code], *, by: Actor, at: datetime
) -> dict[int, JournalEvent]:
    entries = [
        journal.Entry(kind, own[0].order, {"parcels": [parcel.number for parcel in own], **data})
        for own in by_order.values()
    ]
    return dict(zip(by_order, journal.record(entries, by=by, at=at), strict=True))


def _items(parcels: Sequence[Parcel]) -> list[ParcelItem]:
    items = ParcelItem.objects.filter(parcel__in=parcels).select_related("line__order", "line__product", "parcel")
    return list(items.order_by("parcel_id", "line__position"))


def _pieces_by_line(items: Sequence[ParcelItem]) -> list[tuple[OrderLine, int]]:
    """Sum up per line: one line may lie in several parcels."""
    lines = {item.line_id: item.line for item in items}
    return [(line, sum(item.quantity for item in items if item.line_id == key)) for key, line in lines.items()]


def _freeze_costs(items: Sequence[ParcelItem]) -> None:
    """Keep the moving average of this minute: what the pieces cost is known when they ship, whatever comes later."""
    for item in items:
        item.line.cost_minor = item.line.product.cost_minor if item.line.product else 0
    set_integers(OrderLine, ["cost_minor"], [(item.line_id, item.line.cost_minor or 0) for item in items])


def _move(parcels: Sequence[Parcel], events: dict[int, JournalEvent], *, to_courier: bool) -> None:
    moves = []
    couriers = {parcel.pk: stock.courier_place(parcel.in_hands_of) for parcel in parcels}
    for item in _items(parcels):
        order = item.line.order
        table = stock.inside(Place.Kind.PACKING, order.location_id)
        courier, event = couriers[item.parcel_id], events[order.pk]
        if to_courier:
            moves.append(_one_move(item, table, courier, event, "handed_over"))
        else:
            moves.append(_one_move(item, courier, table, event, "brought_back"))
    stock.move(moves, at=next(iter(events.values())).at)


def _one_move(item: ParcelItem, source: Place, target: Place, event: JournalEvent, reason: str) -> stock.Move:
    return stock.Move(
        product_id=item.line.product_id or 0, quantity=item.quantity, source=source, target=target, reason=reason,
        event=event, line_id=item.line_id, unit_cost_minor=item.line.cost_minor,
    )  # fmt: skip


def _stand(parcels: Sequence[Parcel], state: Parcel.State, *, in_hands_of: str) -> None:
    """Write where parcels are. Only those that wait on a closed act, or are out, stand on it."""
    on_act = Parcel.OnAct.CLOSED if in_hands_of else Parcel.OnAct.NONE
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(
        state=state, in_hands_of=in_hands_of, on_act=on_act
    )
    for parcel in parcels:
        parcel.state, parcel.in_hands_of, parcel.on_act = state, in_hands_of, on_act
