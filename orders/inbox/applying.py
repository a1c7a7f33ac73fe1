"""Applying: a sweep takes kept messages, each once, and marks it in the transaction that does what it says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction

from orders import channels
from orders.channels.reading import Unreadable
from orders.channels.said import Heard, Said, SaidGone, SaidMany, SaidNothing, SaidRefunded
from orders.inbox import sides
from orders.inbox.keeping import SWEEP_NAME
from orders.models import InboundMessage
from shopdesk.base import retold, tries
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing, Refusal
from shopdesk.base.wake import wake

State, Source = InboundMessage.State, InboundMessage.Source
AT_ONCE = 500
OWN_DOOR = "v5/"
V5_SWEEP = "shopdesk.retailcrm.tasks.apply_left_over"
MOST_REPLAYED = 500
A_RUN = timedelta(seconds=50)


class NothingToReplay(DomainError):
    """The text of the message is gone, so there is nothing to apply."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a message: its state, why (a stable word), and what it was about."""

    state: str
    reason: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    external_id: str = ""
    order: int | None = None
    understood: Any = None
    customer: int | None = None  # of a message that is about no order


def waiting(limit: int = AT_ONCE) -> list[int]:
    """Give the messages that wait: those tried less often first, so that one that trips the desk stops no other."""
    # What was said at a door that answers at once is that door's to apply (`asked`).
    rows = InboundMessage.objects.filter(state=State.RECEIVED).exclude(topic__startswith=OWN_DOOR)
    rows = rows.order_by("attempts", "pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def apply_next(pk: int, *, at: datetime) -> bool:
    """Try one message; what kills the worker is given up after the fifth try.

    Gives whether the message is decided. Of two sweeps with the same one the second finds it decided.
    """
    waits = InboundMessage.objects.filter(pk=pk, state=State.RECEIVED)
    with tries.counted(waits) as may_try:
        if not may_try:
            waits.update(state=State.FAILED, reason="stumbled", detail={"times": tries.MOST}, decided_at=at)
            return True
        try:
            apply(pk, at=at)
        except IntegrityError:
            return False  # somebody took in the same order or phone at the same moment: the next sweep finds theirs
    return True


@transaction.atomic(durable=True)
def apply(pk: int, *, at: datetime) -> InboundMessage:
    """Do what a message says and mark it, in one transaction. One that is decided stays as it is. Raises Missing."""
    message = InboundMessage.objects.select_related("channel").locked(pk=pk).first()
    if message is None:
        raise Missing
    if message.state != State.RECEIVED:
        return message
    try:
        with transaction.atomic():  # what was begun before a refusal is undone, and the refusal is kept
            verdict = _decide(message, at)
    except Unreadable as refusal:
        verdict = Verdict(State.FAILED, refusal.reason)
    except Refusal as refusal:
        verdict = Verdict(State.FAILED, "refused", {"told": [retold.keep(refusal)]})
    _mark(message, verdict, at)
    return message


@transaction.atomic(durable=True)
def replay(keys: Sequence[int], *, by: Actor, at: datetime) -> int:
    """Let messages be applied anew. Gives how many; what they say already stands changes nothing a second time."""
    rows = InboundMessage.objects.locked(pk__in=list(keys)[:MOST_REPLAYED]).exclude(state=State.RECEIVED)
    chosen = [row.pk for row in rows if row.body]
    InboundMessage.objects.filter(pk__in=chosen).update(state=State.RECEIVED, attempts=0, reason="", decided_at=None)
    for sweep in (SWEEP_NAME, V5_SWEEP):
        wake(sweep)
    return len(chosen)


def _decide(message: InboundMessage, at: datetime) -> Verdict:
    if not message.body:
        return Verdict(State.FAILED, "emptied")
    # A test message says nothing but that it is one, whichever shop's words the channel speaks.
    if message.source == Source.TEST:
        return Verdict(State.APPLIED, "test")
    heard: Heard = channels.hear(message.channel, message.topic, message.body, message.received_at)
    if isinstance(heard, SaidMany):
        return _split(message, heard, at)
    if isinstance(heard, SaidNothing):
        state = State.APPLIED if heard.reason == "test" else State.IGNORED
        return Verdict(state, heard.reason, dict(heard.detail))
    return _about_an_order(message, heard, at)


def _about_an_order(message: InboundMessage, heard: Said | SaidGone | SaidRefunded, at: datetime) -> Verdict:
    outcome = sides.hear(message, heard, at=at)
    is_news = outcome.reason not in {"older", "same", "echo"}
    if isinstance(heard, Said) and heard.is_cleaned:
        message.is_cleaned = True
    understood = heard.stored if isinstance(heard, Said) else {"external_id": heard.external_id}
    return Verdict(
        State.APPLIED if is_news else State.IGNORED, outcome.reason, external_id=heard.external_id,
        order=outcome.order, understood=understood,
    )  # fmt: skip


def _split(message: InboundMessage, heard: SaidMany, at: datetime) -> Verdict:
    """Make each order of a batch a message of its own; they are applied by the sweep that finds them."""
    rows = [
        InboundMessage(
            channel=message.channel, source=Source.PART, topic=message.topic, part_of=message, received_at=at,
            delivery_id=f"part:{message.pk}:{place}", body=_written(part), body_hash=message.body_hash,
        )
        for place, part in enumerate(heard.parts)
    ]  # fmt: skip
    InboundMessage.objects.bulk_create(rows, ignore_conflicts=True)
    wake(SWEEP_NAME)
    return Verdict(State.APPLIED, "split", {"n": len(rows)})


def _written(part: Any) -> str:
    return json.dumps(part, cls=DjangoJSONEncoder, ensure_ascii=False).replace("\x00", "\ufffd")


def _mark(message: InboundMessage, verdict: Verdict, at: datetime) -> None:
    message.state, message.reason, message.detail = verdict.state, verdict.reason, dict(verdict.detail)
    message.external_id, message.order_id = verdict.external_id or message.external_id, verdict.order
    message.understood, message.decided_at = verdict.understood, at
    message.save(
        update_fields=["state", "reason", "detail", "external_id", "order", "understood", "decided_at", "is_cleaned"]
    )
