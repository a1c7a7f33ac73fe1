"""JSON doors of returns: announce, receive, inspect."""

from dataclasses import replace

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import exchanges, returns
from delivery.api.acts import ParcelsBody, read
from delivery.api.showing import show_return
from delivery.models import Return, ReturnLine
from orders.models import Order
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    ChoiceField,
    IdentifierField,
    NameField,
    QuantityField,
    QueryReader,
    StrictSerializer,
    WholeNumberField,
)

PLACES = ("bin", "quarantine", "scrap", "missing")
BY_CUSTOMER = (Return.Kind.AFTER_DELIVERY, Return.Kind.DAMAGED, Return.Kind.EXCHANGE)


class InspectedLine(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()
    to = ChoiceField(PLACES)
    bin = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    reason = ChoiceField(["", *ReturnLine.Found.values], required=False, default="")


class InspectionBody(StrictSerializer):
    lines = serializers.ListField(child=InspectedLine(), max_length=5_000)


class ComebackLine(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()


class ReturnBody(StrictSerializer):
    order = WholeNumberField(min_value=1, max_value=2**62)
    kind = ChoiceField(BY_CUSTOMER, required=False, default=Return.Kind.AFTER_DELIVERY)
    lines = serializers.ListField(child=ComebackLine(), min_length=1, max_length=5_000)
    instead = serializers.ListField(child=ComebackLine(), max_length=100, required=False, default=list)
    reason = NameField(max_length=64, required=False, allow_blank=True, default="")
    reference = IdentifierField(max_length=64, required=False, allow_blank=True, default="")
    waybill = IdentifierField(max_length=64, required=False, allow_blank=True, default="")


class Returns(APIView):
    """The returns: list them, announce one."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List returns, the newest first."""
        query = QueryReader(request._request.GET, ("state", "limit", "cursor", "count"))
        state = query.choice("state", Return.State.values)
        rows = (
            Return.objects.for_subject(asker(request))
            .select_related("parcel", "order")
            .prefetch_related("lines__product")
        )
        page = read_page(rows.filter(state=state) if state else rows, query, key="id")
        return Response(page.answer([show_return(row) for row in page.rows]))

    @extend_schema(request=ReturnBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Announce what a customer sends back."""
        body = read(ReturnBody, request)
        if not Order.objects.for_subject(asker(request)).filter(pk=body["order"]).exists():
            raise Missing
        new = returns.NewReturn(
            Return.Kind(body["kind"]), [returns.Comeback(line["sku"], line["quantity"]) for line in body["lines"]],
            order=body["order"], reason=body["reason"], reference=body["reference"], waybill=body["waybill"],
        )  # fmt: skip
        by, at = asker(request).actor, timezone.now()
        if body["instead"]:
            new = replace(new, kind=Return.Kind.EXCHANGE)
            instead = [exchanges.Instead(line["sku"], line["quantity"]) for line in body["instead"]]
            return Response(show_return(exchanges.exchange(new, instead, by=by, at=at)), status=201)
        row = returns.announce([new], by=by, at=at)[0]
        return Response(show_return(row), status=201)


class Receipt(APIView):
    """Parcels that come back for good."""

    @extend_schema(request=ParcelsBody, responses=dict)
    def post(self, request: Request) -> Response:
        """Scan them in; they wait for inspection."""
        numbers = read(ParcelsBody, request)["parcels"]
        rows = returns.receive_parcels(numbers, by=asker(request).actor, at=timezone.now())
        return Response({"results": [show_return(row) for row in rows]})


class ParcelInspection(APIView):
    """The inspection of what came back of a parcel."""

    @extend_schema(request=InspectionBody, responses=dict)
    def post(self, request: Request, parcel: str) -> Response:
        """Say where each piece goes: bin, quarantine, scrap, or missing."""
        lines = _lines(request)
        return Response(show_return(returns.inspect_parcel(parcel, lines, by=asker(request).actor, at=timezone.now())))


class ReturnInspection(APIView):
    """The inspection of an announced return."""

    @extend_schema(request=InspectionBody, responses=dict)
    def post(self, request: Request, return_id: int) -> Response:
        """Say where each piece goes: bin, quarantine, scrap, or missing."""
        _find(asker(request), return_id)
        lines = _lines(request)
        return Response(show_return(returns.inspect(return_id, lines, by=asker(request).actor, at=timezone.now())))


def _lines(request: Request) -> list[returns.Inspected]:
    rows = read(InspectionBody, request)["lines"]
    return [returns.Inspected(row["sku"], row["quantity"], row["to"], row["bin"], row["reason"]) for row in rows]


def _find(subject: Subject, return_id: int) -> None:
    if not Return.objects.for_subject(subject).filter(pk=return_id).exists():
        raise Missing
