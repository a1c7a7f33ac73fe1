"""The broker dies, forgets or stands still."""

import random
import signal
import time

from redis import Redis
from redis.exceptions import RedisError

from tests.faults.rig import Rig


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
