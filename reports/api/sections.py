"""JSON doors of the report's sections: figures told apart by days or by a dimension, and the rows behind each."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports import firstcall, restating, sections
from reports.api.periods import ASKED, ROWS, FunnelReport, MoneyReport, page_of, read_days
from reports.figures import Figure
from reports.masking import hidden, refuse_hidden
from reports.period import COMPARED, GROUPS
from reports.restating import Restated
from reports.sections import AGE, DIMS, Part, Query, Told, Values
from shopdesk.base.asking import asker
from shopdesk.base.money import from_minor
from shopdesk.base.paging import MOST, USUAL
from shopdesk.base.periods import Period
from shopdesk.base.strict import QueryReader

ONLY = (*ASKED, "only")


class SectionReport(APIView):
    """One section of the report."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ONLY], responses=dict)
    def get(self, request: Request, section: str) -> Response:
        """Read a section of the days [from, to): by days, weeks, months or a dimension, or narrowed to one key."""
        return Response(read_section(request, section))


class SectionRows(APIView):
    """The rows behind a figure of a section."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in (*ROWS, "only")], responses=dict)
    def get(self, request: Request, section: str) -> Response:
        """List the facts that add up to a figure, by time."""
        query = QueryReader(request._request.GET, (*ROWS, "only"))
        figure, currency, cursor = query.text("figure"), query.text("currency"), query.text("cursor")
        limit = query.whole("limit", USUAL, min_value=1, max_value=MOST)
        only = sections.read_only(query.text("only"))
        days, position = read_days(query)
        refuse_hidden(asker(request), figure)
        asked = Query(sections.section_of(section), days, only=only, position=position)
        found = sections.behind(asked, figure, currency=currency, after=cursor, limit=limit)
        return Response(page_of(list(found.rows), limit) | {"as_of_position": found.as_of.position})


@extend_schema_view(get=extend_schema(operation_id="reports_funnel_rows"))
class FunnelRows(SectionRows):
    """The rows behind a figure of the funnel."""


@extend_schema_view(get=extend_schema(operation_id="reports_money_rows"))
class MoneyRows(SectionRows):
    """The rows behind a figure of the money."""


class FunnelOrApart(FunnelReport):
    """How far orders came, by days or told apart."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ONLY], responses=dict)
    def get(self, request: Request) -> Response:
        """Read the funnel; by a dimension as every section is."""
        return Response(read_section(request, "funnel")) if _is_apart(request) else super().get(request)


class MoneyOrApart(MoneyReport):
    """What was ordered, sold, credited and received, by days or told apart."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ONLY], responses=dict)
    def get(self, request: Request) -> Response:
        """Read the money; by a dimension as every section is."""
        return Response(read_section(request, "money")) if _is_apart(request) else super().get(request)


def read_section(request: Request, code: str) -> dict[str, Any]:
    """Read and show a section. Raises Malformed, EmptyPeriod, Missing."""
    section = sections.section_of(code)
    query = QueryReader(request._request.GET, ONLY)
    compare, group = query.choice("compare", tuple(COMPARED)), query.choice("group", (*GROUPS, *section.groups))
    only = sections.read_only(query.text("only"))
    days, position = read_days(query)
    told, later = restating.read(Query(section, days, group, only, compare, position), hidden(asker(request)))
    answer = show(told)
    if later is not None:
        answer["closed"] = _closed(code, later)
    if code == "calls" and not only:
        answer["first_call_minutes"] = asdict(firstcall.read(told.query))
    return answer


def _closed(code: str, later: Restated) -> dict[str, Any]:
    """Show what came after days were closed: by how much, on which days, and where it is listed."""
    changes: dict[str, Any] = {}
    for (name, currency), value in later.changes.items():
        changes.setdefault(name, {})[currency or "count"] = from_minor(value, currency) if currency else value
    listed = {on: reverse("api:reports-restated", args=[later.closings[on].pk]) for on in later.days}
    days = [{"on": on.isoformat(), "rows": f"{path}?{urlencode({'section': code})}"} for on, path in listed.items()]
    return {"restated": changes, "days": days, "unknown": later.unknown}


def show(told: Told) -> dict[str, Any]:
    """Show a section: each figure with its meaning, and the address of its rows as of the same position."""
    query = told.query
    answer: dict[str, Any] = {
        "section": query.section.code,
        "from": query.period.from_on.isoformat(),
        "to": query.period.to_on.isoformat(),
        "zone": query.period.zone,
        "as_of_position": told.as_of.position,
        "figures": _figures(told, told.values, query.period, query.only),
        "meanings": {code: str(said) for code, said in query.section.meanings.items()},
        "rates": _rates(told, told.values),
        "compare": None,
        "groups": [],
    }
    if told.compared:
        days, values = told.compared
        named = {"from": days.from_on.isoformat(), "to": days.to_on.isoformat()}
        answer["compare"] = named | {
            "figures": _figures(told, values, days, query.only), "rates": _rates(told, values)
        }  # fmt: skip
    for part in told.parts:
        days = part.period
        named = {"from": days.from_on.isoformat(), "to": days.to_on.isoformat()}
        if query.group == AGE:
            named |= {"key": part.key, "name": str(part.name)}
        elif query.group in DIMS:
            named = {"key": part.key, "name": str(part.name)}
        answer["groups"].append(
            named | {"figures": _figures(told, part.values, days, part.only), "rates": _rates(told, part.values)}
        )
    if query.section.by_age:
        answer["standing"] = [_standing(told, part) for part in told.standing]
    return answer


def _standing(told: Told, part: Part) -> dict[str, Any]:
    """Show what stands at the end of the days, of one age."""
    days = part.period
    named = {"from": days.from_on.isoformat(), "to": days.to_on.isoformat(), "key": part.key, "name": str(part.name)}
    return named | {"figures": _figures(told, part.values, days, part.only)}


def _is_apart(request: Request) -> bool:
    return request._request.GET.get("group") in DIMS or "only" in request._request.GET


def _figures(told: Told, values: Values, days: Period, only: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    dims = {dim for dim, _key in only}
    able = {one.code: one for one in told.figures if one.has(dims)}
    shown: dict[str, Any] = {
        code: {"value": value, "rows": _rows(told, able[code], days, only, "")}
        for code, value in values.counts.items()
        if code in able
    }
    for currency, sums in values.money.items():
        for code, value in sums.items():
            if code in able:
                at = _rows(told, able[code], days, only, currency)
                shown.setdefault(code, {})[currency] = {"value": from_minor(value, currency), "rows": at}
    return shown


def _rates(told: Told, values: Values) -> dict[str, Mapping[str, int]]:
    """Give what stands above and below each rate's line, so that nothing is rounded on the way."""
    rates = {one.code: values.rate(one, told.query.usual) for one in told.query.section.rates}
    return {code: {"over": over, "under": under} for code, (over, under) in rates.items()}


def _rows(told: Told, figure: Figure, days: Period, only: tuple[tuple[str, str], ...], currency: str) -> str:
    asked = {
        "figure": figure.code, "currency": currency, "from": days.from_on.isoformat(), "to": days.to_on.isoformat(),
        "position": str(told.as_of.position or ""), "only": sections.write_only(only),
    }  # fmt: skip
    path = reverse("api:reports-section-rows", args=[told.query.section.code])
    return f"{path}?{urlencode({name: value for name, value in asked.items() if value})}"
