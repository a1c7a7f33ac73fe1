"""Many at once: processes that do the same for some seconds, each with connections of its own.

What counts is how often a second all of them together get it done, beside the raw act done by as many in the same
minute. A process that does something alone says too how much memory that took.
"""

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connections

from shopdesk.bench.measuring import Act, Measured, Tell, at_share, in_ms

PATIENCE_S: Final = 120.0  # until all are ready: each opens its connections and walks its path once
SILENT_S: Final = 900.0  # longer than anything that is measured; a worker that hangs is told, not waited for
START: Final = multiprocessing.get_context("fork")  # the desk is loaded already
Make = Callable[[int], "Act | Turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """An act, and what it needs after each time; nobody measures that."""

    act: Act
    after: Callable[[Any], object]


@dataclass(slots=True)
class Crowd:
    """What so many do at once. `make` is called in each process, with its number, and gives what it does."""

    name: str
    row: str  # of speed.md
    workers: int
    make: Make
    raw: Make | None = None
    units: int = 1
    wrong: Callable[[Sequence[Any]], int] = lambda gave: 0  # of all that the acts gave: what must not be
    most: int | None = None  # acts of a worker in a round
    _rounds: list["Round"] = field(default_factory=list)
    _raw: list["Round"] = field(default_factory=list)
    _wrong: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """What came of some seconds."""

    took: Sequence[float]  # seconds of each act, sorted
    per_second: float  # of all workers together, while they were at it
    gave: Sequence[Any]
    failed: int  # refused by the database: a deadlock, a lock that did not come in time
    grown_mb: float  # most memory of one worker, above what it began with


def measure(crowds: Sequence[Crowd], *, rounds: int, seconds: float, tell: Tell) -> list[Measured]:
    """Measure all crowds in turn, each beside its raw act. Medians over the rounds."""
    for turn in range(rounds):
        for place, crowd in enumerate(crowds):
            tell(f"{bar(turn * len(crowds) + place, rounds * len(crowds))} {crowd.name}")
            one = run(crowd.make, workers=crowd.workers, seconds=seconds, most=crowd.most)
            crowd._rounds.append(one)
            crowd._wrong += one.failed + crowd.wrong(one.gave)
            if crowd.raw is not None:
                crowd._raw.append(run(crowd.raw, workers=crowd.workers, seconds=seconds))
    return [_told(crowd) for crowd in crowds]


def run(make: Make, *, workers: int, seconds: float, most: int | None = None) -> Round:
    """Let so many processes do it for so long, or so many times. Raises RuntimeError when one of them fails."""
    _let_go()
    ready = START.Barrier(workers)
    lines = [START.Pipe(duplex=False) for _worker in range(workers)]
    began = [
        START.Process(target=_work, args=(make, number, seconds, most, ready, line), daemon=True)
        for number, (_here, line) in enumerate(lines)
    ]
    for one in began:
        one.start()
    for _here, line in lines:
        line.close()
    try:
        told = [_heard(here) for here, _line in lines]
    finally:
        for one in began:
            one.join(1)
            one.kill()
    took = sorted(second for one in told for second in one.took)
    return Round(
        took, round(sum(one.per_second for one in told), 2), [gave for one in told for gave in one.gave],
        sum(one.failed for one in told), max(one.grown_mb for one in told),
    )  # fmt: skip


def bar(done: int, of: int) -> str:
    """Draw how far it is."""
    filled = 20 * done // max(of, 1)
    return f"[{'#' * filled}{'.' * (20 - filled)}] {100 * done // max(of, 1):>3} %"


def memory_of(name: str, pid: int | str = "self", told: str = "status") -> float:
    """Give what the system says of a process's memory, in MB: VmRSS now, VmHWM at most; in `smaps_rollup` Pss."""
    for line in Path(f"/proc/{pid}/{told}").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


def _heard(line: Connection) -> Round:
    if not line.poll(SILENT_S):
        raise RuntimeError("a worker hangs")
    try:
        told = line.recv()
    except EOFError:
        told = "a worker died"
    if isinstance(told, str):
        raise RuntimeError(told)
    return Round(*told)


def _work(
    make: Make, number: int, seconds: float, most: int | None, ready: Barrier, line: Connection
) -> None:  # fmt: skip
    try:
        done = make(number)
        turn = done if isinstance(done, Turn) else Turn(done, lambda gave: None)
        if most != 1:
            turn.after(turn.act())  # statements are prepared and what is kept is warm
        ready.wait(PATIENCE_S)
        line.send(_do(turn, seconds, most))
    except Exception as failure:  # whatever it is, the one who waits hears of it
        ready.abort()
        line.send(f"worker {number}: {failure!r}")
    finally:
        connections.close_all()


def _do(turn: Turn, seconds: float, most: int | None) -> tuple[Any, ...]:
    took: list[float] = []
    gave: list[Any] = []
    before, failed, until = memory_of("VmRSS"), 0, time.perf_counter() + seconds
    while len(took) < (most or 10**9) and (most == 1 or time.perf_counter() < until):
        began = time.perf_counter()
        try:
            given = turn.act()
        except OperationalError:
            failed += 1
            continue
        took.append(time.perf_counter() - began)
        turn.after(given)
        if given is not None:
            gave.append(given)
    return took, len(took) / sum(took) if took else 0.0, gave, failed, memory_of("VmHWM") - before


def _told(crowd: Crowd) -> Measured:
    took = [one.took for one in crowd._rounds if one.took]
    pairs = zip(crowd._rounds, crowd._raw, strict=False)
    shares = [own.per_second / raw.per_second for own, raw in pairs if raw.per_second]
    rate = _median(one.per_second for one in crowd._rounds)
    raw_rate = _median(one.per_second for one in crowd._raw)
    return Measured(
        crowd.name, crowd.row, in_ms(_median(at_share(one, 0.5) for one in took)),
        in_ms(_median(at_share(one, 0.95) for one in took)), in_ms(min(one[0] for one in took)),
        round(1_000 / raw_rate, 3) if raw_rate else None, round(statistics.median(shares), 4) if shares else None, 0,
        round(rate * crowd.units, 1), worst_ms=in_ms(max(one[-1] for one in took)), wrong=crowd._wrong,
        mb=max(one.grown_mb for one in crowd._rounds),
    )  # fmt: skip


def _median(values: Iterable[float]) -> float:
    found = list(values)
    return statistics.median(found) if found else 0.0


def _let_go() -> None:
    """Close every connection and pool: what is forked must share none of them."""
    for connection in connections.all():
        connection.close()
        if getattr(connection, "pool", None):
            connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL has one
