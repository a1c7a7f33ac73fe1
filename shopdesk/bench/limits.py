"""The limits: the least that the database must do, in raw SQL. The only place of the bench for it.

`take_in` is what one intake cannot do without (speed.md): a key, the customer by phone, three guarded promises, the
order, its lines and one event, in one durable commit. `claims` is the least of taking the next call: the first row that
is due and that nobody holds, moved on. `bulk` writes orders as COPY does. All of them write into tables of their own;
`leave` gives back a call that was taken.
"""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Final

from django.db import connection, transaction

TABLES: Final = """
CREATE TABLE IF NOT EXISTS bench_key (client text, key text, PRIMARY KEY (client, key));
CREATE TABLE IF NOT EXISTS bench_customer (id bigint PRIMARY KEY, phone text UNIQUE, name text);
CREATE TABLE IF NOT EXISTS bench_stock (product integer PRIMARY KEY, on_hand integer, reserved integer,
  CHECK (reserved <= on_hand));
CREATE TABLE IF NOT EXISTS bench_order (number bigint PRIMARY KEY, customer bigint, body text, total integer);
CREATE TABLE IF NOT EXISTS bench_line (number bigint, position integer, product integer, quantity integer,
  PRIMARY KEY (number, position));
CREATE TABLE IF NOT EXISTS bench_event (id bigint PRIMARY KEY, number bigint, kind text, body text);
CREATE TABLE IF NOT EXISTS bench_task (id integer PRIMARY KEY, due integer, body text);
CREATE INDEX IF NOT EXISTS bench_task_due ON bench_task (due, id)
"""
NAMES: Final = ("bench_task", "bench_event", "bench_line", "bench_order", "bench_stock", "bench_customer", "bench_key")
TAKE_IN: Final = """
CREATE OR REPLACE FUNCTION bench_take_in(n bigint, products integer[], body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE who bigint; taken integer;
BEGIN
  INSERT INTO bench_key VALUES ('bench', n::text);
  INSERT INTO bench_customer VALUES (n, '+7' || n, body) ON CONFLICT (phone) DO UPDATE SET name = excluded.name
  RETURNING id INTO who;
  WITH locked AS MATERIALIZED (
    SELECT product FROM bench_stock WHERE product = ANY(products) ORDER BY product FOR NO KEY UPDATE)
  UPDATE bench_stock s SET reserved = s.reserved + 1 FROM locked l
  WHERE s.product = l.product AND s.on_hand - s.reserved >= 1;
  GET DIAGNOSTICS taken = ROW_COUNT;
  INSERT INTO bench_order VALUES (n, who, body, taken);
  INSERT INTO bench_line SELECT n, i, p, 1 FROM unnest(products) WITH ORDINALITY AS t(p, i);
  INSERT INTO bench_event VALUES (n, n, 'order.taken', body);
END $$
"""
CLAIM: Final = """
UPDATE bench_task SET due = due + %s
WHERE id = (SELECT id FROM bench_task WHERE due <= %s ORDER BY due, id LIMIT 1{skip}) RETURNING id
"""
LEAVE: Final = """
UPDATE call_task SET due_at = %(until)s, token = '' WHERE closed_at IS NULL AND taken_by_id = %(person)s AND phone IN (
  SELECT phone FROM phone_lease WHERE person_id = %(person)s)
"""
GIVE_BACK: Final = (
    "DELETE FROM phone_lease WHERE person_id = %(person)s",
    "DELETE FROM call_take WHERE person_id = %(person)s",
)
BULK: Final = {
    "bench_key": ("client", "key"), "bench_customer": ("id", "phone", "name"),
    "bench_order": ("number", "customer", "body", "total"), "bench_line": ("number", "position", "product", "quantity"),
    "bench_event": ("id", "number", "kind", "body"),
}  # fmt: skip
PIECES, PRODUCTS, TASKS, LATER = 1_000_000, 1_000, 5_000, 10_000
BODY: Final = json.dumps({"name": "Анна Смирнова", "address": "Москва, ул. Мясницкая, д. 7, кв. 15", "total": 129_00})


def make() -> None:
    """Make the tables of the raw intake, empty, with goods."""
    drop()
    with connection.cursor() as cursor:
        for statement in TABLES.split(";"):
            cursor.execute(statement)
        if connection.vendor == "postgresql":
            cursor.execute(TAKE_IN)
        goods = [(product, PIECES, 0) for product in range(PRODUCTS)]
        cursor.executemany("INSERT INTO bench_stock VALUES (%s, %s, %s)", goods)
        tasks = [(task, task, BODY) for task in range(TASKS)]
        cursor.executemany("INSERT INTO bench_task VALUES (%s, %s, %s)", tasks)


def drop() -> None:
    """Take them away again."""
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS bench_take_in")


def intake(worker: int = 0) -> Callable[[], object]:
    """Give the raw intake of one order of three lines: one call on PostgreSQL, eight statements on SQLite."""
    numbers, first = count(1), _first(worker)

    def take_in() -> None:
        place = next(numbers)
        number, products = first + place * 100, [(place + worker * 331) * step % PRODUCTS for step in (7, 11, 13)]
        if connection.vendor == "postgresql":
            _call(number, products)
        else:
            _step_by_step(number, products)

    return take_in


def claims(_worker: int = 0) -> Callable[[], object]:
    """Give the raw claim of the next task: it goes to the end of the queue, so that it never runs dry."""
    skip = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    statement = CLAIM.format(skip=skip)

    def claim() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, [LATER, 2_000_000_000])
            if cursor.fetchone() is None:
                raise RuntimeError("the queue is empty")

    return claim


def leave(person: int, until: datetime) -> None:
    """Leave whoever a person talks to for later, as a skip does but for its journal: the least that lets them press
    again, since whatever some do between two calls is waited for by those who take one.
    """
    values: dict[str, Any] = {"person": person, "until": connection.ops.adapt_datetimefield_value(until)}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in (LEAVE, *GIVE_BACK):
            cursor.execute(statement, values)


def bulk(orders: int) -> Callable[[], object]:
    """Give the writing of so many orders of a line at once: COPY on PostgreSQL, prepared statements on SQLite."""

    def write() -> None:
        first = _first(0)
        numbers = range(first + 100, first + 100 * orders + 100, 100)
        rows: dict[str, list[tuple[Any, ...]]] = {
            "bench_key": [("bench", str(n)) for n in numbers],
            "bench_customer": [(n, f"+7{n}", BODY) for n in numbers],
            "bench_order": [(n, n, BODY, 1) for n in numbers],
            "bench_line": [(n, 0, n % PRODUCTS, 1) for n in numbers],
            "bench_event": [(n, n, "order.taken", BODY) for n in numbers],
        }
        with transaction.atomic():
            for table, columns in BULK.items():
                _write(table, columns, rows[table])

    return write


def copied(statement: str) -> Callable[[], object]:
    """Give the reading of a statement's rows as text, which nobody keeps: COPY on PostgreSQL."""

    def read() -> int:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY ({statement}) TO STDOUT") as copy:
                    return sum(len(bytes(part)) for part in copy)
            cursor.execute(statement)
            return sum(len(str(row)) for row in cursor)

    return read


def _write(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            return
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608  # names of our own


def _first(worker: int) -> int:
    """Give a number that no process began with before."""
    return time.time_ns() // 1_000 * 100 + worker


def asks(statement: str, *values: Any) -> Callable[[], object]:
    """Give the reading of a statement's rows."""

    def read() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    return read


def _call(number: int, products: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bench_take_in(%s::bigint, %s::integer[], %s)", [number, products, BODY])


def _step_by_step(number: int, products: list[int]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO bench_key VALUES ('bench', %s)", [str(number)])
        cursor.execute("INSERT INTO bench_customer VALUES (%s, %s, %s)", [number, f"+7{number}", BODY])
        for product in products:
            cursor.execute(
                "UPDATE bench_stock SET reserved = reserved + 1 WHERE product = %s AND on_hand - reserved >= 1",
                [product],
            )
        cursor.execute("INSERT INTO bench_order VALUES (%s, %s, %s, %s)", [number, number, BODY, 3])
        lines = [(number, place, product, 1) for place, product in enumerate(products)]
        cursor.executemany("INSERT INTO bench_line VALUES (%s, %s, %s, %s)", lines)
        cursor.execute("INSERT INTO bench_event VALUES (%s, %s, 'order.taken', %s)", [number, number, BODY])
