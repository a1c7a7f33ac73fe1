"""The database goes away, is locked by somebody, or takes nothing."""

import random
import sqlite3
import time
from pathlib import Path

import psycopg

from tests import make
from tests.faults import probing
from tests.faults.probing import Probe
from tests.faults.rig import Rig

SESSIONS = 200  # more than a server of the rig allows


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


def stand_by(rig: Rig, dice: random.Random) -> list[str]:
    """F17: the database reads and takes nothing, as a standby that another one's fall has not raised yet."""
    rig.probe_key = make.token(make.channel("rig0"))  # one that was never used: its first use is noted
    sign = rig.folder / "postgresql" / "standby.signal"
    with rig.without_database():
        sign.touch()
    try:
        probing.wait_to_hear(rig, probing.READING, 200)
        with Probe(rig, ("GET /livez", probing.READING, probing.WRITING)) as probe:
            time.sleep(dice.uniform(4, 8))
    finally:
        with rig.without_database():
            sign.unlink()
    wanted = {probing.READING: (200,), probing.WRITING: (503,)}
    return probe.complaints(alive=True, patient_s=10, wanted=wanted)
