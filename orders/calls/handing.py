"""Giving calls to somebody else, many at once; and the rings that nobody answered on our side."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from orders import calltasks, journal
from orders.calls.presence import CALLERS
from orders.models import CallTask, CustomerPhone, Order, PhoneLease
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.models import User

MOST_AT_ONCE: Final = 500


class TooManyCalls(DomainError):
    """More calls were to be given away than one transaction should hold."""

    sentence = _("At most 500 calls at once.")


@transaction.atomic(durable=True)
def reassign(task_ids: Sequence[int], person: int | None, *, by: Actor, at: datetime) -> int:
    """Give open calls to somebody, to ring first; to nobody means anybody. Gives how many changed hands.

    A customer who is being talked to stays with whoever talks. The same again changes nothing. Raises Missing for
    somebody who does not call here, TooManyCalls.
    """
    if len(task_ids) > MOST_AT_ONCE:
        raise TooManyCalls
    if person is not None and not User.objects.filter(pk=person, is_active=True, role__in=CALLERS).exists():
        raise Missing
    rows = CallTask.objects.filter(pk__in=task_ids, closed_at=None)
    numbers = list(rows.exclude(order=None).values_list("order_id", flat=True))
    orders = {order.pk: order for order in Order.objects.lock_many([number for number in numbers if number])}
    talking = Exists(PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at))
    free = rows.exclude(talking).exclude(owner=person) if person else rows.exclude(talking).exclude(owner=None)
    tasks = list(free.order_by("pk").select_for_update(no_key=True, of=("self",)))
    CallTask.objects.filter(pk__in=[task.pk for task in tasks]).update(owner=person)
    entries = [
        journal.Entry(
            "call.reassigned", orders.get(task.order_id or 0), {"task": task.pk, "from": task.owner_id, "to": person},
            subject=("call_task", task.pk),
        )
        for task in tasks
    ]  # fmt: skip
    journal.record(entries, by=by, at=at)
    return len(tasks)


@transaction.atomic(durable=True)
def note_missed(phone: str, *, by: Actor, at: datetime, order: int | None = None) -> CallTask:
    """Ask to ring back a phone (E.164) that rang us in vain, once however often it rings. `order`: one it may mean."""
    found = Order.objects.locked(pk=order).first() if order else None
    known = CustomerPhone.objects.filter(phone=phone).values_list("customer", flat=True).first()
    task = calltasks.open_missed(phone, order=found, customer_id=known, at=at)
    journal.record(
        [journal.Entry("call.missed", found, {"task": task.pk}, subject=("call_task", task.pk))], by=by, at=at
    )
    return task
