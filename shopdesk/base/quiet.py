"""Quiet hours: when a customer may be called, by the customer's own clock."""

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays as calendars
from babel.core import get_global
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

Window = tuple[time, time]
WINDOW: Window = (time(9), time(20))
SATURDAY = 5
EVERY_DAY = frozenset(range(7))
NO_HOLIDAYS: frozenset[date] = frozenset()
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)
DAYS_AHEAD = 400


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The public holidays of a country, by its ISO code; a country nobody keeps a calendar of has none."""

    country: str

    def __contains__(self, on: object) -> bool:
        return isinstance(on, date) and on in _public(self.country, on.year)


@cache
def _public(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(calendars.country_holidays(country, years=year))
    except NotImplementedError:
        return frozenset()


@cache
def country_of(zone: str) -> str:
    """Give the country that keeps a zone, as CLDR has it; nothing for one that no country keeps."""
    territories = get_global("zone_territories")
    canonical = get_global("zone_aliases").get(zone, zone)
    return str(territories.get(zone) or territories.get(canonical) or "")


class NoTimeToCall(DomainError):
    """The rules leave no minute to call in the next 400 days."""

    sentence = _("Quiet hours leave no time to call.")
    next_step = _("Look at the hours, weekdays and holidays in the settings.")


def next_allowed(
    at: datetime,
    *,
    zone: str,
    window: Window = WINDOW,
    weekend: Window | None = None,
    weekdays: Container[int] = EVERY_DAY,
    holidays: Container[date] = NO_HOLIDAYS,
) -> datetime:
    """The first minute at or after `at` when the customer may be called; `at` itself when that is now.

    `window` is half-open, whole minutes, within one day; `weekend` is that of Saturdays and Sundays where it differs;
    `weekdays` count from Monday = 0. Raises NoTimeToCall.
    """
    rules: dict[str, Any] = {"window": window, "weekend": weekend, "weekdays": weekdays, "holidays": holidays}
    if is_allowed(at, zone=zone, **rules):
        return at
    first_on = at.astimezone(ZoneInfo(zone)).date()
    for on in (first_on + ahead * ONE_DAY for ahead in range(DAYS_AHEAD)):
        if on.weekday() not in weekdays or on in holidays:
            continue
        for minute in _openings(on, at, zone, window_of(on, window, weekend)):
            if minute >= at and is_allowed(minute, zone=zone, **rules):
                return minute
    raise NoTimeToCall


def is_allowed(
    at: datetime,
    *,
    zone: str,
    window: Window = WINDOW,
    weekend: Window | None = None,
    weekdays: Container[int] = EVERY_DAY,
    holidays: Container[date] = NO_HOLIDAYS,
) -> bool:
    """Whether the customer may be called at this instant."""
    clock = at.astimezone(ZoneInfo(zone))
    on = clock.date()
    opens, closes = window_of(on, window, weekend)
    return opens <= clock.time() < closes and on.weekday() in weekdays and on not in holidays


def next_quiet(at: datetime, *, zone: str, window: Window = WINDOW, weekend: Window | None = None) -> datetime:
    """The first instant from `at` on when the window of `at`'s own day is shut; `at` lies inside it."""
    on = at.astimezone(ZoneInfo(zone)).date()
    opens, closes = window_of(on, window, weekend)
    if not _changes_clock(on, zone):
        return _instant(on, closes, zone)
    minute = at.astimezone(UTC).replace(second=0, microsecond=0) + ONE_MINUTE
    while opens <= minute.astimezone(ZoneInfo(zone)).time() < closes:
        minute += ONE_MINUTE
    return minute


def window_of(on: date, window: Window, weekend: Window | None) -> Window:
    """The window of a day: Saturdays and Sundays may have their own."""
    return weekend if weekend and on.weekday() >= SATURDAY else window


def part_of_day(at: datetime, zone: str) -> str:
    """`morning` before noon, `afternoon` before five, then `evening`, by the customer's clock."""
    hour = at.astimezone(ZoneInfo(zone)).hour
    if hour < 12:
        return "morning"
    return "afternoon" if hour < 17 else "evening"


def _openings(on: date, at: datetime, zone: str, window: Window) -> Iterator[datetime]:
    """The minutes of a day at which the window may open, in order."""
    midnight = _instant(on, time(0), zone)
    tomorrow = _instant(on + ONE_DAY, time(0), zone)
    if not _changes_clock(on, zone):
        yield _instant(on, window[0], zone)
        return
    # The clock changes today: the opening may be skipped, or come twice. Walking the day's minutes cannot be wrong,
    # and happens twice a year.
    minute = max(midnight - ONE_DAY / 8, at.astimezone(UTC).replace(second=0, microsecond=0))
    while minute < tomorrow + ONE_DAY / 8:
        yield minute
        minute += ONE_MINUTE


def _changes_clock(on: date, zone: str) -> bool:
    return _instant(on + ONE_DAY, time(0), zone) - _instant(on, time(0), zone) != ONE_DAY


def _instant(on: date, clock: time, zone: str) -> datetime:
    """The instant of a wall time (of a repeated one the first)."""
    return datetime.combine(on, clock, ZoneInfo(zone)).astimezone(UTC)
