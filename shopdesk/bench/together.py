"""What many do at once, beside as many who do the raw act: intake, hot goods, the next call, the served desk."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import F

from orders import calls
from orders.models import CallTask, PhoneLease, StockLevel
from shopdesk.bench import limits, paths, served
from shopdesk.bench.crowds import Crowd, Make, Turn
from shopdesk.bench.measuring import Act
from shopdesk.people.models import Role, User

WRITERS, CALLERS, HOT, COOL = 4, 8, 5, 1_000
TAKES: Final = 40  # a round: a connection has prepared its statements and kept their plans long before
NOON_H: Final = 9  # UTC: at noon in Moscow everybody of the seeded shop may be rung
WAITING: Final = 2_000  # two rounds of all callers before one finds nobody to ring twice are half of it
LATER: Final = timedelta(minutes=10)


def intake() -> list[Crowd]:
    """Give intake by two processes, and on hot goods beside cool ones; on SQLite its single writer and a queue."""
    if connection.vendor == "sqlite":
        return [
            Crowd("intake, 1 writer", "16 rate", 1, taker(COOL), limits.intake),
            Crowd(f"intake, {WRITERS} writers", "16 wait", WRITERS, taker(COOL), limits.intake),
        ]
    return [
        Crowd("intake, 2 at once", "1", 2, taker(COOL), limits.intake),
        Crowd(f"intake on {HOT} hot SKUs, 4 at once", "5", WRITERS, taker(HOT), taker(COOL), wrong=oversold),
    ]


def next_calls() -> list[Crowd]:
    """Give taking the next call, alone and with eight at once. What is taken is left again, unmeasured."""
    if connection.vendor == "sqlite":
        return [Crowd("next call, 1 at once", "", 1, caller, limits.claims, most=TAKES)]
    return [
        Crowd("next call, 1 at once", "", 1, caller, limits.claims, wrong=twice, most=TAKES),
        Crowd(f"next call, {CALLERS} at once", "7", CALLERS, caller, limits.claims, wrong=twice, most=TAKES),
    ]


def over_http(desk: served.Desk, key: str) -> list[Crowd]:
    """Give intake over HTTP: storefronts that send one order after another, beside two who do the raw act."""
    send = served.sender(desk.port, key)
    last = served.CLIENTS[-1]
    return [
        Crowd(f"intake over HTTP, {many} clients", "2" if many == last else "", many, send, limits.intake)
        for many in served.CLIENTS
    ]


def taker(skus: int) -> Make:
    """Give what makes those who take orders in, one by one."""

    def make(worker: int) -> Act:
        return paths.take(1, worker=worker, skus=skus)

    return make


def caller(worker: int) -> Turn:
    """Somebody who rings: takes the next call, and leaves it for later."""
    person = User.objects.filter(role=Role.MANAGER).order_by("pk")[worker].pk
    at = noon()

    def take() -> str:
        return calls.take_next(person, at=at).phones[0]

    return Turn(take, lambda _taken: limits.leave(person, at + LATER))


def lay_calls() -> None:
    """Have enough orders wait for a call, so that nobody finds the queue empty; nobody talks any more."""
    PhoneLease.objects.all().delete()
    waiting = CallTask.objects.filter(closed_at=None, due_at__lte=noon()).count()
    take = paths.take(paths.BATCH, worker=90)
    for _batch in range(0, max(WAITING - waiting, 0), paths.BATCH):
        take()


def noon() -> datetime:
    """Give a noon of the day after tomorrow: all that waits is due then, and may be rung."""
    return (datetime.now(UTC) + timedelta(days=2)).replace(hour=NOON_H, minute=0, second=0, microsecond=0)


def twice(taken: Sequence[str]) -> int:
    """Count customers who were given away a second time: whoever is left for later is not due any more."""
    return len(taken) - len(set(taken))


def oversold(_gave: Sequence[object]) -> int:
    """Count products of which more is promised than there is."""
    return StockLevel.objects.filter(reserved__gt=F("on_hand")).count()
