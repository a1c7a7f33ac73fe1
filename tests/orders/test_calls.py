"""The call desk chooses whom to ring, and one customer is talked to by one person."""

from datetime import timedelta

import pytest

from orders import calls, intake
from orders.calls import leases
from orders.calls.outcomes import NewAttempt
from orders.models import CallAttempt, CallTask, JournalEvent, PersonalValue, PhoneLease
from tests import make

pytestmark = pytest.mark.django_db
OTHER = "+79031112233"
MINUTE = timedelta(minutes=1)


def called(person, outcome, *, at, **fields):
    """Take the next call and settle it."""
    talk = calls.take_next(person.pk, at=at)
    attempt = NewAttempt(outcome=outcome, **fields)
    return calls.settle(talk.task.pk, attempt, by=person.subject.actor, person=person.pk, at=at, token=talk.token)


def test_taking_a_call_leases_every_phone_and_takes_every_task_of_the_customer():
    first = make.order(phone=f"{make.PHONE}, {OTHER}")
    second = make.order(phone=OTHER)
    anna, boris = make.manager(), make.manager()

    talk = calls.take_next(anna.pk, at=make.AT)

    assert sorted(talk.phones) == sorted([make.PHONE, OTHER])
    assert {task.order_id for task in talk.tasks} == {first.pk, second.pk}
    assert set(PhoneLease.objects.values_list("phone", "person")) == {(make.PHONE, anna.pk), (OTHER, anna.pk)}
    with pytest.raises(calls.NothingDue):
        calls.take_next(boris.pk, at=make.AT)


def test_other_phone_of_a_leased_customer_is_leased_too():
    """Negative control: a lease of the task's own phone alone would give the same customer away twice."""
    make.order(phone=f"{make.PHONE}, {OTHER}")
    make.order(phone=OTHER)
    anna, boris = make.manager(), make.manager()
    calls.take_next(anna.pk, at=make.AT)
    free = CallTask.objects.get(phone=OTHER)

    with pytest.raises(calls.PhoneBusy):
        calls.take(free.pk, person=boris.pk, at=make.AT)

    PhoneLease.objects.filter(phone=OTHER).delete()
    CallTask.objects.filter(pk=free.pk).update(customer=None)
    assert calls.take(free.pk, person=boris.pk, at=make.AT).phones == [OTHER]


def test_person_in_a_conversation_gets_it_back_prolonged():
    make.order()
    make.order(phone=OTHER)
    anna = make.manager()
    first = calls.take_next(anna.pk, at=make.AT)

    again = calls.take_next(anna.pk, at=make.after(minutes=5))

    assert (again.task, again.token) == (first.task, first.token)
    assert again.until == make.after(minutes=15)
    assert PhoneLease.objects.count() == 1


def test_conversation_that_was_settled_elsewhere_is_not_given_back():
    order = make.order()
    make.order(phone=OTHER)
    anna = make.manager()
    calls.take_next(anna.pk, at=make.AT)
    calls.confirm(order.pk, by=make.BY, at=make.AT)

    assert calls.take_next(anna.pk, at=make.after(minutes=1)).task.phone == OTHER
    assert not PhoneLease.objects.filter(phone=make.PHONE).exists()


def test_expired_lease_gives_the_customer_back_to_all():
    make.order()
    anna, boris = make.manager(), make.manager()
    calls.take_next(anna.pk, at=make.AT)

    with pytest.raises(calls.NothingDue):
        calls.take_next(boris.pk, at=make.AT + leases.LASTS - MINUTE)
    assert calls.take_next(boris.pk, at=make.AT + leases.LASTS).task.taken_by == boris


def test_heartbeat_prolongs_and_is_refused_once_it_ran_out():
    make.order()
    anna, boris = make.manager(), make.manager()
    talk = calls.take_next(anna.pk, at=make.AT)

    assert calls.heartbeat(talk.task.pk, person=anna.pk, at=make.after(minutes=9)) == make.after(minutes=19)
    with pytest.raises(calls.NotYourCall):
        calls.heartbeat(talk.task.pk, person=boris.pk, at=make.after(minutes=9))
    with pytest.raises(calls.NotYourCall):
        calls.heartbeat(talk.task.pk, person=anna.pk, at=make.after(minutes=19))


def test_callbacks_come_first_then_the_late_then_the_new_then_retries():
    def task(number, **fields):
        order = make.order(phone=f"+7916000000{number}")
        CallTask.objects.filter(order=order).update(**fields)
        return CallTask.objects.get(order=order)

    stage = CallTask.Stage
    retry = task(1, stage=stage.RETRY)
    dear = task(2, total_minor=90_000)
    promised = task(3, promised_on=make.AT.date())
    late = task(4, limit_at=make.AT - MINUTE)
    callback = task(5, stage=stage.CALLBACK)

    taken = [calls.take_next(make.manager().pk, at=make.AT).task for _ in range(5)]

    assert taken == [callback, late, promised, dear, retry]
    assert [one.score["why"] for one in taken] == ["callback", "late", "new", "new", "retry"]
    assert taken[3].score["total_minor"] == 90_000


def test_task_that_is_not_due_is_not_taken():
    order = make.order()
    CallTask.objects.update(due_at=make.after(minutes=1))

    with pytest.raises(calls.NothingDue):
        calls.take_next(make.manager().pk, at=make.AT)
    with pytest.raises(calls.TaskGone):
        calls.take(order.call_tasks.get().pk, person=make.manager().pk, at=make.AT)
    assert not PhoneLease.objects.exists()


def test_skipped_call_comes_again_in_ten_minutes_with_the_reason_in_the_journal():
    order = make.order()
    anna, boris = make.manager(), make.manager()
    talk = calls.take_next(anna.pk, at=make.AT)

    calls.skip(talk.task.pk, "speaks only French", by=anna.subject.actor, person=anna.pk, at=make.AT)

    assert CallTask.objects.get().due_at == make.after(minutes=10)
    event = JournalEvent.objects.get(kind="call.skipped")
    assert (event.order_id, event.actor) == (order.pk, anna.subject.actor)
    assert "French" not in str(event.data)
    assert PersonalValue.objects.get(event=event, field="reason").new == "speaks only French"
    assert calls.take_next(boris.pk, at=make.after(minutes=10)).task.order_id == order.pk


def test_somebody_elses_call_cannot_be_skipped():
    make.order()
    talk = calls.take_next(make.manager().pk, at=make.AT)
    boris = make.manager()

    with pytest.raises(calls.NotYourCall):
        calls.skip(talk.task.pk, "no", by=boris.subject.actor, person=boris.pk, at=make.AT)
    assert CallTask.objects.get().due_at == make.AT


def test_customer_who_sleeps_is_not_rung_and_the_next_one_is():
    """At two in the afternoon in Moscow it is nine in the evening in Vladivostok."""
    asleep = make.order(phone="+74232222222")
    awake = make.order()
    assert asleep.zone == "Asia/Vladivostok"
    anna = make.manager()

    talk = calls.take_next(anna.pk, at=make.after(hours=2))

    assert talk.task.order_id == awake.pk
    with pytest.raises(calls.NotYourHour):
        calls.take(asleep.call_tasks.get().pk, person=make.manager().pk, at=make.after(hours=2))


def test_customer_who_asked_for_a_quiet_hour_is_rung_in_it():
    make.order()
    CallTask.objects.update(stage=CallTask.Stage.CALLBACK, asked_by_customer=True)

    assert calls.take_next(make.manager().pk, at=make.after(hours=9)).task.phone == make.PHONE


def test_shop_that_does_not_call_at_weekends_rings_on_monday():
    """The settings count weekdays from Monday = 1."""
    make.shop(calls_weekdays="12345")
    saturday, monday = make.after(days=5), make.after(days=7).replace(hour=9)

    order = make.order(at=saturday)

    assert order.call_tasks.get().due_at == monday
    assert make.order(at=make.after(days=4), phone=OTHER).call_tasks.get().due_at == make.after(days=4)


def test_phone_that_was_rung_three_times_today_waits_for_tomorrow():
    anna = make.manager()
    for hour in range(3):
        make.order(at=make.after(hours=hour))
        called(anna, "declined", at=make.after(hours=hour), reason="test")
    make.order(at=make.after(hours=3))
    other = make.order(at=make.after(hours=3), phone=OTHER)

    talk = calls.take_next(anna.pk, at=make.after(hours=3))

    assert talk.task.order_id == other.pk
    rolled = CallTask.objects.get(phone=make.PHONE, closed_at=None)
    assert rolled.due_at == make.after(days=1).replace(hour=9)
    assert CallAttempt.objects.count() == 3


def test_order_without_a_dialable_phone_is_held_and_no_call():
    make.product("A", on_hand=1)
    order = make.order(phone="no phone")

    assert not CallTask.objects.exists()
    assert [hold.reason for hold in order.holds.all()] == ["bad_phone"]


def test_board_tells_depth_age_and_who_talks():
    make.order()
    make.order(phone=OTHER)
    CallTask.objects.filter(phone=OTHER).update(due_at=make.after(hours=1))
    anna = make.manager()
    calls.take_next(anna.pk, at=make.AT)

    board = calls.see_board(at=make.AT)

    assert [(row.mode, row.open, row.due, row.oldest_due_at) for row in board.queues] == [("confirm", 2, 1, make.AT)]
    assert [(row.person, row.phones) for row in board.talks] == [(anna.pk, 1)]
    assert not calls.see_board(at=make.AT + leases.LASTS).talks


def test_imported_history_makes_no_calls():
    """Negative control of the queue: a channel that needs no contact opens no task."""
    intake.take_in(make.new_order(channel=make.channel("old", contact="optional"), phone=""), by=make.BY, at=make.AT)

    with pytest.raises(calls.NothingDue):
        calls.take_next(make.manager().pk, at=make.AT)


def test_attempt_notes_for_how_long_its_order_had_waited_inside_the_hours():
    order, anna = make.order(at=make.AT), make.manager()

    called(anna, "no_answer", at=make.after(minutes=25))

    event = JournalEvent.objects.get(kind="call.attempted", order=order)
    assert event.data["waited"] == 25
