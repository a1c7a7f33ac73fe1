"""The files of imports: what was sent, and the spool of what was understood in it. Private, named by chance."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings

from shopdesk.imports.models import Import

SOURCE, SPOOL = "source", "spool"
A_LINE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def place(batch: Import, suffix: str) -> Path:
    """Give the path of an import's file; never under a public path."""
    return Path(settings.MEDIA_ROOT) / "imports" / f"{batch.code}.{suffix}"


def lay_down(batch: Import, pieces: Iterable[bytes]) -> None:
    """Keep what was sent, as it was sent."""
    path = place(batch, SOURCE)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def source(batch: Import) -> Path:
    """Give the file that was sent."""
    return place(batch, SOURCE)


def spool(batch: Import, things: Iterable[dict[str, Any]]) -> int:
    """Write down what was understood, one JSON line a thing. Gives how many; an older spool is replaced at the end."""
    fresh = place(batch, f"part-{batch.attempt}")
    count = 0
    with fresh.open("w", encoding="utf-8") as file:
        for thing in things:
            count += 1
            file.write(A_LINE.encode(thing) + "\n")
    fresh.replace(place(batch, SPOOL))
    return count


def spooled(batch: Import, *, after: int = 0) -> Iterator[dict[str, Any]]:
    """Read what was understood, from the thing after the first `after`."""
    with place(batch, SPOOL).open(encoding="utf-8") as file:
        for line in islice(file, after, None):
            yield json.loads(line)


def is_there(batch: Import) -> bool:
    """Whether the file is still kept."""
    return source(batch).is_file()


def remove(batch: Import) -> None:
    """Delete everything of an import from the disk. A second time does nothing."""
    for path in place(batch, "").parent.glob(f"{batch.code}.*"):
        path.unlink(missing_ok=True)
