"""Orders that came by mistake, many at once: those that nobody has worked on are cancelled, the others stay."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from orders import lifecycle
from orders.models import JournalEvent, Order
from orders.status import CancelReason, Status
from shopdesk.base.access import Actor

MACHINES: Final = ("rule", "sweep")  # what they do to an order is nobody's work on it
STILL_ASIDE: Final = frozenset({Status.NEW, Status.CONFIRMED})


@transaction.atomic(durable=True)
def take_back(numbers: Sequence[int], *, by: Actor, at: datetime) -> set[int]:
    """Cancel those that wait untouched since they were taken in; at most some hundreds. Gives which are taken back.

    Whether somebody has worked on one is asked with it locked. A second time, after whoever asked was cut off, it
    changes nothing and gives the same: what these very words had cancelled, and nobody touched since.
    """
    orders = Order.objects.lock_many(sorted(numbers))
    later = JournalEvent.objects.filter(order__in=orders, seq__gt=1).exclude(actor_kind__in=MACHINES)
    own = Q(to_status=Status.CANCELLED, data__reason=str(CancelReason.OTHER), actor_kind=by.kind, actor_id=by.id)
    touched = set(later.exclude(own).values_list("order", flat=True))
    before = set(later.filter(own).values_list("order", flat=True)) - touched
    alone = [order for order in orders if order.status in STILL_ASIDE and order.pk not in touched | before]
    lifecycle.move(alone, Status.CANCELLED, by=by, at=at, why=lifecycle.Why(reason=CancelReason.OTHER))
    return {order.pk for order in orders if order.pk in before and order.status == Status.CANCELLED} | {
        order.pk for order in alone
    }
