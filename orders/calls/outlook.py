"""What may follow from a call, when the next one is due, and what was said lately. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, Min, OuterRef, Q

from orders import calltasks, contacts
from orders.calls import retryplan
from orders.calls.choosing import candidates
from orders.calls.plans import read_plans
from orders.contacts import Heard
from orders.models import CallAttempt, CallTake, CallTask, Outcome, PhoneLease, Shop
from orders.models.sight import calls_for
from shopdesk.base.access import NO_LIMITS, Limits, Subject

COUNTED: Final = 1_000
SHOWN: Final = 8
LATELY: Final = timedelta(hours=12)
ONE_HOUR: Final = timedelta(hours=1)
ONE_DAY: Final = timedelta(days=1)
# What people name when they are asked when to call: after work today, tomorrow morning, tomorrow after work.
NAMED: Final = ((0, time(18)), (1, time(10)), (1, time(18)))


@dataclass(frozen=True, slots=True)
class Prospect:
    """What follows when a call comes to nothing, and the hours of its customer.

    `again_at` is None when the plan is used up: it `ends` as the plan says. `until` is when the quiet hours begin;
    None during them. `offers` are hours that may be agreed for a callback.
    """

    attempt: int
    most: int
    again_at: datetime | None
    ends: str
    zone: str
    until: datetime | None
    offers: Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Ahead:
    """What waits: how many may be rung now, how many are being talked to, and when the next one may be rung."""

    ready: int
    talked: int
    next_at: datetime | None


def foresee(task: CallTask, *, at: datetime) -> Prospect:
    """Say what the retry plan makes of a call that is not answered now. `attempt` counts this call."""
    shop = Shop.current()
    hours = calltasks.hours_of(task.zone, shop)
    plan = read_plans(shop).of(task, Outcome.NO_ANSWER)
    heard = contacts.lately(task.phone, at)
    total = len(contacts.calls_since(task.phone, task.opened_at)) + 1
    # This call is counted as made now; that its phone was taken for it is no second one.
    taken = set(CallTake.objects.filter(phone=task.phone, person=task.taken_by_id).values_list("at", flat=True))
    calls = [*(call for call in heard.calls if call not in taken), at]
    again_at = retryplan.next_try(
        [*contacts.calls_for(task), at], Heard(calls, heard.messages), total=total, hours=hours, plan=plan
    )
    until = hours.end(at) if hours.allow(at) else None
    return Prospect(total, plan.most_in_all, again_at, plan.ends, hours.zone, until, _offers(hours, at))


def look_ahead(*, at: datetime, limits: Limits = NO_LIMITS) -> Ahead:
    """Say whether anybody may be rung now, and if not, from when on; of the calls that these limits leave."""
    theirs = calls_for(limits)
    ready = candidates(at).filter(theirs).order_by().values("pk")[:COUNTED].count()
    due = CallTask.objects.filter(theirs, closed_at=None, due_at__lte=at)
    talked = due.filter(Exists(PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at)))
    if ready:
        return Ahead(ready, 0, None)
    shop = Shop.current()
    later = CallTask.objects.filter(theirs, closed_at=None, due_at__gt=at).aggregate(first=Min("due_at"))["first"]
    zones = due.order_by().values_list("zone", flat=True).distinct()
    openings = [calltasks.hours_of(zone, shop).next(at) for zone in zones]
    moments = [moment for moment in [later, *openings] if moment is not None and moment > at]
    return Ahead(0, talked.order_by().values("pk")[:COUNTED].count(), min(moments, default=None))


def see_recent(subject: Subject, *, at: datetime) -> list[CallAttempt]:
    """Give what this person noted in the last half day, the newest first."""
    mine = CallAttempt.objects.for_subject(subject).filter(person=subject.person, at__gt=at - LATELY, at__lte=at)
    return list(mine.select_related("task", "order").order_by("-at", "-pk")[:SHOWN])


def see_attempts(phones: Sequence[str], customer: int | None, subject: Subject) -> list[CallAttempt]:
    """Give the latest calls to a customer, whatever they were about that this person sees, the newest first."""
    theirs = Q(phone__phone__in=phones) | Q(task__phone__in=phones)
    if customer:
        theirs |= Q(task__customer=customer)
    return list(
        CallAttempt.objects.for_subject(subject)
        .filter(theirs)
        .select_related("person", "task", "order", "talk__call")
        .order_by("-at", "-pk")[:SHOWN]
    )


def _offers(hours: calltasks.Hours, at: datetime) -> list[datetime]:
    """Give the hours to offer for a callback: in an hour, and what people usually name, inside their own hours."""
    there = at.astimezone(ZoneInfo(hours.zone))
    soon = there.replace(minute=there.minute // 30 * 30, second=0, microsecond=0) + ONE_HOUR
    named = [hours.instant(hours.day(at) + days * ONE_DAY, clock) for days, clock in NAMED]
    return [moment for moment in sorted({soon, *named}) if moment > at and hours.allow(moment)]
