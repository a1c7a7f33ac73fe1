"""What happens to the desk, by one seed: processes die or stand still, the broker forgets, the database goes away.

A deed gives what was wrong while it lasted, in words; most look at nothing, and what they broke is judged at the end.
"""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from shopdesk.ports import wait_for
from tests.faults import failpoints
from tests.faults.probing import Probe
from tests.faults.rig import Rig

Deed = Callable[[Rig, random.Random], list[str] | None]
SESSIONS = 200  # more than a server of the rig allows
FILLED_AT_ONCE = 1 << 24


def kill_a_web_worker(rig: Rig, dice: random.Random) -> None:
    """F01."""
    children = rig.children("web")
    if children:
        os.kill(dice.choice(children), signal.SIGKILL)


def kill_the_web(rig: Rig, dice: random.Random) -> None:
    """F02."""
    rig.kill("web")
    rig.start("web")


def kill_a_worker(rig: Rig, dice: random.Random) -> None:
    """F03: the parent and its pool."""
    name = dice.choice(["worker1", "worker2"])
    rig.kill(name)
    rig.start(name)


def freeze_a_worker(rig: Rig, dice: random.Random) -> None:
    """F04: it thaws and goes on with what it had begun."""
    process = rig.running[dice.choice(["worker1", "worker2"])]
    rig.signal(process, signal.SIGSTOP)
    time.sleep(dice.uniform(3, 8))
    rig.signal(process, signal.SIGCONT)


def kill_a_beat(rig: Rig, dice: random.Random) -> None:
    """F05."""
    name = dice.choice(["beat1", "beat2"])
    rig.kill(name)
    rig.start(name)


def kill_the_broker(rig: Rig, dice: random.Random) -> None:
    """F06: its file of appended commands is there when it comes back."""
    rig.kill("broker")
    time.sleep(dice.uniform(0, 2))
    rig.start("broker")


def lose_the_broker(rig: Rig, dice: random.Random) -> None:
    """F07."""
    rig.wipe_broker()


def freeze_the_broker(rig: Rig, dice: random.Random) -> None:
    """F08."""
    process = rig.running["broker"]
    rig.signal(process, signal.SIGSTOP)
    time.sleep(dice.uniform(2, 6))
    rig.signal(process, signal.SIGCONT)


def empty_the_broker(rig: Rig, dice: random.Random) -> None:
    """F09."""
    try:
        Redis(port=rig.broker_port, socket_timeout=2).flushall()
    except RedisError:
        return


def cut_a_session(rig: Rig, dice: random.Random) -> None:
    """F10."""
    with psycopg.connect(rig.env["DATABASE_URL"], autocommit=True) as line:
        line.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY random() LIMIT 2"
        )


def kill_the_database(rig: Rig, dice: random.Random) -> None:
    """F11."""
    rig.kill_database()


def hold_the_shelf(rig: Rig, dice: random.Random) -> None:
    """F14: somebody locks the hot products."""
    with psycopg.connect(rig.env["DATABASE_URL"]) as line:
        line.execute("SELECT 1 FROM stock_level ORDER BY id FOR UPDATE")
        time.sleep(dice.uniform(2, 5))


def hold_the_file(rig: Rig, dice: random.Random) -> None:
    """F15: somebody else writes for a while."""
    file = Path(rig.env["SHOPDESK_DATA"]) / "shopdesk.sqlite3"
    with sqlite3.connect(file, timeout=20, isolation_level=None) as line:
        line.execute("BEGIN IMMEDIATE")
        time.sleep(dice.uniform(2, 5))
        line.execute("ROLLBACK")


def stop_the_database(rig: Rig, dice: random.Random) -> list[str]:
    """F12: it is shut down for a while; whoever asks is told to come again, soon, and nothing piles up."""
    with rig.without_database(), Probe(rig) as probe:
        time.sleep(dice.uniform(5, 12))
    return probe.complaints(alive=True, patient_s=6)


def take_all_sessions(rig: Rig, dice: random.Random) -> list[str]:
    """F13: somebody holds every session that the server has, also those that the desk had."""
    held: list[psycopg.Connection] = []
    try:
        for _try in range(SESSIONS):
            try:
                held.append(psycopg.connect(rig.env["DATABASE_URL"], autocommit=True))
            except psycopg.OperationalError:
                if not held or not _cut_the_others(held[0], held):
                    break
        with Probe(rig) as probe:
            time.sleep(dice.uniform(4, 8))
    finally:
        for line in held:
            line.close()
    return probe.complaints(alive=True, patient_s=6)


def _cut_the_others(line: psycopg.Connection, held: list[psycopg.Connection]) -> int:
    """End the sessions that are not held. Gives how many there were."""
    mine = [one.info.backend_pid for one in held]
    asked = line.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND NOT pid = ANY(%s)", [mine],
    )  # fmt: skip
    return asked.rowcount


def fill_the_disk(rig: Rig, dice: random.Random) -> list[str]:
    """F16: the disk of the database, the broker and the private files is full for a while."""
    if not rig.has_its_own_disk:
        raise OSError("the rig has no disk of its own: it needs to be root")
    filler = rig.folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while file.write(bytes(FILLED_AT_ONCE)) == FILLED_AT_ONCE:
                pass
            file.write(bytes(1 << 12))
    except OSError:
        pass  # full: that was wanted
    try:
        with Probe(rig) as probe:
            time.sleep(dice.uniform(4, 8))
    finally:
        filler.unlink(missing_ok=True)
    rig.revive()
    return probe.complaints(alive=True, patient_s=25)


def die_at_a_failpoint(rig: Rig, dice: random.Random) -> None:
    """F18: some process dies before a commit, after one, or after a message left and before that was noted."""
    point = rig.failpoints / dice.choice(failpoints.POINTS)
    point.touch()
    until = time.monotonic() + 40
    while point.exists() and time.monotonic() < until:
        time.sleep(0.05)
    passed_by = point.exists()
    point.unlink(missing_ok=True)
    rig.revive()
    if passed_by:
        raise TimeoutError(f"nobody came by {point.name}")


EVERYWHERE: list[Deed] = [
    kill_a_web_worker, kill_a_web_worker, kill_the_web, kill_a_worker, kill_a_worker, freeze_a_worker, kill_a_beat,
    kill_the_broker, lose_the_broker, freeze_the_broker, empty_the_broker, fill_the_disk,
    die_at_a_failpoint, die_at_a_failpoint, die_at_a_failpoint,
]  # fmt: skip
OF: dict[str, list[Deed]] = {
    "postgresql": [
        cut_a_session,
        cut_a_session,
        kill_the_database,
        hold_the_shelf,
        stop_the_database,
        take_all_sessions,
    ],
    "sqlite": [hold_the_file, hold_the_file],
}


def plan(database: str, seed: int, number: int, *, only: Sequence[str] = ()) -> list[Deed]:
    """Choose so many deeds; each kind comes once before any comes again."""
    dice, chosen = random.Random(seed), list[Deed]()
    while len(chosen) < number:
        kinds = [one for one in EVERYWHERE + OF[database] if not only or one.__name__ in only]
        dice.shuffle(kinds)
        chosen += kinds
    return chosen[:number]


def do(rig: Rig, deed: Deed, dice: random.Random) -> list[str]:
    """Do it, and wait until whatever was started listens again. Gives what was wrong meanwhile."""
    wrong = deed(rig, dice)
    rig.revive()
    wait_for(rig.broker_port)
    wait_for(rig.port, 90)
    return wrong or []
