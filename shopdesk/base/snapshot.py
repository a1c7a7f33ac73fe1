"""Reads that must agree with themselves."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from shopdesk.base.replica import TRUST


@contextmanager
def snapshot() -> Iterator[str]:
    """Give the alias of a database that stands still: all reads inside see one moment, and nobody can write.

    PostgreSQL: REPEATABLE READ, read only, of the replica where there is one that has everything. SQLite: a deferred
    transaction with `query_only`, so that a reader never waits for the writer. The alias's own settings hold these
    levels. Publish the feed before, never inside. In ordinary tests this is `default`, inside the test's transaction.
    """
    alias = TRUST.alias()
    with transaction.atomic(using=alias):
        yield alias
