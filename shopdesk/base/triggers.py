"""Append-only tables: the database itself refuses to change or delete a fact.

SQLite drops triggers when a table is rebuilt, so one `post_migrate` receiver makes them anew from one list.
"""

from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

APPEND_ONLY = (
    "journal_event",
    "feed",
    "stock_move",
    "sale",
    "unmet",
    "call_attempt",
    "cash_entry",
    "shipment_event",
    "closing",
    "trail_entry",
    "trail_place",
)


def make_all(using: str = "default", **_: Any) -> None:
    """Make the missing triggers of every table in the list that exists. A second call changes nothing."""
    connection = connections[using]
    for table in sorted(set(APPEND_ONLY) & set(connection.introspection.table_names())):
        _make(connection, table)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """List the append-only tables that the database does not guard."""
    if connection.vendor == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'O'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    wanted = {table: _names(connection, table) for table in APPEND_ONLY}
    return [table for table, names in wanted.items() if not names <= present]


def _names(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    if connection.vendor == "sqlite":
        return {f"{table}_no_update", f"{table}_no_delete"}
    return {f"{table}_append_only"}


def _make(connection: BaseDatabaseWrapper, table: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                cursor.execute(
                    f"CREATE TRIGGER IF NOT EXISTS {table}_no_{verb} BEFORE {verb.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )
            return
        cursor.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
