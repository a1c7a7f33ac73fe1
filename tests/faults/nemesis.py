"""What happens to the desk, by one seed: processes die or stand still, the broker forgets, the database goes away."""

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from redis import Redis
from redis.exceptions import RedisError

from tests.faults.rig import Rig, wait_for

Deed = Callable[[Rig, random.Random], None]


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


EVERYWHERE: list[Deed] = [
    kill_a_web_worker, kill_a_web_worker, kill_the_web, kill_a_worker, kill_a_worker, freeze_a_worker, kill_a_beat,
    kill_the_broker, lose_the_broker, freeze_the_broker, empty_the_broker,
]  # fmt: skip
OF: dict[str, list[Deed]] = {
    "postgresql": [cut_a_session, cut_a_session, kill_the_database, hold_the_shelf],
    "sqlite": [hold_the_file, hold_the_file],
}


def plan(database: str, seed: int, number: int) -> list[Deed]:
    """Choose so many deeds; each kind comes once before any comes again."""
    dice, chosen = random.Random(seed), list[Deed]()
    while len(chosen) < number:
        kinds = EVERYWHERE + OF[database]
        dice.shuffle(kinds)
        chosen += kinds
    return chosen[:number]


def do(rig: Rig, deed: Deed, dice: random.Random) -> None:
    """Do it, and wait until whatever was started listens again."""
    deed(rig, dice)
    wait_for(rig.broker_port)
    wait_for(rig.port, 90)
