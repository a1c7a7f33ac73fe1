"""Retry plans are rows: the nearest one counts, it ends as it says, and a change is seen before it is made."""

from dataclasses import replace

import pytest

from orders import calls, queues
from orders.calls import NewAttempt, NewPlan, retryplan
from orders.models import CallAttempt, CallTask, JournalEvent, Message, Mode, PlanGroup, RetryPlan
from orders.status import Status
from shopdesk.base.errors import Malformed, Missing
from tests import make

pytestmark = pytest.mark.django_db
OTHER = "+79031112233"


def not_reached(outcome="no_answer", *, at=make.AT, **fields):
    """Take the next call and reach nobody. Gives the task as it is then."""
    person = make.manager()
    talk = calls.take_next(person.pk, at=at)
    attempt = NewAttempt(outcome=outcome, **fields)
    calls.settle(talk.task.pk, attempt, by=make.BY, person=person.pk, at=at, token=talk.token)
    return CallTask.objects.get(pk=talk.task.pk)


def plan(mode="", outcome="", steps=("+30m",), most=7, ends="cancel"):
    return NewPlan(mode, outcome, steps, most, ends)


def test_desk_begins_with_the_plan_of_the_design():
    row = RetryPlan.objects.get(mode="", outcome="")

    assert (tuple(row.steps), row.most_in_all, row.ends) == (
        retryplan.DEFAULT.steps, retryplan.DEFAULT.most_in_all, retryplan.DEFAULT.ends,
    )  # fmt: skip
    assert set(RetryPlan.objects.values_list("mode", flat=True)) == {
        "", "before_pickup", "delivery_problem", "follow_up", "missed_call", "lead",
    }  # fmt: skip


def test_nearest_plan_counts():
    for mode, outcome, minutes in (("", "", 20), ("", "busy", 30), ("confirm", "", 40), ("confirm", "busy", 50)):
        calls.change_plan(plan(mode, outcome, [f"+{minutes}m"]), by=make.BY, at=make.AT)

    def due_in(outcome, mode):
        CallTask.objects.update(closed_at=make.AT)
        order = make.order(phone=f"+7916{CallTask.objects.count():07}")
        CallTask.objects.filter(order=order).update(mode=mode)
        return (not_reached(outcome).due_at - make.AT).seconds // 60

    assert due_in("busy", "confirm") == 50
    assert due_in("voicemail", "confirm") == 40
    assert due_in("busy", "reconfirm") == 30
    assert due_in("voicemail", "reconfirm") == 20


def test_plan_that_is_taken_away_gives_way_to_the_wider_one():
    row = calls.change_plan(plan("confirm", "", ["+40m"]), by=make.BY, at=make.AT)
    calls.drop_plan(row.pk, by=make.BY, at=make.AT)
    make.order()

    assert not_reached().due_at == make.after(minutes=15)
    assert JournalEvent.objects.filter(kind__in=["calls.plan_changed", "calls.plan_dropped"]).count() == 2
    with pytest.raises(Missing):
        calls.drop_plan(row.pk, by=make.BY, at=make.AT)
    with pytest.raises(calls.PlanOfAll):
        calls.drop_plan(RetryPlan.objects.get(mode="", outcome="").pk, by=make.BY, at=make.AT)


@pytest.mark.parametrize(
    "wrong",
    [{"mode": "whatever"}, {"outcome": "confirmed"}, {"steps": ["soon"]}, {"steps": ["+0m"]}, {"steps": ["+1m"] * 21},
     {"most": 0}, {"ends": "whatever"}, {"ends": "close"}, {"mode": "confirm", "ends": "close"}],
)  # fmt: skip
def test_what_is_no_plan_is_refused(wrong):
    with pytest.raises(Malformed):
        calls.change_plan(plan(**wrong), by=make.BY, at=make.AT)
    assert RetryPlan.objects.get(mode="", outcome="").steps == list(retryplan.DEFAULT.steps)


def test_order_whose_plan_ends_in_a_hold_waits_for_another_phone():
    calls.change_plan(plan("confirm", "", [], ends="hold"), by=make.BY, at=make.AT)
    make.product("A", on_hand=1)
    order = make.order()

    assert not_reached().closed_at == make.AT

    order.refresh_from_db()
    assert order.status == Status.NEW
    assert [hold.reason for hold in order.holds.all()] == ["bad_phone"]
    assert not queues.idle()
    assert not queues.uncalled()


def test_follow_up_that_reaches_nobody_just_ends():
    order = make.order()
    CallTask.objects.filter(order=order).update(mode=Mode.FOLLOW_UP)

    assert not_reached().due_at == make.after(days=1).replace(hour=9)
    assert not_reached(at=make.after(days=1)).outcome == "no_answer"
    order.refresh_from_db()
    assert order.status == Status.NEW


def test_messages_count_for_the_cap_of_calls_and_messages():
    order = make.order()
    event = order.events.first()
    for slot in range(4):
        Message.objects.create(
            order=order, kind="not_reached", slot=str(slot), due_at=make.AT, occasion_at=make.AT, event=event,
            state="sent" if slot else "dropped", route="sms", decided_at=make.AT,
        )  # fmt: skip

    assert not_reached().due_at == make.after(minutes=15)  # one call and three messages
    assert not_reached(at=make.after(minutes=15)).due_at == make.after(days=1).replace(hour=9)
    assert CallAttempt.objects.count() == 2


def test_cap_of_a_day_is_the_shop_s():
    make.shop(calls_a_day=1)
    make.order()

    assert not_reached().due_at == make.after(days=1).replace(hour=9)


def test_call_that_broke_off_counts_for_the_day():
    """Somebody took it and vanished: it may have rung."""
    make.order()
    for minutes in (0, 11, 22):
        calls.take_next(make.manager().pk, at=make.after(minutes=minutes))

    with pytest.raises(calls.NothingDue):
        calls.take_next(make.manager().pk, at=make.after(minutes=33))
    assert CallTask.objects.get().due_at == make.after(days=1).replace(hour=9)


def test_preview_says_what_a_change_would_do_to_today_and_changes_nothing():
    make.order()
    make.order(phone=OTHER)
    not_reached()
    before = list(CallTask.objects.order_by("pk").values_list("due_at", flat=True))

    seen = calls.preview(plan(steps=["+2h"], ends="cancel"), at=make.after(minutes=15))

    assert (seen.looked_at, seen.later, seen.ended, seen.sooner, seen.revived) == (2, 1, 1, 0, 0)
    turns = {turn.made: (turn.before, turn.after) for turn in seen.turns}
    assert turns == {
        0: (make.after(minutes=30), make.after(minutes=135)),  # the first call now, then two hours
        1: (make.after(minutes=135), None),  # the second one now, and there the plan ends
    }
    assert list(CallTask.objects.order_by("pk").values_list("due_at", flat=True)) == before
    assert RetryPlan.objects.get(mode="", outcome="").steps == list(retryplan.DEFAULT.steps)


def test_preview_is_what_then_happens():
    """Negative control: a preview that looked at another plan would name another hour."""
    make.order()
    new = plan(steps=["+45m"])
    [turn] = calls.preview(new, at=make.AT).turns
    calls.change_plan(new, by=make.BY, at=make.AT)

    assert not_reached().due_at == turn.after == make.after(minutes=45)


def test_preview_of_another_mode_touches_nothing_of_this_one():
    make.order()

    assert calls.preview(plan("follow_up", "", ["+2d"], ends="close"), at=make.AT).looked_at == 0


def in_a_group(*channels):
    """Make a group that these channels follow, whose plan rings again after five minutes."""
    group = calls.keep_group(None, name="Far away", channels=channels, by=make.BY, at=make.AT)
    calls.change_plan(replace(plan(steps=["+5m"]), group=group.pk), by=make.BY, at=make.AT)
    return group


def test_channel_of_a_group_follows_its_plans_and_the_usual_ones_where_it_has_none():
    make.channel("far")
    in_a_group("far")
    calls.change_plan(plan("confirm", "busy", ["+50m"]), by=make.BY, at=make.AT)

    make.order(channel=make.channel("far"))
    assert not_reached("busy").due_at == make.after(minutes=5)  # of all in the group, before the nearest usual one
    CallTask.objects.update(closed_at=make.AT)
    make.order(phone=OTHER)
    assert not_reached("busy").due_at == make.after(minutes=50)


def test_group_without_a_plan_for_the_case_falls_back_to_the_usual_one():
    make.channel("far")
    group = calls.keep_group(None, name="Far away", channels=["far"], by=make.BY, at=make.AT)
    calls.change_plan(replace(plan("reconfirm", steps=["+5m"]), group=group.pk), by=make.BY, at=make.AT)
    make.order(channel=make.channel("far"))

    assert not_reached().due_at == make.after(minutes=15)


def test_group_that_is_taken_away_leaves_its_channels_to_the_usual_plans():
    make.channel("far")
    group = in_a_group("far")
    calls.drop_group(group.pk, by=make.BY, at=make.AT)
    make.order(channel=make.channel("far"))

    assert not_reached().due_at == make.after(minutes=15)
    assert not RetryPlan.objects.exclude(group=None).exists()
    with pytest.raises(Missing):
        calls.drop_group(group.pk, by=make.BY, at=make.AT)


def test_channel_follows_one_group():
    make.channel("far")
    group = in_a_group("far")
    other = calls.keep_group(None, name="Near", channels=["far"], by=make.BY, at=make.AT)

    assert list(other.channels.values_list("pk", flat=True)) == ["far"]
    assert not group.channels.exists()


def test_plan_of_all_in_a_group_may_be_taken_away():
    group = in_a_group()
    calls.drop_plan(group.plans.get().pk, by=make.BY, at=make.AT)
    assert not group.plans.exists()


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 61}, "/name"),
        ({"name": "Taken"}, "/name"),
        ({"channels": ["?"]}, "/channels"),
    ],
)
def test_group_that_is_wrong_is_refused_with_the_field(wrong, pointer):
    calls.keep_group(None, name="Taken", channels=[], by=make.BY, at=make.AT)
    with pytest.raises(Malformed) as refused:
        calls.keep_group(None, **{"name": "New", "channels": []} | wrong, by=make.BY, at=make.AT)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert PlanGroup.objects.count() == 1


def test_preview_of_a_groups_plan_touches_only_its_channels():
    make.channel("far")
    group = calls.keep_group(None, name="Far away", channels=["far"], by=make.BY, at=make.AT)
    near, far = make.order(), make.order(phone=OTHER, channel=make.channel("far"))

    seen = calls.preview(replace(plan(steps=["+5m"]), group=group.pk), at=make.AT)

    assert {turn.task.order_id for turn in seen.turns} == {far.pk}
    assert near.pk != far.pk
    with pytest.raises(Malformed):
        calls.preview(replace(plan(), group=group.pk + 1), at=make.AT)
