"""The table of a run, and what became slower against a saved one."""

import json
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any, Final

from shopdesk.bench.measuring import Measured

# speed.md, by row: what must hold of p50 and p95 in milliseconds, or of the share of the limit.
GATES: Final = {
    "1": ("share", 0.25), "8": ("ms", 15, 30), "11": ("p95", 25), "13": ("p95", 30),
    "13 figures": ("p50", 10), "14": ("p50", 80),
}  # fmt: skip
YARDSTICK: Final = "yardstick: 50 plain rows"
YARDSTICK_MS: Final = 8.4  # that page over HTTP on the machine of the targets; here it is measured without HTTP
CLEARLY: Final = 2.5  # a ratio may fall so far by chance on a machine that others use too
FEW: Final = 2  # queries more than saved


def table(measured: Sequence[Measured]) -> list[str]:
    """Give the lines of the table. Gates in milliseconds count for the machine of the targets: see `slower`."""
    scale = slower(measured)
    lines = [
        f"a plain page takes {scale:.1f} times as long as on the machine of the targets; gates in ms are read so",
        f"{'':34}{'p50 ms':>10}{'p95 ms':>10}{'least':>10}{'raw ms':>10}{'share':>8}{'queries':>9}{'per s':>10}  gate",
    ]
    for one in measured:
        raw = "" if one.raw_ms is None else f"{one.raw_ms:.2f}"
        share = "" if one.share is None else f"{one.share:.1%}"
        lines.append(
            f"{one.name:34}{one.p50_ms:>10.2f}{one.p95_ms:>10.2f}{one.least_ms:>10.2f}{raw:>10}{share:>8}"
            f"{one.queries:>9}{one.per_second:>10,.0f}  {verdict(one, max(scale, 1))}"
        )
    return lines


def slower(measured: Sequence[Measured]) -> float:
    """Give how many times as slow this machine is in these minutes as the one that the targets were measured on."""
    return next((one.p50_ms / YARDSTICK_MS for one in measured if one.name == YARDSTICK), 1.0)


def verdict(one: Measured, scale: float = 1.0) -> str:
    """Say whether the gate of its row is met; nothing where the row asks for more than one run can tell."""
    gate = GATES.get(one.row)
    if gate is None:
        return ""
    what, *most = gate
    if what == "share":
        return _met(one.share is not None and one.share >= float(most[0]), one.row)
    holds = {"ms": (one.p50_ms, one.p95_ms), "p50": (one.p50_ms,), "p95": (one.p95_ms,)}[str(what)]
    return _met(all(found <= float(limit) * scale for found, limit in zip(holds, most, strict=True)), one.row)


def losses(saved: dict[str, Any], measured: Sequence[Measured]) -> list[str]:
    """Say what is clearly worse than in a saved run: shares of the limit and queries, never milliseconds."""
    found = []
    for one in measured:
        before = saved["paths"].get(one.name)
        if before is None:
            continue
        if one.queries > before["queries"] + FEW:
            found.append(f"{one.name}: {one.queries} queries, {before['queries']} before")
        if one.share is not None and before["share"] is not None and one.share * CLEARLY < before["share"]:
            found.append(f"{one.name}: {one.share:.1%} of its limit, {before['share']:.1%} before")
    return found


def read(path: str) -> dict[str, Any]:
    """Read a saved run."""
    saved: dict[str, Any] = json.loads(File(path).read_text(encoding="utf-8"))
    return saved


def _met(holds: bool, row: str) -> str:  # a word for a truth
    return f"{row}: met" if holds else f"{row}: missed"
