"""Workbooks as rows of words, read apart and only after a look at the archive they are (SEC-51)."""

import json

from shopdesk.base.files.apart import open_apart
from shopdesk.base.files.archives import check_archive

ZIP = b"PK\x03\x04"


def read_workbook(content: bytes) -> list[list[str]]:
    """Give the rows of the first sheet: at most 20,000 under their headings, 200 columns.

    Raises BadArchive, CannotBeOpened.
    """
    if content.startswith(ZIP):  # XLSX and ODS; the old XLS is no archive
        check_archive(content)
    rows: list[list[str]] = json.loads(open_apart("workbook", content))
    return rows
