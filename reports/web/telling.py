"""A report put into words: days, figures with their rows' addresses, changes, pictures' sentences."""

from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_interval
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports import charts
from reports.charts import Picture, Point
from reports.figures import Figure
from reports.funnel import CANCELLED, REASONS, STAGES
from reports.overview import Step
from reports.period import COMPARED, SECTIONS, Sheet, figure_of
from reports.web import cells
from reports.web.asking import path_to_rows
from reports.web.cells import Change, Shown
from reports.web.meanings import meaning_of, tone_of
from shopdesk.base import wording
from shopdesk.base.periods import KINDS, ONE_DAY, Period, between

UP, DOWN = "▲", "▼"
MONEY_WIDE = 80  # percent: sums are longer than counts


@dataclass(frozen=True, slots=True)
class Column:
    """Figures of one stretch of days, read from one sheet as of one position: what a table shows side by side."""

    days: Period
    sheet: Sheet
    position: int
    locale: str = field(default_factory=wording.locale_of)  # a table asks for it hundreds of times

    def value(self, section: str, code: str, currency: str) -> int:
        """Give a figure: a count, or minor units."""
        if section == "funnel":
            return self.sheet.funnel[code]
        return self.sheet.money.get(currency, {}).get(code, 0)

    def words(self, section: str, code: str, currency: str) -> str:
        """Write a figure."""
        value = self.value(section, code, currency)
        if section == "funnel":
            return wording.number(value, self.locale)
        return wording.money(value, currency, self.locale)

    def path(self, section: str, code: str, currency: str) -> str:
        """Give the address of a figure's rows."""
        money = currency if section == "money" else ""
        return path_to_rows(section, code, self.days, currency=money, position=self.position)


def title_of(days: Period, today: date) -> str:
    """Name days: Saturday, 21 November; November 2026; 1–20 Nov."""
    locale, last_on = wording.locale_of(), days.to_on - ONE_DAY
    if days.from_on == last_on:
        year = "" if days.from_on.year == today.year else f" {days.from_on.year}"
        return wording.long_day(days.from_on) + year
    if days.kind in KINDS and days.kind in {"month", "year"}:
        named: str = format_date(days.from_on, "LLLL y" if days.kind == "month" else "y", locale=locale)
        return named[:1].upper() + named[1:]
    return span_of(days, today)


def span_of(days: Period, today: date) -> str:
    """Write days briefly: 20 Nov, 1–20 Nov, 12 Oct – 20 Nov; with the year when it is not this one."""
    last_on = days.to_on - ONE_DAY
    if days.from_on == last_on:
        return wording.short_day(days.from_on, today=today)
    skeleton = "MMMd" if days.from_on.year == last_on.year == today.year else "yMMMd"
    return _span(days.from_on, last_on, skeleton, wording.locale_of())


@lru_cache(maxsize=512)
def _span(first: date, last: date, skeleton: str, locale: str) -> str:
    written: str = format_interval(first, last, skeleton, locale=locale)
    return written.replace(" ", wording.NBSP)


def against_of(days: Period, compare: str, today: date) -> str:
    """Name the days that these are compared with; nothing where they are not."""
    return span_of(COMPARED[compare](days), today) if compare else ""


def change_of(code: str, now: int, before: int) -> Change:
    """Say how a figure changed, as a share of what it was."""
    if now == before:
        return Change("=", "")
    arrow = UP if now > before else DOWN
    share = wording.percent(abs(Decimal(now - before)) / abs(before)) if before else _("from 0")
    return Change(f"{arrow}{wording.NBSP}{share}", tone_of(code, now - before))


def money_of(
    currency: str, now: Column, before: Column | None, hidden: Set[str], today: date
) -> dict[str, Any]:  # fmt: skip
    """Give a currency's figures, one a row, and the names of those in which nothing happened, now or before."""
    columns = [column for column in (now, before) if column]
    rows, nothing = [], []
    against = span_of(before.days, today) if before else ""
    for figure in (one for one in SECTIONS["money"] if one.code not in hidden):
        if any(column.value("money", figure.code, currency) for column in columns):
            shown = show("money", figure, currency, now, before)
            rows.append(cells.figure_row(shown, against, f"{currency}-{figure.code}"))
        else:
            nothing.append(str(figure.name))
    return {"currency": currency, "rows": rows, "nothing": nothing}


def show(section: str, figure: Figure, currency: str, now: Column, before: Column | None) -> Shown:
    """Show one figure beside what it was."""
    code = figure.code
    change = None
    if before:
        change = change_of(code, now.value(section, code, currency), before.value(section, code, currency))
    return Shown(
        code=code,
        name=figure.name,
        meaning=meaning_of(section, code),
        value=now.words(section, code, currency),
        url=now.path(section, code, currency),
        before=before.words(section, code, currency) if before else "",
        before_url=before.path(section, code, currency) if before else "",
        change=change,
    )


def tile_of(
    section: str, code: str, note: str, currency: str, columns: tuple[Column, Column | None]
) -> dict[str, Any]:  # fmt: skip
    """Give a figure as a tile: now, and how it changed from before."""
    shown = show(section, figure_of(section, code), currency, *columns)
    change = shown.change
    return {
        "label": shown.name,
        "value": shown.value,
        "url": shown.url,
        "note": f"· {note}" if change and note else note,
        "delta": change.words if change else "",
        "tone": change.tone if change else "",
    }


def funnel_of(now: Column) -> list[str]:
    """Give the stages with bars beside the largest, and each as a share of what was taken in."""
    counts = now.sheet.funnel
    most, taken = max([1, *(counts[stage.code] for stage in STAGES)]), counts["taken"]
    return [
        cells.bar(
            show("funnel", stage, "", now, None), str(stage.name), percent_of(counts[stage.code], most),
            wording.percent(Decimal(counts[stage.code]) / taken) if taken else "", explains=True,
        )
        for stage in STAGES
    ]  # fmt: skip


def reasons_of(now: Column) -> list[str]:
    """Give why orders were cancelled, the commonest reason first."""
    counts = now.sheet.funnel
    whole = max(counts[CANCELLED.code], 1)
    common = sorted((one for one in REASONS if counts[one.code]), key=lambda one: -counts[one.code])
    return [
        cells.bar(
            show("funnel", one, "", now, None), capfirst(str(one.name)), percent_of(counts[one.code], whole),
            wording.percent(Decimal(counts[one.code]) / whole), explains=False,
        )
        for one in common
    ]  # fmt: skip


def percent_of(part: int, whole: int) -> str:
    """Give a width for a drawing, in hundredths of a percent and without floating point."""
    hundredths = 10_000 * max(part, 0) // max(whole, 1)
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def draw_orders(title: str, course: Sequence[Step], before: Sequence[Step], today: date) -> Picture:
    """Draw how many orders came: columns when every one has room for its figure, else a line."""
    points = [Point(step.taken, span_of(step.period, today), wording.number(step.taken)) for step in course]
    sentence = _sentence(points)
    if not before and len(points) <= 14:
        days = [
            Point(point.value, str(step.period.from_on.day), point.shown)
            for step, point in zip(course, points, strict=True)
        ]
        return charts.columns(title, sentence, days)
    return charts.line(title, sentence, points, [_plain(step.taken) for step in before], scale=wording.number)


def draw_net(title: str, currency: str, course: Sequence[Step], before: Sequence[Step], today: date) -> Picture:
    """Draw what was sold, net of credits."""
    points = [
        Point(
            step.net.get(currency, 0), span_of(step.period, today), wording.money(step.net.get(currency, 0), currency)
        )
        for step in course
    ]
    shown = [replace(point, shown="") for point in points[:-1]]  # only the last figure stands beside the line
    shown += [replace(point, shown=wording.compact(point.value, currency)) for point in points[-1:]]
    return charts.line(
        title, _sentence(points), shown, [_plain(step.net.get(currency, 0)) for step in before],
        scale=lambda minor: wording.compact(minor, currency), wide=MONEY_WIDE,
    )  # fmt: skip


def whole(course: Sequence[Step]) -> Period:
    """Give the days that a picture shows."""
    first, last = course[0].period, course[-1].period
    return between(first.from_on, last.to_on, first.zone, first.cutoff)


def _sentence(points: Sequence[Point]) -> str:
    """Say what a picture of a course shows."""
    highest = max(points, key=lambda point: point.value)
    return _("From %(first)s (%(first_day)s) to %(last)s (%(last_day)s); the most was %(most)s (%(most_day)s).") % {
        "first": points[0].shown,
        "first_day": points[0].label,
        "last": points[-1].shown,
        "last_day": points[-1].label,
        "most": highest.shown,
        "most_day": highest.label,
    }


def _plain(value: int) -> Point:
    return Point(value, "", "")
