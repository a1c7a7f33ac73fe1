"""Posting: a closed count moves its variances, each linked to its line; large ones only with a second pair of eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from orders import shortfall, stock
from orders.counts.counting import COUNTING, REVIEW, locked, person_of, record
from orders.counts.refusals import (
    NothingCounted,
    NotInReview,
    QuestionOpen,
    ReasonMissing,
    SamePerson,
    SecondCountNeeded,
)
from orders.models import CountLine, JournalEvent, Place, Product, Shop, StockCount
from shopdesk.base.access import Actor
from shopdesk.base.bulk import set_integers
from shopdesk.base.wake import wake

# A variance above either asks for a second pair of eyes. Small ones are posted when the count is closed.
REVIEW_ABOVE_PIECES = 2
REVIEW_ABOVE_MINOR = 100_000


@dataclass(frozen=True, slots=True)
class Ended:
    """A closed or approved count, and the numbers of the orders that lost a promise by it."""

    count: StockCount
    orders: Sequence[int] = ()


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


def is_large(line: CountLine) -> bool:
    """Tell whether a variance asks for a second pair of eyes: by pieces, or by what they cost."""
    pieces = abs(line.variance)
    return pieces > REVIEW_ABOVE_PIECES or pieces * line.product.cost_minor > REVIEW_ABOVE_MINOR


@transaction.atomic(durable=True)
def _close(count_id: int, *, by: Actor, at: datetime) -> Ended:
    count = locked(count_id, COUNTING)
    lines = _settled_lines(count)
    count.closed_at = at
    if any(is_large(line) for line in lines):
        count.state = REVIEW
        count.save(update_fields=["state", "closed_at"])
        record("count.closed", count, {"lines": len(lines)}, by=by, at=at)
        return Ended(count)
    return _post(count, lines, by=by, at=at)


@transaction.atomic(durable=True)
def _approve(count_id: int, reason: str, *, by: Actor, at: datetime) -> Ended:
    count = locked(count_id, COUNTING, REVIEW)
    if count.state != REVIEW:
        raise NotInReview(detail={"count": count_id})
    lines = _settled_lines(count)
    person = person_of(by)
    if Shop.current().four_eyes:
        _refuse_two_eyes(count, lines, person)
    elif not reason:
        raise ReasonMissing
    count.approved_by_id = person
    count.approved_alone = "" if Shop.current().four_eyes else reason
    return _post(count, lines, by=by, at=at)


def _settled_lines(count: StockCount) -> list[CountLine]:
    """Give the lines that stand. Raises NothingCounted, QuestionOpen."""
    rows = CountLine.objects.filter(count=count, replaced_by=None)
    lines = list(rows.order_by("product_id", "place_id"))
    if not lines:
        raise NothingCounted
    # Two reads instead of a join: a long count has many lines of few bins.
    products = Product.objects.only("sku", "cost_minor").in_bulk({line.product_id for line in lines})
    places = Place.objects.in_bulk({line.place_id for line in lines})
    for line in lines:
        line.product, line.place = products[line.product_id], places[line.place_id]
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
    event = record("count.posted", count, {"lines": len(lines), "differing": len(differing)}, by=by, at=at)
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
