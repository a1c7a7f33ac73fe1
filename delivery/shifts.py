"""The end of a courier's shift: what is in hand is scanned in, the rest is named; and what drivers did in a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from delivery import handoff, returns, rounds
from delivery.models import CashEntry
from orders import journal
from orders.models import Courier, JournalEvent, Parcel
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_NAMED = 500
SHIFT = "act.shift_ended"
OUT, RETURNING = Parcel.State.OUT, Parcel.State.RETURNING


class NotOurs(DomainError):
    """Only the shop's own couriers have a shift that ends here."""

    sentence = _("%(courier)s has no shift here: it is not a courier of our own.")


class StillOut(DomainError):
    """Parcels are still with the courier, and nobody said that they stay there."""

    sentence = _("%(left)s parcels are still with the courier.")
    next_step = _("Scan them in, or say that they stay for tomorrow.")


@dataclass(frozen=True, slots=True)
class Shift:
    """A courier's shift as it is now."""

    courier: Courier
    parcels: Sequence[Parcel]  # still in hand, what is refused first
    delivered: int
    brought: int
    purse: dict[str, int]  # currency -> cash in hand
    ended: JournalEvent | None  # the end that was written since then, if any


@dataclass(slots=True)
class Driver:
    """What one driver did in some days, from what they said on their phone."""

    person: int
    accepted: int = 0  # places that they took over
    delivered: int = 0
    failed: int = 0
    refused: int = 0
    cash: dict[str, int] = field(default_factory=dict)


def see(courier: str, *, since: datetime) -> Shift:
    """Read a shift of one of our own couriers. Raises Missing, NotOurs."""
    row = _own(courier)
    held = Parcel.objects.filter(in_hands_of=courier, state__in=[OUT, RETURNING]).select_related("order")
    mine = JournalEvent.objects.filter(subject_kind="courier", subject_id=courier, at__gte=since)
    back = JournalEvent.objects.filter(at__gte=since, kind="parcel.brought_back", order__shipment__courier=courier)
    return Shift(
        row, list(held.order_by("-state", "number")[:MOST_NAMED]), rounds.done_since(courier, since), back.count(),
        rounds.in_purse(courier), mine.filter(kind=SHIFT).order_by("-pk").first(),
    )  # fmt: skip


def take_in(parcel: str, *, by: Actor, at: datetime) -> str:
    """Scan in what a courier of our own lays on the table: inside again for another day, or back when refused.

    Gives what became of it: `inside` or `returning`. Raises what `bring_back` and `receive_parcels` raise.
    """
    row = Parcel.objects.filter(number=parcel).first()
    if row is not None and row.state == RETURNING:
        returns.receive_parcels([parcel], by=by, at=at)
        return "returning"
    handoff.bring_back([parcel], by=by, at=at)
    return "inside"


@transaction.atomic(durable=True)
def end(courier: str, *, keeps: bool = False, by: Actor, at: datetime) -> JournalEvent:
    """Write down that a shift is over: what stays with the courier, and how much cash. Raises StillOut, NotOurs."""
    _own(courier)
    left = Parcel.objects.filter(in_hands_of=courier, state__in=[OUT, RETURNING]).order_by("number")
    numbers = list(left.values_list("number", flat=True)[:MOST_NAMED])
    if numbers and not keeps:
        raise StillOut(detail={"left": len(numbers)})
    data: dict[str, journal.Code] = {"parcels": numbers, "cash": rounds.in_purse(courier)}
    return journal.record([journal.Entry(SHIFT, data=data, subject=("courier", courier))], by=by, at=at)[0]


def drivers(start: datetime, end: datetime) -> list[Driver]:
    """Count what each driver took over, delivered, tried in vain and was refused, and the cash they took."""
    found: dict[int, Driver] = {}
    orders: dict[tuple[int, str], set[int]] = defaultdict(set)
    said = JournalEvent.objects.filter(at__gte=start, at__lt=end, kind__in=["act.accepted", "parcel.event"])
    for event in said.filter(actor_id__gt=0, actor_kind__in=["courier", "person"]).only(
        "kind", "actor_kind", "actor_id", "order", "data"
    ):
        if event.kind == "act.accepted" and event.data.get("how") == "courier":
            driver = found.setdefault(event.actor_id, Driver(event.actor_id))
            driver.accepted += len(event.data.get("accepted", []))
        elif event.kind == "parcel.event" and event.actor_kind == "courier":
            found.setdefault(event.actor_id, Driver(event.actor_id))
            orders[event.actor_id, str(event.data.get("state"))].add(event.order_id or 0)
    for (person, state), numbers in orders.items():
        driver = found[person]
        driver.delivered += len(numbers) if state == "delivered" else 0
        driver.failed += len(numbers) if state == "delivery_failed" else 0
        driver.refused += len(numbers) if state == "returning" else 0
    for person, currency, minor in _cash(start, end):
        found.setdefault(person, Driver(person)).cash[currency] = minor
    return sorted(found.values(), key=lambda one: (-one.delivered, one.person))


def _cash(start: datetime, end: datetime) -> list[tuple[int, str, int]]:
    taken = CashEntry.objects.filter(kind=CashEntry.Kind.COLLECTED, at__gte=start, at__lt=end)
    own = taken.filter(event__actor_kind="courier", event__actor_id__gt=0, target__startswith="courier:")
    rows = own.filter(reverses=None, reversed_by=None).order_by()
    return list(rows.values_list("event__actor_id", "currency").annotate(sum=Sum("amount_minor")))


def _own(courier: str) -> Courier:
    row = Courier.objects.filter(pk=courier).first()
    if row is None:
        raise Missing
    if row.kind != Courier.Kind.OWN:
        raise NotOurs(detail={"courier": row.name})
    return row
