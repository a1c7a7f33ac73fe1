"""Reminders: a callback whose hour has come is announced once."""

from datetime import datetime
from typing import Final

from django.db import transaction

from orders import journal
from orders.models import CallTask
from shopdesk.base.access import SWEEP

MOST_AT_ONCE: Final = 500


def remind_due(*, at: datetime) -> int:
    """Announce the callbacks that are due, each in its own transaction. Gives how many. A callback never goes stale."""
    due = CallTask.objects.filter(stage=CallTask.Stage.CALLBACK, closed_at=None, reminded_at=None, due_at__lte=at)
    return sum(remind(task_id, at=at) for task_id in due.order_by("due_at").values_list("pk", flat=True)[:MOST_AT_ONCE])


@transaction.atomic(durable=True)
def remind(task_id: int, *, at: datetime) -> bool:
    """Announce one due callback. The second of two at once, one that is not due, and a repetition change nothing."""
    # Compare and set: the row itself says whether this hour was announced, whoever else sweeps at the same time.
    decided = CallTask.objects.filter(
        pk=task_id, stage=CallTask.Stage.CALLBACK, closed_at=None, reminded_at=None, due_at__lte=at
    ).update(reminded_at=at)
    if decided:
        journal.record([journal.Entry("call.due", subject=("call_task", task_id))], by=SWEEP, at=at)
    return bool(decided)
