"""Looking for a person everywhere: in every column that can hold text, and in every private file."""

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from shopdesk.privacy.columns import models_by_table, wordy_columns
from shopdesk.privacy.traces import Traces

AT_ONCE = 2_000


def in_tables(traces: Traces, *, using: str, columns: Iterable[tuple[str, str]] | None = None) -> dict[str, int]:
    """Give "table.column" -> how many rows say it; every column unless some are named. Empty: nobody remembers."""
    found: dict[str, int] = {}
    for table, column in wordy_columns() if columns is None else columns:
        model = models_by_table()[table]
        name = next(one.attname for one in model._meta.local_concrete_fields if one.column == column)
        values = model._base_manager.using(using).values_list(name, flat=True)
        if count := sum(traces.are_in(value) for value in values.iterator(chunk_size=AT_ONCE)):
            found[f"{table}.{column}"] = count
    return found


def in_files(traces: Traces, folder: Path) -> list[str]:
    """Give the files below a folder that say it; workbooks are looked into."""
    return [
        str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file() and _says(path, traces)
    ]


def _says(path: Path, traces: Traces) -> bool:
    return any(traces.are_in(part) for part in _parts(path))


def _parts(path: Path) -> Iterator[bytes]:
    if not zipfile.is_zipfile(path):
        yield path.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield archive.read(name)
