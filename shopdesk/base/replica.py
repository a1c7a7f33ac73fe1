"""Whether the replica may be read: only once it has all that was committed when somebody asked.

So nobody meets an older desk than the one they have just written to, whoever wrote it and through which process: the
primary says how far its journal is safe, and the replica is waited for, some tenths of a second. Where it stays behind
or away, the primary is read, and the replica left alone for a while.
"""

import logging
import time
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import Error, connections

log = logging.getLogger(__name__)

PATIENCE: Final = timedelta(milliseconds=300)  # a standby beside the primary is some milliseconds behind
BEHIND: Final = timedelta(seconds=5)  # left alone for so long, so that the next who ask do not wait in vain
AWAY: Final = timedelta(minutes=1)
LOOK_EVERY_S: Final = 0.005
SAFE: Final = "SELECT pg_current_wal_flush_lsn()::text"
# What is no standby, because it was raised to a primary, has a journal of its own: its places mean something else.
HAS: Final = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"


class Trust:
    """How long the replica is left alone, in this process."""

    def __init__(self) -> None:
        self.alone_until = 0.0

    def alias(self) -> str:
        """Give the alias to read from: the replica's once it has everything, else the primary's."""
        home: str = settings.SNAPSHOT_ALIAS
        replica: str = settings.REPLICA_ALIAS
        if not replica or connections[home].in_atomic_block:
            return home
        if connections[replica].in_atomic_block:
            return replica  # within a snapshot: both read one moment
        if time.monotonic() < self.alone_until:
            return home
        alone = _wait_for(replica, _safe_at(home))
        self.alone_until = time.monotonic() + alone.total_seconds()
        return home if alone else replica


def _safe_at(home: str) -> str:
    with connections[home].cursor() as cursor:
        cursor.execute(SAFE)
        return str(cursor.fetchone()[0])


def _wait_for(replica: str, place: str) -> timedelta:
    """Wait until the replica has everything up to this place. Gives for how long to leave it alone: none if it has."""
    until = time.monotonic() + PATIENCE.total_seconds()
    try:
        with connections[replica].cursor() as cursor:
            while time.monotonic() < until:
                cursor.execute(HAS, [place])
                if cursor.fetchone()[0]:
                    return timedelta()
                time.sleep(LOOK_EVERY_S)
    except Error:
        log.warning("replica_away", exc_info=True)
        connections[replica].close()  # so that the next time it is rung anew
        return AWAY
    log.warning("replica_behind", extra={"place": place})
    return BEHIND


TRUST: Final = Trust()
