"""Cycle counts: each day a few shelves that are worth a look, by rules that everybody can read on the page.

Points of a shelf: what of its product is sold (ABC by turnover at cost), how long nobody counted it, what lies there is
worth, how often its counts were wrong, and whether a packer did not find what the books promised.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Q, Sum

from orders.counts.counting import start
from orders.counts.refusals import NoShelf
from orders.models import CountLine, CountProposal, JournalEvent, Place, PlaceLevel, Product, StockCount, StockMove
from shopdesk.base.access import Actor

A_DAY = 20  # shelves: a quarter of an hour's walk
TURNOVER_OVER, REST_AFTER, SURPRISE_WITHIN = timedelta(days=90), timedelta(days=7), timedelta(days=30)
ABC = ((80, "a", 30), (95, "b", 15), (100, "c", 5))  # up to so many percent of the turnover, class, points
C = 100
NEVER_COUNTED, A_POINT_EVERY_DAYS = 30, 6
WORTH = ((10, 20), (30, 10))  # percent of the shelves that are worth most, points
WRONG, SURPRISE = 20, 40
Shelf = tuple[int, int]  # product, place
Points = dict[Shelf, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of the counts of a shelf: how many, how many were wrong, and when the last was."""

    times: int
    wrong: int
    last: datetime


@transaction.atomic(durable=True)
def propose(location: str, *, day: date, at: datetime, limit: int = A_DAY) -> int:
    """Write down the shelves of a location that are worth counting on this day. Once a day; gives how many are new."""
    if CountProposal.objects.filter(location=location, day=day).exists():
        return 0
    points = score(location, at=at)
    best = sorted(points, key=lambda shelf: (-sum(points[shelf].values()), shelf))[:limit]
    rows = [
        CountProposal(
            location_id=location, day=day, product_id=product, place_id=place,
            score=sum(points[product, place].values()), parts=points[product, place],
        )
        for product, place in best
    ]  # fmt: skip
    # Two sweeps at once: the second finds the first one's rows.
    return len(CountProposal.objects.bulk_create(rows, ignore_conflicts=True))


def start_proposed(location: str, *, day: date, by: Actor, at: datetime) -> StockCount:
    """Open a cycle count of what was proposed for this day and waits in no count. Raises NoShelf, AlreadyCounted."""
    waiting = CountProposal.objects.filter(location=location, day=day, count=None)
    shelves = list(waiting.values_list("product__sku", "place__code"))
    if not shelves:
        raise NoShelf
    count = start(StockCount.Kind.CYCLE, location, shelves=shelves, by=by, at=at)
    waiting.update(count=count)
    return count


def score(location: str, *, at: datetime) -> Points:
    """Give the points of every shelf of a location by rule. What was counted this week rests, unless it surprised."""
    levels = PlaceLevel.objects.filter(place__kind=Place.Kind.BIN, place__location=location, version__gt=0)
    worth = dict[Shelf, int]()
    for product, place, pieces, cost in levels.values_list("product", "place", "on_hand", "product__cost_minor"):
        worth[product, place] = pieces * cost
    looked, surprises = _looked(location), _surprises(at)
    classes = classes_of(location, at=at)
    busy = set(StockCount.objects.filter(state__in=["counting", "review"]).values_list("bins", flat=True))
    points: Points = {}
    for shelf in worth:
        past = looked.get(shelf)
        surprised = _is_surprised(shelf[0], past, surprises)
        if shelf[1] in busy or (past and past.last > at - REST_AFTER and not surprised):
            continue
        _name, turnover = classes.get(shelf[0], ("c", ABC[-1][2]))
        points[shelf] = (
            {"turnover": turnover} | _points_of_past(past, at) | ({"surprise": SURPRISE} if surprised else {})
        )
    for shelf, extra in _points_of_worth(worth).items():
        if shelf in points:
            points[shelf]["worth"] = extra
    return points


def classes_of(location: str, *, at: datetime) -> dict[int, tuple[str, int]]:
    """Give the class of each product that was picked in the last ninety days, and its points: A, B or C."""
    picked = StockMove.objects.filter(
        at__gt=at - TURNOVER_OVER,
        target__kind=Place.Kind.PACKING,
        target__location=location,
        source__kind=Place.Kind.BIN,
    )
    sums = picked.values("product").annotate(sold=Sum(F("quantity") * F("product__cost_minor")), n=Sum("quantity"))
    ranked = sorted(sums.values_list("product", "sold", "n"), key=lambda row: (-row[1], -row[2], row[0]))
    whole, so_far = sum(row[1] for row in ranked) or 1, 0
    found = {}
    for product, sold, _pieces in ranked:
        found[product] = next(
            (name, points) for share, name, points in ABC if 100 * so_far < share * whole or share == 100
        )
        so_far += sold
    return found


def _looked(location: str) -> dict[Shelf, Looked]:
    lines = CountLine.objects.filter(count__state="posted", count__location=location, replaced_by=None)
    sums = lines.values("product", "place").annotate(
        times=Count("pk"), wrong=Count("pk", filter=~Q(counted=F("book"))), last=Max("counted_at")
    )
    return {(row["product"], row["place"]): Looked(row["times"], row["wrong"], row["last"]) for row in sums}


def _surprises(at: datetime) -> dict[int, datetime]:
    """Give the products that packers did not find of late, and when they said so last."""
    told = JournalEvent.objects.filter(kind="order.short", at__gt=at - SURPRISE_WITHIN)
    said: dict[str, datetime] = {}
    for data, when in told.values_list("data", "at"):
        said[data["sku"]] = max(when, said.get(data["sku"], when))
    return {product: said[sku] for product, sku in Product.objects.filter(sku__in=said).values_list("pk", "sku")}


def _is_surprised(product: int, past: Looked | None, surprises: Mapping[int, datetime]) -> bool:
    return product in surprises and (past is None or past.last < surprises[product])


def _points_of_past(past: Looked | None, at: datetime) -> dict[str, int]:
    if past is None:
        return {"never": NEVER_COUNTED}
    age = min((at - past.last).days // A_POINT_EVERY_DAYS, NEVER_COUNTED)
    wrong = WRONG * past.wrong // past.times
    return {name: points for name, points in (("age", age), ("wrong", wrong)) if points}


def _points_of_worth(worth: Mapping[Shelf, int]) -> dict[Shelf, int]:
    ranked: Sequence[Shelf] = sorted(
        (shelf for shelf in worth if worth[shelf]), key=lambda shelf: (-worth[shelf], shelf)
    )
    found: defaultdict[Shelf, int] = defaultdict(int)
    for share, points in reversed(WORTH):
        for shelf in ranked[: -(-len(ranked) * share // 100)]:
            found[shelf] = points
    return dict(found)
