"""Cash on delivery that is not home yet: taken at the door, still with the courier, by age."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from delivery.models import CashEntry, Shipment
from shopdesk.base.access import Subject

LATE_AFTER_DAYS = 7
SHOWN = 200
OUT = F("amount_minor") - F("shipment__remitted_minor") - F("shipment__fees_minor")


@dataclass(frozen=True, slots=True)
class Held:
    """What one courier holds in one currency: how many orders, how much, how much of it too long, since when."""

    courier: str
    currency: str
    orders: int
    out_minor: int
    late_minor: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """The money of one order that a courier holds."""

    order: int
    courier: str
    currency: str
    out_minor: int
    taken_at: datetime


def held(subject: Subject, *, at: datetime) -> list[Held]:
    """Give what each courier holds, the oldest first."""
    too_old = Q(at__lt=at - timedelta(days=LATE_AFTER_DAYS))
    found = (
        _standing(subject)
        .values("shipment__courier__name", "currency")
        .annotate(
            orders=Count("pk"),
            out=Sum(OUT),
            late=Coalesce(Sum(Case(When(too_old, then=OUT))), 0),
            oldest=Min("at"),
        )
        .order_by("oldest")
    )
    return [
        Held(row["shipment__courier__name"], row["currency"], row["orders"], row["out"], row["late"], row["oldest"])
        for row in found
    ]


def taken(subject: Subject) -> Sequence[Taken]:
    """Give the orders whose money is out, the oldest first, no more than `SHOWN`."""
    found = _standing(subject).annotate(out=OUT).order_by("at", "pk")
    rows = found.values_list("shipment__order", "shipment__courier__name", "currency", "out", "at")
    return [Taken(*row) for row in rows[:SHOWN]]


def _standing(subject: Subject) -> QuerySet[Any]:
    """The entries by which couriers took money that is not home; one that was reversed does not stand."""
    out = Q(shipment__collected_minor__gt=F("shipment__remitted_minor") + F("shipment__fees_minor"))
    mine = Shipment.objects.for_subject(subject)
    return CashEntry.objects.filter(
        out, kind=CashEntry.Kind.COLLECTED, reverses=None, reversed_by=None, shipment__in=mine
    )  # fmt: skip
