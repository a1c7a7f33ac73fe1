"""The beat goes on whatever its clock does: forward, back, while it runs and over a restart (F22, T1, T2)."""

import time
from pathlib import Path

import pytest
import time_machine
from celery.beat import PersistentScheduler

from shopdesk.alarmclock import AlarmClock
from shopdesk.celery import SWEEPS, app

pytestmark = pytest.mark.once
HOUR_S, DAY_S = 3600, 86400
SOON = {name for name, every in SWEEPS.items() if every <= 30}
BEGAN = time.time()


class Listed:
    """Keeps the names of what would be sent."""

    def __init__(self, *args, **options):
        self.sent = []
        super().__init__(*args, **options)

    def apply_async(self, entry, *_args, **_options):
        self.sent.append(entry.name)


class Ours(Listed, AlarmClock):
    """The desk's own scheduler."""


class Celerys(Listed, PersistentScheduler):
    """Celery's."""


def begin(kind: type, folder: Path, at: float):
    with time_machine.travel(at, tick=False):
        return kind(app=app, schedule_filename=str(folder / "beat"), lazy=False)


def tick(beat, since: float, seconds: float) -> set[str]:
    """Let it tick for so long by a clock that shows this. Gives what it sent."""
    beat.sent.clear()
    shown = since
    while shown < since + seconds:
        with time_machine.travel(shown, tick=False):
            shown += max(beat.tick(), 0.01)
    return set(beat.sent)


@pytest.mark.parametrize("step_s", [HOUR_S, -HOUR_S, DAY_S, -DAY_S])
def test_every_sweep_runs_within_its_interval_after_the_clock_was_set(step_s, tmp_path):
    beat = begin(Ours, tmp_path, BEGAN)
    assert tick(beat, BEGAN, 31) >= SOON

    assert tick(beat, BEGAN + step_s, 31) >= SOON, "while it runs"

    beat.sync()
    beat.close()
    beat = begin(Ours, tmp_path, BEGAN - 2 * DAY_S)
    assert tick(beat, BEGAN - 2 * DAY_S, 31) >= SOON, "after a restart"
    beat.close()


def test_without_it_an_hour_passes_in_silence(tmp_path):
    """Negative control: Celery's own scheduler waits until its last run lies in the past again."""
    beat = begin(Celerys, tmp_path, BEGAN)
    assert tick(beat, BEGAN, 31) >= SOON

    assert tick(beat, BEGAN - HOUR_S, 31) == set()
    beat.close()


def test_a_clock_that_goes_right_changes_no_interval(tmp_path):
    beat = begin(Ours, tmp_path, BEGAN)

    tick(beat, BEGAN, 62)

    assert beat.sent.count("orders.tasks.due_callbacks") == 2
    beat.close()


def test_the_desk_s_beat_is_this_one():
    assert app.conf.beat_scheduler == "shopdesk.alarmclock:AlarmClock"
