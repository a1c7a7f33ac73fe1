"""The retry plan: when a customer who was not reached is rung again. Pure: no database, no clock."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from orders.calltasks import Hours
from orders.contacts import Heard
from shopdesk.base.quiet import part_of_day

PARTS: Final = {"morning": time(0), "afternoon": time(12), "evening": time(17)}
TRIES_A_DAY: Final = 2  # parts of a day that are rung in on each day after the first
ONE_DAY: Final = timedelta(days=1)
NEXT_DAY, OTHER_PART = "next_day", "other_part"
SPAN: Final = re.compile(r"\+([1-9][0-9]{0,3})([mhd])", re.ASCII)
UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": ONE_DAY}


@dataclass(frozen=True, slots=True)
class Plan:
    """What follows the first call, step by step, and how often one phone may hear of us.

    `most_a_day` counts calls and `contacts_a_day` calls and messages, in a day of the phone's own zone, whatever they
    are about; `most_in_all` counts calls since the task was opened.
    """

    steps: tuple[str, ...] = ("+15m", "+2h", NEXT_DAY, OTHER_PART, NEXT_DAY, OTHER_PART)
    most_in_all: int = 7
    ends: str = "cancel"
    most_a_day: int = 3
    contacts_a_day: int = 5

    def is_full(self, on: date, heard: Heard, hours: Hours) -> bool:
        """Tell whether a phone heard of us as often as is decent for a day."""
        calls = sum(hours.day(call) == on for call in heard.calls)
        messages = sum(hours.day(message) == on for message in heard.messages)
        return calls >= self.most_a_day or calls + messages >= self.contacts_a_day


DEFAULT: Final = Plan()


def is_step(text: str) -> bool:
    """Tell whether a plan may hold this step."""
    return text in {NEXT_DAY, OTHER_PART} or SPAN.fullmatch(text) is not None


def next_try(
    tries: Sequence[datetime], heard: Heard, *, total: int, hours: Hours, plan: Plan = DEFAULT
) -> datetime | None:
    """Say when to ring again, or None when the plan is used up.

    `tries` are those for this task, oldest first, the one just made among them; `heard` what its phone heard of us
    lately, for the caps of a day; `total` how many calls to it count for the cap in all.
    """
    made = len(tries)
    if made > len(plan.steps) or max(made, total) >= plan.most_in_all:
        return None
    step = plan.steps[made - 1]
    if span := SPAN.fullmatch(step):
        return first_allowed(tries[-1] + int(span[1]) * UNITS[span[2]], heard, hours=hours, plan=plan)
    if step == OTHER_PART and (later := _later_today(tries, heard, hours, plan)):
        return later
    return _on_another_day(tries, heard, hours, plan)


def first_allowed(at: datetime, heard: Heard, *, hours: Hours, plan: Plan = DEFAULT) -> datetime:
    """Give the first minute from `at` on inside the hours and under the caps of a day."""
    minute = hours.next(at)
    while plan.is_full(hours.day(minute), heard, hours):
        minute = hours.next(hours.instant(hours.day(minute) + ONE_DAY, time(0)))
    return minute


def _later_today(tries: Sequence[datetime], heard: Heard, hours: Hours, plan: Plan) -> datetime | None:
    """Give the least tried part that is still to come on the day of the last try."""
    on = hours.day(tries[-1])
    if plan.is_full(on, heard, hours):
        return None
    to_come = [minute for minute in _openings(on, hours) if minute > tries[-1]]
    return min(to_come, key=lambda minute: _times(minute, tries, hours), default=None)


def _on_another_day(tries: Sequence[datetime], heard: Heard, hours: Hours, plan: Plan) -> datetime:
    """Give the earlier of the two least tried parts of the next allowed day: the later one is for the second try."""
    midnight = hours.instant(hours.day(tries[-1]) + ONE_DAY, time(0))
    opening = first_allowed(midnight, heard, hours=hours, plan=plan)
    openings = _openings(hours.day(opening), hours)
    return min(sorted(openings, key=lambda minute: _times(minute, tries, hours))[:TRIES_A_DAY], default=opening)


def _openings(on: date, hours: Hours) -> list[datetime]:
    """Give the first minute of each part of a day that lies inside the hours, in order."""
    minutes = {part: hours.next(hours.instant(on, begins)) for part, begins in PARTS.items()}
    return [
        minute
        for part, minute in minutes.items()
        if hours.day(minute) == on and part_of_day(minute, hours.zone) == part
    ]


def _times(minute: datetime, tries: Sequence[datetime], hours: Hours) -> int:
    """Count how often that part of the day was tried."""
    tried = Counter(part_of_day(at, hours.zone) for at in tries)
    return tried[part_of_day(minute, hours.zone)]
