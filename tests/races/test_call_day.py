"""Many people at once, some of whom vanish, while the clock goes on and jumps: nobody ever shares a customer.

In full (fifty people, two thousand orders) with CALL_DAY=full.
"""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection

from orders import calls, intake
from orders.calls import NewAttempt
from orders.models import CallAttempt, CallTake, CallTask, PhoneLease
from shopdesk.management.commands.audit import all_checks
from shopdesk.people.models import Role, User
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
FULL = os.environ.get("CALL_DAY") == "full"
PEOPLE, ORDERS, THREADS = (50, 2_000, 25) if FULL else (16, 150, 8)
# Minutes between the rounds: short ones, a lease that runs out, the clock set back, an hour.
PAUSES = [1, 11, -2, 60, 16, 1, 4] if FULL else [1, 11, -2]


@pytest.fixture(autouse=True)
def many_connections():
    """Let every thread have a connection of its own."""
    usual = connection.pool.max_size
    connection.pool.resize(0, THREADS + 2)
    yield
    connection.pool.resize(0, usual)


def shared_orders():
    """Take in orders of fewer customers: three in ten phones are shared, some customers have several."""
    dice = random.Random(7)

    def phone(row):
        first = dice.randrange(300) if dice.random() < 0.3 else 1_000 + row
        return f"+7916{first:07}" + (f", +7903{row % 400:07}" if row % 4 == 0 else "")

    new = [make.new_order(phone=phone(row)) for row in range(ORDERS)]
    for start in range(0, ORDERS, 500):
        intake.take_in_many(new[start : start + 500], by=make.BY, at=make.AT)


class Person:
    """Somebody who presses, talks, or vanishes; `talk` is what they believe to be in."""

    def __init__(self, user):
        self.user, self.dice, self.talk = user, random.Random(user.pk), None

    def work(self, at):
        """Press, and mostly say how it ended. Gives the phones that were rung, with the end of the lease."""
        try:
            self.talk = calls.take_next(self.user.pk, at=at)
        except (calls.NothingDue, calls.QueueBusy):
            return None
        rung = (self.user.pk, self.talk.token, frozenset(self.talk.phones), self.talk.task.phone)
        if self.dice.random() < 0.8:
            self.end(at)
        return rung

    def end(self, at):
        outcome = self.dice.choice(["no_answer", "confirmed", "busy", "declined", "unreachable"])
        attempt = NewAttempt(outcome=outcome, reason="price" if outcome == "declined" else "")
        by = self.user.subject.actor
        calls.settle(self.talk.task.pk, attempt, by=by, person=self.user.pk, at=at, token=self.talk.token)


def round_of(side_by_side, people, at):
    groups = [people[start::THREADS] for start in range(THREADS)]
    results = side_by_side(*[lambda group=group: [one.work(at) for one in group] for group in groups])
    wrong = [result for result in results if isinstance(result, Exception)]
    if wrong:
        raise wrong[0]
    return [one for result in results for one in result if one]


def test_people_who_vanish_and_clocks_that_jump_give_no_customer_to_two(side_by_side):
    shared_orders()
    people = [
        Person(User.objects.create_user(f"m{n}@desk.example", name=str(n), role=Role.MANAGER)) for n in range(PEOPLE)
    ]
    at, dialled = make.AT, Counter()
    conversations = set()
    for minutes in PAUSES:
        at += timedelta(minutes=minutes)
        rung = round_of(side_by_side, people, at)
        shared = Counter(phone for _person, _token, phones, _dialled in rung for phone in phones)
        assert [phone for phone, times in shared.items() if times > 1] == []
        for person, token, _phones, phone in rung:
            dialled[phone] += (person, token, phone) not in conversations
            conversations.add((person, token, phone))

    assert max(dialled.values()) <= 3
    assert sum(dialled.values()) > PEOPLE * 2
    assert CallAttempt.objects.count() + CallTake.objects.count() >= sum(dialled.values())
    assert not CallTask.objects.filter(closed_at=None, phone="").exists()
    assert PhoneLease.objects.filter(until__gt=at).values("person").distinct().count() <= PEOPLE
    wrong = {check.id: found for check in all_checks() if (found := check.find("default")).broken}
    assert wrong == {}
