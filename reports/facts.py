"""Facts: the rows that every figure adds up. Each happened once, never changes, and has its place in the feed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from orders.models import CallAttempt, Credit, JournalEvent, Payment, Sale
from orders.models.calls import Outcome
from orders.status import CancelReason, Status

# Somebody answered and talked with us; a voice mail, a busy line or a wrong number is no conversation.
TALKED = [
    Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED, Outcome.CALLBACK, Outcome.THINKING, Outcome.DECLINED,
    Outcome.DUPLICATE, Outcome.FAKE, Outcome.DO_NOT_CALL,
]  # fmt: skip
NO_REASON = "none"
IN_MONEY = frozenset({"total", "delivery", "discount", "amount", "cost", "goods", "services"})  # the rest are counts


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact: its rows of one database, what each row may count for, and the paths to order and event.

    Every model here has `at`, when it happened. `order`, `currency` and `event` are lookups from the row; `event`
    ends with `__` unless the row is the event itself.
    """

    name: str
    rows: Callable[[str], QuerySet[Any]]
    measures: Mapping[str, Combinable]
    order: str = "order"
    currency: str = "currency"
    event: str = "event__"


def noted(name: str) -> Combinable:
    """Give a sum that a move noted of its order; 0 for moves that noted none."""
    return Coalesce(Cast(KeyTextTransform(name, "data"), BigIntegerField()), Value(0), output_field=BigIntegerField())


def one_if(condition: Q | Exists) -> Combinable:
    """Give 1 for rows that count and 0 for the others."""
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=BigIntegerField())


ONE: Combinable = Value(1, output_field=BigIntegerField())
MOVE_MEASURES: Mapping[str, Combinable] = {
    "orders": ONE,
    "total": noted("total"),
    "delivery": noted("delivery"),
    "discount": noted("discount"),
}


def first_moves(to: Status) -> Callable[[str], QuerySet[JournalEvent]]:
    """Give the rows in which orders came to a status for the first time.

    The first one stays the first for ever (`seq` only grows), so an order counts once, and days add up to their month.
    """

    def rows(alias: str) -> QuerySet[JournalEvent]:
        moves = JournalEvent.objects.using(alias).filter(to_status=to)
        earlier = moves.filter(order=OuterRef("order"), seq__lt=OuterRef("seq"))
        return moves.filter(~Exists(earlier))

    return rows


def cancellations(alias: str) -> QuerySet[JournalEvent]:
    """Give every cancellation: an order that came back and was cancelled again has two."""
    return JournalEvent.objects.using(alias).filter(to_status=Status.CANCELLED)


def talks(alias: str) -> QuerySet[CallAttempt]:
    """Give the first conversation about each order."""
    live = CallAttempt.objects.using(alias).filter(outcome__in=TALKED, order__isnull=False)
    return live.filter(~Exists(live.filter(order=OuterRef("order"), pk__lt=OuterRef("pk"))))


def payments(alias: str) -> QuerySet[Payment]:
    """Give what came in, corrections among it; `first` marks the payment with which money came in at all."""
    rows = Payment.objects.using(alias)
    return rows.annotate(is_first=~Exists(rows.filter(order=OuterRef("order"), pk__lt=OuterRef("pk"))))


def move(name: str, rows: Callable[[str], QuerySet[JournalEvent]]) -> Fact:
    """Describe moves of orders as facts."""
    return Fact(name, rows, MOVE_MEASURES, currency="order__currency", event="")


TAKEN = move("taken", lambda alias: JournalEvent.objects.using(alias).filter(to_status=Status.NEW, from_status=""))
CONFIRMED = move("confirmed", first_moves(Status.CONFIRMED))
PACKED = move("packed", first_moves(Status.PACKED))
HANDED_OVER = move("handed_over", first_moves(Status.HANDED_OVER))
DELIVERED = move("delivered", first_moves(Status.DELIVERED))
CANCELLED = Fact(
    "cancelled",
    cancellations,
    {
        "orders": ONE,
        **{reason.value: one_if(Q(data__reason=reason.value)) for reason in CancelReason},
        NO_REASON: Case(
            When(data__reason__in=CancelReason.values, then=Value(0)), default=Value(1), output_field=BigIntegerField()
        ),
    },
    currency="order__currency",
    event="",
)
CONTACTED = Fact("contacted", talks, {"orders": ONE}, currency="order__currency")
SALE = Fact(
    "sale",
    Sale.objects.using,
    {"amount": F("amount_minor"), "discount": F("discount_minor"), "cost": F("cost_minor")},
    order="line__order",
)
# What is owed back for a cancelled order lowers no sale: nothing was sold. So those credits are a fact of their own.
CREDIT = Fact(
    "credit",
    lambda alias: Credit.objects.using(alias).exclude(reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor"), "goods": F("goods_minor"), "services": F("amount_minor") - F("goods_minor")},
)
REFUND = Fact(
    "refund",
    lambda alias: Credit.objects.using(alias).filter(reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor")},
)
PAYMENT = Fact("payment", payments, {"amount": F("amount_minor"), "orders": one_if(Q(is_first=True))})

ALL = (
    TAKEN, CONTACTED, CONFIRMED, PACKED, HANDED_OVER, DELIVERED, CANCELLED, SALE, CREDIT, REFUND, PAYMENT,
)  # fmt: skip
