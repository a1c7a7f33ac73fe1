"""Reads of the hot paths whose SQL is put together once: the one place for this raw SQL, tested on both databases.

A query set is put together anew each time it is asked; for an intake of one order that took half of the processor's
time. Here the statement is a fixed text, which the server keeps planned too, and whatever varies is one value: a list
is passed whole, not as so many placeholders.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import cache
from typing import Any, Generic, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any], Any]
AMONG = {
    "postgresql": {"texts": "= ANY(%s::text[])", "numbers": "= ANY(%s::bigint[])"},
    "sqlite": {"texts": "IN (SELECT value FROM json_each(%s))", "numbers": "IN (SELECT value FROM json_each(%s))"},
}


class Reading(Generic[M]):
    """A fixed statement that gives models. `tail` is what follows FROM: joins, WHERE, ORDER BY.

    The table itself is `t`; `{texts}` and `{numbers}` stand for "is one of these", given as one list. `extra` are
    columns of joined tables that come before each model.
    """

    def __init__(self, model: type[M], tail: str, *, extra: Sequence[str] = ()) -> None:
        self.model, self.tail, self.extra = model, tail, tuple(extra)
        self.statements: dict[str, str] = {}
        self.ways: dict[str, list[tuple[int, Convert]]] = {}

    def all(self, *values: Any) -> list[M]:
        """Give the models."""
        return [model for *_extra, model in self.rows(*values)]

    def rows(self, *values: Any) -> list[tuple[Any, ...]]:
        """Give rows: the extra columns as the database has them, then the model."""
        ways, skipped = self._ways(), len(self.extra)
        names = [field.attname for field in self.model._meta.concrete_fields]
        found = []
        for row in _fetched(self.statement, values):
            own = list(row[skipped:])
            for place, convert in ways:
                own[place] = convert(own[place])
            found.append((*row[:skipped], self.model.from_db(connection.alias, names, own)))
        return found

    @property
    def statement(self) -> str:
        """The statement as this database takes it."""
        if (kept := self.statements.get(connection.vendor)) is None:
            quote = connection.ops.quote_name
            own = [f"t.{quote(str(field.column))}" for field in self.model._meta.concrete_fields]
            columns = ", ".join([*self.extra, *own])
            tail = self.tail.format(**AMONG[connection.vendor])
            kept = f"SELECT {columns} FROM {quote(self.model._meta.db_table)} t {tail}"  # noqa: S608  # our own words
            self.statements[connection.vendor] = kept
        return kept

    def _ways(self) -> list[tuple[int, Convert]]:
        """Give the columns whose values the framework makes of what the database has, and how."""
        if (kept := self.ways.get(connection.vendor)) is None:
            kept = []
            for place, field in enumerate(self.model._meta.concrete_fields):
                column = field.get_col(self.model._meta.db_table)
                for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection)):
                    kept.append((place, _bound(convert, column)))
            self.ways[connection.vendor] = kept
        return kept


Ask = tuple[Reading[Any] | str, Sequence[Any]]  # what is read, and its values
ANSWERED: ContextVar[dict[tuple[str, str], list[tuple[Any, ...]]]] = ContextVar("answered")


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Give the rows of a fixed statement in which `{texts}` and `{numbers}` stand as in a `Reading`."""
    return _fetched(_spelled(statement, connection.vendor), values)


@contextmanager
def ahead(asks: Sequence[Ask]) -> Iterator[None]:
    """Ask all of these at once, in one trip to the server: whoever asks one of them in this block finds it answered.

    Each answer is given once; who asks again asks the server. Where there is no server each is asked in its turn.
    """
    if connection.vendor != "postgresql" or not asks:
        yield
        return
    answers: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    spelled = [
        (one.statement if isinstance(one, Reading) else _spelled(one, connection.vendor), [*map(_passed, values)])
        for one, values in asks
    ]
    with ExitStack() as stack:
        cursors = [stack.enter_context(connection.cursor()) for _ask in spelled]
        with in_one_trip():
            for cursor, ask in zip(cursors, spelled, strict=True):
                cursor.execute(*ask)
        for cursor, (statement, values) in zip(cursors, spelled, strict=True):
            answers[statement, repr(values)] = list(cursor.fetchall())
    token = ANSWERED.set(answers)
    try:
        yield
    finally:
        ANSWERED.reset(token)


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Send the statements of this block without waiting for each. Only for those of which nobody asks how many rows.

    What the server refuses is raised at the end of the block at the latest.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield


@cache
def _spelled(statement: str, vendor: str) -> str:
    return statement.format(**AMONG[vendor])


def _bound(convert: Callable[..., Any], column: Any) -> Convert:
    return lambda value: convert(value, column, connection)


def _fetched(statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    passed = [_passed(value) for value in values]
    if (kept := ANSWERED.get({}).pop((statement, repr(passed)), None)) is not None:
        return kept
    with connection.cursor() as cursor:
        cursor.execute(statement, passed)
        return list(cursor.fetchall())


def _passed(value: Any) -> Any:
    """Pass a list as the database takes it."""
    if isinstance(value, list | tuple | set | frozenset):
        listed = sorted(value)
        return listed if connection.vendor == "postgresql" else json.dumps(listed)
    return value.value if isinstance(value, Enum) else value
