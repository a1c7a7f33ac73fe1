"""Taking a talk over: the customer changes hands at once, and whoever talked hears of it."""

import secrets
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.calls import leases, presence
from orders.calls.conversations import Conversation, see_conversation
from orders.models import Caller, CallTake, CallTask, Order, PhoneLease
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.models import User


class NobodyTalks(DomainError):
    """There is no talk to take over."""

    sentence = _("Nobody is talking to this customer any more.")
    next_step = _("Take the next call: it comes back to the queue by itself.")


class StillInATalk(DomainError):
    """Nobody talks to two customers."""

    sentence = _("You are in a conversation yourself.")
    next_step = _("Note how it ended or leave it for later first.")


class NotAllYours(DomainError):
    """The talk is also about orders that this person does not see."""

    sentence = _("This talk is also about orders that are not yours to see.")
    next_step = _("Leave it with whoever talks.")


@transaction.atomic(durable=True)
def take_over(task_id: int, *, person: int, at: datetime) -> Conversation:
    """Take over the talk that somebody is in about a task: all its phones and tasks, at once and under a new token.

    What they note from then on is stored and decides nothing. One's own talk is given back as it is. The phone was
    rung once, so it counts once. Raises Missing, NobodyTalks, StillInATalk, NotAllYours.
    """
    User.objects.select_for_update(no_key=True).filter(pk=person).first()
    task = CallTask.objects.filter(pk=task_id).first()
    if task is None:
        raise Missing
    current = see_conversation(person, at=at)
    if current is not None and current.token == task.token:
        return current
    if current is not None:
        raise StillInATalk
    open_ones = _open_in(task.token, person)
    numbers = open_ones.exclude(order=None).values_list("order", flat=True)
    orders = {order.pk: order for order in Order.objects.lock_many([number for number in numbers if number])}
    held = [row for row in PhoneLease.objects.locked(token=task.token) if row.until > at] if task.token else []
    if not held:
        raise NobodyTalks
    before, phones, token = held[0].person_id, [row.phone for row in held], secrets.token_hex(16)
    tasks = list(open_ones.order_by("pk").select_for_update(no_key=True, of=("self",)))
    PhoneLease.objects.filter(phone__in=phones).update(person=person, token=token, until=at + leases.LASTS)
    CallTask.objects.filter(pk__in=[one.pk for one in tasks]).update(token=token, taken_by=person)
    CallTake.objects.filter(phone__in=phones, person=before).update(person=person)
    _note(tasks, orders, before, person, at)
    presence.seat(person, Caller.State.ON_CALLS, by=Actor("person", person), at=at)
    talk = see_conversation(person, at=at)
    if talk is None:  # its last task was settled while we waited for the lock
        raise NobodyTalks
    return talk


def who_has(task_id: int, *, at: datetime) -> str:
    """Give the name of whoever talks to the customer of a task now, or nothing."""
    task = CallTask.objects.filter(pk=task_id).first()
    live = PhoneLease.objects.filter(phone=task.phone, until__gt=at).select_related("person").first() if task else None
    return live.person.name if live else ""


def _open_in(token: str, person: int) -> QuerySet[CallTask]:
    """Give what is open in a talk. Raises NotAllYours: who takes it over answers for all of it."""
    rows = CallTask.objects.filter(token=token, closed_at=None) if token else CallTask.objects.none()
    if rows.exclude(pk__in=rows.filter(leases.of_person(person)).values("pk")).exists():
        raise NotAllYours
    return rows


def _note(tasks: list[CallTask], orders: dict[int, Order], before: int, person: int, at: datetime) -> None:
    entries = [
        journal.Entry(
            "call.taken_over", orders.get(one.order_id or 0), {"task": one.pk, "from": before, "to": person},
            subject=("call_task", one.pk),
        )
        for one in tasks
    ]  # fmt: skip
    journal.record(entries, by=Actor("person", person), at=at)
