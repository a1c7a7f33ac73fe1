"""Wake a sweep after commit. The task is named, never imported, and nothing depends on its being woken."""

import threading
import time
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.connection import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

TIMEOUT_S = 1
SILENT_AFTER_FAILURE_S = 5

_own = threading.local()  # one connection a thread
_silent_until = 0.0


def wake(name: str, *, using: str = "default") -> None:
    """Send the task `name` when the transaction commits, once however often it is asked for in it.

    Work lies in rows and every sweep also runs on a timer, so a broker that is gone costs some seconds of delay and
    never the caller's work: a failure is not raised, and for five seconds nobody tries again.
    """
    connection = transaction.get_connection(using)
    waiting = [function for _, function, _ in connection.run_on_commit]
    if any(isinstance(one, Wake) and one.name == name for one in waiting):
        return
    transaction.on_commit(Wake(name), using=using, robust=True)


class Wake:
    """One wake that waits for the commit."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self) -> None:
        """Send the task now, unless the broker failed a moment ago."""
        if settings.REDIS_URL and time.monotonic() >= _silent_until:
            send(self.name)


def send(name: str) -> None:
    """Send the task in at most a second; a broker that cannot take it is left alone for a while."""
    global _silent_until
    try:
        current_app.send_task(name, connection=broker(), retry=False, ignore_result=True)
    except (RedisError, KombuError, OSError):
        # Redis out of memory, frozen, gone or restarting: the timer wakes the sweep instead.
        _silent_until = time.monotonic() + SILENT_AFTER_FAILURE_S
        forget_broker()


def broker() -> Connection:
    """Give this thread's connection, with timeouts of a second: a web request waits for it."""
    known: Connection | None = getattr(_own, "connection", None)
    if known is None:
        short: dict[str, Any] = {"socket_timeout": TIMEOUT_S, "socket_connect_timeout": TIMEOUT_S, "max_retries": 0}
        options = {**current_app.conf.broker_transport_options, **short}
        known = Connection(settings.REDIS_URL, connect_timeout=TIMEOUT_S, transport_options=options)
        _own.connection = known
    return known


def forget_broker() -> None:
    """Drop this thread's connection; the next wake makes a new one."""
    known: Connection | None = getattr(_own, "connection", None)
    _own.connection = None
    if known is not None:
        known.collect(socket_timeout=TIMEOUT_S)
