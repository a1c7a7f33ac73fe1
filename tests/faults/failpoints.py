"""Places at which a process of the rig dies when a file of that name lies there: the first to come takes it away.

The desk has none of its own: they are laid around it when a process starts with `tests.faults.settings`.
"""

import os
import signal
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper

BEFORE_COMMIT, AFTER_COMMIT, AFTER_SEND = POINTS = ("before_commit", "after_commit", "after_send")
FOLDER = "FAILPOINTS"


class Failpoints(AppConfig):
    """Lays the failpoints."""

    name = "tests.faults"

    def ready(self) -> None:
        """Lay them around the commit of every transaction, and around what leaves for other machines."""
        from shopdesk.base import outgoing  # noqa: PLC0415  # no model before the apps are there

        BaseDatabaseWrapper.commit = _around(BaseDatabaseWrapper.commit, BEFORE_COMMIT, AFTER_COMMIT)  # type: ignore[method-assign]
        outgoing.send = _around(outgoing.send, "", AFTER_SEND)


def _around(act: Callable[..., Any], before: str, after: str) -> Callable[..., Any]:
    @wraps(act)
    def acted(*args: Any, **named: Any) -> Any:
        _die_if_asked(before)
        answer = act(*args, **named)
        _die_if_asked(after)
        return answer

    return acted


def _die_if_asked(point: str) -> None:
    folder = os.environ.get(FOLDER)
    if not folder or not point:
        return
    try:
        (Path(folder) / point).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
