"""Conversations: the desk chooses whom to ring next, and keeps everybody else away from that customer meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from orders import calltasks, journal
from orders.calls import leases, retryplan
from orders.calls.leases import PhoneBusy
from orders.calls.tries import calls_to
from orders.models import CallTask, Order, PhoneLease, Shop
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.models import User

MOST_TRIES: Final = 20
SKIPPED_FOR: Final = timedelta(minutes=10)
RANKS: Final = ("callback", "late", "new", "retry")  # who is rung first; `late` is new and past its time limit


class NothingDue(DomainError):
    """The queue is empty, or everybody in it is being talked to or asleep."""

    sentence = _("Nobody is to be rung right now.")


class QueueBusy(DomainError):
    """Twenty candidates in a row were snatched away."""

    sentence = _("Everybody took the next call at the same moment.")
    next_step = _("Press again.")


class TaskGone(DomainError):
    """The call was made or cancelled, or is not due yet."""

    sentence = _("This call is not to be made now.")


class NotYourHour(DomainError):
    """It is night at the customer's."""

    sentence = _("It is a quiet hour where this customer lives.")


class DailyCapReached(DomainError):
    """The phone was rung as often as is decent for a day."""

    sentence = _("This phone was rung three times today.")


class NotYourCall(DomainError):
    """The conversation ran out, or was never this person's."""

    sentence = _("This conversation is not yours any more.")
    next_step = _("Take the next call.")


@dataclass(frozen=True, slots=True)
class Conversation:
    """A customer that one person talks to: the task it is about first, and all that is open with them."""

    task: CallTask
    tasks: Sequence[CallTask]
    phones: Sequence[str]
    token: str
    until: datetime


def take_next(person: int, *, at: datetime) -> Conversation:
    """Choose whom this person rings next and lease the customer to them. Not one transaction: each try is its own.

    Somebody who is in a conversation gets that one back, prolonged. Raises NothingDue, or QueueBusy when others were
    faster twenty times.
    """
    if current := _resume(person, at=at):
        return current
    refused: set[int] = set()
    for attempt in range(MOST_TRIES):
        pool = list(candidates(at).exclude(pk__in=refused).values_list("pk", flat=True)[:MOST_TRIES])
        if not pool:
            raise NothingDue
        # First the best one; who was too slow for it looks elsewhere, each person in another place, or fifty people
        # would queue for each next best one together.
        task_id = pool[(person + attempt) % len(pool) if attempt else 0]
        try:
            return take(task_id, person=person, at=at)
        except (PhoneBusy, TaskGone, NotYourHour):
            refused.add(task_id)
        except DailyCapReached:
            _postpone(task_id, at=at)
    raise QueueBusy


@transaction.atomic(durable=True)
def take(task_id: int, *, person: int, at: datetime) -> Conversation:
    """Lease the customer of a task to a person, with every task that is open with them.

    Somebody who is in a conversation gets that one instead. Raises PhoneBusy, TaskGone, NotYourHour, DailyCapReached.
    """
    _one_at_a_time(person)
    if current := see_conversation(person, at=at):
        return current
    task = _find(task_id)
    phones = leases.phones_of(task)
    token = leases.lease(phones, person=person, at=at)
    tasks = list(CallTask.objects.locked().filter(leases.about(task, phones)))
    locked = next((one for one in tasks if one.pk == task_id), None)
    if locked is None or locked.due_at > at:
        raise TaskGone
    _refuse_by_the_rules(locked, at)
    score = score_of(locked, at)
    CallTask.objects.filter(pk__in=[one.pk for one in tasks]).update(taken_by=person, token=token)
    CallTask.objects.filter(pk=task_id).update(score=score)
    return _conversation(token, phones, at + leases.LASTS, first=task_id)


@transaction.atomic(durable=True)
def heartbeat(task_id: int, *, person: int, at: datetime) -> datetime:
    """Prolong the conversation about a task. Gives until when. Raises NotYourCall when it ran out."""
    task = _find(task_id)
    if task.taken_by_id != person or not leases.extend(person, task.token, at):
        raise NotYourCall
    return at + leases.LASTS


@transaction.atomic(durable=True)
def skip(task_id: int, reason: str, *, by: Actor, person: int, at: datetime) -> None:
    """Leave a conversation unheld, with the reason; its due tasks come again in ten minutes. Raises NotYourCall."""
    task = _find(task_id)
    numbers = [one.order_id for one in leases.waiting(task.token, at) if one.order_id] if task.token else []
    orders = {order.pk: order for order in Order.objects.lock_many(numbers)}
    held = [row for row in leases.lock(person) if task.token and row.token == task.token]
    if not held:
        raise NotYourCall
    tasks = list(CallTask.objects.locked(token=task.token, closed_at=None, due_at__lte=at))
    shop = Shop.current()
    for one in tasks:
        due_at = calltasks.hours_of(one.zone, shop).next(at + SKIPPED_FOR)
        CallTask.objects.filter(pk=one.pk).update(due_at=due_at, token="")
    entries = [
        journal.Entry(
            "call.skipped", orders.get(one.order_id or 0), {"task": one.pk}, subject=("call_task", one.pk),
            personal=[("reason", "", reason)],
        )
        for one in tasks
    ]  # fmt: skip
    journal.record(entries, by=by, at=at)
    leases.release(person, task.token)


def see_conversation(person: int, *, at: datetime) -> Conversation | None:
    """Give the conversation that a person is in, as it stands; prolongs nothing."""
    rows = leases.live(person, at)
    row = next((one for one in rows if leases.waiting(one.token, at)), None)
    if row is None:
        return None
    return _conversation(row.token, [one.phone for one in rows if one.token == row.token], row.until)


def score_of(task: CallTask, at: datetime) -> dict[str, str | int | None]:
    """Say why this one is chosen: its rank, and what decides inside a rank."""
    late = task.limit_at is not None and task.limit_at <= at
    why = "late" if task.stage == CallTask.Stage.NEW and late else task.stage
    return {
        "why": why,
        "rank": RANKS.index(why),
        "promised_on": task.promised_on.isoformat() if task.promised_on else None,
        "total_minor": task.total_minor,
        "waiting_minutes": int((at - task.due_at).total_seconds() // 60),
    }


@transaction.atomic(durable=True)
def _resume(person: int, *, at: datetime) -> Conversation | None:
    """Give the conversation a person is in, prolonged; end one that has nothing left to say."""
    current = see_conversation(person, at=at)
    if current is None:
        for row in leases.lock(person):
            leases.release_if_done(person, row.token, at)
        return None
    leases.extend(person, current.token, at)
    return _conversation(current.token, current.phones, at + leases.LASTS)


@transaction.atomic(durable=True)
def _postpone(task_id: int, *, at: datetime) -> None:
    """Let a task wait until its phone may be rung again."""
    for task in CallTask.objects.locked(pk=task_id, closed_at=None, due_at__lte=at):
        hours = calltasks.hours_of(task.zone, Shop.current())
        task.due_at = retryplan.first_allowed(at, calls_to(task.phone, at), hours=hours)
        task.save(update_fields=["due_at"])


def _one_at_a_time(person: int) -> None:
    """Let two presses of one person at once wait for each other: both get the same conversation."""
    User.objects.select_for_update(no_key=True).filter(pk=person).first()


def _conversation(token: str, phones: Sequence[str], until: datetime, *, first: int = 0) -> Conversation:
    tasks = list(CallTask.objects.filter(token=token, closed_at=None).select_related("order", "customer"))
    task = next((one for one in tasks if one.pk == first), None)
    task = task or min(tasks, key=lambda one: (one.due_at, one.pk))  # its first one has an outcome: go on with these
    return Conversation(task, tasks, phones, token, until)


def candidates(at: datetime) -> QuerySet[CallTask]:
    """Give the due tasks that nobody talks about, the best one first."""
    stage = CallTask.Stage
    talking = PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at)
    due = CallTask.objects.filter(closed_at=None, due_at__lte=at)
    asleep = Q(zone__in=_zones_asleep(due, at)) & ~Q(stage=stage.CALLBACK, asked_by_customer=True)
    rank = Case(
        When(stage=stage.CALLBACK, then=Value(0)),
        When(stage=stage.NEW, limit_at__lte=at, then=Value(1)),
        When(stage=stage.NEW, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    awake = due.exclude(asleep).exclude(Exists(talking)).annotate(rank=rank)
    return awake.order_by("rank", F("promised_on").asc(nulls_last=True), "-total_minor", "opened_at", "pk")


def _zones_asleep(due: QuerySet[CallTask], at: datetime) -> list[str]:
    shop = Shop.current()
    zones = due.order_by().values_list("zone", flat=True).distinct()
    return [zone for zone in zones if not calltasks.hours_of(zone, shop).allow(at)]


def _refuse_by_the_rules(task: CallTask, at: datetime) -> None:
    """Refuse to ring at night, and more often than is decent; a customer who asked for this hour gets the call."""
    hours = calltasks.hours_of(task.zone, Shop.current())
    asked_back = task.stage == CallTask.Stage.CALLBACK
    if not hours.allow(at) and not (asked_back and task.asked_by_customer):
        raise NotYourHour
    if asked_back:
        return
    if retryplan.made_on(hours.day(at), calls_to(task.phone, at), hours) >= retryplan.MOST_A_DAY:
        raise DailyCapReached


def _find(task_id: int) -> CallTask:
    task = CallTask.objects.filter(pk=task_id).first()
    if task is None:
        raise Missing
    return task
