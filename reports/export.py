"""The period report as a file: one row a figure, with the period it is of, safe to open in a spreadsheet."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from reports.period import SECTIONS, Report, Sheet
from shopdesk.base.money import digits, from_minor
from shopdesk.base.periods import ONE_DAY, Period
from shopdesk.base.spreadsheets import BOM, PLAIN_CELLS, csv_line


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of one stretch of days; `amount` is a plain decimal number, a count where there is no currency."""

    period: Period
    section: str
    figure: str | Promise
    currency: str
    amount: str


def period_csv(report: Report) -> Iterator[bytes]:
    """Give the report as CSV (RFC 4180, UTF-8), line by line."""
    yield BOM.encode() + csv_line(_heads())
    for line in lines(report):
        words = [_days(line), line.section, str(line.figure), line.currency]
        yield csv_line(words, figures=[line.amount])
    yield csv_line([_("Data as of position %(position)s") % {"position": report.as_of.position}])


def period_xlsx(report: Report, more: Callable[[xlsxwriter.Workbook], None] = lambda book: None) -> bytes:
    """Give the report as a workbook: days are dates, figures numbers, words words whatever they begin with.

    The heads stay in sight and each column can be filtered. `more` may add sheets of its own.
    """
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **PLAIN_CELLS}) as book:
        sheet = book.add_worksheet()
        bold, dated = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        formats = {places: book.add_format({"num_format": "0." + "0" * places if places else "0"}) for places in (0, 2)}
        sheet.set_column(0, 1, 12)
        sheet.set_column(2, 3, 24)
        heads = [_("First day"), _("Last day"), *_heads()[1:]]
        for column, head in enumerate(heads):
            sheet.write_string(0, column, head, bold)
        place = 0
        for place, line in enumerate(lines(report), start=1):
            for column, on in enumerate((line.period.from_on, line.period.to_on - ONE_DAY)):
                sheet.write_datetime(place, column, on, dated)
            for column, word in enumerate([line.section, str(line.figure), line.currency], start=2):
                sheet.write_string(place, column, word)
            shown = formats.get(digits(line.currency) if line.currency else 0, formats[2])
            sheet.write_number(place, 5, Decimal(line.amount), shown)
        sheet.autofilter(0, 0, place, len(heads) - 1)
        sheet.write_string(place + 2, 0, _("Data as of position %(position)s") % {"position": report.as_of.position})
        sheet.freeze_panes(1, 0)
        more(book)
    return file.getvalue()


def lines(report: Report) -> Iterator[Line]:
    """Give every figure: of the period, of the one it is compared with, and of its parts."""
    sheets = [(report.asked.period, report.sheet), *([report.compared] if report.compared else []), *report.groups]
    for period, sheet in sheets:
        yield from _of_sheet(period, sheet)


def _of_sheet(period: Period, sheet: Sheet) -> Iterator[Line]:
    for figure in SECTIONS["funnel"]:
        if figure.code in sheet.funnel:
            yield Line(period, _("Funnel"), figure.name, "", str(sheet.funnel[figure.code]))
    for currency, sums in sheet.money.items():
        for figure in (one for one in SECTIONS["money"] if one.code in sums):
            yield Line(period, _("Money"), figure.name, currency, from_minor(sums[figure.code], currency))


def _heads() -> list[str]:
    return [_("Days"), _("Section"), _("Figure"), _("Currency"), _("Amount")]


def _days(line: Line) -> str:
    """Give the days of a line, the last one included, as people read them; ISO, so that they sort."""
    last = line.period.to_on - ONE_DAY
    return str(last) if last == line.period.from_on else f"{line.period.from_on} – {last}"
