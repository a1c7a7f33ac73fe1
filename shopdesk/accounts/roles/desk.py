"""Setting limits: of the managers' role, or of one person instead. Acts at their next request; noted in the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import NO_LIMITS, Actor, Limits
from shopdesk.base.errors import DomainError, Missing
from shopdesk.limits.models import FIELDS, MANAGER, SETS, LimitSet
from shopdesk.people.models import Role, User
from shopdesk.people.tokens import check_addresses, is_among
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note


class NotLimited(DomainError):
    """Only managers are limited: what the other roles may do is fixed."""

    sentence = _("Only managers have limits of their own; what the other roles may do is fixed.")


class LockedOut(DomainError):
    """The owner would shut themselves out with this very press."""

    sentence = _("This list would shut you out: you come from %(address)s, and it is not in it.")
    next_step = _("Add your own address to the list of your role.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Whoever sets a list: their role, and the address that they ask from."""

    role: str
    address: str


@transaction.atomic(durable=True)
def limit_role(limits: Limits, *, by: Actor, at: datetime) -> LimitSet:
    """Limit all managers who have no limits of their own; from where they come stays as it is.

    The same again changes nothing and is not noted.
    """
    row = _of_role(MANAGER)
    return _set(row, replace(limits, addresses=tuple(row.addresses or ())), ("role", MANAGER), by=by, at=at)


@transaction.atomic(durable=True)
def limit_person(person: int, limits: Limits, *, by: Actor, at: datetime) -> LimitSet:
    """Limit one manager in their own way, whatever the role's limits are; without addresses the role's stand.

    Raises Missing, NotLimited, UnknownAddress.
    """
    limits = replace(limits, addresses=tuple(check_addresses(limits.addresses)))
    user = User.objects.select_for_update(no_key=True).filter(pk=person).first()
    if user is None:
        raise Missing
    if user.role != Role.MANAGER:
        raise NotLimited
    row = LimitSet.objects.filter(person=person).first()
    return _set(row or LimitSet(role=MANAGER, person=user), limits, ("person", person), by=by, at=at)


@transaction.atomic(durable=True)
def lift_own(person: int, *, by: Actor, at: datetime) -> None:
    """Let the role's limits be those of a person again. Raises Missing when they have none of their own."""
    row = LimitSet.objects.select_for_update(no_key=True).filter(person=person).first()
    if row is None:
        raise Missing
    before = _codes(row.limits)
    row.delete()
    note(Note(Deed.LIMITS_CHANGED, ("person", person), before=before, after={"own": False}), by=by, at=at)


@transaction.atomic(durable=True)
def set_addresses(lists: Mapping[str, Sequence[str]], *, asked: Asked, by: Actor, at: datetime) -> None:
    """Say from where roles may be used: networks by role, none for everywhere. What stays the same is not noted.

    Raises UnknownAddress; LockedOut when whoever asks would not come in any more.
    """
    for role, addresses in lists.items():
        networks = check_addresses(addresses)
        if role == asked.role and networks and not is_among(asked.address, networks):
            raise LockedOut(detail={"address": asked.address or "?"})
        row = _of_role(role)
        before = list(row.addresses or ())
        if before != networks:
            row.addresses = networks
            row.save()
            told = Note(Deed.LIMITS_CHANGED, ("role", role), {"addresses": before}, {"addresses": networks})
            note(told, by=by, at=at)


def _of_role(role: str) -> LimitSet:
    row = LimitSet.objects.select_for_update(no_key=True).filter(person=None, role=role).first()
    return row or LimitSet(role=role)


def _set(row: LimitSet, limits: Limits, target: tuple[str, object], *, by: Actor, at: datetime) -> LimitSet:
    before, after = _codes(row.limits if row.pk else NO_LIMITS), _codes(limits)
    if row.pk and before == after:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    row.save()
    note(Note(Deed.LIMITS_CHANGED, target, before=before, after=after), by=by, at=at)
    return row


def _codes(limits: Limits) -> dict[str, Any]:
    values: dict[str, Code] = {name: getattr(limits, name) for name in FIELDS}
    sets: dict[str, Code] = {name: None if values[name] is None else sorted(getattr(limits, name)) for name in SETS}
    return values | sets | {"addresses": list(limits.addresses)}
