"""How long things take: every path in turn, round after round, each beside its limit in raw SQL in the same minute.

Only ratios of one run count: the machine is never the same twice.
"""

import resource
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

Act = Callable[[], object]
Tell = Callable[[str], None]


@dataclass(slots=True)
class Path:
    """What is measured: one act, and the least that the database must do for it where that can be said."""

    name: str
    act: Act
    raw: Act | None = None
    row: str = ""  # of speed.md
    times: int = 20
    units: int = 1  # orders or rows in one act
    before: Act | None = None  # what it needs each time; nobody measures that
    _own: list[list[float]] = field(default_factory=list)
    _raw: list[list[float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a path: milliseconds, CPU milliseconds, queries, and the raw act as a share of ours."""

    name: str
    row: str
    p50_ms: float
    p95_ms: float
    least_ms: float
    raw_ms: float | None
    share: float | None  # of the limit: 1 is as fast as the raw act, by the least of both
    queries: int
    per_second: float
    worst_ms: float | None = None
    wrong: int = 0  # what must not have happened, and did: duplicates, deadlocks, promises beyond the shelf
    mb: float | None = None  # memory: what a lone process grew by, what a web worker holds


def measure(paths: Sequence[Path], *, rounds: int, tell: Tell = lambda words: None) -> list[Measured]:
    """Measure all paths, alternating. Medians over the rounds."""
    queries = {path.name: _queries(path) for path in paths}
    for turn in range(rounds):
        for path in paths:
            tell(f"round {turn + 1} of {rounds}: {path.name}")
            own, raw = [], []
            for _time in range(path.times):
                if path.before is not None:
                    path.before()
                own.append(_seconds(path.act))
                if path.raw is not None:
                    raw.append(_seconds(path.raw))
            path._own.append(sorted(own))
            path._raw.append(sorted(raw))
    return [_told(path, queries[path.name]) for path in paths]


def as_json(measured: Sequence[Measured], about: dict[str, Any]) -> dict[str, Any]:
    """Give everything for a file."""
    return {**about, "memory_mb": memory_mb(), "paths": {one.name: asdict(one) for one in measured}}


def memory_mb() -> float:
    """Give the most memory that this process ever had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _told(path: Path, queries: int) -> Measured:
    p50 = statistics.median(at_share(one, 0.5) for one in path._own)
    least = min(one[0] for one in path._own)
    raw = min((one[0] for one in path._raw if one), default=None)
    raw_p50 = statistics.median(at_share(one, 0.5) for one in path._raw) if raw is not None else None
    return Measured(
        path.name, path.row, in_ms(p50), in_ms(statistics.median(at_share(one, 0.95) for one in path._own)),
        in_ms(least),
        in_ms(raw_p50) if raw_p50 is not None else None, round(raw / least, 4) if raw is not None else None, queries,
        round(path.units / p50, 1),
    )  # fmt: skip


def _queries(path: Path) -> int:
    """Count the statements of one act, once what is kept is warm."""
    for _time in range(3):
        if path.before is not None:
            path.before()
        with ExitStack() as stack:
            caught = [stack.enter_context(CaptureQueriesContext(one)) for one in _read_and_written()]
            path.act()
    return sum(len(one) for one in caught)


def _read_and_written() -> list[BaseDatabaseWrapper]:
    """Give the connections that a path may use."""
    return [connections[alias] for alias in sorted({"default", settings.SNAPSHOT_ALIAS})]


def _seconds(act: Act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def at_share(ordered: Sequence[float], share: float) -> float:
    """Give the value below which such a share of sorted values lies."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def in_ms(seconds: float) -> float:
    """Give milliseconds, to the microsecond."""
    return round(seconds * 1_000, 3)
