"""The ledgers of a shop in the making: the journal with its chain, and every shelf with its versions and balances."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any, cast

from orders.feed import chained
from orders.models import FeedHead, JournalEvent
from shopdesk.bench import tables
from shopdesk.bench.rows import Row, Table
from shopdesk.bench.town import Goods

Rows = list[tuple[Table, Row]]
ReadyEvent = tuple[int, datetime]


@dataclass(slots=True)
class Said:
    """An event as `feed.chained` reads it. A model of the framework would take ten times as long to make."""

    pk: int
    order_id: int | None
    seq: int | None
    kind: str
    from_status: str
    to_status: str
    actor_kind: str
    actor_id: int
    subject_kind: str
    subject_id: str
    data: Mapping[str, Any]
    at: datetime


class Journal:
    """Writes events in the order of time, each with its place in the feed."""

    def __init__(self) -> None:
        self.next = count(1)
        self.position, self.hash = 0, str(FeedHead._meta.get_field("hash").get_default())

    def say(self, rows: Rows, event: Said) -> int:
        """Add an event and its place to these rows. Gives its key."""
        event.pk = next(self.next)
        self.position += 1
        self.hash = chained(self.hash, cast(JournalEvent, event))
        said = (
            event.pk, event.order_id, event.seq, event.kind, event.from_status, event.to_status, event.actor_kind,
            event.actor_id, event.subject_kind, event.subject_id, json.dumps(event.data), event.at, event.at,
        )  # fmt: skip
        rows.append((tables.EVENT, said))
        rows.append((tables.FEED, (self.position, event.pk, self.hash)))
        return event.pk


class Shelves:
    """What lies where. `places` names the key of each place."""

    def __init__(self, goods: list[Goods], keys: Mapping[int, int], places: Mapping[str, int]) -> None:
        self.goods, self.keys, self.places = goods, keys, places
        self.levels: defaultdict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        self.outside = {"supplier", "customer", "lost"}

    def bin_of(self, place: int) -> str:
        """Name the bin of a product."""
        return f"bin:{self.goods[place].bin}"

    def has(self, place: int) -> int:
        """Tell how many pieces of a product lie in its bin."""
        return self.levels[place, self.bin_of(place)][0]

    def move(
        self, rows: Rows, what: tuple[int, int, int | None], way: tuple[str, str], reason: str, event: ReadyEvent
    ) -> None:
        """Move (product, pieces, line) from one place to the other."""
        place, pieces, line = what
        source, target = self._side(place, way[0], -pieces), self._side(place, way[1], pieces)
        key, at = event
        cost = self.goods[place].cost_minor
        rows.append(
            (
                tables.MOVE,
                (self.keys[place], pieces, self.places[way[0]], self.places[way[1]], *source, *target, reason, line,
                 cost, key, at, at),
            )
        )  # fmt: skip

    def _side(self, place: int, name: str, pieces: int) -> tuple[int | None, int | None]:
        """Change one side. Gives its version and balance; none outside."""
        if name in self.outside:
            return None, None
        level = self.levels[place, name]
        level[0] += pieces
        level[1] += 1
        if level[0] < 0:
            raise AssertionError(f"{name} would hold less than nothing")
        return level[1], level[0]
