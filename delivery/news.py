"""What couriers said of parcels, as it is understood now: one vocabulary, whatever order the news came in."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from delivery.models import CourierCode, EventReading, NextWaybill, ShipmentEvent
from orders.models import Parcel, ParcelItem

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
UNKNOWN, IGNORED = "unknown", CourierCode.IGNORED


@dataclass(frozen=True, slots=True)
class Told:
    """One event, as it is understood of one parcel."""

    pk: int
    event_id: str
    state: str
    at: datetime
    reason: str
    data: dict[str, Any]


def meaning_of(courier: str, code: str) -> str:
    """Say what a courier's code means: as somebody taught the desk, else as the desk's own word, else `unknown`."""
    taught = CourierCode.objects.filter(courier=courier, code=code).values_list("means", flat=True).first()
    return taught or (code if code in RANK else UNKNOWN)


def told_of(courier: str, parcels: Sequence[Parcel]) -> dict[int, list[Told]]:
    """Give per parcel of one order everything that this courier said of it: by its own number, by its waybill, or by
    the waybill under which it travels home.
    """
    by_parcel: dict[int, list[Told]] = {parcel.pk: [] for parcel in parcels}
    homeward = NextWaybill.objects.filter(courier=courier, parcel__in=parcels)
    home = {(row.parcel_id, row.number) for row in homeward}
    readings = EventReading.objects.filter(parcel__in=parcels)
    own = Q(parcel__in=parcels) | Q(pk__in=readings.values("event"))
    for event in ShipmentEvent.objects.filter(own, courier=courier).select_related("reading").order_by("pk"):
        about = [parcel for parcel in parcels if _is_about(event, parcel, home)]
        shared = _share_out(event, about)
        for parcel in about:
            told = _understand(event, is_home=(parcel.pk, event.parcel_raw) in home)
            if told.state != IGNORED:
                by_parcel[parcel.pk].append(replace(told, data=told.data | shared.get(parcel.pk, {})))
    return by_parcel


def latest_of(parcels: Sequence[Parcel], most: int) -> list[ShipmentEvent]:
    """List what was said last of these parcels, parked news that found them later included."""
    said = Q(parcel__in=parcels) | Q(reading__parcel__in=parcels)
    return list(ShipmentEvent.objects.filter(said).order_by("-at", "-pk")[:most])


def verdict(events: Sequence[Told]) -> Told | None:
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


def _is_about(event: ShipmentEvent, parcel: Parcel, home: set[tuple[int, str]]) -> bool:
    """Tell whether an event speaks of this parcel. One waybill may stand for several parcels."""
    if event.parcel_raw in {parcel.number, parcel.waybill} or (parcel.pk, event.parcel_raw) in home:
        return True
    reading = getattr(event, "reading", None)
    # Said under a number that the parcel does not bear any more: it stays what it was understood to be about.
    return bool(parcel.pk == (event.parcel_id or (reading and reading.parcel_id)))


def _understand(event: ShipmentEvent, *, is_home: bool) -> Told:
    reading = getattr(event, "reading", None)
    state = reading.state if reading is not None else event.state
    if is_home and state not in {UNKNOWN, IGNORED, "lost"}:
        # Under the number of the way back, who "has it delivered" is the shop.
        state = "returned" if state in {"delivered", "returned"} else "returning"
    return Told(event.pk, event.event_id, state, event.at, event.reason, event.data)


def _share_out(event: ShipmentEvent, parcels: Sequence[Parcel]) -> dict[int, dict[str, Any]]:
    """Give each of several parcels its own part of the pieces that one event says were kept."""
    listed = event.data.get("delivered")
    if listed is None or len(parcels) < 2:
        return {}
    left = Counter[str]()
    for sku, pieces in listed:
        left[sku] += pieces
    shared = {}
    for parcel in parcels:
        kept: list[list[Any]] = []
        for item in ParcelItem.objects.filter(parcel=parcel).select_related("line"):
            takes = min(item.quantity, left[item.line.sku])
            left[item.line.sku] -= takes
            kept.append([item.line.sku, takes])
        shared[parcel.pk] = {"delivered": kept}
    return shared


def _weight(event: Told) -> tuple[int, int, datetime, str]:
    """Further along, then more pieces kept, then later; the id decides between twins so that the order cannot."""
    listed = event.data.get("delivered")
    pieces = sum(number for _, number in listed) if listed is not None else 10**9
    return (RANK[event.state], pieces if event.state == "delivered" else 0, event.at, event.event_id)
