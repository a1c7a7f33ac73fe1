"""A section of the report as tables: what stands in them on the page, on paper, in letters and in files."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from reports.figures import Figure
from reports.period import GROUPS
from reports.section import Rate
from reports.sections import DIMS, Part, Told, Values
from shopdesk.base import wording
from shopdesk.base.money import digits, from_minor
from shopdesk.base.periods import ONE_DAY
from shopdesk.base.spreadsheets import BOM, PLAIN_CELLS, csv_line

SHEET_NAME = 31  # letters that a workbook allows
WIDE = 6  # columns that paper holds beside the names
NOTHING = "–"
Column = tuple[Figure, str]  # with its currency; empty for a count


@dataclass(frozen=True, slots=True)
class Number:
    """A figure as a machine reads it: a plain decimal, and how many places it is shown with; a share of one."""

    value: Decimal | None
    places: int = 0
    is_share: bool = False


def columns_of(told: Told) -> list[Column]:
    """Counts first, then money by currency, the shop's own first: they are never added."""
    usual = told.query.usual
    known = {*told.values.money, *(told.compared[1].money if told.compared else ())}
    currencies = sorted({usual, *known}, key=lambda one: (one != usual, one))
    counts = [(one, "") for one in told.figures if not one.is_money and _says(told, one)]
    return counts + [(one, currency) for currency in currencies for one in told.figures if one.is_money]


def rates_of(told: Told) -> list[Rate]:
    """Give the rates all of whose figures can be told."""
    known = {figure.code for figure in told.figures}
    return [one for one in told.query.section.rates if known >= {*one.over, *one.under, *one.less}]


def named(figure: Figure, currency: str) -> str:
    """Name a column."""
    return f"{figure.name}, {wording.SYMBOLS.get(currency, currency)}" if currency else str(figure.name)


def value_of(values: Values, figure: Figure, currency: str) -> int:
    """Give a figure: a count, or minor units."""
    return values.money.get(currency, {}).get(figure.code, 0) if currency else values.counts.get(figure.code, 0)


def words_of(values: Values, figure: Figure, currency: str) -> str:
    """Write a figure for people."""
    value = value_of(values, figure, currency)
    return wording.money(value, currency) if currency else wording.number(value)


def rate_words(values: Values, rate: Rate, usual: str) -> str:
    """Write a rate for people."""
    over, under = values.rate(rate, usual)
    if under <= 0:
        return NOTHING
    if rate.is_money and not rate.is_share:
        return wording.money(round(Decimal(over) / under), usual)
    share = Decimal(over) / under
    return wording.percent(share) if rate.is_share else wording.number(round(share, 1))


def whole(told: Told, against: str) -> tuple[str, list[str], list[list[str]]]:
    """Give the table of all days: title, heads, rows; what was before stands beside."""
    usual, before = told.query.usual, told.compared[1] if told.compared else None
    rows = []
    for figure, currency in columns_of(told):
        cells = [named(figure, currency), words_of(told.values, figure, currency)]
        rows.append([*cells, words_of(before, figure, currency)] if before else cells)
    for rate in rates_of(told):
        cells = [str(rate.name), rate_words(told.values, rate, usual)]
        rows.append([*cells, rate_words(before, rate, usual)] if before else cells)
    heads = [_("Figure"), _("These days"), *([against] if before else [])]
    return str(told.query.section.name), heads, rows


def csv(told: Told) -> Iterator[bytes]:
    """Give all parts of a section as CSV (RFC 4180, UTF-8), and their sum."""
    heads, rows = _typed(told)
    yield BOM.encode() + csv_line(heads)
    for name, numbers in rows:
        yield csv_line([name], figures=["" if one.value is None else f"{one.value:f}" for one in numbers])
    yield csv_line([_("Data as of position %(position)s") % {"position": told.as_of.position}])


def xlsx(told: Told) -> bytes:
    """Give the same as a workbook: figures are numbers, heads stay in sight, each column can be filtered."""
    heads, rows = _typed(told)
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **PLAIN_CELLS}) as book:
        add_sheet(book, told)
    return file.getvalue()


def add_sheet(book: xlsxwriter.Workbook, told: Told) -> None:
    """Write a section on a sheet of its own."""
    heads, rows = _typed(told)
    sheet = book.add_worksheet(str(told.query.section.name)[:SHEET_NAME])
    bold, share = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"num_format": "0.0%"})
    shown = {places: book.add_format({"num_format": "0." + "0" * places if places else "0"}) for places in range(4)}
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, len(heads), 14)
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head, bold)
    for line, (name, numbers) in enumerate(rows, start=1):
        sheet.write_string(line, 0, name)
        for column, one in enumerate(numbers, start=1):
            if one.value is not None:
                sheet.write_number(line, column, one.value, share if one.is_share else shown[one.places])
    sheet.autofilter(0, 0, max(len(rows) - 1, 0), len(heads) - 1)  # the sum stands below what is filtered
    sheet.write_string(len(rows) + 2, 0, _("Data as of position %(position)s") % {"position": told.as_of.position})
    sheet.freeze_panes(1, 1)


def parts(told: Told) -> list[tuple[str, list[str], list[list[str]]]]:
    """Give the parts as tables narrow enough for paper: title, heads, rows; the last row is the sum."""
    columns, rates, by, usual = columns_of(told), rates_of(told), told.query.group, told.query.usual
    first = first_head(by)
    names = [*(named(*one) for one in columns), *(str(one.name) for one in rates)]
    rows = [
        [_name(part, by), *(words_of(part.values, *one) for one in columns),
         *(rate_words(part.values, one, usual) for one in rates)]
        for part in told.parts
    ]  # fmt: skip
    sums = [words_of(told.values, *one) for one in columns] + [rate_words(told.values, one, usual) for one in rates]
    rows.append([_("All together"), *sums])
    return [
        (first, [first, *names[at : at + WIDE]], [[row[0], *row[1 + at : 1 + at + WIDE]] for row in rows])
        for at in range(0, len(names), WIDE)
    ]


def first_head(by: str) -> str:
    """Name what the parts are told apart by."""
    return {"day": _("Day"), "week": _("Week"), "month": _("Month")}.get(by) or capfirst(str(DIMS[by]))


def _typed(told: Told) -> tuple[list[str], list[tuple[str, list[Number]]]]:
    columns, rates, by = columns_of(told), rates_of(told), told.query.group
    heads = [first_head(by), *(named(*one) for one in columns), *(str(one.name) for one in rates)]
    rows = [(_name(part, by), _numbers(told, part.values, columns, rates)) for part in told.parts]
    return heads, [*rows, (_("All together"), _numbers(told, told.values, columns, rates))]


def _name(part: Part, by: str) -> str:
    if by not in GROUPS:
        return str(part.name)
    first, last = part.period.from_on, part.period.to_on - ONE_DAY
    return str(first) if first == last else f"{first} – {last}"


def _numbers(told: Told, values: Values, columns: Sequence[Column], rates: Sequence[Rate]) -> list[Number]:
    figures = [
        Number(Decimal(from_minor(value_of(values, *one), one[1])), digits(one[1]))
        if one[1]
        else Number(Decimal(value_of(values, *one)))
        for one in columns
    ]
    return figures + [_rate(values, one, told.query.usual) for one in rates]


def _rate(values: Values, rate: Rate, usual: str) -> Number:
    over, under = values.rate(rate, usual)
    if under <= 0:
        return Number(None)
    if rate.is_money and not rate.is_share:
        return Number(Decimal(from_minor(round(Decimal(over) / under), usual)), digits(usual))
    return Number(round(Decimal(over) / under, 4), 2, is_share=rate.is_share)


def _says(told: Told, figure: Figure) -> bool:
    """Whether a reason for which nothing was cancelled need not have a column."""
    return ":" not in figure.code or bool(told.values.counts.get(figure.code))
