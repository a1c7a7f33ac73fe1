"""What lies on the shelf and how it sells: worth, turnover, cover, dead stock, counts; grades, what does not sell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from orders.models import CountLine, Shop, StockCount
from reports import bykey, facts, period, products, rollups, workfacts
from reports.figures import AsOf, Cut, Part
from shopdesk.base.periods import Period, between
from shopdesk.base.snapshot import snapshot

DEAD_AFTER = timedelta(days=90)
TEN_YEARS = timedelta(days=3_660)
SHOWN = 50
BY_PRODUCT = Cut("product")
INSIDE = Part(workfacts.GOODS, "inside")
VARIANCE = Part(workfacts.GOODS, "variance")
RECEIVED = Part(workfacts.GOODS, "received")
PICKED = Part(workfacts.PICK, "pieces")
SOLD = Part(facts.SALE, "amount")
PIECES = Part(facts.SALE, "pieces")
COST = Part(facts.SALE, "cost")
# What there is of each product anywhere with us now, couriers' hands included.
LYING = "SELECT product_id, sum(on_hand) AS pieces FROM place_level WHERE on_hand <> 0 GROUP BY product_id"
WORTH_NOW = "SELECT sum(l.on_hand * p.cost_minor) FROM place_level l JOIN product p ON p.id = l.product_id"
WORTH = """
SELECT sum(c.value * p.cost_minor) FROM ({cells}) AS c JOIN product p ON p.id = CAST(nullif(c.key, '') AS bigint)
"""
# Who reaches four fifths of all is still an A: what counts is what the better ones bring.
GRADED = """
WITH cells AS ({cells}),
sold AS (SELECT key, sum(value) AS value FROM cells WHERE key <> '' AND currency = %s GROUP BY key),
ranked AS (
  SELECT key, value, sum(CASE WHEN value > 0 THEN value ELSE 0 END) OVER () AS whole,
    coalesce(sum(CASE WHEN value > 0 THEN value ELSE 0 END) OVER (
      ORDER BY value DESC, key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS better
  FROM sold),
graded AS (
  SELECT key, value, CASE WHEN value <= 0 THEN 'C' WHEN 100 * better < {a} * whole THEN 'A'
    WHEN 100 * better < {b} * whole THEN 'B' ELSE 'C' END AS letter FROM ranked)
SELECT g.key, p.sku, g.value, g.letter, sum(CASE WHEN letter = 'A' THEN 1 ELSE 0 END) OVER (),
  sum(CASE WHEN letter = 'B' THEN 1 ELSE 0 END) OVER (), sum(CASE WHEN letter = 'C' THEN 1 ELSE 0 END) OVER ()
FROM graded g LEFT JOIN product p ON p.id = CAST(g.key AS bigint) ORDER BY g.value DESC, g.key LIMIT %s
"""
IDLE = f"""
WITH moved AS (SELECT key FROM ({{moved}}) AS cells GROUP BY key HAVING sum(value) <> 0 AND key <> '')
SELECT p.id, p.sku, p.name, l.pieces, l.pieces * p.cost_minor FROM ({LYING}) AS l JOIN product p ON p.id = l.product_id
WHERE p.kind = 'goods' AND l.pieces > 0 AND p.id NOT IN (SELECT CAST(key AS bigint) FROM moved)
ORDER BY 5 DESC, p.sku LIMIT %s
"""  # noqa: S608  # constants
DEAD = f"""
WITH since AS (SELECT CAST(key AS bigint) AS product_id, value FROM ({{since}}) AS cells WHERE key <> ''),
alive AS (SELECT CAST(key AS bigint) AS product_id FROM ({{alive}}) AS cells WHERE value <> 0 AND key <> ''),
stood AS (
  SELECT p.id, p.sku, p.name, coalesce(l.pieces, 0) - coalesce(s.value, 0) AS pieces, p.cost_minor
  FROM product p LEFT JOIN ({LYING}) AS l ON l.product_id = p.id LEFT JOIN since s ON s.product_id = p.id
  WHERE p.kind = 'goods' AND p.id NOT IN (SELECT product_id FROM alive))
SELECT id, sku, name, pieces, pieces * cost_minor, sum(pieces * cost_minor) OVER () FROM stood
WHERE pieces > 0 ORDER BY 5 DESC, sku LIMIT %s
"""  # noqa: S608  # constants


@dataclass(frozen=True, slots=True)
class Lying:
    """A product that lies here: pieces, and what they cost."""

    product: int
    sku: str
    name: str
    pieces: int
    worth_minor: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """The stock over some days, in the shop's currency, at today's average costs."""

    begin_minor: int
    end_minor: int
    sold_minor: int  # cost of goods sold
    variance_minor: int
    days: int
    dead: Sequence[Lying]
    dead_minor: int
    counted: int
    matched: int

    @property
    def mean_minor(self) -> int:
        return (self.begin_minor + self.end_minor) // 2

    @property
    def cover_days(self) -> int | None:
        """How many days the stock lasts at the rate of these; None when nothing was sold."""
        return self.end_minor * self.days // self.sold_minor if self.sold_minor > 0 else None


@dataclass(frozen=True, slots=True)
class Graded:
    """A product's letter by what it brings (A, B, C) and by how evenly it sells (X, Y, Z)."""

    product: str
    sku: str
    sold_minor: int
    abc: str
    xyz: str


@dataclass(frozen=True, slots=True)
class Selling:
    """How products sell: the best, how many have each letter, and what lies here and was not sold at all."""

    graded: Sequence[Graded]
    counts: Mapping[str, int]
    idle: Sequence[Lying]


def read_shelf(days: Period, *, position: int = 0) -> Shelf:
    """Read what lies here, walked back from now by every move since. The feed is to be published before."""
    with snapshot() as alias:
        as_of = period.known(position, alias)
        known = as_of, alias
        now = bykey.select(WORTH_NOW, (), alias)[0][0] or 0
        begin, end = (int(now) - _worth(INSIDE, _later(on, days), known) for on in (days.from_on, days.to_on))
        sold = rollups.tally([COST], [days], as_of, alias)
        dead, dead_minor = _dead(days, known)
        counted = CountLine.objects.using(alias).filter(
            replaced_by=None, count__state=StockCount.State.POSTED, count__posted_at__gte=days.start,
            count__posted_at__lt=days.end,
        )  # fmt: skip
        usual = Shop.current().currency
        return Shelf(
            begin_minor=begin,
            end_minor=end,
            sold_minor=sum(value for (_i, _key, money, _code), value in sold.items() if money == usual),
            variance_minor=_worth(VARIANCE, days, known),
            days=(days.to_on - days.from_on).days,
            dead=dead,
            dead_minor=dead_minor,
            counted=counted.count(),
            matched=counted.filter(counted=F("book")).count(),
        )


def read_selling(days: Period, *, position: int = 0) -> Selling:
    """Grade what was sold on some days, and find what lies here and was not. The feed is to be published before."""
    with snapshot() as alias:
        as_of = period.known(position, alias)
        cells = bykey.relation([SOLD], days, as_of, alias, BY_PRODUCT)
        usual = Shop.current().currency
        shares = {"a": products.A_PERCENT, "b": products.B_PERCENT}
        sql = GRADED.format(cells=cells.sql, **shares)
        rows = bykey.select(sql, [*cells.params, usual, SHOWN], alias)
        weeks = _weeks(days, as_of, alias, [row[0] for row in rows])
        graded = [
            Graded(key, sku or key, int(sold), letter, products.evenness(weeks.get(key, ())))
            for key, sku, sold, letter, *_counts in rows
        ]
        counts = dict(zip("ABC", map(int, rows[0][4:]), strict=True)) if rows else dict.fromkeys("ABC", 0)
        moved = bykey.relation([PIECES], days, as_of, alias, BY_PRODUCT)
        idle = bykey.select(IDLE.format(moved=moved.sql), [*moved.params, SHOWN], alias)
        return Selling(graded, counts, [_lying(*row) for row in idle])


def _weeks(days: Period, as_of: AsOf, alias: str, keys: Sequence[str]) -> dict[str, list[int]]:
    """Give some products' pieces by whole weeks of the days."""
    whole = [one for one in period.split(days, "week") if (one.to_on - one.from_on).days == 7]
    weeks: dict[str, list[int]] = {}
    if not whole or not keys:
        return weeks
    found = rollups.tally([PIECES], whole, as_of, alias, BY_PRODUCT, keys=keys)
    for (index, key, _money, _code), value in found.items():
        weeks.setdefault(key, [0] * len(whole))[index] += value
    return weeks


def _lying(product: int, sku: str, name: str, pieces: int, worth: int) -> Lying:
    return Lying(product, sku, name, int(pieces), int(worth))


def _later(on: date, days: Period) -> Period:
    """Give everything from a day on."""
    return between(on, days.to_on + TEN_YEARS, days.zone, days.cutoff)


def _worth(part: Part, days: Period, known: tuple[AsOf, str]) -> int:
    """Give what pieces of products come to at today's average costs."""
    cells = bykey.relation([part], days, *known, BY_PRODUCT)
    return int(bykey.select(WORTH.format(cells=cells.sql), cells.params, known[1])[0][0] or 0)


def _dead(days: Period, known: tuple[AsOf, str]) -> tuple[list[Lying], int]:
    """Give what lay here at the end and neither came nor was picked for ninety days: the most costly, and its worth."""
    before = between(days.to_on - DEAD_AFTER, days.to_on, days.zone, days.cutoff)
    since = bykey.relation([INSIDE], _later(days.to_on, days), *known, BY_PRODUCT)
    alive = bykey.relation([PICKED, RECEIVED], before, *known, BY_PRODUCT)
    sql = DEAD.format(since=since.sql, alive=alive.sql)
    rows = bykey.select(sql, [*since.params, *alive.params, SHOWN], known[1])
    return [_lying(*row[:5]) for row in rows], int(rows[0][5]) if rows else 0
