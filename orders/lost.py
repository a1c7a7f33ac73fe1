"""Lost demand: what was wanted and not there, by enquiries, by substitutes, by orders that ended for want of it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Sum

from orders.models import Enquiry, OrderLine, Product
from orders.status import CancelReason, Status

OVER_DAYS: Final = 28
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Lost:
    """What people wanted and did not get, in pieces of four weeks. Without a product: in their own words.

    `times` counts enquiries; `asked` are their pieces, `swapped` those sold as something else, `ended` those of orders
    that were cancelled because there was nothing.
    """

    words: str
    sku: str
    product: int | None
    times: int
    asked: int
    swapped: int
    ended: int

    @property
    def pieces(self) -> int:
        return self.asked + self.swapped + self.ended


def see_lost(*, at: datetime) -> list[Lost]:
    """Give what was lost in the last four weeks, the most pieces first, in four statements."""
    since = at - timedelta(days=OVER_DAYS)
    absent = Enquiry.objects.filter(came_to=Enquiry.CameTo.ABSENT, at__gt=since, at__lte=at)
    named = absent.exclude(product=None).values_list("product__sku").annotate(Count("pk"), Sum("quantity")).order_by()
    asked = {sku: (times, pieces) for sku, times, pieces in named}
    swapped, ended = _swapped(since, at), _ended(since, at)
    skus = asked.keys() | swapped.keys() | ended.keys()
    products = {row.sku: row for row in Product.objects.filter(sku__in=skus).only("pk", "sku", "name")}
    found = []
    for sku in skus:
        product, (times, pieces) = products.get(sku), asked.get(sku, (0, 0))
        name, key = (product.name, product.pk) if product else (sku, None)
        found.append(Lost(name, sku, key, times, pieces, swapped.get(sku, 0), ended.get(sku, 0)))
    found += _unnamed(absent.filter(product=None).values_list("asked", "quantity"))
    return sorted(found, key=lambda row: (-row.pieces, row.sku, row.words))[:SHOWN]


def _swapped(since: datetime, at: datetime) -> Mapping[str, int]:
    """Count the pieces that were asked as one product and sold as another."""
    lines = OrderLine.objects.filter(order__placed_at__gt=since, order__placed_at__lte=at).exclude(instead_of="")
    rows = lines.order_by().values_list("instead_of").annotate(pieces=Sum(F("quantity") - F("cancelled")))
    return {sku: pieces for sku, pieces in rows if pieces}


def _ended(since: datetime, at: datetime) -> Mapping[str, int]:
    """Count the pieces of orders that were cancelled because there was nothing."""
    lines = OrderLine.objects.filter(
        order__status=Status.CANCELLED, order__cancel_reason=CancelReason.OUT_OF_STOCK, kind="goods",
        order__status_at__gt=since, order__status_at__lte=at,
    )  # fmt: skip
    return dict(lines.order_by().values_list("sku").annotate(Sum("quantity")))


def _unnamed(rows: Iterable[tuple[str, int]]) -> list[Lost]:
    """Gather what nobody sells here, by the words in which it was asked for."""
    times: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    for asked, quantity in rows:
        words = " ".join(asked.casefold().split())
        times[words] += 1
        pieces[words] += quantity
    return [Lost(words, "", None, times[words], pieces[words], 0, 0) for words in times]
