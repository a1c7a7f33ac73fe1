"""What waits at each desk, for the bar: counts that stop at a thousand, by index, once in five seconds for a role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import ngettext

from orders import queues
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


def waiting(subject: Subject) -> Mapping[str, Count]:
    """Give the count of each stage, by its name. Several people of one role share a count."""
    name = f"waiting:{subject.kind}:{subject.code}"
    counted: dict[str, int] | None = cache.get(name)
    if counted is None:
        counted = count(subject, at=timezone.now())
        cache.set(name, counted, KEPT_S)
    late = counted["late"]
    counts = {stage: Count(n) for stage, n in counted.items() if stage != "late"}
    if late:
        why = ngettext("%(late)d past its time limit", "%(late)d past their time limit", late) % {"late": late}
        counts["calls"] = Count(counted["calls"], "bad", why)
    return counts


def count(subject: Subject, *, at: datetime) -> dict[str, int]:
    """Count what waits; `late` are the calls past their limit."""
    shop = Shop.current()
    orders = Order.objects.for_subject(subject)
    due = queues.to_call(at)
    return {
        "orders": queues.capped(orders.filter(status__in=INSIDE)),
        "calls": queues.capped(due),
        "late": queues.capped(due.filter(limit_at__lt=at)),
        "packing": queues.capped(queues.to_pack(orders, shop_day(at, shop.zone, shop.day_cutoff))),
        "acts": queues.capped(orders.filter(status=Status.PACKED)),
        "tracking": queues.capped(orders.filter(status=Status.HANDED_OVER)),
        "returns": queues.capped(orders.filter(status=Status.RETURNING)),
        "counts": queues.capped(StockCount.objects.for_subject(subject).filter(state=StockCount.State.COUNTING)),
    }
