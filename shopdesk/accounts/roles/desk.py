"""Setting limits: of the managers' role, or of one person instead. Acts at their next request; noted in the trail."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import NO_LIMITS, Actor, Limits
from shopdesk.base.errors import DomainError, Missing
from shopdesk.limits.models import FIELDS, MANAGER, LimitSet
from shopdesk.people.models import Role, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note


class NotLimited(DomainError):
    """Only managers are limited: what the other roles may do is fixed."""

    sentence = _("Only managers have limits of their own; what the other roles may do is fixed.")


@transaction.atomic(durable=True)
def limit_role(limits: Limits, *, by: Actor, at: datetime) -> LimitSet:
    """Limit all managers who have no limits of their own. The same again changes nothing and is not noted."""
    row = LimitSet.objects.select_for_update(no_key=True).filter(person=None, role=MANAGER).first()
    return _set(row or LimitSet(role=MANAGER), limits, ("role", MANAGER), by=by, at=at)


@transaction.atomic(durable=True)
def limit_person(person: int, limits: Limits, *, by: Actor, at: datetime) -> LimitSet:
    """Limit one manager in their own way, whatever the role's limits are. Raises Missing, NotLimited."""
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


def _set(row: LimitSet, limits: Limits, target: tuple[str, object], *, by: Actor, at: datetime) -> LimitSet:
    before, after = _codes(row.limits if row.pk else NO_LIMITS), _codes(limits)
    if row.pk and before == after:
        return row
    for name in FIELDS:
        setattr(row, name, after[name])
    row.save()
    note(Note(Deed.LIMITS_CHANGED, target, before=before, after=after), by=by, at=at)
    return row


def _codes(limits: Limits) -> dict[str, Any]:
    values: dict[str, Code] = {name: getattr(limits, name) for name in FIELDS}
    return values | {"statuses": None if limits.statuses is None else sorted(limits.statuses)}
