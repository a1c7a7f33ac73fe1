"""The cache that all processes share, which may be out of reach: nothing rests on it, so nobody waits for it twice."""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from redis.exceptions import RedisError

T = TypeVar("T")
QUIET_S = 5.0  # after it failed nobody waits for it for so long


class _Reach:
    """Remembers for a moment that it does not answer."""

    broken_until = 0.0


def ask(question: Callable[[], T], *, otherwise: T) -> T:
    """Ask the shared cache something; `otherwise` where it does not answer, and for the moment after."""
    if monotonic() >= _Reach.broken_until:
        try:
            return question()
        except (RedisError, OSError):
            _Reach.broken_until = monotonic() + QUIET_S
    return otherwise


def try_again() -> None:
    """Ask at the next occasion, whatever failed before."""
    _Reach.broken_until = 0.0
