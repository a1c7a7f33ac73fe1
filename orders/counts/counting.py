"""Counting: who counts which shelves, and what lies there against the books of that very moment."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from orders import journal, stock
from orders.counts.refusals import (
    AlreadyCounted,
    CountedLater,
    CountEnded,
    NoQuestion,
    NoShelf,
    NotInCount,
)
from orders.models import (
    CountLine,
    CountShelf,
    JournalEvent,
    Place,
    PlaceLevel,
    Product,
    StockCount,
    StockMove,
)
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.people.models import ApiToken

UNSURE = timedelta(minutes=3)  # watches differ, and a shelf is not counted in a second
COUNTING, REVIEW = StockCount.State.COUNTING, StockCount.State.REVIEW
Shelf = tuple[str, str]  # SKU, bin


@dataclass(frozen=True, slots=True)
class Counted:
    """How many pieces lie in a bin. `at` is None when they were counted this moment, at the shelf.

    `since`: all that is known is that it was counted between that hour and `at`, as on a sheet without hours.
    """

    sku: str
    bin: str
    quantity: int
    at: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """What the ledger says of a shelf at one version, and the move that leaves it in doubt."""

    pieces: int
    version: int
    question: StockMove | None = None


@transaction.atomic(durable=True)
def start(
    kind: str, location: str, bins: Sequence[str] = (), *, shelves: Sequence[Shelf] = (), by: Actor, at: datetime
) -> StockCount:
    """Open a count of these bins, all of the location when none is named; or of these shelves alone.

    Raises AlreadyCounted, UnknownBin, NoShelf.
    """
    location = stock.location_named(location).code
    places = _lock_bins(location, sorted({code for _, code in shelves}) or bins)
    rivals = StockCount.objects.filter(state__in=[COUNTING, REVIEW], bins__in=places)
    if rival := rivals.values("pk", "bins__code").filter(bins__in=places).first():
        raise AlreadyCounted(detail={"bin": rival["bins__code"], "count": rival["pk"]})
    count = StockCount.objects.create(kind=kind, location_id=location, opened_by_id=person_of(by), opened_at=at)
    count.bins.set(places)
    listed = _list_shelves(count, shelves, {place.code: place for place in places})
    record("count.opened", count, {"kind": kind, "bins": len(places), "shelves": listed}, by=by, at=at)
    return count


def shelves_of(location: str, skus: Iterable[str]) -> list[Shelf]:
    """Give where these products lie, or would be looked for: the bins of a count by list. Unknown SKUs are left out."""
    code = stock.location_named(location).code
    known = Product.objects.filter(sku__in=set(skus), kind=Product.Kind.GOODS)
    lying = PlaceLevel.objects.filter(product__in=known, place__kind=Place.Kind.BIN, place__location=code)
    found = set(lying.filter(on_hand__gt=0).values_list("product__sku", "place__code"))
    nowhere = set(known.values_list("sku", flat=True)) - {sku for sku, _ in found}
    return sorted(found | {(sku, stock.MAIN) for sku in nowhere})


@transaction.atomic(durable=True)
def count_line(count_id: int, counted: Counted, *, by: Actor, at: datetime) -> CountLine:
    """Store what lies in a bin, against what the ledger says at that moment; nothing is recomputed later.

    Counting the same again makes a new line that replaces the old one. Counted elsewhere, the ledger is read at that
    time, and a move within three minutes of it makes the line ask. Raises NotInCount, CountEnded, CountedLater.
    """
    return _write(locked(count_id, COUNTING, REVIEW), [counted], by=by, at=at)[0]


@transaction.atomic(durable=True)
def count_lines(count_id: int, counted: Sequence[Counted], *, by: Actor, at: datetime) -> list[CountLine]:
    """Store a whole sheet at once, all or none. Raises as `count_line`."""
    return _write(locked(count_id, COUNTING, REVIEW), counted, by=by, at=at)


@transaction.atomic(durable=True)
def answer(line_id: int, *, moved_before: bool, by: Actor, at: datetime) -> CountLine:
    """Settle whether the move that a line asks about came before the counting. It may ask about the next one then."""
    asked = CountLine.objects.select_related("count", "question", "product", "place").filter(pk=line_id).first()
    if asked is None:
        raise Missing
    locked(asked.count_id, COUNTING, REVIEW)
    asked.refresh_from_db()
    if asked.question is None or asked.replaced_by_id is not None:
        raise NoQuestion
    stock.lock_places([(asked.product_id, asked.place_id)])
    line = CountLine(
        count=asked.count, product=asked.product, place=asked.place, counted=asked.counted,
        counted_by_id=asked.counted_by_id, counted_at=asked.counted_at, counted_since=asked.counted_since,
    )  # fmt: skip
    return _store(line, _book_as_answered(asked, asked.question, moved_before=moved_before))


@transaction.atomic(durable=True)
def void(count_id: int, *, by: Actor, at: datetime) -> StockCount:
    """Drop a count: its lines stay as they are, nothing is moved. Raises CountEnded."""
    count = locked(count_id, COUNTING, REVIEW)
    count.state = StockCount.State.VOID
    count.closed_at = count.closed_at or at
    count.save(update_fields=["state", "closed_at"])
    record("count.voided", count, {}, by=by, at=at)
    return count


def shelves_left(count: StockCount) -> QuerySet[PlaceLevel]:
    """Give what is to be counted and nobody counted: the listed shelves, else what the books have in the bins."""
    levels = PlaceLevel.objects.filter(place__in=count.bins.all())
    listed = CountShelf.objects.filter(count=count)
    own = listed.filter(product=OuterRef("product"), place=OuterRef("place"))
    levels = levels.filter(Exists(own)) if listed.exists() else levels.filter(on_hand__gt=0)
    counted = CountLine.objects.filter(count=count, product=OuterRef("product"), place=OuterRef("place"))
    return levels.exclude(Exists(counted)).order_by("place__code", "product__sku")


def uncounted(count: StockCount) -> list[tuple[str, str]]:
    """Give (SKU, bin) of the shelves that are left. How many pieces lie there stays unsaid."""
    return list(shelves_left(count).values_list("product__sku", "place__code"))


def locked(count_id: int, *states: StockCount.State) -> StockCount:
    """Lock a count. Raises Missing, CountEnded unless it is in one of these states."""
    count = StockCount.objects.locked(pk=count_id).first()
    if count is None:
        raise Missing
    if count.state not in states:
        raise CountEnded(detail={"count": count_id, "state": StockCount.State(count.state).label})
    return count


def person_of(by: Actor) -> int | None:
    """Give the person behind an actor: whoever counts through a token of their own is still the same person."""
    if by.kind == "token":
        return ApiToken.objects.values_list("user_id", flat=True).get(pk=by.id)
    return by.id if by.kind == "person" else None


def record(kind: str, count: StockCount, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> JournalEvent:
    """Journal what was done with a count."""
    return journal.record([journal.Entry(kind, data=data, subject=("count", count.pk))], by=by, at=at)[0]


def _lock_bins(location: str, codes: Sequence[str]) -> list[Place]:
    """Lock the bins, so that two counts of one bin cannot be opened at once."""
    named = stock.bins_at(location, codes or [stock.MAIN])
    rows = Place.objects.locked(kind=Place.Kind.BIN, location=location)
    return list(rows.filter(code__in=named) if codes else rows)


def _list_shelves(count: StockCount, shelves: Sequence[Shelf], bins: dict[str, Place]) -> int:
    """Write the list of a count by list; each shelf gets a level, so that an empty one can be counted too."""
    if not shelves:
        return 0
    skus = {sku for sku, _ in shelves}
    products = {row.sku: row for row in Product.objects.filter(sku__in=skus, kind=Product.Kind.GOODS)}
    keys = sorted({(products[sku].pk, bins[code].pk) for sku, code in shelves if sku in products})
    if not keys:
        raise NoShelf
    stock.lock_places(keys)
    CountShelf.objects.bulk_create(
        CountShelf(count=count, product_id=product, place_id=place) for product, place in keys
    )
    return len(keys)


def _write(count: StockCount, counted: Sequence[Counted], *, by: Actor, at: datetime) -> list[CountLine]:
    """Write lines of a locked count. Their shelves are locked first, sorted, so that two counters never deadlock."""
    if any(one.at is not None and one.at > at for one in counted):
        raise CountedLater
    bins = {place.code: place for place in count.bins.filter(code__in={one.bin for one in counted})}
    skus = {one.sku for one in counted}
    products = {row.sku: row for row in Product.objects.filter(sku__in=skus, kind=Product.Kind.GOODS)}
    listed = set(count.shelves.values_list("product__sku", "place__code"))
    for one in counted:
        if one.bin not in bins or one.sku not in products or (listed and (one.sku, one.bin) not in listed):
            raise NotInCount(detail={"what": one.sku if one.bin in bins else one.bin, "count": count.pk})
    levels = stock.lock_places((products[one.sku].pk, bins[one.bin].pk) for one in counted)
    person = person_of(by)
    lines = []
    for one in counted:
        product, place = products[one.sku], bins[one.bin]
        hour = one.at or at
        line = CountLine(
            count=count, product=product, place=place, counted=one.quantity, counted_by_id=person, counted_at=hour,
            counted_since=one.since,
        )  # fmt: skip
        level = levels[product.pk, place.pk]
        at_the_shelf = one.at is None and one.since is None
        lines.append(_store(line, _book_now(level) if at_the_shelf else _book_at(level, hour, one.since)))
    return lines


def _book_now(level: PlaceLevel) -> Book:
    return Book(level.on_hand, level.version)


def _book_at(level: PlaceLevel, counted_at: datetime, since: datetime | None = None) -> Book:
    """Read the ledger after the last move at or before that time; ask about the first move that was too near."""
    before = stock.moves_of(level).filter(at__lte=counted_at)
    version = max((stock.version_of(move, level.place_id) for move in before), default=0)
    doubtful = _doubtful(level, counted_at, since)
    return Book(stock.balance_at(level, version), version, doubtful[0] if doubtful else None)


def _doubtful(level: PlaceLevel, counted_at: datetime, since: datetime | None) -> list[StockMove]:
    """Give the moves that may have come before the counting or after it, as the shelf saw them."""
    first = min(since or counted_at, counted_at - UNSURE)
    near = stock.moves_of(level).filter(at__gte=first, at__lte=counted_at + UNSURE)
    return sorted(near, key=lambda move: stock.version_of(move, level.place_id))


def _book_as_answered(asked: CountLine, question: StockMove, *, moved_before: bool) -> Book:
    """Read the ledger before the move, or after it; then the next move too near may be in doubt."""
    level = PlaceLevel.objects.get(product=asked.product_id, place=asked.place_id)
    version = stock.version_of(question, asked.place_id)
    if not moved_before:
        return Book(stock.balance_at(level, version - 1), version - 1)
    near = _doubtful(level, asked.counted_at, asked.counted_since)
    later = [move for move in near if stock.version_of(move, asked.place_id) > version]
    return Book(stock.balance_at(level, version), version, later[0] if later else None)


def _store(line: CountLine, book: Book) -> CountLine:
    """Write the line; the one it replaces stays as evidence."""
    line.book, line.version, line.question = book.pieces, book.version, book.question
    current = CountLine.objects.filter(
        count=line.count, product=line.product, place=line.place, replaced_by=None
    ).first()
    if current is None:
        line.save()
        return line
    # Only one line of a shelf may stand without a successor, so the old one points at itself for a moment.
    CountLine.objects.filter(pk=current.pk).update(replaced_by=F("pk"))
    line.save()
    CountLine.objects.filter(pk=current.pk).update(replaced_by=line)
    return line
