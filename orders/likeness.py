"""Likeness: whether an order may be there twice. Scored and shown, never acted upon by a machine."""

from collections.abc import Iterable
from typing import Any, Final

from django.db import connection
from django.db.models import BooleanField, IntegerField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine
from orders.status import Status

DAYS = 14  # on both sides: what lies further apart is a customer who came back
OPEN = frozenset({Status.NEW, Status.CONFIRMED})  # one of them may still be merged
RIVALS = OPEN | {Status.PICKING}
SAME_ADDRESS, SAME_GOODS = 1, 2  # bits of what the list's column says
TWICE, TOGETHER, AGAIN = "duplicate", "add_on", "repeat"
VERDICTS: Final = {
    TWICE: _("may be there twice"),
    TOGETHER: _("may go together"),
    AGAIN: _("ordered again"),
}
# In SQL, since it is a column of the order list: for open orders alone, one look into the index of their customer.
ALIKE: Final = """
CASE WHEN orders.status IN ({open}) AND orders.customer_id IS NOT NULL THEN (
  SELECT max(
    CASE WHEN EXISTS (
      SELECT 1 FROM order_line mine JOIN order_line theirs ON theirs.sku = mine.sku
      WHERE mine.order_id = orders.number AND theirs.order_id = rival.number AND mine.sku <> ''
        AND mine.cancelled < mine.quantity AND theirs.cancelled < theirs.quantity
    ) THEN 2 ELSE 0 END
    + CASE WHEN rival.address_text = orders.address_text AND rival.address_text <> '' THEN 1 ELSE 0 END)
  FROM orders rival
  WHERE rival.customer_id = orders.customer_id AND rival.number <> orders.number
    AND rival.status IN ({rivals}) AND {near}
    AND NOT EXISTS (
      SELECT 1 FROM order_link known
      WHERE known.first_id = orders.number AND known.second_id = rival.number
         OR known.first_id = rival.number AND known.second_id = orders.number
    )
) END
"""
NEAR: Final = {
    "postgresql": (
        "rival.placed_at BETWEEN orders.placed_at - interval '{days} days' "
        "AND orders.placed_at + interval '{days} days'"
    ),
    "sqlite": "abs(julianday(rival.placed_at) - julianday(orders.placed_at)) <= {days}",
}


def column() -> RawSQL:
    """Give the list's column: nothing without a rival, else what both have in common, as bits."""
    return RawSQL(_alike(), (), output_field=IntegerField())  # noqa: S611  # constant


def at_least(common: int) -> RawSQL:
    """Narrow the list to orders whose open rival has so much in common; 0: which have one at all."""
    narrowed = f"({_alike()}) >= %s"
    return RawSQL(narrowed, [common], output_field=BooleanField())  # noqa: S611  # constant, and a number of ours


def goods_of(lines: Iterable[OrderLine]) -> set[str]:
    """Give the SKUs that an order's lines want, as the column does: what was taken off or has no SKU tells nothing."""
    return {line.sku for line in lines if line.sku and line.cancelled < line.quantity}


def compare(order: Order, rival: Order, mine: set[str], theirs: set[str]) -> dict[str, Any]:
    """Score the same customer 40, items in common up to 40, the same address 20; say what that may mean."""
    common = len(mine & theirs) / max(len(mine | theirs), 1)
    same_address = bool(order.address_text) and order.address_text == rival.address_text
    verdict = TWICE if mine & theirs else TOGETHER
    return {
        "score": 40 + round(40 * common) + (20 if same_address else 0),
        "verdict": verdict if rival.status in RIVALS else AGAIN,
    }


def _alike() -> str:
    near = NEAR[connection.vendor].format(days=DAYS)
    return ALIKE.format(open=_listed(OPEN), rivals=_listed(RIVALS), near=near)


def _listed(statuses: frozenset[Status]) -> str:
    return ", ".join(f"'{status.value}'" for status in sorted(statuses))
