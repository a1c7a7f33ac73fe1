"""Keeping: what a shop sends is stored as it came before anything is made of it, and acknowledged at once."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from orders import channels
from orders.inbox import secrets
from orders.models import Channel, Connection, InboundMessage
from shopdesk.base.errors import DomainError
from shopdesk.base.wake import wake

SWEEP_NAME = "orders.tasks.apply_inbox"
DECLARED = re.compile(rb"""<\?xml[^>]{0,100}encoding=["']([A-Za-z0-9._-]{1,40})""")
PING = re.compile(rb"webhook_id=[0-9]{1,20}")  # WooCommerce sends it unsigned when a webhook is saved


class NotSigned(DomainError):
    """Nobody knows who sent it: there is no such channel, or its signature is not over these bytes."""

    sentence = _("The signature does not fit.")
    next_step = _("Compare the secret in the shop with the one on the channel's page.")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message at the door: for which channel, its bytes, and how the shop named and signed it."""

    code: str
    body: bytes
    headers: Mapping[str, str]


def keep(arrival: Arrival, *, at: datetime) -> InboundMessage | None:
    """Check the signature over the raw bytes and keep the message. The same delivery again is the same message.

    Gives None for a question whether the desk is there. Raises NotSigned.
    """
    own = Connection.objects.select_related("channel").filter(pk=arrival.code).first()
    speaks = channels.dialect(own.channel if own else Channel(kind=Channel.Kind.API))
    signature = arrival.headers.get(speaks.SIGNATURE, "")
    if not signature and (not arrival.body or PING.fullmatch(arrival.body)):
        # The same answer where there is no such channel: nobody learns from it which there are.
        Connection.objects.filter(pk=arrival.code).update(pinged_at=at)
        return None
    if not is_signed(arrival.body, signature, secrets.signing(own, at=at)) or own is None:
        raise NotSigned
    topic, delivery = arrival.headers.get(speaks.TOPIC, ""), arrival.headers.get(speaks.DELIVERY, "")
    return _store(own.channel, arrival.body, topic[:60], delivery[:100], at)


def is_signed(body: bytes, signature: str, known: Sequence[str]) -> bool:
    """Tell whether a signature is one of ours over these bytes. All secrets are tried, so that time tells nothing."""
    try:
        given = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        given = b""
    fits = [hmac.compare_digest(hmac.digest(secret.encode(), body, "sha256"), given) for secret in known or [""]]
    return any(fits) and bool(known)


@transaction.atomic(durable=True)
def keep_fetched(channel: Channel, bodies: Iterable[tuple[str, str]], *, topic: str, at: datetime) -> int:
    """Keep what the desk fetched itself: (what makes it one of its kind, body). What was fetched before adds nothing.

    Gives how many were new.
    """
    rows = [
        InboundMessage(
            channel=channel, source=InboundMessage.Source.POLL, topic=topic, delivery_id=f"poll:{mark}"[:100],
            body=body, body_hash=hashlib.sha256(body.encode()).hexdigest(), received_at=at,
        )
        for mark, body in bodies
    ]  # fmt: skip
    marks = [row.delivery_id for row in rows]
    known = set(
        InboundMessage.objects.filter(channel=channel, delivery_id__in=marks).values_list("delivery_id", flat=True)
    )
    fresh = [row for row in rows if row.delivery_id not in known]
    InboundMessage.objects.bulk_create(fresh, ignore_conflicts=True)
    if fresh:
        wake(SWEEP_NAME)
    return len(fresh)


@transaction.atomic(durable=True)
def keep_test(channel: Channel, body: str, *, at: datetime) -> InboundMessage:
    """Keep a message that somebody at the desk sends to see that the channel works. Each is a new one."""
    wake(SWEEP_NAME)
    return InboundMessage.objects.create(
        channel=channel, source=InboundMessage.Source.TEST, topic="test", body=body,
        body_hash=hashlib.sha256(body.encode()).hexdigest(), received_at=at,
    )  # fmt: skip


def as_text(body: bytes) -> tuple[str, bool]:
    """Give the bytes as text that can be stored, and whether some could not be: in UTF-8, or as an XML head says."""
    declared = DECLARED.match(body.lstrip()[:200])
    try:
        text = body.decode(declared[1].decode() if declared else "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        text = body.decode("utf-8", "replace")
        return text.replace("\x00", "\ufffd"), True
    return text.replace("\x00", "\ufffd"), "\x00" in text


@transaction.atomic(durable=True)
def _store(channel: Channel, body: bytes, topic: str, delivery: str, at: datetime) -> InboundMessage:
    text, is_cleaned = as_text(body)
    row = InboundMessage(
        channel=channel, source=InboundMessage.Source.WEBHOOK, topic=topic, delivery_id=delivery, body=text,
        body_hash=hashlib.sha256(body).hexdigest(), is_cleaned=is_cleaned, received_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        same = InboundMessage.objects.filter(channel=channel, delivery_id=delivery)
        same.update(times=F("times") + 1)
        return same.get()
    wake(SWEEP_NAME)
    return row
