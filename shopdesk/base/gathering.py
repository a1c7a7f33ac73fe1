"""Inserts that are sent as one statement: the one place for this raw SQL, tested on both databases.

What a hot path inserts into eight tables goes to the server in one trip and is planned once. A few rows travel as JSON,
one value a table: psycopg takes longer to pass sixty values than the server needs to read it. Many travel as an array a
column, which costs a tenth a row.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from functools import cache
from typing import Any

from django.db import connection, models

from shopdesk.base.arrays import columns_of, unnested
from shopdesk.base.prepared import VENDOR, send, sent

MANY = 60  # rows from which arrays cost less
Keys = dict[type[models.Model], list[int]]


class Gathered:
    """The inserts of one block, and the keys that were drawn for it."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self.parts: list[str] = []
        self.values: list[Any] = []

    def draw(self, model: type[models.Model], many: int) -> list[int]:
        """Give so many keys of those that were drawn before; what is missing is drawn now."""
        drawn = self.keys.setdefault(model, [])
        if len(drawn) < many:
            drawn += Drawing({model: many - len(drawn)}).keys()[model]
        given, self.keys[model] = drawn[:many], drawn[many:]
        return given

    def add(
        self, model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], unless: str
    ) -> None:
        """Keep an insert until the block ends."""
        many = len(rows) >= MANY
        self.parts.append(_part(model, tuple(columns), many=many) + unless)
        if many:
            self.values += columns_of(rows)
        else:
            self.values.append(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=_as_json))

    def send(self) -> None:
        """Send what was kept: all but the last as parts of it."""
        if not self.parts:
            return
        *others, last = self.parts
        beside = ", ".join(f"part{place} AS ({part})" for place, part in enumerate(others))
        send(f"WITH {beside} {last}" if others else last, self.values, may_wait=True)


class Drawing:
    """Keys that nobody else gets, of several models in one statement. None where one writer holds everything,
    and none where none is wanted.

    Within `prepared.in_one_trip` they are there once the block has ended.
    """

    def __init__(self, wanted: Mapping[type[models.Model], int]) -> None:
        self.models = list(wanted)
        travels = VENDOR == "postgresql" and any(wanted.values())
        self.sent = sent(_draws(*self.models), *wanted.values()) if travels else None

    def keys(self) -> Keys:
        """Give the keys by model, each model's rising."""
        found: Keys = {model: [] for model in self.models}
        for place, key in sorted(self.sent.rows()) if self.sent else ():
            found[self.models[place]].append(key)
        return found


GATHERED: ContextVar[Gathered | None] = ContextVar("gathered", default=None)


@contextmanager
def together(drawing: Drawing) -> Iterator[None]:
    """Send what `bulk` inserts within this block as one statement when it ends, with the keys that were drawn for it.

    So nothing of it can be read within, and what the database refuses is raised at the end. Rows that are there before
    or beside are no matter: foreign keys are looked at when all is written. On SQLite, where no statement travels,
    each is done in its turn.
    """
    if VENDOR != "postgresql":
        yield
        return
    gathered = Gathered(drawing.keys())
    token = GATHERED.set(gathered)
    try:
        yield
    finally:
        GATHERED.reset(token)
    gathered.send()


@cache
def _part(model: type[models.Model], columns: tuple[str, ...], *, many: bool) -> str:
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    if many:
        return f"INSERT INTO {table} ({names}) SELECT * FROM {unnested(model, columns)}"  # noqa: S608  # names of our own columns
    rows = f"json_populate_recordset(NULL::{table}, %s::json)"
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"  # noqa: S608  # as above


@cache
def _draws(*wanted: type[models.Model]) -> str:
    each = []
    for place, model in enumerate(wanted):
        table, key = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
        sequence = f"(SELECT pg_get_serial_sequence('{table}', '{key}')::regclass)"  # names of our own
        each.append(f"SELECT {place}, nextval({sequence}) FROM generate_series(1, (SELECT %s::integer))")  # noqa: S608  # as above
    return " UNION ALL ".join(each)


def _as_json(value: Any) -> Any:
    """Spell what JSON has no word for: instants and days as the database reads them, a JSON column's value as it is."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value.obj  # psycopg's wrapper round the value of a JSON column; anything else is no value of a row
