"""What a shop gave back of an order, and the order as it stands after that. Pure: no database, no clock.

`Said` is always the order before anything went back, so that a refund counts once however often the shop repeats it,
and whichever of its messages comes first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from orders.channels.reading import priced
from orders.channels.said import Said, SaidLine
from shopdesk.base.money import part_of


@dataclass(frozen=True, slots=True)
class Goods:
    """What one refund took off an order. `lines`: line id -> pieces, and their gross sum where the shop names it."""

    lines: Mapping[str, tuple[int, int | None]]
    delivery_minor: int = 0

    @property
    def stored(self) -> dict[str, Any]:
        """What is kept of it; `of_stored` reads it again."""
        return {"lines": {key: list(pair) for key, pair in self.lines.items()}, "delivery": self.delivery_minor}

    @classmethod
    def of_stored(cls, kept: Mapping[str, Any]) -> "Goods":
        """Read what `stored` gave."""
        return cls({key: (pair[0], pair[1]) for key, pair in kept["lines"].items()}, kept["delivery"])

    @property
    def is_exact(self) -> bool:
        """Whether the shop names every sum; where two messages tell of one refund, the exact one stands."""
        return all(minor is not None for _pieces, minor in self.lines.values())


def gathered(known: Mapping[str, Any], told: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Put what is known of refunds and what a message tells together; the same in whatever order they come."""
    found = dict(known)
    for key, kept in told.items():
        if key not in found or not Goods.of_stored(found[key]).is_exact:
            found[key] = dict(kept)
    return found


def after(said: Said, back: Mapping[str, Any]) -> Said:
    """Give the order less what went back. One of which everything went back stays as it was: it is stopped instead."""
    goods = [Goods.of_stored(kept) for kept in back.values()]
    if not goods or _is_all(said, goods):
        return said
    lines = [left for line in said.lines if (left := _left_of(line, goods)) is not None]
    delivery = max(said.delivery_minor - sum(one.delivery_minor for one in goods), 0)
    items = sum(line.total_minor for line in lines)
    off = sum(line.total_minor for line in said.lines) - items + said.delivery_minor - delivery
    stated = said.stated_total_minor
    return replace(
        said, lines=lines, delivery_minor=delivery, discount_minor=min(said.discount_minor, items + delivery),
        stated_total_minor=stated - off if stated is not None else None,
    )  # fmt: skip


def all_went_back(said: Said, back: Mapping[str, Any]) -> bool:
    """Tell whether nothing of the order is left with the customer, as the shop sees it."""
    return _is_all(said, [Goods.of_stored(kept) for kept in back.values()])


def worth(said: Said, kept: Mapping[str, Any]) -> int:
    """Give what one refund took off the order's total."""
    goods = Goods.of_stored(kept)
    return goods.delivery_minor + sum(_of_line(line, [goods])[1] for line in said.lines)


def _is_all(said: Said, goods: Iterable[Goods]) -> bool:
    many = list(goods)
    return bool(said.lines) and all(_of_line(line, many)[0] >= line.quantity for line in said.lines)


def _of_line(line: SaidLine, goods: Iterable[Goods]) -> tuple[int, int]:
    """Give how many pieces of a line went back, and what for; a share by pieces where the shop does not name a sum."""
    pieces = minor = 0
    for one in goods:
        count, amount = one.lines.get(line.external_id, (0, 0))
        pieces += count
        minor += part_of(line.total_minor, min(count, line.quantity), line.quantity) if amount is None else amount
    return pieces, minor


def _left_of(line: SaidLine, goods: Iterable[Goods]) -> SaidLine | None:
    pieces, minor = _of_line(line, goods)
    left, total = line.quantity - pieces, max(line.total_minor - minor, 0)
    if not (pieces or minor):
        return line
    if left <= 0:
        return None
    price, off = line.price_minor, line.price_minor * left - total
    if off < 0:  # the shop gave back less than the pieces cost: those that stay cost more each
        price, off = priced(left, total, 0)
    tax = part_of(line.tax_minor, total, line.total_minor) if line.total_minor else 0
    return replace(line, quantity=left, price_minor=price, discount_minor=off, total_minor=total, tax_minor=tax)
