"""JSON doors of goods on their way: what suppliers are to bring, and what goes from one location to another."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import expecting, transfers
from orders.api.counts import read
from orders.api.stock import refuse_masked
from orders.models import ExpectedReceipt, Shop, Transfer
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    DayField,
    IdentifierField,
    MoneyField,
    NameField,
    QuantityField,
    QueryReader,
    StrictSerializer,
)

PAGING = ("limit", "cursor", "count")
MOST_LINES = 500


class SentLine(StrictSerializer):
    sku = IdentifierField()
    quantity = QuantityField()
    bin = IdentifierField(max_length=32, required=False, default="MAIN")


class TransferBody(StrictSerializer):
    source = IdentifierField(max_length=32)  # type: ignore[assignment]  # a serializer's own `source` is a name
    target = IdentifierField(max_length=32)
    lines = serializers.ListField(child=SentLine(), min_length=1, max_length=MOST_LINES)


class ArrivalBody(StrictSerializer):
    lines = serializers.ListField(child=SentLine(), min_length=1, max_length=MOST_LINES)


class WantedLine(StrictSerializer):
    sku = IdentifierField()
    quantity = QuantityField()
    unit_cost = MoneyField(required=False, allow_null=True, default=None)


class ExpectedBody(StrictSerializer):
    supplier = NameField(max_length=150)
    reference = IdentifierField(max_length=100, required=False, allow_blank=True, default="")
    location = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    due_on = DayField(required=False, allow_null=True, default=None)
    lines = serializers.ListField(child=WantedLine(), min_length=1, max_length=MOST_LINES)


class Transfers(APIView):
    """Goods between locations."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("state", *PAGING)], responses=dict)
    def get(self, request: Request) -> Response:
        """List transfers, the newest first."""
        query = QueryReader(request._request.GET, ("state", *PAGING))
        state = query.choice("state", Transfer.State.values)
        rows = Transfer.objects.for_subject(asker(request)).prefetch_related("lines__product")
        page = read_page(rows.filter(state=state) if state else rows, query, key="pk")
        return Response(page.answer([show_transfer(row) for row in page.rows]))

    @extend_schema(request=TransferBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Take goods off the shelf of one location and send them to another."""
        values = read(TransferBody, request)
        sent = [transfers.Sent(line["sku"], line["quantity"], line["bin"]) for line in values["lines"]]
        by, now = asker(request).actor, timezone.now()
        row = transfers.send(sent, source=values["source"], target=values["target"], by=by, at=now)
        return Response(show_transfer(row), status=201)


class OneTransfer(APIView):
    """A transfer."""

    @extend_schema(responses=dict)
    def get(self, request: Request, transfer_id: int) -> Response:
        """Show what was sent, what arrived, what was lost."""
        return Response(show_transfer(_find(Transfer, asker(request), transfer_id)))


class TransferArrival(APIView):
    """What arrived of a transfer."""

    @extend_schema(request=ArrivalBody, responses=dict)
    def post(self, request: Request, transfer_id: int) -> Response:
        """Put it into bins, all or a part; the rest stays on the way."""
        _find(Transfer, asker(request), transfer_id)
        lines = read(ArrivalBody, request)["lines"]
        came = [transfers.Arrived(line["sku"], line["quantity"], line["bin"]) for line in lines]
        return Response(show_transfer(transfers.receive(transfer_id, came, by=asker(request).actor, at=timezone.now())))


class TransferLoss(APIView):
    """What will never arrive."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, transfer_id: int) -> Response:
        """Say that the rest is lost; the transfer ends."""
        _find(Transfer, asker(request), transfer_id)
        return Response(show_transfer(transfers.give_up(transfer_id, by=asker(request).actor, at=timezone.now())))


class Expected(APIView):
    """What suppliers are to bring."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("state", *PAGING)], responses=dict)
    def get(self, request: Request) -> Response:
        """List what is expected, the newest first."""
        query, subject = QueryReader(request._request.GET, ("state", *PAGING)), asker(request)
        state = query.choice("state", ExpectedReceipt.State.values)
        rows = ExpectedReceipt.objects.for_subject(subject)
        page = read_page(rows.filter(state=state) if state else rows, query, key="pk")
        return Response(page.answer([show_head(row) for row in page.rows]))

    @extend_schema(request=ExpectedBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Note what a supplier was asked for."""
        values, subject, currency = read(ExpectedBody, request), asker(request), Shop.current().currency
        if any(line["unit_cost"] is not None for line in values["lines"]):
            refuse_masked(subject)
        lines = [
            expecting.Wanted(line["sku"], line["quantity"], _cost(line["unit_cost"], currency, place))
            for place, line in enumerate(values["lines"])
        ]
        new = expecting.NewExpected(
            lines, values["supplier"], values["reference"], values["location"], values["due_on"]
        )  # fmt: skip
        row = expecting.expect(new, by=subject.actor, at=timezone.now())
        return Response(show_expected(row, subject), status=201)


class OneExpected(APIView):
    """An expected receipt."""

    @extend_schema(responses=dict)
    def get(self, request: Request, expected_id: int) -> Response:
        """Show what was asked for against what came: over and short, line by line."""
        subject = asker(request)
        return Response(show_expected(_find(ExpectedReceipt, subject, expected_id), subject))


class ExpectedEnd(APIView):
    """The end of an expected receipt."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, expected_id: int) -> Response:
        """Say that nothing more will come of it."""
        subject = asker(request)
        _find(ExpectedReceipt, subject, expected_id)
        return Response(show_expected(expecting.close(expected_id, by=subject.actor, at=timezone.now()), subject))


def show_transfer(row: Transfer) -> dict[str, Any]:
    """Show a transfer with its lines."""
    return {
        "id": row.pk, "source": row.source_id, "target": row.target_id, "state": row.state,
        "sent_at": row.sent_at, "received_at": row.received_at,
        "lines": [
            {"sku": line.product.sku, "quantity": line.quantity, "received": line.received, "lost": line.lost,
             "on_the_way": line.left}
            for line in sorted(row.lines.all(), key=lambda line: line.pk)
        ],
    }  # fmt: skip


def show_head(row: ExpectedReceipt) -> dict[str, Any]:
    """Show whose goods are expected, where and when."""
    return {
        "id": row.pk, "supplier": row.supplier, "reference": row.reference, "location": row.location_id,
        "due_on": row.due_on, "state": row.state, "at": row.at, "closed_at": row.closed_at,
    }  # fmt: skip


def show_expected(row: ExpectedReceipt, subject: Subject) -> dict[str, Any]:
    """Show an expected receipt with what came of it. The cost is for those who may see it."""
    currency = Shop.current().currency
    lines = [
        masks.visible(subject, {
            "sku": one.product.sku, "quantity": one.asked, "received": one.came, "over": one.over, "short": one.short,
            "unit_cost": None if one.unit_cost_minor is None else from_minor(one.unit_cost_minor, currency),
        }, {"unit_cost": "product.cost"})
        for one in expecting.compare(row)
    ]  # fmt: skip
    return show_head(row) | {"currency": currency, "lines": lines}


def _find(model: Any, subject: Subject, key: int) -> Any:
    """Give a row that the subject may see. Raises Missing."""
    row = model.objects.for_subject(subject).filter(pk=key).first()
    if row is None:
        raise Missing
    return row


def _cost(amount: Any, currency: str, place: int) -> int | None:
    return None if amount is None else to_minor(amount, currency, pointer=f"/lines/{place}/unit_cost")
