"""Many rows of many tables at once: by COPY on PostgreSQL, by prepared inserts on SQLite."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any, cast

from django.core.management.color import no_style
from django.db import connection, models, transaction

AT_ONCE = 120_000  # rows held before they are written

Row = tuple[Any, ...]


class Table:
    """A table and the columns that its rows fill; the others get what the desk's own code would write."""

    def __init__(self, model: type[models.Model], *columns: str) -> None:
        self.model = model
        self.given = columns
        self.rows: list[Row] = []

    @cached_property
    def rest(self) -> dict[str, Any]:
        """Give the columns that no row fills, with their defaults; the database fills its own."""
        found = {}
        for field in self.model._meta.concrete_fields:
            if field.attname in self.given or field.has_db_default() or isinstance(field, models.AutoField):
                continue
            found[str(field.column)] = field.get_db_prep_save(field.get_default(), connection)
        return found

    @cached_property
    def columns(self) -> str:
        """Name all columns that are written, in their order."""
        columns = {field.attname: str(field.column) for field in self.model._meta.concrete_fields}
        given = [columns[name] for name in self.given]
        return ", ".join(connection.ops.quote_name(name) for name in [*given, *self.rest])


class Book:
    """The tables of a shop in the order in which they refer to each other. Written chunk by chunk."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tables
        self.held = 0
        self.written = 0

    def put(self, table: Table, row: Row) -> None:
        """Hold a row until the next `write`."""
        table.rows.append(row)
        self.held += 1

    def write_if_full(self) -> None:
        """Write what is held once it is much. Call it only where every row's parents are held or written."""
        if self.held >= AT_ONCE:
            self.write()

    def write(self) -> None:
        """Write what is held, parents first, in one transaction."""
        with transaction.atomic():
            for table in self.tables:
                if table.rows:
                    _insert(table)
                    table.rows.clear()
        self.written += self.held
        self.held = 0

    @contextmanager
    def unchecked(self) -> Iterator[None]:
        """Leave references unchecked where this role may: twice as fast, and `audit` looks at all of it anyway."""
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA foreign_keys = OFF")
                yield
                cursor.execute("PRAGMA foreign_keys = ON")
                return
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            may = bool((cursor.fetchone() or (False,))[0])
            if may:
                cursor.execute("SET session_replication_role = replica")
            cursor.execute("SET statement_timeout = 0")  # looking at years of orders takes longer than any page may
            yield
            cursor.execute("RESET statement_timeout")
            if may:
                cursor.execute("RESET session_replication_role")

    def finish(self) -> None:
        """Write the rest, let the next key follow the last one, and let the planner look at what there is."""
        self.write()
        reset = connection.ops.sequence_reset_sql(no_style(), [table.model for table in self.tables])
        with connection.cursor() as cursor:
            for statement in reset:
                cursor.execute(statement)
            whole = connection.vendor == "postgresql" and not connection.in_atomic_block
            cursor.execute("VACUUM ANALYZE" if whole else "ANALYZE")


def _insert(table: Table) -> None:
    name, rest = connection.ops.quote_name(table.model._meta.db_table), tuple(table.rest.values())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cast(Any, cursor).copy(f"COPY {name} ({table.columns}) FROM STDIN") as copy:
                for row in table.rows:
                    copy.write_row(row + rest)
            return
        marks = ", ".join(["%s"] * (len(table.given) + len(rest)))
        into = f"INSERT INTO {name} ({table.columns}) VALUES ({marks})"  # noqa: S608  # names of our own tables
        cursor.executemany(into, [tuple(map(_plain, row)) + rest for row in table.rows])


def _plain(value: Any) -> Any:
    """Spell instants and days as the framework does on SQLite."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    return str(value) if isinstance(value, date) else value
