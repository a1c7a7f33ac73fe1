"""Reads that must agree with themselves."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from django.db import transaction

from shopdesk.base.replica import TRUST

T = TypeVar("T")
FOUND: ContextVar[dict[Hashable, Any] | None] = ContextVar("found", default=None)


@contextmanager
def snapshot() -> Iterator[str]:
    """Give the alias of a database that stands still: all reads inside see one moment, and nobody can write.

    PostgreSQL: REPEATABLE READ, read only, of the replica where there is one that has everything. SQLite: a deferred
    transaction with `query_only`, so that a reader never waits for the writer. The alias's own settings hold these
    levels. Publish the feed before, never inside. In ordinary tests this is `default`, inside the test's transaction.
    """
    alias = TRUST.alias()
    token = FOUND.set({} if (found := FOUND.get()) is None else found)
    try:
        with transaction.atomic(using=alias):
            yield alias
    finally:
        FOUND.reset(token)


def once(key: Hashable, find: Callable[[], T]) -> T:
    """Find something once in a snapshot, since it stands still; outside of one, each time. The key names the alias."""
    found = FOUND.get()
    if found is None:
        return find()
    if key not in found:
        found[key] = find()
    value: T = found[key]
    return value
