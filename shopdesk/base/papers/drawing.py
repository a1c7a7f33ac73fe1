"""Drawing a sheet: the words go in as JSON, so that whatever a customer wrote is printed and never obeyed.

The sheets read no other file, ask no network, and know no font but the ones that came with the packages.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg_pt_sans
import typst

SHEETS = Path(__file__).with_name("sheets")
# What runs on for longer without a blank would run out of its column.
LONG_RUN = re.compile(r"\S{24}(?=\S)")
BREAK = "\u200b"
# The library keeps what it worked out for so many drawings more, in case the next one is alike.
REMEMBERED = 10


def draw(sheet: str, paper: Mapping[str, Any], *, at: datetime) -> bytes:
    """Give the PDF of a sheet. `paper` holds strings, whole numbers, lists and dicts; `at` is when it was made."""
    drawn: bytes = typst.compile(
        str(SHEETS / f"{sheet}.typ"), root=str(SHEETS), font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)}, format="pdf", timestamp=int(at.timestamp()),
    )  # fmt: skip
    return drawn


def forget() -> None:
    """Let go of what was worked out for the sheets drawn so far: some 40 MB after a few dozen of one kind.

    There is no other way to say it to the library than to draw blank paper. It costs some 30 ms.
    """
    for _ in range(REMEMBERED):
        typst.compile(b"", font_paths=_fonts(), ignore_system_fonts=True)


def png(drawing: str, size: tuple[int, int], *, ground: str, scale: int = 1) -> bytes:
    """Give a drawing (SVG of ours) as PNG: `size` in its own pixels, `ground` behind it, `scale` dots a pixel."""
    paper = {"drawing": drawing, "width": size[0], "height": size[1], "ground": ground}
    drawn: bytes = typst.compile(
        str(SHEETS / "picture.typ"), root=str(SHEETS), font_paths=_fonts(), ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(paper, ensure_ascii=False)}, format="png", ppi=72 * scale,
    )  # fmt: skip
    return drawn


def breakable(text: str) -> str:
    """The text, with places to break words that are wider than any column."""
    return LONG_RUN.sub(lambda run: run.group() + BREAK, text)


@cache
def _fonts() -> typst.Fonts:
    files = Path(fontpkg_pt_sans.__file__).with_name("files")
    # The embedded ones stand in for signs that PT Sans lacks.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(files)])
