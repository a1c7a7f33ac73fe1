"""Conversations: the desk chooses whom to ring next, and keeps everybody else away from that customer meanwhile."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders import calltasks, contacts, journal
from orders.calls import leases, nextcall, presence, pressing
from orders.calls.choosing import score_of
from orders.calls.decency import DailyCapReached, Decency, NotYourHour
from orders.calls.leases import PhoneBusy
from orders.calls.pressing import Press
from orders.models import Caller, CallTask, Order, Shop
from shopdesk.base import prepared
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

MOST_TRIES: Final = 20
SKIPPED_FOR: Final = timedelta(minutes=10)


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

    Whoever asks for a call is on calls. Somebody who is in a conversation gets that one back, prolonged. Raises
    NothingDue, or QueueBusy when others were faster twenty times.
    """
    tried: set[int] = set()
    plain = True  # until it is seen otherwise: they sit at the desk and hold nobody
    for _attempt in range(MOST_TRIES):
        try:
            talk = _claim(person, tried, only_if_plain=plain, at=at)
        except (PhoneBusy, TaskGone, NotYourHour):
            continue  # the one that was tried is left out from now on
        except DailyCapReached as full:
            _postpone(int(full.detail["task"]), at=at)
            continue
        if talk is None and (current := _resume(person, at=at)):
            return current
        if talk is not None:
            return talk
        plain = False
    raise QueueBusy


@transaction.atomic(durable=True)
def take(task_id: int, *, person: int, at: datetime) -> Conversation:
    """Lease the customer of a task to a person, with every task that is open with them. They are on calls then.

    Somebody who is in a conversation gets that one instead. Raises PhoneBusy, TaskGone, NotYourHour, DailyCapReached.
    """
    press = pressing.read(person, at)
    presence.seat(person, Caller.State.ON_CALLS, by=Actor("person", person), at=at)
    if current := see_conversation(person, at=at):
        return current
    task = _find(task_id)
    if not leases.lock_free(CallTask.objects.filter(pk=task_id)):
        raise PhoneBusy
    task.refresh_from_db()  # as it is now that nobody else has it
    return _converse(press, task, leases.phones_of(task))


@transaction.atomic(durable=True)
def _claim(person: int, tried: set[int], *, only_if_plain: bool, at: datetime) -> Conversation | None:
    """Take the best task that nobody else is just taking. It joins `tried`, so that a refused one is not met again.

    Gives None, and does nothing, when somebody is to be seated or led back first and that was not done yet.
    """
    with Shop.held(), pressing.pressed(person, at, nextcall.guess(person, tried, at)) as press:
        if only_if_plain and not press.is_plain:
            return None
        if press.holds and (current := see_conversation(person, at=at)):
            return current
        found = nextcall.lock(press, tried)
        if found is None:
            raise NothingDue
        task, phones = found
        tried.add(task.pk)
        return _converse(press, task, phones)


def _converse(press: Press, task: CallTask, phones: Sequence[str]) -> Conversation:
    """Lease the customer of a locked task. Locks nothing that it would have to wait for, but phones nobody had yet."""
    at, person, token = press.at, press.person, secrets.token_hex(16)
    # What is open with this customer and not this person's to see stays in the queue; nobody rings for it meanwhile.
    theirs = nextcall.taking(task, phones, press, score_of(task, person, at), token)
    wanted, ring = (
        leases.wish(phones, token, person=person, at=at),
        leases.about_to_ring([task.phone], person=person, at=at),
    )
    with prepared.ahead([theirs, wanted, contacts.asked_lately(task.phone, at), ring]):
        tasks = nextcall.take_all(theirs)
        leases.lease(wanted)
        locked = next((one for one in tasks if one.pk == task.pk), None)
        if locked is None or locked.due_at > at:
            raise TaskGone
        decency = Decency(at)
        decency.refuse(locked)
        prepared.named(*ring)
    if others := [one for one in tasks if one.phone != locked.phone]:
        decency.put_off(others)
        leases.note_takes({one.phone for one in others if one.due_at <= at}, person=person, at=at)
    return Conversation(locked, tasks, phones, token, at + leases.LASTS)


@transaction.atomic(durable=True)
def heartbeat(task_id: int, *, person: int, at: datetime) -> datetime:
    """Prolong the conversation about a task. Gives until when. Raises NotYourCall when it ran out."""
    task = _find(task_id)
    if task.taken_by_id != person or not leases.extend(person, task.token, at):
        raise NotYourCall
    presence.notice(person, at)
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
    leases.forget_takes({row.phone for row in held}, person=person)
    leases.release(person, task.token)


def see_conversation(person: int, *, at: datetime) -> Conversation | None:
    """Give the conversation that a person is in, as it stands; prolongs nothing. None when its orders are not theirs
    to see any more.
    """
    rows = leases.live(person, at)
    row = next((one for one in rows if leases.waiting(one.token, at)), None)
    if row is None:
        return None
    return _conversation(row.token, person, [one.phone for one in rows if one.token == row.token], row.until)


@transaction.atomic(durable=True)
def _resume(person: int, *, at: datetime) -> Conversation | None:
    """Give the conversation a person is in, prolonged; end one that has nothing left to say. They are on calls."""
    presence.seat(person, Caller.State.ON_CALLS, by=Actor("person", person), at=at)
    current = see_conversation(person, at=at)
    if current is None:
        for row in leases.lock(person):
            # Looked at again under the lock: another press of theirs may just have taken it.
            if leases.waiting(row.token, at) and not _theirs(row.token, person).exists():  # their limits changed
                leases.release(person, row.token)
            else:
                leases.release_if_done(person, row.token, at)
        return None
    leases.extend(person, current.token, at)
    return replace(current, until=at + leases.LASTS)


@transaction.atomic(durable=True)
def _postpone(task_id: int, *, at: datetime) -> None:
    """Let a task wait until its phone may be rung again."""
    Decency(at).put_off(list(CallTask.objects.locked(pk=task_id, closed_at=None)))


def _conversation(token: str, person: int, phones: Sequence[str], until: datetime) -> Conversation | None:
    tasks = list(_theirs(token, person).select_related("order", "customer"))
    if not tasks:
        return None
    task = min(tasks, key=lambda one: (one.due_at, one.pk))  # its first one may have an outcome: go on with these
    return Conversation(task, tasks, phones, token, until)


def _theirs(token: str, person: int) -> QuerySet[CallTask]:
    """Give what is open in a conversation and within the limits of its person."""
    return CallTask.objects.filter(leases.of_person(person), token=token, closed_at=None)


def _find(task_id: int) -> CallTask:
    task = CallTask.objects.filter(pk=task_id).first()
    if task is None:
        raise Missing
    return task
