"""Figures: sums of facts by when they happened, as far as they were known, and the rows behind each of them."""

import base64
import binascii
import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connections
from django.db.models import Case, CharField, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.facts import IN_MONEY, Fact
from shopdesk.base.errors import FieldError, Malformed

WHAT_IS_KNOWN = "SELECT coalesce((SELECT max(position) FROM feed_head), 0), EXISTS (SELECT 1 FROM unplaced)"
CASES_AT_ONCE = 31  # days told apart in one statement: each row walks half of them, and a year is twelve statements

Tally = dict[tuple[int, str, str, str], int]  # (stretch, key, currency, fact.measure) -> sum
ByCurrency = dict[str, dict[str, int]]


class Stretch(Protocol):
    """Any time `[start, end)`: a period of the calendar, or a closing."""

    @property
    def start(self) -> datetime: ...

    @property
    def end(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Part:
    """What a figure adds (or, with sign -1, takes off): one measure of one fact."""

    fact: Fact
    measure: str
    sign: int = 1

    @property
    def code(self) -> str:
        """Name what it adds."""
        return f"{self.fact.name}.{self.measure}"

    @property
    def off(self) -> "Part":
        """The same, with the other sign."""
        return Part(self.fact, self.measure, -self.sign)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure has a code for machines, a name for people and the parts that it is the sum of.

    `of`: it is a part of another figure, so a narrow table that has the other one does without it.
    """

    code: str
    name: str | Promise
    parts: tuple[Part, ...]
    of: str = ""

    @property
    def is_money(self) -> bool:
        return any(part.measure in IN_MONEY for part in self.parts)

    def has(self, dims: Collection[str]) -> bool:
        """Whether all that it adds up can be told apart by these."""
        return all(dim in part.fact.dims for part in self.parts for dim in dims)


@dataclass(frozen=True, slots=True)
class Cut:
    """By what figures are told apart (`dim`; empty: not at all), and what alone is looked at: (dim, key)."""

    dim: str = ""
    only: tuple[tuple[str, str], ...] = ()

    @property
    def dims(self) -> frozenset[str]:
        """Everything that a fact must know of itself."""
        return frozenset({name for name, _key in self.only} | ({self.dim} if self.dim else set()))

    def narrow(self, fact: Fact, found: QuerySet[Any]) -> QuerySet[Any]:
        """Leave only the rows that are looked at."""
        for index, (dim, key) in enumerate(self.only):
            found = found.annotate(**{f"only_{index}": fact.dims[dim]}).filter(**{f"only_{index}": key})
        return found


WHOLE = Cut()


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was known: facts placed in the feed up to `position`. `whole`: that is all that can be seen here."""

    position: int
    whole: bool = False

    def known(self, fact: Fact) -> Q:
        """Narrow a fact's rows to what was known."""
        return Q() if self.whole else Q(**{f"{fact.event}place__position__lte": self.position})

    def known_rows(self, fact: Fact, alias: str) -> QuerySet[Any]:
        """Give the rows of a fact that were known."""
        return fact.rows(alias).filter(self.known(fact))


@dataclass(frozen=True, slots=True)
class Row:
    """One fact behind a figure: what kind, which row, of which order, when, and what it adds."""

    at: datetime
    part: int
    pk: int
    fact: str
    order: int | None
    currency: str
    value: int
    is_money: bool

    @property
    def cursor(self) -> str:
        """Give the place behind this row, for the next page."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()} {self.part} {self.pk}".encode()).decode()


def known_now(alias: str) -> AsOf:
    """Give what this snapshot knows, in one statement. Publish the feed before: then next to nothing has no place."""
    with connections[alias].cursor() as cursor:
        cursor.execute(WHAT_IS_KNOWN)
        position, waits = cursor.fetchone()
    return AsOf(position, whole=not waits)


def count(figures: Sequence[Figure], stretches: Sequence[Stretch], as_of: AsOf, alias: str) -> list[ByCurrency]:
    """Give for each stretch currency -> figure code -> sum. They must follow each other without a gap."""
    found = build_all(figures, tally(parts_of(figures), stretches, as_of, alias), len(stretches))
    return [one.get("", {}) for one in found]


def tally(
    parts: Sequence[Part], stretches: Sequence[Stretch], as_of: AsOf, alias: str, cut: Cut = WHOLE
) -> Tally:  # fmt: skip
    """Add the facts themselves up, per stretch, key and currency. The stretches follow each other without a gap."""
    sums: Tally = {}
    for fact in {part.fact.name: part.fact for part in parts}.values():
        if cut.dims <= fact.dims.keys():
            measures = list(dict.fromkeys(part.measure for part in parts if part.fact.name == fact.name))
            sums |= _sum(fact, measures, stretches, as_of.known_rows(fact, alias), cut)
    return sums


def parts_of(figures: Sequence[Figure]) -> list[Part]:
    """Give everything that some figures add up."""
    return [part for figure in figures for part in figure.parts]


def build(
    figures: Sequence[Figure], sums: Mapping[tuple[int, str, str, str], int], index: int
) -> dict[str, ByCurrency]:
    """Give what figures come to in one stretch: key -> currency -> figure code -> sum."""
    return build_all(figures, sums, index + 1)[index]


def build_all(
    figures: Sequence[Figure], sums: Mapping[tuple[int, str, str, str], int], stretches: int
) -> list[dict[str, ByCurrency]]:
    """Give what figures come to in each stretch: key -> currency -> figure code -> sum."""
    apart: list[dict[tuple[str, str], dict[str, int]]] = [{} for _index in range(stretches)]
    for (index, key, money, code), value in sums.items():
        if index < stretches:
            apart[index].setdefault((key, money), {})[code] = value
    adds = [(figure.code, [(part.sign, part.code) for part in figure.parts]) for figure in figures]
    nothing = {code: 0 for code, _parts in adds}
    found: list[dict[str, ByCurrency]] = []
    for one in apart:
        keys: dict[str, ByCurrency] = {}
        for (key, money), worth in sorted(one.items()):
            told = nothing.copy()
            for code, parts in adds:
                for sign, part in parts:
                    if part in worth:
                        told[code] += sign * worth[part]
            keys.setdefault(key, {})[money] = told
        found.append(keys)
    return found


def rows(
    figure: Figure, stretch: Stretch, as_of: AsOf, alias: str, *, after: str = "", cut: Cut = WHOLE
) -> Iterator[Row]:
    """Give the facts that add up to a figure, by time; `after` is the cursor of the last one seen. Raises Malformed."""
    found = []
    for part in figure.parts:
        known = _within(part.fact, stretch, as_of.known_rows(part.fact, alias))
        found.append((part, cut.narrow(part.fact, known)))
    return _merged(found, after)


def count_rows(
    figure: Figure, stretch: Stretch, known: tuple[AsOf, Cut], alias: str, *, currency: str, most: int
) -> int:  # fmt: skip
    """Count the facts that add up to a figure in one currency (empty: in all), no more than `most`."""
    as_of, cut = known
    found = 0
    for part in figure.parts:
        inside = cut.narrow(part.fact, _within(part.fact, stretch, as_of.known_rows(part.fact, alias)))
        rows = inside.annotate(worth=part.fact.measures[part.measure], money=part.fact.money).exclude(worth=0)
        found += (rows.filter(money=currency) if currency else rows).order_by()[: most - found].count()
        if found >= most:
            return most
    return found


def late(parts: Sequence[Part], stretch: Stretch, closed: AsOf, alias: str, *, after: str = "") -> Iterator[Row]:
    """Give facts of the stretch that were learnt after its closing, by time, each with what its part is worth."""
    found = []
    for part in parts:
        inside = _within(part.fact, stretch, part.fact.rows(alias))
        found.append((part, inside.exclude(closed.known(part.fact))))
    return _merged(found, after)


def _within(fact: Fact, stretch: Stretch, found: QuerySet[Any]) -> QuerySet[Any]:
    return found.filter(**{f"{fact.when}__gte": stretch.start, f"{fact.when}__lt": stretch.end})


def _sum(fact: Fact, measures: Sequence[str], stretches: Sequence[Stretch], known: QuerySet[Any], cut: Cut) -> Tally:
    """Sum a fact's measures per stretch, key and currency, some stretches in one statement."""
    sums: Tally = {}
    known = cut.narrow(fact, known)
    for begin in range(0, len(stretches), CASES_AT_ONCE):
        some = stretches[begin : begin + CASES_AT_ONCE]
        found = (
            known.filter(**{f"{fact.when}__gte": some[0].start, f"{fact.when}__lt": some[-1].end})
            .annotate(which=_which(some, fact.when), money=fact.money, key=_key(fact, cut))
            .values("which", "money", "key")
            .annotate(**{f"sum_{index}": Sum(fact.measures[name]) for index, name in enumerate(measures)})
            .order_by()
        )
        for row in found:
            for index, name in enumerate(measures):
                sums[begin + row["which"], row["key"], row["money"], f"{fact.name}.{name}"] = row[f"sum_{index}"] or 0
    return sums


def _key(fact: Fact, cut: Cut) -> Any:
    return fact.dims[cut.dim] if cut.dim else Value("", output_field=CharField())


def _which(stretches: Sequence[Stretch], when: str) -> Any:
    """Give the index of the stretch that a row lies in, by the edges themselves: days are not always 24 hours."""
    if len(stretches) == 1:
        return Value(0, output_field=IntegerField())
    ends = [When(**{f"{when}__lt": one.end}, then=Value(index)) for index, one in enumerate(stretches[:-1])]
    return Case(*ends, default=Value(len(stretches) - 1), output_field=IntegerField())


def _merged(found: Sequence[tuple[Part, QuerySet[Any]]], after: str) -> Iterator[Row]:
    """Merge the rows of some parts by time, from behind the cursor on: every part is one walk along an index."""
    place = _read_cursor(after) if after else None
    walks = []
    for index, (part, queryset) in enumerate(found):
        behind = _behind(part.fact.when, index, place) if place else Q()
        walks.append(_walk(index, part, queryset.filter(behind)))
    return heapq.merge(*walks, key=lambda row: (row.at, row.part, row.pk))


def _behind(when: str, index: int, place: tuple[datetime, int, int]) -> Q:
    """Narrow to what comes after a place; the plain `at >=` beside it is what the index understands."""
    at, part, pk = place
    if index < part:
        return Q(**{f"{when}__gt": at})
    if index > part:
        return Q(**{f"{when}__gte": at})
    return Q(**{f"{when}__gte": at}) & (Q(**{f"{when}__gt": at}) | Q(pk__gt=pk))


def _walk(index: int, part: Part, found: QuerySet[Any]) -> Iterator[Row]:
    fact = part.fact
    found = found.annotate(worth=fact.measures[part.measure], money=fact.money, number=F(fact.order))
    is_money = part.measure in IN_MONEY
    ordered = found.exclude(worth=0).order_by(fact.when, "pk")
    for row in ordered.values(fact.when, "pk", "worth", "money", "number").iterator():
        worth = part.sign * row["worth"]
        yield Row(row[fact.when], index, row["pk"], fact.name, row["number"], row["money"], worth, is_money)


def _read_cursor(text: str) -> tuple[datetime, int, int]:
    try:
        at, part, pk = base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode().split(" ")
        return datetime.fromisoformat(at), int(part), int(pk)
    except (ValueError, binascii.Error) as error:
        wrong = FieldError("?cursor", "invalid_type", _("This is not a cursor of this list."))
        raise Malformed([wrong]) from error
