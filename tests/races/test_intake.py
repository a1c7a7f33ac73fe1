"""One order that fifty doors bring at once is one order; one idempotency key has one answer."""

import pytest
from django.db import connection

from orders import intake
from orders.models import Customer, IdempotencyKey, JournalEvent, Order, StockLevel
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
TIMES, THREADS = 50, 30


@pytest.fixture(autouse=True)
def many_connections():
    """Let every thread have a connection of its own."""
    usual = connection.pool.max_size
    connection.pool.resize(0, THREADS + 2)
    yield
    connection.pool.resize(0, usual)


def fifty_times(side_by_side, act):
    """Do the same thing fifty times in thirty threads. Gives the results; raises what went wrong."""
    groups = [range(TIMES)[start::THREADS] for start in range(THREADS)]
    done = side_by_side(*[lambda group=group: [act(number) for number in group] for group in groups])
    wrong = [result for result in done if isinstance(result, Exception)]
    if wrong:
        raise wrong[0]
    return [one for results in done for one in results]


def test_one_external_id_fifty_times_at_once_is_one_order(side_by_side):
    make.product("A", 10)
    new = make.new_order([("A", 1, "10.00")], external_id="S-1", body_hash="x")

    taken = fifty_times(side_by_side, lambda _: intake.take_in(new, by=make.BY, at=make.AT))

    assert sum(one.created for one in taken) == 1
    assert {one.order.number for one in taken} == {Order.objects.get().number}
    assert (StockLevel.objects.get().reserved, JournalEvent.objects.filter(kind="order.taken").count()) == (1, 1)


def test_without_the_unique_index_the_race_makes_several(side_by_side):
    """Negative control: it is the index that keeps the order single, not luck."""
    make.product("A", 100)
    new = make.new_order([("A", 1, "10.00")], external_id="S-1", body_hash="x", phone="", name="")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_once_per_channel")
    try:
        taken = fifty_times(side_by_side, lambda _: intake.take_in(new, by=make.BY, at=make.AT))
        assert sum(one.created for one in taken) > 1
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE orders CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX order_once_per_channel ON orders (channel_id, external_id) WHERE external_id <> ''"
            )


def test_new_phone_that_comes_fifty_times_at_once_is_one_customer(side_by_side):
    make.product("A", 100)

    def order(number):
        return intake.take_in(make.new_order([("A", 1, "10.00")], external_id=f"S-{number}"), by=make.BY, at=make.AT)

    taken = fifty_times(side_by_side, order)

    assert all(one.created for one in taken)
    assert Customer.objects.count() == 1
    assert Order.objects.filter(customer=Customer.objects.get()).count() == TIMES


def test_one_key_fifty_times_at_once_has_one_answer(side_by_side):
    make.product("A", 10)
    key = intake.Key("token:1", "k", "hash")

    def ask(_):
        new = make.new_order([("A", 1, "10.00")])
        try:
            return intake.take_in_keyed(new, by=make.BY, at=make.AT, cause=key, answer=lambda o: {"number": o.number})[
                1
            ]
        except intake.KeyBusy:
            return None  # it waited three seconds for the first: its client repeats

    answers = [answer for answer in fifty_times(side_by_side, ask) if answer is not None]

    number = Order.objects.get().number
    assert answers
    assert all(answer == {"number": number} for answer in answers)
    assert IdempotencyKey.objects.count() == 1
