"""The retry plan by examples; `test_calls_hours` has it walked minute by minute."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from orders.calls import retryplan
from orders.calltasks import Hours
from orders.contacts import Heard

MOSCOW = Hours("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Moscow"))


@pytest.mark.parametrize(("made", "due_at"), [(1, "09:15"), (2, "11:15")])
def test_first_day_is_now_a_quarter_of_an_hour_and_two_hours(made, due_at):
    tries = [MONDAY, MONDAY + timedelta(minutes=15)][:made]

    assert (
        f"{retryplan.next_try(tries, Heard(tries), total=made, hours=MOSCOW).astimezone(MONDAY.tzinfo):%H:%M}" == due_at
    )


def test_next_day_is_for_the_parts_that_were_not_tried():
    tries = [MONDAY, MONDAY + timedelta(minutes=15), MONDAY + timedelta(minutes=135)]

    fourth = retryplan.next_try(tries, Heard(tries), total=3, hours=MOSCOW)
    fifth = retryplan.next_try([*tries, fourth], Heard([*tries, fourth]), total=4, hours=MOSCOW)

    assert fourth == MONDAY.replace(day=24, hour=12)
    assert fifth == MONDAY.replace(day=24, hour=17)


def test_calls_about_something_else_count_for_the_cap_of_the_day():
    other = [MONDAY - timedelta(minutes=2), MONDAY - timedelta(minutes=1)]

    assert retryplan.next_try([MONDAY], Heard([*other, MONDAY]), total=1, hours=MOSCOW) == MONDAY.replace(day=24)
    assert retryplan.next_try([MONDAY], Heard([MONDAY]), total=1, hours=MOSCOW) == MONDAY + timedelta(minutes=15)


@pytest.mark.parametrize(("made", "total"), [(7, 7), (1, 7)])
def test_seven_calls_are_enough(made, total):
    tries = [MONDAY + timedelta(days=day) for day in range(made)]

    assert retryplan.next_try(tries, Heard(tries), total=total, hours=MOSCOW) is None


def test_holiday_is_no_day_to_ring():
    hours = Hours("Europe/Moscow", holidays=frozenset({date(2026, 11, 24)}))
    tries = [MONDAY, MONDAY, MONDAY]

    assert retryplan.next_try(tries, Heard(tries), total=3, hours=hours) == MONDAY.replace(day=25, hour=12)
