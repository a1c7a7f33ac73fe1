"""Two deeds at once, at a chosen moment: the first is stopped at a failpoint, the second ends or waits, then both end.

A failpoint is laid around the first one's own connection by the test; the desk has none of its own to switch on.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.utils import OperationalError

from shopdesk.base.errors import Refusal

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")
LOOKS_S, PATIENCE_S = 0.5, 20.0
AT_WRITE, AT_COMMIT = "at its first write", "before its commit"
Deed = Callable[[], Any]


@dataclass
class Meeting:
    """How it went: what each ended with, and whether the second one waited while the first stood still."""

    first: Any = None
    second: Any = None
    stopped: bool = False
    waited: bool = False
    wrong: list[str] = field(default_factory=list)

    @property
    def ends(self) -> list[str]:
        return [type(end).__name__ if isinstance(end, Exception) else "done" for end in (self.first, self.second)]


def meet(first: Deed, second: Deed, failpoint: str) -> Meeting:
    """Stop the first at the failpoint, start the second, let it end or wait; then let the first go on."""
    met, reached, go = Meeting(), threading.Event(), threading.Event()

    def pause() -> None:
        if not met.stopped:
            met.stopped = True
            reached.set()
            go.wait(PATIENCE_S)

    def run(name: str, deed: Deed, lay: Callable[[], Any]) -> None:
        try:
            with lay():
                setattr(met, name, deed())
        except Exception as error:  # the test decides which are right
            setattr(met, name, error)
        finally:
            connections.close_all()
            if name == "first":
                reached.set()

    one = threading.Thread(target=run, args=("first", first, lambda: Failpoint(failpoint, pause)))
    other = threading.Thread(target=run, args=("second", second, lambda: Failpoint("", pause)))
    one.start()
    reached.wait(PATIENCE_S)
    other.start()
    other.join(LOOKS_S)
    met.waited = other.is_alive()
    go.set()
    for thread in (one, other):
        thread.join(PATIENCE_S)
        if thread.is_alive():
            met.wrong.append("one of them never ended")
    met.wrong += [f"{type(end).__name__}: {end}" for end in (met.first, met.second) if is_a_bug(end)]
    return met


def is_a_bug(end: Any) -> bool:
    """A refusal is an answer, and so is a database that gave up waiting (503, asked again); all else is a bug."""
    return isinstance(end, Exception) and not isinstance(end, Refusal | OperationalError)


class Failpoint:
    """Stands in one thread's connection, around its first write or around its first commit."""

    def __init__(self, where: str, pause: Callable[[], None]) -> None:
        self.where, self.pause = where, pause

    def __enter__(self) -> None:
        self.line = connections["default"]
        self.line.ensure_connection()
        if self.where == AT_WRITE:
            self.wrapper = self.line.execute_wrapper(self._at_write)
            self.wrapper.__enter__()
        elif self.where == AT_COMMIT:
            self.line.commit, self.commit = self._at_commit, self.line.commit  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        if self.where == AT_WRITE:
            self.wrapper.__exit__(None, None, None)
        elif self.where == AT_COMMIT:
            del self.line.commit

    def _at_write(self, execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        if sql.lstrip().upper().startswith(WRITES):
            self.pause()
        return execute(sql, params, many, context)

    def _at_commit(self) -> None:
        self.pause()
        self.commit()
