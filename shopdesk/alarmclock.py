"""The beat's scheduler: Celery's own, which a clock that was set back does not stop.

Celery counts an interval from the moment of the last run. After the clock was an hour ahead that moment lies in an
hour's time, and nothing would run before: no callback rung, no webhook sent, for an hour without a word.
"""

from datetime import timedelta
from typing import Any, Final

from celery.beat import PersistentScheduler

SLACK: Final = timedelta(seconds=1)
A_DAY: Final = timedelta(days=1)  # no sweep waits as long


class AlarmClock(PersistentScheduler):  # type: ignore[misc]
    """Keeps intervals; what claims to have run in the future runs at once."""

    def tick(self, *args: Any, **options: Any) -> float:
        """Send what is due. Gives in how many seconds to look again."""
        for entry in self.schedule.values():
            now = entry.default_now()
            if entry.last_run_at > now + SLACK:
                entry.last_run_at = now - A_DAY
                self._heap = None  # sorted by hours that the clock no longer shows
        wait_s: float = super().tick(*args, **options)
        return wait_s
