"""The limits: the least that the database must do, in raw SQL. The only place of the bench for it.

`take_in` is what one intake cannot do without (speed.md): a key, the customer by phone, three guarded promises, the
order, its lines and one event, in one durable commit. It writes into tables of its own.
"""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from django.db import connection, transaction

TABLES: Final = """
CREATE TABLE IF NOT EXISTS bench_key (client text, key text, PRIMARY KEY (client, key));
CREATE TABLE IF NOT EXISTS bench_customer (id integer PRIMARY KEY, phone text UNIQUE, name text);
CREATE TABLE IF NOT EXISTS bench_stock (product integer PRIMARY KEY, on_hand integer, reserved integer,
  CHECK (reserved <= on_hand));
CREATE TABLE IF NOT EXISTS bench_order (number integer PRIMARY KEY, customer integer, body text, total integer);
CREATE TABLE IF NOT EXISTS bench_line (number integer, position integer, product integer, quantity integer,
  PRIMARY KEY (number, position));
CREATE TABLE IF NOT EXISTS bench_event (id integer PRIMARY KEY, number integer, kind text, body text)
"""
NAMES: Final = ("bench_event", "bench_line", "bench_order", "bench_stock", "bench_customer", "bench_key")
TAKE_IN: Final = """
CREATE OR REPLACE FUNCTION bench_take_in(n integer, products integer[], body text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE who integer; taken integer;
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
PIECES, PRODUCTS = 1_000_000, 1_000
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


def drop() -> None:
    """Take them away again."""
    with connection.cursor() as cursor:
        for name in NAMES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
        if connection.vendor == "postgresql":
            cursor.execute("DROP FUNCTION IF EXISTS bench_take_in")


def intake() -> Callable[[], object]:
    """Give the raw intake of one order of three lines: one call on PostgreSQL, eight statements on SQLite."""
    numbers = count(1)

    def take_in() -> None:
        number = next(numbers)
        products = [number * step % PRODUCTS for step in (7, 11, 13)]
        if connection.vendor == "postgresql":
            _call(number, products)
        else:
            _step_by_step(number, products)

    return take_in


def asks(statement: str, *values: Any) -> Callable[[], object]:
    """Give the reading of a statement's rows."""

    def read() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    return read


def _call(number: int, products: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT bench_take_in(%s::integer, %s::integer[], %s)", [number, products, BODY])


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
