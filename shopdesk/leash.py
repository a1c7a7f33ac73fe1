"""Run a command that ends when its keeper ends: `python leash.py KEEPER_PID COMMAND …`. Standard library only.

A keeper killed with -9 cannot stop anybody; so the kernel tells the command to end (Linux), and a small watcher sees to
it that it does: a worker whose broker ended at the same moment was seen to wait for it for ever.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
PATIENCE_S = 30  # longer than the 25 s in which a worker may give its tasks back


def main() -> None:
    """Tie this process to its keeper, then become the command."""
    keeper, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != keeper:  # it ended before the knot was tied
            sys.exit(1)
    watch_from_a_child(keeper, os.getpid())
    os.execvp(command[0], command)  # noqa: S606  # no shell is wanted


def watch_from_a_child(keeper: int, command: int) -> None:
    """Fork a watcher that ends the command when the keeper is gone, and itself when the command is."""
    if os.fork():
        return
    while os.getppid() == command:
        if not is_alive(keeper):
            end(command)
            break
        time.sleep(1)
    os._exit(0)


def end(command: int) -> None:
    """Ask our parent, the command, to end; after its patience end it with everybody in its group, ourselves too."""
    os.kill(command, signal.SIGTERM)
    until = time.monotonic() + PATIENCE_S
    while os.getppid() == command:
        if time.monotonic() > until:
            os.killpg(os.getpgid(command), signal.SIGKILL)
        time.sleep(0.5)


def is_alive(pid: int) -> bool:
    """Tell whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


if __name__ == "__main__":
    main()
