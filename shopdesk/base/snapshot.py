"""Reads that must agree with themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction


@contextmanager
def snapshot() -> Iterator[str]:
    """Give the alias of a database that stands still: all reads inside see one moment, and nobody can write.

    PostgreSQL: REPEATABLE READ, read only, perhaps of a replica (then behind). SQLite: a deferred transaction with
    `query_only`, so that a reader never waits for the writer. The alias's own settings hold these levels. Publish the
    feed before, never inside. In ordinary tests this is `default`, inside the test's own transaction.
    """
    alias: str = settings.SNAPSHOT_ALIAS
    with transaction.atomic(using=alias):
        yield alias
