"""A courier person's round: what is in hand and for whom, what to take at the door, the money carried home."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from delivery.models import Return, ReturnLine, Shipment, ShipmentEvent
from delivery.shipments import GONE, discount_on
from orders import journal
from orders.models import Courier, JournalEvent, Order, Parcel, ParcelItem, Sale
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.money import part_of
from shopdesk.people.models import User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

REVEALS_AN_HOUR = 60
REVEALED = "phone.revealed"
State = Parcel.State


class TooManyPhones(DomainError):
    """Nobody calls so many people in an hour."""

    sentence = _("You have looked at %(most)s phones within an hour.")
    next_step = _("Wait a little, or ask the manager to call.")


class NoPhone(DomainError):
    """Nobody wrote a phone."""

    sentence = _("Order %(number)s has no phone.")


class WholeOnly(DomainError):
    """The courier hands over all of it or nothing: so are its terms."""

    sentence = _("%(courier)s delivers order %(number)s whole or not at all.")
    next_step = _("Refuse it whole, or ask the manager.")


@dataclass(frozen=True, slots=True)
class Stop:
    """One door: an order, its parcels in hand, and what is to be taken there for all of them."""

    order: Order
    parcels: Sequence[Parcel]
    due_minor: int
    failed: bool

    @property
    def places(self) -> int:
        return len(self.parcels)


def stops(courier: str, number: int = 0) -> list[Stop]:
    """Give the doors of a round: by day and hours, tried ones last. `number` narrows to one order."""
    rows = Parcel.objects.filter(in_hands_of=courier, state=State.OUT).select_related("order__shipment")
    if number:
        rows = rows.filter(order=number)
    rows = rows.prefetch_related("items__line").order_by("order_id", "position")
    by_order: dict[int, list[Parcel]] = {}
    for parcel in rows:
        by_order.setdefault(parcel.order_id, []).append(parcel)
    found = [_stop(parcels[0].order, parcels) for parcels in by_order.values()]
    return sorted(found, key=_turn)


def due_at_door(stop: Stop, kept: Mapping[int, int]) -> int:
    """Say what to take when the customer keeps these pieces (by parcel item) of a stop: the rest is not owed for.

    It is the difference that the refusal will make to the shipment's debt, to the penny. Never below zero.
    """
    order = stop.order
    items = [item for parcel in stop.parcels for item in parcel.items.all()]
    others = Parcel.objects.filter(order=order).exclude(pk__in=[parcel.pk for parcel in stop.parcels])
    if not any(kept.get(item.pk, 0) for item in items) and not _anything_else(order, others):
        return 0
    ended = _pieces(ParcelItem.objects.filter(parcel__in=others, parcel__state__in=set(GONE) - {State.OUT}))
    sold = dict(
        Sale.objects.filter(line__order=order, line__kind="goods").values_list("line").annotate(Sum("quantity"))
    )
    before, after = 0, 0
    for line in order.lines.filter(kind="goods"):
        own = [item for item in items if item.line_id == line.pk]
        was, sales = ended.get(line.pk, 0), min(sold.get(line.pk, 0) or 0, line.quantity)  # see shipments: sold twice
        now = was + sum(item.quantity for item in own)
        takes = min(sales + sum(min(kept.get(item.pk, 0), item.quantity) for item in own), line.quantity)
        before += part_of(line.total_minor, was, line.quantity) - part_of(line.total_minor, sales, line.quantity)
        after += part_of(line.total_minor, now, line.quantity) - part_of(line.total_minor, takes, line.quantity)
    reduced = (after - discount_on(order, after)) - (before - discount_on(order, before))
    return max(stop.due_minor - reduced, 0)


def refuse_in_part(stop: Stop, courier: str) -> None:
    """Refuse to leave a part of an order where the courier does not deliver in part. Raises WholeOnly."""
    found = Courier.objects.filter(pk=courier, delivers_in_part=False).first()
    if found is not None:
        raise WholeOnly(detail={"courier": found.name, "number": stop.order.number})


def to_take_back(order: Order) -> list[tuple[str, int]]:
    """Give the goods (name, pieces) that the customer hands over at this door: the order goes out instead of them."""
    rows = ReturnLine.objects.filter(parent__exchange=order, parent__state=Return.State.ANNOUNCED)
    return list(rows.order_by("pk").values_list("product__name", "quantity"))


def in_purse(courier: str) -> dict[str, int]:
    """Give the cash that a courier has taken and not brought home, by currency. Cards do not pass its hands."""
    rows = Shipment.objects.filter(courier=courier, collected_minor__gt=F("remitted_minor") + F("fees_minor"))
    rows = rows.exclude(order__payment_method=Order.PaidBy.CARD_ON_DELIVERY)
    carried = rows.values("currency").annotate(sum=Sum(F("collected_minor") - F("remitted_minor") - F("fees_minor")))
    return {row["currency"]: row["sum"] for row in carried.order_by("currency")}


def was_said(number: int, courier: str, event_id: str) -> bool:
    """Tell whether this was said of an order before: a form that comes again is no second event."""
    own = ShipmentEvent.objects.filter(courier=courier, parcel__order=number)
    return own.filter(event_id__startswith=f"{event_id}-").exists()


def done_since(courier: str, since: datetime) -> int:
    """Count the orders that a courier delivered since then, whole or in part."""
    return Shipment.objects.filter(courier=courier, state="delivered", state_at__gte=since).count()


@transaction.atomic(durable=True)
def reveal_phone(number: int, courier: str, *, by: Actor, at: datetime) -> str:
    """Show the phone of an order that is in hand; each look is journalled. Raises Missing, NoPhone, TooManyPhones."""
    order = Order.objects.locked(number=number).first()
    if order is None or not Parcel.objects.filter(order=order, in_hands_of=courier).exists():
        raise Missing
    phone = order.contact_phone or order.contact_phone_raw
    if not phone:
        raise NoPhone(detail={"number": number})
    # Two looks of one person at once would each count the other out.
    list(User.objects.select_for_update(no_key=True).filter(pk=by.id if by.kind == "person" else 0))
    looks = JournalEvent.objects.filter(subject_kind="phone_of", subject_id=str(by), at__gt=at - timedelta(hours=1))
    if looks.count() >= REVEALS_AN_HOUR:
        raise TooManyPhones(detail={"most": REVEALS_AN_HOUR})
    # Its subject is who looked: so the last hour's looks are read by an index.
    journal.record([journal.Entry(REVEALED, order, subject=("phone_of", by))], by=by, at=at)
    note(Note(Deed.REVEALED, ("order", number), after={"field": "phone"}), by=by, at=at)
    return phone


def _stop(order: Order, parcels: Sequence[Parcel]) -> Stop:
    shipment = order.shipment
    due = min(sum(parcel.cod_minor for parcel in parcels), max(shipment.outstanding_minor, 0))
    return Stop(order, parcels, due, failed=shipment.state == "delivery_failed")


def _turn(stop: Stop) -> tuple[bool, str, str, int]:
    order = stop.order
    return (stop.failed, str(order.promised_on or ""), order.slot, order.number)


def _anything_else(order: Order, others: QuerySet[Parcel]) -> bool:
    """Whether the customer has something of the order already, or will be offered more of it."""
    sold = Sale.objects.filter(line__order=order, line__kind="goods").aggregate(sum=Sum("quantity"))["sum"]
    return bool(sold) or others.filter(state__in=[State.OUT, State.INSIDE]).exists()


def _pieces(items: QuerySet[ParcelItem]) -> dict[int, int]:
    return dict(items.values_list("line").annotate(Sum("quantity")))
