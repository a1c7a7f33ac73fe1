"""The end of a courier's shift: what is in hand is scanned in, the rest is named; and what drivers did in a time."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from delivery import handoff, remittance, returns, rounds
from delivery.fines import NotOurs as NotOurs
from delivery.fines import own_courier
from delivery.models import CashEntry, HandoffLine, Return
from orders import journal
from orders.models import Courier, JournalEvent, Parcel
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

MOST_NAMED = 500
SHIFT = "act.shift_ended"
OUT, RETURNING = Parcel.State.OUT, Parcel.State.RETURNING


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
    last_end: int  # id of the last end of any day, 0 before the first: what a further one is said `after`


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted at the end of a shift, before anybody saw what it should be: parcels that stay with the courier,
    and the cash on the table. None: nobody counted.

    `after`: the end that was the last one when this was sent (0: there was none). Where another came since, this was
    sent twice, and writes nothing. None: it is another end in any case.
    """

    parcels: int | None = None
    cash_minor: int | None = None
    currency: str = ""
    after: int | None = None


@dataclass(frozen=True, slots=True)
class TieOut:
    """A courier's day in parcels and in cash: what it took over and what became of that, by the desk's own books.

    The cash is by currency. `held`: what the books say is with the courier now.
    """

    taken_over: int
    kept: int
    brought: int
    came_back: int
    held: int
    cash_taken: dict[str, int]
    cash_home: dict[str, int]
    cash_held: dict[str, int]


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
    row = own_courier(courier)
    held = _in_hand(courier).select_related("order")
    last = _last_end(courier)
    return Shift(
        row, list(held.order_by("-state", "number")[:MOST_NAMED]), rounds.done_since(courier, since),
        _brought(courier, since), rounds.in_purse(courier), last if last and last.at >= since else None,
        last.pk if last else 0,
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


def tie_out(courier: str, *, since: datetime) -> TieOut:
    """Set a courier's day side by side: what went into its hands and out of them. Raises Missing, NotOurs."""
    own_courier(courier)
    own = Parcel.objects.filter(order__shipment__courier=courier)
    taken = HandoffLine.objects.filter(handoff__courier=courier, handoff__accepted_at__gte=since)
    there = [HandoffLine.State.ACCEPTED, HandoffLine.State.BACK]
    back = Return.objects.filter(parcel__isnull=False, order__shipment__courier=courier, received_at__gte=since)
    return TieOut(
        taken.filter(state__in=there).count(),
        own.filter(state=Parcel.State.KEPT, order__shipment__state_at__gte=since).count(),
        _brought(courier, since), back.count(), _in_hand(courier).count(),
        _moved(courier, CashEntry.Kind.COLLECTED, since), _moved(courier, CashEntry.Kind.REMITTED, since),
        rounds.in_purse(courier),
    )  # fmt: skip


def close(
    courier: str, counted: Counted, *, keeps: bool = False, hand_in: bool = False, by: Actor, at: datetime
) -> JournalEvent:
    """End a shift with what was counted, and take the cash in when it is laid on the table.

    Two actions; said again, each is found done. Raises StillOut, NotOurs, and what `remittance.hand_in` raises.
    """
    ended = end(courier, counted=counted, keeps=keeps, by=by, at=at)
    if hand_in and counted.cash_minor:
        reference = f"{ended.at:%Y-%m-%d %H:%M:%S}"  # of the end: said again, it is the same register
        remittance.hand_in(courier, counted.cash_minor, currency=counted.currency, reference=reference, by=by, at=at)
    return ended


@transaction.atomic(durable=True)
def end(courier: str, *, counted: Counted | None = None, keeps: bool = False, by: Actor, at: datetime) -> JournalEvent:
    """Write down that a shift is over: what stays with the courier, how much cash, and by how much what was counted
    differs from that (more is positive). Sent twice, it gives what the first wrote. Raises StillOut, NotOurs.
    """
    own_courier(courier)
    list(Courier.objects.select_for_update(no_key=True).filter(pk=courier))  # whoever presses at once waits here
    last = _last_end(courier)
    if last and counted and counted.after is not None and last.pk > counted.after:
        return last
    held = _in_hand(courier)
    left, numbers = held.count(), list(held.order_by("number").values_list("number", flat=True)[:MOST_NAMED])
    if left and not keeps:
        raise StillOut(detail={"left": left})
    purse = rounds.in_purse(courier)
    data: dict[str, journal.Code] = {"parcels": numbers, "cash": purse, **_differences(counted, left, purse)}
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


def _differences(counted: Counted | None, parcels: int, purse: dict[str, int]) -> dict[str, journal.Code]:
    """What was counted, and how it differs from the books."""
    found: dict[str, journal.Code] = {}
    if counted and counted.parcels is not None:
        found |= {"counted_parcels": counted.parcels, "parcels_differ": counted.parcels - parcels}
    if counted and counted.cash_minor is not None:
        differs = counted.cash_minor - purse.get(counted.currency, 0)
        found |= {"counted_cash": counted.cash_minor, "cash_differs": differs, "counted_in": counted.currency}
    return found


def _last_end(courier: str) -> JournalEvent | None:
    return JournalEvent.objects.filter(kind=SHIFT, subject_kind="courier", subject_id=courier).order_by("-pk").first()


def _in_hand(courier: str) -> QuerySet[Parcel]:
    return Parcel.objects.filter(in_hands_of=courier, state__in=[OUT, RETURNING])


def _brought(courier: str, since: datetime) -> int:
    """Count the parcels that came back to go another day."""
    back = JournalEvent.objects.filter(at__gte=since, kind="parcel.brought_back", order__shipment__courier=courier)
    return sum(len(event.data.get("parcels", [])) for event in back.only("data"))


def _moved(courier: str, kind: CashEntry.Kind, since: datetime) -> dict[str, int]:
    """Sum up what was booked of a kind in cash since then, less what was reversed."""
    side = "target" if kind == CashEntry.Kind.COLLECTED else "source"
    other = "source" if side == "target" else "target"
    rows = CashEntry.objects.filter(kind=kind, at__gte=since).order_by()
    account = f"courier:{courier}"
    found: dict[str, int] = {}
    for name, reverses, sign in ((side, True, 1), (other, False, -1)):
        own = rows.filter(**{name: account}, reverses__isnull=reverses).values_list("currency")
        for currency, minor in own.annotate(sum=Sum("amount_minor")):
            found[currency] = found.get(currency, 0) + sign * minor
    return found


def _cash(start: datetime, end: datetime) -> list[tuple[int, str, int]]:
    taken = CashEntry.objects.filter(kind=CashEntry.Kind.COLLECTED, at__gte=start, at__lt=end)
    own = taken.filter(event__actor_kind="courier", event__actor_id__gt=0, target__startswith="courier:")
    rows = own.filter(reverses=None, reversed_by=None).order_by()
    return list(rows.values_list("event__actor_id", "currency").annotate(sum=Sum("amount_minor")))
