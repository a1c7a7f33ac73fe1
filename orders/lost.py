"""Lost demand: what was wanted and not there, by enquiries and by orders that waited for it in vain."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from orders.models import Enquiry, Product, Unmet

OVER_DAYS: Final = 28
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Lost:
    """What people wanted and did not get, in pieces of four weeks. Without a product: in their own words.

    `times` counts enquiries; `asked` are their pieces. Of what orders waited for in vain (`orders.unmet`), `swapped`
    was sold as something else, `lowered` was taken off, `ended` was cancelled with its order.
    """

    words: str
    sku: str
    product: int | None
    times: int
    asked: int
    swapped: int
    lowered: int
    ended: int

    @property
    def pieces(self) -> int:
        return self.asked + self.swapped + self.lowered + self.ended


def see_lost(*, at: datetime) -> list[Lost]:
    """Give what was lost in the last four weeks, the most pieces first, in three statements."""
    since = at - timedelta(days=OVER_DAYS)
    absent = Enquiry.objects.filter(came_to=Enquiry.CameTo.ABSENT, at__gt=since, at__lte=at)
    named = absent.exclude(product=None).values_list("product__sku").annotate(Count("pk"), Sum("quantity")).order_by()
    asked = {sku: (times, pieces) for sku, times, pieces in named}
    unmet = _unmet(since, at)
    products = {row.sku: row for row in Product.objects.filter(sku__in=asked.keys() | unmet).only("pk", "sku", "name")}
    found = []
    for sku in asked.keys() | unmet:
        product, (times, pieces), why = products.get(sku), asked.get(sku, (0, 0)), unmet.get(sku, {})
        name, key = (product.name, product.pk) if product else (sku, None)
        row = Lost(
            name, sku, key, times, pieces, why.get(Unmet.Why.INSTEAD, 0), why.get(Unmet.Why.LOWERED, 0),
            why.get(Unmet.Why.CANCELLED, 0),
        )  # fmt: skip
        found += [row] if times or row.pieces else []  # wanted again: nothing was lost
    found += _unnamed(absent.filter(product=None).values_list("asked", "quantity"))
    return sorted(found, key=lambda row: (-row.pieces, row.sku, row.words))[:SHOWN]


def _unmet(since: datetime, at: datetime) -> Mapping[str, Mapping[str, int]]:
    """Count by SKU and why the pieces that orders waited for in vain."""
    sku = Coalesce("product__sku", "line__sku")
    rows = Unmet.objects.filter(at__gt=since, at__lte=at).order_by().values_list(sku, "why")
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for code, why, pieces in rows.annotate(pieces=Sum("quantity")):
        found[code][why] = pieces
    return found


def _unnamed(rows: Iterable[tuple[str, int]]) -> list[Lost]:
    """Gather what nobody sells here, by the words in which it was asked for."""
    times: Counter[str] = Counter()
    pieces: Counter[str] = Counter()
    for asked, quantity in rows:
        words = " ".join(asked.casefold().split())
        times[words] += 1
        pieces[words] += quantity
    return [Lost(words, "", None, times[words], pieces[words], 0, 0, 0) for words in times]
