"""Reports as files: the same figures, and nothing in them that a spreadsheet would run."""

import csv
import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from reports import export, period
from shopdesk.base import spreadsheets
from tests import make

pytestmark = pytest.mark.django_db


def report(**asked):
    return period.read(period.Asked(period.shop_period(date(2026, 11, 1), date(2026, 12, 1)), **asked))


def test_the_csv_holds_every_figure_of_the_report():
    make.order([("A", 2, "129.00")])
    found = report(compare="previous")

    text = b"".join(export.period_csv(found)).decode()
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))

    assert text.startswith("\ufeff")
    assert ["2026-11-01 – 2026-11-30", "Funnel", "Taken in", "", "1"] in rows
    assert ["2026-11-01 – 2026-11-30", "Money", "Ordered", "RUB", "258.00"] in rows
    assert ["2026-10-01 – 2026-10-31", "Money", "Ordered", "RUB", "0.00"] in rows
    assert rows[-1] == [f"Data as of position {found.as_of.position}"]


def test_the_workbook_says_the_same_and_its_figures_are_numbers():
    make.order([("A", 2, "129.00")])
    found = report(group="week")

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(export.period_xlsx(found))).get_sheet_by_index(0).to_python()
    lines = list(export.lines(found))

    assert sheet[0] == ["Days", "Section", "Figure", "Currency", "Amount"]
    assert [row[4] for row in sheet[1 : len(lines) + 1]] == [float(line.amount) for line in lines]
    assert ["2026-11-01 – 2026-11-30", "Money", "Ordered", "RUB", 258.0] in sheet


@pytest.mark.parametrize("word", ["=1+1", "+7", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"])
def test_a_word_that_a_spreadsheet_would_run_is_guarded(word):
    assert spreadsheets.guarded(word) == f"'{word}"
    assert spreadsheets.guarded(f"a{word}") == f"a{word}"
