"""Reads of the hot paths whose SQL is put together once: the one place for this raw SQL, tested on both databases.

A query set is put together anew each time it is asked; for an intake of one order that took half of the processor's
time. Here the statement is a fixed text, which the server keeps planned too, and whatever varies is one value: a list
is passed whole, not as so many placeholders.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from types import NoneType
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from shopdesk.base.arrays import as_array
from shopdesk.base.fresh import loaded

M = TypeVar("M", bound=models.Model)
VENDOR: Final = connection.vendor  # a process has one kind of database: asked anew it is a dozen calls each time
Convert = Callable[[Any], Any]
Values = Sequence[Any] | dict[str, Any]
LISTS: Final = (list, tuple, set, frozenset)
PLAIN: Final = frozenset({str, int, bool, NoneType})  # what goes as it is


class Piece(str):
    """A piece of SQL that takes one value: by its place, or by the name that is asked for, as in `{texts:phones}`."""

    __slots__ = ()

    def __format__(self, name: str) -> str:
        return self.replace("%s", f"%({name})s") if name else str(self)


# Where there is one writer nothing is locked: it holds everything. A list is passed through a SELECT: PostgreSQL keeps
# one plan for all values where it cannot know them, and else plans anew each time, since a list of one looks cheaper
# than the ten it reckons with. Of an intake that was half of the server's time. `FROM {each} w CROSS JOIN {lateral}
# orders o WHERE …{end}` looks for each by itself: in a young shop, of which PostgreSQL knows nothing yet, it would
# rather read all rows and compare each with all that are wanted.
SPELLED = {
    "postgresql": {
        "texts": Piece("= ANY((SELECT %s::text[])::text[])"),
        "numbers": Piece("= ANY((SELECT %s::bigint[])::bigint[])"),
        "each": Piece("(SELECT unnest((SELECT %s::text[])) AS one)"), "json": Piece("%s::jsonb"), "listed": "json_agg",
        "lock": " FOR NO KEY UPDATE OF t", "skip": " FOR NO KEY UPDATE OF t SKIP LOCKED",
        "lateral": "LATERAL (SELECT o.* FROM", "end": " OFFSET 0) o",
    },
    "sqlite": {
        "texts": Piece("IN (SELECT value FROM json_each(%s))"),
        "numbers": Piece("IN (SELECT value FROM json_each(%s))"),
        "each": Piece("(SELECT value AS one FROM json_each(%s))"), "json": Piece("%s"), "listed": "json_group_array",
        "lock": "", "skip": "",
        "lateral": "", "end": "",
    },
}  # fmt: skip


class Reading(Generic[M]):
    """A fixed statement that gives models. `tail` is what follows FROM: joins, WHERE, ORDER BY.

    The table itself is `t`; `{texts}` and `{numbers}` stand for "is one of these", given as one list; `{lock}` and
    `{skip}` lock what is found, waiting for it or passing it over. `extra` are columns that come before each model.
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
        if not values and (kept := BUILT.get({}).get(self.statement)) is not None:
            return kept
        return self.built(_fetched(self.statement, values))

    def named(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Give rows as above, of a statement whose values have names."""
        return self.built(_fetched(self.statement, values))

    def built(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Make models of rows that end with this table's columns; what stands before them stays as it is."""
        ways, skipped = self._ways(), len(self.extra)
        own = [list(row[skipped:]) for row in rows]
        for values in own:
            for place, convert in ways:
                values[place] = convert(values[place])
        found = zip(rows, loaded(self.model, own), strict=True)
        return [(*row[:skipped], one) for row, one in found]

    @property
    def statement(self) -> str:
        """The statement as this database takes it."""
        if (kept := self.statements.get(VENDOR)) is None:
            kept = self.statements[VENDOR] = self._spell(SPELLED[VENDOR])
        return kept

    def _spell(self, spelled: Mapping[str, str]) -> str:
        return f"SELECT {self._columns('t', spelled)} FROM {self._table} t {self.tail.format(**spelled)}"  # noqa: S608  # our own words

    @property
    def _table(self) -> str:
        return connection.ops.quote_name(self.model._meta.db_table)

    def _columns(self, name: str, spelled: Mapping[str, str]) -> str:
        own = [f"{name}.{connection.ops.quote_name(str(field.column))}" for field in self.model._meta.concrete_fields]
        return ", ".join([*(one.format(**spelled) for one in self.extra), *own])

    def _ways(self) -> list[tuple[int, Convert]]:
        """Give the columns whose values the framework makes of what the database has, and how."""
        if (kept := self.ways.get(VENDOR)) is None:
            kept = []
            for place, field in enumerate(self.model._meta.concrete_fields):
                column = field.get_col(self.model._meta.db_table)
                for convert in (*connection.ops.get_db_converters(column), *field.get_db_converters(connection)):
                    kept.append((place, _bound(convert, column)))
            self.ways[VENDOR] = kept
        return kept


class Changing(Reading[M]):
    """A fixed UPDATE that gives the models as they are afterwards. `tail`: SET and WHERE; the table has its name."""

    def _spell(self, spelled: Mapping[str, str]) -> str:
        return f"UPDATE {self._table} {self.tail.format(**spelled)} RETURNING {self._columns(self._table, spelled)}"


Ask = tuple[Reading[Any] | str, Values]  # what is read, and its values
ANSWERED: ContextVar[dict[tuple[str, str], "Answer"]] = ContextVar("answered")
BUILT: ContextVar[dict[str, list[tuple[Any, ...]]]] = ContextVar("built")  # what `kept` holds, by its statement


def rows(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Give the rows of a fixed statement in which `{texts}` and the like stand as in a `Reading`."""
    return _fetched(_spelled(statement, VENDOR), values)


def named(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Give the rows of a fixed statement whose values have names."""
    return _fetched(_spelled(statement, VENDOR), values)


def change(statement: str, values: dict[str, Any]) -> None:
    """Do a fixed statement of which nobody asks anything back: within a transaction it goes along with what is next."""
    send(_spelled(statement, VENDOR), _all_passed(values), may_wait=True)


def instant(value: Any) -> datetime:
    """Give an instant that came without its model: SQLite keeps it as a text, in UTC without saying so."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Answer(Protocol):
    """A statement on its way; within `in_one_trip` it has arrived once the block has ended."""

    def rows(self) -> list[tuple[Any, ...]]:
        """Give what it found."""
        ...

    def count(self) -> int:
        """Give how many rows it found or changed."""
        ...


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that was done at once: there is no server to travel to."""

    found: list[tuple[Any, ...]]
    many: int

    def rows(self) -> list[tuple[Any, ...]]:
        """Give what it found."""
        return self.found

    def count(self) -> int:
        """Give how many rows it found or changed."""
        return self.many


def send(statement: str, values: Values, *, may_wait: bool = False) -> Answer:
    """Send a statement as the database takes it, its values too. `may_wait`: nobody asks what it did."""
    if VENDOR == "postgresql":
        line: Any = connections[DEFAULT_DB_ALIAS]
        return cast(Answer, line.send_sql(statement, values, may_wait=may_wait))
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return Done(list(cursor.fetchall()), cursor.rowcount)


def sent(statement: str, *values: Any) -> Answer:
    """Send a fixed statement in which `{texts}` and the like stand as in a `Reading`."""
    return send(_spelled(statement, VENDOR), _all_passed(values))


@contextmanager
def ahead(asks: Sequence[Ask]) -> Iterator[None]:
    """Ask all of these at once, in one trip to the server: whoever asks one of them in this block finds it answered.

    Each answer is given once; who asks again asks the server. Where there is no server each is asked in its turn.
    """
    if VENDOR != "postgresql" or not asks:
        yield
        return
    answers: dict[tuple[str, str], Answer] = {}
    with in_one_trip():
        for one, values in asks:
            statement = one.statement if isinstance(one, Reading) else _spelled(one, VENDOR)
            passed = _all_passed(values)
            answers[statement, repr(passed)] = send(statement, passed)
    token = ANSWERED.set(answers)
    try:
        yield
    finally:
        ANSWERED.reset(token)


@contextmanager
def in_one_trip() -> Iterator[None]:
    """Let what is sent in this block travel together, when it ends or somebody asks for an answer.

    What the server refuses is raised at the end of the block at the latest. A block within another is part of its trip.
    """
    if VENDOR != "postgresql":
        yield
        return
    line: Any = connections[DEFAULT_DB_ALIAS]
    with line.one_trip():
        yield


@cache
def _spelled(statement: str, vendor: str) -> str:
    return statement.format(**SPELLED[vendor])


def _bound(convert: Callable[..., Any], column: Any) -> Convert:
    return lambda value: convert(value, column, connection)


def _fetched(statement: str, values: Values) -> list[tuple[Any, ...]]:
    passed = _all_passed(values)
    answers = ANSWERED.get(None)
    if answers and (kept := answers.pop((statement, repr(passed)), None)) is not None:
        return kept.rows()
    return send(statement, passed).rows()


def _all_passed(values: Values) -> Any:
    if isinstance(values, dict):
        return {name: value if type(value) in PLAIN else _passed(value) for name, value in values.items()}
    return [value if type(value) in PLAIN else _passed(value) for value in values]


def _passed(value: Any) -> Any:
    """Pass a value as the database takes it; a list is one value."""
    if isinstance(value, LISTS):
        listed = sorted(value)
        return as_array(listed) if VENDOR == "postgresql" else json.dumps(listed)
    if isinstance(value, datetime):
        return value if VENDOR == "postgresql" else connection.ops.adapt_datetimefield_value(value)
    return value.value if isinstance(value, Enum) else value
