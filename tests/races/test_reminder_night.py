"""A night of reminders by real processes, in small; the long one is run by hand (`tests/soak/reminder_night.py`)."""

from datetime import timedelta

import pytest

from orders.models import JournalEvent, Reminder
from shopdesk.base.access import SWEEP
from tests.soak import reminder_night

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def test_every_reminder_is_decided_once_whatever_dies_and_however_the_clock_jumps():
    verdict = reminder_night.run(seed=4, orders=90, seconds=5, again=False)

    assert verdict.is_right, str(verdict)
    assert verdict.expected > 60
    assert verdict.dropped
    assert verdict.killed == ["worker1", "broker", "beat1", "worker2"]

    # Negative control: the judge sees what is told twice, what comes too early, and what nobody expected.
    expected = {(row.what, row.subject, row.due_at): row.state for row in Reminder.objects.all()}
    told = JournalEvent.objects.filter(kind="call.due").first()
    JournalEvent.objects.create(
        kind=told.kind, subject_kind=told.subject_kind, subject_id=told.subject_id, actor_kind=SWEEP.kind, at=told.at
    )
    late = Reminder.objects.filter(what="hold").first()
    Reminder.objects.filter(pk=late.pk).update(decided_at=late.due_at - timedelta(seconds=1))
    expected.popitem()
    again = reminder_night.judge(expected, [])
    assert (len(again.twice), len(again.early), len(again.unexpected)) == (1, 1, 1)
