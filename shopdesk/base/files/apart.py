"""Opening what somebody sent in a process of its own, with little memory, little time and nothing of ours in it."""

import subprocess
import sys
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError

CHILD = Path(__file__).with_name("child.py")
LONGEST_S = 30


class CannotBeOpened(DomainError):
    """The file is broken, or opening it takes more time or memory than any real one."""

    sentence = _("This file cannot be opened: it is broken or takes too much to open.")
    next_step = _("Save it anew, smaller, and send it once more.")


def open_apart(work: str, content: bytes, *words: str) -> bytes:
    """Run one work of the child on this content and give what it writes. Raises CannotBeOpened."""
    command = [sys.executable, "-I", "-B", str(CHILD), work, *words]
    try:
        done = subprocess.run(  # noqa: S603  # our own program, and words of ours
            command, input=content, capture_output=True, timeout=LONGEST_S, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        raise CannotBeOpened from None
    if done.returncode != 0:
        raise CannotBeOpened
    return done.stdout
