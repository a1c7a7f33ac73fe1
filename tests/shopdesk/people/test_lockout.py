"""The door rests after failed tries, longer each time, and never for good (SEC-12)."""

from datetime import timedelta

import pytest

from shopdesk.people import lockout
from shopdesk.people.models import FailedTry
from tests import make

pytestmark = pytest.mark.django_db
HERE, THERE = "203.0.113.7", "203.0.113.8"


def fail(times: int, *, at=make.AT, address: str = HERE, known: bool = False) -> None:
    for _ in range(times):
        lockout.count(lockout.at_the_door("a@shop.example", address, known=known), at=at)


def wait_after(times: int, **how) -> int:
    fail(times, **how)
    with pytest.raises(lockout.DoorRests) as rests:
        fail(1, **how)
    return rests.value.wait_s


def test_five_tries_are_free_then_the_door_rests():
    """V6.3.1."""
    fail(4)
    assert 25 < wait_after(1) <= 31


def test_each_more_try_doubles_the_wait_up_to_a_quarter_of_an_hour():
    at, waits = make.AT, []
    for _ in range(8):
        waits.append(wait_after(5 if not waits else 1, at=at))
        at += timedelta(seconds=waits[-1])
    assert waits[:4] == [31, 61, 121, 241]
    assert max(waits) <= 15 * 60 + 1


def test_waiting_opens_the_door():
    wait = wait_after(5)
    fail(1, at=make.AT + timedelta(seconds=wait))


def test_refused_try_makes_nobody_wait_longer():
    wait = wait_after(5)
    with pytest.raises(lockout.DoorRests):
        fail(1, at=make.AT + timedelta(seconds=10))
    fail(1, at=make.AT + timedelta(seconds=wait))


def test_account_rests_for_strangers_everywhere_after_ten():
    for n in range(10):
        fail(1, address=f"198.51.100.{n}")
    with pytest.raises(lockout.DoorRests):
        fail(1, address="198.51.100.200")


def test_stranger_keeps_nobody_out_of_their_own_browser():
    for n in range(60):
        with_luck = lockout.at_the_door("a@shop.example", f"198.51.100.{n % 20}", known=False)
        try:
            lockout.count(with_luck, at=make.AT)
        except lockout.DoorRests:
            continue
    fail(1, address=THERE, known=True)


def test_address_rests_whatever_accounts_it_tries():
    for n in range(20):
        lockout.count(lockout.at_the_door(f"{n}@shop.example", HERE, known=False), at=make.AT)
    with pytest.raises(lockout.DoorRests):
        lockout.count(lockout.at_the_door("new@shop.example", HERE, known=False), at=make.AT)


def test_right_password_does_not_clear_the_address():
    """Else whoever owns one account could go on guessing another's for ever."""
    own = lockout.at_the_door("own@shop.example", HERE, known=False)
    for n in range(20):
        lockout.count(
            lockout.at_the_door(f"{n % 5}@shop.example", HERE, known=False), at=make.AT + timedelta(minutes=n)
        )
        if n < 19:
            lockout.count(own, at=make.AT + timedelta(minutes=n))
            lockout.take_back(own, at=make.AT + timedelta(minutes=n))
    with pytest.raises(lockout.DoorRests):
        lockout.count(own, at=make.AT + timedelta(minutes=19))


def test_old_failures_are_forgotten():
    wait_after(5)
    later = make.AT + lockout.FORGOTTEN_AFTER
    fail(5, at=later)
    lockout.take_back(lockout.at_the_second_step(1), at=later + lockout.FORGOTTEN_AFTER * 2)
    assert FailedTry.objects.count() == 0


def test_table_names_nobody():
    fail(1)
    assert not any("shop" in row.key or "203" in row.key and len(row.key) < 64 for row in FailedTry.objects.all())
    assert {len(row.key) for row in FailedTry.objects.all()} == {64}


def test_without_counting_first_nothing_rests(monkeypatch):
    """Negative control: when a failure is not kept, guessing never ends. V6.3.1."""
    monkeypatch.setattr(lockout, "wait_of", lambda row, free, at: timedelta(0))
    fail(50)
