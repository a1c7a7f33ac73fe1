"""Stock told to shops: the number of pieces itself, with a version, no more often than the sweep comes round."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from orders.channels.calling import Goods, Shop
from orders.inbox import calling
from orders.inbox.polling import NO_ANSWER
from orders.models import ChannelItem, Connection, StockLevel

SETTLE = timedelta(seconds=60)  # a level that goes up and down within it is told once
AT_ONCE = 200


def tell_all(*, at: datetime) -> int:
    """Tell every shop that wants it what changed on the shelf. Gives how many levels were told."""
    own = Connection.objects.filter(tells_stock=True).select_related("channel").order_by("pk")
    return sum(tell(one, at=at) for one in own if calling.can_be_called(one))


def tell(own: Connection, *, at: datetime) -> int:
    """Tell one shop. A level that it does not take is told again by the next sweep."""
    items = ChannelItem.objects.filter(Q(told_at=None) | Q(told_at__lte=at - SETTLE), channel=own.channel)
    known = list(items.exclude(product=None).order_by(F("told_at").asc(nulls_first=True), "pk"))
    free = free_pieces([item.product_id for item in known if item.product_id], buffer=own.buffer)
    changed = [item for item in known if item.told_stock != free.get(item.product_id or 0, 0)]
    shop = calling.shop_of(own)
    told = 0
    for item in changed[:AT_ONCE]:
        try:
            told += _tell_one(shop, item, free.get(item.product_id or 0, 0), at)
        except NO_ANSWER:
            continue
    return told


def free_pieces(products: Sequence[int], *, buffer: int) -> dict[int, int]:
    """Give the pieces that a shop may sell: on the shelf, promised to nobody, less what it is never told of."""
    rows = StockLevel.objects.filter(product__in=set(products), location__serves=True).order_by().values("product")
    totals = rows.annotate(pieces=Sum(F("on_hand") - F("reserved") - F("safety")))
    return {row["product"]: max((row["pieces"] or 0) - buffer, 0) for row in totals}


def _tell_one(shop: Shop, item: ChannelItem, pieces: int, at: datetime) -> int:
    """Tell one level. The version is taken before: of two sweeps one tells, and a late one does not overwrite."""
    mine = ChannelItem.objects.filter(pk=item.pk, told_version=item.told_version)
    if not mine.update(told_version=F("told_version") + 1, told_at=at):
        return 0
    goods = Goods(item.product_code, item.variant_code, item.inventory_code)
    if not goods.inventory_code and (found := shop.find_inventory(goods)):
        ChannelItem.objects.filter(pk=item.pk).update(inventory_code=found)
        goods = Goods(goods.product_code, goods.variant_code, found)
    shop.set_stock(goods, pieces)
    return ChannelItem.objects.filter(pk=item.pk, told_version=item.told_version + 1).update(told_stock=pieces)
