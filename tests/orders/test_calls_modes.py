"""What happens to orders and parcels opens calls about them, and ends them."""

from datetime import timedelta

import pytest

from orders import calls, changes, queues
from orders.models import CallTask, Hold, Mode, Reminder
from orders.status import HoldReason, Status
from tests import make

pytestmark = pytest.mark.django_db


def open_modes(order):
    return set(CallTask.objects.filter(order=order, closed_at=None).values_list("mode", flat=True))


def test_parcel_at_the_pickup_point_is_rung_about_a_day_later_unless_it_is_fetched():
    make.product("A", on_hand=1)
    order = make.handed_over()

    make.said(order, "ready_for_pickup", at=make.AT)

    task = CallTask.objects.get(order=order, closed_at=None)
    assert (task.mode, task.due_at) == (Mode.BEFORE_PICKUP, make.after(days=1))
    make.said(order, "delivered", at=make.after(hours=3))
    task.refresh_from_db()
    assert task.closed_at == make.after(hours=3)


@pytest.mark.parametrize("code", ["delivery_failed", "exception", "cancelled"])
def test_parcel_in_trouble_is_rung_about_once(code):
    make.product("A", on_hand=1)
    order = make.handed_over()

    make.said(order, code, at=make.AT)
    make.said(order, code, at=make.after(minutes=5))

    task = CallTask.objects.get(order=order, closed_at=None)
    assert (task.mode, task.due_at) == (Mode.DELIVERY_PROBLEM, make.AT)


def test_news_that_something_newer_overtook_opens_no_call():
    make.product("A", on_hand=1)
    order = make.handed_over()
    make.said(order, "out_for_delivery", at=make.after(minutes=10))

    make.said(order, "delivery_failed", at=make.after(minutes=5))

    assert open_modes(order) == set()


@pytest.mark.parametrize("code", ["in_transit", "registered", "an odd code"])
def test_ordinary_news_opens_no_call(code):
    """Negative control."""
    make.product("A", on_hand=1)
    order = make.handed_over()

    make.said(order, code)

    assert open_modes(order) == set()


def test_customer_is_asked_on_the_seventh_day_how_it_went():
    make.product("A", on_hand=1)
    order = make.delivered()

    task = CallTask.objects.get(order=order, closed_at=None)
    assert (task.mode, task.due_at, task.limit_at) == (Mode.FOLLOW_UP, make.after(days=7), None)

    make.said(order, "returning", at=make.after(days=1), correction=True)

    order.refresh_from_db()
    assert (order.status, open_modes(order)) == (Status.RETURNING, set())


def test_shop_that_asks_nobody_and_marketplaces_have_no_follow_up():
    make.product("A", on_hand=2)
    make.shop(follow_up_after_days=0)
    assert open_modes(make.delivered()) == set()

    make.shop(follow_up_after_days=7)
    market = make.channel("market", contact="optional")
    order = make.order(channel=market)
    assert order.status == Status.CONFIRMED
    assert open_modes(order) == set()


def test_follow_up_waits_until_nobody_else_does():
    new = make.order(phone="+79031112233", at=make.after(days=7))
    make.product("A", on_hand=1)
    old = make.delivered()

    anna = make.manager()
    first = calls.take_next(anna.pk, at=make.after(days=7)).task
    calls.skip(first.pk, "later", by=make.BY, person=anna.pk, at=make.after(days=7))
    second = calls.take_next(anna.pk, at=make.after(days=7)).task

    assert (first.order_id, second.order_id) == (new.pk, old.pk)


def test_lost_parcel_is_told_its_customer():
    make.product("A", on_hand=1)
    order = make.handed_over()

    make.said(order, "lost")

    assert open_modes(order) == {Mode.DELIVERY_PROBLEM}


def test_order_that_must_be_agreed_again_without_a_phone_is_held():
    make.product("A", on_hand=1)
    order = make.order(channel=make.channel("market", contact="optional"), phone="")

    changes.agree_again(order.pk, by=make.BY, at=make.AT)

    assert [hold.reason for hold in order.holds.filter(closed_at=None)] == [HoldReason.BAD_PHONE]
    assert not queues.idle()


def test_order_whose_phone_hold_was_lifted_is_rung_again():
    make.product("A", on_hand=1)
    order = make.order()
    anna = make.manager()
    talk = calls.take_next(anna.pk, at=make.AT)
    calls.settle(talk.task.pk, calls.NewAttempt("wrong_number"), by=make.BY, person=anna.pk, at=make.AT)
    hold = Hold.objects.get(order=order, closed_at=None)

    changes.release_hold(order.pk, hold.pk, by=make.BY, at=make.after(hours=1))

    assert open_modes(order) == {Mode.CONFIRM}
    assert not queues.uncalled()


def test_every_order_says_what_the_desk_does_next_by_itself():
    make.product("A", on_hand=1)
    order = make.order()
    tasks = list(CallTask.objects.filter(order=order))

    late = queues.next_alone(order, [], tasks, make.AT)
    freed = queues.next_alone(order, [], tasks, make.after(hours=2))

    assert late == {"step": "remind_late", "at": make.after(hours=1), "rule": "first_call_limit"}
    assert freed == {"step": "free_goods", "at": make.after(hours=72), "rule": "confirmation_clock"}
    assert calls.remind_due(at=late["at"]) == 1
    assert calls.free_due(at=freed["at"]) == 1


def steps_ahead(order, at):
    order.refresh_from_db()
    holds = list(order.holds.filter(closed_at=None))
    return queues.next_alone(order, holds, list(order.call_tasks.filter(closed_at=None)), at)


def done_alone(order):
    """Give how many things the desk has done by itself about an order."""
    told = Reminder.objects.filter(order=order, state=Reminder.State.DONE).exclude(what=Reminder.What.FREED)
    return told.count() + order.events.filter(kind__in=["order.reservation_ended", "call.promise_missed"]).count()


def let_the_desk(at):
    calls.remind_due(at=at)
    calls.free_due(at=at)
    calls.follow_missed(at=at)


@pytest.mark.parametrize("rule", ["retry", "next_day", "close"])
@pytest.mark.parametrize("way", ["left", "callback", "held"])
def test_what_is_foretold_happens_at_its_minute_and_nothing_before(way, rule):
    """B9: however an order is left alone, each step comes when its card said, within a minute."""
    make.shop(missed_callback=rule)
    make.product("A", on_hand=5)
    order, at = make.order(), make.AT
    if way == "callback":
        CallTask.objects.filter(order=order).update(stage="callback", due_at=make.after(hours=2), limit_at=None)
    if way == "held":
        changes.hold(order.pk, HoldReason.OTHER, until=make.after(hours=5), by=make.BY, at=make.AT)
    let_the_desk(at)
    met = []
    while len(met) < 6 and (ahead := steps_ahead(order, at))["step"]:
        before, at = done_alone(order), ahead["at"]
        let_the_desk(at - timedelta(seconds=60))
        assert done_alone(order) == before, f"something came before {ahead}"
        let_the_desk(at)
        assert done_alone(order) > before, f"{ahead} did not come"
        met.append(ahead["step"])

    assert "free_goods" in met or way == "callback"
    assert ("escalate" in met) is (way != "callback")
    assert ("follow_missed" in met) is (way == "callback" and rule != "retry")


def test_broken_limits_and_late_callbacks_are_overdue_and_made_calls_are_not():
    late, called, promised = (make.order(phone=f"+7916000000{number}") for number in range(3))
    CallTask.objects.filter(order=called).update(stage="retry", due_at=make.after(hours=1, minutes=30))
    CallTask.objects.filter(order=promised).update(stage="callback", due_at=make.AT)

    found = queues.overdue(make.after(hours=2), make.AT.date())

    assert set(found.values_list("number", flat=True)) == {late.pk, promised.pk}
