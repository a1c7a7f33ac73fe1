"""Answers: what a customer says through the link of a message, once. Whoever has the link is the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import calltasks, journal, lifecycle
from orders.messages.deciding import digest_of
from orders.models import AnswerLink, CallTask, Order, Shop
from orders.status import CancelReason, Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError

REASONS: Final = (
    CancelReason.CHANGED_MIND, CancelReason.BOUGHT_ELSEWHERE, CancelReason.PRICE, CancelReason.DELIVERY_TIME,
    CancelReason.OTHER,
)  # fmt: skip
CLOCKS: Final = (time(10), time(13), time(16), time(18, 30))
DAYS_AHEAD: Final = 3
BY_LINK: Final = "by_link"


class LinkGone(DomainError):
    """No such link, or its time is over."""

    sentence = _("This link is not valid any more.")
    next_step = _("Ring the shop, or wait for our call.")


class NothingToAnswer(DomainError):
    """It was answered, or settled on the telephone meanwhile."""

    sentence = _("There is nothing left to answer: the order is settled already.")


class NoSuchHour(DomainError):
    """The hour is not one of those that were offered."""

    sentence = _("We cannot ring at that hour.")
    next_step = _("Choose one of the hours below.")


@dataclass(frozen=True, slots=True)
class Question:
    """What the customer sees: the order, whether they may still answer, the hours they may be rung."""

    order: Order
    link: AnswerLink
    is_open: bool
    hours: Sequence[datetime]
    zone: str


def see_question(secret: str, *, at: datetime) -> Question:
    """Give what a link asks. Changes nothing: previews and mail scanners open links too. Raises LinkGone."""
    link = _find(secret, at)
    order = link.order
    is_open = not link.used_at and order.status == Status.NEW
    hours = calltasks.hours_of(order.zone, Shop.current())
    return Question(order, link, is_open, offered(hours, at), hours.zone)


@transaction.atomic(durable=True)
def answer_confirm(secret: str, *, at: datetime) -> Order:
    """The customer agrees; the call is not needed any more. Raises LinkGone, NothingToAnswer."""
    order, link, by = _take(secret, at)
    lifecycle.move([order], Status.CONFIRMED, by=by, at=at, why=lifecycle.Why(reason=BY_LINK))
    _use(link, AnswerLink.Said.CONFIRMED, at)
    return order


@transaction.atomic(durable=True)
def answer_cancel(secret: str, reason: str, *, at: datetime) -> Order:
    """The customer does not want it; its goods are free at once. Raises LinkGone, NothingToAnswer."""
    order, link, by = _take(secret, at)
    lifecycle.move([order], Status.CANCELLED, by=by, at=at, why=lifecycle.Why(reason=CancelReason(reason)))
    _use(link, AnswerLink.Said.CANCELLED, at)
    return order


@transaction.atomic(durable=True)
def answer_later(secret: str, hour: datetime, *, at: datetime) -> Order:
    """The customer wants to be rung at another hour: the call waits until then. Raises NoSuchHour as well."""
    order, link, by = _take(secret, at)
    if hour not in offered(calltasks.hours_of(order.zone, Shop.current()), at):
        raise NoSuchHour
    tasks = list(CallTask.objects.locked(order=order, mode__in=calltasks.AGREE, closed_at=None))
    if not tasks:
        raise NothingToAnswer
    journal.record([journal.Entry("call.asked_for", order, {"hour": hour.isoformat()})], by=by, at=at)
    CallTask.objects.filter(pk__in=[task.pk for task in tasks]).update(
        due_at=hour, stage=CallTask.Stage.CALLBACK, reminded_at=None
    )
    _use(link, AnswerLink.Said.LATER, at)
    return order


def offered(hours: calltasks.Hours, at: datetime) -> list[datetime]:
    """Give the hours that may be chosen: the next days, on the customer's clock, inside their own hours."""
    days = [hours.day(at) + timedelta(days=ahead) for ahead in range(DAYS_AHEAD)]
    found = [hours.instant(on, clock) for on in days for clock in CLOCKS]
    return [hour for hour in found if hour > at + timedelta(minutes=30) and hours.allow(hour)]


def _find(secret: str, at: datetime) -> AnswerLink:
    link = AnswerLink.objects.select_related("order").filter(digest=digest_of(secret)).first()
    if link is None or link.expires_at <= at:
        raise LinkGone
    return link


def _take(secret: str, at: datetime) -> tuple[Order, AnswerLink, Actor]:
    """Lock the order, then its link: of two answers at once the second finds the link used."""
    found = _find(secret, at)
    order = Order.objects.lock(found.order_id)
    link = AnswerLink.objects.locked(digest=found.digest).get()
    if link.used_at is not None or order.status != Status.NEW:
        raise NothingToAnswer
    return order, link, Actor("customer", order.customer_id or 0)


def _use(link: AnswerLink, said: str, at: datetime) -> None:
    AnswerLink.objects.filter(pk=link.pk).update(used_at=at, said=said)
