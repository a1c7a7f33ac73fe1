"""Whom to ring next: who may be rung at all, in which order, and why this one. Reads only."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from orders import calltasks
from orders.calls import leases
from orders.calls.presence import Shift
from orders.models import Caller, CallTask, Mode, PhoneLease, Shop

# Who is rung first; `late` is new and past its time limit; how it went, and why somebody
# did not finish, is asked when nobody else waits.
RANKS: Final = ("callback", "late", "new", "retry", "lead", "follow_up")
LAST: Final[dict[str, str]] = {Mode.LEAD: "lead", Mode.FOLLOW_UP: "follow_up"}  # modes that wait for all who ordered
STAGE: Final = CallTask.Stage


def candidates(at: datetime) -> QuerySet[CallTask]:
    """Give the due tasks that nobody talks about, the best one first, whoever they are for."""
    return _ranked(_awake(at, Shop.current()), [], at)


def candidates_for(person: int, shift: Shift, *, at: datetime) -> QuerySet[CallTask]:
    """Give the due tasks that this person can and may take, the best one first: inside a rank, their own customers'.

    A customer whose owner is there is left to them for the shop's few minutes, then anybody's.
    """
    shop = Shop.current()
    rows = _awake(at, shop)
    kept_since = at - timedelta(minutes=shop.own_first_minutes)
    if others := shift.owners_of_others(person):
        rows = rows.exclude(owner__in=others, due_at__gt=kept_since)
    rows = rows.filter(leases.of_person(person))
    seat = Caller.objects.filter(pk=person).first()
    if seat is not None and seat.languages:
        rows = rows.filter(language__in=["", *seat.languages])
    if seat is not None and seat.channels:
        rows = rows.filter(Q(order=None) | Q(order__channel__in=seat.channels))
    if seat is not None and seat.regions:
        rows = rows.filter(region__in=["", *seat.regions])
    return _ranked(rows, [person, *shift.owners_of(person)], at)


def rank_of(task: CallTask, at: datetime) -> str:
    """Name the rank of a task, as `candidates` has it."""
    if task.stage == STAGE.CALLBACK:
        return "callback"
    if task.mode in LAST:
        return LAST[task.mode]
    late = task.limit_at is not None and task.limit_at <= at
    return "late" if task.stage == STAGE.NEW and late else task.stage


def score_of(task: CallTask, person: int, at: datetime) -> dict[str, str | int | bool | None]:
    """Say why this one is chosen: its rank, and what decides inside a rank."""
    why = rank_of(task, at)
    return {
        "why": why,
        "rank": RANKS.index(why),
        "own": task.owner_id == person,
        "promised_on": task.promised_on.isoformat() if task.promised_on else None,
        "total_minor": task.total_minor,
        "waiting_minutes": int((at - task.due_at).total_seconds() // 60),
    }


def _awake(at: datetime, shop: Shop) -> QuerySet[CallTask]:
    due = CallTask.objects.filter(closed_at=None, due_at__lte=at)
    asleep = Q(zone__in=_zones_asleep(due, shop, at)) & ~Q(stage=STAGE.CALLBACK, asked_by_customer=True)
    talking = PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at)
    return due.exclude(asleep).exclude(Exists(talking))


def _ranked(rows: QuerySet[CallTask], owners: Sequence[int], at: datetime) -> QuerySet[CallTask]:
    rank = Case(
        When(stage=STAGE.CALLBACK, then=Value(0)),
        *(When(mode=mode, then=Value(RANKS.index(rank))) for mode, rank in LAST.items()),
        When(stage=STAGE.NEW, limit_at__lte=at, then=Value(1)),
        When(stage=STAGE.NEW, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    own = Case(When(owner__in=owners, then=Value(0)), default=Value(1), output_field=IntegerField())
    soonest = F("promised_on").asc(nulls_last=True)
    ranked = rows.annotate(rank=rank, own=own)
    return ranked.order_by("rank", "own", soonest, "-total_minor", "opened_at", "pk")


def _zones_asleep(due: QuerySet[CallTask], shop: Shop, at: datetime) -> list[str]:
    zones = due.order_by().values_list("zone", flat=True).distinct()
    return [zone for zone in zones if not calltasks.hours_of(zone, shop).allow(at)]
