"""What may be sold instead where people ranked too little: the like of it that lies on the shelf. Reads only."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Exists, F, OuterRef, Q

from orders.models import Product, StockLevel

BAND_PERCENT: Final = 30  # dearer or cheaper: what costs much more is another purchase, not a substitute
MOST_READ: Final = 200  # a group may hold thousands; nobody hears of more than a few


def alike(products: Sequence[Product]) -> Mapping[int, list[Product]]:
    """Give for each product goods of its group and about its price that nobody was promised, best margin first.

    In two statements for all of them. A product without a group has none that are like it.
    """
    asked = [product for product in products if product.group]
    if not asked:
        return {}
    wanted = Q()
    for product in asked:
        wanted |= Q(group=product.group, price_minor__range=_band(product))
    free = StockLevel.objects.filter(product=OuterRef("pk"), on_hand__gt=F("reserved") + F("safety"))
    rows = Product.objects.filter(wanted, Exists(free), kind=Product.Kind.GOODS, active=True)
    ranked = rows.order_by(F("cost_minor") - F("price_minor"), "pk").prefetch_related("stock_levels")[:MOST_READ]
    found = list(ranked)
    return {product.pk: [one for one in found if _is_alike(one, product)] for product in asked}


def _band(product: Product) -> tuple[int, int]:
    return product.price_minor * (100 - BAND_PERCENT) // 100, product.price_minor * (100 + BAND_PERCENT) // 100


def _is_alike(one: Product, product: Product) -> bool:
    low, high = _band(product)
    return one.pk != product.pk and one.group == product.group and low <= one.price_minor <= high
