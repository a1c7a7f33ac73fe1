"""Figures kept by days: a sweep follows the feed and appends what each day's sums changed by; reports add days up.

What is beyond the sweep's position is added live, from the facts. So a report is as of the feed's end, and costs what
its days cost. As it was known earlier, in other days than those that are kept, or with two things told apart at once,
it is added up from the facts themselves.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connections, transaction
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Sum

from orders import feed
from orders.models import JournalEvent, Shop
from reports import facts, figures, workfacts
from reports.facts import Fact
from reports.figures import WHOLE, AsOf, Cut, Part, Tally
from reports.models import FigureDelta, FigureHead, Span
from shopdesk.base import bulk
from shopdesk.base.periods import MIDNIGHT, ONE_DAY, Period, between, days, month, shop_day

VERSION = 2  # of what is kept below; raise it with a fact, a measure or a dimension
KEPT = (*facts.ALL, *workfacts.ALL)
AT_ONCE = 4_000  # places of the feed in one transaction
DAYS_AT_ONCE = 7  # folded in one transaction
LIVE_MOST = 2_000  # as many places beyond the sweep are added live; more, and the facts themselves are read

Sum_ = tuple[str, str, date, str, str, str]  # dim, span, on, code, key, currency
COLUMNS = ("dim", "span", "on", "code", "key", "currency", "value", "facts", "first", "last")


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


def sweep(*, most: int = 50) -> int:
    """Keep the figures of what was learnt, some places of the feed at once. Gives how many places were passed.

    In another zone, with another cut-off, or when other things are kept, everything begins anew.
    """
    feed.publish()
    passed = 0
    for _turn in range(most):
        done = _step()
        passed += done
        if done < AT_ONCE:
            break
    return passed


@transaction.atomic(durable=True)
def rebuild(from_on: date, to_on: date) -> int:
    """Make the months of the days `[from_on, to_on)` anew from the facts, as far as figures are kept. Gives the rows.

    Whoever reads meanwhile sees the old ones; the sweep waits.
    """
    head = _head()
    until = month(to_on - ONE_DAY, head.zone, head.cutoff).to_on
    span = between(from_on.replace(day=1), until, head.zone, head.cutoff)
    FigureDelta.objects.filter(on__gte=span.from_on, on__lt=span.to_on).delete()
    calendar = Calendar(head.zone, head.cutoff)
    rows = 0
    for piece in months_of(span):
        sums = _collect(KEPT, (0, head.position), calendar, "default", within=piece)
        rows += _append(sums, 1 if head.position else 0, head.position)
    return rows


@transaction.atomic(durable=True)
def fold(*, before: date) -> int:
    """Make one delta of those that change the same sum of days before this one. Gives how many rows went."""
    _head()
    several = FigureDelta.objects.filter(on__lt=before).values("span", "on", "dim", "code", "key", "currency")
    crowded = several.annotate(n=Count("pk")).filter(n__gt=1).order_by().values("on")
    days_of = sorted(set(crowded.values_list("on", flat=True)[:AT_ONCE]))[:DAYS_AT_ONCE]
    sums: dict[Sum_, list[FigureDelta]] = defaultdict(list)
    for row in FigureDelta.objects.filter(on__in=days_of):
        sums[row.dim, row.span, row.on, row.code, row.key, row.currency].append(row)
    crowds = [rows for rows in sums.values() if len(rows) > 1]
    FigureDelta.objects.filter(pk__in=[row.pk for rows in crowds for row in rows]).delete()
    FigureDelta.objects.bulk_create([_whole(rows) for rows in crowds], batch_size=1_000)
    return sum(len(rows) - 1 for rows in crowds)


def tally(parts: Sequence[Part], pieces: Sequence[Any], as_of: AsOf, alias: str, cut: Cut = WHOLE) -> Tally:
    """Give per piece, key, currency and fact.measure what it comes to: from kept days where they tell it."""
    head = _kept(pieces, as_of, alias, cut)
    if head is None:
        return figures.tally(parts, pieces, as_of, alias, cut)
    parts = [part for part in parts if cut.dims <= part.fact.dims.keys()]
    sums = _read(parts, pieces, alias, cut)
    if head.position < as_of.position:
        _add_live(sums, parts, pieces, alias, (head, as_of.position, cut))
    return dict(sums)


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


@transaction.atomic(durable=True)
def _step() -> int:
    head = _head()
    shop = Shop.current()
    if (head.zone, head.cutoff, head.version) != (shop.zone, shop.day_cutoff, VERSION):
        FigureDelta.objects.all().delete()
        head.zone, head.cutoff, head.version, head.position = shop.zone, shop.day_cutoff, VERSION, 0
    until = min(feed.position(), head.position + AT_ONCE)
    passed = until - head.position
    if passed:
        sums = _collect(KEPT, (head.position, until), Calendar(head.zone, head.cutoff), "default")
        _append(sums, head.position + 1, until)
    head.position = until
    head.save()
    return passed


def _head() -> FigureHead:
    """Lock the one row; the first sweep ever makes it."""
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
    head = FigureHead.objects.using(alias).first()
    if head is None or head.version != VERSION or not head.position <= as_of.position <= head.position + LIVE_MOST:
        return None
    same = all((piece.zone, piece.cutoff) == (head.zone, head.cutoff) for piece in pieces)
    return head if same else None


def _collect(
    kept: Iterable[Fact], learnt: tuple[int, int], calendar: Calendar, alias: str, *,
    within: Period | None = None, dims: Iterable[str] | None = None,
) -> dict[Sum_, list[int]]:  # fmt: skip
    """Add up the facts learnt at places `(after, until]` by day and dimension: [sum, how many rows]."""
    sums: dict[Sum_, list[int]] = defaultdict(lambda: [0, 0])
    for fact in _touched(kept, learnt, alias) if learnt[1] - learnt[0] <= AT_ONCE else kept:
        told = [dim for dim in fact.dims if dims is None or dim in dims]
        found = _learnt(fact, learnt, alias)
        if within is not None:
            found = found.filter(**{f"{fact.when}__gte": within.start, f"{fact.when}__lt": within.end})
        _add_up(sums, fact, told, _values(fact, told, found), calendar)
    return sums


def _touched(kept: Iterable[Fact], learnt: tuple[int, int], alias: str) -> list[Fact]:
    """Leave out the facts of which nothing was learnt: a few orders touch three of thirty, and each is a statement."""
    kept = list(kept)
    models = {fact.rows(alias).model for fact in kept} - {JournalEvent}
    beside = {f"of_{model._meta.db_table}": model for model in models}
    seen = {name: Exists(model._base_manager.filter(event=OuterRef("pk"))) for name, model in beside.items()}
    events = JournalEvent.objects.using(alias).filter(place__position__gt=learnt[0], place__position__lte=learnt[1])
    names = ("from_status", "to_status", *seen)
    rows = list(events.annotate(**seen).order_by().values_list(*names).distinct())
    moved = {status for row in rows for status in row[:2]}
    written = {model for row in rows for model, is_there in zip(beside.values(), row[2:], strict=True) if is_there}
    return [
        fact
        for fact in kept
        if fact.rows(alias).model in written
        or (fact.rows(alias).model is JournalEvent and (not fact.statuses or fact.statuses & moved))
    ]


def _learnt(fact: Fact, learnt: tuple[int, int], alias: str) -> QuerySet[Any]:
    place = f"{fact.event}place__position"
    return fact.rows(alias).filter(**{f"{place}__gt": learnt[0], f"{place}__lte": learnt[1]})


def _values(fact: Fact, told: Sequence[str], found: QuerySet[Any]) -> list[tuple[Any, ...]]:
    """Read when, currency, measures and dimensions of rows."""
    worth = {f"worth_{index}": measure for index, measure in enumerate(fact.measures.values())}
    keys = {f"key_{index}": fact.dims[dim] for index, dim in enumerate(told)}
    named = found.annotate(occurred=F(fact.when), money=fact.money, **worth, **keys)
    return list(named.order_by().values_list("occurred", "money", *worth, *keys))


def _add_up(
    sums: dict[Sum_, list[int]], fact: Fact, told: Sequence[str], rows: list[tuple[Any, ...]], calendar: Calendar
) -> None:
    codes = [f"{fact.name}.{name}" for name in fact.measures]
    on_of = calendar.of(row[0] for row in rows)
    for occurred, money, *rest in rows:
        on = on_of[occurred]
        spans = ((Span.DAY, on), (Span.MONTH, on.replace(day=1)))
        keys = [("", ""), *zip(told, rest[len(codes) :], strict=True)]
        for code, value in zip(codes, rest, strict=False):
            if not value:
                continue
            for dim, key in keys:
                for span, begins in spans:
                    sum_ = sums[dim, span, begins, code, key or "", money or ""]
                    sum_[0] += value
                    sum_[1] += 1


def _whole(rows: Sequence[FigureDelta]) -> FigureDelta:
    """Give one delta that says what several of the same sum say."""
    one = rows[0]
    return FigureDelta(
        dim=one.dim, span=one.span, on=one.on, code=one.code, key=one.key, currency=one.currency,
        value=sum(row.value for row in rows), facts=sum(row.facts for row in rows),
        first=min(row.first for row in rows), last=max(row.last for row in rows),
    )  # fmt: skip


def _append(sums: dict[Sum_, list[int]], first: int, last: int) -> int:
    bulk.write_rows(FigureDelta, COLUMNS, [(*sum_, value, of, first, last) for sum_, (value, of) in sums.items()])
    return len(sums)


def _read(parts: Sequence[Part], pieces: Sequence[Period], alias: str, cut: Cut) -> defaultdict[Any, int]:
    """Add kept days and months up, in one statement."""
    whole, loose = _spans(pieces)
    places = {Span.MONTH.value: _by_day(whole), Span.DAY.value: _by_day(loose)}
    sums: defaultdict[Any, int] = defaultdict(int)
    for span, on, key, currency, code, value in _kept_sums(parts, (list(whole), _ranges(loose)), alias, cut):
        sums[places[span][on], "" if cut.only else key, currency, code] += int(value)
    return sums


def _kept_sums(
    parts: Sequence[Part], spans: tuple[list[date], list[tuple[date, date]]], alias: str, cut: Cut
) -> list[tuple[Any, ...]]:  # fmt: skip
    """Read kept sums. By hand: put together as a query set, it took as long again as the database (speed.md, 13)."""
    months, ranges = spans
    dim, only = cut.only[0] if cut.only else (cut.dim, None)
    codes = sorted({part.code for part in parts})
    days = [f"span = '{Span.MONTH}' AND \"on\" IN ({_marks(months)})"] if months else []
    days += [f"span = '{Span.DAY}' AND \"on\" BETWEEN %s AND %s"] * len(ranges)
    if not days or not codes:
        return []
    values: list[Any] = [*months, *(edge for pair in ranges for edge in pair)]
    alone = "" if only is None else " AND key = %s"
    with connections[alias].cursor() as cursor:
        cursor.execute(
            'SELECT span, "on", key, currency, code, sum(value) FROM figure_delta '  # noqa: S608  # marks and constants
            f"WHERE dim = %s AND ({' OR '.join(days)}) AND code IN ({_marks(codes)}){alone} "
            'GROUP BY span, "on", key, currency, code',
            [dim, *values, *codes, *([] if only is None else [only])],
        )
        return list(cursor.fetchall())


def _marks(values: Sequence[Any]) -> str:
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
    used = {part.fact.name: part.fact for part in parts}
    codes = {part.code for part in parts}
    calendar = Calendar(head.zone, head.cutoff)
    whole = between(pieces[0].from_on, pieces[-1].to_on, head.zone, head.cutoff)
    found = _collect(used.values(), (head.position, until), calendar, alias, within=whole, dims={dim})
    for (name, span, on, code, key, currency), (value, _of) in found.items():
        if name != dim or span != Span.DAY or code not in codes or only not in {None, key}:
            continue
        index = next(place for place, piece in enumerate(pieces) if piece.from_on <= on < piece.to_on)
        sums[index, "" if cut.only else key, currency, code] += value
