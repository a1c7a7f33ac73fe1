"""The files of exports: the spool that one snapshot fills, and the table that is written from it. Flat memory."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from django.conf import settings

from shopdesk.base.spreadsheets import BOM, guarded
from shopdesk.exports import printed, workbook
from shopdesk.exports.models import Export

CHECK_EVERY = 1_000
Writer = Callable[[Path, list[str], Iterable[list[str]]], None]
Heard = Callable[[int], None]  # told how many rows are done; raises to stop


def place(export: Export, suffix: str) -> Path:
    """Give the path of an export's file; named by chance, in private storage, never under a public path."""
    return Path(settings.MEDIA_ROOT) / "exports" / f"{export.code}.{suffix}"


def table(export: Export) -> Path:
    """Give the path of the finished table."""
    return place(export, export.format)


def spool(export: Export, rows: Iterable[list[Any]]) -> int:
    """Write down what a snapshot read, one JSON line a row, in a file of this worker's own. Gives how many."""
    path = _own(export)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            count += 1
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
    return count


def is_spooled(export: Export) -> bool:
    """Whether what was read is there to be written."""
    return place(export, "spool").is_file()


def keep(export: Export, suffix: str) -> None:
    """Put what this worker wrote in its place. The caller holds the row: nobody withdraws it in between."""
    _own(export).replace(place(export, suffix))


def drop(export: Export) -> None:
    """Delete what this worker wrote and nobody wants any more."""
    _own(export).unlink(missing_ok=True)


def spooled(export: Export) -> Iterator[list[Any]]:
    """Read the spool again."""
    with place(export, "spool").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def write(export: Export, headings: list[str], rows: Iterable[list[str]], heard: Heard) -> int:
    """Write the table in a file of this worker's own: nobody ever fetches half of one. Gives its size."""
    writers: dict[Export.Format, Writer] = {
        Export.Format.CSV: _csv,
        Export.Format.XLSX: _xlsx,
        Export.Format.PDF: partial(printed.write, export),
    }
    writers[Export.Format(export.format)](_own(export), headings, _counted(rows, heard))
    return _own(export).stat().st_size


def remove(export: Export) -> None:
    """Delete everything of an export from the disk. A second time does nothing."""
    for path in place(export, "").parent.glob(f"{export.code}.*"):
        path.unlink(missing_ok=True)


def _own(export: Export) -> Path:
    """The file that the worker with this lease writes; another worker at the same export has another one."""
    lease = export.lease_until.timestamp() if export.lease_until else 0
    return place(export, f"part-{export.attempt}-{lease:.6f}")


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
    """Every cell is typed as words, so that none is a formula or a link."""
    workbook.write(path, chain([headings], rows))
