"""Tries: whoever takes a row in hand counts that first, by itself, so that a row which kills its worker is given up."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import DatabaseError, connection
from django.db.models import F, QuerySet

from shopdesk.base.refusals import is_busy

MOST: Final = 5
log = logging.getLogger("shopdesk.sweeps")


@contextmanager
def counted(rows: QuerySet[Any], field: str = "attempts") -> Iterator[bool]:
    """Count a try of the row before what is inside; give False for one that is decided or was tried `MOST` times.

    A full disk, a lock or a restart says nothing of the row: five tries in such minutes would give up what an hour
    later is an order like any other. So such a try is taken back. `rows` is the one row as long as it waits.
    """
    may_try = bool(rows.filter(**{f"{field}__lt": MOST}).update(**{field: F(field) + 1}))
    try:
        yield may_try
    except Exception as error:
        if may_try and is_busy(error):
            _take_back(rows, field)
        raise


def _take_back(rows: QuerySet[Any], field: str) -> None:
    if not connection.is_usable():
        connection.close()  # the next statement opens a new one
    try:
        rows.filter(**{f"{field}__gt": 0}).update(**{field: F(field) - 1})
    except DatabaseError:  # it takes not even this: the try stays counted, and the failure that is raised is the first
        log.warning("sweep.try_stays_counted", extra={"rows": rows.model.__name__})
