"""Figures kept by days: a sweep follows the feed and appends what each day's sums changed by; reports add days up.

What is beyond the sweep's position is added live, from the facts. So a report is as of the feed's end, and costs what
its days cost. As it was known earlier, in other days than those that are kept, or with two things told apart at once,
it is added up from the facts themselves.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Min, Sum
from django.utils.translation import gettext_lazy as _

from orders import feed
from orders.models import Shop
from reports import facts, figures, workfacts
from reports.collecting import Added, Calendar, collect
from reports.figures import WHOLE, AsOf, Cut, Part, Tally
from reports.models import Closing, FigureDelta, FigureHead, Span
from shopdesk.base import bulk
from shopdesk.base.errors import Busy
from shopdesk.base.periods import MIDNIGHT, ONE_DAY, Period, between, month
from shopdesk.base.periods import days as each_day
from shopdesk.base.snapshot import once, snapshot

VERSION = 6  # of what is kept below; raise it with a fact, a measure or a dimension
KEPT = (*facts.ALL, *workfacts.ALL)
AT_ONCE = 20_000  # places of the feed at once: some two seconds, and 40 MB
CLOSED_OF_LATE = timedelta(days=62)  # what came later is told of as many days after an upgrade
LIVE_MOST = 2_000  # as many places beyond the sweep are added live; more, and the facts themselves are read
FEW_CODES = 4  # of some thirty: so few are better found by the index
READ_MOST = 20_000  # places of a shop whose facts are read while somebody waits: some two thousand orders


COLUMNS = ("dim", "span", "on", "code", "key", "currency", "value", "facts", "first", "last")


class StillKept(Busy):
    """The figures are being added up, and are not yet up to what is known."""

    sentence = _("The figures are being added up: %(kept)s of %(of)s entries of the journal are done.")
    next_step = _("Come back in a moment: nothing is lost, and nothing needs to be done.")


def sweep(*, most: int = 10) -> int:
    """Keep the figures of what was learnt, some places of the feed at once. Gives how many places were passed.

    In another zone, with another cut-off, or when other things are kept, everything begins anew.
    """
    feed.publish()
    passed = 0
    for _turn in range(most):
        if not (done := _step()):
            break
        passed += done
    return passed


@transaction.atomic(durable=True)
def rebuild(from_on: date, to_on: date) -> int:
    """Make the months of the days `[from_on, to_on)` anew from the facts, as far as figures are kept. Gives the rows.

    Whoever reads meanwhile sees the old ones; the sweep waits.
    """
    head = lock_head()
    until = month(to_on - ONE_DAY, head.zone, head.cutoff).to_on
    span = between(from_on.replace(day=1), until, head.zone, head.cutoff)
    FigureDelta.objects.filter(on__gte=span.from_on, on__lt=span.to_on).delete()
    calendar = Calendar(head.zone, head.cutoff)
    rows = 0
    for piece in months_of(span):
        sums = collect(KEPT, (0, head.position), calendar, "default", within=piece)
        rows += _append(sums, 1 if head.position else 0, head.position)
    return rows


def wait_until_kept(as_of: AsOf, alias: str) -> None:
    """Refuse a report for which a large shop's facts would have to be read. Raises StillKept.

    What was known earlier is never kept, so it is read, however long that takes.
    """
    if (kept := _kept_of(as_of.position, alias)) is not None:
        raise StillKept(detail={"kept": kept, "of": as_of.position})


def is_behind() -> bool:
    """Whether reports of now would have to wait."""
    return _kept_of(feed.position(), "default") is not None


def closings_of(days: Period, alias: str) -> dict[date, Closing]:
    """Give the closings of single days among these, by their day."""
    edges = {piece.start: piece for piece in each_day(days)}
    found = Closing.objects.using(alias).filter(start__gte=days.start, end__lte=days.end).order_by("start")
    return {edges[one.start].from_on: one for one in found if one.start in edges and edges[one.start].end == one.end}


def tally(
    parts: Sequence[Part], pieces: Sequence[Any], as_of: AsOf, alias: str, cut: Cut = WHOLE, *,
    keys: Collection[str] = (),
) -> Tally:  # fmt: skip
    """Give per piece, key, currency and fact.measure what it comes to: from kept days where they tell it.

    `keys`: of these alone, where there are many.
    """
    head = _kept(pieces, as_of, alias, cut)
    if head is None:
        return _only(figures.tally(parts, pieces, as_of, alias, cut), keys)
    parts = [part for part in parts if cut.dims <= part.fact.dims.keys()]
    sums = _read(parts, pieces, alias, cut, keys)
    if head.position < as_of.position:
        _add_live(sums, parts, pieces, alias, (head, as_of.position, cut))
    return _only(sums, keys)


def kept_where(
    parts: Sequence[Part], days: Period, as_of: AsOf, alias: str, cut: Cut
) -> tuple[str, list[Any], Tally] | None:  # fmt: skip
    """Say which deltas tell this, as a condition with its values, and what came after them; None when none can."""
    head = _kept([days], as_of, alias, cut)
    if head is None:
        return None
    parts = [part for part in parts if cut.dims <= part.fact.dims.keys()]
    whole, loose = _spans([days])
    where, values = _where(parts, (list(whole), _ranges(loose)), cut)
    tail: defaultdict[Any, int] = defaultdict(int)
    if head.position < as_of.position:
        _add_live(tail, parts, [days], alias, (head, as_of.position, cut))
    return where, values, dict(tail)


def raw_difference(pieces: Sequence[Period], alias: str, cut: Cut) -> list[str]:
    """Name the kept sums that are not those of the facts known at the sweep's position. For the auditor."""
    head = FigureHead.objects.using(alias).get()
    parts = [Part(fact, name) for fact in KEPT for name in fact.measures if cut.dims <= fact.dims.keys()]
    kept = _read(parts, pieces, alias, cut)
    told = figures.tally(parts, pieces, AsOf(head.position), alias, cut)
    return [
        f"{pieces[sum_[0]].from_on} {sum_[3]} {cut.dim} {sum_[1]} {sum_[2]}: kept {kept.get(sum_, 0)}, "
        f"the facts say {told.get(sum_, 0)}"
        for sum_ in sorted({*kept, *told})
        if kept.get(sum_, 0) != told.get(sum_, 0)
    ]


def uneven(alias: str) -> list[str]:
    """Name the sums whose days do not come to what their months do. For the auditor."""
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    names = ("dim", "code", "key", "currency")
    for *sum_, span, value in FigureDelta.objects.using(alias).values_list(*names, "span").annotate(of=Sum("value")):
        sums[tuple(sum_)] += value if span == Span.DAY else -value
    return [
        f"{code} {dim} {key} {currency}: days and months differ"
        for (dim, code, key, currency), off in sums.items()
        if off
    ]


def months_of(span: Period) -> list[Period]:
    """Give the months that days lie in, whole."""
    pieces, on = [], span.from_on.replace(day=1)
    while on < span.to_on:
        piece = month(on, span.zone, span.cutoff)
        pieces.append(piece)
        on = piece.to_on
    return pieces


def _step() -> int:
    """Keep some places. They are added up while nothing is locked, then written if nobody else was faster."""
    head = _begun()
    with snapshot() as alias:
        until = _until_closed(head.position, min(feed.position(alias), head.position + AT_ONCE), alias)
        if until <= head.position:
            return 0
        sums = collect(KEPT, (head.position, until), Calendar(head.zone, head.cutoff), alias)
    return until - head.position if _keep(head, sums, until) else 0


@transaction.atomic(durable=True)
def _begun() -> FigureHead:
    """Give how far the figures are kept. In other days than the shop's, or with other facts, everything begins anew."""
    head, shop = lock_head(), Shop.current()
    if not _is_of(head, shop):
        FigureDelta.objects.all().delete()
        head.zone, head.cutoff, head.version, head.position = shop.zone, shop.day_cutoff, VERSION, 0
        head.save()
    return head


@transaction.atomic(durable=True)
def _keep(seen: FigureHead, sums: Sequence[Added], until: int) -> bool:
    """Write what was added up from where `seen` stood; nothing when another sweep has moved it, or begun anew."""
    head = lock_head()
    if any(getattr(head, name) != getattr(seen, name) for name in ("position", "zone", "cutoff", "version")):
        return False
    _append(sums, head.position + 1, until)
    head.position = until
    head.save()
    return True


def _until_closed(after: int, until: int, alias: str) -> int:
    """End a batch where books were closed of late: so deltas tell what was known then from what came later."""
    closings = Closing.objects.using(alias)
    last = closings.order_by("-end").values_list("end", flat=True).first()
    if last is None or until <= after:
        return until
    of_late = closings.filter(end__gt=last - CLOSED_OF_LATE, position__gt=after, position__lt=until)
    return of_late.aggregate(first=Min("position"))["first"] or until


def _is_of(head: FigureHead, shop: Shop) -> bool:
    return (head.zone, head.cutoff, head.version) == (shop.zone, shop.day_cutoff, VERSION)


def lock_head() -> FigureHead:
    """Lock the one row, so that nobody appends meanwhile; the first sweep ever makes it."""
    locked = FigureHead.objects.select_for_update(no_key=True)
    if head := locked.first():
        return head
    shop = Shop.current()
    made = FigureHead(pk=1, zone=shop.zone, cutoff=shop.day_cutoff, version=VERSION)
    FigureHead.objects.bulk_create([made], ignore_conflicts=True)
    return locked.get()


def _kept(pieces: Sequence[Any], as_of: AsOf, alias: str, cut: Cut) -> FigureHead | None:
    """Give the head when kept days can tell this: else None."""
    dims = [*cut.only, *([(cut.dim, "")] if cut.dim else [])]
    if len(dims) > 1 or not all(isinstance(piece, Period) for piece in pieces):
        return None
    head = _head(alias)
    if head is None or head.version != VERSION or not head.position <= as_of.position <= head.position + LIVE_MOST:
        return None
    same = all((piece.zone, piece.cutoff) == (head.zone, head.cutoff) for piece in pieces)
    return head if same else None


def _head(alias: str) -> FigureHead | None:
    """Give how far figures are kept."""
    return once(("head", alias), lambda: _read_head(alias))


def _read_head(alias: str) -> FigureHead | None:
    """Read it by hand: a query set costs more."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT position, zone, cutoff, version FROM figure_head")
        row = cursor.fetchone()
    if row is None:
        return None
    position, zone, cutoff, version = row
    cutoff = time.fromisoformat(cutoff) if isinstance(cutoff, str) else cutoff  # SQLite gives its text
    return FigureHead(pk=1, position=position, zone=zone, cutoff=cutoff, version=version)


def _append(sums: Sequence[Added], first: int, last: int) -> int:
    bulk.write_rows(FigureDelta, COLUMNS, ((*one, first, last) for one in sums))
    return len(sums)


def _kept_of(position: int, alias: str) -> int | None:
    """Give how far figures are kept where that is too little for a position; None where it is enough."""
    if position <= READ_MOST:
        return None
    head = _head(alias)
    kept = head.position if head is not None and head.version == VERSION else 0
    return kept if kept + LIVE_MOST < position else None


def _only(sums: Tally, keys: Collection[str]) -> Tally:
    return {sum_: value for sum_, value in sums.items() if sum_[1] in keys} if keys else dict(sums)


def _read(
    parts: Sequence[Part], pieces: Sequence[Period], alias: str, cut: Cut, keys: Collection[str] = ()
) -> defaultdict[Any, int]:
    """Add kept days and months up, in one statement."""
    whole, loose = _spans(pieces)
    places = {Span.MONTH.value: _by_day(whole), Span.DAY.value: _by_day(loose)}
    sums: defaultdict[Any, int] = defaultdict(int)
    for span, on, key, currency, code, value in _kept_sums(parts, (list(whole), _ranges(loose)), alias, cut, keys):
        sums[places[span][on], "" if cut.only else key, currency, code] += int(value)
    return sums


def _kept_sums(
    parts: Sequence[Part], spans: tuple[list[date], list[tuple[date, date]]], alias: str, cut: Cut,
    keys: Collection[str],
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Read kept sums. By hand: put together as a query set, it took as long again as the database (speed.md, 13)."""
    where, values = _where(parts, spans, cut)
    if keys:
        where, values = f"{where} AND key IN ({_marks(keys)})", [*values, *keys]
    with connections[alias].cursor() as cursor:
        cursor.execute(
            'SELECT span, "on", key, currency, code, sum(value) FROM figure_delta '  # noqa: S608  # marks and constants
            f'WHERE {where} GROUP BY span, "on", key, currency, code',
            values,
        )
        return list(cursor.fetchall())


def _where(
    parts: Sequence[Part], spans: tuple[list[date], list[tuple[date, date]]], cut: Cut
) -> tuple[str, list[Any]]:  # fmt: skip
    """Say which deltas tell these parts of these days."""
    months, ranges = spans
    dim, only = cut.only[0] if cut.only else (cut.dim, None)
    codes = sorted({part.code for part in parts})
    days = [f"span = '{Span.MONTH}' AND \"on\" IN ({_marks(months)})"] if months else []
    days += [f"span = '{Span.DAY}' AND \"on\" BETWEEN %s AND %s"] * len(ranges)
    if not days or not codes:
        return "1 = 0", []
    values: list[Any] = [*months, *(edge for pair in ranges for edge in pair)]
    # Of a range of days the index is walked once for each code (PostgreSQL 15): 33 codes cost 12 ms instead of 2. So
    # many codes are looked at in the rows that the days have; few of many are found by the index.
    code = "code" if len(codes) <= FEW_CODES or not ranges else "code || ''"
    where = f"dim = %s AND ({' OR '.join(days)}) AND {code} IN ({_marks(codes)})"
    return (where, [dim, *values, *codes]) if only is None else (f"{where} AND key = %s", [dim, *values, *codes, only])


def _marks(values: Collection[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _by_day(found: dict[date, int]) -> dict[Any, int]:
    """Find a day's piece by the day as either database gives it: a date, or its text."""
    return {**found, **{on.isoformat(): index for on, index in found.items()}}


def _spans(pieces: Sequence[Period]) -> tuple[dict[date, int], dict[date, int]]:
    """Cut pieces into whole months and the days beside them, each with the index of its piece."""
    whole: dict[date, int] = {}
    loose: dict[date, int] = {}
    for index, piece in enumerate(pieces):
        on = piece.from_on
        while on < piece.to_on:
            ends = month(on, piece.zone, MIDNIGHT).to_on
            if on.day == 1 and ends <= piece.to_on:
                whole[on] = index
                on = ends
            else:
                loose[on] = index
                on += ONE_DAY
    return whole, loose


def _ranges(found: Iterable[date]) -> list[tuple[date, date]]:
    """Make ranges of days that follow each other."""
    ranges: list[tuple[date, date]] = []
    for on in sorted(found):
        if ranges and ranges[-1][1] + ONE_DAY == on:
            ranges[-1] = ranges[-1][0], on
        else:
            ranges.append((on, on))
    return ranges


def _add_live(
    sums: defaultdict[Any, int], parts: Sequence[Part], pieces: Sequence[Period], alias: str,
    beyond: tuple[FigureHead, int, Cut],
) -> None:  # fmt: skip
    """Add what was learnt after the sweep, up to a position."""
    head, until, cut = beyond
    dim, only = (cut.only[0][0], cut.only[0][1]) if cut.only else (cut.dim, None)
    codes = {part.code for part in parts}
    edges = [piece.from_on for piece in pieces]
    for name, span, on, code, key, currency, value, _rows in _live(head, until, alias):
        if name != dim or span != Span.DAY or code not in codes or only not in {None, key}:
            continue
        place = bisect_right(edges, on) - 1
        if place >= 0 and on < pieces[place].to_on:
            sums[place, "" if cut.only else key, currency, code] += value


def _live(head: FigureHead, until: int, alias: str) -> list[Added]:
    """Add up all that was learnt after the sweep: once for all the tables of a page."""
    calendar, learnt = Calendar(head.zone, head.cutoff), (head.position, until)
    return once(("live", alias, calendar, learnt), lambda: collect(KEPT, learnt, calendar, alias))
