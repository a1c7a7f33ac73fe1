"""Decisions that wait for somebody: each with what it is about, how much of it there is, and since when."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum

from delivery import queues as on_the_way
from delivery.models import Handoff, Shipment
from orders import onhand, queues
from orders.models import Credit, Hold, Product, StockCount
from orders.status import BEFORE_PACKED
from reports import cash, sending
from reports.models import Reopening, ReportLetter
from shopdesk.base.access import Kind, Subject

NAMED = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """What waits: a code that screens put into words, and what the words need. `target` is the first one's number."""

    code: str
    count: int = 0
    amount_minor: int = 0
    currency: str = ""
    names: tuple[str, ...] = ()
    since: datetime | None = None
    target: int = 0


def read(subject: Subject, *, at: datetime) -> list[Decision]:
    """Give what waits for this subject, the worst first. What nothing waits for is not in it."""
    return [decision for wait in WAITS for decision in wait(subject, at)]


def _cash_out(subject: Subject, at: datetime) -> Iterable[Decision]:
    """Money that couriers have held too long; it is the owner's."""
    if subject.kind is not Kind.OWNER:
        return
    late = [held for held in cash.held(subject, at=at) if held.late_minor]
    for currency in dict.fromkeys(held.currency for held in late):
        own = [held for held in late if held.currency == currency]
        yield Decision(
            "cash_out", sum(held.orders for held in own), sum(held.late_minor for held in own), currency,
            tuple(held.courier for held in own[:NAMED]), min(held.oldest_at for held in own),
        )  # fmt: skip


def _late_calls(subject: Subject, at: datetime) -> Iterable[Decision]:
    late = queues.to_call(at, subject.limits).filter(limit_at__lt=at)
    yield from _first("late_calls", late, "limit_at")


def _counts(subject: Subject, at: datetime) -> Iterable[Decision]:
    waiting = StockCount.objects.for_subject(subject).filter(state=StockCount.State.REVIEW)
    yield from _first("counts", waiting, "closed_at")


def _late_holds(subject: Subject, at: datetime) -> Iterable[Decision]:
    late = Hold.objects.for_subject(subject).filter(closed_at=None, until__lt=at, order__status__in=BEFORE_PACKED)
    yield from _first("late_holds", late, "until", "order")


def _reopenings(subject: Subject, at: datetime) -> Iterable[Decision]:
    """Closed books that another owner wants open."""
    asked = Reopening.objects.for_subject(subject).filter(state=Reopening.State.ASKED)
    yield from _first("reopenings", asked.exclude(asked_by=subject.person), "asked_at")


def _letters(subject: Subject, at: datetime) -> Iterable[Decision]:
    """Reports that did not go out as they should."""
    trouble = ReportLetter.objects.for_subject(subject).filter(sending.in_trouble())
    yield from _first("letters", trouble, "due_at")


def _acts(subject: Subject, at: datetime) -> Iterable[Decision]:
    late = Handoff.objects.for_subject(subject).filter(pk__in=on_the_way.unsettled_acts(at).values("pk"))
    yield from _first("acts", late, "closed_at")


def _flagged(subject: Subject, at: datetime) -> Iterable[Decision]:
    flagged = Shipment.objects.for_subject(subject).exclude(flag="")
    yield from _first("flagged", flagged, "state_at", "order")


def _parked(subject: Subject, at: datetime) -> Iterable[Decision]:
    yield from _first("parked", on_the_way.parked(), "at")


def _credits(subject: Subject, at: datetime) -> Iterable[Decision]:
    """Money to be given back, each currency apart."""
    due = Credit.objects.for_subject(subject).filter(state=Credit.State.DUE)
    sums = due.order_by().values("currency").annotate(
        count=Count("pk"), amount=Sum("amount_minor"), since=Min("at"), first=Min("order")
    )  # fmt: skip
    for row in sums.order_by("currency"):
        yield Decision(
            "credits", row["count"], row["amount"], row["currency"], since=row["since"], target=row["first"] or 0
        )


def _short(subject: Subject, at: datetime) -> Iterable[Decision]:
    """Products that were promised in vain."""
    short = onhand.in_view(Product.objects.for_subject(subject), "short")
    names = tuple(short.order_by("name").values_list("name", flat=True)[: NAMED + 1])
    if names:
        count = queues.capped(short) if len(names) > NAMED else len(names)
        yield Decision("short", count, names=names[:NAMED])


def _first(code: str, rows: QuerySet[Any], since: str, target: str = "pk") -> Iterable[Decision]:
    """How many wait, and the one that waits longest; one statement when nothing does."""
    first = rows.order_by(since, "pk").values_list(target, since).first()
    if first is not None:
        yield Decision(code, queues.capped(rows), since=first[1], target=first[0])


# The worst first: money and people who wait outside the house, then what the house itself has to settle.
WAITS: tuple[Callable[[Subject, datetime], Iterable[Decision]], ...] = (
    _cash_out, _late_calls, _flagged, _acts, _late_holds, _counts, _reopenings, _letters, _short, _credits, _parked,
)  # fmt: skip
