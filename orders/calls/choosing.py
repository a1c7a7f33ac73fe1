"""Who may be rung at all, in which order, and why this one. Reads only; `nextcall` walks along the same order."""

from datetime import datetime
from typing import Final

from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When

from orders import calltasks
from orders.models import CallTask, Mode, PhoneLease, Shop

# Who is rung first; `late` is new and past its time limit; how it went, and why somebody
# did not finish, is asked when nobody else waits.
RANKS: Final = ("callback", "late", "new", "retry", "lead", "follow_up")
LAST: Final[dict[str, str]] = {Mode.LEAD: "lead", Mode.FOLLOW_UP: "follow_up"}  # modes that wait for all who ordered
STAGE: Final = CallTask.Stage


def candidates(at: datetime) -> QuerySet[CallTask]:
    """Give the due tasks that nobody talks about, the best one first, whoever they are for."""
    return _ranked(_awake(at, Shop.current()), at)


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


def _ranked(rows: QuerySet[CallTask], at: datetime) -> QuerySet[CallTask]:
    rank = Case(
        When(stage=STAGE.CALLBACK, then=Value(0)),
        *(When(mode=mode, then=Value(RANKS.index(rank))) for mode, rank in LAST.items()),
        When(stage=STAGE.NEW, limit_at__lte=at, then=Value(1)),
        When(stage=STAGE.NEW, then=Value(2)),
        default=Value(3),
        output_field=IntegerField(),
    )
    soonest = F("promised_on").asc(nulls_last=True)
    return rows.annotate(rank=rank).order_by("rank", soonest, "-total_minor", "opened_at", "pk")


def _zones_asleep(due: QuerySet[CallTask], shop: Shop, at: datetime) -> list[str]:
    zones = due.order_by().values_list("zone", flat=True).distinct()
    return [zone for zone in zones if not calltasks.hours_of(zone, shop).allow(at)]
