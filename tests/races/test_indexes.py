"""Indexes of large tables, as migrations build them on PostgreSQL."""

import pytest
from django.db import ProgrammingError, connection, models
from django.db.migrations import AddIndex
from django.db.migrations.state import ProjectState

from orders.models import StockMove
from orders.models.stock import Backwards, Family
from shopdesk.base.indexes import AddIndexBeside

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
WANTED = models.Index(Family("reason"), Backwards("id"), models.F("quantity"), name="stock_move_of_a_test")


def test_an_index_that_was_cut_off_is_built_whole_beside_the_work():
    states, table = ProjectState.from_apps(StockMove._meta.apps), StockMove._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {WANTED.name} ON {table} (at)")  # stands for what a cut-off build left
        cursor.execute("SHOW statement_timeout")
        usual = cursor.fetchone()
    with pytest.raises(ProgrammingError, match="already exists"):  # negative control: an ordinary one stumbles over it
        build(AddIndex("stockmove", WANTED), states)
    build(AddIndexBeside("stockmove", WANTED), states)
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [WANTED.name])
        assert "split_part" in cursor.fetchone()[0]
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == usual
        cursor.execute(f"DROP INDEX {WANTED.name}")


def build(operation, states):
    with connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("orders", editor, states, states)
