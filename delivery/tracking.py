"""Tracking: what couriers say of parcels, each event once, in whatever order it comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q

from delivery import cash, departure, shipments, wayback
from delivery.models import Handoff, HandoffLine, Return, Shipment, ShipmentEvent
from orders import calltasks, journal, notices
from orders.models import Courier, JournalEvent, Order, Parcel, ParcelItem
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.money import round_to_minor

# The one vocabulary, and how far along each state is. A state never gives way to one of a lower rank, whenever the
# news of it comes; among equals the latest by the courier's clock stands. Only an explicit correction goes back.
RANK = {
    "unknown": 0,  # a code that nobody has explained: kept, flagged, moves nothing
    "registered": 10,  # the courier knows of it and does not have it
    "accepted": 20,  # the courier has it; from here on the first scan stands for the act's acceptance
    "in_transit": 30,  # the road: these follow one another in any order, so the latest counts
    "ready_for_pickup": 30,
    "out_for_delivery": 30,
    "delivery_failed": 30,  # tried in vain; it will be tried again or come back
    "exception": 30,
    "cancelled": 30,  # the courier stopped it: a person asks where the parcel is
    "returning": 40,  # refused or uncollected, on its way back
    "lost": 40,  # and found again when a later event says it is returning
    "returned": 50,  # the courier says it gave it back; whether it is here only our own scan knows
    "delivered": 60,  # the customer has it, whole or in part
}
UNKNOWN = "unknown"
UNKNOWN_CODE = "unknown_code"
CONTRADICTION = "contradiction"
HAS_IT = 20
ENDED = 40
UNCOLLECTED = frozenset({"uncollected", "expired", "storage_expired"})

# What a person rings about, while the parcel is on its way and nothing newer is known of it.
RINGS = {
    "ready_for_pickup": calltasks.open_pickup,
    "delivery_failed": calltasks.open_problem,
    "exception": calltasks.open_problem,
    "cancelled": calltasks.open_problem,
}

APPLIED, REPEATED, PARKED = "applied", "repeated", "parked"


@dataclass(frozen=True, slots=True)
class CourierEvent:
    """One thing a courier says. `parcel` is our number or the waybill; `delivered` lists pieces kept by SKU.

    Without `delivered` a delivery is whole; with it, what it does not list is coming back. `cod_taken` is as written,
    in the order's currency; without it a delivery took what was due.
    """

    event_id: str
    parcel: str
    code: str
    at: datetime
    cod_taken: Decimal | None = None
    delivered: Sequence[tuple[str, int]] | None = None
    reason: str = ""
    correction: bool = False


def take_in(courier: str, events: Sequence[CourierEvent], *, by: Actor, at: datetime) -> list[str]:
    """Apply events, each in its own transaction. Gives per event `applied`, `repeated` or `parked`.

    Repeated: the courier's event id was here before, so nothing changes. Parked: no parcel of that number is or was in
    this courier's hands; it is kept for a person to look at. Nothing a courier says is refused.
    """
    return [_take_in_once(courier, event, by=by, at=at) for event in events]


def verdict(events: Sequence[ShipmentEvent]) -> ShipmentEvent | None:
    """Give the event that says where a parcel is, whatever order they came in; None when there is none.

    The latest correction sets aside everything the courier's clock puts before it.
    """
    corrections = [event for event in events if event.data.get("correction")]
    base = max(corrections, key=lambda event: (event.at, event.event_id), default=None)
    counted = [
        event
        for event in events
        if base is None or event.pk == base.pk or (not event.data.get("correction") and event.at > base.at)
    ]
    return max(counted, key=_weight, default=None)


def _take_in_once(courier: str, event: CourierEvent, *, by: Actor, at: datetime) -> str:
    try:
        return _take_in_one(courier, event, by=by, at=at)
    except IntegrityError:
        # The same event came twice at once under two parcel numbers, so no lock held one back: the first one stands.
        if ShipmentEvent.objects.filter(courier=courier, event_id=event.event_id).exists():
            return REPEATED
        raise


@transaction.atomic(durable=True)
def _take_in_one(courier: str, event: CourierEvent, *, by: Actor, at: datetime) -> str:
    parcel = _find(courier, event.parcel)
    order = _lock(parcel) if parcel else None
    if ShipmentEvent.objects.filter(courier=courier, event_id=event.event_id).exists():
        return REPEATED
    # A courier's clock may run ahead; no fact lies in the future.
    happened = min(event.at, at)
    state = event.code if event.code in RANK else UNKNOWN
    data: dict[str, journal.Code] = {"parcel": parcel.number if parcel else "", "code": event.code, "state": state}
    entry = journal.Entry("parcel.event", order, data, subject=("courier", courier))
    said = journal.record([entry], by=by, at=happened)[0]
    _keep(courier, event, parcel, state=state, said=said)
    if parcel is None or order is None:
        return PARKED
    _accept_by_scan(courier, parcel, order, state=state, said=said)
    _conclude(courier, order, said=said)
    _ring(order, state, said)
    return APPLIED


def _find(courier: str, number: str) -> Parcel | None:
    """Find a parcel that is, or was, in this courier's hands. Any other is none of its business."""
    own = Q(in_hands_of=courier) | Q(order__shipment__courier=courier, state__in=shipments.GONE)
    named = Q(number=number) | (Q(waybill=number) & ~Q(waybill=""))
    return Parcel.objects.filter(own & named).order_by("-pk").first()


def _lock(parcel: Parcel) -> Order:
    """Lock in the house's order: the act that waits for it, returns, the shipment, the order, its parcels."""
    acts = Handoff.objects.filter(lines__parcel=parcel, lines__state=HandoffLine.State.ON)
    list(Handoff.objects.locked(number__in=list(acts.values_list("number", flat=True))))
    list(Return.objects.locked(order=parcel.order_id))
    list(Shipment.objects.locked(order=parcel.order_id))
    order = Order.objects.lock(parcel.order_id)
    list(Parcel.objects.locked(order=order))
    parcel.refresh_from_db()
    parcel.order = order
    return order


def _keep(courier: str, event: CourierEvent, parcel: Parcel | None, *, state: str, said: JournalEvent) -> ShipmentEvent:
    data: dict[str, journal.Code] = {"correction": event.correction}
    if event.cod_taken is not None:
        data["cod_taken"] = str(event.cod_taken)
    if event.delivered is not None:
        data["delivered"] = [[sku, pieces] for sku, pieces in event.delivered]
    return ShipmentEvent.objects.create(
        courier_id=courier, event_id=event.event_id, parcel=parcel, parcel_raw=event.parcel, code=event.code,
        state=state, reason=event.reason, data=data, journal=said, at=said.at,
    )  # fmt: skip


def _accept_by_scan(courier: str, parcel: Parcel, order: Order, *, state: str, said: JournalEvent) -> None:
    """The first scan of a parcel on a closed act counts as acceptance of that parcel."""
    if parcel.state != Parcel.State.INSIDE or RANK[state] < HAS_IT:
        return
    line = HandoffLine.objects.filter(
        parcel=parcel, state=HandoffLine.State.ON, handoff__courier=courier, handoff__state=Handoff.State.CLOSED
    ).first()
    if line is not None:
        line.parcel = parcel
        act = Handoff.objects.select_related("courier").get(pk=line.handoff_id)
        departure.accept(act, [line], how="first_scan", by=said.actor, at=said.at)


def _ring(order: Order, state: str, said: JournalEvent) -> None:
    """Ask the call desk to ring about what the courier just said; not about news that something newer overtook."""
    if state in RINGS and order.status == Status.HANDED_OVER and order.shipment.state == state:
        RINGS[state]([order], [said])
        if state == "ready_for_pickup":
            notices.tell_waiting([order], [said])


def _conclude(courier: str, order: Order, *, said: JournalEvent) -> None:
    """Let goods, money and the order's status follow what all events of its parcels say together."""
    shipment = Shipment.objects.filter(order=order, courier=courier).first()
    if shipment is None:
        return  # registered before it was handed over
    shipment.order = order
    order.shipment = shipment
    parcels = list(Parcel.objects.filter(order=order, state__in=shipments.GONE).order_by("position"))
    events = ShipmentEvent.objects.filter(parcel__in=parcels, courier=courier)
    by_parcel: dict[int, list[ShipmentEvent]] = {parcel.pk: [] for parcel in parcels}
    for event in events:
        by_parcel[event.parcel_id or 0].append(event)
    flag = ""
    for parcel in parcels:
        parcel.order = order
        flag = _conclude_parcel(parcel, by_parcel[parcel.pk], said) or flag
    _stand(shipment, by_parcel, flag)
    shipments.owe(shipment, said)
    shipments.collect(shipment, _taken(shipment, parcels, by_parcel), said)
    shipments.settle([order], by=said.actor, at=said.at)
    _check_later(shipment, by_parcel)


def _conclude_parcel(parcel: Parcel, events: Sequence[ShipmentEvent], said: JournalEvent) -> str:
    """Apply what the events say of one parcel. Gives a flag when somebody has to look at it."""
    now = verdict(events)
    flag = UNKNOWN_CODE if any(event.state == UNKNOWN for event in events) else ""
    if now is None:
        return flag
    items = list(parcel.items.select_related("line").order_by("line__position"))
    outcome = _outcome(now, events, items)
    if parcel.state == Parcel.State.RETURNED or wayback.received(parcel):
        differs = outcome.state not in {Parcel.State.RETURNING, parcel.state}
        return CONTRADICTION if differs else flag
    shipments.conclude(parcel, outcome, said)
    return flag


def _outcome(now: ShipmentEvent, events: Sequence[ShipmentEvent], items: Sequence[ParcelItem]) -> shipments.Outcome:
    """Say what an event makes of its parcel."""
    state = Parcel.State
    if now.state == "delivered":
        kept = _kept(now.data.get("delivered"), items)
        if sum(kept.values()) == sum(item.quantity for item in items):
            return shipments.Outcome(state.KEPT, kept)
        kind = Return.Kind.AFTER_INSPECTION if any(kept.values()) else Return.Kind.REFUSED
        return shipments.Outcome(
            state.KEPT if any(kept.values()) else state.RETURNING, kept, comes_back=True, kind=kind, reason=now.reason
        )
    if now.state in {"returning", "returned"}:
        kind = Return.Kind.UNCOLLECTED if now.reason in UNCOLLECTED else Return.Kind.REFUSED
        return shipments.Outcome(state.RETURNING, comes_back=True, kind=kind, reason=now.reason)
    if now.state == "lost":
        return shipments.Outcome(state.LOST)
    # Said to move again after it was said to be delivered, refused or lost: MOVES leads back to the road from none
    # of them, so until more is known it is on its way home. Told from all events, so their order does not matter.
    ended = any(RANK[event.state] >= ENDED for event in events)
    return shipments.Outcome(state.RETURNING if ended else state.OUT)


def _kept(listed: Sequence[tuple[str, int]] | None, items: Sequence[ParcelItem]) -> dict[int, int]:
    """Give pieces kept by line id; never more than the parcel holds."""
    if listed is None:
        return {item.line_id: item.quantity for item in items}
    left: dict[str, int] = {}
    for sku, pieces in listed:
        left[sku] = left.get(sku, 0) + pieces
    kept = {}
    for item in items:
        kept[item.line_id] = min(item.quantity, left.get(item.line.sku, 0))
        left[item.line.sku] = left.get(item.line.sku, 0) - kept[item.line_id]
    return kept


def _taken(shipment: Shipment, parcels: Sequence[Parcel], events: Mapping[int, Sequence[ShipmentEvent]]) -> int:
    """What the courier took: the sums it stated; where it stated none for a parcel with COD, what was due."""
    stated, assumed = 0, False
    for parcel in parcels:
        now = verdict(events[parcel.pk])
        if now is None or now.state != "delivered":
            continue
        if "cod_taken" in now.data:
            stated += round_to_minor(Decimal(str(now.data["cod_taken"])), shipment.currency)
        else:
            assumed = assumed or bool(parcel.cod_minor)
    return max(stated, shipment.due_minor - shipment.reduced_minor) if assumed else stated


def _stand(shipment: Shipment, events: Mapping[int, Sequence[ShipmentEvent]], flag: str) -> None:
    """Write the shipment's state: that of the parcel that is least far along."""
    now = [found for own in events.values() if (found := verdict(own)) is not None]
    if len(now) == len(events) and now:
        least = min(now, key=lambda event: (RANK[event.state], event.at, event.event_id))
        shipment.state, shipment.state_at = least.state, least.at
    shipment.flag = flag or (cash.OVERPAID if shipment.outstanding_minor < 0 else "")
    shipment.save(update_fields=["state", "state_at", "flag"])


def _check_later(shipment: Shipment, events: Mapping[int, Sequence[ShipmentEvent]]) -> None:
    """Look into it when the courier stays silent; nothing to look into once nothing is on the road."""
    latest = max((event.at for own in events.values() for event in own), default=shipment.state_at)
    moving = [Parcel.State.OUT, Parcel.State.RETURNING]
    still = Parcel.objects.filter(order=shipment.order_id).filter(Q(state__in=moving) | ~Q(in_hands_of="")).exists()
    days = Courier.objects.get(pk=shipment.courier_id).check_after_days
    shipment.check_at = latest + timedelta(days=days) if still else None
    shipment.save(update_fields=["check_at"])


def _weight(event: ShipmentEvent) -> tuple[int, int, datetime, str]:
    """Further along, then more pieces kept, then later; the id decides between twins so that the order cannot."""
    listed = event.data.get("delivered")
    pieces = sum(number for _, number in listed) if listed is not None else 10**9
    return (RANK[event.state], pieces if event.state == "delivered" else 0, event.at, event.event_id)
