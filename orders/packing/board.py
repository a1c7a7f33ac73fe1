"""How much there is to pack: pieces of several orders, counted at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Q, Sum

from orders.models import Order, OrderLine


@dataclass(frozen=True, slots=True)
class Amount:
    """Lines and pieces of goods that an order wants, and how many of the pieces lie on the table."""

    lines: int = 0
    pieces: int = 0
    picked: int = 0


def amounts(orders: Sequence[Order]) -> dict[int, Amount]:
    """Give the amount of each order, by its number. An order of services alone wants nothing."""
    there = Q(quantity__gt=F("cancelled")) | Q(picked__gt=0)  # of a cancelled line pieces may still lie on the table
    lines = OrderLine.objects.filter(there, order__in=orders, kind="goods").order_by()
    sums = {"n": Count("pk"), "wanted": Sum(F("quantity") - F("cancelled")), "taken": Sum("picked")}
    counted = lines.values("order").annotate(**sums).values_list("order", *sums)
    found = {number: Amount(*figures) for number, *figures in counted}
    return {order.number: found.get(order.number, Amount()) for order in orders}
