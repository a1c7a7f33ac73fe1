"""What a section shows beside its figures: grades of products, what does not sell, what the stock is worth."""

from collections.abc import Set
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from orders.models import Shop
from reports import firstcall, shelf
from reports.firstcall import RUNG
from reports.sections import Told
from reports.web.asking import path_to_rows
from shopdesk.base import wording


def of(told: Told, hidden: Set[str]) -> dict[str, Any] | None:
    """Give what stands below a section's figures; None for most. What goods cost is not shown to all."""
    code = told.query.section.code
    if code == "products":
        return _selling(told, "cost_of_goods" not in hidden)
    if code == "calls" and RUNG.fact.dims.keys() >= {dim for dim, _key in told.query.only}:
        return _first_calls(told)
    if told.query.section.by_age:
        return _standing(told)
    if code == "stock" and "cost_of_goods" not in hidden:
        return _stock(told)
    return None


def _standing(told: Told) -> dict[str, Any]:
    """What is still out of everything there ever was, by its age: each sum opens its rows."""
    currencies = sorted({currency for part in told.standing for currency in part.values.money})
    position, section = told.as_of.position, told.query.section.code
    rows = [
        {
            "name": part.name,
            "sums": [
                {
                    "value": wording.money(part.values.money.get(currency, {}).get("out", 0), currency),
                    "url": path_to_rows(section, "out", part.period, currency=currency, position=position),
                }
                for currency in currencies
            ],
        }
        for part in told.standing
        if any(sums["out"] for sums in part.values.money.values())
    ]
    sums = [
        wording.money(sum(part.values.money.get(currency, {}).get("out", 0) for part in told.standing), currency)
        for currency in currencies
    ]
    return {"template": "reports/section/_standing.html", "rows": rows, "sums": sums}


def _selling(told: Told, sees_cost: bool) -> dict[str, Any]:
    found = shelf.read_selling(told.query.period, position=told.query.position)
    usual = Shop.current().currency
    shown = [
        {"sku": one.sku, "product": one.product, "grade": f"{one.abc}{one.xyz}",
         "sold": wording.money(one.sold_minor, usual)}
        for one in found.graded
    ]  # fmt: skip
    return {
        "template": "reports/section/_selling.html", "graded": shown, "counts": found.counts, "idle": found.idle,
        "currency": usual, "sees_cost": sees_cost,
    }  # fmt: skip


def _first_calls(told: Told) -> dict[str, Any]:
    found = firstcall.read(told.query)
    unknown = _("Not noted of %(orders)s orders, rung before the desk kept it.") % {
        "orders": wording.number(found.unknown)
    }  # fmt: skip
    why = _("Minutes inside the hours of calls from coming in to the first call, of %(orders)s orders.") % {
        "orders": wording.number(found.orders)
    }  # fmt: skip
    figures = [
        (_("Half were rung within"), _minutes(found.median), why),
        (_("Nine in ten were rung within"), _minutes(found.nine_tenths), unknown if found.unknown else why),
    ]
    return {"template": "reports/section/_first_calls.html", "figures": figures}


def _minutes(minutes: int | None) -> str:
    return "–" if minutes is None else wording.lasting(timedelta(minutes=minutes))


def _stock(told: Told) -> dict[str, Any]:
    found = shelf.read_shelf(told.query.period, position=told.query.position)
    usual = Shop.current().currency
    mean = found.mean_minor
    cover = found.cover_days
    figures = [
        (_("Stock at the end"), wording.money(found.end_minor, usual), _("Pieces times their average cost of today.")),
        (_("Stock at the beginning"), wording.money(found.begin_minor, usual), _("Walked back by every move since.")),
        (
            _("Turnover"), wording.number(round(Decimal(found.sold_minor) / mean, 2)) if mean > 0 else "–",
            _("Cost of goods sold, by the mean of both."),
        ),
        (
            _("Days of cover"), wording.number(cover) if cover is not None else "–",
            _("How long the stock lasts when it sells as on these days."),
        ),
        (
            _("Dead stock"), wording.money(found.dead_minor, usual),
            _("What lies here and neither came nor was picked for ninety days."),
        ),
        (
            _("Shrinkage"), _share(found.variance_minor, found.end_minor),
            _("Variance of counts at cost, as a share of the stock."),
        ),
        (
            _("Count accuracy"), _share(found.matched, found.counted),
            _("Lines without a variance, of the lines counted: %(matched)s of %(counted)s.")
            % {"matched": wording.number(found.matched), "counted": wording.number(found.counted)},
        ),
    ]  # fmt: skip
    return {"template": "reports/section/_stock.html", "figures": figures, "dead": found.dead, "currency": usual}


def _share(part: int, whole: int) -> str:
    return wording.percent(Decimal(part) / whole) if whole > 0 else "–"
