"""What of a section was learnt after its days were closed: by how much each figure changed, and on which days.

Kept days tell it, since a sweep ends its batches where books were closed: a delta lies wholly before a closing, or
wholly after. What lies on both sides (some seconds of a night) and what the sweep has not reached is read from the
facts. A figure of a cohort (buyout, cash) has its day from what happened first, so it goes on changing by its nature.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from orders import feed
from reports import period, rollups
from reports.collecting import Added, Calendar, collect
from reports.facts import Fact
from reports.figures import Figure, Part
from reports.models import Closing, FigureDelta, FigureHead, Span
from reports.sections import SECTIONS, Query, Told, narrowed, read_in
from shopdesk.base.periods import ONE_DAY, Period, between
from shopdesk.base.snapshot import snapshot

Sums = dict[tuple[date, str, str], int]  # on, fact.measure, currency -> what came later


@dataclass(frozen=True, slots=True)
class Restated:
    """Closed days, by how much their figures changed since, and which of them did. `unknown`: too much to tell."""

    closings: Mapping[date, Closing]
    changes: Mapping[tuple[str, str], int]  # figure and currency, all days together; only what changed
    days: Sequence[date]  # on which any of them did: two days may change by the same, and together by nothing
    unknown: bool = False


def parts_of(figures: Iterable[Figure]) -> list[Part]:
    """Give everything that figures add up on the day on which it happened, each once."""
    own = (part for figure in figures if is_restated(figure) for part in figure.parts)
    return list({part.code: part for part in own}.values())


def listed(section: str, unseen: Collection[str]) -> list[Part]:
    """Give what is listed as learnt later: of a section what may be seen; of none everything that books hold."""
    if not section:
        return period.parts_of_all()
    return parts_of(one for one in SECTIONS[section].figures if one.code not in unseen)


def is_restated(figure: Figure) -> bool:
    """Whether a closed day's figure should not change: all its facts lie on the day on which they happened."""
    return all(part.fact.when == "at" for part in figure.parts)


def read(query: Query, unseen: Set[str] = frozenset()) -> tuple[Told, Restated | None]:
    """Read a section and what came later of its closed days, of one moment; without the figures that are not seen.

    None where no day is closed, or none is kept. Raises StillKept.
    """
    feed.publish()
    return read_published(query, unseen)


def read_published(query: Query, unseen: Set[str] = frozenset()) -> tuple[Told, Restated | None]:
    """Do the same where the feed was published just now. Raises StillKept."""
    with snapshot() as alias:
        told = narrowed(read_in(query, alias), unseen)
        return told, _read(told, alias)


def _read(told: Told, alias: str) -> Restated | None:
    days = told.query.period
    if told.query.only or told.query.position:
        return None
    head = FigureHead.objects.using(alias).first()
    if head is None or (head.zone, head.cutoff) != (days.zone, days.cutoff):
        return None
    closings = rollups.closings_of(days, alias)
    facts = {part.fact.name: part.fact for part in parts_of(told.figures)}
    if not closings or not facts:
        return None
    late = _Late(closings, list(facts.values()), head, alias)
    late.add_kept()
    late.add_tail(told.as_of.position)
    changes = late.changes(told.figures)
    together: dict[tuple[str, str], int] = defaultdict(int)
    for (_on, code, currency), value in changes.items():
        together[code, currency] += value
    return Restated(
        closings, {name: value for name, value in together.items() if value}, sorted({on for on, *_name in changes}),
        late.unknown,
    )  # fmt: skip


class _Late:
    """The sums of what came later, while they are added up."""

    def __init__(self, closings: Mapping[date, Closing], facts: Sequence[Fact], head: FigureHead, alias: str) -> None:
        self.closings, self.facts, self.head, self.alias = closings, facts, head, alias
        self.sums: Sums = defaultdict(int)
        self.unknown = False
        self.codes = {f"{fact.name}.{name}" for fact in facts for name in fact.measures}

    def add_kept(self) -> None:
        """Add the deltas that came after the closing of their day, and of those on both sides what did."""
        least = min(one.position for one in self.closings.values())
        found = FigureDelta.objects.using(self.alias).filter(
            dim="", span=Span.DAY, on__gte=min(self.closings), on__lte=max(self.closings), code__in=self.codes,
            last__gt=least,
        )  # fmt: skip
        both: dict[tuple[int, int], set[tuple[date, str]]] = defaultdict(set)
        for on, code, currency, value, first, last in found.values_list(
            "on", "code", "currency", "value", "first", "last"
        ):
            closing = self.closings.get(on)
            if closing is not None and first > closing.position:
                self.sums[on, code, currency] += value
            elif closing is not None and last > closing.position:
                both[closing.position, last].add((on, code))
        for learnt, cells in both.items():
            self._add(learnt, cells)

    def add_tail(self, until: int) -> None:
        """Add what the sweep has not reached."""
        cells: dict[int, set[tuple[date, str]]] = defaultdict(set)
        for on, one in self.closings.items():
            cells[max(self.head.position, one.position)] |= {(on, code) for code in self.codes}
        for after, some in cells.items():
            if after < until:
                self._add((after, until), some)

    def _add(self, learnt: tuple[int, int], cells: set[tuple[date, str]]) -> None:
        """Add from the facts what was learnt at some places, of some days' sums."""
        if learnt[1] - learnt[0] > rollups.LIVE_MOST:
            self.unknown = True
            return
        for _dim, span, on, code, _key, currency, value, _rows in self._read(learnt, {on for on, _code in cells}):
            if span == Span.DAY and (on, code) in cells:
                self.sums[on, code, currency] += value

    def _read(self, learnt: tuple[int, int], days: set[date]) -> list[Added]:
        within: Period = between(min(days), max(days) + ONE_DAY, self.head.zone, self.head.cutoff)
        calendar = Calendar(self.head.zone, self.head.cutoff)
        return collect(self.facts, learnt, calendar, self.alias, within=within, dims=())

    def changes(self, figures: Iterable[Figure]) -> dict[tuple[date, str, str], int]:
        """Give by how much each figure changed on each day, in each currency; a count in all of them."""
        found: dict[tuple[date, str, str], int] = defaultdict(int)
        for figure in filter(is_restated, figures):
            signs = {part.code: part.sign for part in figure.parts}
            for (on, code, currency), value in self.sums.items():
                if code in signs:
                    found[on, figure.code, currency if figure.is_money else ""] += signs[code] * value
        return {name: value for name, value in found.items() if value}
