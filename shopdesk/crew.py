"""Keep several processes running together, and stop them in order.

Each is in a session of its own, so that Ctrl-C reaches only the keeper, which then stops them one after another, the
last started first. One that dies is started again, after a growing pause. No orphans: see `leash.py`.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

LEASH = Path(__file__).with_name("leash.py")
TICK_S = 0.2
LONGEST_PAUSE_S = 20
GIVE_UP_AFTER = 5  # ends in a row, each within STEADY_S of its start
STEADY_S = 30


class GaveUp(Exception):
    """A process ended again and again."""


@dataclass
class Member:
    """One process of the crew. `patience_s` is how long it may take to finish its work when it is told to stop."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    patience_s: float = 10
    again: bool = True  # start it again when it ends
    process: "subprocess.Popen[str] | None" = None
    started_at: float = 0
    next_start_at: float = 0
    falls: int = 0
    reader: threading.Thread | None = field(default=None, repr=False)


class Crew:
    """Starts, watches and stops the members."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.members: list[Member] = []
        self.stopping = False
        for wanted in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(wanted, self._hear)

    def start(self, member: Member) -> None:
        """Start a member now; it stops before those that were started earlier."""
        self.members.append(member)
        launch(member, self.say)

    def wait(self, until: Callable[[], bool] = lambda: False) -> None:
        """Watch the members until the condition holds or somebody asks to stop. Raises GaveUp."""
        while not self.stopping and not until():
            for member in self.members:
                self._look_after(member)
            time.sleep(TICK_S)

    def stop(self) -> None:
        """Stop everybody, the last started first. A second call does nothing."""
        self.stopping = True
        for member in reversed(self.members):
            finish(member)

    def _hear(self, _signal: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _look_after(self, member: Member) -> None:
        process, now = member.process, time.monotonic()
        if process is None:
            if member.again and now >= member.next_start_at:
                launch(member, self.say)
            return
        code = process.poll()
        if code is None:
            return
        sweep_up(member)
        if not member.again:
            self.members.remove(member)
            return
        member.falls = member.falls + 1 if now - member.started_at < STEADY_S else 1
        if member.falls >= GIVE_UP_AFTER:
            raise GaveUp(f"{member.name} ended {member.falls} times in a row (code {code}); its last lines are above.")
        pause_s = min(2 ** (member.falls - 1), LONGEST_PAUSE_S)
        self.say(f"{member.name} ended (code {code}); it is started again in {pause_s} s.")
        member.next_start_at = now + pause_s


def launch(member: Member, say: Callable[[str], None]) -> None:
    """Start the process on its leash, and print what it says after its name."""
    member.process = subprocess.Popen(  # noqa: S603  # our own words
        [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *member.command],
        env=dict(member.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    member.started_at = time.monotonic()
    member.reader = threading.Thread(target=repeat, args=(member.process, member.name, say), daemon=True)
    member.reader.start()


def repeat(process: "subprocess.Popen[str]", name: str, say: Callable[[str], None]) -> None:
    """Say each line of the process, with its name before it."""
    for line in process.stdout or ():
        say(f"{name:>6} | {line.rstrip()}")


def finish(member: Member) -> None:
    """Tell the process to finish, wait for it, then end what is left of its session."""
    process = member.process
    if process is None:
        return
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=member.patience_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    sweep_up(member)


def sweep_up(member: Member) -> None:
    """End what the process left behind in its session (the pool of a killed worker, for example)."""
    if member.process is not None:
        with suppress(ProcessLookupError, PermissionError):  # nobody is left; PermissionError says so on macOS
            os.killpg(member.process.pid, signal.SIGKILL)
    if member.reader is not None:
        member.reader.join(timeout=1)
    member.process = None
