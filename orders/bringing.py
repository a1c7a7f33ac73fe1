"""Who brings an order and for how much: what follows whenever the order, its place or its courier changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from orders import carrying, holds, tariffs, whereabouts
from orders.models import Hold, Order, OrderLine
from orders.status import HoldReason
from shopdesk.base.access import Actor

CHOSEN = {"courier_id"}
Changed = dict[str, tuple[Any, Any]]


def follow(
    order: Order, lines: Sequence[OrderLine], changed: Changed, *, charged: int, by: Actor, at: datetime
) -> None:
    """Let the charge follow the tariff, unless somebody said it; note what it costs the shop now. Nothing is saved.

    `changed` has what was changed already, and gets the charge. Raises CannotCarry when another courier was chosen
    that cannot; what waited for a courier that can waits no longer.
    """
    if CHOSEN & changed.keys():
        carrying.refuse_unable(order)
    if "delivery_minor" in changed and "delivery_by_tariff" not in changed:
        order.delivery_by_tariff = False
    tariffs.settle([tariffs.ToPrice(order, tariffs.weigh(lines))], at=at)
    changed.pop("delivery_minor", None)
    if order.delivery_minor != charged:
        changed["delivery_minor"] = (charged, order.delivery_minor)
    if not carrying.obstacles(order):
        _let_go(order, by=by, at=at)


def quote(order: Order, weight_g: int, *, at: datetime) -> tariffs.Price | None:
    """Say what an order that nobody has taken in yet would be charged for its delivery; None: nothing fits."""
    whereabouts.settle(order)
    return tariffs.quote(tariffs.ToPrice(order, weight_g), at=at)


def _let_go(order: Order, *, by: Actor, at: datetime) -> None:
    waiting = Hold.objects.filter(order=order, reason=HoldReason.OTHER, closed_at=None)
    carried = Q(code=holds.About.CARRIER) | Q(note__startswith=carrying.OLD_NOTE)
    waiting.filter(carried).update(closed_at=at, closed_by=str(by))
