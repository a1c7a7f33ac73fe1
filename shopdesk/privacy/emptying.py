"""Emptying a person's columns: by the roads of `columns.toml`, and whatever free text elsewhere names them.

Only what may change is touched. The journal, the moves and the money hold codes alone and stay as they are.
"""

from collections import Counter
from typing import Any

from django.db import models
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat

from shopdesk.privacy.columns import Table, empty_value, personal_tables
from shopdesk.privacy.person import Person, rows_of
from shopdesk.privacy.traces import Traces

GONE = "gone "  # what stands in a unique column: with the row's own key behind it
FREE_TEXT = {"said", "past", "answer"}
AT_ONCE = 1_000


def empty(person: Person) -> dict[str, int]:
    """Empty everything of a person, and free texts about others that mention them. Gives "table.column" -> values.

    The caller holds a transaction and has locked the orders and customers. A second time there is nothing.
    """
    counts = Counter(empty_person(person))
    counts.update(take_out_mentions(Traces.of(person)))
    return {name: count for name, count in sorted(counts.items()) if count}


def empty_person(person: Person) -> dict[str, int]:
    """Empty the rows that a person is in, as the table of columns says. Gives "table.column" -> values emptied."""
    counts: Counter[str] = Counter()
    for table in personal_tables():
        rows = rows_of(table, person)
        if table.gone:
            counts[f"{table.name}.{table.personal[0]}"] += _remove(table, rows)
            continue
        for column in table.personal:
            counts[f"{table.name}.{column}"] += empty_column(table, column, rows)
    return dict(counts)


def empty_column(table: Table, column: str, rows: QuerySet[Any]) -> int:
    """Empty one column of some rows. Gives how many said something."""
    field = field_of(table, column)
    full = filled(rows, field)
    marker = Concat(Value(GONE), Cast(F("pk"), CharField())) if field.unique else empty_value(field)
    return full.update(**{field.name: marker})


def filled(rows: QuerySet[Any], field: "models.Field[Any, Any]") -> QuerySet[Any]:
    """Narrow to rows in which a column says something."""
    if isinstance(field, models.JSONField) and field.null:
        return rows.filter(**{f"{field.name}__isnull": False})
    if field.unique:
        rows = rows.exclude(**{f"{field.name}__startswith": GONE})
    return rows.exclude(**{field.name: empty_value(field)})


def take_out_mentions(traces: Traces) -> dict[str, int]:
    """Take a person out of every free text, whomever it is about. Gives "table.column" -> texts changed."""
    counts: dict[str, int] = {}
    for table in personal_tables():
        for column in table.personal:
            if table.classes[column] in FREE_TEXT and (count := _clean(table, column, traces)):
                counts[f"{table.name}.{column}"] = count
    return counts


def field_of(table: Table, column: str) -> "models.Field[Any, Any]":
    """Give the field of a column."""
    return next(one for one in table.model._meta.local_concrete_fields if one.column == column)


def personal_columns() -> list[tuple[str, str]]:
    """Give (table, column) of everything that may hold a customer's data."""
    return [(table.name, column) for table in personal_tables() for column in table.personal]


def _clean(table: Table, column: str, traces: Traces) -> int:
    """Rewrite the texts of one column that mention the person."""
    field = field_of(table, column)
    changed = 0
    for key, value in filled(table.rows, field).values_list("pk", field.name).iterator(chunk_size=AT_ONCE):
        if traces.are_in(value):
            # Whoever writes the same row meanwhile wins by coming later; what they write is theirs to answer for.
            changed += table.rows.filter(pk=key).update(**{field.name: traces.taken_out(value)})
    return changed


def _remove(table: Table, rows: QuerySet[Any]) -> int:
    """Delete rows that are nothing but a person."""
    count, _by_model = rows.delete()
    return count
