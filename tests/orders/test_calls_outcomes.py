"""What a call came to is always kept, and applied once, by whoever has the customer."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F

from orders import calls, changes, queues
from orders.calls import NewAttempt, OrderOutcome
from orders.lifecycle import ForbiddenMove
from orders.models import CallAttempt, CallTask, Hold, JournalEvent, Mode, Order, PersonalValue, PhoneLease, StockLevel
from orders.status import HoldReason, Status
from shopdesk.base.errors import Malformed
from tests import make

pytestmark = pytest.mark.django_db
OTHER = "+79031112233"


@pytest.fixture
def anna():
    return make.manager()


@pytest.fixture
def boris():
    return make.manager()


def settled(talk, person, outcome="", *, at=make.AT, **fields):
    attempt = NewAttempt(outcome=outcome, **fields)
    return calls.settle(talk.task.pk, attempt, by=person.subject.actor, person=person.pk, at=at, token=talk.token)


def called(person, outcome, *, at=make.AT, **fields):
    return settled(calls.take_next(person.pk, at=at), person, outcome, at=at, **fields)


@pytest.mark.parametrize("outcome", ["confirmed", "confirmed_changed"])
def test_confirmed_order_goes_on_and_the_customer_is_free(anna, outcome):
    order = make.order()

    called(anna, outcome)

    order.refresh_from_db()
    task = CallTask.objects.get()
    assert (order.status, order.ship_on) == (Status.CONFIRMED, make.AT.date())
    assert (task.closed_at, task.outcome) == (make.AT, outcome)
    assert not PhoneLease.objects.exists()
    assert order.version == order.events.count()


def test_held_order_is_confirmed_all_the_same_but_not_packed(anna):
    order = make.order(items=[("UNKNOWN", 1, "10.00")])
    assert Hold.objects.filter(order=order, closed_at=None).exists()

    called(anna, "confirmed")

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert order not in queues.to_pack(Order.objects.all(), make.AT.date())


def test_declined_order_frees_its_goods(anna):
    make.product("A", on_hand=3)
    order = make.order()
    assert StockLevel.objects.get().reserved == 1

    called(anna, "declined", reason="price")

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "price")
    assert StockLevel.objects.get().reserved == 0


def test_declined_without_a_reason_is_refused_and_nothing_is_stored(anna):
    order = make.order()

    with pytest.raises(Malformed):
        called(anna, "declined")

    order.refresh_from_db()
    assert order.status == Status.NEW
    assert not CallAttempt.objects.exists()


@pytest.mark.parametrize(
    ("outcome", "reason"), [("duplicate", "duplicate"), ("fake", "fake"), ("do_not_call", "other")]
)
def test_outcome_that_names_its_own_reason_cancels(anna, outcome, reason):
    order = make.order()

    called(anna, outcome)

    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, reason)


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "unreachable", "voicemail", "dropped", "thinking"])
def test_customer_who_was_not_reached_is_rung_again_in_a_quarter_of_an_hour(anna, outcome):
    order = make.order()

    called(anna, outcome)

    task = CallTask.objects.get()
    assert (task.stage, task.due_at, task.closed_at) == ("retry", make.after(minutes=15), None)
    order.refresh_from_db()
    assert order.status == Status.NEW
    assert not PhoneLease.objects.exists()


def test_customer_who_is_never_reached_is_rung_seven_times_and_given_up(anna):
    order = make.order()
    rung = []
    while task := CallTask.objects.filter(closed_at=None).first():
        at = task.due_at
        called(anna, "no_answer", at=at)
        rung.append(at.astimezone(make.AT.tzinfo))

    assert [(at - make.AT).days for at in rung] == [0, 0, 0, 0, 1, 1, 2]
    assert [f"{at:%d %H:%M}" for at in rung] == [
        "23 12:00", "23 12:15", "23 14:15", "24 09:00", "24 17:00", "25 09:00", "25 17:00",
    ]  # fmt: skip
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "no_contact")


def test_callback_is_due_when_the_customer_said(anna):
    make.order()

    called(anna, "callback", callback_at=make.after(hours=3))

    task = CallTask.objects.get()
    assert (task.stage, task.due_at) == ("callback", make.after(hours=3))
    with pytest.raises(calls.NothingDue):
        calls.take_next(anna.pk, at=make.after(hours=3) - timedelta(seconds=1))
    assert calls.take_next(anna.pk, at=make.after(hours=3)).task == task


def test_callback_at_night_needs_the_tick(anna):
    make.order()
    night = make.after(hours=10)
    talk = calls.take_next(anna.pk, at=make.AT)

    with pytest.raises(calls.QuietThen):
        settled(talk, anna, "callback", callback_at=night)
    assert not CallAttempt.objects.exists()
    settled(talk, anna, "callback", callback_at=night, asked_by_customer=True)
    assert calls.take_next(anna.pk, at=night).task == talk.task


@pytest.mark.parametrize("when", [None, make.AT])
def test_callback_needs_an_hour_to_come(anna, when):
    make.order()

    with pytest.raises(Malformed):
        called(anna, "callback", callback_at=when)


def test_wrong_number_goes_on_with_the_other_phone_then_asks_a_manager(anna):
    make.product("A", on_hand=1)
    order = make.order(phone=f"{make.PHONE}, {OTHER}")
    talk = calls.take_next(anna.pk, at=make.AT)

    settled(talk, anna, "wrong_number")

    assert CallTask.objects.get().phone == OTHER
    again = calls.take_next(anna.pk, at=make.after(minutes=1))
    assert again.token == talk.token
    assert not order.holds.exists()

    settled(again, anna, "wrong_number", at=make.after(minutes=1))

    hold = order.holds.get()
    assert (hold.reason, hold.role, hold.closed_at) == (HoldReason.BAD_PHONE, "manager", None)
    assert CallTask.objects.get().closed_at == make.after(minutes=1)
    assert not queues.idle().exists()
    assert not PhoneLease.objects.exists()


def test_one_call_settles_several_orders_each_its_own_way(anna):
    make.product("A", on_hand=5)
    first, second, third = make.order(), make.order(), make.order()
    talk = calls.take_next(anna.pk, at=make.AT)

    settled(
        talk, anna, orders=[OrderOutcome(first.pk, "confirmed"), OrderOutcome(second.pk, "declined", "changed_mind")]
    )

    assert list(Order.objects.order_by("pk").values_list("status", flat=True)) == ["confirmed", "cancelled", "new"]
    assert CallAttempt.objects.count() == 2
    assert PhoneLease.objects.exists()  # the third one has no outcome yet

    rest = calls.take_next(anna.pk, at=make.AT)
    assert rest.task.order_id == third.pk
    settled(rest, anna, "confirmed")
    assert not PhoneLease.objects.exists()
    assert StockLevel.objects.get().reserved == 2


def test_order_of_another_customer_cannot_be_settled_in_this_call(anna):
    make.order()
    foreign = make.order(phone=OTHER)
    CallTask.objects.filter(order=foreign).update(due_at=make.after(hours=1))
    talk = calls.take_next(anna.pk, at=make.AT)

    with pytest.raises(Malformed):
        settled(talk, anna, orders=[OrderOutcome(foreign.pk, "confirmed")])
    foreign.refresh_from_db()
    assert foreign.status == Status.NEW


def test_nobody_answered_goes_for_all_that_is_due_with_this_phone_and_counts_as_one_call(anna):
    make.order()
    make.order()
    later = make.order()
    CallTask.objects.filter(order=later).update(due_at=make.after(days=2))

    called(anna, "no_answer")

    due = CallTask.objects.order_by("pk").values_list("due_at", flat=True)
    assert list(due) == [make.after(minutes=15), make.after(minutes=15), make.after(days=2)]
    assert not PhoneLease.objects.exists()
    for minutes in (15, 135):
        called(anna, "no_answer", at=make.after(minutes=minutes))
    assert set(CallTask.objects.exclude(order=later).values_list("due_at", flat=True)) == {
        make.after(days=1).replace(hour=9)
    }


def test_late_outcome_is_kept_but_not_applied_when_somebody_took_the_task_since(anna, boris):
    order = make.order()
    lost = calls.take_next(anna.pk, at=make.AT)
    calls.take_next(boris.pk, at=make.after(minutes=11))

    results = settled(lost, anna, "declined", reason="price", at=make.after(minutes=12))

    order.refresh_from_db()
    assert [result.applied for result in results] == [False]
    assert (order.status, CallTask.objects.get().taken_by) == (Status.NEW, boris)
    assert CallAttempt.objects.get().applied is False
    assert PhoneLease.objects.get().person == boris


def test_late_outcome_is_applied_when_nobody_took_the_task_since(anna):
    """Negative control of the one above: the lease ran out as well, but nobody came."""
    order = make.order()
    lost = calls.take_next(anna.pk, at=make.AT)

    results = settled(lost, anna, "declined", reason="price", at=make.after(minutes=12))

    order.refresh_from_db()
    assert [result.applied for result in results] == [True]
    assert order.status == Status.CANCELLED


def test_late_outcome_without_a_token_is_told_apart_by_the_person(anna, boris):
    make.order()
    lost = calls.take_next(anna.pk, at=make.AT)
    called(boris, "no_answer", at=make.after(minutes=11))

    attempt = NewAttempt(outcome="confirmed")
    by = anna.subject.actor
    results = calls.settle(lost.task.pk, attempt, by=by, person=anna.pk, at=make.after(minutes=12))

    assert [result.applied for result in results] == [False]
    assert CallTask.objects.get().due_at == make.after(minutes=26)


def test_same_outcome_sent_twice_is_kept_twice_and_applied_once(anna):
    make.order()
    talk = calls.take_next(anna.pk, at=make.AT)

    first, second = (settled(talk, anna, "no_answer")[0] for _ in range(2))

    assert (first.applied, second.applied) == (True, False)
    assert CallTask.objects.get().due_at == make.after(minutes=15)
    assert CallAttempt.objects.count() == 2


def test_call_about_a_delivery_ends_with_its_outcome_and_moves_no_order(anna):
    order = make.order()
    calls.confirm(order.pk, by=make.BY, at=make.AT)
    CallTask.objects.create(
        order=order, customer=order.customer, phone=make.PHONE, mode=Mode.DELIVERY_PROBLEM, due_at=make.AT,
        opened_at=make.AT,
    )  # fmt: skip

    called(anna, "declined", reason="delivery_time")

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert not CallTask.objects.filter(closed_at=None).exists()


def test_order_that_must_be_agreed_again_is_confirmed_again(anna):
    order = make.order()
    calls.confirm(order.pk, by=make.BY, at=make.AT)
    changes.agree_again(order.pk, by=make.BY, at=make.AT)

    called(anna, "confirmed")

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert CallTask.objects.get(closed_at=make.AT, outcome="confirmed").mode == Mode.RECONFIRM


def test_attempt_is_a_fact_and_its_note_is_personal(anna):
    order = make.order()

    called(anna, "confirmed", note="said that Olga will be at home")

    attempt = CallAttempt.objects.get()
    assert (attempt.person, attempt.order, attempt.phone.phone) == (anna, order, make.PHONE)
    assert "Olga" not in str(attempt.event.data)
    assert PersonalValue.objects.get(event=attempt.event, field="note").new.endswith("at home")
    with pytest.raises(DatabaseError), transaction.atomic():
        CallAttempt.objects.update(outcome="fake")
    with pytest.raises(DatabaseError), transaction.atomic():
        CallAttempt.objects.all().delete()


def test_confirming_without_a_call_closes_the_call_and_is_refused_twice(anna):
    order = make.order()

    assert calls.confirm(order.pk, by=anna.subject.actor, at=make.AT, why="by letter").status == Status.CONFIRMED

    assert CallTask.objects.get().closed_at == make.AT
    with pytest.raises(ForbiddenMove):
        calls.confirm(order.pk, by=anna.subject.actor, at=make.AT, why="by letter")
    assert JournalEvent.objects.filter(to_status=Status.CONFIRMED).count() == 1


def test_due_callback_is_announced_once_and_never_early(anna):
    make.order()
    called(anna, "callback", callback_at=make.after(hours=2))

    assert calls.remind_due(at=make.after(hours=2) - timedelta(microseconds=1)) == 0
    assert [calls.remind_due(at=make.after(hours=hours)) for hours in (2, 2, 3)] == [1, 0, 0]
    assert JournalEvent.objects.filter(kind="call.due").count() == 1


def test_callback_that_was_put_off_is_announced_again_at_its_new_hour(anna):
    make.order()
    called(anna, "callback", callback_at=make.after(hours=2))
    assert calls.remind_due(at=make.after(hours=2)) == 1
    called(anna, "callback", callback_at=make.after(hours=4), at=make.after(hours=2))

    assert [calls.remind_due(at=make.after(hours=hours)) for hours in (3, 4, 5)] == [0, 1, 0]


def test_retry_is_no_callback_to_announce(anna):
    """Negative control: only what the customer asked for is announced."""
    make.order()
    called(anna, "no_answer")

    assert calls.remind_due(at=make.after(days=1)) == 0
    assert not CallTask.objects.filter(opened_at__gt=F("due_at")).exists()
