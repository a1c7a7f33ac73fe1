"""Reads of what is sold and for how long it lasts: cover, what to buy, what nobody wants, what lay here then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections
from django.db.models import F, Q, Sum

from orders.models import ExpectedLine, ExpectedReceipt, Place, StockLevel, StockMove

OVER_DAYS, REVIEW_DAYS, DEAD_AFTER_DAYS = 28, 7, 90
SHOWN = 200

# Sold: picked less put back, of four weeks. Wanted: what lasts until the next buying arrives, and the minimum.
BUY = """
WITH level AS (
  SELECT product_id, CAST(sum(CASE WHEN on_hand > reserved + safety THEN on_hand - reserved - safety ELSE 0 END)
    AS bigint) AS free
  FROM stock_level GROUP BY product_id),
sold AS (
  SELECT m.product_id, CAST(sum(CASE WHEN t.kind = 'packing' THEN m.quantity ELSE -m.quantity END) AS bigint) AS pieces
  FROM stock_move m JOIN place s ON s.id = m.source_id JOIN place t ON t.id = m.target_id
  WHERE m.at > %(since)s AND (s.kind = 'bin' AND t.kind = 'packing' OR s.kind = 'packing' AND t.kind = 'bin')
  GROUP BY m.product_id),
short AS (
  SELECT l.product_id, CAST(sum(l.quantity - l.picked - l.cancelled - l.reserved) AS bigint) AS pieces
  FROM order_line l JOIN orders o ON o.number = l.order_id
  WHERE l.kind = 'goods' AND l.reserved < l.quantity - l.picked - l.cancelled AND o.status IN ('new', 'confirmed')
  GROUP BY l.product_id),
came AS (
  SELECT r.expected_id, l.product_id, sum(l.quantity) AS pieces FROM receipt_line l
  JOIN receipt r ON r.id = l.receipt_id WHERE r.expected_id IS NOT NULL GROUP BY r.expected_id, l.product_id),
coming AS (
  SELECT e.product_id, CAST(sum(CASE WHEN e.quantity > coalesce(c.pieces, 0) THEN e.quantity - coalesce(c.pieces, 0)
    ELSE 0 END) AS bigint) AS pieces
  FROM expected_line e JOIN expected_receipt x ON x.id = e.expected_id
  LEFT JOIN came c ON c.expected_id = e.expected_id AND c.product_id = e.product_id
  WHERE x.state = 'open' GROUP BY e.product_id),
need AS (
  SELECT p.id, p.sku, p.name, p.min_stock, p.lead_days, p.cost_minor, coalesce(v.free, 0) AS free,
    coalesce(s.pieces, 0) AS sold, coalesce(h.pieces, 0) AS short, coalesce(c.pieces, 0) AS coming,
    p.min_stock + (coalesce(s.pieces, 0) * (p.lead_days + %(review)s) + %(days)s - 1) / %(days)s
      + coalesce(h.pieces, 0) - coalesce(v.free, 0) - coalesce(c.pieces, 0) AS buy
  FROM product p LEFT JOIN level v ON v.product_id = p.id LEFT JOIN sold s ON s.product_id = p.id
  LEFT JOIN short h ON h.product_id = p.id LEFT JOIN coming c ON c.product_id = p.id
  WHERE p.kind = 'goods' AND p.active)
SELECT id, sku, name, min_stock, lead_days, cost_minor, free, sold, short, coming, buy FROM need
WHERE buy > 0 ORDER BY short DESC, CASE WHEN sold > 0 THEN free * 1000 / sold ELSE 1000000000 END, sku LIMIT %(shown)s
"""
# What was sold within four weeks is left out at one blow; only the rest is asked for one by one.
DEAD = """
WITH level AS (
  SELECT product_id, CAST(sum(on_hand) AS bigint) AS pieces FROM stock_level WHERE on_hand > 0 GROUP BY product_id),
alive AS (
  SELECT DISTINCT m.product_id FROM stock_move m
  WHERE m.at > %(of_late)s AND m.target_id IN (SELECT id FROM place WHERE kind = 'packing'))
SELECT p.id, p.sku, p.name, v.pieces, v.pieces * p.cost_minor AS worth,
  (SELECT max(m.at) FROM stock_move m JOIN place t ON t.id = m.target_id
   WHERE m.product_id = p.id AND t.kind = 'packing') AS sold_at
FROM level v JOIN product p ON p.id = v.product_id LEFT JOIN alive a ON a.product_id = v.product_id
WHERE a.product_id IS NULL AND NOT EXISTS (SELECT 1 FROM stock_move m JOIN place t ON t.id = m.target_id
    WHERE m.product_id = p.id AND t.kind = 'packing' AND m.at > %(since)s)
  AND EXISTS (SELECT 1 FROM stock_move m WHERE m.product_id = p.id AND m.at <= %(since)s)
ORDER BY worth DESC, p.sku LIMIT %(shown)s
"""


@dataclass(frozen=True, slots=True)
class Buy:
    """A product to be bought: how many, and the figures behind it. `sold` is of four weeks."""

    id: int
    sku: str
    name: str
    min_stock: int
    lead_days: int
    cost_minor: int
    free: int
    sold: int
    short: int
    coming: int
    buy: int

    @property
    def cover_days(self) -> int | None:
        """How many days the free pieces last; None when nothing was sold."""
        return self.free * OVER_DAYS // self.sold if self.sold > 0 else None

    @property
    def worth_minor(self) -> int:
        return self.buy * self.cost_minor


@dataclass(frozen=True, slots=True)
class Dead:
    """Goods that lie and are not sold."""

    id: int
    sku: str
    name: str
    pieces: int
    worth_minor: int
    sold_at: datetime | None


def to_buy(*, at: datetime) -> list[Buy]:
    """Give what should be bought now: what orders wait for first, then what lasts the shortest."""
    since = at - timedelta(days=OVER_DAYS)
    rows = _rows(BUY, {"since": since, "review": REVIEW_DAYS, "days": OVER_DAYS, "shown": SHOWN})
    return [Buy(*row) for row in rows]


def dead(*, at: datetime) -> list[Dead]:
    """Give what lay here ninety days ago and was not sold since, the most costly first."""
    since, of_late = at - timedelta(days=DEAD_AFTER_DAYS), at - timedelta(days=OVER_DAYS)
    rows = _rows(DEAD, {"since": since, "of_late": of_late, "shown": SHOWN})
    return [Dead(pk, sku, name, pieces, worth, _instant(last)) for pk, sku, name, pieces, worth, last in rows]


def sold(products: Sequence[int], *, at: datetime) -> dict[int, int]:
    """Give how many pieces of each product were picked in four weeks, less what was put back."""
    recent = StockMove.objects.filter(product__in=products, at__gt=at - timedelta(days=OVER_DAYS))
    table, shelf = Place.Kind.PACKING, Place.Kind.BIN
    out, back = Q(source__kind=shelf, target__kind=table), Q(source__kind=table, target__kind=shelf)
    sums = recent.filter(out | back).values("product").annotate(
        gone=Sum("quantity", filter=out, default=0), back=Sum("quantity", filter=back, default=0)
    )  # fmt: skip
    return {row["product"]: row["gone"] - row["back"] for row in sums}


def coming(product: int) -> int:
    """Give the pieces of a product that are still to come from suppliers."""
    lines = ExpectedLine.objects.filter(expected__state=ExpectedReceipt.State.OPEN, product=product)
    same = Q(expected__receipts__lines__product=F("product"))
    sums = lines.annotate(came=Sum("expected__receipts__lines__quantity", filter=same, default=0))
    return sum(max(asked - came, 0) for asked, came in sums.values_list("quantity", "came"))


def lay_then(products: Sequence[int], *, then: datetime) -> dict[int, int]:
    """Give how many pieces of each product lay in bins at a past moment: walked back from what lies there now."""
    levels = StockLevel.objects.filter(product__in=products).values("product").annotate(pieces=Sum("on_hand"))
    lay = {row["product"]: row["pieces"] for row in levels}
    into, out = Q(target__kind=Place.Kind.BIN), Q(source__kind=Place.Kind.BIN)
    since = StockMove.objects.filter(product__in=products, at__gt=then).values("product").annotate(
        came=Sum("quantity", filter=into, default=0), went=Sum("quantity", filter=out, default=0)
    )  # fmt: skip
    for row in since:
        lay[row["product"]] = lay.get(row["product"], 0) - row["came"] + row["went"]
    return lay


def _rows(statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _instant(value: Any) -> datetime | None:
    """SQLite gives instants as text."""
    if not isinstance(value, str):
        found: datetime | None = value
        return found
    read = datetime.fromisoformat(value)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
