"""A period's report as it is read away from the desk: in a letter, on paper. Words, figures and the page's pictures.

It is written in the language in use. Everything in it is of one moment, and of what its reader may see.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from babel.dates import format_date, format_interval
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy
from xlsxwriter import Workbook

from orders.models import Shop
from reports import charts, export, overview, pictures, sections, sectiontables
from reports.charts import Picture, Point
from reports.funnel import CANCELLED, REASONS, STAGES
from reports.masking import hidden, masked
from reports.overview import Overview, Step
from reports.period import SECTIONS, Asked, Report, Sheet, figure_of
from reports.sections import Query, Told
from shopdesk.base import papers, wording
from shopdesk.base.access import Subject
from shopdesk.base.errors import DomainError
from shopdesk.base.papers import breakable
from shopdesk.base.periods import ONE_DAY, Period, shop_day

BESIDE = ("buyout", "calls", "packing", "couriers", "products", "stock")  # sections told beside the main figures
MOST_ROWS = 5_000  # 100 sheets: nobody reads more on paper
PAPER_WIDE = 680  # pixels of a picture on paper: its words are as large as those around it
MONEY_WIDE = 80  # percent: sums are longer than counts
TITLES = {
    "day": pgettext_lazy("report", "By day"),
    "week": pgettext_lazy("report", "By week"),
    "month": pgettext_lazy("report", "By month"),
}
ORDERS = {
    "day": pgettext_lazy("report", "Orders a day"),
    "week": pgettext_lazy("report", "Orders a week"),
    "month": pgettext_lazy("report", "Orders a month"),
}
NET = {
    "day": pgettext_lazy("report", "Net sales a day"),
    "week": pgettext_lazy("report", "Net sales a week"),
    "month": pgettext_lazy("report", "Net sales a month"),
}
# The table by days: what the pictures show stands in it as figures.
COLUMNS = (
    ("funnel", "taken"), ("funnel", "confirmed"), ("funnel", "handed_over"), ("funnel", "delivered"),
    ("funnel", "cancelled"), ("money", "net"), ("money", "margin"), ("money", "paid"),
)  # fmt: skip
TILES = (
    ("funnel", "taken"), ("funnel", "confirmed"), ("funnel", "delivered"), ("money", "net"), ("money", "margin"),
    ("money", "paid"),
)  # fmt: skip


class TooLongForPaper(DomainError):
    """More rows than anybody reads on paper."""

    sentence = gettext_lazy("These days have %(rows)s rows; a PDF holds at most %(most)s.")
    next_step = gettext_lazy("Choose XLSX, which holds all of them, or fewer days.")


@dataclass(frozen=True, slots=True)
class Tile:
    """A main figure: now, and how it changed."""

    label: str | Promise
    value: str
    change: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture with its title, what it shows in a sentence, and how its lines are told apart."""

    title: str
    sentence: str
    note: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Table:
    """A table of words and figures: the first column are words."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Paper:
    """A report ready to be read. `report` is what it was written from."""

    title: str
    shop: str
    days: str
    against: str
    as_of: str
    tiles: Sequence[Tile]
    pictures: Sequence[Drawn]
    tables: Sequence[Table]
    report: Report
    sections: Sequence[Told] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, by whose clock, and when it was written."""

    subject: Subject
    zone: str
    at: datetime


def write(asked: Asked, reader: Reader) -> Paper:
    """Read a period's figures and write them down. The one place where letters and paper read figures."""
    found = overview.read(asked)
    written = _write(replace(found, report=masked(found.report, reader.subject)), Shop.current(), reader)
    told = [_section(code, asked, written.report.as_of.position, reader) for code in BESIDE]
    beside = [Table(*sectiontables.whole(one, written.against)) for one in told]
    return replace(written, tables=[*written.tables, *beside], sections=told)


def pdf(paper: Paper, *, at: datetime) -> bytes:
    """Give the report as PDF. Raises TooLongForPaper."""
    facts = [[_("Days"), paper.days], [_("Data as of"), paper.as_of]]
    facts += [[pgettext("report", "Against"), paper.against]] if paper.against else []
    tiles = [[str(tile.label), tile.value, tile.change] for tile in paper.tiles]
    return _drawn_on_paper(f"{paper.shop}: {paper.title}", facts, tiles, paper.pictures, paper.tables, at=at)


def _drawn_on_paper(
    title: str, facts: Sequence[Sequence[str]], tiles: Sequence[Sequence[str]], drawn: Sequence[Drawn],
    tables: Sequence[Table], *, at: datetime,
) -> bytes:  # fmt: skip
    rows = sum(len(table.rows) for table in tables)
    if rows > MOST_ROWS:
        raise TooLongForPaper(detail={"rows": wording.number(rows), "most": wording.number(MOST_ROWS)})
    said = {
        "language": (wording.locale_of() or "en")[:2],
        "title": breakable(title),
        "facts": facts,
        "tiles": tiles,
        "pictures": [
            {"title": one.title, "note": one.note, "alt": one.sentence,
             "drawing": pictures.standalone(one.picture, wide=PAPER_WIDE)}
            for one in drawn
        ],
        "tables": [
            {"title": one.title, "heads": list(one.heads), "rows": [list(row) for row in one.rows]} for one in tables
        ],
        "page": _("page {page} of {pages}"),
    }  # fmt: skip
    return papers.draw("report", said, at=at)


def section_pdf(told: Told, reader: Reader) -> bytes:
    """Give one section as PDF: all days together, then its parts. Raises TooLongForPaper."""
    days = told.query.period
    against = span_of(told.compared[0]) if told.compared else ""
    tables = [Table(*one) for one in (sectiontables.whole(told, against), *sectiontables.parts(told))]
    facts = [[_("Days"), span_of(days)], [_("Data as of"), _as_of(reader, told.as_of.position)]]
    facts += [[pgettext("report", "Against"), against]] if against else []
    title = f"{Shop.current().name}: {told.query.section.name}, {title_of(days)}"
    return _drawn_on_paper(title, facts, [], [], tables, at=reader.at)


def xlsx(paper: Paper) -> bytes:
    """Give the same figures as a workbook, each section on its own sheet."""

    def add(book: Workbook) -> None:
        for told in paper.sections:
            sectiontables.add_sheet(book, told)

    return export.period_xlsx(paper.report, add)


def title_of(days: Period) -> str:
    """Name days for a title, always with their year: Saturday, 21 November 2026; November 2026; 16–22 Nov 2026."""
    locale, last_on = wording.locale_of(), days.to_on - ONE_DAY
    if days.from_on == last_on:
        return f"{wording.long_day(days.from_on)} {days.from_on.year}"
    if days.kind == "month":
        named: str = format_date(days.from_on, "LLLL y", locale=locale)
        return named[:1].upper() + named[1:]
    return span_of(days)


def span_of(days: Period) -> str:
    """Write days with their year: 20 Nov 2026, 16–22 Nov 2026."""
    last_on = days.to_on - ONE_DAY
    if days.from_on == last_on:
        return wording.short_day(days.from_on, today=_another_year(days.from_on))
    written: str = format_interval(days.from_on, last_on, "yMMMd", locale=wording.locale_of())
    return written.replace(" ", wording.NBSP)


def _write(found: Overview, shop: Shop, reader: Reader) -> Paper:
    report, currency = found.report, shop.currency
    days, before = report.asked.period, report.compared[1] if report.compared else None
    tables = [_funnel(report.sheet, before), *_money(report, currency), *_cancelled(report.sheet)]
    return Paper(
        title=title_of(days),
        shop=shop.name,
        days=span_of(days),
        against=span_of(report.compared[0]) if report.compared else "",
        as_of=_as_of(reader, report.as_of.position),
        tiles=[_tile(one, report.sheet, before, currency) for one in _seen(TILES, report.sheet, currency)],
        pictures=_drawn(found, currency, shop_day(reader.at, shop.zone, shop.day_cutoff)),
        tables=[*tables, _parts(found, currency)] if len(report.groups) > 1 else [*tables, _course(found, currency)],
        report=report,
    )


def _section(code: str, asked: Asked, position: int, reader: Reader) -> Told:
    """Read a section of the same days, of the same moment as the report, as this reader sees it."""
    section = sections.section_of(code)
    query = Query(section, asked.period, section.groups[0], (), asked.compare, position)
    return sections.narrowed(sections.read(query), hidden(reader.subject))


def _as_of(reader: Reader, position: int) -> str:
    hour = wording.day_and_hour(reader.at, now=reader.at - timedelta(days=366), zone=reader.zone)
    return _("%(hour)s, %(city)s time, place %(position)s of the journal") % {
        "hour": hour, "city": wording.city_of(reader.zone), "position": wording.number(position),
    }  # fmt: skip


def _seen(columns: Sequence[tuple[str, str]], sheet: Sheet, currency: str) -> list[tuple[str, str]]:
    """Leave out what this reader may not see: it is not in the sheet."""
    return [one for one in columns if one[0] == "funnel" or one[1] in sheet.money.get(currency, {})]


def _value(column: tuple[str, str], sheet: Sheet, currency: str) -> int:
    section, code = column
    return sheet.funnel[code] if section == "funnel" else sheet.money.get(currency, {}).get(code, 0)


def _written(column: tuple[str, str], sheet: Sheet, currency: str) -> str:
    value = _value(column, sheet, currency)
    return wording.number(value) if column[0] == "funnel" else wording.money(value, currency)


def _tile(column: tuple[str, str], now: Sheet, before: Sheet | None, currency: str) -> Tile:
    change = _change(_value(column, now, currency), _value(column, before, currency)) if before else ""
    return Tile(figure_of(*column).name, _written(column, now, currency), change)


def _change(now: int, before: int) -> str:
    """Say how a figure changed, as a share of what it was."""
    if now == before:
        return "="
    share = wording.percent(abs(Decimal(now - before)) / abs(before)) if before else _("from 0")
    return f"{'▲' if now > before else '▼'}{wording.NBSP}{share}"


def _drawn(found: Overview, currency: str, today: date) -> list[Drawn]:
    """The two pictures of the page: orders, and net sales of the shop's own currency."""
    group = "day" if len(found.report.groups) == 1 else found.group
    orders, net = str(ORDERS[group]), str(NET[group])
    symbol = wording.SYMBOLS.get(currency, currency)

    def sums(step: Step) -> int:
        return step.net.get(currency, 0)

    return [
        _draw(orders, found, today, (lambda step: step.taken, wording.number, wording.number, charts.WIDE)),
        _draw(
            f"{net}, {symbol}", found, today,
            (sums, lambda minor: wording.money(minor, currency), lambda minor: wording.compact(minor, currency),
             MONEY_WIDE),
        ),
    ]  # fmt: skip


Measured = tuple[Callable[[Step], int], Callable[[int], str], Callable[[int], str], int]


def _draw(title: str, found: Overview, today: date, measured: Measured) -> Drawn:
    """Draw a course; `measured` gives its figure, how it is written whole and briefly, and the line's width."""
    value, whole, brief, wide = measured
    spans = [_brief(step.period, today) for step in found.course]
    most = max(found.course, key=value)
    sentence = _("From %(first)s (%(first_day)s) to %(last)s (%(last_day)s); the most was %(most)s (%(most_day)s).") % {
        "first": whole(value(found.course[0])), "first_day": spans[0], "last": whole(value(found.course[-1])),
        "last_day": spans[-1], "most": whole(value(most)), "most_day": _brief(most.period, today),
    }  # fmt: skip
    points = [Point(value(step), span, brief(value(step))) for step, span in zip(found.course, spans, strict=True)]
    before = [Point(value(step), "", "") for step in found.before]
    compared = found.report.compared
    note = _("dashed: %(against)s") % {"against": span_of(compared[0])} if before and compared else ""
    return Drawn(title, sentence, note, charts.line(title, sentence, points, before, scale=brief, wide=wide))


def _brief(days: Period, today: date) -> str:
    return span_of(days) if days.from_on.year != today.year else _short(days, today)


def _short(days: Period, today: date) -> str:
    first, last = wording.short_day(days.from_on, today=today), wording.short_day(days.to_on - ONE_DAY, today=today)
    return first if first == last else f"{first} – {last}"


def _funnel(now: Sheet, before: Sheet | None) -> Table:
    """The stages, with what they were."""
    rows = [
        _compared(
            str(stage.name), now.funnel[stage.code], before.funnel[stage.code] if before else None, wording.number
        )
        for stage in (*STAGES, CANCELLED)
    ]
    return Table(_("From order to door"), _heads(before), rows)


def _money(report: Report, usual: str) -> list[Table]:
    """A table for each currency, the shop's own first: they are never added."""
    now, before = report.sheet.money, report.compared[1].money if report.compared else None
    order = sorted({*now, *(before or {})}, key=lambda code: (code != usual, code))
    tables = [_of_currency(one, now.get(one, {}), before.get(one, {}) if before is not None else None) for one in order]
    return [table for table in tables if table.rows]


def _of_currency(currency: str, sums: Mapping[str, int], before: Mapping[str, int] | None) -> Table:
    """The figures of a currency in which something happened, now or before."""

    def written(minor: int) -> str:
        return wording.money(minor, currency)

    rows = [
        _compared(
            str(figure.name), sums.get(figure.code, 0), before.get(figure.code, 0) if before is not None else None,
            written,
        )
        for figure in SECTIONS["money"]
        if sums.get(figure.code) or (before or {}).get(figure.code)
    ]  # fmt: skip
    return Table(_("Money, %(currency)s") % {"currency": currency}, _heads(before), rows)


def _cancelled(now: Sheet) -> list[Table]:
    """Why orders were cancelled, the commonest reason first."""
    common = sorted((one for one in REASONS if now.funnel.get(one.code)), key=lambda one: -now.funnel[one.code])
    rows = [[str(one.name), wording.number(now.funnel[one.code])] for one in common]
    return [Table(_("Why orders were cancelled"), [_("Reason"), _("Orders")], rows)] if rows else []


def _heads(before: object) -> list[str]:
    now = [_("Figure"), _("These days")]
    return [*now, _("Before"), _("Change")] if before is not None else now


def _compared(name: str, now: int, before: int | None, written: Callable[[int], str]) -> list[str]:
    row = [name, written(now)]
    return [*row, written(before), _change(now, before)] if before is not None else row


def _parts(found: Overview, currency: str) -> Table:
    """The numbers behind the pictures: the days (weeks, months) one under another."""
    columns = _seen(COLUMNS, found.report.sheet, currency)
    rows = [
        [span_of(days), *(_written(one, sheet, currency) for one in columns)] for days, sheet in found.report.groups
    ]
    total = [_("All days"), *(_written(one, found.report.sheet, currency) for one in columns)]
    heads = [_("Days"), *(str(figure_of(*one).name) for one in columns)]
    return Table(str(TITLES[found.group]), heads, [*rows, total])


def _course(found: Overview, currency: str) -> Table:
    """The numbers behind the pictures of a single day: its fortnight."""
    rows = [
        [span_of(step.period), wording.number(step.taken), wording.money(step.net.get(currency, 0), currency)]
        for step in found.course
    ]
    heads = [_("Days"), str(figure_of("funnel", "taken").name), str(figure_of("money", "net").name)]
    return Table(str(TITLES["day"]), heads, rows)


def _another_year(on: date) -> date:
    """No date is of this year: a letter always names its own."""
    return date(on.year - 1, 1, 1)
