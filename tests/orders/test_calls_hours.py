"""Quiet hours and retry plans against somebody who walks the minutes of the days after: none may be wrong.

Ten thousand cases; a million with CALL_CASES=1000000.
"""

import os
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from orders.calls import retryplan
from orders.calls.retryplan import Plan
from orders.calltasks import Hours
from orders.contacts import Heard
from shopdesk.base.quiet import PublicHolidays

pytestmark = pytest.mark.once
CASES = int(os.environ.get("CALL_CASES", "10000"))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DAYS = 45
# The weeks around changes of the clock, at night and (Lord Howe) by half an hour; New Year's holidays in Moscow.
SPANS = [
    ("Europe/Sofia", datetime(2026, 3, 10, tzinfo=UTC)),
    ("Europe/Sofia", datetime(2026, 10, 5, tzinfo=UTC)),
    ("Europe/Moscow", datetime(2026, 12, 10, tzinfo=UTC)),
    ("America/New_York", datetime(2028, 2, 20, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 9, 20, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 5, 1, tzinfo=UTC)),
]
EVERY, WORKDAYS = frozenset(range(7)), frozenset(range(5))
RULES = [
    {},
    {"window": (time(10), time(16)), "weekdays": WORKDAYS},
    {"window": (time(9), time(20)), "weekend": (time(11), time(15))},
    {"window": (time(18), time(21)), "weekdays": frozenset({0, 3})},
    {"holidays": PublicHolidays("RU")},
    {"holidays": PublicHolidays("BG"), "weekdays": WORKDAYS, "window": (time(9), time(12))},
    {"window": (time(2), time(3, 30))},
]
PLANS = [
    Plan(),
    Plan(steps=("+30m", "+1h", "+4h"), most_in_all=4),
    Plan(steps=("next_day", "other_part", "+2d", "next_day"), most_in_all=5, most_a_day=1),
    Plan(steps=("other_part", "other_part", "+15m", "next_day", "+600m"), most_in_all=9, contacts_a_day=2),
]


@dataclass
class Minutes:
    """Every minute of some weeks on a wall in one zone, and which of them are for ringing by one set of rules."""

    begins: datetime
    days: list  # the day of each minute, by the wall
    parts: list  # before noon 0, before five 1, then 2
    opens: list  # whether it may be rung
    following: list  # the next minute from each on that may be rung

    def at(self, place):
        return self.begins + place * MINUTE

    def place(self, at):
        """Give the first whole minute from an instant on."""
        return -(-(at - self.begins) // MINUTE)


@cache
def wall(span):
    zone, begins = SPANS[span]
    return [(begins + place * MINUTE).astimezone(ZoneInfo(zone)) for place in range(DAYS * 24 * 60)]


@cache
def walked(span, rule):
    hours, clocks = hours_of(span, rule), wall(span)
    opens = [may_ring(hours, clock) for clock in clocks]
    following, coming = [None] * len(clocks), None
    for place in range(len(clocks) - 1, -1, -1):
        coming = place if opens[place] else coming
        following[place] = coming
    parts = [(clock.hour >= 12) + (clock.hour >= 17) for clock in clocks]
    return Minutes(SPANS[span][1], [clock.date() for clock in clocks], parts, opens, following)


@cache
def hours_of(span, rule):
    return Hours(SPANS[span][0], **RULES[rule])


def may_ring(hours, clock):
    window = hours.weekend if hours.weekend and clock.isoweekday() > 5 else hours.window
    begins, ends = ((edge.hour, edge.minute) for edge in window)
    today = clock.weekday() in hours.weekdays and clock.date() not in hours.holidays
    return today and begins <= (clock.hour, clock.minute) < ends


def walk(minutes, tries, heard, total, plan):
    """Give the next try as the design says it, by looking at the minutes."""
    made, last = len(tries), minutes.place(tries[-1])
    if made > len(plan.steps) or made >= plan.most_in_all or total >= plan.most_in_all:
        return None
    called = [minutes.days[minutes.place(one)] for one in heard.calls]
    written = [minutes.days[minutes.place(one)] for one in heard.messages]

    def is_full(on):
        return called.count(on) >= plan.most_a_day or called.count(on) + written.count(on) >= plan.contacts_a_day

    def first_from(place):
        place = minutes.following[place]
        while is_full(minutes.days[place]):
            place = minutes.following[place + 1]
        return place

    step = plan.steps[made - 1]
    if step[0] == "+":
        length = int(step[1:-1]) * {"m": 1, "h": 60, "d": 1440}[step[-1]]
        return minutes.at(first_from(last + length))
    tried = [sum(minutes.parts[minutes.place(one)] == part for one in tries) for part in range(3)]
    today = minutes.days[last]
    if step == "other_part" and not is_full(today):
        later = {part: place for part, place in parts_of(minutes, today, last).items() if place > last}
        if later:
            return minutes.at(later[min(later, key=lambda part: (tried[part], part))])
    opening = first_from(next(place for place in range(last, len(minutes.days)) if minutes.days[place] > today))
    parts = parts_of(minutes, minutes.days[opening], opening)
    return minutes.at(min(parts[part] for part in sorted(parts, key=lambda part: (tried[part], part))[:2]))


def parts_of(minutes, on, near):
    """Give the first minute of each part of a day in which it may be rung."""
    begins = near
    while begins and minutes.days[begins - 1] == on:
        begins -= 1
    found = {}
    while minutes.days[begins] == on:
        if minutes.opens[begins]:
            found.setdefault(minutes.parts[begins], begins)
        begins += 1
    return found


def cases(count, seed=2026):
    """Make up cases: a zone and its rules, how far a plan has come, what the phone heard of us."""
    dice = random.Random(seed)
    for _case in range(count):
        span, rule, plan = dice.randrange(len(SPANS)), dice.randrange(len(RULES)), dice.choice(PLANS)
        minutes = walked(span, rule)
        place = minutes.following[dice.randrange(2 * 1440, 20 * 1440)]
        tries = [minutes.at(place)]
        for _try in range(dice.randrange(len(plan.steps) + 1)):
            place = minutes.following[place - dice.choice((10, 200, 1500))] if place > 1500 else place
            tries.insert(0, minutes.at(place))
        tries = sorted(set(tries))
        others = [tries[-1] - dice.randrange(1, 900) * MINUTE for _other in range(dice.randrange(3))]
        messages = [tries[-1] - dice.randrange(1, 900) * MINUTE for _message in range(dice.randrange(3))]
        yield span, rule, plan, tries, Heard([*others, *tries], messages), len(tries) + len(others)


def wrong(count, plan_of=retryplan.next_try):
    """Count the cases in which the desk and the walker do not name the same minute."""
    found = []
    for span, rule, plan, tries, heard, total in cases(count):
        named = plan_of(tries, heard, total=total, hours=hours_of(span, rule), plan=plan)
        if named != walk(walked(span, rule), tries, heard, total, plan):
            found.append((SPANS[span][0], RULES[rule], plan.steps, tries, named))
    return found


def test_every_next_try_is_the_minute_that_walking_finds():
    assert wrong(CASES) == []


def test_plan_that_forgets_quiet_hours_is_found_out():
    """Negative control: the walker is not deaf."""

    def rude(tries, heard, *, total, hours, plan):
        due_at = retryplan.next_try(tries, heard, total=total, hours=hours, plan=plan)
        return due_at and tries[-1] + timedelta(minutes=15)

    assert len(wrong(200, rude)) > 100


def test_every_hour_of_quiet_hours_is_the_minute_that_walking_finds():
    dice = random.Random(7)
    for _case in range(max(CASES // 10, 1_000)):
        span, rule = dice.randrange(len(SPANS)), dice.randrange(len(RULES))
        minutes, hours = walked(span, rule), hours_of(span, rule)
        at = minutes.at(dice.randrange(1440, 25 * 1440))

        assert hours.next(at) == minutes.at(minutes.following[minutes.place(at)])
        assert hours.allow(at) is minutes.opens[minutes.place(at)]


def test_time_limits_count_the_minutes_in_which_it_may_be_rung():
    dice = random.Random(8)
    for _case in range(max(CASES // 20, 300)):
        span, rule, length = dice.randrange(len(SPANS)), dice.randrange(len(RULES)), dice.randrange(1, 600)
        minutes, hours = walked(span, rule), hours_of(span, rule)
        place = begins = dice.randrange(1440, 10 * 1440)
        left = length
        while left:
            left -= minutes.opens[place]
            place += 1

        assert hours.pass_by(minutes.at(begins), length * MINUTE) == minutes.at(place)


@pytest.mark.parametrize(
    ("country", "on", "is_one"),
    [("RU", date(2027, 1, 1), True), ("BG", date(2026, 3, 3), True), ("RU", date(2026, 3, 3), False),
     ("XX", date(2027, 1, 1), False), ("", date(2027, 1, 1), False)],
)  # fmt: skip
def test_public_holidays_are_those_of_the_customer_s_country(country, on, is_one):
    assert (on in PublicHolidays(country)) is is_one
