"""Doors of the period report: the page, and the same figures as a file."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Shop
from reports import export, overview, period
from reports.funnel import CANCELLED
from reports.masking import hidden, masked
from reports.overview import Overview
from reports.period import SECTIONS
from reports.web import keeping, telling
from reports.web.asking import (
    COMPARE_WORDS,
    SPANS,
    Wanted,
    path_to,
    plainly_wanted,
    read_wanted,
    wrong_days,
)
from reports.web.cells import Cell, written
from reports.web.meanings import Words
from reports.web.telling import Column
from reports.web.waiting import until_kept
from reports.web.ways import PARTS, tabs
from shopdesk.base import wording
from shopdesk.base.asking import asker
from shopdesk.base.errors import Malformed
from shopdesk.base.periods import ONE_DAY, EmptyPeriod, shop_day

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ORDERS: Mapping[str, Words] = {
    "day": pgettext_lazy("report", "Orders a day"),
    "week": pgettext_lazy("report", "Orders a week"),
    "month": pgettext_lazy("report", "Orders a month"),
}
NET: Mapping[str, Words] = {
    "day": pgettext_lazy("report", "Net sales a day"),
    "week": pgettext_lazy("report", "Net sales a week"),
    "month": pgettext_lazy("report", "Net sales a month"),
}
# The columns of the table by days, and which of them stay on a phone, and where.
BY_PART = (
    ("funnel", "taken"), ("funnel", "confirmed"), ("funnel", "handed_over"), ("funnel", "delivered"),
    ("funnel", "cancelled"), ("money", "net"), ("money", "margin"), ("money", "paid"),
)  # fmt: skip
PLACES = {("money", "net"): "at-2", ("funnel", "taken"): "at-3", ("funnel", "delivered"): "at-4"}


@require_safe
@never_cache
@until_kept
def show_period(request: HttpRequest) -> HttpResponse:
    """Show the report of some days; dates that cannot be are refused beside them, and what was typed stays."""
    shop = Shop.current()
    today = shop_day(timezone.now(), shop.zone, shop.day_cutoff)
    wrong = ""
    try:
        wanted = read_wanted(request.GET, today, shop)
    except EmptyPeriod as refusal:
        wrong, wanted = str(refusal), plainly_wanted(today)
    except Malformed as refusal:
        if not wrong_days(refusal):
            raise
        wrong, wanted = str(refusal.errors[0].detail), plainly_wanted(today)
    subject = asker(request)
    unseen = hidden(subject)

    def make() -> tuple[dict[str, Any], int]:
        found = overview.read_published(replace(wanted.asked, usual=shop.currency))
        found = replace(found, report=masked(found.report, subject))
        return _body(wanted, found, shop.currency, unseen), found.report.as_of.position

    body = keeping.body((wanted, sorted(unseen), shop.currency), "reports/period/_body.html", make)
    shown = _head(wanted, body.position, shop) | {"body": body.html, "shop": shop}
    if wrong:
        shown |= {"wrong": wrong, "from_typed": request.GET.get("from"), "until_typed": request.GET.get("until")}
    return render(request, "reports/period/page.html", shown, status=400 if wrong else 200)


@require_safe
@never_cache
def give_csv(request: HttpRequest) -> HttpResponseBase:
    """Give the days as CSV, as they were known at the position in the address."""
    wanted = _wanted(request)
    lines = export.period_csv(masked(period.read(wanted.asked), asker(request)))
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=_attached(wanted, "csv"))


@require_safe
@never_cache
def give_xlsx(request: HttpRequest) -> HttpResponse:
    """Give the days as a workbook."""
    wanted = _wanted(request)
    book = export.period_xlsx(masked(period.read(wanted.asked), asker(request)))
    return HttpResponse(book, content_type=XLSX, headers=_attached(wanted, "xlsx"))


def _wanted(request: HttpRequest) -> Wanted:
    shop = Shop.current()
    return read_wanted(request.GET, shop_day(timezone.now(), shop.zone, shop.day_cutoff), shop)


def _attached(wanted: Wanted, ending: str) -> dict[str, str]:
    name = f"report-{wanted.days.from_on}-{wanted.until_on}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}


def _head(wanted: Wanted, position: int, shop: Shop) -> dict[str, Any]:
    """What stands above the figures: which days, beside which, and the ways to others."""
    return {
        "wanted": wanted,
        "tabs": tabs(wanted, ""),
        "title": telling.title_of(wanted.days, wanted.today),
        "against": telling.against_of(wanted.days, wanted.asked.compare, wanted.today),
        "city": wording.city_of(shop.zone),
        "position": position,
        "query": wanted.query(position),
        "spans": _spans(wanted),
        "compare_words": COMPARE_WORDS.items(),
        "from_typed": wanted.days.from_on.isoformat(),
        "until_typed": wanted.until_on.isoformat(),
    }


def _spans(wanted: Wanted) -> list[dict[str, Any]]:
    """The days that people ask for most, each one step away."""
    today, compare = wanted.today, wanted.compare
    near = {_("Today"): today, _("Yesterday"): today - ONE_DAY}
    found: list[dict[str, Any]] = [
        {"label": label, "url": path_to("day", on, on, compare)} for label, on in near.items()
    ]  # fmt: skip
    found += [{"label": SPANS[span], "url": wanted.of(span, today)} for span in SPANS if span != "day"]
    here = wanted.path()
    return [one | {"on": one["url"] == here} for one in found]


def _body(wanted: Wanted, found: Overview, currency: str, unseen: Set[str]) -> dict[str, Any]:
    """The figures, the pictures and the tables."""
    report = found.report
    now = Column(wanted.days, report.sheet, report.as_of.position)
    before = Column(*report.compared, report.as_of.position) if report.compared else None
    lone = len(found.report.groups) == 1  # a single day is drawn within its fortnight
    group = "day" if lone else found.group
    against = telling.span_of(before.days, wanted.today) if before else ""
    heads = {one: str(period.figure_of(*one).name) for one in BY_PART if one[1] not in unseen}
    return {
        "title": telling.title_of(wanted.days, wanted.today),
        "against": against,
        "tiles": tiles_of(now, before, currency, unseen),
        "orders_title": ORDERS[group],
        "orders": telling.draw_orders(str(ORDERS[group]), found.course, found.before, wanted.today),
        "net_title": NET[group],
        "net": telling.draw_net(str(NET[group]), currency, found.course, found.before, wanted.today),
        "drawn": telling.span_of(telling.whole(found.course), wanted.today),
        "is_dashed": bool(found.before),
        "currency": wording.SYMBOLS.get(currency, currency),
        "stages_shown": telling.funnel_of(now),
        "cancelled": telling.show("funnel", CANCELLED, "", now, before),
        "reasons": telling.reasons_of(now),
        "money": _money(currency, (now, before), unseen, wanted.today),
        "parts_title": PARTS[found.group],
        "parts": [] if lone else _parts(wanted, found, currency, heads),
        "heads": heads.values(),
        "sums": written(cell._replace(url="") for cell in _cells(now, currency, heads)),
        "closed": _closed(found),
    }


def tiles_of(now: Column, before: Column | None, currency: str, unseen: Set[str]) -> list[dict[str, Any]]:
    """Give the main figures, in the shop's own currency."""
    noted = [
        ("funnel", "taken", now.words("money", "ordered", currency)),
        ("funnel", "confirmed", now.words("money", "confirmed", currency)),
        ("funnel", "handed_over", now.words("money", "shipped", currency)),
        ("funnel", "delivered", now.words("money", "sold", currency)),
        ("money", "margin", _of_net(now, currency)),
        ("money", "paid", ""),
    ]
    seen = [one for one in noted if one[1] not in unseen]
    return [telling.tile_of(section, code, note, currency, (now, before)) for section, code, note in seen]


def _of_net(now: Column, currency: str) -> str:
    """The margin as a share of net sales."""
    net = now.value("money", "net", currency)
    if net <= 0:
        return ""
    share = wording.percent(Decimal(now.value("money", "margin", currency)) / net)
    return _("%(share)s of net sales") % {"share": share}


def _money(
    usual: str, columns: tuple[Column, Column | None], unseen: Set[str], today: date
) -> list[dict[str, Any]]:  # fmt: skip
    """A table for each currency, the shop's own first: they are never added."""
    now, before = columns
    known = {*now.sheet.money, *(before.sheet.money if before else ())}
    order = sorted(known, key=lambda currency: (currency != usual, currency))
    return [telling.money_of(one, now, before, unseen, today) for one in order]


def _parts(
    wanted: Wanted, found: Overview, currency: str, heads: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:  # fmt: skip
    """The days (weeks, months) one under another, the latest first; each figure opens its rows."""
    position = found.report.as_of.position
    rows = []
    for days, sheet in reversed(found.report.groups):
        column = Column(days, sheet, position)
        closed = found.closed_days.get(days.from_on)
        rows.append(
            {
                "label": telling.span_of(days, wanted.today),
                "url": path_to(found.group, days.from_on, days.to_on - ONE_DAY, wanted.compare),
                "cells": written(_cells(column, currency, heads)),
                "closed": closed,
            }
        )
    return rows


def _cells(column: Column, currency: str, heads: Mapping[tuple[str, str], str]) -> list[Cell]:
    """The figures of one line of the table."""
    return [
        Cell(column.words(*one, currency), column.path(*one, currency), name, PLACES.get(one, ""))
        for one, name in heads.items()
    ]


def _closed(found: Overview) -> dict[str, Any] | None:
    """What is said of closed days: that they are, and which figures were restated since."""
    closed = found.report.closed
    if closed is None:
        return None
    changed = [
        f"{figure.name} {_signed(wording.number(value), value)}"
        for figure in SECTIONS["funnel"]
        if ":" not in figure.code and (value := closed.restated.funnel.get(figure.code, 0))
    ]
    changed += [
        f"{figure.name} {_signed(wording.money(value, currency), value)}"
        for currency, values in closed.restated.money.items()
        for figure in SECTIONS["money"]
        if (value := values.get(figure.code, 0))
    ]
    days: Sequence[Any] = [on for on, one in found.closed_days.items() if one.is_restated]
    only = found.closed_days[days[0]].closing if len(days) == 1 else 0
    return {"changed": changed, "only": only or (closed.closings[0] if len(closed.closings) == 1 else 0)}


def _signed(written: str, value: int) -> str:
    return f"+{written}" if value > 0 else written
