"""The period report: every section of one period, beside another one, in parts, and as it was closed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from itertools import islice, pairwise

from orders import feed
from orders.models import Shop
from reports import facts, figures, funnel, money, rollups
from reports.figures import AsOf, ByCurrency, Figure, Part, Row, Stretch
from reports.models import Closing
from shopdesk.base.errors import Missing
from shopdesk.base.periods import KINDS, Period, between, previous, year_before
from shopdesk.base.snapshot import snapshot

SECTIONS: Mapping[str, tuple[Figure, ...]] = {"funnel": funnel.FIGURES, "money": money.FIGURES}
COMPARED = {"previous": previous, "year": year_before}
GROUPS = ("day", "week", "month")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a report. `position` 0 means as known now; else as it was known at that place of the feed."""

    period: Period
    sections: tuple[str, ...] = tuple(SECTIONS)
    compare: str = ""
    group: str = ""
    position: int = 0
    usual: str = ""  # the shop's own currency, once it was read


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one stretch: counts of orders by code, money by currency and code in minor units."""

    funnel: dict[str, int]
    money: ByCurrency

    def less(self, other: "Sheet") -> "Sheet":
        """Give the difference, figure by figure."""
        return Sheet(
            _less(self.funnel, other.funnel),
            {
                currency: _less(self.money.get(currency, {}), other.money.get(currency, {}))
                for currency in sorted({*self.money, *other.money})
            },
        )


@dataclass(frozen=True, slots=True)
class Closed:
    """What the closings that tile the period say, and by how much it was restated since."""

    sheet: Sheet
    restated: Sheet
    closings: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it is shown, exported and mailed: all of one snapshot, as of one position."""

    asked: Asked
    as_of: AsOf
    sheet: Sheet
    compared: tuple[Period, Sheet] | None
    groups: list[tuple[Period, Sheet]]
    closed: Closed | None
    compared_groups: Sequence[tuple[Period, Sheet]] = ()
    closings: Sequence[Closing] = ()  # that lie in the period


def shop_period(from_on: date, to_on: date, shop: Shop | None = None) -> Period:
    """Give the shop's days `[from_on, to_on)`; whole weeks, months, quarters and years are known as such.

    Raises EmptyPeriod.
    """
    shop = shop or Shop.current()
    return named(between(from_on, to_on, shop.zone, shop.day_cutoff))


def named(period: Period) -> Period:
    """Give the period as the calendar knows it, so that the one before November is October and not 30 days."""
    for kind in KINDS.values():
        same = kind(period.from_on, period.zone, period.cutoff)
        if (same.from_on, same.to_on) == (period.from_on, period.to_on):
            return same
    return period


def read(asked: Asked) -> Report:
    """Read a report: everything in it is of one moment and adds up. Raises StillKept."""
    feed.publish()
    with snapshot() as alias:
        return read_in(asked, known_kept(asked.position, alias), alias)


def read_in(asked: Asked, as_of: AsOf, alias: str) -> Report:
    """Read a report inside a snapshot that was opened for more than it."""
    spans = [*([COMPARED[asked.compare](asked.period)] if asked.compare else []), asked.period]
    found = _measured(spans, asked, as_of, alias)
    (sheet, groups), beside = found[-1], found[:-1]
    closings = _closings_in(asked.period, alias) if not asked.position else []
    return Report(
        asked=asked,
        as_of=as_of,
        sheet=sheet,
        compared=(spans[0], beside[0][0]) if beside else None,
        groups=groups,
        closed=closed(asked.period, sheet, closings),
        compared_groups=beside[0][1] if beside else (),
        closings=closings,
    )


def rows(section: str, code: str, asked: Asked, *, currency: str, after: str, limit: int) -> tuple[list[Row], AsOf]:
    """Give a page of the facts behind a figure (one more than `limit` when there are more). Raises Missing."""
    figure = figure_of(section, code)
    feed.publish()
    with snapshot() as alias:
        as_of = known(asked.position, alias)
        return page_of(figures.rows(figure, asked.period, as_of, alias, after=after), currency, limit), as_of


def page_of(found: Iterator[Row], currency: str, limit: int) -> list[Row]:
    """Take the rows of one currency (of all: empty), one more than `limit` when there are more."""
    return list(islice((row for row in found if not currency or row.currency == currency), limit + 1))


def figure_of(section: str, code: str) -> Figure:
    """Give a figure by its code. Raises Missing."""
    figure = next((one for one in SECTIONS.get(section, ()) if one.code == code), None)
    if figure is None:
        raise Missing
    return figure


def measure(
    stretches: Sequence[Stretch], as_of: AsOf, alias: str, sections: Sequence[str] = tuple(SECTIONS), *,
    usual: str = "",
) -> list[Sheet]:  # fmt: skip
    """Measure stretches that follow each other, one sheet each."""
    wanted = _prefixed(tuple(sections))
    usual = usual or Shop.current().currency
    found = figures.build_all(wanted, rollups.tally(figures.parts_of(wanted), stretches, as_of, alias), len(stretches))
    return [_sheet(one.get("", {}), sections, usual) for one in found]


def parts_of_all() -> list[Part]:
    """Give every kind of fact once: what it is worth where it is worth money, else that it counts."""
    return [Part(fact, "amount" if "amount" in fact.measures else "orders") for fact in facts.ALL]


def known(position: int, alias: str) -> AsOf:
    """Give what was known at a position, or what is known now; no position lies in the future."""
    now = figures.known_now(alias)
    return AsOf(position) if 0 < position < now.position else now


def known_kept(position: int, alias: str) -> AsOf:
    """Give the same for a page: what is known now only where figures are kept so far. Raises StillKept."""
    as_of = known(position, alias)
    if as_of.position != position:
        rollups.wait_until_kept(as_of, alias)
    return as_of


def closed(period: Stretch, sheet: Sheet, closings: Sequence[Closing]) -> Closed | None:
    """Give what closings say of a period that they tile from its start to its end; None when they do not."""
    edges = [period.start, *(one.end for one in closings)]
    if not closings or edges[-1] != period.end or [one.start for one in closings] != edges[:-1]:
        return None
    total = _added([Sheet(one.figures["funnel"], one.figures["money"]) for one in closings])
    return Closed(total, sheet.less(total), tuple(one.pk for one in closings))


def split(period: Period, group: str) -> list[Period]:
    """Cut a period into days, or into its weeks or months (the first and the last may be cut short)."""
    pieces = []
    on = period.from_on
    while on < period.to_on:
        until = min(KINDS[group](on, period.zone, period.cutoff).to_on, period.to_on)
        pieces.append(_cut(group, on, until, period.zone, period.cutoff))
        on = until
    return pieces


def _cut(kind: str, from_on: date, to_on: date, zone: str, cutoff: time) -> Period:
    return Period(kind, from_on, to_on, zone, cutoff)


def _closings_in(period: Stretch, alias: str) -> list[Closing]:
    found = Closing.objects.using(alias).filter(start__gte=period.start, end__lte=period.end)
    return list(found.order_by("start"))


def _measured(
    spans: Sequence[Period], asked: Asked, as_of: AsOf, alias: str
) -> list[tuple[Sheet, list[tuple[Period, Sheet]]]]:  # fmt: skip
    """Measure days as a whole and in parts: the whole is the sum of its parts, so they are read once.

    October and November follow each other: one statement reads both.
    """
    usual = asked.usual or Shop.current().currency
    pieces = [split(one, asked.group) if asked.group else [one] for one in spans]
    if all(one.to_on == other.from_on for one, other in pairwise(spans)):
        sheets = measure([piece for some in pieces for piece in some], as_of, alias, asked.sections, usual=usual)
    else:
        sheets = [sheet for some in pieces for sheet in measure(some, as_of, alias, asked.sections, usual=usual)]
    told = iter(sheets)
    apart = [list(zip(some, islice(told, len(some)), strict=True)) for some in pieces]
    return [(_added([sheet for _piece, sheet in some]), some if asked.group else []) for some in apart]


@cache
def _prefixed(sections: tuple[str, ...]) -> Sequence[Figure]:
    """Two sections may have a figure of the same name."""
    return [
        Figure(f"{section}.{figure.code}", figure.name, figure.parts)
        for section in sections
        for figure in SECTIONS[section]
    ]


def _sheet(by_currency: ByCurrency, sections: Sequence[str], usual: str) -> Sheet:
    """Sort sums into sections: orders are counted over all currencies, money is never added across them."""
    counts = {figure.code: 0 for figure in SECTIONS["funnel"]} if "funnel" in sections else {}
    for values in by_currency.values():
        for code in counts:
            counts[code] += values[f"funnel.{code}"]
    if "money" not in sections:
        return Sheet(counts, {})
    codes = [figure.code for figure in SECTIONS["money"]]
    sums = {
        currency: {code: by_currency.get(currency, {}).get(f"money.{code}", 0) for code in codes}
        for currency in sorted({usual, *by_currency})
    }
    return Sheet(counts, sums)


def _added(sheets: Sequence[Sheet]) -> Sheet:
    total = Sheet({}, {})
    for sheet in sheets:
        _add(total.funnel, sheet.funnel)
        for currency, values in sheet.money.items():
            _add(total.money.setdefault(currency, {}), values)
    return total


def _less(values: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    return {code: values.get(code, 0) - others.get(code, 0) for code in {**values, **others}}


def _add(total: dict[str, int], values: Mapping[str, int]) -> None:
    for code, value in values.items():
        total[code] = total.get(code, 0) + value
