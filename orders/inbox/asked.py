"""What shops say at doors that answer at once: kept raw before anything is made of it, marked with what became of it.

The door itself applies it, in its own words; a sweep of that door does so when the door was cut off in the middle, or
when somebody at the desk lets it be applied again.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from orders.inbox.applying import Verdict
from orders.models import Channel, InboundMessage
from shopdesk.base import tries

State, Source = InboundMessage.State, InboundMessage.Source
A_MOMENT = timedelta(minutes=2)  # as long as a door may still be at it
SETTLED = ("state", "reason", "detail", "external_id", "order_id", "customer_id", "understood", "decided_at")
ABOUT = "about"  # names in `detail` the row that a message was done for


class DoneBefore(Exception):
    """Somebody else did what a message says while this one was at it."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One thing a shop said at a door: for which channel, about what, its text as it came. `names`: which order."""

    channel: Channel
    topic: str
    body: str
    names: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cause:
    """The message for which something is done: locked and marked in the transaction that does it, so it is once.

    Without a message there is nothing to lock and to mark.
    """

    row: InboundMessage | None = None
    understood: Mapping[str, Any] | None = None

    def lock(self) -> None:
        """Have it alone until the transaction ends. Raises DoneBefore. It comes before every other lock."""
        if self.row is None:
            return
        row = InboundMessage.objects.locked(pk=self.row.pk).get()
        if row.state != State.RECEIVED or row.order_id or row.customer_id:
            raise DoneBefore

    def is_overtaken(self, about: str) -> bool:
        """Tell whether a later message of the same row is done already. Ask it with that row locked."""
        if self.row is None:
            return False
        later = InboundMessage.objects.filter(channel=self.row.channel_id, received_at__gte=self.row.received_at)
        return later.filter(pk__gt=self.row.pk, detail__about=about).exclude(order=None, customer=None).exists()

    def mark(self, verdict: Verdict, about: str, *, at: datetime) -> None:
        """Write what became of it. `about` names the row that it was done for."""
        if self.row is None:
            return
        detail = dict(verdict.detail) | {ABOUT: about}
        whole = Verdict(
            verdict.state, verdict.reason, detail, verdict.external_id, verdict.order, self.understood, verdict.customer
        )
        settle([(self.row, whole)], at=at)


UNASKED = Cause()


@transaction.atomic(durable=True)
def keep(heard: Heard, *, at: datetime) -> InboundMessage:
    """Keep what a shop said, before it is read."""
    row = _row(heard, at)
    row.save(force_insert=True)
    return row


@transaction.atomic(durable=True)
def keep_parts(whole: InboundMessage, bodies: Sequence[str], topic: str, *, at: datetime) -> list[InboundMessage]:
    """Keep what is in a batch, each a message of its own."""
    rows = [_row(Heard(whole.channel, topic, body), at) for body in bodies]
    for place, row in enumerate(rows):
        row.source, row.part_of, row.delivery_id = Source.PART, whole, f"part:{whole.pk}:{place}"
    InboundMessage.objects.bulk_create(rows)
    return rows


def settle(decided: Sequence[tuple[InboundMessage, Verdict]], *, at: datetime) -> None:
    """Mark messages with what became of them, in one statement."""
    for row, verdict in decided:
        row.state, row.reason, row.detail = verdict.state, verdict.reason, dict(row.detail) | dict(verdict.detail)
        row.external_id, row.order_id = verdict.external_id or row.external_id, verdict.order
        row.customer_id, row.understood, row.decided_at = verdict.customer, verdict.understood, at
    InboundMessage.objects.bulk_update([row for row, _verdict in decided], SETTLED)


def left_over(begins: str, *, at: datetime, limit: int = 100) -> list[int]:
    """Give the messages of a door, by how their topic begins, that nobody has applied and nobody is at."""
    rows = InboundMessage.objects.filter(state=State.RECEIVED, topic__startswith=begins, received_at__lt=at - A_MOMENT)
    return list(rows.order_by("attempts", "pk").values_list("pk", flat=True)[:limit])


@contextmanager
def tried(pk: int, *, at: datetime) -> Iterator[InboundMessage | None]:
    """Count a try and give the message; None when it is decided, or was tried so often that it is given up."""
    waits = InboundMessage.objects.filter(pk=pk, state=State.RECEIVED)
    with tries.counted(waits) as may_try:
        if may_try:
            yield InboundMessage.objects.select_related("channel").get(pk=pk)
            return
        if (row := waits.first()) is not None:  # which order it names stays with it: it may be applied again
            stumbled = Verdict(State.FAILED, "stumbled", {"times": tries.MOST}, row.external_id, row.order_id)
            settle([(row, stumbled)], at=at)
        yield None


def _row(heard: Heard, at: datetime) -> InboundMessage:
    body = heard.body.replace("\x00", "\ufffd")
    return InboundMessage(
        channel=heard.channel, source=Source.WEBHOOK, topic=heard.topic, body=body, received_at=at,
        body_hash=hashlib.sha256(heard.body.encode("utf-8", "replace")).hexdigest(), detail=dict(heard.names),
        is_cleaned=body != heard.body,
    )  # fmt: skip
