"""Counting without stopping: each line fixes its variance against the shelf of that very moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import journal, shortfall, stock
from orders.models import (
    CountLine,
    JournalEvent,
    Place,
    PlaceLevel,
    Product,
    Shop,
    StockCount,
    StockMove,
)
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake
from shopdesk.people.models import ApiToken

# A variance above either asks for a second pair of eyes. Small ones are posted when the count is closed.
REVIEW_ABOVE_PIECES = 2
REVIEW_ABOVE_MINOR = 100_000
UNSURE = timedelta(minutes=3)  # watches differ, and a shelf is not counted in a second
COUNTING, REVIEW = StockCount.State.COUNTING, StockCount.State.REVIEW


class AlreadyCounted(DomainError):
    """Somebody has an open count of the same bin."""

    sentence = _("Bin %(bin)s is being counted already, in count %(count)s.")
    next_step = _("Finish that count or drop it first.")


class CountEnded(DomainError):
    """The count is posted or dropped."""

    sentence = _("Count %(count)s is %(state)s.")


class NotInCount(DomainError):
    """A bin or a product was counted that this count is not about."""

    sentence = _("%(what)s is not part of count %(count)s.")


class CountedLater(DomainError):
    """A time was given that has not come yet."""

    sentence = _("It cannot have been counted later than now.")


class NothingCounted(DomainError):
    """The count has no line."""

    sentence = _("Nothing has been counted yet.")


class QuestionOpen(DomainError):
    """Goods moved about the minute of counting, and nobody said which came first."""

    sentence = _("Say of %(sku)s in %(bin)s whether the move of %(pieces)s pieces was before or after the counting.")
    next_step = _("Answer, or count it again.")


class NoQuestion(DomainError):
    """The line asks nothing."""

    sentence = _("This line has no open question.")


class SecondCountNeeded(DomainError):
    """A large variance was counted by one person only."""

    sentence = _("Somebody else must count %(sku)s in %(bin)s again.")


class SamePerson(DomainError):
    """Whoever counted cannot approve."""

    sentence = _("Whoever counted cannot approve the count.")


class ReasonMissing(DomainError):
    """In a shop of one the reason stands in for the second person."""

    sentence = _("Say why this is approved by the person who counted.")


class NotInReview(DomainError):
    """The count is not closed, or is settled."""

    sentence = _("Count %(count)s does not wait for approval.")


@dataclass(frozen=True, slots=True)
class Counted:
    """How many pieces lie in a bin. `at` is None when they were counted this moment, at the shelf."""

    sku: str
    bin: str
    quantity: int
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A closed or approved count, and the numbers of the orders that lost a promise by it."""

    count: StockCount
    orders: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Book:
    """What the ledger says of a shelf at one version, and the move that leaves it in doubt."""

    pieces: int
    version: int
    question: StockMove | None = None


@transaction.atomic(durable=True)
def start(kind: str, location: str, bins: Sequence[str], *, by: Actor, at: datetime) -> StockCount:
    """Open a count of these bins, all of the location when none is named. Raises AlreadyCounted."""
    location = stock.location_named(location).code
    places = _lock_bins(location, bins)
    rivals = StockCount.objects.filter(state__in=[COUNTING, REVIEW], bins__in=places)
    if rival := rivals.values("pk", "bins__code").filter(bins__in=places).first():
        raise AlreadyCounted(detail={"bin": rival["bins__code"], "count": rival["pk"]})
    count = StockCount.objects.create(kind=kind, location_id=location, opened_by_id=_person(by), opened_at=at)
    count.bins.set(places)
    _record("count.opened", count, {"kind": kind, "bins": len(places)}, by=by, at=at)
    return count


@transaction.atomic(durable=True)
def count_line(count_id: int, counted: Counted, *, by: Actor, at: datetime) -> CountLine:
    """Store what lies in a bin, against what the ledger says at that moment; nothing is recomputed later.

    Counting the same again makes a new line that replaces the old one. Counted elsewhere, the ledger is read at that
    time, and a move within three minutes of it makes the line ask. Raises NotInCount, CountEnded, CountedLater.
    """
    count = _locked(count_id, COUNTING, REVIEW)
    if counted.at is not None and counted.at > at:
        raise CountedLater
    place = count.bins.filter(code=counted.bin).first()
    product = Product.objects.filter(sku=counted.sku, kind=Product.Kind.GOODS).first()
    if place is None or product is None:
        raise NotInCount(detail={"what": counted.bin if place is None else counted.sku, "count": count_id})
    level = stock.lock_places([(product.pk, place.pk)])[product.pk, place.pk]
    book = _book_now(level) if counted.at is None else _book_at(level, counted.at)
    line = CountLine(
        count=count, product=product, place=place, counted=counted.quantity, counted_by_id=_person(by),
        counted_at=counted.at or at,
    )  # fmt: skip
    return _store(line, book)


@transaction.atomic(durable=True)
def answer(line_id: int, *, moved_before: bool, by: Actor, at: datetime) -> CountLine:
    """Settle whether the move that a line asks about came before the counting. It may ask about the next one then."""
    asked = CountLine.objects.select_related("count", "question", "product", "place").filter(pk=line_id).first()
    if asked is None:
        raise Missing
    _locked(asked.count_id, COUNTING, REVIEW)
    asked.refresh_from_db()
    if asked.question is None or asked.replaced_by_id is not None:
        raise NoQuestion
    stock.lock_places([(asked.product_id, asked.place_id)])
    line = CountLine(
        count=asked.count, product=asked.product, place=asked.place, counted=asked.counted,
        counted_by_id=asked.counted_by_id, counted_at=asked.counted_at,
    )  # fmt: skip
    return _store(line, _book_as_answered(asked, asked.question, moved_before=moved_before))


def close(count_id: int, *, by: Actor, at: datetime) -> Ended:
    """End the counting: posted at once, or to be approved when a variance is large.

    Raises NothingCounted, QuestionOpen, CountEnded, NotEnough.
    """
    return shortfall.repeat(lambda: _close(count_id, by=by, at=at))


def approve(count_id: int, *, reason: str = "", by: Actor, at: datetime) -> Ended:
    """Post a count with large variances. They were counted by two, and whoever approves counted none of it.

    A shop of one (four eyes off) gives a reason instead. Raises NotInReview, SamePerson, SecondCountNeeded,
    ReasonMissing, QuestionOpen, NotEnough.
    """
    return shortfall.repeat(lambda: _approve(count_id, reason.strip(), by=by, at=at))


@transaction.atomic(durable=True)
def void(count_id: int, *, by: Actor, at: datetime) -> StockCount:
    """Drop a count: its lines stay as they are, nothing is moved. Raises CountEnded."""
    count = _locked(count_id, COUNTING, REVIEW)
    count.state = StockCount.State.VOID
    count.closed_at = count.closed_at or at
    count.save(update_fields=["state", "closed_at"])
    _record("count.voided", count, {}, by=by, at=at)
    return count


def shelves_left(count: StockCount) -> QuerySet[PlaceLevel]:
    """Give what the books have in the counted bins and nobody counted."""
    levels = PlaceLevel.objects.filter(place__in=count.bins.all(), on_hand__gt=0)
    counted = CountLine.objects.filter(count=count, product=OuterRef("product"), place=OuterRef("place"))
    return levels.exclude(Exists(counted)).order_by("place__code", "product__sku")


def uncounted(count: StockCount) -> list[tuple[str, str]]:
    """Give (SKU, bin) of the shelves that are left. How many pieces lie there stays unsaid."""
    return list(shelves_left(count).values_list("product__sku", "place__code"))


def is_large(line: CountLine) -> bool:
    """Tell whether a variance asks for a second pair of eyes: by pieces, or by what they cost."""
    pieces = abs(line.variance)
    return pieces > REVIEW_ABOVE_PIECES or pieces * line.product.cost_minor > REVIEW_ABOVE_MINOR


@transaction.atomic(durable=True)
def _close(count_id: int, *, by: Actor, at: datetime) -> Ended:
    count = _locked(count_id, COUNTING)
    lines = _settled_lines(count)
    count.closed_at = at
    if any(is_large(line) for line in lines):
        count.state = REVIEW
        count.save(update_fields=["state", "closed_at"])
        _record("count.closed", count, {"lines": len(lines)}, by=by, at=at)
        return Ended(count)
    return _post(count, lines, by=by, at=at)


@transaction.atomic(durable=True)
def _approve(count_id: int, reason: str, *, by: Actor, at: datetime) -> Ended:
    count = _locked(count_id, COUNTING, REVIEW)
    if count.state != REVIEW:
        raise NotInReview(detail={"count": count_id})
    lines = _settled_lines(count)
    person = _person(by)
    if Shop.current().four_eyes:
        _refuse_two_eyes(count, lines, person)
    elif not reason:
        raise ReasonMissing
    count.approved_by_id = person
    count.approved_alone = "" if Shop.current().four_eyes else reason
    return _post(count, lines, by=by, at=at)


def _lock_bins(location: str, codes: Sequence[str]) -> list[Place]:
    """Lock the bins, so that two counts of one bin cannot be opened at once."""
    named = stock.bins_at(location, codes or [stock.MAIN])
    rows = Place.objects.locked(kind=Place.Kind.BIN, location=location)
    return list(rows.filter(code__in=named) if codes else rows)


def _locked(count_id: int, *states: StockCount.State) -> StockCount:
    count = StockCount.objects.locked(pk=count_id).first()
    if count is None:
        raise Missing
    if count.state not in states:
        raise CountEnded(detail={"count": count_id, "state": StockCount.State(count.state).label})
    return count


def _person(by: Actor) -> int | None:
    """Give the person behind an actor: whoever counts through a token of their own is still the same person."""
    if by.kind == "token":
        return ApiToken.objects.values_list("user_id", flat=True).get(pk=by.id)
    return by.id if by.kind == "person" else None


def _book_now(level: PlaceLevel) -> Book:
    return Book(level.on_hand, level.version)


def _book_at(level: PlaceLevel, counted_at: datetime) -> Book:
    """Read the ledger after the last move at or before that time; ask about the first move that was too near."""
    before = stock.moves_of(level).filter(at__lte=counted_at)
    version = max((stock.version_of(move, level.place_id) for move in before), default=0)
    near = stock.moves_of(level).filter(at__gte=counted_at - UNSURE, at__lte=counted_at + UNSURE)
    doubtful = sorted(near, key=lambda move: stock.version_of(move, level.place_id))
    return Book(stock.balance_at(level, version), version, doubtful[0] if doubtful else None)


def _book_as_answered(asked: CountLine, question: StockMove, *, moved_before: bool) -> Book:
    """Read the ledger before the move, or after it; then the next move too near may be in doubt."""
    level = PlaceLevel.objects.get(product=asked.product_id, place=asked.place_id)
    version = stock.version_of(question, asked.place_id)
    if not moved_before:
        return Book(stock.balance_at(level, version - 1), version - 1)
    near = stock.moves_of(level).filter(at__gte=asked.counted_at - UNSURE, at__lte=asked.counted_at + UNSURE)
    later = [move for move in near if stock.version_of(move, asked.place_id) > version]
    doubtful = min(later, key=lambda move: stock.version_of(move, asked.place_id), default=None)
    return Book(stock.balance_at(level, version), version, doubtful)


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


def _settled_lines(count: StockCount) -> list[CountLine]:
    """Give the lines that stand. Raises NothingCounted, QuestionOpen."""
    rows = CountLine.objects.filter(count=count, replaced_by=None)
    lines = list(rows.select_related("product", "place", "question").order_by("product_id", "place_id"))
    if not lines:
        raise NothingCounted
    for line in lines:
        if line.question is not None:
            pieces = line.question.quantity
            raise QuestionOpen(detail={"sku": line.product.sku, "bin": line.place.code, "pieces": pieces})
    return lines


def _refuse_two_eyes(count: StockCount, lines: Sequence[CountLine], person: int | None) -> None:
    """Refuse what only one person has seen."""
    counters: dict[tuple[int, int], set[int | None]] = {}
    for product, place, who in CountLine.objects.filter(count=count).values_list("product", "place", "counted_by"):
        counters.setdefault((product, place), set()).add(who)
    if person is None or any(person in who for who in counters.values()):
        raise SamePerson
    for line in lines:
        if is_large(line) and len(counters[line.product_id, line.place_id]) < 2:
            raise SecondCountNeeded(detail={"sku": line.product.sku, "bin": line.place.code})


def _post(count: StockCount, lines: Sequence[CountLine], *, by: Actor, at: datetime) -> Ended:
    """Move every variance between the bin and the correction, each linked to its line. Matched lines stay."""
    differing = [line for line in lines if line.variance]
    leaving: dict[tuple[int, str], int] = {}
    for line in differing:
        key = (line.product_id, count.location_id)
        leaving[key] = leaving.get(key, 0) - line.variance
    orders = shortfall.make_room(leaving, by=by, at=at)
    event = _record("count.posted", count, {"lines": len(lines), "differing": len(differing)}, by=by, at=at)
    correction = stock.outside(Place.Kind.CORRECTION)
    moves = stock.move([_correct(line, correction, event) for line in differing], at=at)
    if any(line.variance > 0 for line in differing):
        wake("orders.tasks.allocate")  # what was found may be what somebody waits for
    set_integers(CountLine, ["move_id"], [(line.pk, move.pk) for line, move in zip(differing, moves, strict=True)])
    count.state, count.posted_at = StockCount.State.POSTED, at
    count.save(update_fields=["state", "closed_at", "posted_at", "approved_by", "approved_alone"])
    return Ended(count, orders)


def _correct(line: CountLine, correction: Place, event: JournalEvent) -> stock.Move:
    found = line.variance > 0
    return stock.Move(
        product_id=line.product_id, quantity=abs(line.variance), source=correction if found else line.place,
        target=line.place if found else correction, reason="count", event=event,
        unit_cost_minor=line.product.cost_minor,
    )  # fmt: skip


def _record(kind: str, count: StockCount, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> JournalEvent:
    return journal.record([journal.Entry(kind, data=data, subject=("count", count.pk))], by=by, at=at)[0]
