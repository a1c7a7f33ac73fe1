"""Sections of the report: their figures for some days, beside others, told apart, and the rows behind each."""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import feed
from orders.models import Shop
from reports import (
    buyout,
    bykey,
    calls,
    cancellations,
    cod,
    couriers,
    figures,
    funnel,
    money,
    packing,
    period,
    products,
    rollups,
)
from reports import stock as stock_section
from reports.figures import AsOf, Cut, Figure, Row
from reports.naming import names_of
from reports.period import COMPARED, GROUPS, page_of, split
from reports.section import Rate, Section
from shopdesk.base.errors import Missing
from shopdesk.base.periods import Period
from shopdesk.base.snapshot import snapshot

Words = str | Promise
OWN = (buyout, cancellations, calls, packing, couriers, cod, products, stock_section)
AGE = "age"
SECTIONS: Mapping[str, Section] = {
    "funnel": Section("funnel", _("Funnel"), funnel.FIGURES, {}, ("channel", "person", "courier", "region")),
    "money": Section(
        "money", _("Money"), (*money.FIGURES, *money.BESIDE), {}, ("channel", "courier", "region", "product")
    ),
} | {module.SECTION.code: module.SECTION for module in OWN}
DIMS: Mapping[str, Words] = {
    "channel": pgettext_lazy("told apart by", "channel"),
    "person": pgettext_lazy("told apart by", "person"),
    "courier": pgettext_lazy("told apart by", "courier"),
    "region": pgettext_lazy("told apart by", "region"),
    "product": pgettext_lazy("told apart by", "product"),
    AGE: pgettext_lazy("told apart by", "age"),
    "reason": pgettext_lazy("told apart by", "reason"),
    "stage": pgettext_lazy("told apart by", "stage"),
    "who": pgettext_lazy("told apart by", "who cancelled"),
    "why": pgettext_lazy("told apart by", "reason, stage, who and channel"),
    "outcome": pgettext_lazy("told apart by", "outcome"),
    "waited": pgettext_lazy("told apart by", "time to the first call"),
    "worked": pgettext_lazy("told apart by", "working minutes to the first call"),
}
SHOWN = 200  # keys of one table on a page; a file has all
ALL = 1_000_000
AT_ONCE = 1_000  # rows of a file read at once


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a section. `group` is days, weeks, months or a dimension; `only` narrows to (dim, key)."""

    section: Section
    period: Period
    group: str = ""
    only: tuple[tuple[str, str], ...] = ()
    compare: str = ""
    position: int = 0
    usual: str = ""  # the shop's own currency, once it was read
    most: int = 0  # keys that are told; 0: `SHOWN`
    begin: int = 0  # keys before them, by rank


@dataclass(frozen=True, slots=True)
class Values:
    """Counts by code, over all currencies; money by currency and code, in minor units."""

    counts: Mapping[str, int]
    money: Mapping[str, Mapping[str, int]]

    def rate(self, rate: Rate, usual: str) -> tuple[int, int]:
        """Give what stands above and below the line of a rate; money is that of the shop's own currency."""
        own = {**self.counts, **(self.money.get(usual, {}) if rate.is_money else {})}
        over = sum(own.get(code, 0) for code in rate.over) - sum(own.get(code, 0) for code in rate.less)
        return over, sum(own.get(code, 0) for code in rate.under)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a table: days, or a key of a dimension with its name."""

    key: str
    name: Words
    period: Period
    only: tuple[tuple[str, str], ...]
    values: Values


@dataclass(frozen=True, slots=True)
class Told:
    """A section as it is shown: all of one moment. `figures` are those that can be told of what was asked."""

    query: Query
    as_of: AsOf
    figures: Sequence[Figure]
    values: Values
    compared: tuple[Period, Values] | None
    parts: Sequence[Part]
    keys: int  # how many parts there are
    rest: Values | None = None  # of those that are not shown
    standing: Sequence[Part] = ()  # everything up to the end of the days, by its age


@dataclass(frozen=True, slots=True)
class Behind:
    """A figure, what it comes to by currency, and a page of the rows that sum to it (one more: there are more)."""

    figure: Figure
    sums: Mapping[str, int]
    rows: Sequence[Row]
    as_of: AsOf


def read(query: Query) -> Told:
    """Read a section, of one moment. Raises StillKept."""
    feed.publish()
    with snapshot() as alias:
        return read_in(query, alias)


def read_in(query: Query, alias: str) -> Told:
    """Read a section inside a snapshot that was opened for more than it. Raises StillKept."""
    query = query if query.usual else replace(query, usual=Shop.current().currency)
    as_of = period.known_kept(query.position, alias)
    whole = Cut("", query.only)
    shown = [one for one in query.section.figures if one.has(whole.dims)]
    compared = None
    if query.compare:
        other = COMPARED[query.compare](query.period)
        compared = other, _values(shown, [other], as_of, alias, whole)[0]
    values = _values(shown, [query.period], as_of, alias, whole)[0]
    parts, keys = _parts(query, shown, as_of, alias)
    return Told(
        query, as_of, shown, values, compared, parts, keys,
        _rest(values, parts) if len(parts) < keys and query.group not in GROUPS else None,
        _by_age(query, cod.ever(query.period), shown, as_of, alias) if query.section.by_age else (),
    )  # fmt: skip


def behind(query: Query, code: str, *, currency: str, after: str, limit: int) -> Behind:
    """Read the rows behind a figure and what they come to, of one moment. Raises Missing, Malformed."""
    figure, cut = _able(query, code), Cut("", query.only)
    feed.publish()
    with snapshot() as alias:
        as_of = period.known(query.position, alias)
        found = rollups.tally(figure.parts, [query.period], as_of, alias, cut)
        sums = figures.build([figure], found, 0).get("", {})
        rows = figures.rows(figure, query.period, as_of, alias, after=after, cut=cut)
        return Behind(
            figure,
            {money: values[code] for money, values in sums.items() if not currency or money == currency},
            page_of(rows, currency, limit),
            as_of,
        )


def position_now() -> int:
    """Give the place of the feed that is known now, as it is published: an action that asks may not publish."""
    return feed.position()


def count_behind(query: Query, code: str, *, currency: str, most: int) -> int:
    """Count the rows behind a figure, no more than `most`. Raises Missing."""
    figure = _able(query, code)
    with snapshot() as alias:
        as_of = period.known(query.position, alias)
        return figures.count_rows(
            figure, query.period, (as_of, Cut("", query.only)), alias, currency=currency, most=most
        )


def all_behind(query: Query, code: str, *, currency: str, alias: str) -> Iterator[Row]:
    """Give all rows behind a figure, inside a snapshot that is open. Raises Missing."""
    as_of = period.known(query.position, alias)
    found = figures.rows(_able(query, code), query.period, as_of, alias, cut=Cut("", query.only))
    return (row for row in found if not currency or row.currency == currency)


def _able(query: Query, code: str) -> Figure:
    figure = figure_of(query.section, code)
    if not figure.has(Cut("", query.only).dims):
        raise Missing
    return figure


def figure_of(section: Section, code: str) -> Figure:
    """Give a figure by its code. Raises Missing."""
    found = next((one for one in section.figures if one.code == code), None)
    if found is None:
        raise Missing
    return found


def section_of(code: str) -> Section:
    """Give a section by its code. Raises Missing."""
    if code not in SECTIONS:
        raise Missing
    return SECTIONS[code]


def _values(
    shown: Sequence[Figure], pieces: Sequence[Period], as_of: AsOf, alias: str, cut: Cut
) -> list[Values]:  # fmt: skip
    found = rollups.tally(figures.parts_of(shown), pieces, as_of, alias, cut)
    return [_sorted(shown, one.get("", {})) for one in figures.build_all(shown, found, len(pieces))]


def _sorted(shown: Sequence[Figure], by_currency: figures.ByCurrency) -> Values:
    """Count over all currencies; keep sums of money apart."""
    counts = {
        one.code: sum(values[one.code] for values in by_currency.values()) for one in shown if not one.is_money
    }  # fmt: skip
    sums = {
        currency: {one.code: values[one.code] for one in shown if one.is_money}
        for currency, values in by_currency.items()
        if currency and any(values[one.code] for one in shown if one.is_money)
    }
    return Values(counts, sums)


def _parts(query: Query, shown: Sequence[Figure], as_of: AsOf, alias: str) -> tuple[list[Part], int]:
    """Give the parts that are shown, and how many there are."""
    most = query.most or SHOWN
    if query.group in GROUPS:
        pieces = split(query.period, query.group)
        each = _values(shown, pieces, as_of, alias, Cut("", query.only))
        parts = [
            Part(piece.from_on.isoformat(), "", piece, query.only, values)
            for piece, values in zip(pieces, each, strict=True)
        ]
        return parts[:most], len(parts)
    if not query.group:
        return [], 0
    if query.group == AGE:
        parts = _by_age(query, query.period, shown, as_of, alias)
        return parts, len(parts)
    cut = Cut(query.group, query.only)
    able = [one for one in shown if one.has(cut.dims)]
    of_able = figures.parts_of(able)
    sums, keys, many = bykey.heaviest(of_able, query.period, (as_of, alias), cut, begin=query.begin, most=most)
    found = figures.build(able, sums, 0)
    names = names_of(query.group, found, alias)
    parts = [
        Part(key, names[key], query.period, (*query.only, (query.group, key)), _sorted(able, found[key]))
        for key in keys
    ]
    return parts, many


def _rest(whole: Values, parts: Sequence[Part]) -> Values:
    """Give what is left of the whole beside the parts that are shown: of figures that the parts tell."""
    counts = {
        code: value - sum(part.values.counts.get(code, 0) for part in parts)
        for code, value in whole.counts.items()
        if any(code in part.values.counts for part in parts)
    }
    sums = {
        currency: {
            code: value - sum(part.values.money.get(currency, {}).get(code, 0) for part in parts)
            for code, value in values.items()
        }
        for currency, values in whole.money.items()
    }
    return Values(counts, sums)


def _by_age(query: Query, days: Period, shown: Sequence[Figure], as_of: AsOf, alias: str) -> list[Part]:
    bands = cod.ages(days)
    pieces = [piece for _code, _name, piece in reversed(bands)]
    each = reversed(_values(shown, pieces, as_of, alias, Cut("", query.only)))
    return [
        Part(code, name, piece, query.only, values)
        for (code, name, piece), values in zip(bands, each, strict=True)
        if _any(values)
    ]


def _any(values: Values) -> bool:
    return any(values.counts.values()) or bool(values.money)


def narrowed(told: Told, hidden: Set[str]) -> Told:
    """Give a section without the figures that are not to be seen."""
    if not hidden:
        return told

    def less(values: Values) -> Values:
        money = {
            currency: {code: value for code, value in sums.items() if code not in hidden}
            for currency, sums in values.money.items()
        }
        return Values({code: value for code, value in values.counts.items() if code not in hidden}, money)

    return replace(
        told,
        figures=[one for one in told.figures if one.code not in hidden],
        values=less(told.values),
        compared=(told.compared[0], less(told.compared[1])) if told.compared else None,
        parts=[replace(one, values=less(one.values)) for one in told.parts],
        rest=less(told.rest) if told.rest else None,
    )


def each(query: Query, code: str, *, currency: str) -> Iterator[Row]:
    """Give all rows behind a figure, page by page, as they were known at one position."""
    after = ""
    while True:
        found = behind(query, code, currency=currency, after=after, limit=AT_ONCE)
        query = replace(query, position=found.as_of.position or query.position)
        yield from found.rows[:AT_ONCE]
        if len(found.rows) <= AT_ONCE:
            return
        after = found.rows[AT_ONCE - 1].cursor


def read_only(text: str) -> tuple[tuple[str, str], ...]:
    """Read what a report is narrowed to, `channel=web;courier=own`. Raises Missing where nothing is told apart so."""
    pairs = [one.partition("=") for one in text.split(";") if one]
    if any(dim not in DIMS for dim, _is, _key in pairs):
        raise Missing
    return tuple((dim, key) for dim, _is, key in pairs)


def write_only(only: Sequence[tuple[str, str]]) -> str:
    """Write what a report is narrowed to, as `read_only` reads it."""
    return ";".join(f"{dim}={key}" for dim, key in only)
