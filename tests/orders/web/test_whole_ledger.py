"""The whole ledger by the reason of its moves: complete, in order, and found without walking all of it."""

import re

import pytest
from django.db import connection, transaction

from orders import shelf
from orders.models import StockMove
from orders.models.stock import Backwards, Family
from shopdesk.base import paging
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss(client):
    client.force_login(make.manager())
    return client


def write_off(sku, pieces=1, paper=""):
    shelf.write_off(
        [shelf.Pieces(sku, pieces)], shelf.Reason.DAMAGED, location="MAIN", by=make.BY, at=make.AT,
        paper=shelf.Paper(text=paper),
    )  # fmt: skip


def shown(page):
    return [int(pieces) for pieces in re.findall(r"−(\d+)", page)]


def test_a_reason_has_all_that_goes_by_it_page_by_page(boss, monkeypatch):
    monkeypatch.setattr(paging, "USUAL", 4)
    make.product("CUP", on_hand=500, name="Cup")
    for pieces in range(1, 8):
        write_off("CUP", pieces, paper="" if pieces % 2 else "fell off the ladder")
    first = boss.get("/stock/moves?why=scrap").content.decode()
    assert shown(first) == [7, 6, 5, 4]
    cursor = re.search(r"cursor=(\d+)", first).group(1)
    assert shown(boss.get(f"/stock/moves?why=scrap&cursor={cursor}").content.decode()) == [3, 2, 1]
    assert "Nothing is found" in boss.get("/stock/moves?why=scrapped").content.decode()


@pytest.mark.postgres
def test_what_is_rare_is_found_by_its_index_also_by_a_plan_that_knows_no_values():
    make.product("CUP", on_hand=5)
    asked = StockMove.objects.alias(family=Family("reason"), backwards=Backwards("id")).filter(family="reversal")
    assert "stock_move_by_family" in kept_plan(asked.order_by("backwards"))
    # Negative control: by the number itself the table is walked from its end until so many are found.
    assert "stock_move_pkey" in kept_plan(asked.order_by("-id"))


def kept_plan(asked):
    """Give PostgreSQL's plan for the first fifty of any reason, where each reason there is has half of the ledger."""
    sql, values = asked[:50].query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("""
            INSERT INTO stock_move (product_id, source_id, target_id, quantity, reason, event_id, at)
            SELECT product_id, source_id, target_id, 1, (ARRAY['receipt', 'picked'])[1 + n % 2], event_id, at
            FROM (SELECT * FROM stock_move LIMIT 1) AS one, generate_series(1, 20000) AS n""")
        cursor.execute("ANALYZE stock_move")
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        prepared = sql.replace("%s", "$1", 1)
        cursor.connection.cursor().execute(f"PREPARE kept(text) AS {prepared}", prepare=False)
        cursor.execute("EXPLAIN EXECUTE kept('reversal')")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        cursor.execute("DEALLOCATE kept")
        transaction.set_rollback(True)
    assert values == ("reversal",)
    return plan
