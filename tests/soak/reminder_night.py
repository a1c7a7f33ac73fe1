"""A night of reminders by real processes: two beats, three workers, a Redis, PostgreSQL, kills, a clock that jumps.

The night holds midnight in Moscow and the hour that comes twice in Sofia, and ends with half a day in which nothing
ran. What is expected is computed from the seed alone. By hand: `python -m tests.soak.reminder_night --orders 3000
--seconds 600` prints the figures and ends with 1 when one is wrong.
"""

import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shopdesk.settings")
import django

django.setup()

from django.db import connections  # noqa: E402
from django.test.utils import setup_databases, setup_test_environment, teardown_databases  # noqa: E402

from orders import intake  # noqa: E402
from orders.models import CallTask, Hold, JournalEvent, Order, Reminder  # noqa: E402
from shopdesk.ports import free_port  # noqa: E402
from tests import make  # noqa: E402
from tests.soak import clocked, nightclock  # noqa: E402

BEGINS = datetime(2026, 10, 24, 20, 30, tzinfo=UTC)  # half an hour before midnight in Moscow
NIGHT, OUTAGE = timedelta(hours=5), timedelta(hours=16)  # at one of UTC the clock of Sofia goes back
ENDS = BEGINS + NIGHT + OUTAGE
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LAST = ENDS - 40 * MINUTE  # what is due later is not looked at
PHONES = {"+3598840": "Europe/Sofia", "+7916200": "Europe/Moscow"}
STALE = {"late": 12 * HOUR, "late_still": 24 * HOUR, "hold": 72 * HOUR}
TOLD = {"call.due": "callback", "call.late": "late", "call.late_still": "late_still", "hold.late": "hold"}
WORKERS, PATIENCE_S = 3, 120
Key = tuple[str, int, datetime]


@dataclass
class Verdict:
    """What came of a night, against what was to come of it."""

    expected: int = 0
    done: int = 0
    dropped: int = 0
    missing: list[Key] = field(default_factory=list)
    unexpected: list[Key] = field(default_factory=list)
    wrong: list[Key] = field(default_factory=list)  # told instead of dropped, or the other way round
    early: list[Key] = field(default_factory=list)
    twice: list[tuple[str, int]] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not (self.missing or self.unexpected or self.wrong or self.early or self.twice)

    def __str__(self) -> str:
        return (
            f"expected {self.expected}: told {self.done}, dropped as stale {self.dropped}; missing {len(self.missing)},"
            f" unexpected {len(self.unexpected)}, wrong {len(self.wrong)}, early {len(self.early)},"
            f" twice {len(self.twice)}; killed {len(self.killed)}: {', '.join(self.killed)}"
        )


def prepare(seed: int, orders: int) -> dict[Key, str]:
    """Take orders in and let something be due about each. Gives what is to become of every row: done or dropped."""
    dice = random.Random(seed)
    make.shop(zone="Europe/Sofia", country="BG")
    begins = list(PHONES)
    new = [make.new_order(phone=f"{begins[row % 2]}{row:05}", external_id=f"N{row}") for row in range(orders)]
    for start in range(0, orders, 500):
        intake.take_in_many(new[start : start + 500], by=make.BY, at=BEGINS - timedelta(days=1))
    Hold.objects.update(closed_at=BEGINS)
    CallTask.objects.update(limit_at=None, due_at=ENDS + HOUR)
    expected: dict[Key, str] = {}
    for task in list(CallTask.objects.order_by("pk")):
        expected |= DUE[dice.choice(("callback", "callback", "late", "late", "hold"))](task, some_hour(dice))
    return {key: end for key, end in expected.items() if key[2] < LAST}


def some_hour(dice: random.Random) -> datetime:
    """Choose a minute of the night, or one of the outage that is far from those at which a row turns stale."""
    if dice.random() < 0.7:
        return BEGINS + dice.randrange(5, 295) * MINUTE
    return BEGINS + NIGHT + dice.choice((dice.randrange(5, 200), dice.randrange(280, 900))) * MINUTE


def call_back(task: CallTask, at: datetime) -> dict[Key, str]:
    CallTask.objects.filter(pk=task.pk).update(stage="callback", due_at=at)
    return {("callback", task.pk, at): "done"}


def be_late(task: CallTask, at: datetime) -> dict[Key, str]:
    CallTask.objects.filter(pk=task.pk).update(limit_at=at)
    still = walk(at, 60, task.zone)
    return {("late", task.pk, at): fate("late", at), ("late_still", task.pk, still): fate("late_still", still)}


def hold(task: CallTask, at: datetime) -> dict[Key, str]:
    row = Hold.objects.create(
        order=Order.objects.get(pk=task.order_id), reason="other", until=at, opened_at=BEGINS, opened_by="sweep:0"
    )
    return {("hold", row.pk, at): fate("hold", at)}


DUE = {"callback": call_back, "late": be_late, "hold": hold}


def fate(what: str, at: datetime) -> str:
    """Say what becomes of a row: while the desk runs it is told at its hour; after the outage it may be too late."""
    ran = at < BEGINS + NIGHT
    return "done" if ran or ENDS - at <= STALE[what] else "dropped"


def walk(at: datetime, minutes: int, zone: str) -> datetime:
    """Give when so many minutes between nine and eight have passed on a wall in that zone, minute by minute."""
    while minutes:
        minutes -= 9 <= at.astimezone(ZoneInfo(zone)).hour < 20
        at += MINUTE
    return at


def judge(expected: dict[Key, str], killed: list[str]) -> Verdict:
    """Compare what lies in the database with what was expected."""
    rows = {(row.what, row.subject, row.due_at): row for row in Reminder.objects.filter(due_at__lt=LAST)}
    found = Verdict(expected=len(expected), killed=killed)
    states = {key: row.state for key, row in rows.items()}
    found.done, found.dropped = (sum(state == one for state in states.values()) for one in ("done", "dropped"))
    found.missing = [key for key in expected if states.get(key) not in {"done", "dropped"}]
    found.unexpected = [key for key in states if key not in expected]
    found.wrong = [key for key, end in expected.items() if key not in found.missing and states[key] != end]
    found.early = [key for key, row in rows.items() if row.decided_at and row.decided_at < key[2]]
    told = Counter(
        (TOLD[kind], int(subject))
        for kind, subject in JournalEvent.objects.filter(kind__in=TOLD).values_list("kind", "subject_id")
    )
    found.twice = [one for one, times in told.items() if times > 1]
    # What was told stands in the journal, and what was dropped does not.
    found.wrong += [key for key, state in states.items() if (state == "done") != bool(told[key[:2]])]
    return found


class Night:
    """The processes of a night, and the hand that kills them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.ready = folder, folder / "clock", folder / "ready"
        self.ready.mkdir()
        self.port = free_port()
        self.running: dict[str, Any] = {}
        self.killed: list[str] = []
        nightclock.set_clock(BEGINS, 0, self.clock)

    def __enter__(self) -> "Night":
        part_from_the_server()
        for name in ("broker", "worker1", "worker2", "worker3", "beat1", "beat2"):
            self.start(name)
        until = time.monotonic() + PATIENCE_S
        while len(list(self.ready.iterdir())) < WORKERS:
            if time.monotonic() > until:
                self.__exit__()
                raise TimeoutError((self.folder / "log").read_text()[-3_000:])
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.running):
            self.end(name)

    def start(self, name: str) -> None:
        """Start a process of the night."""
        if name == "broker":
            redis = [
                "redis-server",
                "--port",
                str(self.port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
            ]
            self.running[name] = subprocess.Popen([*redis, "--dir", str(self.folder)], stdout=subprocess.DEVNULL)
            return
        skew_s = {"worker2": 2, "worker3": -2}.get(name, 0)
        place = clocked.Place(name, self.folder, f"redis://127.0.0.1:{self.port}/0", skew_s)
        process = multiprocessing.get_context("fork").Process(target=clocked.live, args=[place], daemon=True)
        process.start()
        self.running[name] = process

    def kill(self, name: str, *, again: bool) -> None:
        """Kill a process as a machine does that loses its power; start it anew."""
        self.end(name)
        self.killed.append(name)
        if again:
            part_from_the_server()
            self.start(name)

    def end(self, name: str) -> None:
        """End a process without asking it."""
        process = self.running.pop(name)
        process.kill()
        process.wait() if name == "broker" else process.join()


def part_from_the_server() -> None:
    """Close connections and their pools: a process must not inherit them."""
    connections.close_all()
    for one in connections.all():
        one.close_pool()  # type: ignore[attr-defined]


def run(seed: int, orders: int, seconds: float, *, rounds: int = 1, again: bool = True) -> Verdict:
    """Run a night in so many seconds, with so many rounds of kills and jumps; `again`: what was killed comes back."""
    expected = prepare(seed, orders)
    with tempfile.TemporaryDirectory(prefix="night-") as folder, Night(Path(folder)) as night:
        speed, part, shown = NIGHT.total_seconds() / seconds, seconds / (rounds * len(DEEDS)), BEGINS
        for _round in range(rounds):
            for deed in DEEDS:
                nightclock.set_clock(shown, speed, night.clock)
                time.sleep(part)
                shown += timedelta(seconds=part * speed)
                if isinstance(deed, timedelta):
                    shown += deed
                elif deed in night.running:
                    night.kill(deed, again=again or deed == "broker")
        nightclock.set_clock(BEGINS + NIGHT, 1, night.clock)
        wait_until_decided({key for key in expected if key[2] < BEGINS + NIGHT})
        nightclock.set_clock(ENDS, 1, night.clock)
        wait_until_decided(set(expected))
        return judge(expected, night.killed)


# A worker, the clock ahead, the broker, the clock back, a beat, another worker: one after another, all night long.
DEEDS: tuple[str | timedelta, ...] = ("worker1", 6 * MINUTE, "broker", -6 * MINUTE, "beat1", "worker2")


def wait_until_decided(keys: set[Key]) -> None:
    """Wait until all these rows are decided; after the patience the judge says which are not."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        rows = Reminder.objects.exclude(state="waiting").values_list("what", "subject", "due_at")
        if keys <= set(rows):
            return
        time.sleep(0.3)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--orders", type=int, default=3_000)
    asked.add_argument("--seconds", type=float, default=600)
    asked.add_argument("--rounds", type=int, default=10)
    asked.add_argument("--seed", type=int, default=1)
    options = asked.parse_args()
    setup_test_environment()
    made = setup_databases(verbosity=0, interactive=False, aliases={"default"}, serialized_aliases=set())
    try:
        verdict = run(options.seed, options.orders, options.seconds, rounds=options.rounds)
    finally:
        part_from_the_server()
        teardown_databases(made, verbosity=0)
    sys.stdout.write(f"{verdict}\n")
    return 0 if verdict.is_right else 1


if __name__ == "__main__":
    sys.exit(main())
