"""Shortfall: goods are missing that were promised, so the youngest orders lose their promise and are told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders import holds, journal, stock
from orders.models import Order, OrderLine, StockLevel
from orders.status import HoldReason
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

T = TypeVar("T")
TRIES = 3
Leaving = Mapping[tuple[int, str], int]  # (product, location) -> pieces that will leave its sellable bins


class PromisedMeanwhile(DomainError):
    """While room was made, the goods that were left were promised to somebody else."""

    sentence = _("Orders came in for the same goods at this moment.")
    next_step = _("Repeat it.")


def make_room(leaving: Leaving, *, by: Actor, at: datetime) -> list[int]:
    """Take promises from the youngest orders until these pieces may leave. Gives the numbers of the orders cut.

    Orders are locked before stock. What is missing is measured before the locks and again under them: a promise made
    in between raises PromisedMeanwhile, and whoever asked begins anew.
    """
    missing = _missing(_promised(leaving), leaving)
    if not missing:
        return []
    orders = {order.pk: order for order in Order.objects.lock_many(_youngest(missing))}
    levels = stock.lock_levels(leaving)
    cut: list[OrderLine] = []
    for (product, location), pieces in _missing(levels.values(), leaving).items():
        own = [order for order in orders.values() if order.location_id == location]
        lines, left = stock.forget(product, location, pieces, own)
        if left:
            raise PromisedMeanwhile
        cut += lines
    _tell(cut, orders, by=by, at=at)
    return sorted({line.order_id for line in cut})


def would_lose(leaving: Leaving) -> list[int]:
    """Give the orders whose promises would go if these pieces left now. Nothing is locked: the deed may differ."""
    return _youngest(_missing(_promised(leaving), leaving))


def repeat(action: Callable[[], T]) -> T:
    """Do a desk action that makes room; when orders promised in between, do it anew, three times in all."""
    for _try in range(TRIES - 1):
        try:
            return action()
        except PromisedMeanwhile:
            continue
    return action()


def _promised(leaving: Leaving) -> QuerySet[StockLevel]:
    """Give what is promised to anybody of products that leave; where nothing is, nobody can lose it."""
    products = {product for (product, _location), pieces in leaving.items() if pieces > 0}
    return StockLevel.objects.filter(product__in=products, reserved__gt=0)


def _missing(levels: Iterable[StockLevel], leaving: Leaving) -> dict[tuple[int, str], int]:
    """Give how many promises are too many for what will be left, sorted by (product, location)."""
    found = {}
    for level in levels:
        key = (level.product_id, level.location_id)
        too_many = level.reserved - max(level.on_hand - leaving.get(key, 0), 0)  # below zero the ledger refuses
        if too_many > 0 and key in leaving:
            found[key] = too_many
    return dict(sorted(found.items()))


def _youngest(missing: Mapping[tuple[int, str], int]) -> list[int]:
    """Give the youngest orders whose promises cover what is missing."""
    numbers: set[int] = set()
    for (product, location), pieces in missing.items():
        lines = OrderLine.objects.filter(product=product, order__location=location, reserved__gt=0)
        left = pieces
        for number, reserved in lines.order_by("-order_id").values_list("order_id", "reserved").iterator():
            if left <= 0:
                break
            numbers.add(number)
            left -= reserved
    return sorted(numbers)


def _tell(cut: Sequence[OrderLine], orders: Mapping[int, Order], *, by: Actor, at: datetime) -> None:
    """Journal what each order lost and hold it."""
    if not cut:
        return
    entries = [
        journal.Entry("order.promise_lost", orders[line.order_id], {"sku": line.sku, "reserved": line.reserved})
        for line in sorted(cut, key=lambda line: (line.order_id, line.position))
    ]
    journal.record(entries, by=by, at=at)
    wanted = [holds.NewHold(orders[number], HoldReason.OUT_OF_STOCK) for number in sorted({c.order_id for c in cut})]
    holds.open_holds(wanted, by=by, at=at)
