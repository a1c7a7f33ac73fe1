"""What waits on the way: parcels to hand over, acts to settle, couriers who are silent, returns to look at."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from delivery.models import Handoff, Return, Shipment, ShipmentEvent, Waybill
from orders.models import Courier, Order, Parcel, Shop
from orders.status import Status
from shopdesk.base.periods import shop_day

QUIET_DAYS = {  # where a parcel is -> days after which news is overdue, whatever the courier's own card says
    "accepted": 4, "in_transit": 14, "out_for_delivery": 2, "delivery_failed": 4, "exception": 3, "returning": 21,
}  # fmt: skip
ENDING_DAYS = 2
ACCEPTED_WITHIN_DAYS = 3
ON_THE_WAY = (Status.HANDED_OVER, Status.RETURNING)


def idle() -> QuerySet[Order]:
    """List orders from the sealed parcel on that nobody will ever look at again: there must be none."""
    inside = Parcel.objects.filter(order=OuterRef("pk"), state=Parcel.State.INSIDE)
    on_act = inside.exclude(on_act=Parcel.OnAct.NONE)
    watched = Shipment.objects.filter(order=OuterRef("pk"), check_at__isnull=False)
    coming = Return.objects.filter(order=OuterRef("pk"), check_at__isnull=False)
    packed = Q(status=Status.PACKED, ship_on=None) & ~Exists(on_act)
    gone = Q(status__in=ON_THE_WAY) & ~Exists(watched) & ~Exists(coming) & ~Exists(inside)
    return Order.objects.filter(packed | gone).order_by("number")


def overdue(at: datetime) -> QuerySet[Order]:
    """List orders whose next step is late: sealed and not gone on their day, silent couriers, returns not looked at."""
    shop = Shop.current()
    today = shop_day(at, shop.zone, shop.day_cutoff)
    silent = Shipment.objects.filter(order=OuterRef("pk"), check_at__lt=at)
    late = Return.objects.filter(order=OuterRef("pk"), check_at__lt=at)
    packed = Q(status=Status.PACKED, ship_on__lt=today)
    return Order.objects.filter(packed | Exists(silent) | Exists(late)).order_by("number")


def to_hand_over() -> QuerySet[Parcel]:
    """List sealed parcels on no act, those that were left behind included."""
    rows = Parcel.objects.filter(state=Parcel.State.INSIDE, on_act=Parcel.OnAct.NONE)
    return rows.select_related("order").order_by("order__ship_on", "order_id", "position")


def unsettled_acts(at: datetime) -> QuerySet[Handoff]:
    """List closed acts that the courier's side has not settled within a day."""
    closed = Handoff.objects.filter(state=Handoff.State.CLOSED, closed_at__lt=at - timedelta(days=1))
    return closed.order_by("number")


def stuck(rows: QuerySet[Shipment], at: datetime) -> QuerySet[Shipment]:
    """Narrow to shipments silent for longer than their courier may be, or than is usual where they are."""
    late = Q(check_at__lt=at)
    for state, days in QUIET_DAYS.items():
        late |= Q(state=state, state_at__lt=at - timedelta(days=days))
    return rows.filter(late, check_at__isnull=False)


def storage_ending(rows: QuerySet[Shipment], at: datetime) -> QuerySet[Shipment]:
    """Narrow to parcels that a pickup point will soon send back: two days are left, or fewer."""
    waits = rows.filter(check_at__isnull=False, state="ready_for_pickup")
    ended = Q()
    for number in sorted(set(Courier.objects.values_list("storage_days", flat=True))):
        ended |= Q(courier__storage_days=number, state_at__lte=at - timedelta(days=max(number - ENDING_DAYS, 0)))
    return waits.filter(ended) if ended else waits.none()


def never_accepted(at: datetime) -> QuerySet[Waybill]:
    """List waybills that were made days ago and whose parcels the courier does not have."""
    made = Waybill.objects.filter(state=Waybill.State.MADE, made_at__lt=at - timedelta(days=ACCEPTED_WITHIN_DAYS))
    return made.filter(order__status=Status.PACKED).select_related("order", "courier").order_by("made_at")


def without_number() -> QuerySet[Waybill]:
    """List waybills that were refused, or asked for more than twice; of each order the last one."""
    later = Waybill.objects.filter(order=OuterRef("order"), pk__gt=OuterRef("pk"))
    waits = Q(state=Waybill.State.REFUSED) | Q(state__in=["wanted", "asked", "voiding"], tries__gt=2)
    rows = Waybill.objects.filter(waits | (Q(state="made") & ~Q(refusal="")), ~Exists(later))
    return rows.select_related("order", "courier").order_by("-pk")


def flagged() -> QuerySet[Shipment]:
    """List shipments at which somebody has to look: a code nobody knows, sums or parcels that disagree."""
    return Shipment.objects.exclude(flag="").select_related("order").order_by("order_id")


def parked() -> QuerySet[ShipmentEvent]:
    """List what couriers said of parcels that the desk does not know as theirs."""
    ours = Waybill.objects.filter(courier=OuterRef("courier"), number=OuterRef("parcel_raw"))
    # Of a waybill that we asked for and that is not handed over yet, the news waits for its parcel and for nobody.
    return ShipmentEvent.objects.filter(~Exists(ours), parcel=None, reading=None).order_by("-pk")


def money_out() -> QuerySet[Shipment]:
    """List shipments whose money is still with the courier, the oldest first."""
    return Shipment.objects.filter(collected_minor__gt=F("remitted_minor") + F("fees_minor")).order_by("started_at")
