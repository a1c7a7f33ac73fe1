"""The supervisor's board: how deep the queue is, how old, who is there and talks, and how today went. Reads only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Max, Min, Q

from orders.calls.choosing import STAGE
from orders.calls.presence import Shift, read_shift
from orders.models import CallAttempt, Caller, CallTask, Mode, Order, Outcome, PhoneLease, Shop
from orders.models.calls import CallTaskRows
from orders.status import CancelReason, Status
from shopdesk.base.periods import day, shop_day
from shopdesk.base.snapshot import snapshot

# Nobody was spoken to; every other outcome is a live conversation.
IN_VAIN: Final = (
    Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.VOICEMAIL, Outcome.DROPPED, Outcome.WRONG_NUMBER,
)  # fmt: skip
AGREED: Final = (Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED)
NO_BASE: Final = (CancelReason.DUPLICATE, CancelReason.TEST)  # in neither figure, as reports have it


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
class Seat:
    """Somebody at the desk: since when in which state, what they hold, and what they did today.

    `there`: on calls, seen lately and not away. `numbers` are the orders of the conversation they are in; `owns` are
    open tasks that are theirs first. Calls and spoken count today's, agreed the orders among them.
    """

    person: int
    name: str
    state: str
    since: datetime
    there: bool
    task: int  # one of the talk that they are in, 0 without
    numbers: Sequence[int]
    until: datetime | None
    owns: int
    calls: int
    spoken: int
    agreed: int


@dataclass(frozen=True, slots=True)
class Today:
    """How today went so far. Rates in per cent: orders spoken about of those rung, and confirmed of those decided.

    None while there is nothing to divide by.
    """

    rung: int
    spoken: int
    confirmed: int
    decided: int

    @property
    def contact_percent(self) -> int | None:
        return round(100 * self.spoken / self.rung) if self.rung else None

    @property
    def confirmation_percent(self) -> int | None:
        return round(100 * self.confirmed / self.decided) if self.decided else None


@dataclass(frozen=True, slots=True)
class Unmanned:
    """Due calls that nobody who is there can take, by language, channel and region."""

    language: str
    channel: str
    region: str
    due: int


@dataclass(frozen=True, slots=True)
class Board:
    """The queues, the conversations, the people and the day, all of one moment."""

    queues: Sequence[Depth]
    talks: Sequence[Talk]
    seats: Sequence[Seat]
    today: Today
    unmanned: Sequence[Unmanned]


def see_board(*, at: datetime) -> Board:
    """Give the board as it stands at that minute, all of it of one moment, in some fifteen statements."""
    with snapshot() as alias:
        shift = read_shift(at, alias)
        since = _midnight(at)
        return Board(
            _depths(alias, at), _talks(alias, at), _seats(alias, shift, since, at), _today(alias, since, at),
            _unmanned(alias, shift, at),
        )  # fmt: skip


def tasks_of(person: int) -> CallTaskRows:
    """Give the open calls that are somebody's to make first."""
    return CallTask.objects.filter(owner=person, closed_at=None).order_by("due_at", "pk")


def _midnight(at: datetime) -> datetime:
    shop = Shop.current()
    return day(shop_day(at, shop.zone, shop.day_cutoff), shop.zone, shop.day_cutoff).start


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
            callbacks=Count("pk", filter=due & Q(stage=STAGE.CALLBACK)),
            late=Count("pk", filter=Q(limit_at__lte=at, stage=STAGE.NEW)),
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


def _seats(alias: str, shift: Shift, since: datetime, at: datetime) -> list[Seat]:
    """Give everybody who has a seat and is still of the shop, those who call first."""
    callers = Caller.objects.using(alias).filter(person__is_active=True).select_related("person")
    held = _held(alias, at)
    owned = _counted(CallTask.objects.using(alias).filter(closed_at=None), "owner", {"owns": Count("pk")})
    today = CallAttempt.objects.using(alias).filter(at__gte=since, at__lte=at)
    did = _counted(today, "person", {
        "calls": Count("at", distinct=True),
        "spoken": Count("at", distinct=True, filter=~Q(outcome__in=IN_VAIN)),
        "agreed": Count("order", distinct=True, filter=Q(outcome__in=AGREED, applied=True)),
    })  # fmt: skip
    seats = []
    for row in callers.order_by("person__name", "person"):
        task, numbers, until = held.get(row.person_id, (0, (), None))
        mine = did.get(row.person_id, {"calls": 0, "spoken": 0, "agreed": 0})
        owns = owned.get(row.person_id, {"owns": 0})["owns"]
        there = row.person_id in shift.there
        seats.append(
            Seat(row.person_id, row.person.name, row.state, row.since, there, task, numbers, until, owns, **mine)
        )
    return sorted(seats, key=lambda seat: (not seat.there, seat.state, seat.name))


def _held(alias: str, at: datetime) -> Mapping[int, tuple[int, Sequence[int], datetime]]:
    """Give a task, the orders and the end of the conversation that each person is in."""
    leases = PhoneLease.objects.using(alias).filter(until__gt=at).values("person", "token")
    live = list(leases.annotate(until=Max("until")))
    tasks = CallTask.objects.using(alias).filter(token__in=[row["token"] for row in live], closed_at=None)
    numbers: dict[str, set[int]] = {}
    first: dict[str, int] = {}
    for token, pk, number in tasks.order_by("pk").values_list("token", "pk", "order"):
        first.setdefault(token, pk)
        if number:
            numbers.setdefault(token, set()).add(number)
    return {
        row["person"]: (first.get(row["token"], 0), sorted(numbers.get(row["token"], ())), row["until"]) for row in live
    }


def _counted(rows: Any, key: str, figures: Mapping[str, Any]) -> Mapping[int, dict[str, int]]:
    counted = rows.exclude(**{key: None}).order_by().values(key).annotate(**figures)
    return {row.pop(key): row for row in counted}


def _today(alias: str, since: datetime, at: datetime) -> Today:
    made = CallAttempt.objects.using(alias).filter(at__gte=since, at__lte=at)
    rung = made.filter(task__mode__in=[Mode.CONFIRM, Mode.RECONFIRM])
    orders = rung.aggregate(
        rung=Count("order", distinct=True), spoken=Count("order", distinct=True, filter=~Q(outcome__in=IN_VAIN))
    )
    theirs = Order.objects.using(alias).filter(pk__in=rung.values("order")).exclude(cancel_reason__in=NO_BASE)
    decided = theirs.aggregate(
        confirmed=Count("pk", filter=~Q(status__in=[Status.NEW, Status.CANCELLED])),
        decided=Count("pk", filter=~Q(status=Status.NEW)),
    )
    return Today(**orders, **decided)


def _unmanned(alias: str, shift: Shift, at: datetime) -> list[Unmanned]:
    """Find due calls whose language, channel or region nobody there takes: they wait for nobody.

    When nobody is there at all it is no skill that is missing; the list of people says so.
    """
    seats = Caller.objects.using(alias).filter(pk__in=shift.there)
    skills = list(seats.values_list("languages", "channels", "regions"))
    if not skills:
        return []
    due = CallTask.objects.using(alias).filter(closed_at=None, due_at__lte=at)
    groups = due.order_by().values_list("language", "order__channel", "region").annotate(due=Count("pk"))
    return [
        Unmanned(language, channel or "", region, count)
        for language, channel, region, count in groups
        if not any(_takes((language, channel or "", region), known) for known in skills)
    ]


def _takes(wanted: tuple[str, str, str], known: tuple[list[str], list[str], list[str]]) -> bool:
    """Tell whether somebody takes a call: what a call does not say, and what somebody's skills do not, is no bar."""
    return all(not says or not list_of or says in list_of for says, list_of in zip(wanted, known, strict=True))
