"""Deciding about messages: each waiting row once, under the caps, inside the customer's hours, never too late.

A row is marked `sending` before the provider is called. Whoever finds it so later does not know whether it went out:
it becomes `unknown`, is shown, and no machine sends it again.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from orders import calltasks, contacts, journal
from orders.messages.wording import ALLOWED, write
from orders.models import (
    AnswerLink,
    CallTask,
    CustomerPhone,
    Message,
    MessageKind,
    MessageRule,
    Order,
    Route,
    Shop,
)
from orders.status import Status
from shopdesk.base.access import SWEEP

MOST_AT_ONCE: Final = 200
STALE_AFTER: Final = {
    MessageKind.NOT_REACHED: timedelta(hours=12),
    MessageKind.CONFIRMED: timedelta(hours=24),
    MessageKind.HANDED_OVER: timedelta(hours=24),
    MessageKind.WAITING: timedelta(hours=48),
}
# While the order is there, the message is true.
TRUE_WHILE: Final = {
    MessageKind.NOT_REACHED: {Status.NEW},
    MessageKind.CONFIRMED: {Status.CONFIRMED, Status.PICKING, Status.PACKED},
    MessageKind.HANDED_OVER: {Status.HANDED_OVER},
    MessageKind.WAITING: {Status.HANDED_OVER},
}
LINK_LASTS: Final = timedelta(hours=48)
SECRET_BYTES: Final = 24  # 192 random bits
GIVEN_UP_AFTER: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is to be sent now, by this worker and by nobody else."""

    message_id: int
    route: str
    address: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)


def waiting(*, at: datetime) -> list[int]:
    """Give the messages whose hour has come, the oldest first."""
    due = Message.objects.filter(state=Message.State.WAITING, due_at__lte=at)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE])


@transaction.atomic(durable=True)
def decide(message_id: int, *, at: datetime) -> Outgoing | None:
    """Mark a waiting message as being sent and give it, or drop it, or let it wait for the customer's hours.

    Two workers at once: the second finds it decided. Gives None when there is nothing to send.
    """
    message = Message.objects.select_related("order").filter(pk=message_id).first()
    if message is None or message.state != Message.State.WAITING or message.due_at > at:
        return None
    order, shop = message.order, Shop.current()
    # Two messages to one phone wait for each other here, so that both cannot slip under the cap together.
    list(CustomerPhone.objects.locked(phone=order.contact_phone))
    hours = calltasks.hours_of(order.zone, shop)
    rule = MessageRule.objects.filter(kind=message.kind).first()
    route = _route(rule, order)
    if why := _why_not(message, rule, route, hours, shop, at):
        _settle(message, Message.State.DROPPED, at, why=why)
        return None
    if not hours.allow(at):
        Message.objects.filter(pk=message.pk, state=Message.State.WAITING).update(due_at=hours.next(at))
        return None
    if not _settle(message, Message.State.SENDING, at, route=route):
        return None
    address = order.contact_email if route == Route.EMAIL else order.contact_phone
    link = _make_link(message, at) if "link" in ALLOWED[message.kind] else ""
    return Outgoing(message.pk, route, address, *write(message.kind, order, shop, link=link, at=at))


@transaction.atomic(durable=True)
def mark(message_id: int, state: str, *, at: datetime) -> bool:
    """Keep what became of a message that was being sent. Tells whether it was still that."""
    why = Message.Why.PROVIDER if state == Message.State.FAILED else Message.Why.NONE
    sent_at = at if state == Message.State.SENT else None
    changed = Message.objects.filter(pk=message_id, state=Message.State.SENDING).update(
        state=state, why=why, sent_at=sent_at
    )
    if changed:
        message = Message.objects.get(pk=message_id)
        told: dict[str, journal.Code] = {"message": message.pk, "kind": message.kind, "route": message.route}
        told["state"] = state
        journal.record([journal.Entry("message.sent", data=told, subject=("order", message.order_id))], by=SWEEP, at=at)
    return bool(changed)


@transaction.atomic(durable=True)
def give_up(*, at: datetime) -> int:
    """Say of messages whose worker stopped in the middle that nobody knows whether they went out. Gives how many."""
    stopped = Message.objects.filter(state=Message.State.SENDING, decided_at__lt=at - GIVEN_UP_AFTER)
    return stopped.update(state=Message.State.UNKNOWN, why=Message.Why.CRASH)


def _route(rule: MessageRule | None, order: Order) -> str:
    """Give the first way of the rule by which this customer can be reached and that the shop has a provider for."""
    for route in rule.routes if rule else ():
        if route == Route.EMAIL:
            if order.contact_email:
                return str(route)
        elif order.contact_phone and gateways(route):
            return str(route)
    return ""


def gateways(route: str) -> list[str]:
    """Give the addresses of the providers of a way: `NOTIFY_URLS` names them as `sms=…` and `messenger=…`."""
    return [url.partition("=")[2] for url in settings.NOTIFY_URLS if url.partition("=")[0] == route]


def _why_not(
    message: Message, rule: MessageRule | None, route: str, hours: calltasks.Hours, shop: Shop, at: datetime
) -> str:
    """Say why a message is not sent at all, or nothing."""
    if rule is None or not rule.active:
        return Message.Why.OFF
    if at - message.occasion_at > STALE_AFTER[MessageKind(message.kind)]:
        return Message.Why.STALE
    if not _is_true(message):
        return Message.Why.GONE
    if not route:
        return Message.Why.NO_WAY
    return Message.Why.CAP if _is_enough(message.order, route, hours, shop.contacts_a_day, at) else ""


def _is_true(message: Message) -> bool:
    """Tell whether what the message says is so now."""
    if message.order.status not in TRUE_WHILE[MessageKind(message.kind)]:
        return False
    if message.kind != MessageKind.NOT_REACHED:
        return True
    return CallTask.objects.filter(order=message.order, mode__in=calltasks.AGREE, closed_at=None).exists()


def _is_enough(order: Order, route: str, hours: calltasks.Hours, most: int, at: datetime) -> bool:
    """Tell whether the order's phone heard enough of us on this day of its customer's. A mail rings nowhere."""
    if route not in contacts.TO_A_PHONE:
        return False
    heard = contacts.lately(order.contact_phone, at)
    return sum(hours.day(one) == hours.day(at) for one in (*heard.calls, *heard.messages)) >= most


def _settle(message: Message, state: str, at: datetime, *, route: str = "", why: str = "") -> bool:
    """Decide about a message, if nobody did yet."""
    waiting_still = Message.objects.filter(pk=message.pk, state=Message.State.WAITING)
    return bool(waiting_still.update(state=state, route=route, why=why, decided_at=at))


def _make_link(message: Message, at: datetime) -> str:
    """Make the link by which the customer answers. Only its digest stays here."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    AnswerLink.objects.create(
        digest=digest_of(secret), order_id=message.order_id, message=message, made_at=at, expires_at=at + LINK_LASTS
    )
    return settings.PUBLIC_URL + reverse("answer", args=[secret])


def digest_of(secret: str) -> str:
    """Give what is kept of a link's secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
