"""Watching the shelf: a product that runs low is told of once, and books that drift apart raise an alarm."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from orders import journal
from orders.models import Drift, LowStock, Product, StockLevel
from shopdesk.base.access import SWEEP
from shopdesk.base.audit import Finding


@transaction.atomic(durable=True)
def notice_low(*, at: datetime) -> list[LowStock]:
    """Tell of products that fell below their minimum, once for each crossing; those with enough again are closed.

    Two sweeps at once tell once: a product has one open row.
    """
    free = Greatest(F("on_hand") - F("reserved") - F("safety"), 0)
    levels = StockLevel.objects.filter(product=OuterRef("pk")).order_by().values("product")
    sums = Coalesce(Subquery(levels.annotate(free=Sum(free)).values("free")), 0, output_field=IntegerField())
    goods = Product.objects.filter(kind=Product.Kind.GOODS).annotate(free=sums)
    waits = Q(min_stock__gt=0, active=True, free__lt=F("min_stock"))
    low = goods.filter(waits)
    LowStock.objects.filter(ended_at=None).exclude(product__in=low.values("pk")).update(ended_at=at)
    fresh = list(low.exclude(pk__in=LowStock.objects.filter(ended_at=None).values("product")).order_by("pk"))
    free_of = dict(low.values_list("pk", "free"))
    rows = [LowStock(product=one, available=free_of[one.pk], minimum=one.min_stock, since=at) for one in fresh]
    LowStock.objects.bulk_create(rows, ignore_conflicts=True)
    entries = [
        journal.Entry(
            "stock.low", data={"sku": row.product.sku, "available": row.available, "minimum": row.minimum},
            subject=("product", row.product_id),
        )
        for row in rows
    ]  # fmt: skip
    if entries:
        journal.record(entries, by=SWEEP, at=at)
    return rows


@transaction.atomic(durable=True)
def note_drift(found: Mapping[str, Finding], *, at: datetime) -> list[Drift]:
    """Raise an alarm for promises of the shelf that do not hold, once each; one that holds again ends its alarm.

    Nothing is repaired: a person reads what differs, counts, and the count corrects it. Gives the alarms raised now.
    """
    broken = {promise: finding for promise, finding in found.items() if finding.broken}
    Drift.objects.filter(ended_at=None, promise__in=set(found) - set(broken)).update(ended_at=at)
    known = {row.promise: row for row in Drift.objects.select_for_update().filter(ended_at=None)}
    for promise in set(broken) & set(known):
        Drift.objects.filter(pk=known[promise].pk).update(
            broken=broken[promise].broken, offenders=broken[promise].offenders
        )
    rows = [_alarm(promise, broken[promise], at) for promise in sorted(set(broken) - set(known))]
    Drift.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        journal.record(_entries(rows), by=SWEEP, at=at)
    return rows


def _alarm(promise: str, finding: Finding, at: datetime) -> Drift:
    return Drift(promise=promise, offenders=finding.offenders, broken=finding.broken, found_at=at)


def _entries(rows: Sequence[Drift]) -> list[journal.Entry]:
    return [journal.Entry("stock.drift", data={"promise": row.promise, "broken": row.broken}) for row in rows]
