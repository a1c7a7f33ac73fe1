"""Taking a talk over: the customer changes hands at once, and whoever talked decides nothing any more."""

import pytest

from orders import calls
from orders.models import CallAttempt, CallTake, CallTask, JournalEvent, PhoneLease
from orders.status import Status
from tests import make

pytestmark = pytest.mark.django_db
OTHER = "+79031112233"


@pytest.fixture
def anna():
    return make.manager()


@pytest.fixture
def boris():
    return make.manager()


def over(task, person, at=None):
    return calls.take_over(task.pk, person=person.pk, at=at or make.after(minutes=2))


def settled(talk, person, outcome="confirmed"):
    said = calls.NewAttempt(outcome)
    return calls.settle(
        talk.task.pk, said, by=person.subject.actor, person=person.pk, at=make.after(minutes=3), token=talk.token
    )


def test_customer_changes_hands_with_every_phone_and_task(anna, boris):
    first, second = make.order(phone=f"{make.PHONE}, {OTHER}"), make.order(phone=OTHER)
    theirs = calls.take_next(anna.pk, at=make.AT)

    mine = over(theirs.task, boris)

    assert {task.order_id for task in mine.tasks} == {first.pk, second.pk}
    assert sorted(mine.phones) == sorted(theirs.phones)
    assert mine.token != theirs.token
    assert {row.person for row in PhoneLease.objects.all()} == {boris}
    assert calls.see_conversation(anna.pk, at=make.after(minutes=2)) is None
    with pytest.raises(calls.NotYourCall):
        calls.heartbeat(theirs.task.pk, person=anna.pk, at=make.after(minutes=3))
    assert calls.who_has(theirs.task.pk, at=make.after(minutes=3)) == boris.name
    assert JournalEvent.objects.filter(kind="call.taken_over").count() == 2


def test_what_the_first_one_notes_from_then_on_is_kept_and_decides_nothing(anna, boris):
    order = make.order()
    theirs = calls.take_next(anna.pk, at=make.AT)
    mine = over(theirs.task, boris)

    assert [result.applied for result in settled(theirs, anna)] == [False]
    order.refresh_from_db()
    assert order.status == Status.NEW
    assert [result.applied for result in settled(mine, boris)] == [True]
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert CallAttempt.objects.count() == 2


def test_phone_that_was_rung_once_counts_once(anna, boris):
    make.order()
    theirs = calls.take_next(anna.pk, at=make.AT)
    over(theirs.task, boris)

    assert [take.person for take in CallTake.objects.all()] == [boris]
    settled(over(theirs.task, boris), boris, "no_answer")
    assert not CallTake.objects.exists()
    assert not PhoneLease.objects.exists()


def test_nobody_takes_over_what_nobody_talks_about_or_while_they_talk_themselves(anna, boris):
    make.order()
    make.order(phone=OTHER)
    free = CallTask.objects.get(phone=OTHER)
    with pytest.raises(calls.NobodyTalks):
        over(free, boris)
    theirs = calls.take_next(anna.pk, at=make.AT)
    with pytest.raises(calls.NobodyTalks):
        over(theirs.task, boris, at=make.after(minutes=11))

    calls.take_next(boris.pk, at=make.after(minutes=1))

    with pytest.raises(calls.StillInATalk):
        over(theirs.task, boris)
    assert over(theirs.task, anna).token == theirs.token
