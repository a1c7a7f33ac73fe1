"""Reminders: what somebody is told at its hour. Each is a row, there once by its key, and decided once."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from orders import calltasks, journal
from orders.calls import presence
from orders.models import CallTask, Hold, Reminder, Shop
from orders.models.reminders import ReminderRows
from shopdesk.base.access import SWEEP, Subject

Row = TypeVar("Row", CallTask, Hold)

MOST_AT_ONCE: Final = 500
MOST_TRIES: Final = 5
TRY_LASTS: Final = timedelta(seconds=60)
What, State = Reminder.What, Reminder.State
# Older than this it helps nobody any more. A callback never goes stale: the customer still waits.
STALE_AFTER: Final[Mapping[str, timedelta]] = {
    What.LATE: timedelta(hours=12),
    What.LATE_STILL: timedelta(hours=24),
    What.HOLD: timedelta(days=3),
    What.FREED: timedelta(days=3),
}


def remind_due(*, at: datetime) -> int:
    """Tell what is due, each in its own transaction. Gives how many were told.

    A row that fails is tried five times, counted before each try, then listed as stuck; those that failed come last,
    so the others never wait behind one.
    """
    collect(at=at)
    waiting = Reminder.objects.filter(state=State.WAITING, due_at__lte=at).order_by("tries", "due_at", "pk")
    return sum(remind(key, at=at) for key in waiting.values_list("pk", flat=True)[:MOST_AT_ONCE])


@transaction.atomic(durable=True)
def collect(*, at: datetime) -> None:
    """Write a row for everything whose hour has come and of which there is none. Two at once write it once."""
    for told in (_callbacks(at), _late(at), _holds(at)):
        # In order of their key: two sweeps that write the same rows wait for each other and never deadlock.
        rows = sorted(told, key=lambda row: (row.what, row.subject, row.slot))
        Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def remind(reminder_id: int, *, at: datetime) -> bool:
    """Tell or drop one thing. The second of two at once, and one that is not due, change nothing."""
    return _count_try(reminder_id, at=at) and _decide(reminder_id, at=at)


def reminders_for(subject: Subject, *, at: datetime) -> ReminderRows:
    """Give what this person was told and has not seen yet, the newest first."""
    mine = Reminder.objects.for_person(subject).filter(state=State.DONE, seen_at=None, decided_at__lte=at)
    return mine.select_related("order").order_by("-decided_at", "-pk")


@transaction.atomic(durable=True)
def mark_seen(reminder_ids: Iterable[int], *, subject: Subject, at: datetime) -> int:
    """Note that somebody saw what they were told. Gives how many; others' are left alone."""
    mine = Reminder.objects.for_person(subject).filter(pk__in=list(reminder_ids), state=State.DONE, seen_at=None)
    return mine.update(seen_at=at)


def stuck() -> QuerySet[Reminder]:
    """List what was tried in vain: somebody has to look why."""
    return Reminder.objects.filter(state=State.STUCK).order_by("due_at", "pk")


@transaction.atomic(durable=True)
def _count_try(reminder_id: int, *, at: datetime) -> bool:
    """Count the try before it is made: a row that kills its worker is given up in the end."""
    # Whoever else tries it right now is left alone; a clock that was set back does not make it wait for the old hour.
    nobody_tries = Q(tried_at=None) | Q(tried_at__lte=at - TRY_LASTS) | Q(tried_at__gt=at + TRY_LASTS)
    due = Reminder.objects.filter(nobody_tries, pk=reminder_id, state=State.WAITING, due_at__lte=at)
    if due.filter(tries__gte=MOST_TRIES).update(state=State.STUCK, decided_at=at):
        return False
    return bool(due.update(tries=F("tries") + 1, tried_at=at))


@transaction.atomic(durable=True)
def _decide(reminder_id: int, *, at: datetime) -> bool:
    row = Reminder.objects.locked(pk=reminder_id, state=State.WAITING, due_at__lte=at).first()
    if row is None:
        return False
    stale_after = STALE_AFTER.get(row.what)
    why = "" if TELL[row.what].is_true(row) else "gone"
    if not why and stale_after is not None and at - row.due_at > stale_after:
        why = "stale"
    state = State.DROPPED if why else State.DONE
    # Compare and set: the row itself says whether it was decided, whoever else sweeps at the same time.
    decided = Reminder.objects.filter(pk=row.pk, state=State.WAITING).update(state=state, why=why, decided_at=at)
    if not decided or why:
        return False
    TELL[row.what].follow(row, at)
    return True


def _callbacks(at: datetime) -> list[Reminder]:
    due = CallTask.objects.filter(stage=CallTask.Stage.CALLBACK, closed_at=None, due_at__lte=at)
    return _rows(_new(due, What.CALLBACK, "due_at"), What.CALLBACK, at)


def _late(at: datetime) -> list[Reminder]:
    """The one whose call it is hears first; the owner so many working minutes later."""
    shop = Shop.current()
    late = CallTask.objects.filter(stage=CallTask.Stage.NEW, closed_at=None, limit_at__lte=at)
    tasks = list(_new(late, What.LATE, "limit_at"))
    rows = _rows(tasks, What.LATE, at)
    still = timedelta(minutes=shop.escalate_after_minutes)
    for task in tasks:
        limit_at = _said(task.limit_at)
        due_at = calltasks.hours_of(task.zone, shop).pass_by(limit_at, still)
        rows.append(
            Reminder(
                what=What.LATE_STILL, subject=task.pk, slot=limit_at.isoformat(), order_id=task.order_id, role="owner",
                due_at=due_at,
            )
        )  # fmt: skip
    return rows


def _holds(at: datetime) -> list[Reminder]:
    late = _new(Hold.objects.filter(closed_at=None, until__lte=at), What.HOLD, "until")
    return [
        Reminder(
            what=What.HOLD, subject=hold.pk, slot=_said(hold.until).isoformat(), order_id=hold.order_id,
            person_id=hold.owner_id, role=hold.role, due_at=_said(hold.until),
        )
        for hold in late
    ]  # fmt: skip


def _new(rows: QuerySet[Row], what: str, hour: str) -> QuerySet[Row]:
    """Narrow to those of whose present hour there is no row yet."""
    there = Reminder.objects.filter(what=what, subject=OuterRef("pk"), due_at=OuterRef(hour))
    return rows.exclude(Exists(there)).order_by("pk")[:MOST_AT_ONCE]


def _rows(tasks: Iterable[CallTask], what: str, at: datetime) -> list[Reminder]:
    """Make rows for whose call it is today: the owner, whoever stands in for them, else every manager."""
    tasks = list(tasks)
    owners = presence.read_shift(at).stands_in if any(task.owner_id for task in tasks) else {}
    rows = []
    for task in tasks:
        due_at = task.due_at if what == What.CALLBACK else _said(task.limit_at)
        person = owners.get(task.owner_id or 0)
        rows.append(
            Reminder(
                what=what, subject=task.pk, slot=due_at.isoformat(), order_id=task.order_id, person_id=person,
                due_at=due_at,
            )
        )  # fmt: skip
    return rows


def _said(at: datetime | None) -> datetime:
    """Give an hour that the query asked for."""
    assert at is not None  # noqa: S101  the query narrowed to rows that have one
    return at


@dataclass(frozen=True, slots=True)
class _Tell:
    """Whether a thing is still true when it is told, and what is written then."""

    is_true: Callable[[Reminder], bool]
    follow: Callable[[Reminder, datetime], None]


def _rings_back(row: Reminder) -> bool:
    stage = CallTask.Stage.CALLBACK
    return CallTask.objects.filter(pk=row.subject, closed_at=None, stage=stage, due_at=row.due_at).exists()


def _is_late(row: Reminder) -> bool:
    limit_at = datetime.fromisoformat(row.slot)
    stage = CallTask.Stage.NEW
    return CallTask.objects.filter(pk=row.subject, closed_at=None, stage=stage, limit_at=limit_at).exists()


def _holds_still(row: Reminder) -> bool:
    return Hold.objects.filter(pk=row.subject, closed_at=None, until=row.due_at).exists()


def _announce(row: Reminder, at: datetime) -> None:
    CallTask.objects.filter(pk=row.subject).update(reminded_at=at)
    _note(row, "call.due", "call_task", at)


def _note(row: Reminder, kind: str, subject: str, at: datetime) -> None:
    journal.record([journal.Entry(kind, subject=(subject, row.subject))], by=SWEEP, at=at)


TELL: Mapping[str, _Tell] = {
    What.CALLBACK: _Tell(_rings_back, _announce),
    What.LATE: _Tell(_is_late, lambda row, at: _note(row, "call.late", "call_task", at)),
    What.LATE_STILL: _Tell(_is_late, lambda row, at: _note(row, "call.late_still", "call_task", at)),
    What.HOLD: _Tell(_holds_still, lambda row, at: _note(row, "hold.late", "hold", at)),
    What.FREED: _Tell(lambda row: True, lambda row, at: None),
}
