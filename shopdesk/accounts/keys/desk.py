"""Making, replacing and revoking keys. Each deed stands in the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Channel, Courier
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.strict import read_whole
from shopdesk.people import tokens
from shopdesk.people.models import ApiToken, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note


class UnknownHolder(DomainError):
    """Nobody and nothing of the shop is called that."""

    sentence = _("There is no such channel, courier or person.")


class KeyEnded(DomainError):
    """The key is not in force any more."""

    sentence = _("This key is not in force any more.")
    next_step = _("Make a new one.")


class ReplacedAlready(DomainError):
    """A key and the one that replaces it are two in force; a third would let nobody know which is used."""

    sentence = _("This key is being replaced already.")
    next_step = _("Revoke the old one first, then replace the new one.")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key to be made. `holder` is (kind, code), for a person the code is their id."""

    name: str
    holder: tuple[str, str]
    scopes: Sequence[str] = ()
    addresses: Sequence[str] = ()
    expires_at: datetime | None = None


@transaction.atomic(durable=True)
def make(new: NewKey, *, by: Actor, at: datetime) -> tuple[ApiToken, str]:
    """Make a key. Gives its row and its text, which is shown once.

    Raises UnknownHolder, UnknownScope, UnknownAddress.
    """
    kind, code = new.holder
    person = _holder(kind, code)
    terms = tokens.Terms(new.scopes, new.addresses, new.expires_at)
    row, text = tokens.make(name=new.name, kind=kind, code="" if person else code, user=person, terms=terms, at=at)
    note(Note(Deed.TOKEN_MADE, ("token", row.pk), after=told(row)), by=by, at=at)
    return row, text


@transaction.atomic(durable=True)
def replace(pk: int, *, overlap: timedelta, by: Actor, at: datetime) -> tuple[ApiToken, str]:
    """Make the key that follows this one; the old one goes on for `overlap`, so that nothing stands still.

    Raises KeyEnded, ReplacedAlready.
    """
    old = ApiToken.objects.locked(pk=pk).get()
    _refuse_ended(old, at)
    followers = ApiToken.objects.filter(replaces=old)
    if followers.exists() or (old.replaces is not None and is_live(old.replaces, at)):
        raise ReplacedAlready
    terms = tokens.Terms(old.scopes, old.addresses, old.expires_at, replaces=old)
    row, text = tokens.make(name=old.name, kind=old.kind, code=old.code, user=old.user, terms=terms, at=at)
    until = min(at + overlap, old.expires_at) if old.expires_at else at + overlap
    ApiToken.objects.filter(pk=old.pk).update(expires_at=until)
    made = Note(Deed.TOKEN_MADE, ("token", row.pk), after=told(row) | {"replaces": old.pk})
    before, after = {"until": _moment(old.expires_at)}, {"until": _moment(until)}
    note(made, Note(Deed.TOKEN_CHANGED, ("token", old.pk), before=before, after=after), by=by, at=at)
    return row, text


@transaction.atomic(durable=True)
def revoke(pk: int, *, by: Actor, at: datetime) -> ApiToken:
    """End a key now: its next request is refused. A key that was revoked before stays as it is."""
    row = ApiToken.objects.locked(pk=pk).get()
    if row.revoked_at is None:
        row.revoked_at = at
        row.save(update_fields=["revoked_at"])
        note(Note(Deed.TOKEN_REVOKED, ("token", row.pk), before=told(row)), by=by, at=at)
    return row


def is_live(row: ApiToken, at: datetime) -> bool:
    """Tell whether a key is in force."""
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > at)


def told(row: ApiToken) -> dict[str, Code]:
    """Say what a key may, in codes: whose it is by reference, never its text."""
    return {
        "kind": row.kind,
        "code": row.code,
        "person": row.user_id,
        "scopes": row.scopes,
        "addresses": row.addresses,
        "until": _moment(row.expires_at),
    }


def _holder(kind: str, code: str) -> User | None:
    """Find whose key it will be; a person, or nobody for a machine. Raises UnknownHolder."""
    if kind == ApiToken.Owner.USER and (key := read_whole(code)) is not None:
        person = User.objects.filter(pk=key, is_active=True).first()
        if person is not None:
            return person
    machines = {ApiToken.Owner.CHANNEL.value: Channel.objects, ApiToken.Owner.COURIER.value: Courier.objects}
    if kind not in machines or not machines[kind].filter(code=code).exists():
        raise UnknownHolder
    return None


def _refuse_ended(row: ApiToken, at: datetime) -> None:
    if not is_live(row, at):
        raise KeyEnded


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
