"""When the database gives no session, whoever asks is told at once, instead of each waiting in line to learn it.

A request without a session waits four seconds for one (`settings`, the pool's timeout) and holds its thread so long: a
web process has four threads, so a handful of visitors would keep everybody from being answered, `/livez` too. After the
first that waited in vain the process answers 503 by itself; then one request tries, and what it finds is what counts.
"""

from threading import Lock
from time import monotonic
from typing import Final

from psycopg_pool import PoolTimeout

REST_S: Final = 1.0  # after which one request tries
TRIAL_S: Final = 5.0  # longer than one waits for a session: so long nobody else tries


class Outage:
    """Whether this process lets requests through to the database."""

    def __init__(self) -> None:
        self._refused_until = 0.0
        self._lock = Lock()

    def refuses(self) -> bool:
        """Whether the next request is refused. The first after a rest is not: it tries for all."""
        with self._lock:
            if not self._refused_until:
                return False
            now = monotonic()
            if now < self._refused_until:
                return True
            self._refused_until = now + TRIAL_S
            return False

    def begin_if_in_vain(self, exc: BaseException) -> None:
        """Refuse from now on, if it was for a session that somebody waited in vain."""
        if not isinstance(exc.__cause__, PoolTimeout):
            return
        with self._lock:
            self._refused_until = monotonic() + REST_S

    def end(self) -> None:
        """Somebody was served."""
        with self._lock:
            self._refused_until = 0.0


SESSIONS: Final = Outage()  # of this process
