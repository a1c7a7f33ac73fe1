"""Confirming an order without a call of the desk: the customer was spoken to, or somebody says how they agreed."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal, lifecycle
from orders.calls.board import IN_VAIN
from orders.models import CallAttempt, Channel, JournalEvent, Order, PhoneCall
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people.limits import limits_of_actor

PEOPLE = frozenset({"person", "token"})  # a rule and a customer's own link confirm by themselves


class NobodyTalked(DomainError):
    """An order is confirmed without a word to its customer, and nobody says why."""

    sentence = _("Nobody talked with this customer about the order yet.")
    next_step = _("Ring them, or say how they agreed.")


class TalkFirst(DomainError):
    """Whoever confirms may not do it without a talk."""

    sentence = _("You may confirm an order only after a talk with its customer.")
    next_step = _("Ring them from the call desk, or ask the owner.")


@transaction.atomic(durable=True)
def confirm(number: int, *, by: Actor, at: datetime, why: str = "") -> Order:
    """Confirm an order outside the call desk. `why` says how the customer agreed when no talk with them is noted.

    Raises ForbiddenMove, Missing; NobodyTalked without a talk and without a reason; TalkFirst for whom the owner lets
    confirm after a talk only.
    """
    try:
        order = Order.objects.lock(number)
    except Order.DoesNotExist:
        raise Missing from None
    lifecycle.refuse_unless(order, {Status.NEW}, Status.CONFIRMED)
    if needs_reason(order, by):
        _refuse_unspoken(by, why)
        entry = journal.Entry("order.agreed_otherwise", order, personal=[("note", "", why)])
        journal.record([entry], by=by, at=at)
    lifecycle.move([order], Status.CONFIRMED, by=by, at=at)
    order.refresh_from_db()
    return order


def needs_reason(order: Order, by: Actor) -> bool:
    """Tell whether this confirmation needs a reason: the customer is ours to ring, and no talk with them is noted.

    A talk is a call of the desk in which somebody was spoken to, or an answered call of the telephone with this phone,
    since the order waits to be agreed. An order that a person took down was agreed while they did.
    """
    if by.kind not in PEOPLE or order.channel.contact != Channel.Contact.REQUIRED or _was_taken_down(order):
        return False
    talks = CallAttempt.objects.filter(order=order, at__gte=order.status_at).exclude(outcome__in=IN_VAIN)
    if talks.exists():
        return False
    lines = PhoneCall.objects.filter(began_at__gte=order.status_at).exclude(answered_at=None)
    return not (order.contact_phone and lines.filter(phone=order.contact_phone).exists())


def _was_taken_down(order: Order) -> bool:
    first = JournalEvent.objects.filter(order=order, seq=1, actor_kind="person")
    return order.status_at == order.taken_at and first.exists()


def _refuse_unspoken(by: Actor, why: str) -> None:
    if not limits_of_actor(by).confirm_unspoken:
        raise TalkFirst
    if not why.strip():
        raise NobodyTalked
