"""The list of erasures that outlives the database: after a restore it says who must be erased again.

One JSON line an erasure, in private storage and not in the backup of the database: a backup of yesterday cannot know
what was erased today. It holds keyed hashes, no names.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

NAME = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure as it is to be repeated."""

    code: str
    ground: str
    people: int
    marks: list[str]
    at: datetime


def place() -> Path:
    """Give the file's path."""
    return Path(settings.MEDIA_ROOT) / NAME


def append(line: Line) -> None:
    """Add a line, and let it reach the disk: an erasure that could be forgotten was none."""
    place().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps(asdict(line) | {"at": line.at.isoformat()}, sort_keys=True)
    with place().open("a", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path | None = None) -> list[Line]:
    """Give the lines, the oldest first; none when there is no list. Raises ValueError for a broken one."""
    file = place() if path is None else path
    if not file.exists():
        return []
    said = [json.loads(text) for text in file.read_text(encoding="utf-8").splitlines() if text.strip()]
    return [Line(**one | {"at": datetime.fromisoformat(one["at"])}) for one in said]
