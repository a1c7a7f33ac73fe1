"""The retry plan: when a customer who was not reached is rung again. Pure: no database, no clock."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from orders.calltasks import Hours
from shopdesk.base.quiet import part_of_day

MOST_A_DAY: Final = 3  # calls to one phone in a day of its own zone, whatever they are about
MOST_IN_ALL: Final = 7
SOON: Final = (timedelta(minutes=15), timedelta(hours=2))  # after the first try, after the second
PARTS: Final = {"morning": time(0), "afternoon": time(12), "evening": time(17)}
TRIES_A_DAY: Final = 2  # on each day after the first
ONE_DAY: Final = timedelta(days=1)


def next_try(tries: Sequence[datetime], phone: Sequence[datetime], *, total: int, hours: Hours) -> datetime | None:
    """Say when to ring again, or None when the plan is used up.

    `tries` are those for this task, oldest first, the one just made among them; `phone` the calls to its phone lately,
    for the cap of a day; `total` how many of them count for the cap in all. Now, +15 min, +2 h; then two tries on the
    next allowed day and two on the day after, in the parts of the day that were tried least.
    """
    made = len(tries)
    if made >= MOST_IN_ALL or total >= MOST_IN_ALL:
        return None
    if made <= len(SOON):
        return first_allowed(tries[-1] + SOON[made - 1], phone, hours=hours)
    second_of_its_day = (made - len(SOON)) % TRIES_A_DAY == 0
    if second_of_its_day and (later := _later_today(tries, phone, hours)):
        return later
    return _on_another_day(tries, hours)


def first_allowed(at: datetime, phone: Sequence[datetime], *, hours: Hours) -> datetime:
    """Give the first minute from `at` on inside the hours and under the cap of a day."""
    minute = hours.next(at)
    while made_on(hours.day(minute), phone, hours) >= MOST_A_DAY:
        minute = hours.next(hours.instant(hours.day(minute) + ONE_DAY, time(0)))
    return minute


def made_on(on: date, phone: Sequence[datetime], hours: Hours) -> int:
    """Count the calls of a day by the customer's calendar."""
    return sum(hours.day(call) == on for call in phone)


def _later_today(tries: Sequence[datetime], phone: Sequence[datetime], hours: Hours) -> datetime | None:
    """Give the least tried part that is still to come on the day of the last try."""
    on = hours.day(tries[-1])
    if made_on(on, phone, hours) >= MOST_A_DAY:
        return None
    to_come = [minute for minute in _openings(on, hours) if minute > tries[-1]]
    return min(to_come, key=lambda minute: _times(minute, tries, hours), default=None)


def _on_another_day(tries: Sequence[datetime], hours: Hours) -> datetime:
    """Give the earlier of the two least tried parts of the next allowed day: the later one is for the second try."""
    opening = hours.next(hours.instant(hours.day(tries[-1]) + ONE_DAY, time(0)))
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
