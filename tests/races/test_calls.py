"""Fifty people press "next" at once: no customer is ever talked to by two of them."""

from collections import Counter

import pytest
from django.db import OperationalError, connection, transaction

from orders import calls, intake
from orders.calls import NewAttempt, leases, nextcall, pressing
from orders.models import CallAttempt, CallTask, PhoneLease
from shopdesk.base import prepared
from shopdesk.people.models import Role, User
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
PEOPLE, ORDERS, THREADS = 50, 500, 30


@pytest.fixture(autouse=True)
def many_connections():
    """Let every thread have a connection of its own."""
    usual = connection.pool.max_size
    connection.pool.resize(0, THREADS + 2)
    yield
    connection.pool.resize(0, usual)


@pytest.fixture
def people():
    # Without a password: nobody signs in here, and fifty of them take ten seconds to hash.
    return [
        User.objects.create_user(f"m{number}@desk.example", name=str(number), role=Role.MANAGER)
        for number in range(PEOPLE)
    ]


def five_hundred_orders():
    """Take in orders of some two hundred customers: shared phones, and customers with several."""

    def phone(row):
        first = f"+7916{row % 200:07}"
        return f"{first}, +7903{row % 140:07}" if row % 3 == 0 else first

    intake.take_in_many([make.new_order(phone=phone(row)) for row in range(ORDERS)], by=make.BY, at=make.AT)


def press(person):
    """Press until there is an answer: who is beaten twenty times presses again."""
    for _ in range(10):
        try:
            return calls.take_next(person.pk, at=make.AT)
        except calls.QueueBusy:
            continue
    raise AssertionError


def at_once(side_by_side, act, ones):
    """Let threads act for all of these at the same moment. Gives the results; raises what went wrong."""
    groups = [ones[start::THREADS] for start in range(THREADS)]
    results = side_by_side(*[lambda group=group: [act(one) for one in group] for group in groups])
    wrong = [result for result in results if isinstance(result, Exception)]
    if wrong:
        raise wrong[0]
    return [one for result in results for one in result]


def shared(talks):
    """Give the phones and customers that several conversations are about."""
    seen = Counter(phone for talk in talks for phone in talk.phones)
    seen += Counter(customer for talk in talks for customer in {task.customer_id for task in talk.tasks})
    return [one for one, times in seen.items() if times > 1]


def test_fifty_people_never_share_a_customer(side_by_side, people):
    five_hundred_orders()
    names = {person.pk: person for person in people}

    def settle(talk):
        person = names[talk.task.taken_by_id]
        attempt = NewAttempt(outcome="no_answer")
        return calls.settle(
            talk.task.pk, attempt, by=person.subject.actor, person=person.pk, at=make.AT, token=talk.token
        )

    for _ in range(3):
        talks = at_once(side_by_side, press, people)
        assert len({talk.token for talk in talks}) == PEOPLE
        assert shared(talks) == []
        assert PhoneLease.objects.count() == sum(len(talk.phones) for talk in talks)
        results = at_once(side_by_side, settle, talks)
        assert all(result.applied for group in results for result in group)
        assert not PhoneLease.objects.exists()

    rung = Counter(CallAttempt.objects.values_list("task", flat=True))
    assert max(rung.values()) == 1


def test_without_the_guard_people_share_customers(people, monkeypatch):
    """Negative control: a lease that takes over live ones as well lets two people talk to one customer.

    One after the other, because that is the moment that only the lease guards: at the same moment the locks of the
    tasks stand before it, and between two presses the first one's leases are seen.
    """
    order = make.order()
    task = CallTask.objects.get(order=order)
    first = calls.take(task.pk, person=people[0].pk, at=make.AT)
    with pytest.raises(calls.PhoneBusy):
        calls.take(task.pk, person=people[1].pk, at=make.AT)
    monkeypatch.setattr(leases, "LEASE", leases.LEASE.replace("WHERE phone_lease.until <= %(at)s", ""))

    second = calls.take(task.pk, person=people[1].pk, at=make.AT)

    assert shared([first, second])


@pytest.mark.parametrize("guarded", [True, False])
def test_whoever_presses_passes_over_what_another_is_just_taking(side_by_side, people, monkeypatch, guarded):
    """Negative control with it: a walk that waits for what is locked stands still until its patience ends."""
    first, second = make.order(), make.order(phone="+79031112233")
    if not guarded:
        monkeypatch.setitem(prepared.SPELLED["postgresql"], "skip", prepared.SPELLED["postgresql"]["lock"])
        for module, name in ((nextcall, "_walk"), (nextcall, "_theirs"), (prepared, "_spelled")):
            monkeypatch.setattr(module, name, getattr(module, name).__wrapped__)  # spelled anew, not as it was kept
    with transaction.atomic():
        taking, _phones = nextcall.lock(pressing.read(people[0].pk, make.AT), [])
        (talk,) = side_by_side(lambda: calls.take_next(people[1].pk, at=make.AT))

    if guarded:
        assert {taking.order_id, talk.task.order_id} == {first.pk, second.pk}
    else:
        assert isinstance(talk, OperationalError)


def test_one_customer_wanted_by_all_goes_to_one(side_by_side, people):
    order = make.order()
    task = CallTask.objects.get(order=order)

    def want(person):
        try:
            return calls.take(task.pk, person=person.pk, at=make.AT).task.taken_by_id
        except calls.PhoneBusy:
            return None

    winners = [winner for winner in at_once(side_by_side, want, people) if winner]

    assert winners == [PhoneLease.objects.get().person_id]


def test_person_who_presses_twice_at_once_has_one_conversation(side_by_side, people):
    five_hundred_orders()

    talks = at_once(side_by_side, press, [people[0]] * THREADS)

    assert len({talk.token for talk in talks}) == 1
    assert PhoneLease.objects.values("token").distinct().count() == 1


def test_callback_is_announced_once_by_many_sweeps(side_by_side):
    five_hundred_orders()
    CallTask.objects.filter(pk__lte=40).update(stage=CallTask.Stage.CALLBACK)

    told = at_once(side_by_side, lambda _: calls.remind_due(at=make.AT), list(range(THREADS)))

    assert sum(told) == CallTask.objects.filter(stage=CallTask.Stage.CALLBACK).count() > 0
