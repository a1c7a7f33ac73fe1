"""The shelf: bins, what suppliers bring, and what counting finds."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from orders import catalogue, changes, counts, queues, receiving, shelf
from orders.counts import Counted
from orders.models import PlaceLevel, Shop, StockCount, StockLevel
from orders.receiving import NewLine, NewReceipt
from shopdesk.base.access import SWEEP
from shopdesk.demo import goods
from shopdesk.demo.goods import Article
from shopdesk.demo.stage import MINUTE, Stage

DAYS_OF_RECEIPT: Final = (0, 2, 4)  # Monday, Wednesday, Friday
DAY_OF_COUNT: Final = 1
SUPPLIER: Final = "Northern Goods Ltd"


def stock_up(stage: Stage, articles: list[Article], at: datetime) -> None:
    """Put up the bins and the catalogue, and fill the shelf for the first time."""
    for code in goods.BINS:
        stage.attempt(partial(shelf.make_bin, stage.location, code, by=SWEEP, at=at))
    catalogue.add_many([article.card for article in articles], by=SWEEP, at=at)
    there = {article.card.sku for article in articles if article.bin}
    for sku in sorted(there):
        if instead := goods.substitutes(sku, there):
            catalogue.change(sku, {"substitutes": tuple(instead)}, by=SWEEP, at=at)
    lines = [
        NewLine(a.card.sku, 7 if a.card.sku in goods.SCARCE else 4 * a.card.min_stock, a.cost_minor, a.bin)
        for a in articles
        if a.bin
    ]
    receiving.receive(NewReceipt(lines, SUPPLIER, "FIRST-1", stage.location), by=SWEEP, at=at)


def receive(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Take in, every other weekday, what was ordered anew; give it to those who wait for it."""
    if at.weekday() not in DAYS_OF_RECEIPT:
        return
    lines = []
    for level in StockLevel.objects.select_related("product").order_by("product__sku"):
        product = level.product
        free = level.on_hand - level.reserved
        if free < product.min_stock and product.sku not in goods.SCARCE and dice.random() < 0.9:
            cost = max(product.cost_minor * dice.randint(96, 106) // 100, 1)
            lines.append(NewLine(product.sku, 3 * product.min_stock, cost, stage.bins[product.sku]))
    if lines:
        receiving.receive(NewReceipt(lines, SUPPLIER, f"NG-{at:%m%d}", stage.location), by=stage.actor("packer"), at=at)
    give(stage, at + 5 * MINUTE, dice)


def give(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Give what there is to orders that wait for it, as the sweep does."""
    for number in queues.short(100):
        changes.allocate(number, at=at)


def count(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Count what packers did not find, and a few bins each week."""
    if at.weekday() == DAY_OF_COUNT:
        begin_count(stage, "cycle", dice.sample(goods.BINS, 3), at)
    for pk in StockCount.objects.filter(state="counting").order_by("pk").values_list("pk", flat=True):
        stage.attempt(partial(_count_all, stage, pk, at + 10 * MINUTE))


def begin_count(stage: Stage, kind: str, bins: Sequence[str], at: datetime) -> None:
    """Begin to count some bins, those that nobody is counting already."""
    busy = StockCount.objects.filter(state__in=["counting", "review"], bins__code__in=bins)
    free = sorted(set(bins) - set(busy.values_list("bins__code", flat=True)))
    if free:
        counts.start(kind, stage.location, free, by=stage.actor("packer"), at=at)


def count_some(stage: Stage, count_id: int, at: datetime, *, most: int) -> None:
    """Count the first shelves of a count; one differs now and then."""
    bins = StockCount.objects.get(pk=count_id).bins.all()
    levels = PlaceLevel.objects.filter(place__in=bins, on_hand__gt=0).select_related("product", "place")
    for place, level in enumerate(levels.order_by("place__code", "product__sku")[:most]):
        found = max(level.on_hand - (stage.dice("count", count_id, place).random() < 0.25), 0)
        counted = Counted(level.product.sku, level.place.code, found)
        counts.count_line(count_id, counted, by=stage.actor("packer"), at=at + place * MINUTE)


def _count_all(stage: Stage, count_id: int, at: datetime) -> None:
    count_some(stage, count_id, at, most=100)
    later = at + 45 * MINUTE
    ended = counts.close(count_id, by=stage.actor("packer"), at=later)
    if ended.count.state == StockCount.State.REVIEW:
        _count_again(stage, ended.count, later)


def _count_again(stage: Stage, count: StockCount, at: datetime) -> None:
    """A second pair of eyes for large differences, then somebody who counted nothing approves."""
    shop = Shop.current()
    for line in count.lines.filter(replaced_by=None).select_related("product", "place").order_by("pk"):
        if counts.is_large(line, shop):
            again = Counted(line.product.sku, line.place.code, line.counted)
            counts.count_line(count.pk, again, by=stage.actor("manager"), at=at)
    counts.approve(count.pk, by=stage.actor("owner"), at=at + 20 * MINUTE)
