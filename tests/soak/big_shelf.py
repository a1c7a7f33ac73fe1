"""Pages of the shelf at 100,000 SKUs and 10 million moves: `python -m tests.soak.big_shelf --seed` fills the database.

On the database of `DATABASE_URL`, which must be migrated and empty; without `--seed` it only opens the pages and prints
for each the median and the slowest of some requests, in milliseconds, and how many statements it took.
"""

import argparse
import json
import os
import statistics
import sys
import time
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from orders import counts, stock  # noqa: E402
from orders.models import JournalEvent, Place, Product  # noqa: E402
from shopdesk.people.models import User  # noqa: E402
from tests import make  # noqa: E402

BINS, PER_EVENT, DAYS, HOT = 1_000, 1_000, 365, 200_000
# Every product comes in fives and is picked in threes, turn about, out of one bin; the first one far more often.
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) "
SERIES = "WITH n AS (SELECT i FROM generate_series(0, {count} - 1) AS i) "
BARCODES = "INSERT INTO barcode (code, product_id, pieces) {numbers} SELECT '46' || (10000000000 + i), i + 1, 1 FROM n"
EVENTS = """INSERT INTO journal_event (id, kind, from_status, to_status, actor_kind, actor_id, subject_kind, subject_id,
data, at) {numbers} SELECT i + 1000, 'stock.received', '', '', 'sweep', 0, '', '', '{{"lines": 5, "pieces": 25}}',
{at} FROM n"""
MOVES = """INSERT INTO stock_move (id, product_id, quantity, source_id, target_id, source_version, source_balance,
target_version, target_balance, reason, unit_cost_minor, event_id, at) {numbers}, m AS (
SELECT i + {first} AS id, {product} AS p, {version} AS v, i / {per_event} + {event} AS event, i FROM n)
SELECT id, p + 1, CASE WHEN v % 2 = 1 THEN 5 ELSE 3 END,
CASE WHEN v % 2 = 1 THEN {supplier} ELSE {bin} + p % {bins} END,
CASE WHEN v % 2 = 1 THEN {bin} + p % {bins} ELSE {table} END,
CASE WHEN v % 2 = 0 THEN v END, CASE WHEN v % 2 = 0 THEN v END,
CASE WHEN v % 2 = 1 THEN v ELSE v / 2 END, CASE WHEN v % 2 = 1 THEN v + 4 ELSE v / 2 * 3 END,
CASE WHEN v % 2 = 1 THEN 'receipt' ELSE 'picked' END, 5000, event, {at} FROM m"""
LEVELS = """INSERT INTO place_level (product_id, place_id, on_hand, version)
{numbers} SELECT i + 1, {bin} + i % {bins}, {last}, {last} FROM n
UNION ALL SELECT i + 1, {table}, {last} / 2 * 3, {last} / 2 FROM n"""
PROMISES = """INSERT INTO stock_level (product_id, location_id, on_hand, reserved, safety)
{numbers} SELECT i + 1, 'MAIN', {last}, 0, 0 FROM n"""
RECEIPTS = """INSERT INTO receipt (id, supplier, reference, invoice, location_id, event_id, at)
{numbers} SELECT i + 1, 'Mill', 'R-' || i, '', 'MAIN', i % 1000 + 1000, {at} FROM n"""
RECEIVED = """INSERT INTO receipt_line (receipt_id, product_id, place_id, quantity, unit_cost_minor)
{numbers} SELECT i / 5 + 1, i % {products} + 1, {bin} + i % {bins}, 5, 5000 FROM n"""
COUNTED = """INSERT INTO stock_count (id, kind, state, location_id, blind, reason, opened_at, posted_at, approved_alone)
{numbers} SELECT i + 1, 'bin', 'posted', 'MAIN', TRUE, '', {at}, {at}, '' FROM n"""
COUNT_LINES = """INSERT INTO count_line (count_id, product_id, place_id, counted, book, version, counted_at)
{numbers} SELECT i / 20 + 1, i % {products} + 1, {bin} + i % {bins}, 5, 5, 1, {at} FROM n"""


def seed(products: int, moves: int) -> None:
    """Fill the database by statements of its own: through the desk it would take days."""
    make.shop(four_eyes=False)
    location = stock.main_location()
    bins = Place.objects.bulk_create(
        Place(kind=Place.Kind.BIN, location=location, code=f"{'ABCDEFGH'[n % 8]}-{n // 8:03}") for n in range(BINS)
    )  # fmt: skip
    supplier, table = stock.outside(Place.Kind.SUPPLIER), stock.inside(Place.Kind.PACKING, location.code)
    named: dict[str, Any] = {
        "bin": bins[0].pk, "bins": BINS, "supplier": supplier.pk, "table": table.pk, "last": moves // products,
        "products": products, "per_event": PER_EVENT, "first": 1, "event": 1000,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        kept = begin(cursor)
        name_products(products)
        fill(cursor, BARCODES, products, named)
        fill(cursor, EVENTS, (moves + HOT) // PER_EVENT, named)
        fill(cursor, MOVES, moves, named | {"product": f"i % {products}", "version": f"i / {products} + 1"})
        hot = {"product": "0", "version": f"i + {moves // products + 1}", "first": moves + 1}
        fill(cursor, MOVES, HOT, named | hot | {"event": 1000 + moves // PER_EVENT})
        fill(cursor, LEVELS, products, named)
        fill(cursor, PROMISES, products, named)
        fill(cursor, RECEIPTS, products // 5, named)
        fill(cursor, RECEIVED, products, named)
        fill(cursor, COUNTED, products // 50, named)
        fill(cursor, COUNT_LINES, products // 50 * 20, named)
        end(cursor, kept)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("VACUUM ANALYZE")
    else:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def name_products(products: int) -> None:
    """Write the catalogue; one product in a thousand runs low."""
    Product.objects.bulk_create(
        (
            Product(pk=n + 1, sku=f"P{n}", name=f"Product {n} of the big shelf", price_minor=12_900,
                    cost_minor=5_000 + n % 777, min_stock=100_000 if n % 1000 == 7 else 0)
            for n in range(products)
        ),
        batch_size=5_000,
    )  # fmt: skip


def begin(cursor: Any) -> list[str]:
    """Put aside what makes loading slow: the indexes of the moves, and on PostgreSQL the triggers."""
    if connection.vendor != "postgresql":
        return []
    cursor.execute("SET LOCAL statement_timeout = 0")
    # On a busy machine the catalogue takes longer to be made than a transaction may idle.
    cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    cursor.execute("SET LOCAL session_replication_role = replica")
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'stock_move' AND indexname NOT IN "
                   "(SELECT conname FROM pg_constraint WHERE conrelid = 'stock_move'::regclass)")  # fmt: skip
    found = cursor.fetchall()
    for name, _made in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [made for _name, made in found]


def fill(cursor: Any, statement: str, count: int, named: dict[str, Any]) -> None:
    """Run one statement of so many rows, and say how long it took."""
    began = time.perf_counter()
    numbers = (SERIES if connection.vendor == "postgresql" else NUMBERS).format(count=count)
    ago = f"({DAYS * 86_400} - CAST(i AS bigint) * {DAYS * 86_400} / {count})"
    at = f"now() - interval '1 second' * {ago}"
    if connection.vendor != "postgresql":
        at = f"strftime('%Y-%m-%d %H:%M:%f000', 'now', '-' || {ago} || ' seconds')"
    cursor.execute(statement.format(**named | {"numbers": numbers, "at": at}))
    sys.stderr.write(f"{statement.split(' (')[0]}: {count} in {time.perf_counter() - began:.1f} s\n")


def end(cursor: Any, kept: list[str]) -> None:
    """Make the indexes again, and let numbers go on after what was written."""
    began = time.perf_counter()
    for made in kept:
        cursor.execute(made)
    if connection.vendor == "postgresql":
        for table in ("product", "journal_event", "stock_move", "receipt", "stock_count"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    sys.stderr.write(f"indexes in {time.perf_counter() - began:.1f} s\n")


def pages() -> dict[str, str]:
    """Give the addresses that are opened."""
    first = Product.objects.order_by("pk").first()
    assert first is not None
    other, deep, place = first.pk + 54_321, "P7", Place.objects.filter(kind="bin").earliest("pk").pk
    middle = JournalEvent.objects.latest("pk").pk * PER_EVENT // 2
    count = open_count()
    return {
        "shelf": "/stock", "shelf deep": f"/stock?after={deep}", "shelf searched": "/stock?q=product 777",
        "shelf by barcode": "/stock?q=4610000054321", "shelf low": "/stock?view=low", "shelf out": "/stock?view=out",
        "shelf by bin": "/stock?bin=A-001", "card": f"/stock/{other}", "card hot": f"/stock/{first.pk}",
        "card hot of a bin": f"/stock/{first.pk}?place={place}", "card hot deep": f"/stock/{first.pk}?cursor={middle}",
        "peek hot": f"/stock/{first.pk}/peek", "moves": "/stock/moves", "moves deep": f"/stock/moves?cursor={middle}",
        "moves by why": "/stock/moves?why=picked", "moves by a rare why": "/stock/moves?why=reversal",
        "moves of scrap": "/stock/moves?why=scrap", "moves searched": "/stock/moves?q=P54321",
        "receipts": "/stock/receipts", "receipt": "/stock/receipts/77", "bins": "/stock/bins",
        "counts": "/counts", "counts today": "/counts/today", "counting all bins": f"/counts/{count}",
        "review": "/counts/77/review", "watch buy": "/stock/watch", "watch low": "/stock/watch?view=low",
        "watch dead": "/stock/watch?view=dead", "then": "/stock/then?day=2026-06-01",
    }  # fmt: skip


def open_count() -> int:
    """Give an open count of the whole shelf."""
    open_one = Place.objects.filter(kind="bin", counts__state="counting").values_list("counts", flat=True).first()
    return open_one or counts.start("full", "MAIN", by=make.BY, at=timezone.now()).pk


def measure(rounds: int) -> dict[str, list[float]]:
    """Open every page some times as the owner."""
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT, settings.SECOND_STEP_ASKED = ["*"], False, False
    client = Client()
    client.force_login(User.objects.filter(email="big@example.com").first() or make.owner(email="big@example.com"))
    told = {}
    for name, url in pages().items():
        spent, statements = [], 0
        for _round in range(rounds):
            with CaptureQueriesContext(connection) as caught:
                began = time.perf_counter()
                answered = client.get(url)
                spent.append(round((time.perf_counter() - began) * 1000, 1))
            statements = len(caught)
            if answered.status_code != 200:
                told[name] = [float(answered.status_code)]
                break
        else:
            told[name] = [statistics.median(spent), max(spent), statements]
            sys.stderr.write(f"{name}: {told[name]}\n")
    return told


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", action="store_true")
    asked.add_argument("--products", type=int, default=100_000)
    asked.add_argument("--moves", type=int, default=10_000_000)
    asked.add_argument("--rounds", type=int, default=5)
    options = asked.parse_args()
    if options.seed:
        seed(options.products, options.moves)
    sys.stdout.write(json.dumps(measure(options.rounds), indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
