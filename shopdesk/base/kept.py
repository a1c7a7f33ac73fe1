"""What a hot path reads each time and hardly anybody ever changes: the settings of a shop, its locations, its rules.

They are asked as texts, in one statement, and the models are made anew only where the text is another than the last
time. So what is kept is never old, and to make a model of sixty columns costs nothing when nobody changed one.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

from shopdesk.base import prepared
from shopdesk.base.fresh import loaded
from shopdesk.base.prepared import BUILT, VENDOR, Reading

Rows = list[tuple[Any, ...]]
NOTHING: Final = "[]"
TEXT: Final = {
    "postgresql": "(SELECT json_agg(row_to_json(kept))::text FROM ({statement}) kept)",
    "sqlite": "(SELECT json_group_array(json_array({columns})) FROM ({statement}))",
}


class Kept:
    """Several readings that take no values and have no columns beside their model's."""

    def __init__(self, *readings: Reading[Any]) -> None:
        self.readings = readings
        self._statements: dict[str, str] = {}
        self._rows: dict[tuple[str, int], tuple[str, Rows]] = {}

    @property
    def statement(self) -> str:
        """The one statement that asks for all of them."""
        if (kept := self._statements.get(VENDOR)) is None:
            text = TEXT[VENDOR]
            asked = [text.format(statement=one.statement, columns=_columns(one)) for one in self.readings]
            kept = self._statements[VENDOR] = f"SELECT {', '.join(asked)}"
        return kept

    @contextmanager
    def held(self) -> Iterator[None]:
        """Ask once; whoever reads one of them in this block gets what was said then. Nothing inside may change them.

        The models are shared by all who hold them: they are there to be read.
        """
        ((*texts,),) = prepared.rows(self.statement)
        token = BUILT.set({one.statement: self._built(place, texts[place]) for place, one in enumerate(self.readings)})
        try:
            yield
        finally:
            BUILT.reset(token)

    def _built(self, place: int, text: str | None) -> Rows:
        told = text or NOTHING  # PostgreSQL makes no list of no rows
        said, rows = self._rows.get((VENDOR, place), (None, []))
        if said != told:
            rows = _read(self.readings[place], told)
            self._rows[VENDOR, place] = told, rows
        return rows


def _columns(one: Reading[Any]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in one.model._meta.concrete_fields)


def _read(one: Reading[Any], text: str) -> Rows:
    """Make the models. What PostgreSQL spells as JSON its fields can read; SQLite gives what it has in its columns."""
    said = json.loads(text)
    if VENDOR == "sqlite":
        return one.built([tuple(row) for row in said])
    fields = one.model._meta.concrete_fields
    found = [
        [field.to_python(value) for field, value in zip(fields, row.values(), strict=True)] for row in said
    ]  # fmt: skip
    return [(model,) for model in loaded(one.model, found)]
