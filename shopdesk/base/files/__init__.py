"""Files that people send, and files that are given to people (SEC-50, SEC-51): told by what they are, opened apart."""

from shopdesk.base.files.answers import as_file
from shopdesk.base.files.apart import CannotBeOpened
from shopdesk.base.files.archives import BadArchive, check_archive
from shopdesk.base.files.taking import MOST_BYTES, Kind, NotAFile, Taken, TooHeavy, keep, take
from shopdesk.base.files.workbooks import read_workbook

__all__ = [
    "MOST_BYTES", "BadArchive", "CannotBeOpened", "Kind", "NotAFile", "Taken", "TooHeavy", "as_file", "check_archive",
    "keep", "read_workbook", "take",
]  # fmt: skip
