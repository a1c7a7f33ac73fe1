"""Doors of the report's sections: a page for each, told apart by days, channels, people …; and rows as a file."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Shop
from reports import restating, sections
from reports.figures import Figure
from reports.masking import hidden, refuse_hidden
from reports.naming import names_of
from reports.period import GROUPS
from reports.section import Rate
from reports.sections import AGE, DIMS, SECTIONS, Part, Query, Told
from reports.sectiontables import NOTHING, columns_of, named, rate_words, rates_of, value_of, words_of
from reports.web import closed_days, extras, keeping, telling
from reports.web.asking import COMPARE_WORDS, DAYS, SPANS, WITHOUT, Wanted, finish_wanted, path_to_rows, without_empty
from reports.web.cells import Cell, Change, Shown, figure_row, written
from reports.web.meanings import fact_of, meaning_of, tone_of
from reports.web.waiting import until_kept
from reports.web.ways import PARTS, at_section, path_to_section, tabs
from shopdesk.base import wording
from shopdesk.base.asking import asker
from shopdesk.base.money import from_minor
from shopdesk.base.periods import ONE_DAY, shop_day
from shopdesk.base.spreadsheets import BOM, csv_line
from shopdesk.base.strict import QueryReader

CUT = ("group", "only")
SHOWN = 50  # parts that are no days, on one page
FIGURES_WIDE, RATES_WIDE = 6, 2  # columns of the table of parts
PLACES = {place: f"at-{place}" for place in (2, 3, 4)}  # of columns that stay on a phone


@require_safe
@never_cache
@until_kept
def show_section(request: HttpRequest, section: str) -> HttpResponse:
    """Show a section of some days, beside others, and told apart by what was asked."""
    shop, subject = Shop.current(), asker(request)
    own = sections.section_of(section)
    reader = QueryReader(without_empty(request.GET), (*CUT, "rank", *DAYS))
    group = reader.choice("group", (*GROUPS, *own.groups), own.groups[0])
    only = sections.read_only(reader.text("only"))
    begin = reader.whole("rank", 1, max_value=sections.ALL) - 1
    wanted = finish_wanted(reader, shop_day(timezone.now(), shop.zone, shop.day_cutoff), shop)
    compare = "" if wanted.compare == WITHOUT else wanted.compare
    unseen = hidden(subject)
    most = 0 if group in GROUPS else SHOWN
    query = Query(own, wanted.days, group, only, compare, wanted.position, shop.currency, most, begin)

    def make() -> tuple[dict[str, Any], int]:
        told, later = restating.read_published(query, unseen)
        extra = extras.of(told, unseen) if not only or section == "calls" else None
        note = closed_days.of(told, later, wanted.today)
        return _body(wanted, told) | {"extra": extra, "closed": note}, told.as_of.position

    key = (section, wanted, group, only, begin, sorted(unseen), shop.currency)
    body = keeping.body(key, "reports/section/_body.html", make)
    shown = _head(wanted, query, body.position, shop) | {"body": body.html, "shop": shop}
    return render(request, "reports/section/page.html", shown)


@require_safe
@never_cache
def give_rows(request: HttpRequest) -> StreamingHttpResponse:
    """Give the rows behind a figure as CSV, all of them, as they were known at the position in the address."""
    shop = Shop.current()
    reader = QueryReader(request.GET, ("section", "figure", "currency", "only", *DAYS))
    section, code = reader.choice("section", tuple(SECTIONS), "funnel"), reader.text("figure")
    currency, only = reader.text("currency"), sections.read_only(reader.text("only"))
    wanted = finish_wanted(reader, shop_day(timezone.now(), shop.zone, shop.day_cutoff), shop)
    refuse_hidden(asker(request), code)
    query = Query(SECTIONS[section], wanted.days, only=only, position=wanted.position)
    figure = sections.figure_of(query.section, code)
    name = f"{section}-{wanted.days.from_on}-{wanted.until_on}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    lines = _lines(query, figure, currency)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _lines(query: Query, figure: Figure, currency: str) -> Iterator[bytes]:
    heads = [_("When"), _("Order"), _("What"), _("Currency"), _("Amount")]
    yield BOM.encode() + csv_line([str(head) for head in heads])
    for row in sections.each(query, figure.code, currency=currency):
        worth = from_minor(row.value, row.currency) if row.is_money else str(row.value)
        words = [row.at.isoformat(), str(row.order or ""), str(fact_of(figure.parts[row.part])), row.currency]
        yield csv_line(words, figures=[worth])


def _head(wanted: Wanted, query: Query, position: int, shop: Shop) -> dict[str, Any]:
    """Which section of which days, beside which, and the ways to others."""
    section = query.section
    only = [
        {
            "name": f"{DIMS[dim]}: {names_of(dim, [key], 'default')[key]}",
            "url": path_to_section(wanted, section),
        }
        for dim, key in query.only
    ]
    return {
        "wanted": wanted,
        "section": section,
        "tabs": tabs(wanted, section.code),
        "days": telling.title_of(wanted.days, wanted.today),
        "against": telling.against_of(wanted.days, query.compare, wanted.today),
        "city": wording.city_of(shop.zone),
        "position": position,
        "compare_words": COMPARE_WORDS.items(),
        "spans": [
            {"label": SPANS[span], "url": at_section(section, wanted.of(span, wanted.today)), "on": span == wanted.span}
            for span in SPANS
        ],
        "from_typed": wanted.days.from_on.isoformat(),
        "until_typed": wanted.until_on.isoformat(),
        "only": only,
        "files": _files(wanted, query, position),
        "only_typed": sections.write_only(query.only),
    }


def _groups(wanted: Wanted, query: Query) -> list[dict[str, Any]]:
    """The ways to the same figures, told apart otherwise."""
    return [
        {"label": {**PARTS, **DIMS}[one], "url": path_to_section(wanted, query.section, one, query.only),
         "on": one == query.group}
        for one in (*query.section.groups, *GROUPS)
    ]  # fmt: skip


def _files(wanted: Wanted, query: Query, position: int) -> list[tuple[str, str]]:
    """Where the same table is as a file, with all its rows."""
    asked = f"{wanted.query(position)}&{urlencode({'group': query.group})}"
    if query.only:
        asked += f"&{urlencode({'only': sections.write_only(query.only)})}"
    return [
        (ending.upper(), f"{reverse('reports-section-file', args=[query.section.code, ending])}?{asked}")
        for ending in ("csv", "pdf", "xlsx")
    ]


def _body(wanted: Wanted, told: Told) -> dict[str, Any]:
    columns, rates = columns_of(told), rates_of(told)
    by = told.query.group
    # What fits beside each other; the files have every column.
    wide = [one for one in columns if not one[0].of and value_of(told.values, *one)][:FIGURES_WIDE]
    told_rates = rates[:RATES_WIDE]
    shown = [*(_row(told, *one) for one in columns), *(_rate_row(told, one) for one in rates)]
    against = telling.span_of(told.compared[0], wanted.today) if told.compared else ""
    return {
        "days": telling.title_of(wanted.days, wanted.today),
        "against": against,
        "more": told.keys - len(told.parts) if by in GROUPS else 0,
        "rest": _rest(told, wide, told_rates) if told.rest else None,
        **_pages(wanted, told),
        "groups": _groups(wanted, told.query),
        "tiles": [_tile(told, one) for one in rates],
        "rows": [figure_row(one, against, one.code) for one in shown],
        "heads": [*(named(*one) for one in wide), *(one.name for one in told_rates)],
        "left_out": len(columns) + len(rates) > len(wide) + len(told_rates),
        "by": {**PARTS, **DIMS}[by],
        "parts": [_part(wanted, told, one, wide, told_rates) for one in _ordered(told)],
        "sums": [
            *(words_of(told.values, *one) for one in wide),
            *(rate_words(told.values, one, told.query.usual) for one in told_rates),
        ],
    }


def _rest(told: Told, columns: Sequence[tuple[Figure, str]], rates: Sequence[Rate]) -> dict[str, Any]:
    """What is not shown on this page, in one row: so what is shown and this come to the whole."""
    values, dim = told.rest or told.values, told.query.group
    cells = [
        Cell(words_of(values, *one) if one[0].has((dim,)) else NOTHING, "", named(*one), PLACES.get(place, ""))
        for place, one in enumerate(columns, start=2)
    ]
    cells += [Cell(rate_words(values, one, told.query.usual), "", str(one.name)) for one in rates]
    return {"n": told.keys - len(told.parts), "cells": written(cells)}


def _pages(wanted: Wanted, told: Told) -> dict[str, Any]:
    """Where the parts before and after these are, by rank; which ranks these are."""
    query, shown = told.query, len(told.parts)
    if query.group in GROUPS or shown == told.keys:
        return {}
    here = path_to_section(wanted, query.section, query.group, query.only)
    before, after = max(query.begin - SHOWN, 0), query.begin + shown
    return {
        "ranks": {"first": query.begin + 1, "last": after, "of": told.keys},
        "newer": (f"{here}&rank={before + 1}" if before else here) if query.begin else "",
        "older": f"{here}&rank={after + 1}" if shown and after < told.keys else "",
    }


def _ordered(told: Told) -> Sequence[Part]:
    """The latest days first; of others those with the most."""
    return list(reversed(told.parts)) if told.query.group in GROUPS else told.parts


def _tile(told: Told, rate: Rate) -> dict[str, Any]:
    usual = told.query.usual
    before = rate_words(told.compared[1], rate, usual) if told.compared else ""
    over, under = told.values.rate(rate, usual)
    sums = [wording.money(over, usual) if rate.is_money else wording.number(over)]
    sums.append(wording.money(under, usual) if rate.is_money and rate.is_share else wording.number(under))
    of = _("%(over)s of %(under)s") % {"over": sums[0], "under": sums[1]}
    was = _("was %(before)s") % {"before": before}
    note = f"{of} · {was}" if before and before != NOTHING else of
    return {"label": rate.name, "value": rate_words(told.values, rate, usual), "note": note}


def _rate_row(told: Told, rate: Rate) -> Shown:
    """A rate as a row, with what it means; its rows are those of its figures."""
    before = rate_words(told.compared[1], rate, told.query.usual) if told.compared else ""
    now = rate_words(told.values, rate, told.query.usual)
    return Shown(rate.code, rate.name, rate.meaning, now, "", before, "", None)


def _row(told: Told, figure: Figure, currency: str) -> Shown:
    """One figure of all the days, and what it was before."""
    query, change, before, before_url = told.query, None, "", ""
    if told.compared:
        days, values = told.compared
        now, then = (value_of(one, figure, currency) for one in (told.values, values))
        worse = figure.code in query.section.more_is_worse
        tone = tone_of(figure.code, then - now if worse else now - then) if now != then else ""
        change = Change(telling.change_of(figure.code, now, then).words, tone)
        before, before_url = words_of(values, figure, currency), _rows(told, figure, currency, days, query.only)
    return Shown(
        f"{figure.code}-{currency}", named(figure, currency), meaning_of(query.section.code, figure.code),
        words_of(told.values, figure, currency), _rows(told, figure, currency, query.period, query.only),
        before, before_url, change,
    )  # fmt: skip


def _part(
    wanted: Wanted, told: Told, part: Part, columns: Sequence[tuple[Figure, str]], rates: Sequence[Rate]
) -> dict[str, Any]:
    section, by_days = told.query.section, told.query.group in (*GROUPS, AGE)
    able = {dim for dim, _key in part.only}
    cells = [
        Cell(words_of(part.values, *one), _rows(told, *one, part.period, part.only), named(*one), PLACES.get(place, ""))
        if one[0].has(able)
        else Cell("–", "", named(*one))
        for place, one in enumerate(columns, start=2)
    ]
    cells += [Cell(rate_words(part.values, one, told.query.usual), "", str(one.name)) for one in rates]
    if by_days:
        name = str(part.name) or telling.span_of(part.period, wanted.today)
        span = {"from": part.period.from_on.isoformat(), "until": (part.period.to_on - ONE_DAY).isoformat()}
        url = f"{reverse('reports-section', args=[section.code])}?{urlencode(span)}"
    else:
        name, url = str(part.name), path_to_section(wanted, section, "day", part.only)
    return {"name": name, "url": url, "key": part.key, "cells": written(cells)}


def _rows(
    told: Told, figure: Figure, currency: str, days: Any, only: Sequence[tuple[str, str]]
) -> str:  # fmt: skip
    path = path_to_rows(told.query.section.code, figure.code, days, currency=currency, position=told.as_of.position)
    return f"{path}&{urlencode({'only': sections.write_only(only)})}" if only else path
