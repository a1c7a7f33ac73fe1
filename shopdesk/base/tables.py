"""Tables that people send: CSV and XLSX as rows of text under cleaned headings. Nothing in them is a formula."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.files import CannotBeOpened, read_workbook
from shopdesk.base.spreadsheets import restored
from shopdesk.base.strict.text import BOM, clean_form_text, form_identifier

MOST_BYTES = 50_000_000
DELIMITERS = ",;\t|"


class UnreadableTable(DomainError):
    """The file is no table that the desk reads."""

    sentence = _("%(file)s is not a CSV file in UTF-8, nor an XLSX file.")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its number as a person counts (the headings are row 1), and raw text by casefolded heading."""

    number: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """Give the first of these columns that says something, cleaned, else an empty text."""
        return clean_form_text(self.raw(*names))

    def identifier(self, *names: str) -> str:
        """Give the first of these columns for machines to compare. Raises Malformed for what cannot be seen."""
        return form_identifier(self.raw(*names), pointer=f"/{names[0]}")

    def raw(self, *names: str) -> str:
        """Give the first of these columns that is not empty, as it was written."""
        return next((text for name in names if (text := self.cells.get(name, "")).strip()), "")


def read_table(path: Path) -> Iterator[Row]:
    """Read a table row by row; empty rows are left out. Raises UnreadableTable, BadArchive."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableTable(detail={"file": path.name})
    is_book = path.suffix.casefold() in {".xlsx", ".xls", ".ods"}
    rows = _workbook(path) if is_book else _text(path)
    headings = [clean_form_text(heading).casefold() for heading in next(rows, [])]
    for number, cells in enumerate(rows, start=2):
        if any(cell.strip() for cell in cells):
            yield Row(number, dict(zip(headings, cells, strict=False)))


def _text(path: Path) -> Iterator[list[str]]:
    try:
        text = path.read_bytes().decode().removeprefix(BOM)
    except UnicodeDecodeError:
        raise UnreadableTable(detail={"file": path.name}) from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter):
        yield [restored(cell) for cell in row]


def _workbook(path: Path) -> Iterator[list[str]]:
    try:
        yield from read_workbook(path.read_bytes())
    except CannotBeOpened:
        raise UnreadableTable(detail={"file": path.name}) from None
