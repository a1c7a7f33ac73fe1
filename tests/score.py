"""`python -m tests.score --run --faults FOLDER/*.json --races FILE --openapi FILE --desk FILE…`: the score sheet.

Each figure is taken from a run's own report or output: the faults' and the races' JSON, the last lines of the others.
With `--run` the short ones are run now: interleavings, negative controls, what bandit and pip-audit say. What nobody
ran is said to be missing. Ends with 1 when anything is wrong or missing.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = sys.executable
TOOLS = Path(PYTHON).parent
LOST = ("acknowledged orders lost (O2)", "cancellations lost (O2)", "messages lost (E4)")
DOUBLED = ("orders twice (O1)", "one key, two numbers (I1)")
WORST_S, MOST_CONTROLS, FAULTS, ROUNDS, EXAMPLES, SEQUENCES = 120, 15, 300, 1_000, 50_000, 5_000
OURS = ["shopdesk", "orders", "delivery", "reports", "manage.py"]
RUN = {
    "interleavings": [PYTHON, "manage.py", "test", "-n0", "tests/races/test_interleavings.py"],
    "controls": [PYTHON, "-m", "tests.controls"],
    "bandit": [str(TOOLS / "bandit"), "-q", "-lll", "-r", *OURS],
    "pip-audit": [str(TOOLS / "pip-audit"), "-r", "requirements.lock", "--disable-pip", "--progress-spinner", "off"],
}


@dataclass(frozen=True)
class Line:
    """A line of the sheet. `good`: None while nobody ran it."""

    name: str
    found: str
    wanted: str
    good: bool | None

    def __str__(self) -> str:
        mark = {True: "good", False: "WRONG", None: "missing"}[self.good]
        return f"{self.name:<46} {self.found:<44} {self.wanted:<28} {mark}"


def sheet(reports: dict[str, list[str]]) -> list[Line]:
    """Give the sheet: of each kind the texts of its reports, none for what nobody ran."""
    faults = [json.loads(text) for text in reports.get("faults", [])]
    lines = _faults(faults) if faults else [Line("faults", "", "a report of each database", None)]
    for name, read in READ.items():
        lines += read(reports[name]) if reports.get(name) else [Line(name, "", "", None)]
    return lines


def _faults(found: Sequence[dict[str, Any]]) -> list[Line]:
    def listed(names: Sequence[str]) -> int:
        return sum(len(one["wrong"].get(name, [])) for one in found for name in names)

    databases = ", ".join(f"{one['database']} {one['faults injected']}" for one in found)
    checked = {check for one in found for check in one["checked"]}
    rows = sum(sum(one["checked"].values()) for one in found)
    broken = sum(len(one["violations"]) for one in found)
    injected, taken = sum(one["faults injected"] for one in found), sum(one["acknowledged"] for one in found)
    others = sum(len(what) for one in found for name, what in one["wrong"].items() if name not in LOST + DOUBLED)
    meanwhile, worst = sum(len(one["wrong meanwhile"]) for one in found), max(one["worst recovery, s"] for one in found)
    return [
        Line("invariants", f"{len(checked)} on {rows} rows, {broken} violated", "0 violated", broken == 0),
        Line("faults injected", f"{injected} ({databases})", f"{FAULTS} in a long run", injected >= FAULTS),
        Line("acknowledged and lost", f"{listed(LOST)} of {taken}", "0", listed(LOST) == 0),
        Line("effects doubled", str(listed(DOUBLED)), "0", listed(DOUBLED) == 0),
        Line("anything else wrong, at the end or meanwhile", str(others + meanwhile), "0", others + meanwhile == 0),
        Line("worst recovery", f"{worst} s", f"under {WORST_S} s", worst < WORST_S),
    ]  # fmt: skip


def _races(texts: list[str]) -> list[Line]:
    rows = [row for text in texts for row in json.loads(text)]
    rounds, wrong = sum(row["rounds"] for row in rows), sum(len(row["wrong"]) for row in rows)
    return [Line("race rounds", f"{rounds}, {wrong} wrong", f"{ROUNDS}, 0 wrong", rounds >= ROUNDS and not wrong)]


def _interleavings(texts: list[str]) -> list[Line]:
    passes = [one for text in texts for one in re.findall(r"^(\w+): (\d+) passed, (\d+) failed", text, re.MULTILINE)]
    wrong = sum(int(failed) for *_, failed in passes)
    found = ", ".join(f"{database} {passed}" for database, passed, _ in passes)
    both = {database for database, passed, _ in passes if int(passed)} >= {"sqlite", "postgresql"}
    return [Line("interleavings", f"{found or 'none'}; {wrong} wrong", "both databases, 0 wrong", both and not wrong)]


def _controls(texts: list[str]) -> list[Line]:
    caught, of = (int(one) for one in _last(r"^(\d+) of (\d+) caught", texts, ("0", "0")))
    good = caught == of and of >= MOST_CONTROLS
    return [Line("negative controls", f"{caught} of {of} caught", f"all of at least {MOST_CONTROLS}", good)]


def _openapi(texts: list[str]) -> list[Line]:
    asked = [re.findall(r"(\d+) examples of (\d+) operations, (\d+) wrong", text) for text in texts]
    examples, wrong = (sum(int(one[place]) for some in asked for one in some) for place in (0, 2))
    good = examples >= EXAMPLES and not wrong and not any(_failed(text) for text in texts)
    return [Line("schemathesis", f"{examples} examples, {wrong} wrong", f"{EXAMPLES} in a soak, 0 wrong", good)]


def _desk(texts: list[str]) -> list[Line]:
    counted = [re.findall(r"['\"]sequences['\"]: (\d+)", text) for text in texts]
    sequences, failed = sum(int(found[-1]) for found in counted if found), sum(_failed(text) for text in texts)
    good = sequences >= SEQUENCES and not failed
    found = f"{sequences} sequences, {failed} divergences"
    return [Line("the desk beside its model", found, f"{SEQUENCES} in a soak, 0", good)]


def _silent(name: str) -> Callable[[list[str]], list[Line]]:
    def read(texts: list[str]) -> list[Line]:
        good = all(text.endswith(ENDED_WELL) for text in texts)
        return [Line(name, "0 findings" if good else "findings", "0", good)]

    return read


READ: dict[str, Callable[[list[str]], list[Line]]] = {
    "races": _races, "interleavings": _interleavings, "controls": _controls, "openapi": _openapi, "desk": _desk,
    "bandit": _silent("bandit, high"), "pip-audit": _silent("pip-audit"),
}  # fmt: skip
ENDED_WELL = "\nended with 0"


def _failed(text: str) -> int:
    return sum(int(one) for one in re.findall(r"(\d+) failed", text))


def _last(pattern: str, texts: list[str], otherwise: tuple[str, ...]) -> tuple[str, ...]:
    found = [one for text in texts for one in re.findall(pattern, text, re.MULTILINE)]
    return tuple(found[-1]) if found else otherwise


def run(name: str) -> str:
    """Run one of the short ones. Gives what it said, and with what it ended."""
    env = os.environ | {"INTERLEAVINGS": "all"}
    done = subprocess.run(RUN[name], env=env, capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}\nended with {done.returncode}"


def main() -> int:
    """Print the sheet."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--run", action="store_true", help="run the short ones that no report is given of")
    for name in ("faults", *READ):
        asked.add_argument(f"--{name}", nargs="+", type=Path, default=[])
    options = vars(asked.parse_args())
    reports = {
        name: [path.read_text(encoding="utf-8") for path in options[name.replace("-", "_")]]
        for name in ("faults", *READ)
    }
    if options["run"]:
        reports |= {name: [run(name)] for name in RUN if not reports[name]}
    lines = sheet(reports)
    sys.stdout.write("\n".join(map(str, lines)) + "\n")
    return 0 if all(line.good for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
