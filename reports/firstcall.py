"""How long orders waited for their first call, in minutes of the hours in which their customers could be rung."""

from dataclasses import dataclass

from orders import feed
from reports import period, rollups, workfacts
from reports.figures import Cut, Part
from reports.sections import Query
from shopdesk.base.snapshot import snapshot

RUNG = Part(workfacts.RUNG, "orders")
BY_MINUTES = "worked"


@dataclass(frozen=True, slots=True)
class Waited:
    """Of orders first rung on some days: half waited no longer than `median`, nine in ten no longer than `nine_tenths`.

    Orders rung before the desk noted their minutes are `unknown` and in neither.
    """

    median: int | None
    nine_tenths: int | None
    orders: int
    unknown: int


def read(query: Query) -> Waited:
    """Read it of a query's days, narrowed as it is, as of its position."""
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(query.position, alias)
        found = rollups.tally([RUNG], [query.period], as_of, alias, Cut(BY_MINUTES, query.only))
    minutes: dict[int, int] = {}
    unknown = 0
    for (_index, key, _money, _code), orders in found.items():
        if key:
            minutes[int(key)] = minutes.get(int(key), 0) + orders
        else:
            unknown += orders
    known = sum(minutes.values())
    return Waited(_within(minutes, known, 1, 2), _within(minutes, known, 9, 10), known, unknown)


def _within(minutes: dict[int, int], known: int, part: int, of: int) -> int | None:
    """Give the least minutes within which this part of the orders was rung (nearest rank)."""
    passed = 0
    for waited in sorted(minutes):
        passed += minutes[waited]
        if passed * of >= known * part and passed:
            return waited
    return None
