"""Channels: a shop is connected, its secret made and changed, what it is told switched on and off, a test sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import feed
from orders.inbox import applying, keeping, secrets
from orders.models import Channel, Connection, InboundMessage
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing
from shopdesk.base.money import KNOWN
from shopdesk.base.outgoing import check_url
from shopdesk.base.strict import form_identifier
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

OVERLAP = timedelta(days=1)  # the former secret goes on so long
MOST_MEANINGS = 60


class ChannelExists(DomainError):
    """The code is taken."""

    sentence = _("There is a channel with the code %(code)s already.")
    next_step = _("Open it, or choose another code.")


@dataclass(frozen=True, slots=True)
class NewChannel:
    """A shop to be connected. `zone`: IANA, empty for the shop's own."""

    code: str
    name: str
    kind: str
    currency: str
    country: str
    zone: str = ""
    contact: str = Channel.Contact.REQUIRED


@dataclass(frozen=True, slots=True)
class Terms:
    """What may be changed of a channel later. `meanings`: the shop's status -> order, lead, cancel."""

    name: str
    zone: str
    contact: str
    meanings: Mapping[str, str]
    buffer: int
    polls: bool
    tells_back: bool
    tells_stock: bool


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the shop is and what opens it; an empty key or secret stays what it was."""

    address: str
    key: str = ""
    secret: str = ""
    stock_place: str = ""


@transaction.atomic(durable=True)
def connect(new: NewChannel, *, by: Actor, at: datetime) -> tuple[Channel, str]:
    """Make a channel with a secret of its own. Gives the secret, shown once. Raises ChannelExists, Malformed."""
    code = form_identifier(new.code, max_length=32, pointer="/code")
    _check(new.currency, new.zone)
    if Channel.objects.filter(pk=code).exists():
        raise ChannelExists(detail={"code": code})
    channel = Channel.objects.create(
        code=code, name=new.name, kind=new.kind, currency=new.currency, country=new.country, zone=new.zone,
        contact=new.contact,
    )  # fmt: skip
    secret = secrets.new()
    Connection.objects.create(
        channel=channel, secret=secrets.sealed(code, "secret", secret), told_until=feed.position()
    )
    told: dict[str, Any] = {"kind": new.kind, "currency": new.currency, "country": new.country}
    note(Note(Deed.SECRET_MADE, ("channel", code), after=told), by=by, at=at)
    return channel, secret


@transaction.atomic(durable=True)
def change(code: str, terms: Terms, *, by: Actor, at: datetime) -> Channel:
    """Change what a channel is called and how it is understood and told. Raises Missing, Malformed."""
    own = _lock(code)
    _check(own.channel.currency, terms.zone)
    before, starts_telling = told(own), terms.tells_back and not own.tells_back
    channel = own.channel
    channel.name, channel.zone, channel.contact = terms.name, terms.zone, terms.contact
    channel.save(update_fields=["name", "zone", "contact"])
    own.meanings = {key: value for key, value in list(terms.meanings.items())[:MOST_MEANINGS] if value}
    own.buffer, own.polls, own.tells_back, own.tells_stock = (
        terms.buffer, terms.polls, terms.tells_back, terms.tells_stock,
    )  # fmt: skip
    if starts_telling:  # what happened before was the shop's own business
        own.told_until = feed.position()
    own.save()
    note(Note(Deed.SETTINGS_CHANGED, ("channel", code), before, told(own)), by=by, at=at)
    return channel


@transaction.atomic(durable=True)
def give_keys(code: str, keys: Keys, *, by: Actor, at: datetime) -> None:
    """Keep where the shop is and its keys, sealed. Raises Missing, AddressRefused."""
    own = _lock(code)
    if keys.address:
        check_url(keys.address)
    own.address, own.stock_place, own.poll_problem = keys.address, keys.stock_place, ""
    own.api_key = secrets.sealed(code, "api_key", keys.key) or own.api_key
    own.api_secret = secrets.sealed(code, "api_secret", keys.secret) or own.api_secret
    own.save(update_fields=["address", "stock_place", "poll_problem", "api_key", "api_secret"])
    note(Note(Deed.SECRET_CHANGED, ("channel", code), after={"what": "keys"}), by=by, at=at)


@transaction.atomic(durable=True)
def renew_secret(code: str, given: str = "", *, by: Actor, at: datetime) -> str:
    """Make the next secret, or take the one that the shop made; the former one goes on for a day. Gives it, once."""
    own = _lock(code)
    secret = given or secrets.new()
    own.old_secret, own.old_secret_until = own.secret, at + OVERLAP
    own.secret = secrets.sealed(code, "secret", secret)
    own.save(update_fields=["old_secret", "old_secret_until", "secret"])
    until = own.old_secret_until.isoformat()
    note(Note(Deed.SECRET_CHANGED, ("channel", code), after={"old_until": until}), by=by, at=at)
    return secret


def send_test(code: str, *, at: datetime) -> InboundMessage:
    """Send the desk a message as the shop would, all the way through the inbox; it makes no order. Raises Missing."""
    channel = Channel.objects.filter(pk=code, connection__isnull=False).first()
    if channel is None:
        raise Missing
    kept = keeping.keep_test(channel, json.dumps({"test": True}), at=at)
    applying.apply_next(kept.pk, at=at)
    kept.refresh_from_db()
    return kept


def told(own: Connection) -> dict[str, Any]:
    """Say how a channel is set, in codes: its secrets by being there."""
    return {
        "meanings": own.meanings, "buffer": own.buffer, "polls": own.polls, "tells_back": own.tells_back,
        "tells_stock": own.tells_stock, "contact": own.channel.contact, "zone": own.channel.zone,
    }  # fmt: skip


def _lock(code: str) -> Connection:
    own = Connection.objects.select_related("channel").locked(pk=code).first()
    if own is None:
        raise Missing
    return own


def _check(currency: str, zone: str) -> None:
    errors = []
    if currency not in KNOWN:
        errors.append(FieldError("/currency", "unknown", _("This is not a currency code of ISO 4217.")))
    if zone and zone not in available_timezones():
        errors.append(FieldError("/zone", "unknown", _("There is no such time zone.")))
    if errors:
        raise Malformed(errors)
