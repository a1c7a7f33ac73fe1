"""The journal: every fact gets its event here, in the transaction that makes it true."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders.models import JournalEvent, Order, PeriodLock, PersonalValue, Unplaced
from shopdesk.base.access import Actor
from shopdesk.base.bulk import create, insert
from shopdesk.base.errors import DomainError
from shopdesk.base.fresh import fresh
from shopdesk.base.wake import wake

Code = str | int | bool | None | Sequence["Code"] | Mapping[str, "Code"]


class ClosedPeriod(DomainError):
    """A person dated a fact into a period whose figures are closed."""

    sentence = _("That day is closed in the books. Date it today, or ask the owner to reopen the period.")


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact to be written. `data` holds codes and ids; `personal` holds (field, old, new), erasable."""

    kind: str
    order: Order | None = None
    data: Mapping[str, Code] = field(default_factory=dict)
    from_status: str = ""
    to_status: str = ""
    subject: tuple[str, object] = ("", "")
    personal: Sequence[tuple[str, str, str]] = ()


def record(entries: Sequence[Entry], *, by: Actor, at: datetime) -> list[JournalEvent]:
    """Write events; each raises the version of its order by one. The caller has locked the orders.

    Raises ClosedPeriod when a person dates them into a closed period.
    """
    refuse_closed_period(by, at)
    events = _write(entries, by=by, at=at)
    for times, numbers in _orders_by_events(entries).items():
        Order.objects.filter(pk__in=numbers).update(version=F("version") + times)
    return events


def record_first(entries: Sequence[Entry], *, by: Actor, at: datetime) -> list[JournalEvent]:
    """Write the first event of orders that were inserted with version 1 in this transaction: saves an UPDATE each."""
    for entry in entries:
        if entry.order is not None:
            entry.order.version = 0
    return _write(entries, by=by, at=at)


def refuse_closed_period(by: Actor, at: datetime) -> None:
    """Refuse people what is dated into a closed period. Machines and couriers report what happened when it happened."""
    if by.kind == "person" and PeriodLock.objects.filter(until__gt=at).exists():
        raise ClosedPeriod


def _write(entries: Sequence[Entry], *, by: Actor, at: datetime) -> list[JournalEvent]:
    events = create([_event(entry, by, at) for entry in entries])
    insert(Unplaced, ("event_id",), [(event.pk,) for event in events])
    personal = [
        PersonalValue(event=event, field=name, old=old, new=new)
        for entry, event in zip(entries, events, strict=True)
        for name, old, new in entry.personal
    ]
    if personal:
        PersonalValue.objects.bulk_create(personal)
    wake("orders.tasks.publish")
    return events


def _event(entry: Entry, by: Actor, at: datetime) -> JournalEvent:
    seq = None
    if entry.order is not None:
        entry.order.version += 1
        seq = entry.order.version
    kind, subject = entry.subject
    return fresh(
        JournalEvent, order=entry.order, seq=seq, kind=entry.kind, from_status=entry.from_status,
        to_status=entry.to_status, actor_kind=by.kind, actor_id=by.id, subject_kind=kind, subject_id=str(subject),
        data=dict(entry.data), at=at,
    )  # fmt: skip


def _orders_by_events(entries: Sequence[Entry]) -> dict[int, list[int]]:
    counts = Counter(entry.order.pk for entry in entries if entry.order is not None)
    grouped: dict[int, list[int]] = {}
    for number, times in counts.items():
        grouped.setdefault(times, []).append(number)
    return grouped
