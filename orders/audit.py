"""The auditor's queries over orders and the shelf: what `promises.md` calls S1 to S8. They only read."""

from collections.abc import Sequence

from django.db import connections

from orders import audit_due, audit_feed, audit_orders
from shopdesk.base import triggers
from shopdesk.base.audit import Check, Finding, found, select

# Every move seen from each inside place that it touched.
SIDES = """
WITH sides AS (
  SELECT product_id, source_id AS place_id, source_version AS version, source_balance AS balance, -quantity AS pieces
  FROM stock_move WHERE source_version IS NOT NULL
  UNION ALL
  SELECT product_id, target_id, target_version, target_balance, quantity
  FROM stock_move WHERE target_version IS NOT NULL)
"""
RUNNING = """,
walked AS (
  SELECT product_id, place_id, version, balance,
    row_number() OVER w AS place_in_line, sum(pieces) OVER w AS running
  FROM sides WINDOW w AS (PARTITION BY product_id, place_id ORDER BY version))
SELECT product_id, place_id, version FROM walked WHERE version <> place_in_line OR balance <> running
"""
LEVELS = """,
ends AS (
  SELECT product_id, place_id, max(version) AS version, sum(pieces) AS pieces FROM sides GROUP BY product_id, place_id)
SELECT l.product_id, l.place_id, l.version FROM place_level l
LEFT JOIN ends e ON e.product_id = l.product_id AND e.place_id = l.place_id
WHERE l.version <> coalesce(e.version, 0) OR l.on_hand <> coalesce(e.pieces, 0)
UNION ALL
SELECT e.product_id, e.place_id, e.version FROM ends e
WHERE NOT EXISTS (SELECT 1 FROM place_level l WHERE l.product_id = e.product_id AND l.place_id = e.place_id)
"""
SELLABLE = """
WITH bins AS (
  SELECT l.product_id, p.location_id, sum(l.on_hand) AS pieces
  FROM place_level l JOIN place p ON p.id = l.place_id WHERE p.kind = 'bin' GROUP BY l.product_id, p.location_id)
SELECT s.product_id, s.location_id FROM stock_level s
LEFT JOIN bins b ON b.product_id = s.product_id AND b.location_id = s.location_id
WHERE s.on_hand <> coalesce(b.pieces, 0)
UNION ALL
SELECT b.product_id, b.location_id FROM bins b WHERE b.pieces <> 0 AND NOT EXISTS (
  SELECT 1 FROM stock_level s WHERE s.product_id = b.product_id AND s.location_id = b.location_id)
"""
# Both sides of every move are added up: inside places by what lies there, the outside by its moves.
ZERO = """
WITH outside AS (
  SELECT m.product_id, sum(CASE WHEN m.target_version IS NULL THEN m.quantity ELSE 0 END)
    - sum(CASE WHEN m.source_version IS NULL THEN m.quantity ELSE 0 END) AS pieces
  FROM stock_move m GROUP BY m.product_id),
inside AS (SELECT product_id, sum(on_hand) AS pieces FROM place_level GROUP BY product_id)
SELECT p.id FROM product p LEFT JOIN outside o ON o.product_id = p.id LEFT JOIN inside i ON i.product_id = p.id
WHERE coalesce(o.pieces, 0) + coalesce(i.pieces, 0) <> 0
"""
BOUNDS = """
SELECT product_id, location_id FROM stock_level WHERE reserved < 0 OR reserved > on_hand
UNION ALL
SELECT l.product_id, p.code FROM place_level l JOIN place p ON p.id = l.place_id WHERE l.on_hand < 0
"""
PROMISES = """
WITH lines AS (
  SELECT l.product_id, o.location_id, sum(l.reserved) AS pieces
  FROM order_line l JOIN orders o ON o.number = l.order_id
  WHERE l.reserved <> 0 AND l.product_id IS NOT NULL GROUP BY l.product_id, o.location_id),
differing AS (
  SELECT s.product_id, s.location_id, s.reserved, coalesce(l.pieces, 0) AS pieces FROM stock_level s
  LEFT JOIN lines l ON l.product_id = s.product_id AND l.location_id = s.location_id
  WHERE s.reserved <> coalesce(l.pieces, 0)
  UNION ALL
  SELECT l.product_id, l.location_id, 0, l.pieces FROM lines l WHERE NOT EXISTS (
    SELECT 1 FROM stock_level s WHERE s.product_id = l.product_id AND s.location_id = l.location_id))
SELECT p.sku, d.location_id, d.reserved, d.pieces FROM differing d JOIN product p ON p.id = d.product_id
"""
REVERSALS = """
SELECT m.id FROM stock_move m JOIN stock_move r ON r.id = m.reverses_id
WHERE m.product_id <> r.product_id OR m.quantity <> r.quantity
   OR m.source_id <> r.target_id OR m.target_id <> r.source_id
"""
ONCE = "SELECT order_id, position FROM order_line WHERE reserved + picked > quantity"
# `delivered` is what lies with the customer: what went there less what came from there.
PIECES = """
WITH kept AS (
  SELECT m.line_id, sum(CASE WHEN t.kind = 'customer' THEN m.quantity ELSE -m.quantity END) AS pieces
  FROM stock_move m JOIN place s ON s.id = m.source_id JOIN place t ON t.id = m.target_id
  WHERE m.line_id IS NOT NULL AND (s.kind = 'customer' OR t.kind = 'customer') GROUP BY m.line_id)
SELECT l.order_id, l.position FROM order_line l LEFT JOIN kept k ON k.line_id = l.id
WHERE l.cancelled + l.delivered + l.returned + l.lost > l.quantity
   OR (l.kind = 'goods' AND l.product_id IS NOT NULL AND l.delivered <> coalesce(k.pieces, 0))
"""
# A posted line: its move is its variance, and its book is the balance of the shelf at its version.
COUNTED = """
SELECT c.id FROM count_line c JOIN stock_count d ON d.id = c.count_id
LEFT JOIN stock_move m ON m.id = c.move_id
LEFT JOIN stock_move o ON o.product_id = c.product_id AND o.source_id = c.place_id AND o.source_version = c.version
LEFT JOIN stock_move i ON i.product_id = c.product_id AND i.target_id = c.place_id AND i.target_version = c.version
WHERE d.state = 'posted' AND c.replaced_by_id IS NULL AND (
  c.counted <> c.book + coalesce(CASE WHEN m.target_id = c.place_id THEN m.quantity ELSE -m.quantity END, 0)
  OR c.book <> coalesce(o.source_balance, i.target_balance, 0))
"""


def checks() -> list[Check]:
    """Give the promises of this app."""
    return [
        Check("S1", "Every shelf is what its moves make it, and nothing appears or vanishes.", _s1),
        Check("S2", "Nothing lies below zero, and no more is promised than there is.", _s2),
        Check("S3", "What a location has promised is what its orders were promised.", _s3),
        Check("S4", "Facts are append-only, and a correction mirrors what it corrects.", _s4),
        Check("S6", "A promise falls by pick or release, never twice.", _s6),
        Check("S7", "The pieces of every line add up, and delivered ones are with the customer.", _s7),
        Check("S8", "A posted count line adds up against the shelf of its moment.", _s8),
        *audit_orders.checks(),
        *audit_feed.checks(),
        *audit_due.checks(),
    ]


def _s1(alias: str) -> Finding:
    offenders = [f"product {p} at place {q}, version {v}" for p, q, v in select(alias, SIDES + RUNNING)]
    offenders += [f"product {p} at place {q}, level at version {v}" for p, q, v in select(alias, SIDES + LEVELS)]
    offenders += [f"product {p} in {q}" for p, q in select(alias, SELLABLE)]
    offenders += [f"product {p} in all places" for (p,) in select(alias, ZERO)]
    return found(_rows(alias, "stock_move"), offenders)


def _s2(alias: str) -> Finding:
    rows = _rows(alias, "stock_level") + _rows(alias, "place_level")
    return found(rows, [f"product {p} in {q}" for p, q in select(alias, BOUNDS)])


def _s3(alias: str) -> Finding:
    named = [f"{sku} in {where}: {level} promised, lines say {n}" for sku, where, level, n in select(alias, PROMISES)]
    return found(_rows(alias, "stock_level"), named)


def _s4(alias: str) -> Finding:
    offenders = [f"table {table} is not guarded" for table in triggers.missing(connections[alias])]
    offenders += [f"move {m}" for (m,) in select(alias, REVERSALS)]
    return found(_rows(alias, "stock_move") + len(triggers.APPEND_ONLY), offenders)


def _s6(alias: str) -> Finding:
    return found(_rows(alias, "order_line"), _lines(select(alias, ONCE)))


def _s7(alias: str) -> Finding:
    return found(_rows(alias, "order_line"), _lines(select(alias, PIECES)))


def _s8(alias: str) -> Finding:
    return found(_rows(alias, "count_line"), [f"count line {c}" for (c,) in select(alias, COUNTED)])


def _lines(rows: Sequence[tuple[int, int]]) -> list[str]:
    return [f"line {position} of order {number}" for number, position in rows]


def _rows(alias: str, table: str) -> int:
    return int(select(alias, f"SELECT count(*) FROM {table}")[0][0])  # noqa: S608 names of our own tables
