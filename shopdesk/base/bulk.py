"""Set-based changes of many rows in one statement: the one place for this raw SQL, tested on both databases."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from django.db import connection, connections, models
from django.db.models.expressions import DatabaseDefault, RawSQL

from shopdesk.base.arrays import columns_of, unnested
from shopdesk.base.gathering import GATHERED, Drawing
from shopdesk.base.prepared import VENDOR, send

M = TypeVar("M", bound=models.Model)
AS_THEY_ARE = {"sqlite": {int, str, type(None)}, "postgresql": {int, str, type(None), bool, date, datetime}}
FEW = 20  # up to here one statement less counts for more
ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})  # what COPY would take for its own
ROWS_AT_ONCE = 1_000


def set_integers(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[int]]) -> int:
    """Write integer columns of many rows; each row is (key, value, …) in the order of `columns`. Gives rows changed.

    `bulk_update` writes one CASE per row and column, which took ten times as long for an order of 600 lines.
    """
    return _change(model, columns, [f"{column} = v.{column}" for column in columns], rows)


def add_integers(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[int]]) -> int:
    """Add to integer columns of many rows, each key once. The table's CHECKs refuse what must not be."""
    return _change(model, columns, [f"{column} = t.{column} + v.{column}" for column in columns], rows)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows, their values as the database takes them, in one statement. No key is known afterwards.

    For rows that nobody looks at in the same breath: as models each cost ten times as much, and an order has twenty.
    Columns that are not named must have a default in the database or allow nothing.
    """
    _insert(model, columns, list(rows))


def _insert(
    model: type[models.Model], columns: Sequence[str], values: Sequence[Sequence[Any]], unless: str = ""
) -> None:
    if not values:
        return
    if (gathered := GATHERED.get()) is not None:
        gathered.add(model, columns, values, unless)
        return
    statement = _into(model, tuple(columns), VENDOR, many=len(values) > 1) + unless
    if VENDOR == "postgresql":
        send(statement, values[0] if len(values) == 1 else columns_of(values), may_wait=True)
        return
    with connection.cursor() as cursor:
        if len(values) == 1:
            cursor.execute(statement, values[0])
        else:
            cursor.executemany(statement, values)


@cache
def _into(model: type[models.Model], columns: Sequence[str], vendor: str, *, many: bool) -> str:
    """Spell an INSERT once: of one row by its values, of many on PostgreSQL by an array a column."""
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    if vendor == "postgresql" and many:
        return f"INSERT INTO {table} ({names}) SELECT * FROM {unnested(model, tuple(columns))}"  # noqa: S608  # names of our own columns
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"  # noqa: S608  # as above


def create(objects: Sequence[M]) -> list[M]:
    """Insert models and give them with their keys, as `bulk_create` does; many of one kind in one statement.

    `bulk_create` puts an INSERT together value by value: of an order's forty columns that took longer than everything
    else of it. A few objects go its way all the same, since it needs one statement less. Columns that only the database
    fills are read when somebody asks for them.
    """
    made = list(objects)
    gathered = GATHERED.get()
    if len(made) == 1 and gathered is None:
        _create_one(made[0])
        return made
    if len(made) < FEW and gathered is None:
        return list(type(made[0])._base_manager.bulk_create(made)) if made else []
    if not made:
        return []
    model, left = type(made[0]), _left_open(made[0])
    keys = gathered.draw(model, len(made)) if gathered else _draw_keys(model, len(made))
    for key, one in zip(keys, made, strict=True):
        one.pk = key
    _insert(model, *_as_rows(made, left, keyed=True))
    _are_there(made, left)
    return made


def _create_one(one: models.Model) -> None:
    """Insert one model by a statement that is spelled once, and give it the key that the database gave."""
    left = _left_open(one)
    columns, (values,) = _as_rows([one], left)
    key = connection.ops.quote_name(str(one._meta.pk.column))
    into = _into(type(one), columns, VENDOR, many=False)
    ((one.pk,),) = send(f"{into} RETURNING {key}", values).rows()
    _are_there([one], left)


def _are_there(made: Sequence[models.Model], left: Collection[str]) -> None:
    """Note that models are inserted. What only the database filled is read when somebody asks for it."""
    alias = connection.alias
    for one in made:
        one._state.adding, one._state.db = False, alias
        for name in left:
            one.__dict__.pop(name, None)


def create_missing(objects: Sequence[models.Model]) -> None:
    """Insert models, but for those that a unique index knows already. None of them knows its key afterwards."""
    create_unkeyed(objects, unless=" ON CONFLICT DO NOTHING")


def create_unkeyed(objects: Sequence[models.Model], *, unless: str = "") -> None:
    """Insert models whose keys nobody needs afterwards, in one statement."""
    if objects:
        _insert(type(objects[0]), *_as_rows(objects, _left_open(objects[0])), unless=unless)


def _left_open(one: models.Model) -> frozenset[str]:
    """Name the columns that are left to the database."""
    may_be = _defaulted(type(one))
    return frozenset(name for name in may_be if isinstance(getattr(one, name), DatabaseDefault))


@cache
def _defaulted(model: type[models.Model]) -> Sequence[str]:
    return [field.attname for field in model._meta.concrete_fields if field.has_db_default()]


def _as_rows(
    objects: Sequence[models.Model], left: frozenset[str], *, keyed: bool = False
) -> tuple[tuple[str, ...], list[list[Any]]]:
    """Give the columns, and the values as the database takes them. What it takes as it is, is not asked about.

    `keyed`: the keys are given too.
    """
    columns, ways = _ways(type(objects[0]), left, VENDOR, keyed=keyed)
    line = connections[connection.alias]
    rows = [
        [value if type(value := own[name]) in plain else _prepared(field, value, line) for name, field, plain in ways]
        for own in (one.__dict__ for one in objects)
    ]
    return columns, rows


@cache
def _ways(
    model: type[models.Model], left: frozenset[str], vendor: str, *, keyed: bool
) -> tuple[tuple[str, ...], Sequence[tuple[str, Any, Collection[type]]]]:
    """Give the columns that are written, and for each its name, its field and the types that need no asking."""
    fields = [f for f in model._meta.concrete_fields if f.attname not in left and (keyed or not f.primary_key)]
    plain = AS_THEY_ARE[vendor]
    ways = [(f.attname, f, () if isinstance(f, models.JSONField) else plain) for f in fields]
    return tuple(str(f.column) for f in fields), ways


def _prepared(field: Any, value: Any, line: Any) -> Any:
    if isinstance(value, Enum) and type(value._value_) is str:  # a choice is its text
        return value._value_
    value = field.get_db_prep_save(value, line)
    return value.value if isinstance(value, Enum) else value


def _draw_keys(model: type[models.Model], many: int) -> list[int]:
    """Give keys that nobody else gets. SQLite has one writer, who counts on from the last key ever given."""
    if VENDOR == "postgresql":
        return Drawing({model: many}).keys()[model]
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [model._meta.db_table])
        last = cursor.fetchone()
        begins = (last[0] if last else 0) + 1
        return list(range(begins, begins + many))


def among(column: str, keys: Sequence[int]) -> RawSQL:
    """Narrow to rows whose column is one of these keys, passed as one value.

    As a list of fifty the statement is put together anew each time, and the server meets it in fifty lengths.
    """
    if VENDOR == "postgresql":
        return RawSQL(f"{column} = ANY(%s::bigint[])", [list(keys)], output_field=models.BooleanField())  # noqa: S611  # our own column
    inside = f"{column} IN (SELECT value FROM json_each(%s))"  # noqa: S608  # as above
    return RawSQL(inside, [json.dumps(list(keys))], output_field=models.BooleanField())  # noqa: S611  # as above


def _change(
    model: type[models.Model], columns: Sequence[str], terms: Sequence[str], rows: Sequence[Sequence[int]]
) -> int:
    if not rows:
        return 0
    table = connection.ops.quote_name(model._meta.db_table)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    sets = ", ".join(terms)
    if VENDOR == "postgresql":
        arrays = ", ".join(["(SELECT %s::bigint[])"] * (len(columns) + 1))
        names = ", ".join(columns)
        return send(
            f"UPDATE {table} t SET {sets} FROM unnest({arrays}) AS v(key, {names}) WHERE t.{key} = v.key",  # noqa: S608 names of our own columns
            columns_of(rows),
        ).count()
    # SQLite has no unnest; a statement a row costs microseconds inside the process.
    values = ", ".join(f"%s AS {column}" for column in columns)
    statement = f"UPDATE {table} AS t SET {sets} FROM (SELECT {values}) AS v WHERE t.{key} = %s"  # noqa: S608 as above
    changed = 0
    with connection.cursor() as cursor:
        for row in rows:
            cursor.execute(statement, [*row[1:], row[0]])
            changed += cursor.rowcount
        return changed


def insert_rows(rows: Sequence[M]) -> list[M]:
    """Insert rows of one model in one statement, and give each its key and what the database filled in.

    `bulk_create` spells a placeholder for each value of each row as soon as one column has a default of the database:
    for 200 moves that took longer than the database did.
    """
    model = type(rows[0])
    if VENDOR != "postgresql":
        return list(model._default_manager.bulk_create(rows))
    filled = [field for field in model._meta.concrete_fields if not _is_left_to_database(field)]
    given = [field for field in model._meta.concrete_fields if _is_left_to_database(field)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in filled)
    # Without the length in brackets: a cast would cut a text that is too long, where the column refuses it.
    arrays = ", ".join(f"%s::{str(field.db_type(connection)).split('(')[0]}[]" for field in filled)
    returned = ", ".join(quote(str(field.column)) for field in given)
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows] for field in filled]
    with connection.cursor() as cursor:
        into = f"INSERT INTO {quote(model._meta.db_table)} ({columns})"
        cursor.execute(f"{into} SELECT * FROM unnest({arrays}) RETURNING {returned}", values)  # noqa: S608 as above
        for row, found in zip(rows, cursor.fetchall(), strict=True):
            for field, value in zip(given, found, strict=True):
                setattr(row, field.attname, value)
            row._state.adding, row._state.db = False, connection.alias
    return list(rows)


def write_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write rows that nobody needs back: COPY on PostgreSQL, one prepared statement on SQLite.

    A sweep of the figures writes tens of thousands; as models they took five times as long as everything before.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    with connection.cursor() as cursor:
        if VENDOR == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                each = iter(rows)
                while some := [_copied(row) for row in islice(each, ROWS_AT_ONCE)]:
                    copy.write("".join(some))
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))  # noqa: S608  # our own columns


def _copied(row: Sequence[Any]) -> str:
    """Write a row of texts, whole numbers and dates as COPY reads it: a third of the time that its own writer takes."""
    line = "\t".join(map(str, row))
    if "\\" in line or "\n" in line or "\r" in line or line.count("\t") >= len(row) or None in row:
        line = "\t".join("\\N" if one is None else str(one).translate(ESCAPED) for one in row)
    return line + "\n"


def _is_left_to_database(field: Any) -> bool:
    return bool(field.primary_key or field.has_db_default())
