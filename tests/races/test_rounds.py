"""Three races, round after round: the last piece is sold once, one order is taken once, one customer is rung by one.

`RACE_ROUNDS=1000 python manage.py test -n0 -s tests/races/test_rounds.py` runs so many in all and says how many were
wrong; `RACE_REPORT=file` keeps that as JSON. In the suite a few of each are run.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection

from orders import audit, calls, intake
from orders.calls import leases
from orders.models import CallTask, Order, OrderLine, StockLevel
from orders.stock import promises
from shopdesk.people.models import Role, User
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
AT_ONCE = 8
ALL = int(os.environ.get("RACE_ROUNDS", "9"))
TRIES = 10  # whoever is told that the desk is busy comes again
AGAIN: Any = (OperationalError, calls.QueueBusy)
LOCK = "FOR NO KEY UPDATE OF l"
GUARD = "least(w.n, greatest(l.on_hand - l.reserved - l.safety, 0)) AS take"
Racer = Callable[[], Any]


@pytest.fixture(autouse=True)
def many_connections() -> Iterator[None]:
    """Let every thread have a connection of its own."""
    usual = connection.pool.max_size
    connection.pool.resize(0, AT_ONCE + 2)
    yield
    connection.pool.resize(0, usual)


@pytest.fixture
def people() -> list[int]:
    mails = [f"m{number}@desk.example" for number in range(AT_ONCE)]
    return [User.objects.create_user(mail, name=mail, role=Role.MANAGER).pk for mail in mails]


def patient(act: Racer) -> Racer:
    """Come again while the desk is busy. A deadlock is no such case: it is given as it is."""

    def acted() -> Any:
        for _try in range(TRIES):
            try:
                return act()
            except AGAIN as error:
                if "deadlock" in str(error):
                    raise
                busy = error
        raise busy

    return acted


def last_piece(side_by_side: Any, number: int) -> list[str]:
    """Eight customers want one piece."""
    sku = f"LAST-{number}"
    make.product(sku, on_hand=1)
    orders = [make.new_order([(sku, 1, "10.00")], phone=f"+7916{number:05}{row:02}") for row in range(AT_ONCE)]
    done = side_by_side(*[patient(lambda new=new: intake.take_in(new, by=make.BY, at=make.AT)) for new in orders])
    sold = sum(OrderLine.objects.filter(sku=sku).values_list("reserved", flat=True))
    kept = StockLevel.objects.get(product__sku=sku).reserved
    wrong = [repr(one) for one in done if isinstance(one, Exception)]
    return wrong + ([] if (sold, kept) == (1, 1) else [f"{sold} sold, {kept} promised, of one"])


def one_order(side_by_side: Any, number: int) -> list[str]:
    """Eight doors bring the same order."""
    name = f"SAME-{number}"
    new = make.new_order([("A", 1, "10.00")], external_id=name, body_hash="x", phone=f"+7903{number:07}")
    done = side_by_side(*[patient(lambda: intake.take_in(new, by=make.BY, at=make.AT))] * AT_ONCE)
    wrong = [repr(one) for one in done if isinstance(one, Exception)]
    made, there = sum(getattr(one, "created", False) for one in done), Order.objects.filter(external_id=name).count()
    return wrong + ([] if (made, there) == (1, 1) else [f"{made} were told that they made it, {there} are there"])


def one_customer(side_by_side: Any, number: int, people: list[int]) -> list[str]:
    """Eight people want to ring one customer, who has two orders: some take the first, some the second."""
    phone = f"+7926{number:07}"
    tasks = [CallTask.objects.get(order=make.order(phone=phone)).pk for _ in range(2)]

    def take(person: int, task: int) -> Any:
        try:
            return calls.take(task, person=person, at=make.AT)
        except calls.PhoneBusy:
            return None

    pairs = [(person, tasks[place % 2]) for place, person in enumerate(people)]
    done = side_by_side(*[patient(lambda pair=pair: take(*pair)) for pair in pairs])
    wrong = [repr(one) for one in done if isinstance(one, Exception)]
    talks = [one for one in done if isinstance(one, calls.Conversation)]
    if not talks:  # two who each had one of the orders in hand both gave way; whoever presses again has them
        talks = [one for one in [take(*pairs[0])] if one]
    for talk in talks:
        said, person = calls.NewAttempt(outcome="no_answer"), talk.task.taken_by_id
        calls.settle(talk.task.pk, said, by=make.BY, person=person, at=make.AT, token=talk.token)
    return wrong + ([] if len(talks) == 1 else [f"{len(talks)} people talk to one customer"])


def test_round_after_round_one_wins(side_by_side: Any, people: list[int]) -> None:
    make.product("A", on_hand=10)
    races = {
        "the last piece is sold once": lambda number: last_piece(side_by_side, number),
        "one external id is one order": lambda number: one_order(side_by_side, number),
        "one customer is rung by one": lambda number: one_customer(side_by_side, number, people),
    }
    told = []
    for place, (name, race) in enumerate(races.items()):
        rounds = range(place, ALL, len(races))
        wrong = [f"round {number}: {one}" for number in rounds for one in race(number)]
        told.append({"race": name, "rounds": len(rounds), "at once": AT_ONCE, "wrong": wrong})
        print(f"{name}: {len(rounds)} rounds of {AT_ONCE} at once, {len(wrong)} wrong", flush=True)  # noqa: T201
    if report := os.environ.get("RACE_REPORT"):
        Path(report).write_text(json.dumps(told, indent=1, ensure_ascii=False))
    assert [one for race in told for one in race["wrong"]] == []
    assert {check.id: found for check in audit.checks() if (found := check.find("default").offenders)} == {}


def test_without_the_lock_the_last_piece_is_missed(side_by_side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: those who look at one moment and write afterwards are seen."""
    assert LOCK in promises.HOLD
    monkeypatch.setattr(promises, "HOLD", promises.HOLD.replace(LOCK, ""))
    monkeypatch.setattr(promises, "TAKE", promises.TAKE.replace(GUARD, f"{GUARD}, pg_sleep(0.5) AS pause"))
    assert any(last_piece(side_by_side, number) for number in range(3))


def test_without_the_index_one_order_is_several(side_by_side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: neither looked for before nor refused by the index."""
    monkeypatch.setattr(intake, "_known", lambda new: {})
    make.product("A", on_hand=10)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_once_per_channel")
    try:
        assert any(one_order(side_by_side, number) for number in range(5))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE orders CASCADE")
            cursor.execute(
                "CREATE UNIQUE INDEX order_once_per_channel ON orders (channel_id, external_id) WHERE external_id <> ''"
            )


def test_without_the_lease_a_customer_is_rung_by_several(people: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: a lease that takes over live ones as well. One after another, as in `test_calls`."""
    assert "WHERE phone_lease.until <= %(at)s" in leases.LEASE
    monkeypatch.setattr(leases, "LEASE", leases.LEASE.replace("WHERE phone_lease.until <= %(at)s", ""))
    assert one_customer(lambda *acts: [act() for act in acts], 1, people)
