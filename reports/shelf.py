"""What lies on the shelf and how it sells: worth, turnover, cover, dead stock, counts; grades, what does not sell."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Sum

from orders import feed
from orders.models import CountLine, PlaceLevel, Product, Shop, StockCount
from reports import facts, period, products, rollups, workfacts
from reports.figures import AsOf, Cut, Part
from reports.products import Graded
from shopdesk.base.periods import Period, between
from shopdesk.base.snapshot import snapshot

DEAD_AFTER = timedelta(days=90)
TEN_YEARS = timedelta(days=3_660)
SHOWN = 100
BY_PRODUCT = Cut("product")
INSIDE = Part(workfacts.GOODS, "inside")
VARIANCE = Part(workfacts.GOODS, "variance")
RECEIVED = Part(workfacts.GOODS, "received")
PICKED = Part(workfacts.PICK, "pieces")
SOLD = Part(facts.SALE, "amount")
PIECES = Part(facts.SALE, "pieces")
COST = Part(facts.SALE, "cost")


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
class Selling:
    """How products sell: each graded, and what lies here and was not sold at all."""

    graded: Sequence[Graded]
    skus: Mapping[str, str]
    sold: Mapping[str, int]
    idle: Sequence[Lying]


def read_shelf(days: Period, *, position: int = 0) -> Shelf:
    """Read the stock over some days."""
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(position, alias)
        now, costs = _levels(alias), _costs(alias)
        end, begin = (
            {key: now.get(key, 0) - since.get(key, 0) for key in {*now, *since}}
            for since in (_since(on, days, as_of, alias) for on in (days.to_on, days.from_on))
        )
        variance = _by_product(VARIANCE, days, as_of, alias)
        sold = rollups.tally([COST], [days], as_of, alias)
        dead = _dead(end, days, as_of, alias)
        counted = CountLine.objects.using(alias).filter(
            replaced_by=None, count__state=StockCount.State.POSTED, count__posted_at__gte=days.start,
            count__posted_at__lt=days.end,
        )  # fmt: skip
        usual = Shop.current().currency
        return Shelf(
            begin_minor=_worth(begin, costs),
            end_minor=_worth(end, costs),
            sold_minor=sum(value for (_i, _key, money, _code), value in sold.items() if money == usual),
            variance_minor=_worth(variance, costs),
            days=(days.to_on - days.from_on).days,
            dead=_named(dead, alias)[:SHOWN],
            dead_minor=_worth(dead, costs),
            counted=counted.count(),
            matched=counted.filter(counted=F("book")).count(),
        )


def read_selling(days: Period, *, position: int = 0) -> Selling:
    """Grade what was sold on some days, and find what lies here and was not."""
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(position, alias)
        usual = Shop.current().currency
        found = rollups.tally([SOLD, PIECES], [days], as_of, alias, BY_PRODUCT)
        sold: dict[str, int] = defaultdict(int)
        moved: dict[str, int] = defaultdict(int)
        for (_i, key, money, code), value in found.items():
            if key and code == PIECES.code:
                moved[key] += value
            elif key and money == usual:
                sold[key] += value
        graded = products.grade(sold, _weeks(days, as_of, alias))
        idle = {key: pieces for key, pieces in _levels(alias).items() if pieces > 0 and not moved.get(key)}
        skus = Product.objects.using(alias).filter(pk__in=[int(one.product) for one in graded[:SHOWN]])
        return Selling(
            graded, {str(pk): sku for pk, sku in skus.values_list("pk", "sku")}, sold, _named(idle, alias)[:SHOWN]
        )


def _weeks(days: Period, as_of: AsOf, alias: str) -> dict[str, list[int]]:
    """Give each product's pieces by whole weeks of the days."""
    whole = [one for one in period.split(days, "week") if (one.to_on - one.from_on).days == 7]
    if not whole:
        return {}
    weeks: dict[str, list[int]] = {}
    for (index, key, _money, _code), value in rollups.tally([PIECES], whole, as_of, alias, BY_PRODUCT).items():
        weeks.setdefault(key, [0] * len(whole))[index] += value
    return weeks


def _levels(alias: str) -> dict[str, int]:
    """Give how many pieces of each product there are anywhere with us now, couriers' hands included."""
    rows = PlaceLevel.objects.using(alias).values("product").annotate(pieces=Sum("on_hand")).order_by()
    return {str(row["product"]): row["pieces"] for row in rows if row["pieces"]}


def _costs(alias: str) -> dict[str, int]:
    return {str(pk): cost for pk, cost in Product.objects.using(alias).values_list("pk", "cost_minor")}


def _since(on: date, days: Period, as_of: AsOf, alias: str) -> dict[str, int]:
    """Give by how many pieces of each product the stock changed from a day on."""
    later = between(on, days.to_on + TEN_YEARS, days.zone, days.cutoff)
    return _by_product(INSIDE, later, as_of, alias)


def _by_product(part: Part, days: Period, as_of: AsOf, alias: str) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for (_i, key, _money, _code), value in rollups.tally([part], [days], as_of, alias, BY_PRODUCT).items():
        if key:
            sums[key] += value
    return sums


def _dead(end: Mapping[str, int], days: Period, as_of: AsOf, alias: str) -> dict[str, int]:
    """Give what lies here and neither came nor was picked for ninety days."""
    before = between(days.to_on - DEAD_AFTER, days.to_on, days.zone, days.cutoff)
    alive = {
        key for part in (PICKED, RECEIVED) for key, value in _by_product(part, before, as_of, alias).items() if value
    }
    return {key: pieces for key, pieces in end.items() if pieces > 0 and key not in alive}


def _worth(pieces: Mapping[str, int], costs: Mapping[str, int]) -> int:
    return sum(count * costs.get(key, 0) for key, count in pieces.items())


def _named(pieces: Mapping[str, int], alias: str) -> list[Lying]:
    """Name products, the most costly first."""
    rows = Product.objects.using(alias).filter(pk__in=[int(key) for key in pieces], kind=Product.Kind.GOODS)
    found = [
        Lying(pk, sku, name, pieces[str(pk)], pieces[str(pk)] * cost)
        for pk, sku, name, cost in rows.values_list("pk", "sku", "name", "cost_minor")
    ]
    return sorted(found, key=lambda one: (-one.worth_minor, one.sku))
