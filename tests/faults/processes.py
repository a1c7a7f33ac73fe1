"""Processes die or stand still: web workers, the whole web, Celery workers, beats, whoever passes a failpoint."""

import os
import random
import signal
import time

from tests.faults import failpoints
from tests.faults.rig import Rig


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
