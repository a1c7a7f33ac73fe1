"""Figures: sums of facts by when they happened, as far as they were known, and the rows behind each of them."""

import base64
import binascii
import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Case, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from orders import feed
from orders.models import Unplaced
from reports.facts import IN_MONEY, Fact
from shopdesk.base.errors import FieldError, Malformed

CASES_AT_ONCE = 31  # days told apart in one statement: each row walks half of them, and a year is twelve statements

Sums = dict[tuple[int, str], dict[str, int]]
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
    def off(self) -> "Part":
        """The same, with the other sign."""
        return Part(self.fact, self.measure, -self.sign)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure has a code for machines, a name for people and the parts that it is the sum of."""

    code: str
    name: str | Promise
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class AsOf:
    """What was known: facts placed in the feed up to `position`. `whole`: that is all that can be seen here."""

    position: int
    whole: bool = False

    def known(self, fact: Fact) -> Q:
        """Narrow a fact's rows to what was known."""
        return Q() if self.whole else Q(**{f"{fact.event}place__position__lte": self.position})


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
    """Give what this snapshot knows. Publish the feed before it, so that next to nothing has no place."""
    return AsOf(feed.position(alias), whole=not Unplaced.objects.using(alias).exists())


def count(figures: Sequence[Figure], stretches: Sequence[Stretch], as_of: AsOf, alias: str) -> list[ByCurrency]:
    """Give for each stretch currency -> figure code -> sum. They must follow each other without a gap."""
    used: dict[str, Fact] = {part.fact.name: part.fact for figure in figures for part in figure.parts}
    sums = {name: _sum(fact, _measures(figures, fact), stretches, as_of, alias) for name, fact in used.items()}
    return [_figures(figures, sums, index) for index in range(len(stretches))]


def rows(figure: Figure, stretch: Stretch, as_of: AsOf, alias: str, *, after: str = "") -> Iterator[Row]:
    """Give the facts that add up to a figure, by time; `after` is the cursor of the last one seen. Raises Malformed."""
    found = [(part, _within(part.fact, stretch, alias).filter(as_of.known(part.fact))) for part in figure.parts]
    return _merged(found, after)


def late(parts: Sequence[Part], stretch: Stretch, closed: AsOf, alias: str, *, after: str = "") -> Iterator[Row]:
    """Give facts of the stretch that were learnt after its closing, by time, each with what its part is worth."""
    found = [(part, _within(part.fact, stretch, alias).exclude(closed.known(part.fact))) for part in parts]
    return _merged(found, after)


def _measures(figures: Sequence[Figure], fact: Fact) -> list[str]:
    wanted = [part.measure for figure in figures for part in figure.parts if part.fact.name == fact.name]
    return list(dict.fromkeys(wanted))


def _within(fact: Fact, stretch: Stretch, alias: str) -> QuerySet[Any]:
    return fact.rows(alias).filter(at__gte=stretch.start, at__lt=stretch.end)


def _sum(fact: Fact, measures: Sequence[str], stretches: Sequence[Stretch], as_of: AsOf, alias: str) -> Sums:
    """Sum a fact's measures per stretch and currency, some stretches in one statement."""
    sums: Sums = {}
    for begin in range(0, len(stretches), CASES_AT_ONCE):
        some = stretches[begin : begin + CASES_AT_ONCE]
        found = (
            fact.rows(alias)
            .filter(as_of.known(fact), at__gte=some[0].start, at__lt=some[-1].end)
            .annotate(which=_which(some), money=F(fact.currency))
            .values("which", "money")
            .annotate(**{f"sum_{index}": Sum(fact.measures[name]) for index, name in enumerate(measures)})
            .order_by()
        )
        for row in found:
            values = {name: row[f"sum_{index}"] or 0 for index, name in enumerate(measures)}
            sums[begin + row["which"], row["money"]] = values
    return sums


def _which(stretches: Sequence[Stretch]) -> Any:
    """Give the index of the stretch that a row lies in, by the edges themselves: days are not always 24 hours."""
    if len(stretches) == 1:
        return Value(0, output_field=IntegerField())
    ends = [When(at__lt=stretch.end, then=Value(index)) for index, stretch in enumerate(stretches[:-1])]
    return Case(*ends, default=Value(len(stretches) - 1), output_field=IntegerField())


def _figures(figures: Sequence[Figure], sums: Mapping[str, Sums], index: int) -> ByCurrency:
    currencies = sorted({money for found in sums.values() for which, money in found if which == index})
    nothing: dict[str, int] = defaultdict(int)
    return {
        money: {
            figure.code: sum(
                part.sign * sums[part.fact.name].get((index, money), nothing)[part.measure] for part in figure.parts
            )
            for figure in figures
        }
        for money in currencies
    }


def _merged(found: Sequence[tuple[Part, QuerySet[Any]]], after: str) -> Iterator[Row]:
    """Merge the rows of some parts by time, from behind the cursor on: every part is one walk along an index."""
    place = _read_cursor(after) if after else None
    walks = []
    for index, (part, queryset) in enumerate(found):
        behind = _behind(index, *place) if place else Q()
        walks.append(_walk(index, part, queryset.filter(behind)))
    return heapq.merge(*walks, key=lambda row: (row.at, row.part, row.pk))


def _behind(index: int, at: datetime, part: int, pk: int) -> Q:
    """Narrow to what comes after a place; the plain `at >=` beside it is what the index understands."""
    if index < part:
        return Q(at__gt=at)
    if index > part:
        return Q(at__gte=at)
    return Q(at__gte=at) & (Q(at__gt=at) | Q(pk__gt=pk))


def _walk(index: int, part: Part, found: QuerySet[Any]) -> Iterator[Row]:
    fact = part.fact
    found = found.annotate(worth=fact.measures[part.measure], money=F(fact.currency), number=F(fact.order))
    is_money = part.measure in IN_MONEY
    for row in found.exclude(worth=0).order_by("at", "pk").values("at", "pk", "worth", "money", "number").iterator():
        yield Row(
            row["at"], index, row["pk"], fact.name, row["number"], row["money"], part.sign * row["worth"], is_money
        )


def _read_cursor(text: str) -> tuple[datetime, int, int]:
    try:
        at, part, pk = base64.b64decode(text.encode(), altchars=b"-_", validate=True).decode().split(" ")
        return datetime.fromisoformat(at), int(part), int(pk)
    except (ValueError, binascii.Error) as error:
        wrong = FieldError("?cursor", "invalid_type", _("This is not a cursor of this list."))
        raise Malformed([wrong]) from error
