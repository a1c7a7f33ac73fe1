"""Talks that several want to take over while whoever talks ends them: one has the customer, nobody waits for ever."""

import pytest

from orders import calls
from orders.calls import NewAttempt
from orders.models import CallAttempt, CallTask, PhoneLease
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def test_talk_that_all_want_and_its_holder_ends_is_in_one_hand_or_over(side_by_side):
    anna, *others = [make.manager() for _ in range(4)]
    for round_ in range(6):
        order = make.order(phone=f"+7916000000{round_}, +7903000000{round_}")
        talk = calls.take(CallTask.objects.get(order=order).pk, person=anna.pk, at=make.AT)

        def end(talk=talk):
            return calls.settle(
                talk.task.pk, NewAttempt("confirmed"), by=anna.subject.actor, person=anna.pk, at=make.AT,
                token=talk.token,
            )[0].applied  # fmt: skip

        def want(person, talk=talk):
            return calls.take_over(talk.task.pk, person=person.pk, at=make.AT).token

        ended, *taken = side_by_side(end, *[lambda person=person: want(person) for person in others])

        refused = [one for one in taken if isinstance(one, Exception)]
        assert all(isinstance(one, calls.NobodyTalks) for one in refused), refused
        task = CallTask.objects.get(order=order)
        holders = set(PhoneLease.objects.filter(phone__contains=f"000000{round_}").values_list("person", "token"))
        if ended is True:
            assert task.outcome == "confirmed"
            assert not holders
        else:
            assert holders == {(task.taken_by_id, task.token)}
            mine = NewAttempt("no_answer")
            calls.settle(
                task.pk, mine, by=make.BY, person=task.taken_by_id, at=make.AT, token=task.token
            )  # fmt: skip
    assert CallAttempt.objects.filter(outcome="confirmed").count() == 6
