"""Facts: the rows that every figure adds up. Each happened once, never changes, and has its place in the feed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from orders.models import CallAttempt, Credit, JournalEvent, Payment, Sale
from orders.models.calls import Outcome
from orders.status import CancelReason, Status

# Somebody answered and talked with us; a voice mail, a busy line or a wrong number is no conversation.
TALKED = [
    Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED, Outcome.CALLBACK, Outcome.THINKING, Outcome.DECLINED,
    Outcome.DUPLICATE, Outcome.FAKE, Outcome.DO_NOT_CALL,
]  # fmt: skip
NO_REASON = "none"
IN_MONEY = frozenset({  # the rest are counts
    "total", "delivery", "discount", "amount", "cost", "goods", "services", "taken", "home", "fees",
    "delivery_cost", "delivery_vat", "shipped_sum", "bought_sum", "back_sum", "lost_sum",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact: its rows of one database, what each row may count for, and the paths to order and event.

    `when`, `order`, `currency` and `event` are lookups from the row; `event` ends with `__` unless the row is the
    event itself. Without a currency it is a count, or worth something in the shop's own. `dims` say by what it may
    be told apart: text that is known when the fact is, and never changes afterwards.
    """

    name: str
    rows: Callable[[str], QuerySet[Any]]
    measures: Mapping[str, Combinable]
    order: str = "order"
    currency: str = "currency"
    event: str = "event__"
    when: str = "at"
    dims: Mapping[str, Combinable] = field(default_factory=dict)
    statuses: frozenset[str] = frozenset()  # of a move: it goes into one of these or out of it, else it is none

    @property
    def money(self) -> Combinable:
        """Give the currency as an expression."""
        return F(self.currency) if self.currency else Value("", output_field=CharField())


def text(path: str) -> Combinable:
    """Give a code as text, empty where there is none."""
    return Coalesce(Cast(path, CharField()), Value(""), output_field=CharField())


def said(name: str) -> Combinable:
    """Give a code that a move noted, empty where it noted none."""
    return Coalesce(KeyTextTransform(name, "data"), Value(""), output_field=CharField())


def noted_in(path: str, name: str) -> Combinable:
    """Give what an event beside the row noted, as text; empty where it noted nothing."""
    # SQLite gives a number of JSON as a number.
    return Coalesce(Cast(KeyTextTransform(name, path), CharField()), Value(""), output_field=CharField())


def doer(event: str = "") -> Combinable:
    """Give who did it, as `person:7`."""
    return Concat(
        f"{event}actor_kind", Value(":"), Cast(f"{event}actor_id", CharField()), output_field=CharField()
    )  # fmt: skip


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
# As they were at that step: a later change of the order changes no day that is over.
MOVE_DIMS: dict[str, Combinable] = {
    "channel": text("order__channel"),
    "person": doer(),
    "courier": said("courier"),
    "region": said("region"),
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


def arrivals(alias: str) -> QuerySet[JournalEvent]:
    """Give the rows in which orders were taken in; a part that was cut off came in with the order it was cut from."""
    first = JournalEvent.objects.using(alias).filter(to_status=Status.NEW, from_status="")
    return first.filter(order__parent=None)


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


def move(name: str, rows: Callable[[str], QuerySet[JournalEvent]], to: Status) -> Fact:
    """Describe moves of orders as facts."""
    return Fact(
        name, rows, MOVE_MEASURES, currency="order__currency", event="", dims=MOVE_DIMS, statuses=frozenset({to})
    )  # fmt: skip


TAKEN = move("taken", arrivals, Status.NEW)
CONFIRMED = move("confirmed", first_moves(Status.CONFIRMED), Status.CONFIRMED)
PACKED = move("packed", first_moves(Status.PACKED), Status.PACKED)
HANDED_OVER = move("handed_over", first_moves(Status.HANDED_OVER), Status.HANDED_OVER)
DELIVERED = move("delivered", first_moves(Status.DELIVERED), Status.DELIVERED)
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
    dims=MOVE_DIMS
    | {
        "reason": said("reason"),
        "stage": text("from_status"),
        "who": text("actor_kind"),
        "why": Concat(
            said("reason"), Value("|"), "from_status", Value("|"), "actor_kind", Value("|"), text("order__channel"),
            output_field=CharField(),
        ),
    },
    statuses=frozenset({Status.CANCELLED}),
)  # fmt: skip
CONTACTED = Fact(
    "contacted", talks, {"orders": ONE}, currency="order__currency",
    dims={"channel": text("order__channel"), "person": doer("event__")},
)  # fmt: skip
# Nothing of an order that was sold changes its way any more, so these are read from the order itself.
SOLD_DIMS: dict[str, Combinable] = {
    "channel": text("line__order__channel"),
    "courier": text("line__order__shipment__courier"),
    "region": text("line__order__address_region_code"),
    "product": text("line__product"),
}
SALE = Fact(
    "sale",
    Sale.objects.using,
    {"amount": F("amount_minor"), "discount": F("discount_minor"), "cost": F("cost_minor"), "pieces": F("quantity")},
    order="line__order",
    dims=SOLD_DIMS,
)
OF_ORDER: dict[str, Combinable] = {"channel": text("order__channel")}
TAKEN_BACK = Q(state=Credit.State.TAKEN_BACK)
# What is owed back for a cancelled order lowers no sale: nothing was sold. So those credits are a fact of their own.
CREDIT = Fact(
    "credit",
    lambda alias: Credit.objects.using(alias).exclude(reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor"), "goods": F("goods_minor"), "services": F("amount_minor") - F("goods_minor")},
    dims=OF_ORDER,
)
REFUND = Fact(
    "refund",
    lambda alias: Credit.objects.using(alias).filter(reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor")},
    dims=OF_ORDER,
)
# A refund that its shop deleted: the day on which it was given stays as it was told, this one is dated for itself.
CREDIT_BACK = Fact(
    "credit_back",
    lambda alias: Credit.objects.using(alias).filter(TAKEN_BACK).exclude(reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor"), "goods": F("goods_minor"), "services": F("amount_minor") - F("goods_minor")},
    event="settled_event__", when="settled_at", dims=OF_ORDER,
)  # fmt: skip
REFUND_BACK = Fact(
    "refund_back",
    lambda alias: Credit.objects.using(alias).filter(TAKEN_BACK, reason=Credit.Reason.CANCELLED),
    {"amount": F("amount_minor")},
    event="settled_event__", when="settled_at", dims=OF_ORDER,
)  # fmt: skip
PAYMENT = Fact(
    "payment", payments, {"amount": F("amount_minor"), "orders": one_if(Q(is_first=True))},
    dims=OF_ORDER | {"account": text("account")},
)  # fmt: skip

ALL = (
    TAKEN, CONTACTED, CONFIRMED, PACKED, HANDED_OVER, DELIVERED, CANCELLED, SALE, CREDIT, REFUND,
    CREDIT_BACK, REFUND_BACK, PAYMENT,
)  # fmt: skip
