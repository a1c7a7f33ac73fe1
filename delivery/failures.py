"""Tries in vain: how often, until when somebody decides, and what: again, elsewhere, or back home.

All of it is derived from what couriers said, so the order in which news came cannot matter. That a courier did not
even try is a list apart: nothing is decided about it, and it counts as no try.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from delivery.models import FailureDecision, Shipment, ShipmentEvent
from delivery.news import Told, told_of
from orders import journal, slots
from orders.models import Order, Parcel
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

FAILED = "delivery_failed"
NO_ATTEMPT = "no_attempt"
LOOK_AFTER_BACK = timedelta(days=7)
What = FailureDecision.What
ADDRESS = (
    "address_text", "address_city", "address_postcode", "address_street", "address_house", "address_flat",
    "address_notes",
)  # fmt: skip


class NotFailed(DomainError):
    """The courier did not say that it tried in vain, or something newer is known by now."""

    sentence = _("Nothing has to be decided about order %(number)s.")


class NoAddress(DomainError):
    """An address has to say something."""

    sentence = _("Write the new address.")


@dataclass(frozen=True, slots=True)
class Failure:
    """A try in vain: why, which one it is, and until when somebody decides. Tries are those that were made."""

    shipment: Shipment
    reason: str
    tries: int
    decide_by: datetime
    made: bool


def waiting(rows: QuerySet[Shipment] | None = None) -> QuerySet[Shipment]:
    """List shipments that were tried in vain and about which nobody has decided since. `rows` narrows to those."""
    decided = FailureDecision.objects.filter(shipment=OuterRef("pk"), failed_at=OuterRef("state_at"))
    return _failed(rows).filter(~Exists(decided), ~Exists(_untried()))


def untried(rows: QuerySet[Shipment] | None = None) -> QuerySet[Shipment]:
    """List shipments that the courier did not get to. `rows` narrows to those."""
    return _failed(rows).filter(Exists(_untried()))


def look(shipments: Sequence[Shipment]) -> list[Failure]:
    """Say of shipments in these lists why, how often and until when. Their orders and couriers are read."""
    return [_look(shipment) for shipment in shipments]


@transaction.atomic(durable=True)
def try_again(number: int, *, on: date | None = None, hours: str = "", by: Actor, at: datetime) -> FailureDecision:
    """Let the courier try again, on a promised day and hours or as it comes.

    Raises Missing, NotFailed, and what a promise that cannot be kept raises.
    """
    shipment, order = _locked(number)
    changed = slots.promise_again(order, on, hours, at=at) if on is not None else {}
    decision = _decide(shipment, _entry(order, What.AGAIN, **changed), by=by, at=at)
    if on is not None:
        decision.on, decision.hours = on, order.slot
        decision.save(update_fields=["on", "hours"])
    return decision


@transaction.atomic(durable=True)
def go_elsewhere(number: int, address: dict[str, str], *, by: Actor, at: datetime) -> FailureDecision:
    """Send the courier to another address; parts by the order's column names. Raises Missing, NotFailed, NoAddress."""
    shipment, order = _locked(number)
    wanted = {name: address.get(name, "").strip() for name in ADDRESS}
    if not any(wanted.values()):
        raise NoAddress
    personal = [(name, getattr(order, name), text) for name, text in wanted.items() if getattr(order, name) != text]
    Order.objects.filter(pk=order.pk).update(**wanted)
    return _decide(shipment, replace(_entry(order, What.ADDRESS), personal=personal), by=by, at=at)


@transaction.atomic(durable=True)
def bring_back(number: int, *, by: Actor, at: datetime) -> FailureDecision:
    """Ask the courier to bring it back. It is on its way home when the courier says so. Raises Missing, NotFailed."""
    shipment, order = _locked(number)
    decision = _decide(shipment, _entry(order, What.BACK), by=by, at=at)
    Shipment.objects.filter(pk=shipment.pk).update(check_at=at + LOOK_AFTER_BACK)
    return decision


def _failed(rows: QuerySet[Shipment] | None) -> QuerySet[Shipment]:
    among = Shipment.objects.all() if rows is None else rows
    found = among.filter(state=FAILED, check_at__isnull=False, order__status=Status.HANDED_OVER)
    return found.select_related("order", "courier")


def _untried() -> QuerySet[ShipmentEvent]:
    """What the courier said at that moment of not having tried."""
    return ShipmentEvent.objects.filter(
        parcel__order=OuterRef("order"), courier=OuterRef("courier"), at=OuterRef("state_at"), reason=NO_ATTEMPT
    )


def _look(shipment: Shipment) -> Failure:
    parcels = list(Parcel.objects.filter(order=shipment.order_id).exclude(state=Parcel.State.OPENED))
    told = {event.event_id: event for own in told_of(shipment.courier_id, parcels).values() for event in own}
    failed = sorted((event for event in told.values() if event.state == FAILED), key=_when)
    moments = {event.at for event in failed if event.reason != NO_ATTEMPT}  # several parcels at one door are one try
    reason = failed[-1].reason if failed else ""
    decide_by = shipment.state_at + timedelta(hours=shipment.courier.decide_within_hours)
    return Failure(shipment, reason, len(moments), decide_by, made=reason != NO_ATTEMPT)


def _when(event: Told) -> tuple[datetime, str]:
    return event.at, event.event_id


def _locked(number: int) -> tuple[Shipment, Order]:
    """Lock the shipment and its order. Raises Missing, NotFailed."""
    shipment = Shipment.objects.locked(order=number).first()
    if shipment is None:
        raise Missing
    order = Order.objects.lock(number)
    if shipment.state != FAILED or order.status != Status.HANDED_OVER:
        raise NotFailed(detail={"number": number})
    return shipment, order


def _decide(shipment: Shipment, entry: journal.Entry, *, by: Actor, at: datetime) -> FailureDecision:
    event = journal.record([entry], by=by, at=at)[0]
    return FailureDecision.objects.create(
        shipment=shipment, failed_at=shipment.state_at, what=str(entry.data["what"]), journal=event, at=at
    )


def _entry(order: Order, what: str, **data: journal.Code) -> journal.Entry:
    return journal.Entry("parcel.failure_decided", order, {"what": what, **data})
