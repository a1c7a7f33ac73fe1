"""The packing table: orders are taken, scanned off their bins and sealed; now and then something is not there."""

import random
from datetime import datetime
from functools import partial
from typing import Final

from orders import changes, packing, queues
from orders.models import Barcode, Order, OrderLine
from orders.packing import NewParcel, NewScan, Shortage
from orders.status import CancelReason
from shopdesk.demo.stage import MINUTE, Stage

MOST_IN_A_ROUND: Final = 12
BOX_G: Final = 180


def pack(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Put back what lies on the table for nobody, then pack what is to leave today."""
    for number in queues.to_put_back(Order.objects.all()).values_list("number", flat=True):
        stage.attempt(partial(put_back, stage, number, at))
    waiting = queues.to_pack(Order.objects.all(), stage.day(at)).values_list("number", flat=True)
    for place, number in enumerate(list(waiting[:MOST_IN_A_ROUND])):
        stage.attempt(partial(pack_one, stage, number, at + 4 * place * MINUTE))


def pack_one(stage: Stage, number: int, at: datetime) -> None:
    """Pack one order, unless the shelf or the customer has it otherwise."""
    by, packer = stage.actor("packer"), stage.people["packer"]
    dice = stage.dice("pack", number, at.isoformat())  # an order that was short once has new luck the next time
    order = packing.take(number, packer, by=by, at=at)
    chance = dice.random()
    if chance < 0.02:
        line = _goods(order)[0]
        packing.report_shortage(number, Shortage(line.sku, 1), by=by, at=at + MINUTE)
        return
    scan_all(stage, order, at + MINUTE)
    if chance < 0.035:
        changes.cancel(number, CancelReason.CHANGED_MIND, by=stage.actor("manager"), at=at + 2 * MINUTE)
        return
    packing.seal(number, _boxes(order, dice), by=by, at=at + 3 * MINUTE)


def scan_all(stage: Stage, order: Order, at: datetime) -> None:
    """Scan every piece of an order off its bin."""
    _scan(stage, order, _goods(order), at)


def scan_some(stage: Stage, order: Order, at: datetime) -> None:
    """Scan the first line of an order: somebody is called away."""
    _scan(stage, order, _goods(order)[:1], at)


def put_back(stage: Stage, number: int, at: datetime) -> None:
    """Scan what lies on the table back into its bins."""
    order = Order.objects.get(pk=number)
    scans = [
        NewScan(f"back-{at:%m%d%H%M}-{line.pk}", line.picked, sku=line.sku, bin=stage.bins[line.sku])
        for line in order.lines.filter(picked__gt=0)
    ]
    packing.put_back(number, scans, by=stage.actor("packer"), at=at)


def _scan(stage: Stage, order: Order, lines: list[OrderLine], at: datetime) -> None:
    """Scan the pieces of some lines, each by its barcode."""
    scans = [
        NewScan(f"{at:%m%d%H%M}-{line.pk}", line.quantity - line.cancelled - line.picked, barcode=_barcode(line))
        for line in lines
    ]
    if scans:
        packing.scan(order.number, scans, by=stage.actor("packer"), at=at)


def _goods(order: Order) -> list[OrderLine]:
    rows = order.lines.filter(kind="goods").order_by("position")
    return [line for line in rows if line.quantity - line.cancelled - line.picked > 0]


def _barcode(line: OrderLine) -> str:
    return Barcode.objects.filter(product=line.product_id, pieces=1).values_list("code", flat=True).get()


def _boxes(order: Order, dice: random.Random) -> list[NewParcel]:
    """One box; an order of several kinds goes in two now and then."""
    lines = list(order.lines.filter(kind="goods", picked__gt=0).select_related("product").order_by("position"))
    weights = [(line.product.weight_g if line.product else 0) * line.picked for line in lines]
    if len(lines) < 2 or dice.random() > 0.12:
        return [NewParcel(sum(weights) + BOX_G, 400, 300, 200)]
    cuts: dict[str, tuple[int, int]] = {}
    for line, weight in zip(lines, weights, strict=True):
        pieces, grams = cuts.get(line.sku, (0, 0))
        cuts[line.sku] = (pieces + line.picked, grams + weight)
    if len(cuts) < 2:
        return [NewParcel(sum(weights) + BOX_G)]
    (first, own), *rest = cuts.items()
    items = [(sku, pieces) for sku, (pieces, _grams) in rest]
    return [
        NewParcel(own[1] + BOX_G, items=[(first, own[0])]),
        NewParcel(sum(grams for _sku, (_pieces, grams) in rest) + BOX_G, items=items),
    ]
