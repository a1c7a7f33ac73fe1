"""What the owner does with endpoints: make, change, a new secret, pause, resume, end, try, send again."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import feed
from shopdesk.base import outgoing
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.sealed import new_endpoint_secret, seal
from shopdesk.base.wake import wake
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, looks_personal, note
from shopdesk.webhooks.models import Endpoint, Message
from shopdesk.webhooks.pausing import pause
from shopdesk.webhooks.planning import PLAN, SEND, make_test

__all__ = ["Terms", "change", "change_secret", "end", "make", "pause", "resume", "send_again", "send_test"]
MOST = 20  # endpoints in force
OVERLAP = timedelta(hours=24)  # in which the old secret signs as well


class TooManyEndpoints(DomainError):
    """Each endpoint costs a message for every event."""

    sentence = _("There are %(most)s endpoints already.")
    next_step = _("End one that is not needed any more.")


class BodyForgotten(DomainError):
    """What was told a month ago is not kept."""

    sentence = _("What this message said is not kept any more.")
    next_step = _("The other side can read the changes since then from the feed.")


@dataclass(frozen=True, slots=True)
class Terms:
    """Where, and of what, an endpoint is told. `channel` None: of the orders of all channels."""

    name: str
    url: str
    kinds: Sequence[str]
    channel: str | None = None


def make(terms: Terms, *, by: Actor, at: datetime) -> tuple[Endpoint, str]:
    """Tell another address from now on. Gives its row and its secret, which is shown once.

    Raises AddressRefused, TooManyEndpoints.
    """
    outgoing.check_named(terms.url)
    feed.publish()  # what happened before has its place, and is not told
    return _make(terms, by=by, at=at)


@transaction.atomic(durable=True)
def _make(terms: Terms, *, by: Actor, at: datetime) -> tuple[Endpoint, str]:
    if Endpoint.objects.filter(ended_at=None).count() >= MOST:
        raise TooManyEndpoints(detail={"most": MOST})
    begins = feed.position()
    row = Endpoint.objects.create(
        name=terms.name, url=terms.url, kinds=sorted(terms.kinds), channel_id=terms.channel, secret="",
        since=begins, planned_to=begins, made_by_id=by.id if by.kind == "person" else None, made_at=at,
    )  # fmt: skip
    secret = _give_secret(row)
    made = Note(Deed.SETTINGS_CHANGED, ("endpoint", row.pk), after=_told(row))
    note(made, Note(Deed.SECRET_MADE, ("endpoint", row.pk)), by=by, at=at)
    return row, secret


@transaction.atomic(durable=True)
def change(pk: int, terms: Terms, *, by: Actor, at: datetime) -> Endpoint:
    """Tell it elsewhere, or of something else, from the next event on. Raises Missing, AddressRefused."""
    outgoing.check_named(terms.url)
    row = _locked(pk)
    before = _told(row)
    row.name, row.url, row.kinds, row.channel_id = terms.name, terms.url, sorted(terms.kinds), terms.channel
    row.since = row.planned_to
    row.save(update_fields=["name", "url", "kinds", "channel", "since"])
    note(Note(Deed.SETTINGS_CHANGED, ("endpoint", pk), before=before, after=_told(row)), by=by, at=at)
    wake(PLAN)
    return row


@transaction.atomic(durable=True)
def change_secret(pk: int, *, by: Actor, at: datetime) -> tuple[Endpoint, str]:
    """Make a new secret; for a day both sign. Gives the new one, which is shown once. Raises Missing."""
    row = _locked(pk)
    row.old_secret, row.old_until = row.secret, at + OVERLAP
    row.save(update_fields=["old_secret", "old_until"])
    secret = _give_secret(row)
    note(Note(Deed.SECRET_CHANGED, ("endpoint", pk)), by=by, at=at)
    return row, secret


@transaction.atomic(durable=True)
def resume(pk: int, *, by: Actor, at: datetime) -> Endpoint:
    """Send again, beginning with what was kept meanwhile. Raises Missing."""
    row = _locked(pk)
    row.paused_at, row.paused_why, row.rests_until = None, "", None
    row.save(update_fields=["paused_at", "paused_why", "rests_until"])
    Message.objects.filter(endpoint=row, state=Message.State.WAITING).update(due_at=at, first_tried_at=None)
    note(Note(Deed.SETTINGS_CHANGED, ("endpoint", pk), after={"paused": None}), by=by, at=at)
    wake(SEND)
    return row


@transaction.atomic(durable=True)
def end(pk: int, *, by: Actor, at: datetime) -> Endpoint:
    """Tell it nothing any more; what was not sent yet is dropped, and its list stays. Raises Missing."""
    row = _locked(pk)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    waiting = Message.objects.filter(endpoint=row, state=Message.State.WAITING)
    waiting.update(state=Message.State.DROPPED, ended_at=at)
    note(Note(Deed.SETTINGS_CHANGED, ("endpoint", pk), after={"ended": True}), by=by, at=at)
    return row


@transaction.atomic(durable=True)
def send_test(pk: int, *, at: datetime) -> Message:
    """Say hello to it. Raises Missing."""
    message = make_test(_locked(pk), at=at)
    message.save()
    wake(SEND)
    return message


@transaction.atomic(durable=True)
def send_again(pk: int, messages: Sequence[int], *, at: datetime) -> int:
    """Send ended messages once more, under the same id and with the same body. Gives how many.

    Raises Missing, BodyForgotten when a named one is not kept any more.
    """
    row = _locked(pk)
    found = Message.objects.locked(endpoint=row, pk__in=messages).exclude(state=Message.State.WAITING)
    chosen = list(found)
    if any(not message.body for message in chosen):
        raise BodyForgotten
    Message.objects.filter(pk__in=[message.pk for message in chosen]).update(
        state=Message.State.WAITING, due_at=at, first_tried_at=None, ended_at=None
    )
    wake(SEND)
    return len(chosen)


def _locked(pk: int) -> Endpoint:
    row = Endpoint.objects.locked(pk=pk, ended_at=None).first()
    if row is None:
        raise Missing
    return row


def _give_secret(row: Endpoint) -> str:
    secret = new_endpoint_secret()
    row.secret = seal(secret, purpose=row.purpose)
    row.save(update_fields=["secret"])
    return secret


def _told(row: Endpoint) -> dict[str, Code]:
    # An address may look like a phone (203.0.113.100, an account's number in a path): then only its print is noted.
    url = f"sha256:{hashlib.sha256(row.url.encode()).hexdigest()[:16]}" if looks_personal(row.url) else row.url
    return {"url": url, "kinds": list(row.kinds), "channel": row.channel_id}
