"""Promised hours at which nobody rang: rung later, on the next day, or ended, as the shop's rule says."""

from datetime import timedelta

import pytest

from orders import calls
from orders.calls import missed
from orders.models import CallTask, Hold, JournalEvent
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def promised(at, **fields):
    """Take an order in whose customer was promised a call at that hour."""
    order = make.order()
    CallTask.objects.filter(order=order).update(stage="callback", due_at=at, **fields)
    return CallTask.objects.get(order=order)


def swept(task, at):
    calls.follow_missed(at=at)
    task.refresh_from_db()
    return task


def test_without_a_rule_it_stays_first_until_somebody_rings():
    make.shop()
    task = promised(make.AT)

    assert calls.follow_missed(at=make.after(hours=7)) == 0
    assert calls.take_next(make.manager().pk, at=make.after(hours=7)).task.pk == task.pk


def test_next_day_at_the_same_hour_once_and_after_the_waiting_time():
    make.shop(missed_callback="next_day", missed_callback_after_minutes=30)
    task = promised(make.AT)

    assert swept(task, make.after(minutes=29)).due_at == make.AT
    assert swept(task, make.after(minutes=30)).due_at == make.AT + timedelta(days=1)
    assert calls.follow_missed(at=make.after(minutes=31)) == 0
    assert task.stage == "callback"
    assert JournalEvent.objects.filter(kind="call.promise_missed").count() == 1


def test_same_hour_stays_the_same_hour_when_the_clock_changes():
    """On the night to the 29th of March the clocks of Sofia go ahead: four in the afternoon stays four."""
    make.shop(zone="Europe/Sofia", country="BG", missed_callback="next_day")
    at = make.AT.replace(month=3, day=28, year=2026, hour=14)
    task = promised(at, zone="Europe/Sofia")

    assert swept(task, at + timedelta(hours=2)).due_at == at + timedelta(hours=23)


def test_quiet_hour_is_kept_free_unless_the_customer_asked_for_it():
    make.shop(missed_callback="next_day")
    night = make.AT.replace(hour=22)
    polite = promised(night)

    assert swept(polite, night + timedelta(hours=1)).due_at == make.AT.replace(day=25, hour=9)

    CallTask.objects.filter(pk=polite.pk).update(due_at=night, asked_by_customer=True)
    assert swept(polite, night + timedelta(hours=1)).due_at == night + timedelta(days=1)


def test_ended_one_leaves_its_order_to_a_manager():
    make.shop(missed_callback="close")
    task = promised(make.AT)

    assert swept(task, make.after(hours=2)).closed_at == make.after(hours=2)
    assert Hold.objects.filter(order=task.order, reason="other", closed_at=None, role="manager").count() == 1


def test_customer_who_is_being_talked_to_was_not_missed():
    make.shop(missed_callback="close")
    task = promised(make.AT)
    calls.take(task.pk, person=make.manager().pk, at=make.after(minutes=59))

    assert swept(task, make.after(minutes=61)).closed_at is None


def test_second_sweep_that_saw_the_same_row_changes_nothing(monkeypatch):
    """Negative control too: were it not looked at again under its lock, the hour would move by two days."""
    make.shop(missed_callback="next_day")
    task = promised(make.AT)
    calls.follow_missed(at=make.after(hours=2))

    assert missed.follow(task.pk, at=make.after(hours=2)) is False
    task.refresh_from_db()
    assert task.due_at == make.AT + timedelta(days=1)
    monkeypatch.setattr(missed, "_missed", lambda shop, at: CallTask.objects.filter(closed_at=None))
    assert missed.follow(task.pk, at=make.after(hours=30)) is True
