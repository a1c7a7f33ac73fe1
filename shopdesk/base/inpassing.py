"""What is noted in passing, such as when a key was last used: nobody is turned away because it cannot be written.

A database that reads and takes nothing, a full disk, a standby that nobody raised yet: whoever only reads is served.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, transaction
from psycopg.errors import DiskFull, ReadOnlySqlTransaction

# What SQLite says of a file, or a disk, that takes nothing.
TAKES_NOTHING: Final = ("readonly database", "disk is full", "disk I/O error")


@contextmanager
def in_passing() -> Iterator[None]:
    """Write what is inside, in a transaction of its own, or let it be where the database takes nothing now."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        if not takes_nothing(error):
            raise


def takes_nothing(error: DatabaseError) -> bool:
    """Whether the database reads and does not write."""
    if isinstance(error.__cause__, ReadOnlySqlTransaction | DiskFull):
        return True
    return any(words in str(error) for words in TAKES_NOTHING)
