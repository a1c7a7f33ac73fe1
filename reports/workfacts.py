"""Facts of the work: calls, packing, couriers' money, what became of what was shipped, and goods."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models import DateTimeField as Instant
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Concat

from delivery.models import CashEntry, Return
from orders.models import CallAttempt, Enquiry, JournalEvent, Place, StockMove, Unmet
from orders.models.calls import Outcome
from orders.status import CancelReason, Status
from reports.facts import ONE, TALKED, Fact, doer, first_moves, noted_in, one_if, said, text

AGREED = [Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED]
ENDS = [*AGREED, Outcome.DECLINED, Outcome.FAKE, Outcome.DO_NOT_CALL]  # duplicates are no result of a call
NO_RESULT = [CancelReason.DUPLICATE, CancelReason.TEST]
WAITED_MINUTES = (5, 15, 30, 60, 120, 240, 480, 1_440)
LONGER = "longer"
PLACE = Place.Kind
HANDS = (PLACE.COURIER, PLACE.COUNTER)
AT_THE_DOOR = (CashEntry.Kind.COLLECTED, CashEntry.Kind.REMITTED, CashEntry.Kind.FEE)
COMEBACKS = ("refused", "uncollected", "after_inspection", "damaged")  # kinds of what couriers bring back
WAY_ENDS = (Status.DELIVERED, Status.RETURNED, Status.LOST)


def moved(start: Status, end: Status, alias: str) -> QuerySet[JournalEvent]:
    """Give the moves from one status to another, each time anew."""
    return JournalEvent.objects.using(alias).filter(from_status=start, to_status=end)


def attempts(alias: str) -> QuerySet[CallAttempt]:
    """Give every call that was made."""
    return CallAttempt.objects.using(alias)


def first_rung(alias: str) -> QuerySet[CallAttempt]:
    """Give the first call about each order."""
    calls = CallAttempt.objects.using(alias).filter(order__isnull=False)
    return calls.filter(~Exists(calls.filter(order=OuterRef("order"), pk__lt=OuterRef("pk"))))


def results(alias: str) -> QuerySet[CallAttempt]:
    """Give the first call about each order that ended the matter; duplicates and tests are none."""
    calls = CallAttempt.objects.using(alias).filter(order__isnull=False, outcome__in=ENDS)
    calls = calls.exclude(reason__in=NO_RESULT)
    return calls.filter(~Exists(calls.filter(order=OuterRef("order"), pk__lt=OuterRef("pk"))))


def shipped(moves: QuerySet[JournalEvent]) -> QuerySet[JournalEvent]:
    """Give moves of orders that went out of the door before, with when, with whom and where to they first went."""
    out = JournalEvent.objects.using(moves.db).filter(order=OuterRef("order"), to_status=Status.HANDED_OVER)
    first = out.filter(seq__lt=OuterRef("seq")).order_by("seq")
    return moves.annotate(
        shipped_at=Subquery(first.values("at")[:1], output_field=Instant()),
        shipped_by=Subquery(first.annotate(by=said("courier")).values("by")[:1], output_field=CharField()),
        shipped_to=Subquery(first.annotate(to=said("region")).values("to")[:1], output_field=CharField()),
    ).filter(shipped_at__isnull=False)


def never_kept(moves: QuerySet[JournalEvent]) -> QuerySet[JournalEvent]:
    """Leave out the moves of orders that the customer had kept by then: those came back after they were bought."""
    kept = JournalEvent.objects.using(moves.db).filter(to_status=Status.DELIVERED)
    return moves.filter(~Exists(kept.filter(order=OuterRef("order"), seq__lt=OuterRef("seq"))))


def bought(alias: str) -> QuerySet[JournalEvent]:
    """Give the first keeping of each order that was shipped. It stays bought, whatever comes back afterwards."""
    return shipped(first_moves(Status.DELIVERED)(alias))


def came_back(alias: str) -> QuerySet[JournalEvent]:
    """Give the orders that came back whole and were never kept: nothing follows on that."""
    return shipped(never_kept(first_moves(Status.RETURNED)(alias)))


def strayed(alias: str) -> QuerySet[JournalEvent]:
    """Give shipped orders' moves into and out of being lost or stopped: what is found again is open again."""
    ends = [Status.LOST, Status.CANCELLED]
    moves = JournalEvent.objects.using(alias).filter(Q(to_status__in=ends) | Q(from_status__in=ends))
    return shipped(never_kept(moves))


def conveyed(alias: str) -> QuerySet[JournalEvent]:
    """Give the first end of each order's way: kept, back or lost. What it cost changes no more from then on."""
    ends = JournalEvent.objects.using(alias).filter(to_status__in=WAY_ENDS)
    return ends.filter(~Exists(ends.filter(order=OuterRef("order"), seq__lt=OuterRef("seq"))))


def carried(alias: str) -> QuerySet[StockMove]:
    """Give the moves of orders' goods into couriers' hands (or the counter's) and out of them, with the first way."""
    # By the places' keys and not by a join with them: from there the database began, and read every move there is.
    held = Place.objects.using(alias).filter(kind__in=HANDS).values("pk")
    hands = Q(source__in=held) ^ Q(target__in=held)
    out = JournalEvent.objects.using(alias).filter(order=OuterRef("line__order"), to_status=Status.HANDED_OVER)
    first = out.order_by("seq")
    moves = StockMove.objects.using(alias).filter(hands, line__isnull=False)
    return moves.annotate(
        shipped_at=Subquery(first.values("at")[:1], output_field=Instant()),
        shipped_by=Subquery(first.annotate(by=said("courier")).values("by")[:1], output_field=CharField()),
        shipped_to=Subquery(first.annotate(to=said("region")).values("to")[:1], output_field=CharField()),
        worth_minor=ExpressionWrapper(
            F("line__total_minor") * F("quantity") / F("line__quantity"), output_field=BigIntegerField()
        ),
    ).filter(shipped_at__isnull=False)


def by_way(worth: str) -> dict[str, Combinable]:
    """Give what went out of the door, and what of it was kept, came back and was lost, in pieces or in money."""
    away = {"shipped": PLACE.PACKING, "bought": PLACE.CUSTOMER, "back": PLACE.RETURNS, "lost": PLACE.LOST}
    ended = "" if worth == "quantity" else "_sum"
    return {
        f"{name}{ended}": Case(
            When(**{f"{'source' if name == 'shipped' else 'target'}__kind": kind}, then=F(worth)),
            When(**{f"{'target' if name == 'shipped' else 'source'}__kind": kind}, then=-F(worth)),
            default=Value(0), output_field=BigIntegerField(),
        )
        for name, kind in away.items()
    }  # fmt: skip


def comebacks(alias: str) -> QuerySet[JournalEvent]:
    """Give the inspections of what couriers brought back, each with the kind of return that it counts as."""
    parcels = Return.objects.using(alias).filter(parcel__isnull=False)
    own = parcels.filter(pk=Cast(OuterRef("subject_id"), BigIntegerField())).values("kind")[:1]
    seen = JournalEvent.objects.using(alias).filter(kind="return.inspected", order__isnull=False)
    # Inspections of before noted no kind: then it is the return's own.
    noted_kind = Cast(KeyTextTransform("kind", "data"), CharField())
    return (
        seen.annotate(own_kind=Subquery(own, output_field=CharField()))
        .exclude(own_kind=None)
        .annotate(counts_as=Coalesce(noted_kind, F("own_kind"), output_field=CharField()))
    )


def absent(alias: str) -> QuerySet[Enquiry]:
    """Give the enquiries after something that was not there, or not in so many pieces."""
    return Enquiry.objects.using(alias).filter(came_to=Enquiry.CameTo.ABSENT)


def into(status: Status) -> Combinable:
    """Give 1 for a move into a status and -1 for one out of it."""
    return Case(
        When(to_status=status, then=Value(1)), When(from_status=status, then=Value(-1)), default=Value(0),
        output_field=BigIntegerField(),
    )  # fmt: skip


def crossings(alias: str) -> QuerySet[StockMove]:
    """Give the moves by which goods came to the shop or left it."""
    outside = Q(source__kind__in=Place.OUTSIDE), Q(target__kind__in=Place.OUTSIDE)
    return StockMove.objects.using(alias).filter(outside[0] | outside[1])


def pieces(plus: Q, minus: Q) -> Combinable:
    """Give a move's pieces, with a minus where it goes the other way."""
    return Case(
        When(plus, then=F("quantity")), When(minus, then=-F("quantity")), default=Value(0),
        output_field=BigIntegerField(),
    )  # fmt: skip


def signed(kind: CashEntry.Kind) -> Combinable:
    """Give the sum of an entry of a kind, with a minus where it takes one back."""
    return Case(
        When(kind=kind, reverses=None, then=F("amount_minor")), When(kind=kind, then=-F("amount_minor")),
        default=Value(0), output_field=BigIntegerField(),
    )  # fmt: skip


def at_the_door(alias: str) -> QuerySet[CashEntry]:
    """Give what was booked of the money that couriers take, each with when money of its shipment was first booked."""
    # The first of any of these kinds: it stays the first, whatever is booked or taken back afterwards.
    first = CashEntry.objects.using(alias).filter(shipment=OuterRef("shipment"), kind__in=AT_THE_DOOR).order_by("pk")
    entries = CashEntry.objects.using(alias).filter(kind__in=AT_THE_DOOR)
    return entries.annotate(taken_at=Subquery(first.values("at")[:1], output_field=Instant()))


def _waited() -> Combinable:
    """Give in how many minutes at most an order was rung, in steps."""
    ends = [
        When(
            at__lte=ExpressionWrapper(F("order__taken_at") + timedelta(minutes=most), output_field=Instant()),
            then=Value(str(most)),
        )
        for most in WAITED_MINUTES
    ]
    return Case(*ends, default=Value(LONGER), output_field=CharField())


def _move(name: str, start: Status, end: Status) -> Fact:
    rows = partial(moved, start, end)
    return Fact(name, rows, {"orders": ONE}, currency="", event="", dims=_MOVED, statuses=frozenset({end}))


def _cohort(name: str, rows: Any, measures: Mapping[str, Combinable], *statuses: Status) -> Fact:
    dims = {"channel": text("order__channel"), "courier": F("shipped_by"), "region": F("shipped_to")}
    return Fact(
        name, rows, measures, currency="", event="", when="shipped_at", dims=dims, statuses=frozenset(statuses)
    )  # fmt: skip


_CALLER = Case(
    When(person=None, then=doer("event__")),
    default=Concat(Value("person:"), text("person"), output_field=CharField()),
    output_field=CharField(),
)
_MOVED: dict[str, Combinable] = {
    "channel": text("order__channel"), "person": doer(), "courier": said("courier"), "region": said("region"),
}  # fmt: skip
CALL_DIMS: dict[str, Combinable] = {"channel": text("order__channel"), "person": _CALLER}

ATTEMPT = Fact(
    "attempt",
    attempts,
    {"calls": ONE, "talks": one_if(Q(outcome__in=TALKED)), "agreed": one_if(Q(outcome__in=AGREED))},
    currency="",
    dims=CALL_DIMS | {"outcome": text("outcome")},
)
RUNG = Fact(
    "rung", first_rung, {"orders": ONE}, currency="",
    dims=CALL_DIMS | {"waited": _waited(), "worked": noted_in("event__data", "waited")},
)  # fmt: skip
RESULT = Fact(
    "result", results, {"orders": ONE, "agreed": one_if(Q(outcome__in=AGREED))}, currency="", dims=CALL_DIMS
)  # fmt: skip
OPENED = _move("opened", Status.PACKED, Status.PICKING)
SHORT = _move("short", Status.PICKING, Status.NEW)
PUT_DOWN = _move("put_down", Status.PICKING, Status.CONFIRMED)
PICK = Fact(
    "pick",
    lambda alias: StockMove.objects.using(alias).filter(
        Q(source__kind=PLACE.BIN, target__kind=PLACE.PACKING) | Q(source__kind=PLACE.PACKING, target__kind=PLACE.BIN)
    ),
    {"pieces": pieces(Q(target__kind=PLACE.PACKING), Q(source__kind=PLACE.PACKING))},
    order="line__order",
    currency="",
    dims={"person": doer("event__"), "product": text("product")},
)
BROUGHT_BACK = _move("brought_back", Status.HANDED_OVER, Status.PACKED)
BACK = Fact(
    "back", first_moves(Status.RETURNED), {"orders": ONE}, currency="", event="", dims=_MOVED,
    statuses=frozenset({Status.RETURNED}),
)  # fmt: skip
LOST = Fact(
    "lost",
    lambda alias: JournalEvent.objects.using(alias).filter(Q(to_status=Status.LOST) | Q(from_status=Status.LOST)),
    {"orders": into(Status.LOST)},
    currency="",
    event="",
    dims=_MOVED,
    statuses=frozenset({Status.LOST}),
)
# What couriers brought back, as what it counts; the customer's own returns are none of theirs.
COMEBACK = Fact(
    "comeback", comebacks, {name: one_if(Q(counts_as=name)) for name in COMEBACKS}, currency="", event="",
    dims={"courier": text("order__shipment__courier"), "channel": text("order__channel"), "person": doer()},
)  # fmt: skip
CASH = Fact(
    "cash",
    CashEntry.objects.using,
    {"taken": signed(CashEntry.Kind.COLLECTED), "home": signed(CashEntry.Kind.REMITTED),
     "fees": signed(CashEntry.Kind.FEE)},
    order="shipment__order",
    dims={"courier": text("shipment__courier"), "channel": text("shipment__order__channel")},
)  # fmt: skip
COD = Fact(
    "cod", at_the_door, CASH.measures, order="shipment__order", when="taken_at", dims=CASH.dims
)  # fmt: skip
BOUGHT = _cohort("bought", bought, {"orders": ONE}, Status.DELIVERED)
CAME_BACK = _cohort("came_back", came_back, {"orders": ONE}, Status.RETURNED)
# By the courier's tariff, for the way and for taking the money; nobody knows it of an order that no tariff fits. And
# what it asks because a part was kept: that is booked before the order's way ends.
CONVEYED = Fact(
    "conveyed", conveyed,
    {"delivery_cost": Coalesce(F("order__delivery_cost_minor"), 0) + Coalesce(F("order__cod_fee_minor"), 0)
     + Coalesce(F("order__shipment__buyout_fee_minor"), 0),
     "delivery_vat": Coalesce(F("order__delivery_cost_tax_minor"), 0)},
    currency="order__currency", event="", dims=_MOVED, statuses=frozenset(WAY_ENDS),
)  # fmt: skip
CARRIED = Fact(
    "carried", carried, by_way("quantity") | by_way("worth_minor"), order="line__order",
    currency="line__order__currency", when="shipped_at",
    dims={
        "channel": text("line__order__channel"), "courier": F("shipped_by"), "region": F("shipped_to"),
        "product": text("product"),
    },
)  # fmt: skip
ABSENT = Fact(
    "absent", absent, {"times": ONE, "pieces": F("quantity")}, order="event__order", currency="",
    dims={"product": text("product"), "person": doer("event__")},
)  # fmt: skip
# Of orders: what they stopped waiting for. Wanted again, it is taken back by a row with a minus.
UNMET = Fact(
    "unmet", Unmet.objects.using, {"pieces": F("quantity")}, order="line__order", currency="",
    dims={
        "product": text("product"), "person": doer("event__"), "channel": text("line__order__channel"),
    },
)  # fmt: skip
STRAYED = _cohort(
    "strayed", strayed, {"lost": into(Status.LOST), "stopped": into(Status.CANCELLED)}, Status.LOST, Status.CANCELLED
)  # fmt: skip
GOODS = Fact(
    "goods",
    crossings,
    {
        "received": pieces(Q(source__kind=PLACE.SUPPLIER), Q(target__kind=PLACE.SUPPLIER)),
        "variance": pieces(Q(source__kind=PLACE.CORRECTION), Q(target__kind=PLACE.CORRECTION)),
        "scrapped": pieces(Q(target__kind=PLACE.SCRAP), Q(source__kind=PLACE.SCRAP)),
        "gone": pieces(Q(target__kind=PLACE.LOST), Q(source__kind=PLACE.LOST)),
        "inside": pieces(Q(source__kind__in=Place.OUTSIDE), Q(target__kind__in=Place.OUTSIDE)),
    },
    order="line__order",
    currency="",
    dims={"product": text("product"), "person": doer("event__")},
)

ALL = (
    ATTEMPT, RUNG, RESULT, OPENED, SHORT, PUT_DOWN, PICK, BROUGHT_BACK, BACK, LOST, CASH, BOUGHT, CAME_BACK, STRAYED,
    GOODS, CONVEYED, CARRIED, ABSENT, COD, COMEBACK, UNMET,
)  # fmt: skip
