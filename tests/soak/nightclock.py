"""The clock of a night that passes in seconds: a file that every process reads, and whoever steers it sets."""

import json
import time
from datetime import datetime, timedelta
from pathlib import Path


def read_clock(clock: Path) -> datetime:
    """Give what the clock shows now."""
    hand = json.loads(clock.read_text())
    passed = (time.monotonic() - hand["since"]) * hand["speed"]
    return datetime.fromisoformat(hand["shows"]) + timedelta(seconds=passed)


def set_clock(shows: datetime, speed: float, clock: Path) -> None:
    """Set the clock, running at so many seconds a second; every process reads it anew."""
    fresh = clock.with_suffix(".fresh")
    fresh.write_text(json.dumps({"since": time.monotonic(), "shows": shows.isoformat(), "speed": speed}))
    fresh.replace(clock)
