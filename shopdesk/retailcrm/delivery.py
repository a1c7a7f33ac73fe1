"""Delivery over API v5: acts of transfer as shipments, and what couriers say of parcels."""

import hashlib
from datetime import date
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from delivery import handoff, tracking
from delivery.models import Handoff
from orders.models import Courier, Order, Parcel
from shopdesk.base.access import Actor, Kind
from shopdesk.base.envelope import answered
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.periods import shop_day
from shopdesk.retailcrm import reading
from shopdesk.retailcrm.door import Door, Visit, paged
from shopdesk.retailcrm.finding import find_store
from shopdesk.retailcrm.reading import Entity, rows, text
from shopdesk.retailcrm.refusals import BadEntity

MOST_UPDATES = 100
# Codes of the protocol's own that couriers' modules send; a courier's other codes are read as its own map says.
SAYS = {
    "delivering": "in_transit", "redirect": "delivery_failed", "send-to-delivery": "accepted", "complete": "delivered",
    "returned": "returned", "cancel": "cancelled",
}  # fmt: skip
STATUSES = {"open": "processing", "loading": "processing", "void": "cancelled"}
DONE = "completed"


class Tracking(Door):
    """What a courier says of its parcels."""

    def post(self, request: Request, code: str) -> HttpResponse:
        """Take the events in, each once. A parcel that the desk does not know is kept for a person to look at."""
        visit = self.visit(request)
        courier = Courier.objects.for_subject(visit.subject).filter(pk=code).first()
        if courier is None:
            raise Missing
        said = reading.entities(visit.fields, "statusUpdate", MOST_UPDATES)
        events = [event for place, one in enumerate(said) for event in _events(one, place, visit)]
        by = visit.by if visit.subject.kind is Kind.COURIER else Actor("courier", visit.subject.person)
        tracking.take_in(courier.pk, events, by=by, at=visit.now)
        return answered({})


class List(Door):
    """The acts of transfer."""

    def get(self, request: Request) -> HttpResponse:
        """Give a page of them, the newest first."""
        visit = self.visit(request)
        limit, page = reading.paging(visit.query)
        asked = reading.filters(visit.query)
        acts = Handoff.objects.for_subject(visit.subject)
        if numbers := asked.get("ids"):
            acts = acts.filter(pk__in=reading.wholes(numbers))
        if days := [one for one in asked.get("dateFrom", ()) if one]:
            acts = acts.filter(ship_on__gte=_day(days[0]))
        if days := [one for one in asked.get("dateTo", ()) if one]:
            acts = acts.filter(ship_on__lte=_day(days[0]))
        found, told = paged(acts.prefetch_related("lines__parcel__order").order_by("-number"), limit, page)
        return answered({"pagination": told, "deliveryShipments": [show_act(act) for act in found]})


class Create(Door):
    """A new act."""

    def post(self, request: Request) -> HttpResponse:
        """Open it with the sealed parcels of its orders."""
        visit = self.visit(request)
        said = reading.entity(visit.fields, "deliveryShipment")
        orders = _orders(said, visit)
        parcels = Parcel.objects.filter(order__in=orders, state=Parcel.State.INSIDE, on_act=Parcel.OnAct.NONE)
        numbers = list(parcels.order_by("order", "position").values_list("number", flat=True))
        if not numbers:
            raise BadEntity({"orders": "None of these orders has a sealed parcel that is on no act."})
        store = find_store(text(said, "store", 32)).code
        new = handoff.NewAct(_courier(said, orders, visit), _ship_on(said, visit), numbers, store)
        act = handoff.open_act(new, by=visit.by, at=visit.now)
        return answered({"id": act.number, "status": STATUSES[act.state]}, 201)


class One(Door):
    """One act."""

    def get(self, request: Request, number: int) -> HttpResponse:
        """Give it."""
        return answered({"deliveryShipment": show_act(_find(self.visit(request), number))})


class Edit(Door):
    """An act as it shall be."""

    def post(self, request: Request, number: int) -> HttpResponse:
        """Close it when it is said to be done, add parcels of more orders. A closed act changes no more."""
        visit = self.visit(request)
        act = _find(visit, number)
        said = reading.entity(visit.fields, "deliveryShipment")
        status = text(said, "status", 40)
        if status not in ("", DONE, _status(act)):
            raise BadEntity({"status": "This value is unknown."})
        try:
            act = _change(act, said, visit)
            if status == DONE and _status(act) != DONE:
                act = handoff.close(act.number, by=visit.by, at=visit.now)
        except DomainError as refusal:
            raise BadEntity({"status": refusal}) from refusal
        return answered({"id": act.number, "status": _status(act)})


def show_act(act: Handoff) -> dict[str, Any]:
    """Show one act in the protocol's words."""
    orders = {line.parcel.order_id: line.parcel.order for line in act.lines.all()}
    return {
        "id": act.number, "integrationCode": act.courier_id, "deliveryType": act.courier_id,
        "store": act.location_id, "status": _status(act), "date": act.ship_on.isoformat(),
        "orders": [
            {"id": number, "number": str(number)} | ({"externalId": one.external_id} if one.external_id else {})
            for number, one in sorted(orders.items())
        ],
    }  # fmt: skip


def _events(said: Entity, place: int, visit: Visit) -> list[tracking.CourierEvent]:
    """Read what is said of one parcel. Its number, the code and the hour name an event: the same again is the same."""
    parcel = text(said, "trackNumber", 100) or text(said, "deliveryId", 100)
    if not parcel:
        raise BadEntity({f"statusUpdate[{place}].deliveryId": "This value should not be blank."})
    events = []
    for one in rows(said, "history"):
        written, code = text(one, "updatedAt", 40), text(one, "code", 64)
        try:
            at = reading.moment(written, visit.zone) if written else visit.now
        except (ValueError, OverflowError):
            raise BadEntity({f"statusUpdate[{place}].history": "This value is not valid."}) from None
        named = hashlib.sha256(f"{parcel} {code} {at.isoformat()}".encode()).hexdigest()[:40]
        events.append(tracking.CourierEvent(f"v5-{named}", parcel, SAYS.get(code, code) or "unknown", at))
    return events


def _orders(said: Entity, visit: Visit) -> list[Order]:
    numbers = reading.wholes([text(one, "id", 20) for one in rows(said, "orders")])
    rows_ = Order.objects.for_subject(visit.subject).filter(pk__in=numbers)
    found = list(rows_) if numbers else []
    if not numbers or len(found) != len(set(numbers)):
        raise BadEntity({"orders": "This value is unknown."})
    return found


def _courier(said: Entity, orders: list[Order], visit: Visit) -> str:
    """Give the courier: as the act names it, or a field beside it (Python's client writes it as the site)."""
    beside = [reading.sent(visit.fields, name) for name in ("deliveryType", "site")]
    known = Courier.objects.for_subject(visit.subject).filter(pk__in=beside, active=True).first()
    code = text(said, "deliveryType", 32) or text(said, "integrationCode", 32) or (known.pk if known else "")
    chosen = {order.courier_id for order in orders if order.courier_id}
    found = code or (chosen.pop() if len(chosen) == 1 else "")
    if not found:
        raise BadEntity({"deliveryType": "Say which courier takes these orders."})
    return found


def _ship_on(said: Entity, visit: Visit) -> date:
    written = text(said, "date", 20)
    return _day(written) if written else shop_day(visit.now, visit.shop.zone, visit.shop.day_cutoff)


def _day(written: str) -> date:
    try:
        return reading.day(written)
    except ValueError:
        raise BadEntity({"date": "This value is not valid."}) from None


def _change(act: Handoff, said: Entity, visit: Visit) -> Handoff:
    if not rows(said, "orders"):
        return act
    there = {line.parcel.order_id for line in act.lines.all()}
    fresh = [order for order in _orders(said, visit) if order.pk not in there]
    parcels = Parcel.objects.filter(order__in=fresh, state=Parcel.State.INSIDE, on_act=Parcel.OnAct.NONE)
    numbers = list(parcels.values_list("number", flat=True))
    return handoff.add(act.number, numbers, by=visit.by, at=visit.now) if numbers else act


def _find(visit: Visit, number: int) -> Handoff:
    acts = Handoff.objects.for_subject(visit.subject).filter(pk=number)
    act = acts.prefetch_related("lines__parcel__order").first()
    if act is None:
        raise Missing
    return act


def _status(act: Handoff) -> str:
    return STATUSES.get(act.state, DONE)
