"""How much is let off the goods' full price, and how much of that whoever does it may let off.

Full is the highest price that a line ever had here: the one it came with, the catalogue's, the one before an edit. So
two small discounts are not smaller than one large one. Delivery and fees are not goods.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.models import JournalEvent, Order, OrderLine, Product, Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.people.limits import limits_of_actor

EDITED = "order.edited"


class DiscountTooLarge(DomainError):
    """More is let off than the owner lets this person let off."""

    sentence = _("With this %(share)s%% are let off the price of the goods; you may let off %(most)s%%.")
    next_step = _("Let off less, or ask the owner.")


@dataclass(frozen=True, slots=True)
class LetOff:
    """What is let off an order: `off_minor` of `full_minor`. `listed` is the full price of a piece, by line."""

    off_minor: int
    full_minor: int
    listed: Mapping[int, int]

    def is_less_than(self, other: "LetOff") -> bool:
        """Compare the shares, without dividing."""
        return self.off_minor * other.full_minor < other.off_minor * self.full_minor


NOTHING = LetOff(0, 1, {})


def read(order: Order, lines: Sequence[OrderLine]) -> LetOff:
    """Give what is let off an order as it stands, before it is edited."""
    listed = {line.pk: line.price_minor for line in lines}
    for pk, price in [*_catalogued(order, lines), *_before_edits(order)]:
        if pk in listed:
            listed[pk] = max(listed[pk], price)
    return _of_lines(order, lines, listed)


def refuse_more(before: LetOff, order: Order, lines: Sequence[OrderLine], *, by: Actor) -> None:
    """Refuse an edit that lets off more than before and more than this person may. Raises DiscountTooLarge."""
    added = [line for line in lines if line.pk not in before.listed]
    listed = dict(before.listed) | {line.pk: line.price_minor for line in added}
    for pk, price in _catalogued(order, added):
        listed[pk] = max(listed[pk], price)
    _refuse(before, _of_lines(order, lines, listed), lambda: limits_of_actor(by).discount_percent)


def refuse_new(orders: Iterable[Any], products: Mapping[str, Product], *, by: Actor) -> None:
    """Refuse orders that a person types in with more let off than they may. Raises DiscountTooLarge.

    `orders` are intake's `NewOrder`s. What a shop lets off its own orders is the shop's business.
    """
    if by.kind not in {"person", "token"}:
        return
    most = cache(lambda: limits_of_actor(by).discount_percent)  # asked once for a file of thousands
    for order in orders:
        priced = [(line, products.get(line.sku)) for line in order.lines]
        fulls = [max(line.price_minor, row.price_minor if row else 0) * line.quantity for line, row in priced]
        full, total = sum(fulls), sum(line.total_minor for line in order.lines)
        _refuse(NOTHING, LetOff(full - total + order.discount_minor, full, {}), most)


def _refuse(before: LetOff, after: LetOff, may_let_off: Callable[[], int]) -> None:
    if not before.is_less_than(after):
        return
    most = may_let_off()
    if after.off_minor * 100 > most * after.full_minor:
        share = -(-after.off_minor * 100 // max(after.full_minor, 1))  # rounded up: 10.2 is not 10
        raise DiscountTooLarge(detail={"share": share, "most": most})


def _of_lines(order: Order, lines: Sequence[OrderLine], listed: Mapping[int, int]) -> LetOff:
    kept = [line for line in lines if line.cancelled < line.quantity]
    full = sum(listed[line.pk] * line.quantity for line in kept)
    return LetOff(full - sum(line.total_minor for line in kept) + order.discount_minor, full, listed)


def _catalogued(order: Order, lines: Sequence[OrderLine]) -> list[tuple[int, int]]:
    """Prices of the catalogue, by line; it knows the shop's currency only."""
    if not lines or order.currency != Shop.current().currency:
        return []
    prices = Product.objects.filter(pk__in={line.product_id for line in lines}).values_list("pk", "price_minor")
    by_product = dict(prices)
    return [(line.pk, by_product[line.product_id]) for line in lines if line.product_id in by_product]


def _before_edits(order: Order) -> list[tuple[int, int]]:
    """Prices that lines had before somebody edited them."""
    edits = JournalEvent.objects.filter(order=order, kind=EDITED).values_list("data", flat=True)
    changed = [line for data in edits for line in data.get("lines", []) if line.get("price")]
    return [(line["line"], line["price"][0]) for line in changed]
