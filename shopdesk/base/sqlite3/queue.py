"""Writers of one SQLite file take turns in the order in which they came: threads of a process, and processes.

SQLite lets one writer in and tells the others to try again; its busy handler sleeps between tries, longer each time, so
of several busy writers one may find the door shut for seconds. Nothing is guarded here, SQLite does that: whoever gives
up waiting, or dies while they wait, lets those behind them come a little early, and they meet SQLite's own lock.

Threads hand the turn over in memory. Between processes each turn has a number, and a byte of a side file that stays
locked until the turn is over; whoever comes next waits for the byte before its own. The system unlocks what a dead
process had locked.
"""

import fcntl
import os
import struct
import time
from collections import deque
from pathlib import Path
from threading import Lock
from typing import Final

NUMBER: Final = struct.Struct("<q")
GATE: Final = 0  # the byte that is locked while a number is drawn; the turns' own begin behind it
LOOK_EVERY_S: Final = 0.001  # at whether the process before is done
SIDE: Final = "-queue"


class Turns:
    """A turn that goes from thread to thread, first come, first served."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: deque[Lock] = deque()
        self._taken = False

    def enter(self, wait_s: float) -> bool:
        """Wait for the turn, so many seconds at most. Tells whether it came."""
        with self._lock:
            if not self._taken:
                self._taken = True
                return True
            mine = Lock()
            mine.acquire()
            self._waiting.append(mine)
        if mine.acquire(timeout=max(wait_s, 0)):
            return True
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return False
        return True  # it was handed over in the very moment of giving up

    def leave(self) -> None:
        """Hand the turn to whoever waits longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False


class Numbers:
    """Turns of processes: a number each, and the byte of that number in a file. One thread of a process at a time."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._mine = 0

    def enter(self, until: float) -> bool:
        """Draw a number and wait for the process before, until an instant of the monotonic clock. Tells whether it
        left, or died.
        """
        fcntl.lockf(self._fd, fcntl.LOCK_EX, 1, GATE)  # held for three calls of the system
        try:
            drawn = os.pread(self._fd, NUMBER.size, 0)
            self._mine = (NUMBER.unpack(drawn)[0] if len(drawn) == NUMBER.size else 0) + 1
            while not self._lock(self._mine):
                self._mine += 1  # somebody emptied the file: these numbers are still out
            os.pwrite(self._fd, NUMBER.pack(self._mine), 0)
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, GATE)
        while not self._is_free(self._mine - 1):
            if time.monotonic() >= until:
                self.leave()
                return False
            time.sleep(LOOK_EVERY_S)
        return True

    def leave(self) -> None:
        """Let the next one in."""
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, GATE + 1 + self._mine)

    def _is_free(self, number: int) -> bool:
        if not self._lock(number):
            return False
        fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, GATE + 1 + number)
        return True

    def _lock(self, number: int) -> bool:
        try:
            fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, GATE + 1 + number)
        except (BlockingIOError, PermissionError):  # both say that somebody has it
            return False
        return True


class Queue:
    """The writers of one file."""

    def __init__(self, path: str) -> None:
        self._threads = Turns()
        self._processes = _numbers(path)

    def enter(self, wait_s: float) -> bool:
        """Wait for one's turn to write, so many seconds at most. Tells whether it came; then `leave` ends it."""
        until = time.monotonic() + wait_s
        if not self._threads.enter(wait_s):
            return False
        try:
            came = self._processes is None or self._processes.enter(until)
        except OSError:  # a file system without such locks, or a disk that takes nothing: SQLite says that better
            self._processes, came = None, True
        except BaseException:
            self._threads.leave()
            raise
        if not came:
            self._threads.leave()
        return came

    def leave(self) -> None:
        """End one's turn."""
        try:
            if self._processes is not None:
                self._processes.leave()
        finally:
            self._threads.leave()


def of_file(path: str) -> Queue:
    """Give the queue of a database's file, one for all threads of this process."""
    with _made:
        if path not in _queues:
            _queues[path] = Queue(path)
        return _queues[path]


def forget(path: str) -> None:
    """Take a queue away with its side file: the database is taken away too."""
    with _made:
        _queues.pop(path, None)
    Path(path + SIDE).unlink(missing_ok=True)


def _numbers(path: str) -> Numbers | None:
    """Give the turns of processes; none in memory, or where no file may be laid: then threads alone take turns."""
    if not Path(path).is_absolute():
        return None
    try:
        return Numbers(path + SIDE)
    except OSError:
        return None


def _begin_anew() -> None:
    """In a process that was forked: the threads that held or wanted a turn are not in it."""
    global _made  # the lock itself may have been held by one of them
    _made = Lock()
    _queues.clear()


_made = Lock()
_queues: dict[str, Queue] = {}
os.register_at_fork(after_in_child=_begin_anew)
