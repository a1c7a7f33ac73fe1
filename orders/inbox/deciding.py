"""Deciding: the shop changed what the desk had changed too; a person says whose word stands."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import changes, journal
from orders.inbox import following, merging
from orders.models import Order, ShopOrder
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing


class NothingToDecide(DomainError):
    """Somebody decided it before, or the shop took its change back."""

    sentence = _("There is nothing to decide any more.")


@transaction.atomic(durable=True)
def decide(side_id: int, for_the_shop: bool, *, by: Actor, at: datetime) -> Order:
    """Give the shop its way, or keep what the desk has; the order waits no longer. Raises NothingToDecide, TooLate."""
    side = ShopOrder.objects.locked(pk=side_id).first()
    if side is None or side.order_id is None:
        raise Missing
    if not side.differs:
        raise NothingToDecide
    order = Order.objects.select_related("channel", "customer").locked(number=side.order_id).get()
    if for_the_shop:
        lines = list(order.lines.order_by("position"))
        changes.carry_out(order, merging.edit_of(side.differs, lines), by=by, at=at)
    whose: dict[str, journal.Code] = {"fields": sorted(side.differs), "whose": "shop" if for_the_shop else "desk"}
    journal.record([journal.Entry("order.shop_settled", order, whose)], by=by, at=at)
    following.settle(side, order, by=by, at=at)
    side.save(update_fields=["differs", "hold"])
    following.judge(order, at=at)
    return order
