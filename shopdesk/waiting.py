"""What waits at each desk, for the bar: counts that stop at a thousand, by index, once in five seconds for a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import caches
from django.db.models import Min, QuerySet
from django.utils import timezone
from django.utils.translation import ngettext

from delivery.models import Return, Shipment
from orders import lookups, queues
from orders.models import Order, Shop, StockCount
from orders.status import INSIDE, Status
from shopdesk.base.access import Subject
from shopdesk.base.periods import shop_day

KEPT_S = 5


@dataclass(frozen=True)
class Count:
    """What waits at a desk. `tone`: bad when a time limit is broken, wait when one is near; `why` says which."""

    n: int
    tone: str = ""
    why: str = ""


@dataclass(frozen=True)
class Desk:
    """How a desk is doing: since when its longest waits, and how many are past their time."""

    since: datetime | None
    late: int


def waiting(subject: Subject) -> Mapping[str, Count]:
    """Give the count of each stage, by its name. People of one role share a count, unless their limits narrow it."""
    own = f":{subject.person}:{hash(subject.limits)}" if subject.limits.narrow_orders else ""
    name = f"waiting:{subject.kind}:{subject.code}{own}"
    counted: dict[str, int] | None = caches["nearby"].get(name)
    if counted is None:
        counted = count(subject, at=timezone.now())
        caches["nearby"].set(name, counted, KEPT_S)
    late = counted["late"]
    counts = {stage: Count(n) for stage, n in counted.items() if stage != "late"}
    if late:
        why = ngettext("%(late)d past its time limit", "%(late)d past their time limit", late) % {"late": late}
        counts["calls"] = Count(counted["calls"], "bad", why)
    return counts


def desks(subject: Subject, *, at: datetime) -> Mapping[str, Desk]:
    """Give for each stage since when its longest waits, and how many are late. Of the oldest thousand of each."""
    shop = Shop.current()
    today = shop_day(at, shop.zone, shop.day_cutoff)
    orders = Order.objects.for_subject(subject)
    due, to_pack = queues.to_call(at, subject.limits), queues.to_pack(orders, today)
    packed, out = orders.filter(status=Status.PACKED), orders.filter(status=Status.HANDED_OVER)
    back = orders.filter(status=Status.RETURNING)
    silent = Shipment.objects.for_subject(subject).filter(check_at__lt=at, order__status=Status.HANDED_OVER)
    uninspected = Return.objects.for_subject(subject).filter(check_at__lt=at)
    return {
        "calls": Desk(_longest(due, "due_at"), queues.capped(due.filter(limit_at__lt=at))),
        "packing": Desk(_longest(to_pack, "status_at"), queues.capped(to_pack.filter(ship_on__lt=today))),
        "acts": Desk(_longest(packed, "status_at"), queues.capped(packed.filter(ship_on__lt=today))),
        "tracking": Desk(_longest(out, "status_at"), queues.capped(silent)),
        "returns": Desk(_longest(back, "status_at"), queues.capped(uninspected)),
    }


def count(subject: Subject, *, at: datetime) -> dict[str, int]:
    """Count what waits; `late` are the calls past their limit."""
    shop = Shop.current()
    orders = Order.objects.for_subject(subject)
    due = queues.to_call(at, subject.limits)
    return lookups.counted(
        {
            "orders": orders.filter(status__in=INSIDE),
            "calls": due,
            "late": due.filter(limit_at__lt=at),
            "packing": queues.to_pack(orders, shop_day(at, shop.zone, shop.day_cutoff)),
            "acts": orders.filter(status=Status.PACKED),
            "tracking": orders.filter(status=Status.HANDED_OVER),
            "returns": orders.filter(status=Status.RETURNING),
            "counts": StockCount.objects.for_subject(subject).filter(state=StockCount.State.COUNTING),
        }
    )


def _longest(rows: QuerySet[Any], since: str) -> datetime | None:
    """Give since when the longest of the thousand oldest waits: what waits at a desk is never read whole."""
    found: datetime | None = rows.order_by("pk")[: queues.COUNTED].aggregate(first=Min(since))["first"]
    return found
