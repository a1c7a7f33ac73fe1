"""Reminders: each is there once and decided once, told in time or dropped as stale, whatever clocks and workers do."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orders import calls, changes
from orders.calls import reminders
from orders.models import CallTask, Hold, JournalEvent, Reminder
from orders.status import HoldReason
from shopdesk.base.access import Kind, Subject
from tests import make

pytestmark = pytest.mark.django_db
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(seconds=45)
NIGHTS = [
    ("Europe/Sofia", datetime(2026, 10, 24, 23, 30, tzinfo=UTC)),  # the clock goes back at four
    ("Europe/Sofia", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),  # and ahead at three
    ("Europe/Moscow", datetime(2027, 12, 31, 20, 30, tzinfo=UTC)),
    ("Europe/Moscow", datetime(2028, 2, 28, 20, 30, tzinfo=UTC)),
]


def task_of(place, zone, begins, **fields):
    """Open a call in that zone; several of them are due around the hour that the night is about."""
    order = make.order(phone=f"+3598850000{place:02}", at=begins)
    CallTask.objects.filter(order=order).update(zone=zone, limit_at=None, **fields)
    return CallTask.objects.get(order=order)


def walk(at, minutes, zone):
    """Give when so many minutes between nine and eight have passed, minute by minute."""
    while minutes:
        clock = at.astimezone(ZoneInfo(zone))
        minutes -= 9 <= clock.hour < 20
        at += MINUTE
    return at


def sweeps(hours):
    """Two beats wake sweeps every 45 seconds; one of them is a step behind by its clock. Those between tell nothing."""
    for hour in hours:
        for at in (hour - timedelta(seconds=1), hour, hour + TICK, hour + 2 * TICK):
            yield at
            yield at - timedelta(seconds=2)


def kill_some(at, every):
    """Workers die after they counted their try and before they told."""
    for key in Reminder.objects.filter(state="waiting", due_at__lte=at, tries=0).values_list("pk", flat=True):
        if key % every == 0:
            reminders._count_try(key, at=at)


@pytest.mark.once
@pytest.mark.parametrize(("zone", "begins"), NIGHTS)
def test_every_expected_row_is_decided_once_and_in_time(zone, begins):
    make.shop(zone=zone, country="BG")
    stage = CallTask.Stage.CALLBACK
    due = [begins + minutes * MINUTE for minutes in (1, 29, 30, 31, 59, 61, 89)]
    asked = [task_of(place, zone, begins, stage=stage, due_at=at) for place, at in enumerate(due)]
    late = task_of(20, zone, begins)
    CallTask.objects.filter(pk=late.pk).update(limit_at=begins + 40 * MINUTE)
    lost = task_of(21, zone, begins)  # its limit is broken while nothing runs, and nobody hears of it in time
    CallTask.objects.filter(pk=lost.pk).update(limit_at=begins + 2 * HOUR)
    morning = begins + 2 * HOUR + 13 * HOUR

    for at in [*sweeps(sorted([*due, begins + 40 * MINUTE])), *sweeps([morning])]:
        reminders.collect(at=at)
        kill_some(at, every=3)
        calls.remind_due(at=at)

    still = walk(begins + 40 * MINUTE, 60, zone)
    expected = {("callback", task.pk, at): "done" for task, at in zip(asked, due, strict=True)}
    expected |= {("late", late.pk, begins + 40 * MINUTE): "done", ("late", lost.pk, begins + 2 * HOUR): "dropped"}
    expected |= {
        ("late_still", late.pk, still): "done",
        ("late_still", lost.pk, walk(begins + 2 * HOUR, 60, zone)): "done",
    }
    rows = {(row.what, row.subject, row.due_at): row for row in Reminder.objects.all()}
    assert set(rows) == set(expected)
    soon = {key: row.state for key, row in rows.items() if key[2] <= morning}
    assert soon == {key: state for key, state in expected.items() if key[2] <= morning}
    for row in Reminder.objects.filter(state="done", due_at__lt=begins + 95 * MINUTE):
        assert timedelta() <= row.decided_at - row.due_at <= timedelta(seconds=120)
    assert JournalEvent.objects.filter(kind="call.due").count() == len(due)


def test_row_without_its_key_would_be_told_twice():
    """Negative control: what keeps two sweeps from telling one thing twice is the row's key and its state."""
    order = make.order()
    CallTask.objects.filter(order=order).update(stage="callback", due_at=make.AT)
    calls.remind_due(at=make.AT)
    assert calls.remind_due(at=make.AT) == 0

    Reminder.objects.all().delete()

    assert calls.remind_due(at=make.AT) == 1
    assert JournalEvent.objects.filter(kind="call.due").count() == 2


def test_poison_row_is_given_up_and_those_behind_it_are_told(monkeypatch):
    first, second = make.order(), make.order(phone="+79031112233")
    CallTask.objects.update(stage="callback", due_at=make.AT)
    poison = CallTask.objects.get(order=first).pk
    announce = reminders.TELL["callback"].follow

    def explode(row, at):
        if row.subject == poison:
            raise RuntimeError("the handler of this row always fails")
        announce(row, at)

    monkeypatch.setitem(reminders.TELL, "callback", reminders._Tell(reminders._rings_back, explode))
    for sweep in range(7):
        with suppress(RuntimeError):
            calls.remind_due(at=make.after(seconds=61 * sweep))

    assert {row.subject: row.state for row in Reminder.objects.all()} == {
        poison: "stuck", CallTask.objects.get(order=second).pk: "done",
    }  # fmt: skip
    assert [row.subject for row in reminders.stuck()] == [poison]


def test_broken_limit_is_told_to_whose_call_it_is_and_an_hour_later_to_the_owner():
    anna = make.manager()
    calls.switch(anna.pk, "on_calls", by=make.BY, at=make.after(minutes=55))
    order = make.order()
    CallTask.objects.filter(order=order).update(owner=anna)

    assert [calls.remind_due(at=make.after(minutes=minutes)) for minutes in (59, 60, 119, 120)] == [0, 1, 0, 1]

    told = {row.what: (row.person_id, row.role) for row in Reminder.objects.all()}
    assert told == {"late": (anna.pk, "manager"), "late_still": (None, "owner")}
    owner = Subject(Kind.OWNER, make.owner().pk)
    assert [row.what for row in calls.reminders_for(owner, at=make.after(hours=2))] == ["late_still"]
    assert [row.what for row in calls.reminders_for(anna.subject, at=make.after(hours=2))] == ["late"]
    mine = [row.pk for row in calls.reminders_for(anna.subject, at=make.after(hours=2))]
    assert calls.mark_seen(mine, subject=owner, at=make.after(hours=2)) == 0
    assert calls.mark_seen(mine, subject=anna.subject, at=make.after(hours=2)) == 1


def test_limit_is_broken_in_working_hours_alone():
    """Taken in a quarter of an hour before the evening's end: late a quarter before ten, and told by then."""
    make.order(at=make.AT.replace(hour=19, minute=45))

    assert CallTask.objects.get().limit_at == make.AT.replace(day=24, hour=9, minute=45)
    assert calls.remind_due(at=make.AT.replace(day=24, hour=9, minute=44)) == 0
    assert calls.remind_due(at=make.AT.replace(day=24, hour=9, minute=45)) == 1


def test_call_that_was_made_breaks_no_limit():
    make.order()
    anna = make.manager()
    talk = calls.take_next(anna.pk, at=make.AT)
    calls.settle(talk.task.pk, calls.NewAttempt("no_answer"), by=make.BY, person=anna.pk, at=make.AT, token=talk.token)

    assert calls.remind_due(at=make.after(hours=5)) == 0
    assert not Reminder.objects.exists()


def test_hold_past_its_hour_is_told_until_it_ends():
    make.product("A", on_hand=2)
    order = make.order()
    until = make.after(minutes=10)
    changes.hold(order.pk, HoldReason.OTHER, until=until, by=make.BY, at=make.AT)

    assert calls.remind_due(at=until) == 1
    assert Reminder.objects.get(what="hold").subject == Hold.objects.get(order=order).pk


def test_goods_of_an_order_that_nobody_agreed_are_free_and_come_back_when_it_is():
    make.product("A", on_hand=1)
    order = make.order()

    assert calls.free_due(at=make.after(hours=71)) == 0
    assert [calls.free_due(at=make.after(hours=72)) for _ in range(2)] == [1, 0]

    assert order.lines.get().reserved == 0
    other = make.order(phone="+79031112233", at=make.after(hours=72))
    assert other.lines.get().reserved == 1
    assert Reminder.objects.get(what="freed").order == order
    changes.cancel(other.pk, "price", by=make.BY, at=make.after(hours=73))
    calls.confirm(order.pk, by=make.BY, at=make.after(hours=74))
    assert order.lines.get().reserved == 1


def test_clocks_of_what_waits_for_money_and_of_what_people_typed_in_are_their_own():
    make.shop(confirm_within_hours=10, pay_within_hours=20, confirm_manual_within_hours=30)
    cash = make.order()
    prepaid = make.order(payment_method="prepaid", phone="+79031112233")
    typed = make.order(channel=make.channel("phone", kind="manual"), phone="+79031112244")

    until = [order.reserved_until - make.AT for order in (cash, prepaid, typed)]
    assert until == [10 * HOUR, 20 * HOUR, 30 * HOUR]
