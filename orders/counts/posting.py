"""Posting: a closed count moves its variances, each linked to its line; large ones only with a second pair of eyes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Abs
from django.utils.translation import gettext_lazy as _

from orders import journal, shortfall, stock
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
from shopdesk.base.errors import DomainError
from shopdesk.base.wake import wake

MOST_PIECES, MOST_MINOR = 10_000, 10**11


class NoSuchLimit(DomainError):
    """A limit above which two must count that nobody can mean."""

    sentence = _("A variance is looked at twice above 0 to %(pieces)s pieces, and above a sum that is not negative.")


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


@transaction.atomic(durable=True)
def set_limits(pieces: int, minor: int, *, by: Actor, at: datetime) -> Shop:
    """Set above how many pieces, and above what sum at cost, a variance is counted by two and approved by a third.

    Counts that go on are judged by what is set when they are closed. Raises NoSuchLimit.
    """
    if not (0 <= pieces <= MOST_PIECES and 0 <= minor <= MOST_MINOR):
        raise NoSuchLimit(detail={"pieces": MOST_PIECES})
    shop = Shop.current()
    before = {"pieces": shop.count_again_pieces, "minor": shop.count_again_minor}
    shop.count_again_pieces, shop.count_again_minor = pieces, minor
    # A shop that lives on its environment still gets its row here, whole.
    shop.save() if shop.pk is None else shop.save(update_fields=["count_again_pieces", "count_again_minor"])
    entry = journal.Entry("shop.count_limits", data={"before": before, "pieces": pieces, "minor": minor})
    journal.record([entry], by=by, at=at)
    return shop


def is_large(line: CountLine, shop: Shop) -> bool:
    """Tell whether a variance asks for a second pair of eyes: by pieces, or by what they cost, as the owner set it."""
    pieces = abs(line.variance)
    return pieces > shop.count_again_pieces or pieces * line.product.cost_minor > shop.count_again_minor


def large_lines(count: StockCount) -> QuerySet[CountLine]:
    """Give the lines of a count that stand and ask for a second pair of eyes."""
    shop, pieces = Shop.current(), Abs(F("counted") - F("book"))
    lines = CountLine.objects.filter(count=count, replaced_by=None)
    lines = lines.annotate(off=pieces, worth=pieces * F("product__cost_minor"))
    return lines.filter(Q(off__gt=shop.count_again_pieces) | Q(worth__gt=shop.count_again_minor))


@transaction.atomic(durable=True)
def _close(count_id: int, *, by: Actor, at: datetime) -> Ended:
    count = locked(count_id, COUNTING)
    lines = _settled_lines(count)
    count.closed_at = at
    shop = Shop.current()
    if any(is_large(line, shop) for line in lines):
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
    person, shop = person_of(by), Shop.current()
    if shop.four_eyes:
        _refuse_two_eyes(count, [line for line in lines if is_large(line, shop)], person)
    elif not reason:
        raise ReasonMissing
    count.approved_by_id = person
    count.approved_alone = "" if shop.four_eyes else reason
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


def _refuse_two_eyes(count: StockCount, large: Sequence[CountLine], person: int | None) -> None:
    """Refuse large variances that only one person has seen, and the approval by somebody who counted."""
    counters: dict[tuple[int, int], set[int | None]] = {}
    for product, place, who in CountLine.objects.filter(count=count).values_list("product", "place", "counted_by"):
        counters.setdefault((product, place), set()).add(who)
    if person is None or any(person in who for who in counters.values()):
        raise SamePerson
    for line in large:
        if len(counters[line.product_id, line.place_id]) < 2:
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
