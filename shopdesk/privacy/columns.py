"""The table of columns (`columns.toml`): which may hold a person, how their rows are found, how they are emptied."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models

ROADS = ("orders", "customers", "phones")
WORDS = (
    models.CharField, models.TextField, models.JSONField, models.FileField, models.GenericIPAddressField,
    models.BinaryField,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Class:
    """A class of data: whether it is about customers, for how many days it is kept (None: not by the clock)."""

    name: str
    personal: bool
    days: int | None
    since: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table as `columns.toml` has it: column -> class, and the roads from a person to its rows."""

    name: str
    classes: Mapping[str, str]
    roads: Mapping[str, str]
    clock: str
    gone: bool
    mentions: bool
    personal: Sequence[str] = field(default=())

    @property
    def model(self) -> type[models.Model]:
        return models_by_table()[self.name]

    @property
    def rows(self) -> models.QuerySet[Any]:
        """Every row, of whoever."""
        return self.model._base_manager.all()


@cache
def classes() -> dict[str, Class]:
    """Give the classes of data by name."""
    return {
        name: Class(name, said["personal"], said.get("days"), said.get("from", ""))
        for name, said in _read()["classes"].items()
    }


@cache
def tables() -> dict[str, Table]:
    """Give the tables by name. A class that nobody declared raises KeyError: better no desk than a forgotten column."""
    found = {}
    for name, said in _read()["tables"].items():
        by_column = {column: kind for kind, columns in said.items() if isinstance(columns, list) for column in columns}
        personal = [column for column, kind in by_column.items() if classes()[kind].personal]
        roads = {road: said[road] for road in ROADS if road in said}
        gone, mentions = said.get("gone", False), said.get("mentions", False)
        found[name] = Table(name, by_column, roads, said.get("clock", ""), gone, mentions, personal)
    return found


def personal_tables() -> list[Table]:
    """Give the tables that may hold a customer's data and that are there."""
    return [table for table in tables().values() if table.personal and table.name in models_by_table()]


def wordy_columns() -> Iterator[tuple[str, str]]:
    """Walk every column of the database that can hold text: (table, column)."""
    for name, model in models_by_table().items():
        for one in model._meta.local_concrete_fields:
            if isinstance(one, WORDS):
                yield name, str(one.column)


def disagreements() -> list[str]:
    """List where the table of columns and the database differ; empty when all is said."""
    present = set(wordy_columns())
    said = {(table.name, column) for table in tables().values() for column in table.classes}
    wrong = [f"{table}.{column} has no class in shopdesk/privacy/columns.toml" for table, column in present - said]
    wrong += [
        f"{table}.{column} has a class and is no column"
        for table, column in said - present
        if table in models_by_table()
    ]
    wrong += [
        f"{table.name} has personal columns and no road"
        for table in personal_tables()
        if not (table.roads or table.mentions)
    ]
    return sorted(wrong)


def empty_value(column: "models.Field[Any, Any]") -> Any:
    """Give what stands in a column when nobody's value does; None is for JSON that may be null."""
    if isinstance(column, models.JSONField):
        return None if column.null else column.get_default()
    return ""


@cache
def models_by_table() -> dict[str, type[models.Model]]:
    """Give every model by the name of its table, many-to-many tables too."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("columns.toml").read_text(encoding="utf-8"))
