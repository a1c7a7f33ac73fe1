"""Periods of the shop's calendar: half-open, in the shop's zone, from one business-day cut-off to another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

MIDNIGHT = time(0)
ONE_DAY = timedelta(days=1)


class EmptyPeriod(DomainError):
    """The period ends before it begins."""

    sentence = _("The period must end after it begins.")


@dataclass(frozen=True)
class Period:
    """`[start, end)` in UTC; the shop's days `[from_on, to_on)`. A day begins at `cutoff` by the shop's clock."""

    kind: str
    from_on: date
    to_on: date
    zone: str
    cutoff: time

    @property
    def start(self) -> datetime:
        """The first instant that belongs to the period."""
        return _begin(self.from_on, self.zone, self.cutoff)

    @property
    def end(self) -> datetime:
        """The first instant that no longer does."""
        return _begin(self.to_on, self.zone, self.cutoff)

    def holds(self, at: datetime) -> bool:
        """Whether the instant belongs to the period."""
        return self.start <= at < self.end


def shop_day(at: datetime, zone: str, cutoff: time = MIDNIGHT) -> date:
    """The business day an instant belongs to."""
    on = at.astimezone(ZoneInfo(zone)).date()
    # By the edges and not by subtracting hours: that would be an hour off beside a change of clocks.
    while at < _begin(on, zone, cutoff):
        on -= ONE_DAY
    while at >= _begin(on + ONE_DAY, zone, cutoff):
        on += ONE_DAY
    return on


def day(on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """One business day."""
    return Period("day", on, on + ONE_DAY, zone, cutoff)


def week(on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """The week of a day, Monday to Sunday."""
    monday = on - timedelta(days=on.weekday())
    return Period("week", monday, monday + 7 * ONE_DAY, zone, cutoff)


def month(on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """The calendar month of a day."""
    first = on.replace(day=1)
    return Period("month", first, _months_later(first, 1), zone, cutoff)


def quarter(on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """The calendar quarter of a day."""
    first = date(on.year, on.month - (on.month - 1) % 3, 1)
    return Period("quarter", first, _months_later(first, 3), zone, cutoff)


def year(on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """The calendar year of a day."""
    return Period("year", date(on.year, 1, 1), date(on.year + 1, 1, 1), zone, cutoff)


def between(from_on: date, to_on: date, zone: str, cutoff: time = MIDNIGHT) -> Period:
    """Any days, `to_on` not among them. Raises EmptyPeriod."""
    if to_on <= from_on:
        raise EmptyPeriod
    return Period("between", from_on, to_on, zone, cutoff)


KINDS: dict[str, Callable[[date, str, time], Period]] = {
    "day": day,
    "week": week,
    "month": month,
    "quarter": quarter,
    "year": year,
}


def days(period: Period) -> Iterator[Period]:
    """The business days of a period, one after another, without a gap."""
    on = period.from_on
    while on < period.to_on:
        yield day(on, period.zone, period.cutoff)
        on += ONE_DAY


def previous(period: Period) -> Period:
    """The period just before, of the same kind (any days: as many days)."""
    if period.kind in KINDS:
        return KINDS[period.kind](period.from_on - ONE_DAY, period.zone, period.cutoff)
    return between(period.from_on - (period.to_on - period.from_on), period.from_on, period.zone, period.cutoff)


def following(period: Period) -> Period:
    """The period just behind, of the same kind (any days: as many days)."""
    if period.kind in KINDS:
        return KINDS[period.kind](period.to_on, period.zone, period.cutoff)
    return between(period.to_on, period.to_on + (period.to_on - period.from_on), period.zone, period.cutoff)


def year_before(period: Period) -> Period:
    """The same period a year earlier; a week is 52 weeks earlier, so that weekdays meet weekdays."""
    if period.kind == "week":
        return week(period.from_on - timedelta(weeks=52), period.zone, period.cutoff)
    if period.kind in KINDS:
        return KINDS[period.kind](_year_earlier(period.from_on), period.zone, period.cutoff)
    # By the last day and not by the end: the 28th of February alone must not become nothing after a leap year.
    last = _year_earlier(period.to_on - ONE_DAY)
    return between(_year_earlier(period.from_on), last + ONE_DAY, period.zone, period.cutoff)


def _begin(on: date, zone: str, cutoff: time) -> datetime:
    """The instant a business day begins; a skipped cut-off moves on with the clock, a repeated one is the first."""
    return datetime.combine(on, cutoff, ZoneInfo(zone)).astimezone(UTC)


def _months_later(first: date, months: int) -> date:
    """The first day of the month so many months later."""
    past = first.month - 1 + months
    return date(first.year + past // 12, past % 12 + 1, 1)


def _year_earlier(on: date) -> date:
    """The same date a year earlier; 29 February becomes the 28th."""
    if (on.month, on.day) == (2, 29):
        return date(on.year - 1, 2, 28)
    return on.replace(year=on.year - 1)
