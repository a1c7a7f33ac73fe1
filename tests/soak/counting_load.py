"""The load of a sale while three people count: `python -m tests.soak.counting_load --orders 10000 --products 2000`.

On PostgreSQL, in a database of its own. Processes of their own sell, pick, count, and look every 20 ms whether a
statement of intake waits for a lock that a counter holds. Prints the figures; ends with 1 when a promise is broken.
"""

import argparse
import json
import multiprocessing
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
import django

django.setup()

from django.db import connection, connections  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from orders import audit, counts, intake, packing, receiving, shelf  # noqa: E402
from orders.models import OrderLine, Place, PlaceLevel, Product, StockCount  # noqa: E402
from tests import make  # noqa: E402

BINS = ("W-1", "W-2", "W-3")
SAMPLE_S, BLOCK = 0.02, 100  # every so many orders the counters begin or pause
WAITS = """
SELECT count(*) FROM pg_stat_activity a CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS holder(pid)
JOIN pg_stat_activity b ON b.pid = holder.pid
WHERE a.application_name = 'intake' AND a.wait_event_type = 'Lock' AND b.application_name = 'counter'
"""
ALL_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'intake' AND wait_event_type = 'Lock'"


def stock_up(products: int) -> int:
    """Make the shop: products over three bins, far more pieces than are sold. Gives the packer."""
    make.shop(four_eyes=False)
    make.channel("shop", contact="optional")
    make.product("FIRST", on_hand=1)
    for code in BINS:
        shelf.make_bin("MAIN", code, by=make.BY, at=make.AT)
    Product.objects.bulk_create(Product(sku=f"P{n}", name=f"Product {n}", cost_minor=100) for n in range(products))
    for start in range(0, products, 500):
        lines = [receiving.NewLine(f"P{n}", 1_000, 100, BINS[n % 3]) for n in range(start, min(start + 500, products))]
        receiving.receive(receiving.NewReceipt(lines), by=make.BY, at=make.AT)
    return make.packer().pk


def part_from_the_server() -> None:
    """Close connections and their pools: a process must not inherit them."""
    connections.close_all()
    for one in connections.all():
        if hasattr(one, "close_pool"):
            one.close_pool()


def apart(role: str, work: Callable[..., Any], *args: Any) -> multiprocessing.Process:
    """Run work in a process of its own, whose connections the server knows by its role."""

    def run() -> None:
        os.environ["PGAPPNAME"] = role
        work(*args)
        connections.close_all()

    process = multiprocessing.get_context("fork").Process(target=run, name=role)
    process.start()
    return process


def sell(orders: int, products: int, counting: Any, numbers: Any, figures: Any) -> None:
    """Take orders of three lines in; every other block the counters count. Gives the times of both."""
    dice, times = random.Random(7), {False: [], True: []}
    for place in range(orders):
        on = place // BLOCK % 2 == 1
        counting.set() if on else counting.clear()
        lines = [(f"P{n}", 1, "10.00") for n in dice.sample(range(products), 3)]
        new = make.new_order(lines, phone="", external_id=str(place))
        began = time.perf_counter()
        taken = intake.take_in(new, by=make.BY, at=make.AT)
        times[on].append(time.perf_counter() - began)
        numbers.put(taken.order.number)
    counting.set()
    figures.put(("intake", times[False], times[True]))


def pick(packer: int, numbers: Any, figures: Any) -> None:
    """Pick whole orders, each in two actions."""
    picked = 0
    while (number := numbers.get()) is not None:
        packing.take(number, packer, by=make.BY, at=make.AT)
        lines = OrderLine.objects.filter(order=number).values_list("pk", "sku")
        scans = [packing.NewScan(f"s{pk}", 1, sku=sku) for pk, sku in lines]
        packing.scan(number, scans, by=make.BY, at=make.AT)
        picked += 1
    figures.put(("picked", picked))


def count(bin_code: str, counting: Any, ended: Any, figures: Any, pace_s: float) -> None:
    """Count a bin shelf by shelf, again and again until the sale is over; what lies there is what the books say."""
    document = counts.start("bin", "MAIN", [bin_code], by=make.BY, at=make.AT)
    levels = list(PlaceLevel.objects.filter(place__code=bin_code).values_list("pk", "product__sku"))
    written = 0
    while not ended.is_set():
        for pk, sku in levels:
            if ended.is_set() and written >= len(levels):
                break
            counting.wait(timeout=0.5)
            pieces = PlaceLevel.objects.get(pk=pk).on_hand
            counts.count_line(document.pk, counts.Counted(sku, bin_code, pieces), by=make.BY, at=make.AT)
            written += 1
            time.sleep(pace_s)
    began = time.perf_counter()
    if counts.close(document.pk, by=make.BY, at=make.AT).count.state == StockCount.State.REVIEW:
        counts.approve(document.pk, reason="load", by=make.BY, at=make.AT)
    figures.put(("counted", written, time.perf_counter() - began))


def look(ended: Any, figures: Any) -> None:
    """Sample every 20 ms who waits for whom."""
    samples = behind_counter = waiting = 0
    with connection.cursor() as cursor:
        while not ended.is_set():
            cursor.execute(WAITS)
            behind_counter += cursor.fetchone()[0]
            cursor.execute(ALL_WAITS)
            waiting += cursor.fetchone()[0]
            samples += 1
            time.sleep(SAMPLE_S)
    figures.put(("waits", samples, waiting, behind_counter))


def run(orders: int, products: int, pace_s: float) -> dict[str, Any]:
    """Run it all. Gives the figures."""
    packer = stock_up(products)
    part_from_the_server()
    context = multiprocessing.get_context("fork")
    counting, ended = context.Event(), context.Event()
    numbers, figures = context.Queue(), context.Queue()
    others = [apart("counter", count, code, counting, ended, figures, pace_s) for code in BINS]
    others.append(apart("sampler", look, ended, figures))
    packers = [apart("packer", pick, packer, numbers, figures) for _ in range(2)]
    began = time.perf_counter()
    seller = apart("intake", sell, orders, products, counting, numbers, figures)
    found = [figures.get()]  # the seller's times come first: the others end after it
    seller.join()
    for _ in packers:
        numbers.put(None)
    found += [figures.get() for _ in packers]
    ended.set()
    found += [figures.get() for _ in others]
    for process in [*packers, *others]:
        process.join()
    return tell(found, time.perf_counter() - began)


def tell(found: list[Any], seconds: float) -> dict[str, Any]:
    """Put the figures in words, with what the audit says."""
    by_name: dict[str, list[Any]] = {}
    for name, *values in found:
        by_name.setdefault(name, []).append(values)
    (quiet, busy) = by_name["intake"][0]
    (samples, waiting, behind) = by_name["waits"][0]
    broken = {check.id: finding.offenders for check in audit.checks() if (finding := check.find("default")).broken}
    return {
        "seconds": round(seconds, 1), "orders": len(quiet) + len(busy),
        "picked": sum(values[0] for values in by_name["picked"]),
        "count_lines": sum(values[0] for values in by_name["counted"]),
        "posting_ms": [round(values[1] * 1000) for values in by_name["counted"]],
        "samples": samples, "intake_waited": waiting, "intake_waited_for_a_counter": behind,
        "median_ms": [round(statistics.median(part) * 1000, 2) for part in (quiet, busy)],
        "ratio": round(statistics.median(busy) / statistics.median(quiet), 3), "audit": broken,
    }  # fmt: skip


def post_two_hundred(rounds: int = 7) -> list[float]:
    """Row 14 of the speed table: the milliseconds of posting a count of 200 SKUs that all differ by a piece."""
    shelf.make_bin("MAIN", "ROW-14", by=make.BY, at=make.AT)
    Product.objects.bulk_create(Product(sku=f"R{n}", name="R", cost_minor=100) for n in range(200))
    lines = [receiving.NewLine(f"R{n}", 100, 100, "ROW-14") for n in range(200)]
    receiving.receive(receiving.NewReceipt(lines), by=make.BY, at=make.AT)
    spent = []
    for _ in range(rounds):
        document = counts.start("bin", "MAIN", ["ROW-14"], by=make.BY, at=make.AT)
        place = Place.objects.get(code="ROW-14")
        lying = dict(PlaceLevel.objects.filter(place=place).values_list("product__sku", "on_hand"))
        counted = [counts.Counted(sku, "ROW-14", pieces - 1) for sku, pieces in lying.items()]
        counts.count_lines(document.pk, counted, by=make.BY, at=make.AT)
        began = time.perf_counter()
        counts.close(document.pk, by=make.BY, at=make.AT)
        spent.append(round((time.perf_counter() - began) * 1000, 1))
    return spent


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--orders", type=int, default=400)
    asked.add_argument("--products", type=int, default=200)
    asked.add_argument("--pace", type=float, default=0.2, help="seconds between two shelves of one counter")
    options = asked.parse_args()
    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set())
    try:
        figures = run(options.orders, options.products, options.pace) | {"post_200_ms": post_two_hundred()}
        sys.stdout.write(json.dumps(figures) + "\n")
        sys.stdout.flush()
    finally:
        part_from_the_server()
        # On a busy machine a database of this size takes longer to drop than a statement of the desk may.
        connection.settings_dict["OPTIONS"].pop("options")
        teardown_databases(made, verbosity=0)
    held = not figures["audit"] and not figures["intake_waited_for_a_counter"] and figures["picked"] == options.orders
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
