"""Many values of one column, passed to PostgreSQL as one text that it reads as an array.

psycopg asks of each element of a list how it is to be written: for the seven thousand search keys of five hundred
orders that took five times as long as to write them down at once.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from types import NoneType
from typing import Any, Final

from django.db import DataError, connection, models
from psycopg.types.json import Jsonb

APART, QUOTED_APART = "\0", '","'  # no text of PostgreSQL has a NUL
WHOLE: Final = frozenset({int, bool, NoneType})
ALIKE: Final = frozenset({str, NoneType})  # what equals it is written like it


@cache
def unnested(model: type[models.Model], columns: tuple[str, ...]) -> str:
    """Spell the rows of some columns of a model, each column passed as one array."""
    kinds = {field.column: str(field.db_type(connection)) for field in model._meta.concrete_fields}
    return f"unnest({', '.join(f'(SELECT %s::{_element(kinds[column])}[])' for column in columns)})"


def columns_of(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Give the columns of rows as they are passed."""
    return [as_array(column) for column in zip(*rows, strict=True)]


def as_array(values: Sequence[Any]) -> Any:
    """Give an array as it is passed, for a place that names its type.

    Values of other kinds, or of several, stay for psycopg to write.
    """
    if len(values) > 1 and type(first := values[0]) in ALIKE and values.count(first) == len(values):
        one = "NULL" if first is None else _quoted([first])  # most columns of an order are empty in all of a file
        return "{" + ",".join([one] * len(values)) + "}"
    kinds = set(map(type, values))
    if kinds <= WHOLE:
        return "{" + ",".join(map(str, values)).replace("None", "NULL") + "}"
    for kind, write in WRITTEN.items():
        if kinds == {kind}:
            return "{" + _quoted([*map(write, values)]) + "}"
        if kinds == {kind, NoneType}:
            return "{" + ",".join("NULL" if one is None else _quoted([write(one)]) for one in values) + "}"
    return list(values)


def _quoted(texts: Sequence[str]) -> str:
    """Quote texts, all in one go. Raises DataError, as psycopg does, for one that PostgreSQL cannot hold."""
    joined = APART.join(texts)
    if joined.count(APART) != len(texts) - 1:
        raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    escaped = joined.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped.replace(APART, QUOTED_APART)}"'


def _said(value: Jsonb) -> str:
    said = (value.dumps or json.dumps)(value.obj)
    return said if isinstance(said, str) else said.decode()


WRITTEN: Final[Mapping[type, Callable[[Any], str]]] = {str: str, datetime: str, date: str, Jsonb: _said}


def _element(kind: str) -> str:
    """Give the type of an array's elements: texts without their length, the table itself checks that."""
    return "text" if kind.startswith(("varchar", "text")) else kind
