"""Facts added up by days: what was learnt at some places of the feed, for each day and each thing it is told apart by.

Reading costs what those places cost. Facts are looked up by the ids of the places' events, which lie beside each
other; left to the join with the feed alone, the database read whole tables for every few thousand places.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from django.db import connections
from django.db.models import F, QuerySet

from orders.models import JournalEvent
from reports.facts import Fact
from reports.models import Span
from shopdesk.base.periods import ONE_DAY, Period, between, days, shop_day
from shopdesk.base.prepared import instant

MOVED: Final = (JournalEvent._meta.db_table, "")
SOURCES: Final[dict[str, tuple[str, str]]] = {}  # by the fact's name
PLACES: Final = "SELECT min(event_id), max(event_id), count(*) FROM feed WHERE position > %s AND position <= %s"
BETWEEN: Final = "SELECT count(*) FROM journal_event WHERE id BETWEEN %s AND %s"
FEW = 2_000  # places of which it is asked first what kinds of facts they brought: many bring all kinds

Added = tuple[str, str, date, str, str, str, int, int]  # dim, span, on, code, key, currency, sum, how many rows
Learnt = tuple[int, int]  # places of the feed `(after, until]`
Source = tuple[str, str]  # a table, and its column with an event; no column: the event is the row itself
Cells = dict[tuple[date, str, str], tuple[int, int]]  # on, key, currency -> sum, how many rows


@dataclass(frozen=True, slots=True)
class Events:
    """The events at some places of the feed, by the ends of their ids. `alone`: no other has an id between these."""

    first: int
    last: int
    learnt: Learnt
    alone: bool


# Ends of places that there are nowhere, by which a statement's own values are told from those that change.
ENDS: Final = (2**62 + 1, 2**62 + 2, 2**62 + 3, 2**62 + 4)
EXAMPLE: Final = Events(ENDS[0], ENDS[1], (ENDS[2], ENDS[3]), alone=True)
# Each beside its fact, so that no other one can have its id.
STATEMENTS: Final[dict[tuple[int, tuple[str, ...], bool, str], tuple[Fact, str, Sequence[Any]]]] = {}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The shop's days as they are kept."""

    zone: str
    cutoff: Any

    def of(self, instants: Iterable[datetime]) -> dict[datetime, date]:
        """Give the shop's day of each instant, by the days' own edges."""
        wanted = sorted(set(instants))
        if not wanted:
            return {}
        first, last = (shop_day(at, self.zone, self.cutoff) for at in (wanted[0], wanted[-1]))
        if (last - first).days > len(wanted) * 8:  # a few facts of different years
            return {at: shop_day(at, self.zone, self.cutoff) for at in wanted}
        edges = [one.start for one in days(between(first, last + ONE_DAY, self.zone, self.cutoff))]
        return {at: first + timedelta(days=bisect_right(edges, at) - 1) for at in wanted}


def collect(
    kept: Iterable[Fact], learnt: Learnt, calendar: Calendar, alias: str, *,
    within: Period | None = None, dims: Iterable[str] | None = None,
) -> list[Added]:  # fmt: skip
    """Add up the facts learnt at places `(after, until]` by day, month and dimension; each of these once."""
    sums: list[Added] = []
    events = _events(learnt, alias)
    if events is None:
        return sums
    for fact in _touched(kept, learnt, alias) if learnt[1] - learnt[0] <= FEW else kept:
        told = tuple(dim for dim in fact.dims if dims is None or dim in dims)
        if within is None:
            rows = _read(fact, told, events, alias)
        else:
            when = {f"{fact.when}__gte": within.start, f"{fact.when}__lt": within.end}
            rows = list(_values(fact, told, _learnt(fact, events, alias).filter(**when)))
        if rows:
            _add_up(sums, fact, told, rows, calendar)
    return sums


def _events(learnt: Learnt, alias: str) -> Events | None:
    """Find the events at these places by their ids; None where there are none."""
    with connections[alias].cursor() as cursor:
        cursor.execute(PLACES, learnt)
        first, last, many = cursor.fetchone()
        if not many:
            return None
        cursor.execute(BETWEEN, [first, last])
        (beside,) = cursor.fetchone()
    return Events(first, last, learnt, alone=beside == many)


def _touched(kept: Iterable[Fact], learnt: Learnt, alias: str) -> list[Fact]:
    """Leave out the facts of which nothing was learnt: a few orders touch three of thirty, and each is a statement."""
    kept = list(kept)
    beside = tuple(dict.fromkeys(source for fact in kept if (source := _source(fact)) != MOVED))
    # By hand: put together as a query set it took longer than all that it spares.
    with connections[alias].cursor() as cursor:
        cursor.execute(_asked(beside), learnt)
        rows = cursor.fetchall()
    moved = {status for row in rows for status in row[:2]}
    written = {source for row in rows for source, is_there in zip(beside, row[2:], strict=True) if is_there}
    return [
        fact
        for fact in kept
        if (source := _source(fact)) in written or (source == MOVED and (not fact.statuses or fact.statuses & moved))
    ]


def _source(fact: Fact) -> Source:
    """Give where the rows of a fact lie, and the column with the event by which each is learnt."""
    if fact.name not in SOURCES:
        table = fact.rows("default").model._meta
        event = fact.event.removesuffix("__")
        SOURCES[fact.name] = table.db_table, str(table.get_field(event).column) if event else ""
    return SOURCES[fact.name]


@cache
def _asked(beside: tuple[Source, ...]) -> str:
    """Ask of the events at some places what moved by them, and in which tables something was written beside them."""
    there = "".join(f", EXISTS (SELECT 1 FROM {table} b WHERE b.{column} = e.id)" for table, column in beside)  # noqa: S608  # names of our own
    return (
        f"SELECT DISTINCT e.from_status, e.to_status{there} FROM journal_event e"  # noqa: S608  # as above
        " JOIN feed f ON f.event_id = e.id WHERE f.position > %s AND f.position <= %s"
    )


def _learnt(fact: Fact, events: Events, alias: str) -> QuerySet[Any]:
    """Give the rows of a fact at these places."""
    event = fact.event.removesuffix("__") + "_id" if fact.event else "pk"
    found = fact.rows(alias).filter(**{f"{event}__gte": events.first, f"{event}__lte": events.last})
    if events.alone:
        return found
    place = f"{fact.event}place__position"
    return found.filter(**{f"{place}__gt": events.learnt[0], f"{place}__lte": events.learnt[1]})


def _read(fact: Fact, told: tuple[str, ...], events: Events, alias: str) -> list[tuple[Any, ...]]:
    """Read the rows of a fact by its statement. It is put together once: that took longer than to read a few rows."""
    key = (id(fact), told, events.alone, alias)
    if key not in STATEMENTS:
        found = _values(fact, told, _learnt(fact, replace(EXAMPLE, alone=events.alone), alias))
        STATEMENTS[key] = fact, *found.query.get_compiler(using=alias).as_sql()
    _fact, statement, params = STATEMENTS[key]
    now = dict(zip(ENDS, (events.first, events.last, *events.learnt), strict=True))
    # psycopg is told how wide a number is by its type.
    values = [type(one)(now[one]) if isinstance(one, int) and one in now else one for one in params]
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, values)
        return [(instant(row[0]), *row[1:]) for row in cursor.fetchall()]


def _values(fact: Fact, told: Sequence[str], found: QuerySet[Any]) -> QuerySet[Any]:
    """Ask for when, currency, measures and dimensions of rows."""
    worth = {f"worth_{index}": measure for index, measure in enumerate(fact.measures.values())}
    keys = {f"key_{index}": fact.dims[dim] for index, dim in enumerate(told)}
    named = found.annotate(occurred=F(fact.when), money=fact.money, **worth, **keys)
    rows: QuerySet[Any] = named.order_by().values_list("occurred", "money", *worth, *keys)
    return rows


def _add_up(
    sums: list[Added], fact: Fact, told: Sequence[str], rows: list[tuple[Any, ...]], calendar: Calendar
) -> None:
    """Add rows up by day for every measure and dimension, and the days to their months."""
    on_of = calendar.of(row[0] for row in rows)
    for index, name in enumerate(fact.measures, start=2):
        whole: Cells = {}
        apart: list[tuple[int, Cells]] = [(place, {}) for place in range(2 + len(fact.measures), len(rows[0]))]
        for row in rows:
            if value := row[index]:
                on, money = on_of[row[0]], row[1] or ""
                _add(whole, (on, "", money), value)
                for place, cells in apart:
                    _add(cells, (on, row[place] or "", money), value)
        for dim, cells in zip(("", *told), (whole, *(cells for _place, cells in apart)), strict=True):
            _lay(sums, dim, f"{fact.name}.{name}", cells)


def _add(cells: Cells, key: tuple[date, str, str], value: int) -> None:
    before = cells.get(key)
    cells[key] = (value, 1) if before is None else (before[0] + value, before[1] + 1)


def _lay(sums: list[Added], dim: str, code: str, cells: Cells) -> None:
    """Lay the days' sums beside the others, and their months'."""
    months: Cells = {}
    for (on, key, money), (value, rows) in cells.items():
        sums.append((dim, Span.DAY.value, on, code, key, money, value, rows))
        month = on.replace(day=1), key, money
        before = months.get(month)
        months[month] = (value, rows) if before is None else (before[0] + value, before[1] + rows)
    for (on, key, money), (value, rows) in months.items():
        sums.append((dim, Span.MONTH.value, on, code, key, money, value, rows))
