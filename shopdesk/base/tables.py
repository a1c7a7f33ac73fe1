"""Tables that people send: CSV and XLSX as rows of text under cleaned headings. Nothing in them is a formula."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.files import CannotBeOpened, read_workbook
from shopdesk.base.spreadsheets import restored
from shopdesk.base.strict.text import clean_form_text, form_identifier

MOST_BYTES = 50_000_000
DELIMITERS = ",;\t|"
BOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")  # XLSX and ODS; the old XLS
UTF16_LE, UTF16_BE = b"\xff\xfe", b"\xfe\xff"
NEVER_WRITTEN = re.compile("[\x00-\x08\x0e-\x1f]")  # no table has them; a picture or a program does
FIRST_LINES, FIRST_CHARACTERS = 5, 100_000


class UnreadableTable(DomainError):
    """The file is no table that the desk reads."""

    sentence = _("%(file)s is neither a CSV nor an XLSX file that the desk can read.")


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
        for name in names:
            text = self.cells.get(name, "")
            if text and not text.isspace():
                return text
        return ""


@dataclass(frozen=True, slots=True)
class Look:
    """What a file turned out to be. Encoding and delimiter are empty for a workbook."""

    headings: tuple[str, ...]  # cleaned, in their own letter case, each once
    encoding: str = ""
    delimiter: str = ""


def read_table(path: Path) -> Iterator[Row]:
    """Read a table row by row; empty rows are left out. Raises UnreadableTable, BadArchive."""
    yield from _numbered(_open(path)[1])


def look_at(path: Path) -> Look:
    """Tell what a table is and what its columns are called. Raises UnreadableTable, BadArchive."""
    look, rows = _open(path)
    headings = [clean_form_text(heading) for heading in next(rows, [])]
    return replace(look, headings=tuple(_once(headings)))


def _open(path: Path) -> tuple[Look, Iterator[list[str]]]:
    """Open by what the content is, not by the name."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableTable(detail={"file": path.name})
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(BOOKS):
        return Look(()), _workbook(path)
    text, encoding = _decoded(path)
    delimiter = _delimiter_of(text)
    return Look((), encoding, delimiter), _cells(text, delimiter)


def _numbered(rows: Iterator[list[str]]) -> Iterator[Row]:
    headings = [heading.casefold() for heading in _once([clean_form_text(heading) for heading in next(rows, [])])]
    for number, cells in enumerate(rows, start=2):
        if any(map(str.strip, cells)):
            yield Row(number, dict(zip(headings, cells, strict=False)))


def _once(headings: Sequence[str]) -> list[str]:
    """Tell columns of one name apart: the second is "price (2)"."""
    seen: Counter[str] = Counter()
    named = []
    for heading in headings:
        seen[heading.casefold()] += 1
        times = seen[heading.casefold()]
        named.append(f"{heading} ({times})" if heading and times > 1 else heading)
    return named


def _decoded(path: Path) -> tuple[str, str]:
    """Give the text and its encoding: UTF-8 with or without its mark, UTF-16 with one, else a Cyrillic Windows's."""
    content = path.read_bytes()
    encodings = ["utf-16"] if content.startswith((UTF16_LE, UTF16_BE)) else ["utf-8-sig", "cp1251"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not NEVER_WRITTEN.search(text):
            return text, encoding
    raise UnreadableTable(detail={"file": path.name})


def _delimiter_of(text: str) -> str:
    """The delimiter that cuts the first rows into the most columns; what stands in quotes does not count."""
    lines = text[:FIRST_CHARACTERS].splitlines(keepends=True)[:FIRST_LINES]
    widths = {mark: [len(row) for row in csv.reader(lines, delimiter=mark) if row] for mark in DELIMITERS}
    # The headings decide: addresses below them are full of commas.
    return max(DELIMITERS, key=lambda mark: (widths[mark][:1], min(widths[mark], default=0)))


def _cells(text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [restored(cell) if cell.startswith("'") else cell for cell in row]
    except csv.Error:  # a cell of more than 131,072 characters: a quote that nobody closed
        raise UnreadableTable(detail={"file": ""}) from None


def _workbook(path: Path) -> Iterator[list[str]]:
    try:
        yield from read_workbook(path.read_bytes())
    except CannotBeOpened:
        raise UnreadableTable(detail={"file": path.name}) from None
