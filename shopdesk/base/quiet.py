"""Quiet hours: when a customer may be called, by the customer's own clock."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

WINDOW = (time(9), time(20))
EVERY_DAY = frozenset(range(7))
NO_HOLIDAYS: frozenset[date] = frozenset()
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
DAYS_AHEAD = 400


class NoTimeToCall(DomainError):
    """The rules leave no minute to call in the next 400 days."""

    sentence = _("Quiet hours leave no time to call.")
    next_step = _("Look at the hours, weekdays and holidays in the settings.")


def next_allowed(
    at: datetime,
    *,
    zone: str,
    window: tuple[time, time] = WINDOW,
    weekdays: Collection[int] = EVERY_DAY,
    holidays: Collection[date] = NO_HOLIDAYS,
) -> datetime:
    """The first minute at or after `at` when the customer may be called; `at` itself when that is now.

    `window` is half-open, whole minutes, within one day; `weekdays` count from Monday = 0. Raises NoTimeToCall.
    """
    if is_allowed(at, zone=zone, window=window, weekdays=weekdays, holidays=holidays):
        return at
    first_on = at.astimezone(ZoneInfo(zone)).date()
    for on in (first_on + ahead * ONE_DAY for ahead in range(DAYS_AHEAD)):
        if on.weekday() not in weekdays or on in holidays:
            continue
        for minute in _openings(on, at, zone, window):
            if minute >= at and is_allowed(minute, zone=zone, window=window, weekdays=weekdays, holidays=holidays):
                return minute
    raise NoTimeToCall


def is_allowed(
    at: datetime,
    *,
    zone: str,
    window: tuple[time, time] = WINDOW,
    weekdays: Collection[int] = EVERY_DAY,
    holidays: Collection[date] = NO_HOLIDAYS,
) -> bool:
    """Whether the customer may be called at this instant."""
    clock = at.astimezone(ZoneInfo(zone))
    open_today = clock.weekday() in weekdays and clock.date() not in holidays
    return open_today and window[0] <= clock.time() < window[1]


def part_of_day(at: datetime, zone: str) -> str:
    """`morning` before noon, `afternoon` before five, then `evening`, by the customer's clock."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    if hour < 12:
        return "morning"
    return "afternoon" if hour < 17 else "evening"


def _openings(on: date, at: datetime, zone: str, window: tuple[time, time]) -> Iterator[datetime]:
    """The minutes of a day at which the window may open, in order."""
    midnight = _instant(on, time(0), zone)
    tomorrow = _instant(on + ONE_DAY, time(0), zone)
    if tomorrow - midnight == ONE_DAY:
        yield _instant(on, window[0], zone)
        return
    # The clock changes today: the opening may be skipped, or come twice. Walking the day's minutes cannot be wrong,
    # and happens twice a year.
    minute = max(midnight - ONE_DAY / 8, at.astimezone(UTC).replace(second=0, microsecond=0))
    while minute < tomorrow + ONE_DAY / 8:
        yield minute
        minute += ONE_MINUTE


def _instant(on: date, clock: time, zone: str) -> datetime:
    """The instant of a wall time (of a repeated one the first)."""
    return datetime.combine(on, clock, ZoneInfo(zone)).astimezone(UTC)
