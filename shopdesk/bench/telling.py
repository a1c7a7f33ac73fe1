"""The table of a run, and what became slower against a saved one."""

import json
from collections.abc import Sequence
from pathlib import Path as File
from typing import Any, Final

from shopdesk.bench import gates
from shopdesk.bench.measuring import Measured

YARDSTICK: Final = "yardstick: 50 plain rows"
YARDSTICK_MS: Final = 8.4  # that page over HTTP on the machine of the targets; here it is measured without HTTP
CLEARLY: Final = 2.5  # a ratio may fall so far by chance on a machine that others use too
BEYOND: Final = 1.5  # and so much may a path take longer by chance, in pages of the yardstick
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
            f"{one.queries or '':>9}{one.per_second:>10,.0f}  {verdict(one, max(scale, 1))}{_besides(one)}"
        )
    return lines


def _besides(one: Measured) -> str:
    """Say what only some paths tell."""
    told = [f"worst {one.worst_ms:,.0f} ms"] if one.worst_ms is not None else []
    told += [f"{one.mb:.0f} MB"] if one.mb else []
    told += [f"{one.wrong} WRONG"] if one.wrong else []
    return "  " + ", ".join(told) if told else ""


def slower(measured: Sequence[Measured]) -> float:
    """Give how many times as slow this machine is in these minutes as the one that the targets were measured on."""
    return next((one.p50_ms / YARDSTICK_MS for one in measured if one.name == YARDSTICK), 1.0)


def verdict(one: Measured, scale: float = 1.0) -> str:
    """Say whether the gate of its row is met, or even the goal; nothing where one path alone cannot tell."""
    told = gates.verdict_of(one, scale)
    if told is None:
        return ""
    reached = "goal" if told.goal else "met" if told.gate else "missed"
    return f"{told.row}: {reached}"


def losses(saved: dict[str, Any], measured: Sequence[Measured]) -> list[str]:
    """Say what is clearly worse than in a saved run: shares of the limit and queries, never milliseconds.

    A path that fell behind its limit counts when it fell behind the yardstick too: the limit waits for the disk, the
    yardstick for the processor, and on a machine with a faster disk every share of a limit is smaller.
    """
    found, page = [], _least_of(YARDSTICK, measured)
    page_before = saved["paths"].get(YARDSTICK, {}).get("least_ms")
    for one in measured:
        before = saved["paths"].get(one.name)
        if before is None:
            continue
        if one.queries > before["queries"] + FEW:
            found.append(f"{one.name}: {one.queries} queries, {before['queries']} before")
        if one.share is None or before["share"] is None or one.share * CLEARLY >= before["share"]:
            continue
        if page and page_before and one.least_ms / page <= BEYOND * before["least_ms"] / page_before:
            continue
        found.append(f"{one.name}: {one.share:.1%} of its limit, {before['share']:.1%} before")
    return found


def _least_of(name: str, measured: Sequence[Measured]) -> float | None:
    """Give the least milliseconds of a path, or nothing where it was not measured."""
    return next((one.least_ms for one in measured if one.name == name), None)


def read(path: str) -> dict[str, Any]:
    """Read a saved run."""
    saved: dict[str, Any] = json.loads(File(path).read_text(encoding="utf-8"))
    return saved
