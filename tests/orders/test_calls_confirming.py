"""Confirming outside the call desk: after a talk, or with the reason and only by those whom the owner lets."""

import pytest

from orders import calls, changes, telephony
from orders.models import JournalEvent, PersonalValue
from orders.status import Status
from shopdesk.accounts.roles import desk as roles
from shopdesk.base.access import Limits
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def anna():
    return make.manager()


def confirmed(order, anna, **said):
    return calls.confirm(order.pk, by=anna.subject.actor, at=make.after(minutes=5), **said).status


def talk(anna, outcome):
    talk = calls.take_next(anna.pk, at=make.AT)
    attempt = calls.NewAttempt(outcome, callback_at=make.after(hours=2) if outcome == "callback" else None)
    calls.settle(talk.task.pk, attempt, by=anna.subject.actor, person=anna.pk, at=make.AT, token=talk.token)


def test_without_a_talk_somebody_says_how_the_customer_agreed(anna):
    order = make.order()
    with pytest.raises(calls.NobodyTalked):
        confirmed(order, anna)
    with pytest.raises(calls.NobodyTalked):
        confirmed(order, anna, why="  ")

    assert confirmed(order, anna, why="in the shop, at the till") == Status.CONFIRMED

    event = JournalEvent.objects.get(kind="order.agreed_otherwise")
    assert "till" not in str(event.data)
    assert PersonalValue.objects.get(event=event).new == "in the shop, at the till"


@pytest.mark.parametrize(("outcome", "counts"), [("callback", True), ("thinking", True), ("no_answer", False)])
def test_talk_of_the_desk_counts_and_a_call_in_vain_does_not(anna, outcome, counts):
    order = make.order()
    talk(anna, outcome)

    if counts:
        assert confirmed(order, anna) == Status.CONFIRMED
    else:
        with pytest.raises(calls.NobodyTalked):
            confirmed(order, anna)
    assert JournalEvent.objects.filter(kind="order.agreed_otherwise").count() == 0


@pytest.mark.parametrize(("state", "counts"), [("answered", True), ("missed", False)])
def test_customer_who_rang_us_was_spoken_to(anna, state, counts):
    order = make.order()
    told = telephony.NewPhoneEvent("pbx", "c1", state, make.after(minutes=2), phone=order.contact_phone)
    telephony.hear(told, by=make.BY, at=make.after(minutes=2))

    if counts:
        assert confirmed(order, anna) == Status.CONFIRMED
    else:
        with pytest.raises(calls.NobodyTalked):
            confirmed(order, anna)


def test_talk_before_the_order_had_to_be_agreed_again_does_not_count(anna):
    order = make.order()
    talk(anna, "thinking")
    calls.confirm(order.pk, by=make.BY, at=make.after(minutes=1))
    changes.agree_again(order.pk, by=make.BY, at=make.after(minutes=2))

    with pytest.raises(calls.NobodyTalked):
        confirmed(order, anna)


def test_whom_the_owner_lets_confirm_after_a_talk_only_is_refused_even_with_a_reason(anna):
    order = make.order()
    roles.limit_role(Limits(confirm_unspoken=False), by=make.owner().subject.actor, at=make.AT)
    with pytest.raises(calls.TalkFirst):
        confirmed(order, anna, why="by letter")

    talk(anna, "thinking")

    assert confirmed(order, anna) == Status.CONFIRMED


def test_customers_of_a_marketplace_are_not_ours_to_ring(anna):
    order = make.order(channel=make.channel("market", contact="optional"))

    assert confirmed(order, anna) == Status.CONFIRMED
