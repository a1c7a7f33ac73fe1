"""The confirmation clock: goods are promised for as long as it may take to agree, then free for others."""

from datetime import datetime
from typing import Final

from django.db import transaction

from orders import journal, stock
from orders.models import Order, Reminder
from orders.status import Status
from shopdesk.base.access import SWEEP

MOST_AT_ONCE: Final = 500


def free_due(*, at: datetime) -> int:
    """Free the goods of orders whose time to agree is over, each in its own transaction. Gives how many."""
    due = Order.objects.filter(status=Status.NEW, reserved_until__lte=at).order_by("reserved_until", "number")
    return sum(free(number, at=at) for number in due.values_list("number", flat=True)[:MOST_AT_ONCE])


@transaction.atomic(durable=True)
def free(number: int, *, at: datetime) -> bool:
    """Free the goods of one order, once; it is still to be agreed, and is promised them again when it is.

    The second of two at once, and an order that was agreed meanwhile, change nothing.
    """
    order = Order.objects.locked(number=number).first()
    if order is None or order.status != Status.NEW or order.reserved_until is None or order.reserved_until > at:
        return False
    lines = list(order.lines.filter(reserved__gt=0).order_by("position"))
    pieces = sum(line.reserved for line in lines)
    stock.take_back([(line, line.reserved) for line in lines], location_id=order.location_id)
    until, order.reserved_until = order.reserved_until, None
    order.save(update_fields=["reserved_until"])
    journal.record([journal.Entry("order.reservation_ended", order, {"pieces": pieces})], by=SWEEP, at=at)
    if pieces:
        told = Reminder(what=Reminder.What.FREED, subject=number, slot=until.isoformat(), order=order, due_at=at)
        Reminder.objects.bulk_create([told], ignore_conflicts=True)
    return True
