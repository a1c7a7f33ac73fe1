"""The rows of speed.md: what each asks for, its gate and its goal, and what a run says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shopdesk.bench.measuring import Measured

FIRST_PAGE, DEEP_PAGE, INTAKE = "order list", "order list, deep", "intake"


@dataclass(frozen=True, slots=True)
class Check:
    """One figure of a row: at least or at most so much. `in_time` ones are read by the yardstick (decision 0067)."""

    what: str  # of a path's figures
    gate: float
    goal: float
    at_least: bool = False
    in_time: bool = True

    def holds(self, found: float, scale: float, *, goal: bool = False) -> bool:
        """Tell whether it is reached on a machine so many times as slow as that of the targets."""
        limit = self.goal if goal else self.gate
        if self.at_least:
            return found >= (limit / scale if self.in_time else limit)
        return found <= (limit * scale if self.in_time else limit)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the targets."""

    words: str
    checks: Sequence[Check]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run says of a row: what was found, and whether gate and goal are reached. None: not measured."""

    row: str
    words: str
    found: str
    gate: bool | None = None
    goal: bool | None = None

    @property
    def line(self) -> str:
        """Say it in a line."""
        told = {True: "met", False: "missed", None: "not measured"}
        ends = told[None] if self.gate is None else f"gate {told[self.gate]}, goal {told[self.goal]}"
        return f"{self.row:>3}  {self.words:52}{self.found:44}{ends}"


def _share(gate: float, goal: float) -> Check:
    return Check("share", gate, goal, at_least=True, in_time=False)


NONE_WRONG: Final = Check("wrong", 0, 0, in_time=False)
ROWS: Final[Mapping[str, Row]] = {
    "1": Row("intake in process, two at once, of the raw call", (_share(0.25, 0.45),)),
    "2": Row("intake over HTTP, 2 workers, of the raw call", (_share(0.12, 0.18),)),
    "3": Row("import of 10,000 orders, tried and taken in", (Check("p50_ms", 4_000, 2_400),)),
    "4": Row("intake here, of that in the smaller shop", (_share(0.75, 0.85),)),
    "5": Row("five hot SKUs, of a thousand cool ones", (_share(0.40, 0.50), NONE_WRONG)),
    "6": Row("keeping the figures, of intake", (Check("share", 0.10, 0.03, in_time=False),)),
    "7": Row("next call, eight at once, of the raw claim", (_share(0.20, 0.40), Check("p95_ms", 20, 8), NONE_WRONG)),
    "8": Row("queue page", (Check("p50_ms", 15, 6), Check("p95_ms", 30, 10))),
    "9": Row("queue page here, times that of the smaller shop",
             (Check("p50_ms", 1.3, 1.1, in_time=False), Check("p95_ms", 1.5, 1.2, in_time=False))),
    "10": Row("a deep page, times the first", (Check("p50_ms", 2, 1.5, in_time=False),)),
    "11": Row("search by phone, number, name", (Check("p95_ms", 25, 10),)),
    "12": Row("counters: no count over all orders on a page", ()),
    "13 figures": Row("figures of a month and a year", (Check("p50_ms", 10, 3),)),
    "13": Row("pages of reports", (Check("p95_ms", 30, 10),)),
    "14": Row("count of 200 SKUs, posted", (Check("p50_ms", 80, 25),)),
    "15": Row("memory of a web worker after load", (Check("mb", 110, 85, in_time=False),)),
    "16 rate": Row("SQLite: orders a second, one writer", (Check("per_second", 300, 700, at_least=True),)),
    "16 wait": Row("SQLite: worst wait of four writers", (Check("worst_ms", 1_000, 200),)),
}  # fmt: skip
COMPARED: Final = frozenset({"4", "6", "9", "10"})  # with other paths or another run
ELSEWHERE: Final = {"12": "by the query budgets of the tests"}


def verdict_of(one: Measured, scale: float) -> Verdict | None:
    """Say what a path's figures mean for its row. None when it is of none."""
    row = ROWS.get(one.row)
    if (
        row is None
        or not row.checks
        or one.row in COMPARED
        or any(getattr(one, check.what) is None for check in row.checks)
    ):
        return None
    return _judged(one.row, {check.what: getattr(one, check.what) for check in row.checks}, scale)


def verdicts(
    measured: Sequence[Measured], scale: float, *, kept: float, smaller: Mapping[str, Any] | None = None
) -> list[Verdict]:
    """Say of every row what this run tells. Of several paths of a row the worst counts. `smaller`: a saved run."""
    paths = {one.name: one for one in measured}
    found: dict[str, list[Verdict]] = {"6": [_judged("6", {"share": kept}, scale)]}
    for one in measured:
        if (told := verdict_of(one, scale)) is not None:
            found.setdefault(one.row, []).append(told)
    if {FIRST_PAGE, DEEP_PAGE} <= set(paths):
        times = paths[DEEP_PAGE].p50_ms / paths[FIRST_PAGE].p50_ms
        found["10"] = [_judged("10", {"p50_ms": times}, scale)]
    if smaller is not None:
        found |= _beside(paths, smaller, scale)
    return [_worst(found[row]) if row in found else _unmeasured(row) for row in ROWS]


def _beside(paths: Mapping[str, Measured], smaller: Mapping[str, Any], scale: float) -> dict[str, list[Verdict]]:
    """Compare with a run in a smaller shop: shares of the limit, and pages by the yardstick of their own minutes."""
    told: dict[str, list[Verdict]] = {}
    then = smaller["paths"]
    own, before = paths[INTAKE].share if INTAKE in paths else None, then.get(INTAKE, {}).get("share")
    if own and before:
        told["4"] = [_judged("4", {"share": own / before}, scale)]
    if FIRST_PAGE in paths and FIRST_PAGE in then:
        slower = scale / smaller["slower"]
        ratios = {what: getattr(paths[FIRST_PAGE], what) / then[FIRST_PAGE][what] / slower for what in TIMES}
        told["9"] = [_judged("9", ratios, scale)]
    return told


TIMES: Final = ("p50_ms", "p95_ms")


def _judged(row: str, found: Mapping[str, float], scale: float) -> Verdict:
    checks = ROWS[row].checks
    said = ", ".join(f"{check.what} {_shown(check, found[check.what])}" for check in checks)
    gate, goal = (all(check.holds(found[check.what], scale, goal=far) for check in checks) for far in (False, True))
    return Verdict(row.split(maxsplit=1)[0], ROWS[row].words, said, gate, goal)


def _shown(check: Check, found: float) -> str:
    if check.what == "share":
        return f"{found:.1%} of {check.gate:.0%}"
    return f"{found:,.4g} of {check.gate:,.4g}"


def _worst(told: Sequence[Verdict]) -> Verdict:
    return min(told, key=lambda one: (bool(one.gate), bool(one.goal)))


def _unmeasured(row: str) -> Verdict:
    return Verdict(row.split(maxsplit=1)[0], ROWS[row].words, ELSEWHERE.get(row, ""))
