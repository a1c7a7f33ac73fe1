"""JSON doors of the reports: the period report and its sections, the rows behind a figure, files, closings."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports import closing, export, period, restating, sections
from reports.figures import Row
from reports.masking import hidden, masked, masked_sheet
from reports.models import Closing
from reports.period import COMPARED, GROUPS, SECTIONS, Asked, Report, Sheet
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.money import from_minor
from shopdesk.base.paging import MOST, USUAL, read_page
from shopdesk.base.periods import Period
from shopdesk.base.strict import DayField, QueryReader, StrictField, StrictSerializer

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ASKED = ("from", "to", "compare", "group", "position")
ROWS = ("figure", "currency", "from", "to", "position", "limit", "cursor")
LATER = ("section", "limit", "cursor")
LONGEST_DAYS = 3_660  # ten years: more is no report but an archive
LAST_POSITION = 2**63 - 1


class PeriodReport(APIView):
    """The whole report of a period."""

    sections = tuple(SECTIONS)

    @extend_schema(parameters=[OpenApiParameter(name) for name in ASKED], responses=dict)
    def get(self, request: Request) -> Response:
        """Read every section of the days [from, to), in the shop's zone, beside the period it is compared with."""
        return Response(show_report(masked(period.read(read_asked(request, self.sections)), asker(request))))


class FunnelReport(PeriodReport):
    """How far orders came."""

    sections = ("funnel",)


class MoneyReport(PeriodReport):
    """What was ordered, sold, credited and received."""

    sections = ("money",)


class PeriodCsv(APIView):
    """The period report for a spreadsheet, as CSV."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ASKED], responses={(200, "text/csv"): bytes})
    def get(self, request: Request) -> StreamingHttpResponse:
        """Give the report as CSV."""
        asked = read_asked(request, tuple(SECTIONS))
        lines: Iterable[bytes] = export.period_csv(masked(period.read(asked), asker(request)))
        return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=_attached(asked, "csv"))


class PeriodXlsx(APIView):
    """The period report for a spreadsheet, as XLSX."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ASKED], responses={(200, XLSX): bytes})
    def get(self, request: Request) -> HttpResponse:
        """Give the report as a workbook."""
        asked = read_asked(request, tuple(SECTIONS))
        book = export.period_xlsx(masked(period.read(asked), asker(request)))
        return HttpResponse(book, content_type=XLSX, headers=_attached(asked, "xlsx"))


class ClosingBody(StrictSerializer):
    """The days to be closed, `to` not among them."""

    from_on: StrictField = DayField()
    to_on: StrictField = DayField()

    def get_fields(self) -> dict[str, Any]:
        """Name the fields as they are written: `from` is a word of Python."""
        fields = super().get_fields()
        return {"from": fields["from_on"], "to": fields["to_on"]}


class Closings(APIView):
    """Closed periods."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("limit", "cursor")], responses=dict)
    def get(self, request: Request) -> Response:
        """List closings, the newest first."""
        query = QueryReader(request._request.GET, ("limit", "cursor", "count"))
        page = read_page(Closing.objects.for_subject(asker(request)), query, key="pk")
        return Response(page.answer([show_closing(one, asker(request)) for one in page.rows]))

    @extend_schema(request=ClosingBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Close days by hand, as the sweep does every night."""
        body = ClosingBody(data=request.data)
        body.is_valid(raise_exception=True)
        span = period.shop_period(body.validated_data["from"], body.validated_data["to"])
        closed = closing.close(span, by=asker(request).actor, at=timezone.now())
        return Response(show_closing(closed, asker(request)), status=201)


class Restated(APIView):
    """What came to be known of a closed period later."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in LATER], responses=dict)
    def get(self, request: Request, closing_id: int) -> Response:
        """List facts (of a section, or of the books) dated into the period and learnt after it was closed."""
        query = QueryReader(request._request.GET, LATER)
        section = query.choice("section", tuple(sections.SECTIONS))
        limit = query.whole("limit", USUAL, min_value=1, max_value=MOST)
        cursor = query.text("cursor")
        query.finish()
        one = Closing.objects.for_subject(asker(request)).filter(pk=closing_id).first()
        if one is None:
            raise Missing
        parts = restating.listed(section, hidden(asker(request)))
        return Response(page_of(closing.restated(one, after=cursor, limit=limit, parts=parts), limit))


def read_asked(request: Request, sections: tuple[str, ...]) -> Asked:
    """Read what is asked of a report from the query. Raises Malformed, EmptyPeriod."""
    return finish_asked(QueryReader(request._request.GET, ASKED), sections)


def finish_asked(query: QueryReader, sections: tuple[str, ...]) -> Asked:
    """Read the days and what goes with them, and finish the query. Raises Malformed, EmptyPeriod."""
    compare, group = query.choice("compare", tuple(COMPARED)), query.choice("group", GROUPS)
    days, position = read_days(query)
    return Asked(days, sections, compare, group, position)


def read_days(query: QueryReader) -> tuple[Period, int]:
    """Read the days and the position, and finish the query. Raises Malformed, EmptyPeriod."""
    from_on, to_on = query.day("from"), query.day("to")
    position = query.whole("position", 0, max_value=LAST_POSITION)
    wrong = StrictField.default_error_messages
    query.errors += [
        FieldError(f"?{name}", "required", wrong["required"])
        for name in ("from", "to")
        if name not in query.params
    ]  # fmt: skip
    if from_on and to_on and (to_on - from_on).days > LONGEST_DAYS:
        query.errors.append(FieldError("?to", "max_value", wrong["max_value"]))
    query.finish()
    if from_on is None or to_on is None:  # finish has refused it already; this is for the type's sake
        raise Malformed([])
    return period.shop_period(from_on, to_on), position


def show_report(report: Report) -> dict[str, Any]:
    """Show a report. Each figure has the address of its rows, as of the same position, so that they add up to it."""
    shown = show_sheet(report.asked.period, report.sheet, report.as_of.position)
    days = report.asked.period
    answer = {
        "from": days.from_on.isoformat(),
        "to": days.to_on.isoformat(),
        "start": days.start.isoformat(),
        "end": days.end.isoformat(),
        "zone": days.zone,
        "cutoff": days.cutoff.isoformat("minutes"),
        "as_of_position": report.as_of.position,
        **shown,
        "compare": None,
        "closed": None,
    }
    if report.compared:
        other, sheet = report.compared
        answer["compare"] = show_days(other, sheet, report.as_of.position)
    if report.asked.group:
        answer["groups"] = [show_days(piece, sheet, report.as_of.position) for piece, sheet in report.groups]
    if report.closed:
        answer["closed"] = {
            "closings": list(report.closed.closings),
            "figures": show_plain(report.closed.sheet),
            "restated": show_plain(report.closed.restated),
        }
    return answer


def show_days(days: Period, sheet: Sheet, position: int) -> dict[str, Any]:
    """Show a sheet under the days that it is of."""
    named = {"from": days.from_on.isoformat(), "to": days.to_on.isoformat()}
    return named | show_sheet(days, sheet, position)


def show_sheet(days: Period, sheet: Sheet, position: int) -> dict[str, Any]:
    """Show a sheet's sections with the addresses of their rows."""
    shown: dict[str, Any] = {}
    if sheet.funnel:
        counts = {
            code: {"value": value, "rows": _rows_at("funnel", days, position, figure=code)}
            for code, value in sheet.funnel.items()
        }
        reasons = {code.partition(":")[2]: counts.pop(code) for code in list(counts) if ":" in code}
        counts["cancelled"]["by_reason"] = {code: one for code, one in reasons.items() if one["value"]}
        shown["funnel"] = counts
    if sheet.money:
        shown["money"] = {
            currency: {
                code: {
                    "value": from_minor(value, currency),
                    "rows": _rows_at("money", days, position, figure=code, currency=currency),
                }
                for code, value in sums.items()
            }
            for currency, sums in sheet.money.items()
        }
    return shown


def show_plain(sheet: Sheet) -> dict[str, Any]:
    """Show a sheet's figures alone."""
    return {
        "funnel": sheet.funnel,
        "money": {
            currency: {code: from_minor(value, currency) for code, value in sums.items()}
            for currency, sums in sheet.money.items()
        },
    }


def show_closing(one: Closing, subject: Subject) -> dict[str, Any]:
    """Show a closing as it was stored."""
    stored = masked_sheet(Sheet(one.figures["funnel"], one.figures["money"]), subject)
    return {
        "id": one.pk,
        "start": one.start.isoformat(),
        "end": one.end.isoformat(),
        "position": one.position,
        "hash": one.hash,
        "closed_at": one.at.isoformat(),
        "figures": show_plain(stored),
        "restated": reverse("api:reports-restated", args=[one.pk]),
    }


def page_of(found: list[Row], limit: int) -> dict[str, Any]:
    """Show a page of rows with the place behind it."""
    return {
        "results": [_show_row(row) for row in found[:limit]],
        "next": found[limit - 1].cursor if len(found) > limit else None,
    }


def _show_row(row: Row) -> dict[str, Any]:
    worth: Mapping[str, Any] = {"count": row.value}
    if row.is_money:
        worth = {"amount": from_minor(row.value, row.currency), "currency": row.currency}
    return {"at": row.at.isoformat(), "fact": row.fact, "id": row.pk, "order": row.order, **worth}


def _rows_at(section: str, days: Period, position: int, **figure: str) -> str:
    asked = {"from": days.from_on.isoformat(), "to": days.to_on.isoformat()}
    held = {"position": str(position)} if position else {}
    return f"{reverse(f'api:reports-{section}-rows')}?{urlencode(figure | asked | held)}"


def _attached(asked: Asked, ending: str) -> dict[str, str]:
    name = f"report-{asked.period.from_on}-{asked.period.to_on}.{ending}"
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
