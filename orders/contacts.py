"""How often a phone heard of us: calls and messages, counted from what was done alone."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import Q

from orders.models import CallAttempt, CallTake, CallTask, Message
from shopdesk.base import prepared

K = TypeVar("K")

LATELY: Final = timedelta(hours=48)  # longer than any local day
WENT_OUT: Final = (Message.State.SENDING, Message.State.SENT, Message.State.UNKNOWN)
TO_A_PHONE: Final = ("sms", "messenger")  # a mail rings nowhere


# Of one phone, as `heard_by` finds it: each part by an index, however many years of orders there are.
HEARD: Final = f"""
SELECT 'call', a.at FROM call_attempt a JOIN customer_phone p ON p.id = a.phone_id
WHERE p.phone = %(phone)s AND a.at >= %(since)s
UNION ALL SELECT 'call', a.at FROM call_attempt a JOIN call_task t ON t.id = a.task_id
WHERE a.phone_id IS NULL AND a.at >= %(since)s AND t.phone = %(phone)s
UNION ALL SELECT 'call', k.at FROM call_take k WHERE k.phone = %(phone)s AND k.at >= %(since)s
UNION ALL SELECT 'message', m.decided_at FROM message m JOIN orders o ON o.number = m.order_id
WHERE o.contact_phone = %(phone)s AND m.decided_at >= %(since)s
AND m.route IN {TO_A_PHONE} AND m.state IN {tuple(str(state.value) for state in WENT_OUT)}
"""  # noqa: S608  # our own words


@dataclass(frozen=True, slots=True)
class Heard:
    """The calls and messages to one phone, oldest first. A call that settled several orders is one."""

    calls: Sequence[datetime] = ()
    messages: Sequence[datetime] = ()


def heard_by(phones: Collection[str], since: datetime) -> Mapping[str, Heard]:
    """Give what each phone heard of us since an instant, in three queries however many they are.

    A phone that was taken to be rung and of which nobody said more counts as called: it may have been.
    """
    called = CallAttempt.objects.filter(_to(phones), at__gte=since).values_list("phone__phone", "task__phone", "at")
    taken = CallTake.objects.filter(phone__in=phones, at__gte=since).values_list("phone", "at")
    calls = _gathered([*((dialled or wanted, at) for dialled, wanted, at in called), *taken])
    rows = Message.objects.filter(
        order__contact_phone__in=phones, route__in=TO_A_PHONE, state__in=WENT_OUT, decided_at__gte=since
    )
    messages: defaultdict[str, list[datetime]] = defaultdict(list)  # two of one instant are two, unlike calls
    for phone, at in rows.order_by("decided_at").values_list("order__contact_phone", "decided_at"):
        if at is not None:
            messages[phone].append(at)
    return {phone: Heard(calls.get(phone, []), messages.get(phone, [])) for phone in phones}


def lately(phone: str, at: datetime) -> Heard:
    """Give what a phone heard of us in the last two days."""
    found = [(kind, prepared.instant(when)) for kind, when in prepared.named(*asked_lately(phone, at))]
    calls = sorted({when for kind, when in found if kind == "call"})
    return Heard(calls, sorted(when for kind, when in found if kind == "message"))


def asked_lately(phone: str, at: datetime) -> tuple[str, dict[str, Any]]:
    """Give what `lately` asks, for who asks it ahead."""
    return HEARD, {"phone": phone, "since": at - LATELY}


def calls_since(phone: str, since: datetime) -> list[datetime]:
    """Give the calls to a phone since an instant, oldest first."""
    return list(_instants(Q(_to([phone]), at__gte=since)))


def calls_for(task: CallTask) -> list[datetime]:
    """Give the calls that were made for a task, oldest first."""
    return list(_instants(Q(task=task)))


def calls_by_task(tasks: Iterable[CallTask]) -> Mapping[int, Sequence[datetime]]:
    """Give the calls that were made for each of these tasks, oldest first, in one query."""
    return _gathered(CallAttempt.objects.filter(task__in=tasks).values_list("task", "at"))


def _to(phones: Collection[str]) -> Q:
    return Q(phone__phone__in=phones) | Q(phone=None, task__phone__in=phones)


def _instants(which: Q) -> Iterable[datetime]:
    return CallAttempt.objects.filter(which).order_by("at").values_list("at", flat=True).distinct()


def _gathered(pairs: Iterable[tuple[K, datetime]]) -> dict[K, list[datetime]]:
    found: defaultdict[K, set[datetime]] = defaultdict(set)
    for key, at in pairs:
        found[key].add(at)
    return {key: sorted(instants) for key, instants in found.items()}
