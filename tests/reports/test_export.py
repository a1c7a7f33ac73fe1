"""Reports as files: the same figures, and nothing in them that a spreadsheet would run."""

import csv
import io
import re
import zipfile
from datetime import date

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook

from reports import export, paper, period
from shopdesk.base import spreadsheets
from shopdesk.limits.models import LimitSet
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

    assert sheet[0] == ["First day", "Last day", "Section", "Figure", "Currency", "Amount"]
    assert [row[5] for row in sheet[1 : len(lines) + 1]] == [float(line.amount) for line in lines]
    assert [date(2026, 11, 1), date(2026, 11, 30), "Money", "Ordered", "RUB", 258.0] in sheet


def test_the_workbook_can_be_filtered_under_heads_that_stay():
    book = zipfile.ZipFile(io.BytesIO(export.period_xlsx(report(compare="previous"))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert re.search(r'<autoFilter ref="A1:F\d+"/>', sheet)
    assert 'state="frozen"' in sheet


def test_the_pdf_has_its_pictures_and_the_same_figures():
    """Two vector pictures, and what the workbook says of the month."""
    make.order([("A", 2, "129.00")])
    asked = period.Asked(period.shop_period(date(2026, 11, 1), date(2026, 12, 1)), compare="previous")
    reader = paper.Reader(make.owner().subject, "Europe/Moscow", make.AT)
    written = paper.write(asked, reader)
    pdf = pypdfium2.PdfDocument(paper.pdf(written, at=make.AT))
    words = "".join(one.get_textpage().get_text_range() for one in pdf)

    assert "258 ₽" in words.replace("\u00a0", " ")
    assert "November 2026" in words
    assert all(one.title in words for one in written.pictures)
    assert 31 in {len(table.rows) for table in written.tables}, "a row for each day"


def test_too_many_rows_for_paper_offer_the_workbook(monkeypatch):
    monkeypatch.setattr(paper, "MOST_ROWS", 30)
    asked = period.Asked(period.shop_period(date(2026, 11, 1), date(2026, 12, 1)))
    written = paper.write(asked, paper.Reader(make.owner().subject, "Europe/Moscow", make.AT))
    with pytest.raises(paper.TooLongForPaper) as refusal:
        paper.pdf(written, at=make.AT)

    assert "XLSX" in str(refusal.value.next_step)


def test_the_paper_of_somebody_who_sees_no_cost_has_none():
    make.shop()
    make.product("A", 9)
    make.delivered([("A", 2, "100.00")])
    person = make.manager()
    asked = period.Asked(period.shop_period(date(2026, 11, 1), date(2026, 12, 1)))

    def heads():
        written = paper.write(asked, paper.Reader(person.subject, "Europe/Moscow", make.AT))
        return {str(tile.label) for tile in written.tiles} | {*written.tables[-1].heads}

    assert "Margin" in heads()
    LimitSet.objects.create(person=person, cost=False)
    assert "Margin" not in heads()


@pytest.mark.parametrize("word", ["=1+1", "+7", "-5", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"])
def test_a_word_that_a_spreadsheet_would_run_is_guarded(word):
    assert spreadsheets.guarded(word) == f"'{word}"
    assert spreadsheets.guarded(f"a{word}") == f"a{word}"
