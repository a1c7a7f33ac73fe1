"""Which calls were made: counted from the attempts alone, a call that settled several orders once."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from orders.models import CallAttempt, CallTask

LATELY: Final = timedelta(hours=48)  # longer than any local day


def calls_to(phone: str, at: datetime) -> list[datetime]:
    """Give the calls to a phone in the last two days, oldest first."""
    return _instants(_to(phone) & Q(at__gt=at - LATELY))


def calls_since(phone: str, since: datetime) -> list[datetime]:
    """Give the calls to a phone since an instant, oldest first."""
    return _instants(_to(phone) & Q(at__gte=since))


def calls_for(task: CallTask) -> list[datetime]:
    """Give the calls that were made for a task, oldest first."""
    return _instants(Q(task=task))


def _to(phone: str) -> Q:
    return Q(phone__phone=phone) | Q(phone=None, task__phone=phone)


def _instants(which: Q) -> list[datetime]:
    return list(CallAttempt.objects.filter(which).order_by("at").values_list("at", flat=True).distinct())
