"""The files of exports: the spool that one snapshot fills, and the table that is written from it. Flat memory."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import xlsxwriter
from django.conf import settings

from shopdesk.base.spreadsheets import BOM, PLAIN_CELLS, guarded
from shopdesk.exports.models import Export

CHECK_EVERY = 1_000
Heard = Callable[[int], None]  # told how many rows are done; raises to stop


def place(export: Export, suffix: str) -> Path:
    """Give the path of an export's file; named by chance, in private storage, never under a public path."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{export.code}.{suffix}"


def table(export: Export) -> Path:
    """Give the path of the finished table."""
    return place(export, export.format)


def spool(export: Export, rows: Iterable[list[Any]]) -> int:
    """Keep what a snapshot read, one JSON line a row. Gives how many."""
    path = place(export, "spool")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            count += 1
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def spooled(export: Export) -> Iterator[list[Any]]:
    """Read the spool again."""
    with place(export, "spool").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write(export: Export, headings: list[str], rows: Iterable[list[str]], heard: Heard) -> int:
    """Write the table beside its name and put it there whole: nobody ever fetches half of one. Gives its size."""
    unfinished = place(export, f"{export.format}.part")
    writers = {Export.Format.CSV: _csv, Export.Format.XLSX: _xlsx}
    writers[Export.Format(export.format)](unfinished, headings, _counted(rows, heard))
    unfinished.replace(table(export))
    place(export, "spool").unlink(missing_ok=True)
    return table(export).stat().st_size


def remove(export: Export) -> None:
    """Delete everything of an export from the disk. A second time does nothing."""
    for suffix in ("spool", f"{export.format}.part", export.format):
        place(export, suffix).unlink(missing_ok=True)


def _counted(rows: Iterable[list[str]], heard: Heard) -> Iterator[list[str]]:
    for count, row in enumerate(rows, start=1):
        if count % CHECK_EVERY == 0:
            heard(count)
        yield row


def _csv(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    """RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe (SEC-37)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(headings)
        for row in rows:
            writer.writerow([guarded(cell) for cell in row])


def _xlsx(path: Path, headings: list[str], rows: Iterable[list[str]]) -> None:
    """Row by row onto the disk; every cell is typed as words, so that none is a formula or a link."""
    options = PLAIN_CELLS | {"constant_memory": True, "tmpdir": str(path.parent)}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(chain([headings], rows)):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell)
