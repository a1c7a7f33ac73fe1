from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shopdesk.base import quiet

WINDOWS = [
    (time(9), time(20)),
    (time(0), time(23, 59)),
    (time(0, 30), time(1, 30)),
    (time(3), time(3, 30)),
    (time(3, 30), time(4, 15)),
]
CHANGES = [
    ("Europe/Sofia", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Sofia", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2, tzinfo=UTC)),
    ("Asia/Almaty", datetime(2024, 2, 29, 18, tzinfo=UTC)),
    ("Europe/Moscow", datetime(2026, 3, 29, 1, tzinfo=UTC)),
]


def walk(at, zone, window, weekdays, holidays):
    """Minute by minute, by the clock on the customer's wall."""
    minute = at.replace(second=0, microsecond=0)
    if minute < at:
        minute += timedelta(minutes=1)
    while True:
        wall = minute.astimezone(ZoneInfo(zone))
        at_hour = wall.hour * 60 + wall.minute
        opens, closes = (edge.hour * 60 + edge.minute for edge in window)
        if wall.weekday() in weekdays and wall.date() not in holidays and opens <= at_hour < closes:
            return minute
        minute += timedelta(minutes=1)


@given(
    change=st.sampled_from(CHANGES),
    minutes=st.integers(-2 * 24 * 60, 24 * 60),
    window=st.sampled_from(WINDOWS),
    weekdays=st.sets(st.integers(0, 6), min_size=4),
    off=st.integers(-1, 3),
)
@example(change=CHANGES[1], minutes=-25, window=(time(3), time(3, 30)), weekdays=set(range(7)), off=3)
@settings(max_examples=120, deadline=None)
def test_the_first_minute_is_the_one_a_walker_finds(change, minutes, window, weekdays, off):
    zone, instant = change
    at = instant + timedelta(minutes=minutes)
    holidays = {(instant + timedelta(days=off)).date()}

    found = quiet.next_allowed(at, zone=zone, window=window, weekdays=weekdays, holidays=holidays)

    assert found == walk(at, zone, window, weekdays, holidays)
    assert quiet.is_allowed(found, zone=zone, window=window, weekdays=weekdays, holidays=holidays)


def test_a_call_at_night_waits_for_the_morning():
    late = datetime(2026, 11, 21, 20, 0, tzinfo=ZoneInfo("Europe/Sofia"))

    assert quiet.next_allowed(late, zone="Europe/Sofia") == late + timedelta(hours=13)


def test_a_call_in_the_window_is_made_now_to_the_second():
    now = datetime(2026, 11, 21, 8, 0, 17, tzinfo=UTC)

    assert quiet.next_allowed(now, zone="Europe/Sofia") == now


def test_the_customer_s_clock_counts_and_not_the_shop_s():
    morning_in_sofia = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)

    assert quiet.is_allowed(morning_in_sofia, zone="Europe/Sofia")
    assert not quiet.is_allowed(morning_in_sofia, zone="America/Sao_Paulo")


def test_an_opening_that_the_clock_skips_is_the_first_minute_after():
    found = quiet.next_allowed(datetime(2026, 3, 29, 0, tzinfo=UTC), zone="Europe/Sofia", window=(time(3, 30), time(5)))

    assert found.astimezone(ZoneInfo("Europe/Sofia")).time() == time(4)


def test_holidays_and_weekends_are_passed_over():
    friday_night = datetime(2026, 11, 20, 21, tzinfo=UTC)

    found = quiet.next_allowed(
        friday_night, zone="Europe/Sofia", weekdays={0, 1, 2, 3, 4}, holidays={date(2026, 11, 23)}
    )

    assert found == datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.mark.parametrize("rules", [{"weekdays": ()}, {"window": (time(9), time(9))}])
def test_rules_that_leave_no_time_are_refused(rules):
    with pytest.raises(quiet.NoTimeToCall):
        quiet.next_allowed(datetime(2026, 11, 21, 23, tzinfo=UTC), zone="Europe/Sofia", **rules)


def test_parts_of_the_day_by_the_customer_s_clock():
    noon = datetime(2026, 11, 21, 10, tzinfo=UTC)

    assert quiet.part_of_day(noon - timedelta(minutes=1), "Europe/Sofia") == "morning"
    assert quiet.part_of_day(noon, "Europe/Sofia") == "afternoon"
    assert quiet.part_of_day(noon + timedelta(hours=5), "Europe/Sofia") == "evening"
