"""A period as its page shows it: the report, its course day by day, what closed days say; and the rows of a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.conf import settings

from orders import feed
from reports import figures, period, rollups
from reports.figures import AsOf, ByCurrency, Figure, Row
from reports.period import Asked, Report, Sheet
from shopdesk.base.periods import Period, between, day
from shopdesk.base.snapshot import snapshot

DAYS_BY_DAY = 62  # two statements per fact; longer periods go by weeks, then by months
DAYS_BY_WEEK = 217
FORTNIGHT = timedelta(days=13)
# What the pictures show.
TAKEN = period.figure_of("funnel", "taken")
NET = period.figure_of("money", "net")


@dataclass(frozen=True, slots=True)
class Step:
    """One point of a course: orders taken in, and net sales by currency."""

    period: Period
    taken: int
    net: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A closing of one day of the period, and by how much its figures were restated since."""

    closing: int
    restated: Sheet

    @property
    def is_restated(self) -> bool:
        return any(self.restated.funnel.values()) or any(map(any_value, self.restated.money.values()))


@dataclass(frozen=True, slots=True)
class Overview:
    """A report in parts (`group`), its course, the course of what it is compared with, and its closed days."""

    report: Report
    group: str
    course: Sequence[Step]
    before: Sequence[Step]
    closed_days: Mapping[date, ClosedDay]


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure, what it comes to in each currency, and a page of the rows that sum to it (one more: there are more)."""

    figure: Figure
    sums: Mapping[str, int]
    rows: Sequence[Row]
    as_of: AsOf


def read(asked: Asked) -> Overview:
    """Read everything a period's page shows, of one moment. The parts are days, weeks or months, as the days need.

    Raises StillKept.
    """
    feed.publish()
    return read_published(asked)


def read_published(asked: Asked) -> Overview:
    """Do the same where the feed was published just now. Raises StillKept."""
    group = part_of(asked.period)
    with snapshot() as alias:
        as_of = period.known_kept(asked.position, alias)
        report = period.read_in(replace(asked, group=group), as_of, alias)
        return Overview(
            report=report,
            group=group,
            course=_course(report, alias),
            before=_course_before(report),
            closed_days=_closed_days(report),
        )


def position_now() -> int:
    """Give the place of the feed up to which reports would be known now."""
    feed.publish()
    return feed.position(settings.SNAPSHOT_ALIAS)  # one statement needs no snapshot


def behind(section: str, code: str, asked: Asked, *, currency: str, after: str, limit: int) -> Behind:
    """Read the rows behind a figure and what they come to, of one moment. Raises Missing, Malformed."""
    figure = period.figure_of(section, code)
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(asked.position, alias)
        sums = _count([figure], [asked.period], as_of, alias)[0]
        found = figures.rows(figure, asked.period, as_of, alias, after=after)
        return Behind(
            figure,
            {money: values[code] for money, values in sums.items() if not currency or money == currency},
            period.page_of(found, currency, limit),
            as_of,
        )


def part_of(days: Period) -> str:
    """Give the parts in which days are shown, so that there are neither too few nor too many."""
    length = (days.to_on - days.from_on).days
    if length <= DAYS_BY_DAY:
        return "day"
    return "week" if length <= DAYS_BY_WEEK else "month"


def fortnight(last_on: date, like: Period) -> list[Period]:
    """Give the fourteen days that end with this one."""
    days = between(last_on - FORTNIGHT, last_on + timedelta(days=1), like.zone, like.cutoff)
    return period.split(days, "day")


def course(pieces: Sequence[Period], as_of: AsOf, alias: str) -> list[Step]:
    """Measure what the pictures show of pieces that follow each other, in three statements for a month of days."""
    counted = _count([TAKEN, NET], pieces, as_of, alias)
    return [
        Step(
            piece,
            sum(values[TAKEN.code] for values in found.values()),
            {currency: values[NET.code] for currency, values in found.items()},
        )
        for piece, found in zip(pieces, counted, strict=True)
    ]


def any_value(values: Mapping[str, int]) -> bool:
    """Whether any of the sums is not nothing."""
    return any(values.values())


def _count(wanted: Sequence[Figure], pieces: Sequence[Period], as_of: AsOf, alias: str) -> list[ByCurrency]:
    found = figures.build_all(wanted, rollups.tally(figures.parts_of(wanted), pieces, as_of, alias), len(pieces))
    return [one.get("", {}) for one in found]


def _course(report: Report, alias: str) -> list[Step]:
    """The course of the period. A picture of one day says nothing: it is shown at the end of its fortnight."""
    days = report.asked.period
    if (days.to_on - days.from_on).days == 1:
        return course(fortnight(days.from_on, days), report.as_of, alias)
    return _steps(report.groups)


def _course_before(report: Report) -> list[Step]:
    """The course of the period it is compared with; a single day has its fortnight instead."""
    return _steps(report.compared_groups) if len(report.groups) > 1 else []


def _steps(groups: Sequence[tuple[Period, Sheet]]) -> list[Step]:
    """Give what the pictures show of parts that were measured already."""
    return [
        Step(piece, sheet.funnel[TAKEN.code], {money: values[NET.code] for money, values in sheet.money.items()})
        for piece, sheet in groups
    ]


def _closed_days(report: Report) -> dict[date, ClosedDay]:
    """Closings of exactly one of the report's days, with what was learnt of it later."""
    closings = {(one.start, one.end): one for one in report.closings}
    closed = {}
    for piece, sheet in report.groups:
        closing = closings.get((piece.start, piece.end))
        if closing is not None and piece.to_on == day(piece.from_on, piece.zone, piece.cutoff).to_on:
            stored = Sheet(closing.figures["funnel"], closing.figures["money"])
            closed[piece.from_on] = ClosedDay(closing.pk, sheet.less(stored))
    return closed
