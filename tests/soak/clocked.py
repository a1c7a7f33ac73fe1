"""Workers and beats of a night: the desk's own Celery app in processes of their own, by a clock that passes in seconds.

Nothing but the clock and the interval of the sweep is another one. A process is forked, so it starts at once and on
the test's own database.
"""

import os
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from celery.signals import worker_ready
from django.utils import timezone

from shopdesk.celery import app
from tests.soak.nightclock import read_clock

EVERY_S, LOOP_S = 0.4, 0.2
SWEEP = "orders.tasks.due_callbacks"
QUIETLY = ("--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "warning")


@dataclass(frozen=True)
class Place:
    """Where a process of the night lives. `skew_s`: how far its clock goes wrong."""

    name: str
    folder: Path
    broker: str
    skew_s: float = 0


def live(place: Place) -> None:
    """Be a worker or a beat until somebody kills it. Runs in a process of its own."""
    log = os.open(place.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    sys.stdout, sys.stderr = os.fdopen(1, "w"), os.fdopen(2, "w")
    follow(place)
    app.conf.broker_url = place.broker
    app.conf.beat_schedule = {SWEEP: {"task": SWEEP, "schedule": EVERY_S, "options": {"expires": EVERY_S * 5}}}
    app.conf.beat_max_loop_interval = LOOP_S
    if place.name.startswith("beat"):
        app.start(["beat", "-s", str(place.folder / f"{place.name}.schedule"), "--pidfile=", "-l", "warning"])
    else:
        worker_ready.connect(lambda **_: (place.folder / "ready" / place.name).touch(), weak=False)
        app.worker_main(["worker", "--pool=solo", "-n", f"{place.name}@night", *QUIETLY])


def follow(place: Place) -> None:
    """Let this process read the clock of the night."""
    skew = timedelta(seconds=place.skew_s)

    def now() -> datetime:
        return read_clock(place.folder / "clock") + skew

    doors: Any = timezone
    doors.now = now
