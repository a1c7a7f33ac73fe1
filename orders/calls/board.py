"""The supervisor's board: how deep the queue is, how old, and who is talking."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q

from orders.models import CallTask, PhoneLease
from shopdesk.base.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class Depth:
    """The queue of one mode: open tasks, those due, due callbacks, those past their time limit, the oldest due one."""

    mode: str
    open: int
    due: int
    callbacks: int
    late: int
    oldest_due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that goes on: who, on how many phones, until when unless it is prolonged."""

    person: int
    name: str
    phones: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Board:
    """The queues and the conversations of one moment."""

    queues: Sequence[Depth]
    talks: Sequence[Talk]


def see_board(*, at: datetime) -> Board:
    """Give the board as it stands at that minute, all of it of one moment."""
    with snapshot() as alias:
        return Board(_depths(alias, at), _talks(alias, at))


def _depths(alias: str, at: datetime) -> list[Depth]:
    due = Q(due_at__lte=at)
    rows = (
        CallTask.objects.using(alias)
        .filter(closed_at=None)
        .order_by("mode")
        .values("mode")
        .annotate(
            open=Count("pk"),
            due=Count("pk", filter=due),
            callbacks=Count("pk", filter=due & Q(stage=CallTask.Stage.CALLBACK)),
            late=Count("pk", filter=Q(limit_at__lte=at, stage=CallTask.Stage.NEW)),
            oldest_due_at=Min("due_at", filter=due),
        )
    )
    return [Depth(**row) for row in rows]


def _talks(alias: str, at: datetime) -> list[Talk]:
    rows = (
        PhoneLease.objects.using(alias)
        .filter(until__gt=at)
        .order_by("person__name", "person")
        .values("person", "person__name")
        .annotate(phones=Count("pk"), until=Min("until"))
    )
    return [Talk(row["person"], row["person__name"], row["phones"], row["until"]) for row in rows]
