"""Two beats close a day once."""

import pytest

from orders.models import JournalEvent
from reports import audit, closing
from reports.models import Closing
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def test_two_beats_close_each_day_once(side_by_side):
    make.order(at=make.AT)
    make.order(at=make.after(days=1))

    closed = side_by_side(*[lambda: closing.close_due(at=make.after(days=3))] * 6)

    assert not [one for one in closed if isinstance(one, Exception)]
    assert Closing.objects.count() == 3
    assert JournalEvent.objects.filter(kind="period.closed").count() == 3
    assert not [check.id for check in audit.checks() if check.find("default").broken]


def test_without_the_lock_two_beats_collide(side_by_side, monkeypatch):
    """Negative control: only the lock makes the second beat find what the first one did."""
    make.order(at=make.AT)
    monkeypatch.setattr(closing, "_lock", unlocked)
    collided = []

    for _ in range(20):
        found = side_by_side(*[lambda: closing.close_due(at=make.after(days=90))] * 6)
        collided += [one for one in found if isinstance(one, Exception)]
        if collided:
            break

    assert collided


def unlocked():
    """Read the row that says how far the books are closed, and lock nothing."""
    lock, _ = closing.PeriodLock.objects.get_or_create(pk=1, defaults={"until": closing.NEVER})
    return lock
