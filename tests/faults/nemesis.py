"""What happens to the desk, by one seed: processes die or stand still, the broker forgets, the database goes away.

A deed gives what was wrong while it lasted, in words; most look at nothing, and what they broke is judged at the end.
"""

import random
from collections.abc import Callable, Sequence

from django.db import connections

from shopdesk.ports import wait_for
from tests.faults import brokers, clocks, couriers, crowds, databases, disks, heavy, processes
from tests.faults.rig import Rig

Deed = Callable[[Rig, random.Random], list[str] | None]
EVERYWHERE: list[Deed] = [
    processes.kill_a_web_worker, processes.kill_a_web_worker, processes.kill_the_web, processes.kill_a_worker,
    processes.kill_a_worker, processes.freeze_a_worker, processes.kill_a_beat, brokers.kill_the_broker,
    brokers.lose_the_broker, brokers.freeze_the_broker, brokers.empty_the_broker, disks.fill_the_disk,
    disks.turn_the_disk_read_only, processes.die_at_a_failpoint, processes.die_at_a_failpoint,
    processes.die_at_a_failpoint,
]  # fmt: skip
# Half a minute each, or more.
LONG: list[Deed] = [
    clocks.an_hour_ahead, clocks.an_hour_back, clocks.a_day_ahead, clocks.a_day_back, couriers.say_it_in_any_order,
    crowds.crowd_the_door, heavy.bring_what_is_too_heavy,
]  # fmt: skip
OF: dict[str, list[Deed]] = {
    "postgresql": [
        databases.cut_a_session, databases.cut_a_session, databases.kill_the_database, databases.hold_the_shelf,
        databases.stop_the_database, databases.take_all_sessions, databases.stand_by,
    ],
    "sqlite": [databases.hold_the_file, databases.hold_the_file],
}  # fmt: skip


def plan(database: str, seed: int, number: int, *, only: Sequence[str] = ()) -> list[Deed]:
    """Choose so many deeds; each kind comes once before any comes again, the long ones after the others."""
    dice, chosen = random.Random(seed), list[Deed]()
    while len(chosen) < number:
        for kinds in (EVERYWHERE + OF[database], LONG):
            some = [one for one in kinds if not only or one.__name__ in only]
            chosen += dice.sample(some, len(some))
        if not chosen:
            raise ValueError(f"there is no such deed for {database}: {', '.join(only)}")
    return chosen[:number]


def do(rig: Rig, deed: Deed, dice: random.Random) -> list[str]:
    """Do it, and wait until whatever was started listens again. Gives what was wrong meanwhile."""
    connections.close_all()  # ours: the deed before may have cut them
    wrong = deed(rig, dice)
    rig.revive()
    wait_for(rig.broker_port)
    wait_for(rig.port, 90)
    return wrong or []
