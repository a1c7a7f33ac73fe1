"""What couriers' machines send, and what they answer when asked: kept first, understood later, each thing once."""

import hashlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from delivery import accounts, tracking
from delivery.couriers.base import CourierRefused, CourierSilent, NotSigned, NotUnderstood, Signed
from delivery.couriers.known import adapter_of
from delivery.models import CourierAccount, CourierMessage, Waybill
from orders.status import Status
from shopdesk.base import securitylog, tries
from shopdesk.base.access import NOBODY, Actor
from shopdesk.base.errors import Missing, Refusal
from shopdesk.base.wake import wake

COURIER = Actor("courier")
State = CourierMessage.State
ASKED_ABOUT = (Status.PACKED, Status.HANDED_OVER, Status.RETURNING)


@transaction.atomic(durable=True)
def keep(courier: str, message: Signed, *, at: datetime) -> CourierMessage:
    """Keep a webhook as it came; a sweep reads it. The same body again is counted and changes nothing.

    Raises Missing for a courier that is not here and for a wrong signature: the two look the same from outside.
    """
    account = CourierAccount.objects.filter(courier=courier).first()
    if account is None:
        raise Missing
    try:
        adapter_of(account).check(message, accounts.hook_secret_of(account), at=at)
    except NotSigned:
        securitylog.tell("signature.wrong", by=NOBODY.actor, target=("courier", courier))
        raise Missing from None
    digest = hashlib.sha256(message.body).hexdigest()
    # What is no UTF-8, or cannot be stored, is written out, so that a person can still see what came.
    body = message.body.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    row, fresh = CourierMessage.objects.get_or_create(
        courier_id=courier, sha256=digest, defaults={"body": body, "at": at}
    )
    if not fresh:
        CourierMessage.objects.filter(pk=row.pk).update(times=F("times") + 1)
    CourierAccount.objects.filter(pk=account.pk).update(heard_at=at)
    wake("delivery.tasks.read_messages")
    return row


def waiting(limit: int) -> list[CourierMessage]:
    """Give what was kept and not read yet: what was tried less often first, so that one that trips stops no other."""
    rows = CourierMessage.objects.filter(state=State.RECEIVED).order_by("tries", "pk")[:limit]
    return list(rows.select_related("courier__account"))


def read_next(row: CourierMessage, *, at: datetime) -> CourierMessage:
    """Read one that waits; what kills the worker is given up after the fifth try."""
    waits = CourierMessage.objects.filter(pk=row.pk, state=State.RECEIVED)
    with tries.counted(waits, "tries") as may_try:
        if may_try:
            return read(row, at=at)
        # Another sweep may have read it since this one looked: what is decided stays as it is.
        why = _("The desk stumbled over it %(times)s times; its makers should see it.") % {"times": tries.MOST}
        waits.update(state=State.FAILED, why=why, events=0)
    row.refresh_from_db(fields=["state", "why", "events"])
    return row


def read(row: CourierMessage, *, at: datetime) -> CourierMessage:
    """Read one message and apply what it says. Again, also after a crash in between: each event counts once."""
    try:
        events = adapter_of(row.courier.account).read(row.body.encode())
        tracking.take_in(row.courier_id, events, by=COURIER, at=at)
    except Refusal as refusal:
        return _settle(row, State.FAILED, why=str(refusal)[:200])
    return _settle(row, State.APPLIED if events else State.IGNORED, events=len(events))


def read_again(message_id: int, *, at: datetime) -> CourierMessage:
    """Read a message once more, as a person asks after something was mended. Raises Missing."""
    row = CourierMessage.objects.select_related("courier__account").filter(pk=message_id).exclude(body="").first()
    if row is None:
        raise Missing
    return read(row, at=at)


def ask_for_news(limit: int, *, at: datetime) -> int:
    """Ask couriers who are to be asked about the waybills that are longest unasked. Gives how many were answered."""
    answered = 0
    for account in CourierAccount.objects.filter(poll_minutes__gt=0).select_related("courier"):
        for waybill in _due_for_asking(account, at)[:limit]:
            if not _claim(waybill, at):
                continue
            answered += _ask_about(account, waybill, at=at)
    return answered


def _ask_about(account: CourierAccount, waybill: Waybill, *, at: datetime) -> bool:
    line = accounts.open_line(account, at=at)
    try:
        events = adapter_of(account).poll(line, waybill.number)
    except (CourierSilent, CourierRefused, NotUnderstood):
        return False  # asked again when its minutes are over; a courier that stays silent is a queue of its own
    finally:
        accounts.keep_token(account, line)
    tracking.take_in(account.courier_id, events, by=COURIER, at=at)
    return True


def _due_for_asking(account: CourierAccount, at: datetime) -> list[Waybill]:
    before = at - timedelta(minutes=account.poll_minutes)
    due = Q(polled_at=None) | Q(polled_at__lte=before)
    rows = Waybill.objects.filter(due, courier=account.courier_id, state=Waybill.State.MADE)
    rows = rows.filter(order__status__in=ASKED_ABOUT).exclude(number="")
    return list(rows.order_by(F("polled_at").asc(nulls_first=True), "pk")[:500])


def _claim(waybill: Waybill, at: datetime) -> bool:
    """Take a waybill's turn: of two sweeps at once one asks."""
    return bool(Waybill.objects.filter(pk=waybill.pk, polled_at=waybill.polled_at).update(polled_at=at))


def _settle(row: CourierMessage, state: State, *, why: str = "", events: int = 0) -> CourierMessage:
    row.state, row.why, row.events = state, why, events
    row.save(update_fields=["state", "why", "events"])
    return row
