"""What a courier owes us: money it took and did not bring home, parcels it lost; each with what proves it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.utils.translation import gettext_lazy as _

from delivery.models import HandoffLine, RegisterLine, Shipment, ShipmentEvent
from orders.models import Courier, Order, Parcel
from shopdesk.base.errors import DomainError, Missing

LATE_AFTER_DAYS = 7  # money that a courier has had for so long should be home


class NothingToClaim(DomainError):
    """The courier owes nothing that is late."""

    sentence = _("Nothing of what %(courier)s holds is late.")
    next_step = _("Money is late after %(days)s days, or when a register was short.")


@dataclass(frozen=True, slots=True)
class Item:
    """One order: what the courier holds of it (minor units), since when, and what proves it."""

    order: int
    parcels: Sequence[str]
    owed_minor: int
    taken_minor: int
    home_minor: int
    since: datetime
    lost: bool
    acts: Sequence[tuple[int, datetime | None, str]]  # number, accepted when, its hash
    events: Sequence[tuple[str, str, datetime]]  # the courier's own id, its code, when it happened
    registers: Sequence[tuple[str, int, int]]  # number, row, what it brought


@dataclass(frozen=True, slots=True)
class Claim:
    """All that one courier owes in one currency, the oldest first."""

    courier: Courier
    currency: str
    items: Sequence[Item] = field(default_factory=list)

    @property
    def total_minor(self) -> int:
        return sum(item.owed_minor for item in self.items)


def claim(code: str, currency: str, *, at: datetime) -> Claim:
    """Put together what a courier owes by now. Raises Missing, NothingToClaim."""
    courier = Courier.objects.filter(pk=code).first()
    if courier is None:
        raise Missing
    rows = _unpaid(code, currency, at) | _lost(code, currency)
    items = [_item(shipment) for shipment in _with_evidence(rows.distinct())]
    if not items:
        raise NothingToClaim(detail={"courier": courier.name, "days": LATE_AFTER_DAYS})
    return Claim(courier, currency, sorted(items, key=lambda item: (item.since, item.order)))


def owed_by_courier(*, at: datetime) -> list[tuple[str, str, str, int]]:
    """Say which couriers owe something that is late: code, name, currency, how many orders."""
    rows = _unpaid("", "", at) | _lost("", "")
    found: dict[tuple[str, str, str], set[int]] = {}
    for code, name, currency, order in rows.values_list("courier", "courier__name", "currency", "order"):
        found.setdefault((code, name, currency), set()).add(order)
    return [(code, name, currency, len(orders)) for (code, name, currency), orders in sorted(found.items())]


def _unpaid(code: str, currency: str, at: datetime) -> QuerySet[Shipment]:
    """List shipments whose money is late, or short by the courier's own register."""
    held = _of(code, currency).filter(collected_minor__gt=F("remitted_minor") + F("fees_minor"))
    held = held.exclude(order__payment_method=Order.PaidBy.CARD_ON_DELIVERY)  # that money is with the bank
    late = held.filter(state_at__lt=at - timedelta(days=LATE_AFTER_DAYS))
    short = RegisterLine.objects.filter(is_open=True, outcome=RegisterLine.Outcome.SHORT, shipment__isnull=False)
    return late | held.filter(pk__in=short.values("shipment"))


def _lost(code: str, currency: str) -> QuerySet[Shipment]:
    return _of(code, currency).filter(pk__in=Shipment.objects.filter(order__parcels__state=Parcel.State.LOST))


def _of(code: str, currency: str) -> QuerySet[Shipment]:
    named = {"courier": code, "currency": currency} if code else {}
    return Shipment.objects.filter(**named)


def _with_evidence(rows: QuerySet[Shipment]) -> QuerySet[Shipment]:
    accepted = HandoffLine.objects.filter(state=HandoffLine.State.ACCEPTED).select_related("handoff")
    ends = ShipmentEvent.objects.filter(state__in=["delivered", "lost"]).order_by("at")
    lines = RegisterLine.objects.select_related("register").order_by("pk")
    wanted: list[Any] = [
        "order__parcels", Prefetch("order__parcels__act_lines", accepted, to_attr="accepted_lines"),
        Prefetch("order__parcels__courier_events", ends, to_attr="ends"), Prefetch("register_lines", lines),
    ]  # fmt: skip
    return rows.prefetch_related(*wanted)


def _item(shipment: Shipment) -> Item:
    parcels = [parcel for parcel in shipment.order.parcels.all() if parcel.state != Parcel.State.OPENED]
    lost = [parcel for parcel in parcels if parcel.state == Parcel.State.LOST]
    held = shipment.collected_minor - shipment.remitted_minor - shipment.fees_minor
    acts = {line.handoff_id: line.handoff for parcel in parcels for line in _evidence(parcel, "accepted_lines")}
    ends = [event for parcel in parcels for event in _evidence(parcel, "ends")]
    return Item(
        order=shipment.order_id, parcels=[parcel.waybill or parcel.number for parcel in parcels],
        owed_minor=max(held, 0) + sum(parcel.declared_minor for parcel in lost), lost=bool(lost),
        taken_minor=shipment.collected_minor, home_minor=shipment.remitted_minor + shipment.fees_minor,
        since=max((event.at for event in ends), default=shipment.state_at),
        acts=[(act.number, act.accepted_at, act.hash) for _n, act in sorted(acts.items())],
        events=[(event.event_id, event.code, event.at) for event in ends if event.courier_id == shipment.courier_id],
        registers=[
            (line.register.reference, line.position, line.remitted_minor + line.kept_minor)
            for line in shipment.register_lines.all()
        ],
    )  # fmt: skip


def _evidence(parcel: Parcel, name: str) -> Sequence[Any]:
    found: Sequence[Any] = getattr(parcel, name)
    return found
