"""Couriers' accounts: who speaks which language, with which secrets, and whether waybills and news are asked for."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery.couriers.base import Connection
from delivery.couriers.known import ADDRESSES, adapter_of
from delivery.models import CourierAccount
from orders.models import Courier
from shopdesk.base import outgoing
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.sealed import new_endpoint_secret, seal, unseal
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

KEY_BYTES = 24


class NotOffered(DomainError):
    """The adapter cannot do what the account would ask of it. `what`: waybills or polling."""

    sentence = _("This kind of account does not offer that (%(what)s).")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account as it shall be. An empty `secret` keeps the one that is there."""

    adapter: str
    address: str = ""
    login: str = ""
    secret: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    makes_waybills: bool = False
    poll_minutes: int = 0


@transaction.atomic(durable=True)
def set_up(courier: str, wanted: NewAccount, *, by: Actor, at: datetime) -> CourierAccount:
    """Set how the desk speaks with a courier. Another address ends the token that the old one gave.

    Raises Missing, AddressRefused, NotOffered.
    """
    if not Courier.objects.locked(pk=courier).exists():
        raise Missing
    account = CourierAccount.objects.filter(courier=courier).first() or CourierAccount(courier_id=courier)
    before = _told(account)
    account.adapter, account.address, account.login = wanted.adapter, wanted.address.rstrip("/"), wanted.login
    account.options, account.poll_minutes = dict(wanted.options), wanted.poll_minutes
    account.makes_waybills = wanted.makes_waybills
    _refuse_unable(account)
    if wanted.address:
        outgoing.check_url(wanted.address)
    if wanted.secret:
        account.secret = seal(wanted.secret, purpose=_purpose(courier, "secret"))
    account.token, account.token_until = "", None
    account.save()
    after = _told(account) | ({"secret": "new"} if wanted.secret else {})
    note(Note(Deed.SETTINGS_CHANGED, ("courier", courier), before, after), by=by, at=at)
    return account


@transaction.atomic(durable=True)
def renew_hook_secret(courier: str, *, by: Actor, at: datetime) -> str:
    """Make the secret of a courier's webhooks and give it, this once. The one before ends now. Raises Missing."""
    account = CourierAccount.objects.locked(courier=courier).first()
    if account is None:
        raise Missing
    signs = account.adapter == CourierAccount.Adapter.HTTP
    secret = new_endpoint_secret() if signs else secrets.token_urlsafe(KEY_BYTES)
    account.hook_secret = seal(secret, purpose=_purpose(courier, "hook"))
    account.save(update_fields=["hook_secret"])
    note(Note(Deed.SECRET_MADE, ("courier", courier)), by=by, at=at)
    return secret


def hook_secret_of(account: CourierAccount) -> str:
    """Give the secret of an account's webhooks in the clear; empty when there is none. Raises Unsealable."""
    return unseal(account.hook_secret, purpose=_purpose(account.courier_id, "hook")) if account.hook_secret else ""


def open_line(account: CourierAccount, *, at: datetime) -> Connection:
    """Open an account for one talk. Raises Unsealable."""
    code = account.courier_id
    return Connection(
        address=account.address or ADDRESSES.get(account.adapter, ""), login=account.login, at=at,
        secret=unseal(account.secret, purpose=_purpose(code, "secret")) if account.secret else "",
        options=account.options, token_until=account.token_until,
        token=unseal(account.token, purpose=_purpose(code, "token")) if account.token else "",
    )  # fmt: skip


def keep_token(account: CourierAccount, line: Connection) -> None:
    """Keep a token that the talk brought: the next one needs no login."""
    if line.token and line.token_until != account.token_until:
        account.token = seal(line.token, purpose=_purpose(account.courier_id, "token"))
        account.token_until = line.token_until
        account.save(update_fields=["token", "token_until"])


def _refuse_unable(account: CourierAccount) -> None:
    adapter = adapter_of(account)
    if account.makes_waybills and not adapter.makes_waybills:
        raise NotOffered(detail={"what": "waybills"})
    if account.poll_minutes and not adapter.can_be_polled:
        raise NotOffered(detail={"what": "polling"})


def _told(account: CourierAccount) -> dict[str, Any]:
    """What the trail may say of an account: no login, no secret."""
    return {
        "adapter": account.adapter, "address": account.address, "makes_waybills": account.makes_waybills,
        "poll_minutes": account.poll_minutes,
    }  # fmt: skip


def _purpose(courier: str, what: str) -> str:
    return f"courier:{courier}:{what}"
