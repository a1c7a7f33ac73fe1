"""Groups of retry plans under a name: which channels' customers are rung by plans of their own."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Channel, PlanGroup
from shopdesk.base.access import Actor
from shopdesk.base.errors import FieldError, Malformed, Missing

LONGEST_NAME = 60


@transaction.atomic(durable=True)
def keep_group(group_id: int | None, *, name: str, channels: Sequence[str], by: Actor, at: datetime) -> PlanGroup:
    """Make a group of plans (no id), or change one: its name, and the codes of the channels that follow it.

    A channel follows one group: it leaves the one it was in. Hours that tasks have already stay.
    Raises Missing, Malformed.
    """
    group = PlanGroup.objects.locked(pk=group_id).first() if group_id else PlanGroup()
    if group is None:
        raise Missing
    _refuse_wrong(name, channels, group_id)
    group.name = name
    group.save()
    group.channels.exclude(pk__in=channels).update(plan_group=None)
    Channel.objects.filter(pk__in=channels).update(plan_group=group)
    said: dict[str, journal.Code] = {"channels": sorted(channels)}
    journal.record([journal.Entry("calls.plan_group_changed", data=said, subject=_subject(group))], by=by, at=at)
    return group


@transaction.atomic(durable=True)
def drop_group(group_id: int, *, by: Actor, at: datetime) -> None:
    """Take a group away with its plans: its channels follow the usual ones. Raises Missing."""
    group = PlanGroup.objects.locked(pk=group_id).first()
    if group is None:
        raise Missing
    journal.record([journal.Entry("calls.plan_group_dropped", subject=_subject(group))], by=by, at=at)
    group.delete()


def _subject(group: PlanGroup) -> tuple[str, int]:
    return ("plan_group", group.pk)


def _refuse_wrong(name: str, channels: Sequence[str], group_id: int | None) -> None:
    """Refuse a name that is none or somebody else's, and channels that do not exist."""
    errors = []
    if not name or len(name) > LONGEST_NAME:
        errors.append(FieldError("/name", "invalid", _("Give the group a name of at most 60 letters.")))
    elif PlanGroup.objects.filter(name=name).exclude(pk=group_id or 0).exists():
        errors.append(FieldError("/name", "unique", _("There is a group of this name.")))
    if Channel.objects.filter(pk__in=channels).count() != len(set(channels)):
        errors.append(FieldError("/channels", "invalid_choice", _("There is no such channel.")))
    if errors:
        raise Malformed(errors)
