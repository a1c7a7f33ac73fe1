"""Tracking: what couriers say of parcels, each event once, in whatever order it comes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KT

from delivery import cash, departure, fees, shipments, wayback
from delivery.couriers.base import CourierEvent as CourierEvent
from delivery.couriers.base import Link
from delivery.models import (
    CourierCode,
    EventReading,
    Handoff,
    HandoffLine,
    NextWaybill,
    Return,
    Shipment,
    ShipmentEvent,
)
from delivery.news import RANK as RANK
from delivery.news import UNKNOWN, Told, meaning_of, told_of, verdict
from orders import calltasks, journal, notices
from orders.models import Courier, JournalEvent, Order, Parcel, ParcelItem
from orders.status import Status
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.money import round_to_minor

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


def take_in(courier: str, events: Sequence[CourierEvent], *, by: Actor, at: datetime) -> list[str]:
    """Apply events, each in its own transaction. Gives per event `applied`, `repeated` or `parked`.

    Repeated: the courier's event id was here before, so nothing changes. Parked: no parcel of that number is or was in
    this courier's hands; it is kept for a person to look at. Nothing a courier says is refused.
    """
    return [_take_in_once(courier, event, by=by, at=at) for event in events]


def to_pick_up(limit: int) -> list[int]:
    """Give parked events whose parcels are known by now, and those whose codes were explained; none once picked up."""
    return [*_parcels_known_now()[:limit], *_codes_known_now()[:limit]]


@transaction.atomic(durable=True)
def pick_up(event_id: int, *, at: datetime) -> bool:
    """Apply an event that was parked, or whose code nobody knew. False when it still cannot be, or was meanwhile."""
    event = ShipmentEvent.objects.get(pk=event_id)
    link = Link(**event.data["link"]) if event.data.get("link") else None
    parcel = event.parcel or _find(event.courier_id, event.parcel_raw, link)
    if parcel is None:
        return False
    order = _lock(parcel)
    state = meaning_of(event.courier_id, event.code) if event.state == UNKNOWN else event.state
    before = EventReading.objects.filter(event=event).first()
    if before is not None and (before.parcel_id, before.state) == (parcel.pk, state):
        return False
    data: dict[str, journal.Code] = {"parcel": parcel.number, "code": event.code, "state": state, "event": event.pk}
    entry = journal.Entry("parcel.event_understood", order, data, subject=("courier", event.courier_id))
    said = journal.record([entry], by=SWEEP, at=min(event.at, at))[0]
    EventReading.objects.update_or_create(
        event=event, defaults={"parcel": parcel, "state": state, "journal": said, "at": at}
    )
    _chain(event.courier_id, parcel, link, said)
    _apply(event.courier_id, parcel, order, state=state, said=said)
    return True


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
    parcel = _find(courier, event.parcel, event.link)
    order = _lock(parcel) if parcel else None
    before = ShipmentEvent.objects.select_related("journal").filter(courier=courier, event_id=event.event_id).first()
    if before is not None:
        if parcel is not None:  # the same said again may tell for the first time under which number it comes home
            _chain(courier, parcel, event.link, before.journal)
        return REPEATED
    # A courier's clock may run ahead; no fact lies in the future.
    happened = min(event.at, at)
    state = meaning_of(courier, event.code)
    data: dict[str, journal.Code] = {"parcel": parcel.number if parcel else "", "code": event.code, "state": state}
    entry = journal.Entry("parcel.event", order, data, subject=("courier", courier))
    said = journal.record([entry], by=by, at=happened)[0]
    _keep(courier, event, parcel, state=state, said=said)
    if parcel is None or order is None:
        return PARKED
    _chain(courier, parcel, event.link, said)
    _apply(courier, parcel, order, state=state, said=said)
    return APPLIED


def _apply(courier: str, parcel: Parcel, order: Order, *, state: str, said: JournalEvent) -> None:
    """Draw the conclusions from an event that is kept."""
    _accept_by_scan(courier, parcel, order, state=state, said=said)
    _conclude(courier, order, said=said)
    _ring(order, state, said)


def _parcels_known_now() -> list[int]:
    """List parked events whose parcel is in the courier's hands by now."""
    courier, number = OuterRef("courier"), OuterRef("parcel_raw")
    own = Q(in_hands_of=courier) | Q(order__shipment__courier=courier, state__in=shipments.GONE)
    named = Q(number=number) | Q(waybill=number) | Q(next_waybills__courier=courier, next_waybills__number=number)
    follows = Q(waybill=OuterRef("follows")) & ~Q(waybill="")
    parked = ShipmentEvent.objects.filter(parcel=None, reading=None).annotate(follows=KT("data__link__follows"))
    rows = parked.filter(Exists(Parcel.objects.filter(own, named | follows)))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _codes_known_now() -> list[int]:
    """List events that nobody could read, whose code has a meaning by now."""
    taught = CourierCode.objects.filter(courier=OuterRef("courier"), code=OuterRef("code"))
    unread = Q(reading=None, parcel__isnull=False) | Q(reading__state=UNKNOWN)
    rows = ShipmentEvent.objects.filter(unread, Exists(taught), state=UNKNOWN)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _find(courier: str, number: str, link: Link | None = None) -> Parcel | None:
    """Find a parcel that is, or was, in this courier's hands. Any other is none of its business."""
    own = Q(in_hands_of=courier) | Q(order__shipment__courier=courier, state__in=shipments.GONE)
    named = Q(number=number) | (Q(waybill=number) & ~Q(waybill=""))
    named |= Q(pk__in=NextWaybill.objects.filter(courier=courier, number=number).values("parcel"))
    if link is not None:
        named |= Q(waybill=link.follows) & ~Q(waybill="")
    return Parcel.objects.filter(own & named).order_by("-pk").first()


def _chain(courier: str, parcel: Parcel, link: Link | None, said: JournalEvent) -> None:
    """Remember the number under which the parcels of a waybill travel home."""
    if link is None:
        return
    for home in Parcel.objects.filter(order=parcel.order_id, waybill=link.follows).exclude(waybill=""):
        NextWaybill.objects.get_or_create(
            courier_id=courier, number=link.number, parcel=home, defaults={"journal": said}
        )


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
    if event.link is not None:
        data["link"] = {"number": event.link.number, "follows": event.link.follows}
    return ShipmentEvent.objects.create(
        courier_id=courier, event_id=event.event_id, parcel=parcel, parcel_raw=event.parcel, code=event.code,
        state=state, reason=event.reason, data=data, journal=said, at=said.at,
    )  # fmt: skip


def _accept_by_scan(courier: str, parcel: Parcel, order: Order, *, state: str, said: JournalEvent) -> None:
    """The first scan of a parcel on a closed act counts as acceptance of that parcel."""
    if parcel.state != Parcel.State.INSIDE or RANK.get(state, 0) < HAS_IT:
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
    by_parcel = told_of(courier, parcels)
    flag = ""
    ended: list[tuple[Sequence[ParcelItem], shipments.Outcome]] = []
    for parcel in parcels:
        parcel.order = order
        items = list(parcel.items.select_related("line").order_by("line__position"))
        outcome = _outcome(by_parcel[parcel.pk], items)
        flag = _conclude_parcel(parcel, by_parcel[parcel.pk], outcome, said) or flag
        ended += [(items, outcome)] if outcome else []
    _stand(shipment, by_parcel, flag)
    shipments.owe(shipment, said)
    shipments.collect(shipment, _taken(shipment, parcels, by_parcel), said)
    fees.expect(shipment, ended, said)
    shipments.settle([order], by=said.actor, at=said.at)
    _check_later(shipment, by_parcel)


def _conclude_parcel(
    parcel: Parcel, events: Sequence[Told], outcome: shipments.Outcome | None, said: JournalEvent
) -> str:
    """Apply what the events say of one parcel. Gives a flag when somebody has to look at it."""
    flag = UNKNOWN_CODE if any(event.state == UNKNOWN for event in events) else ""
    if outcome is None:
        return flag
    if parcel.state == Parcel.State.RETURNED or wayback.received(parcel):
        differs = outcome.state not in {Parcel.State.RETURNING, parcel.state}
        return CONTRADICTION if differs else flag
    shipments.conclude(parcel, outcome, said)
    return flag


def _outcome(events: Sequence[Told], items: Sequence[ParcelItem]) -> shipments.Outcome | None:
    """Say what the events make of their parcel; None when nothing says where it is."""
    now, state = verdict(events), Parcel.State
    if now is None:
        return None
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
        there = now.at if now.state == "returned" else None
        return shipments.Outcome(
            state.RETURNING, comes_back=True, kind=kind, reason=now.reason, waits_since=there
        )  # fmt: skip
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


def _taken(shipment: Shipment, parcels: Sequence[Parcel], events: Mapping[int, Sequence[Told]]) -> int:
    """What the courier took: the sums it stated; where it stated none for a parcel with COD, what was due."""
    stated, assumed = 0, False
    counted: set[int] = set()
    for parcel in parcels:
        now = verdict(events[parcel.pk])
        if now is None or now.state != "delivered":
            continue
        if "cod_taken" not in now.data:
            assumed = assumed or bool(parcel.cod_minor)
        elif now.pk not in counted:  # one event may speak of all parcels of a waybill: its sum is said once
            counted.add(now.pk)
            stated += round_to_minor(Decimal(str(now.data["cod_taken"])), shipment.currency)
    return max(stated, shipment.due_minor - shipment.reduced_minor) if assumed else stated


def _stand(shipment: Shipment, events: Mapping[int, Sequence[Told]], flag: str) -> None:
    """Write the shipment's state: that of the parcel that is least far along."""
    now = [found for own in events.values() if (found := verdict(own)) is not None]
    if len(now) == len(events) and now:
        least = min(now, key=lambda event: (RANK[event.state], event.at, event.event_id))
        shipment.state, shipment.state_at = least.state, least.at
    shipment.flag = flag or cash.doubt_of(shipment)
    shipment.save(update_fields=["state", "state_at", "flag"])


def _check_later(shipment: Shipment, events: Mapping[int, Sequence[Told]]) -> None:
    """Look into it when the courier stays silent; nothing to look into once nothing is on the road."""
    latest = max((event.at for own in events.values() for event in own), default=shipment.state_at)
    moving = [Parcel.State.OUT, Parcel.State.RETURNING]
    still = Parcel.objects.filter(order=shipment.order_id).filter(Q(state__in=moving) | ~Q(in_hands_of="")).exists()
    days = Courier.objects.get(pk=shipment.courier_id).check_after_days
    shipment.check_at = latest + timedelta(days=days) if still else None
    shipment.save(update_fields=["check_at"])
