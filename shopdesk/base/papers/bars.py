"""Barcodes: Code 128, as the places of its bars. The sheets draw them as vectors, 52 mm wide or wider."""

from itertools import groupby
from typing import Any

import barcode


def bars(text: str) -> dict[str, Any]:
    """Give the text, how many modules wide its symbol is, and each bar as (first module, modules)."""
    pattern: str = barcode.get("code128", text).build()[0]
    found: list[tuple[int, int]] = []
    start = 0
    for ink, run in groupby(pattern):
        width = len(list(run))
        if ink == "1":
            found.append((start, width))
        start += width
    return {"text": text, "modules": len(pattern), "bars": found}
