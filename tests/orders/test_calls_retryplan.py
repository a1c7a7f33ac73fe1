"""The retry plan against somebody who walks the clock minute by minute."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from orders.calls import retryplan
from orders.calltasks import Hours
from orders.contacts import Heard

MINUTE = timedelta(minutes=1)
MOSCOW = Hours("Europe/Moscow")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Moscow"))


class Walker:
    """Gives the next try as the design says it, by looking at every minute."""

    def __init__(self, hours):
        self.hours, self.zone = hours, ZoneInfo(hours.zone)

    def day(self, minute):
        return minute.astimezone(self.zone).date()

    def part(self, minute):
        hour = minute.astimezone(self.zone).hour
        return (hour >= 12) + (hour >= 17)

    def is_open(self, minute):
        clock = minute.astimezone(self.zone)
        begin, end = self.hours.window
        return begin <= clock.time() < end and clock.weekday() in self.hours.weekdays

    def minutes(self, start):
        every = (start + ahead * MINUTE for ahead in range(30 * 24 * 60))
        return (minute for minute in every if self.is_open(minute))

    def parts_of(self, on):
        first = {}
        for minute in self.minutes(datetime.combine(on, time(0), UTC) - timedelta(hours=15)):
            if self.day(minute) > on:
                break
            if self.day(minute) == on:
                first.setdefault(self.part(minute), minute)
        return first

    def rung(self, on, phone):
        return sum(self.day(one) == on for one in phone)

    def next_try(self, tries, phone, total):
        last, made = tries[-1], len(tries)
        if made >= 7 or total >= 7:
            return None
        if made < 3:
            start = last + (timedelta(minutes=15), timedelta(hours=2))[made - 1]
            return next(minute for minute in self.minutes(start) if self.rung(self.day(minute), phone) < 3)
        tried = [sum(self.part(one) == part for one in tries) for part in range(3)]
        later = {part: minute for part, minute in self.parts_of(self.day(last)).items() if minute > last}
        if made in {4, 6} and later and self.rung(self.day(last), phone) < 3:
            return later[min(later, key=lambda part: (tried[part], part))]
        opening = next(minute for minute in self.minutes(last) if self.day(minute) > self.day(last))
        parts = self.parts_of(self.day(opening))
        return min(parts[part] for part in sorted(parts, key=lambda part: (tried[part], part))[:2])


hours_of_shops = st.builds(
    Hours,
    st.sampled_from(["Europe/Moscow", "Europe/London", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    st.sampled_from([(time(9), time(20)), (time(10), time(16)), (time(9), time(12)), (time(18), time(21))]),
    st.sampled_from([frozenset(range(7)), frozenset(range(5)), frozenset({0, 3})]),
)
# The weeks in which London, New York and Lord Howe change their clocks are among these.
begins = st.integers(0, 255 * 24 * 60).map(lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + minutes * MINUTE)
delays = st.lists(st.integers(0, 600), min_size=7, max_size=7)


def rounds(plan, start, hours, delays, others):
    """Follow a plan to its end, ringing somewhat after each hour it names; give what it was asked and answered."""
    tries = [hours.next(start)]
    for delay in delays:
        phone = [*tries, *(tries[-1] - gap * MINUTE for gap in others)]
        due_at = plan(tries, Heard(phone), total=len(tries), hours=hours)
        yield list(tries), phone, due_at
        if due_at is None:
            return
        tries.append(due_at + delay * MINUTE)


@settings(max_examples=40, deadline=None)
@given(begins, hours_of_shops, delays, st.lists(st.integers(1, 900), max_size=2))
def test_plan_is_what_walking_the_clock_gives(start, hours, delays, others):
    for tries, phone, due_at in rounds(retryplan.next_try, start, hours, delays, others):
        assert due_at == Walker(hours).next_try(tries, phone, len(tries))


def test_plan_that_forgets_the_hours_is_found_out():
    """Negative control: the walker tells a plan apart that rings a quarter of an hour later whenever that is."""

    def rude(tries, phone, *, total, hours):
        return tries[-1] + timedelta(minutes=15)

    def differs(case):
        start, hours = case
        [(tries, phone, due_at)] = list(rounds(rude, start, hours, [0], []))
        return due_at != Walker(hours).next_try(tries, phone, 1)

    assert find(st.tuples(begins, hours_of_shops), differs, settings=settings(max_examples=500, deadline=None))


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
