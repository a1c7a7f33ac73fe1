"""The bench of many at once: real processes, each beside the raw act, and whatever went wrong is counted."""

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import OperationalError, connection

from orders.models import Order, PrintRun, StockLevel
from shopdesk.bench import alone, crowds, gates, limits, measuring, seeding, served, telling, together
from shopdesk.exports.models import Export
from shopdesk.imports.models import Import

END = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(seeding, "SPAN", seeding.SPAN / 30)
    monkeypatch.setattr("shopdesk.bench.town.SKUS", 60)


@pytest.fixture
def shop(small, real_commits):
    seeding.seed(60, seed=3, end=END)
    limits.make()
    yield
    limits.drop()


def walked(one, seconds=0.2):
    """Walk one crowd for a round."""
    return crowds.measure([one], rounds=1, seconds=seconds, tell=lambda words: None)[0]


def test_many_take_in_at_once_and_each_order_is_there(shop):
    before = Order.objects.count()

    told = walked(crowds.Crowd("intake", "1", 2, together.taker(60), limits.intake, wrong=together.oversold))

    assert told.share is not None
    assert told.share > 0
    assert told.wrong == 0
    assert told.p95_ms >= told.p50_ms > 0
    assert Order.objects.count() > before + 2  # each of the two walks once to warm up


@pytest.mark.postgres
def test_next_call_is_given_to_one_of_many(shop, monkeypatch):
    monkeypatch.setattr(together, "WAITING", 200)
    together.lay_calls()

    told = walked(replace(together.next_calls()[1], workers=4, most=3))

    assert (told.wrong, told.row) == (0, "7")
    assert told.share is not None


def test_whoever_is_given_twice_is_counted():
    """Negative control: the count that says "0 duplicates" sees one."""
    assert together.twice(["+7916", "+7917", "+7916"]) == 1


def test_what_the_database_refuses_is_counted_and_a_broken_worker_is_told(shop):
    def deadlocked(worker):
        turns = iter(range(100))

        def act():
            time.sleep(0.01)
            if next(turns) == 2:
                raise OperationalError("deadlock detected")

        return act

    assert walked(crowds.Crowd("act", "5", 2, deadlocked), 0.1).wrong == 2
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        walked(crowds.Crowd("act", "5", 2, lambda worker: lambda: 1 // 0))


def test_files_are_brought_fetched_and_printed(shop):
    *files, printer = alone.files(30)
    numbers = crowds.measure(files, rounds=1, seconds=1, tell=lambda words: None)
    # Not in a fork: what draws has threads of its own, and other tests of this process may have drawn.
    printer.make(0)()

    assert numbers[0].name == "import of 30 orders"
    assert PrintRun.objects.get().state == PrintRun.State.READY
    assert Order.objects.filter(channel="files").count() == 30
    assert Import.objects.get().state == Import.State.DONE
    assert Export.objects.get().rows == 90  # what was imported too
    assert all(one.p50_ms > 0 and one.mb is not None for one in numbers)


def test_desk_is_served_and_takes_orders_over_http(shop):
    key = served.key_of_the_shop()
    before = Order.objects.count()

    with served.desk(workers=1) as desk:
        told = walked(crowds.Crowd("http", "2", 2, served.sender(desk.port, key), limits.intake))
        held = desk.memory_mb()

    assert Order.objects.count() > before + 2
    assert told.share is not None
    assert 20 < held < 500


def test_a_worker_that_hangs_is_told(shop, monkeypatch):
    monkeypatch.setattr(crowds, "SILENT_S", 0.5)
    with pytest.raises(RuntimeError, match="hangs"):
        walked(crowds.Crowd("act", "5", 1, lambda worker: lambda: time.sleep(30)))


def test_promise_beyond_the_shelf_is_counted(shop):
    """Negative control: without the table's own check the bench would say so."""
    level = StockLevel.objects.order_by("pk")[0]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
        else:
            cursor.execute("ALTER TABLE stock_level DROP CONSTRAINT stock_level_promises")
        try:
            StockLevel.objects.filter(pk=level.pk).update(reserved=level.on_hand + 1)
            assert together.oversold([]) == 1
        finally:
            StockLevel.objects.filter(pk=level.pk).update(reserved=level.reserved)
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
            else:
                cursor.execute(
                    "ALTER TABLE stock_level ADD CONSTRAINT stock_level_promises "
                    "CHECK (reserved >= 0 AND reserved <= on_hand)"
                )


def measured(name, row="", **changes):
    fields = {"name": name, "row": row, "p50_ms": 9.0, "p95_ms": 20.0, "least_ms": 8.0, "raw_ms": 1.0, "share": 0.3,
              "queries": 7, "per_second": 100.0}  # fmt: skip
    return measuring.Measured(**fields | changes)


def told(paths, **beside):
    return {one.row: one for one in gates.verdicts(paths, beside.pop("scale", 1.0), kept=0.02, **beside)}


def test_every_row_of_the_targets_is_named_with_gate_and_goal():
    rows = told([measured("order list", "8"), measured("order list, deep", "10", p50_ms=19.0)])

    assert list(rows) == [*map(str, range(1, 13)), "13", "14", "15", "16"]
    assert (rows["8"].gate, rows["8"].goal) == (True, False)
    assert (rows["10"].gate, rows["6"].goal) == (False, True)
    assert rows["7"].line.endswith("not measured")
    assert rows["8"].line.endswith("gate met, goal missed")


def test_gate_in_time_is_read_by_the_yardstick_and_a_share_is_not():
    slow = [measured("order list", "8", p50_ms=29.0, p95_ms=58.0), measured("intake, 2 at once", "1", share=0.2)]

    rows = told(slow, scale=2.0)

    assert (rows["8"].gate, rows["1"].gate) == (True, False)
    assert told(slow)["8"].gate is False


def test_whatever_went_wrong_misses_a_gate_however_fast_it_was():
    fast = measured("next call, 8 at once", "7", share=0.9, p95_ms=1.0)

    assert told([fast])["7"].goal is True
    assert told([replace(fast, wrong=1)])["7"].gate is False


def test_shop_is_compared_with_a_smaller_one(tmp_path):
    before = [measured("intake", "1", share=0.1), measured("order list", "8")]
    saved = tmp_path / "small.json"
    saved.write_text(json.dumps(measuring.as_json(before, {"slower": 1.0})), encoding="utf-8")
    now = [measured("intake", "1", share=0.07), measured("order list", "8", p50_ms=11.0, p95_ms=21.0)]

    rows = told(now, smaller=telling.read(str(saved)))

    assert (rows["4"].gate, rows["4"].found) == (False, "share 70.0% of 75%")
    assert (rows["9"].gate, rows["9"].goal) == (True, False)


def test_memory_of_a_process_is_what_the_system_says():
    assert crowds.memory_of("VmRSS") > 10
    assert crowds.memory_of("VmHWM") >= crowds.memory_of("VmRSS") * 0.9
    assert Path("/proc/self/status").exists()
