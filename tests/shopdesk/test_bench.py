"""The bench: its shop keeps every promise of the desk, and a loss is told by ratios."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection

from orders.models import Order, OrderLine
from shopdesk.bench import limits, measuring, paths, seeding, telling
from shopdesk.management.commands.audit import all_checks, run
from tests import make

END = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(seeding, "SPAN", seeding.SPAN / 30)
    monkeypatch.setattr("shopdesk.bench.town.SKUS", 60)


@pytest.mark.django_db
def test_seeded_shop_keeps_every_promise_and_is_that_of_its_seed(small):
    assert seeding.seed(120, seed=3, end=END) > 3_000

    broken = [f"{one['id']}: {one['offenders']}" for one in run(all_checks()) if one["violations"]]
    assert broken == []
    statuses = set(Order.objects.values_list("status", flat=True))
    assert {"delivered", "cancelled", "returned"} <= statuses
    assert seeding.is_seeded()
    first = list(Order.objects.order_by("number").values_list("contact_name", "total_minor", "status")[:20])
    assert len({name for name, _total, _status in first}) > 5
    # The audit would see a piece that nobody has.
    line = OrderLine.objects.filter(delivered__gt=0).order_by("pk")[0]
    OrderLine.objects.filter(pk=line.pk).update(delivered=0, cancelled=0)
    assert any(one["violations"] for one in run(all_checks()))


@pytest.mark.django_db
def test_bench_never_fills_where_somebody_works(small):
    make.order()

    with pytest.raises(seeding.NotEmpty):
        seeding.seed(10, seed=3, end=END)

    assert Order.objects.count() == 1
    assert not seeding.is_seeded()


@pytest.mark.django_db
def test_every_path_is_walked_and_measured(small):
    seeding.seed(80, seed=3, end=END)
    limits.make()

    # The report is walked by its own tests, and takes as long as all the others together.
    walked = [replace(path, times=1) for path in (*paths.pages(), *paths.desks()) if path.row != "13"]
    measured = measuring.measure(walked, rounds=1)

    assert all(one.p50_ms > 0 and one.queries > 0 for one in measured)
    limits.drop()
    assert not set(limits.NAMES) & set(connection.introspection.table_names())


def measured(**changes):
    fields = {"name": "order list", "row": "8", "p50_ms": 9.0, "p95_ms": 20.0, "least_ms": 8.0, "raw_ms": 1.0,
              "share": 0.1, "queries": 7, "per_second": 100.0}  # fmt: skip
    return measuring.Measured(**fields | changes)


def test_loss_is_told_by_ratio_and_queries_never_by_milliseconds():
    saved = measuring.as_json([measured()], {})

    assert telling.losses(saved, [measured(p50_ms=900.0, share=0.06)]) == []
    assert telling.losses(saved, [measured(share=0.03)]) == ["order list: 3.0% of its limit, 10.0% before"]
    assert telling.losses(saved, [measured(queries=57)]) == ["order list: 57 queries, 7 before"]


def test_a_faster_disk_is_no_loss():
    """A limit that waits for the disk is reached sooner on a fast one: only who fell behind the yardstick too lost."""
    page = measured(name=telling.YARDSTICK, share=None, raw_ms=None, queries=1)
    saved = measuring.as_json([page, measured()], {})

    assert telling.losses(saved, [page, measured(share=0.03)]) == []
    assert telling.losses(saved, [page, measured(share=0.03, least_ms=13.0)]) != []
    assert telling.losses(saved, [page, measured(share=0.06, least_ms=13.0)]) == []


def test_gate_is_that_of_its_row():
    assert telling.verdict(measured()) == "8: met"
    assert telling.verdict(measured(p95_ms=31.0)) == "8: missed"
    assert telling.verdict(measured(row="1", share=0.24)) == "1: missed"
    assert telling.verdict(measured(row="10")) == ""
