"""JSON doors of the couriers' money: a register as JSON or as a file, a hand-in, the questions that are open."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import remittance
from delivery.api.acts import read
from delivery.models import Register, RegisterLine
from delivery.registers import Said
from orders.models import Courier, Shop
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import CodeField, IdentifierField, MoneyField, NameField, QueryReader, StrictSerializer

LINES_AT_ONCE = 5_000


class SaidBody(StrictSerializer):
    waybill = IdentifierField(max_length=100)
    amount = MoneyField()
    fee = MoneyField(required=False, default="0")


class RegisterBody(StrictSerializer):
    courier = CodeField(max_length=32)
    reference = IdentifierField(max_length=64)
    currency = CodeField(max_length=3, required=False, default="")
    lines = serializers.ListField(child=SaidBody(), min_length=1, max_length=LINES_AT_ONCE)


class SettlementBody(StrictSerializer):
    note = NameField(max_length=300)


class Remittances(APIView):
    """The couriers' registers: list them, take one in."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List registers, the newest first."""
        query = QueryReader(request._request.GET, ("courier", "limit", "cursor", "count"))
        rows = Register.objects.for_subject(asker(request)).prefetch_related("lines__shipment")
        courier = query.text("courier")
        page = read_page(rows.filter(courier=courier) if courier else rows, query, key="id")
        return Response(page.answer([show_register(row) for row in page.rows]))

    @extend_schema(request=RegisterBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Take in a register; the same one again answers as before, with 200."""
        subject = asker(request)
        body = read(RegisterBody, request)
        if not Courier.objects.for_subject(subject).filter(pk=body["courier"]).exists():
            raise Missing
        currency = body["currency"] or Shop.current().currency
        lines = [_said(place, line, currency) for place, line in enumerate(body["lines"])]
        new = remittance.NewRegister(body["courier"], body["reference"], currency, lines)
        register, is_new = remittance.take_in(new, by=subject.actor, at=timezone.now())
        return Response(show_register(register), status=201 if is_new else 200)


class RegisterLineSettlement(APIView):
    """The end of a question that a register raised."""

    @extend_schema(request=SettlementBody, responses=dict)
    def post(self, request: Request, line_id: int) -> Response:
        """Settle an open line with a word on how."""
        subject = asker(request)
        if not RegisterLine.objects.for_subject(subject).filter(pk=line_id).exists():
            raise Missing
        note = read(SettlementBody, request)["note"]
        line = remittance.settle(line_id, note, by=subject.actor, at=timezone.now())
        return Response(show_line(line, line.register.currency))


def show_register(register: Register) -> dict[str, Any]:
    """Give a register with its lines, and how many of each outcome."""
    lines = sorted(register.lines.all(), key=lambda line: line.position)
    counts = {outcome: sum(line.outcome == outcome for line in lines) for outcome in RegisterLine.Outcome.values}
    return {
        "id": register.pk,
        "courier": register.courier_id,
        "reference": register.reference,
        "currency": register.currency,
        "total": from_minor(register.total_minor, register.currency),
        "fees": from_minor(register.fees_minor, register.currency),
        "at": register.at.isoformat(),
        "outcomes": counts,
        "open": sum(line.is_open for line in lines),
        "lines": [show_line(line, register.currency) for line in lines],
    }


def show_line(line: RegisterLine, currency: str) -> dict[str, Any]:
    """Give a line as it was said and what it came to."""
    return {
        "id": line.pk,
        "position": line.position,
        "waybill": line.waybill,
        "order": line.shipment.order_id if line.shipment else None,
        "amount": from_minor(line.amount_minor, currency),
        "fee": from_minor(line.fee_minor, currency),
        "fee_due": None if line.fee_due_minor is None else from_minor(line.fee_due_minor, currency),
        "outcome": line.outcome,
        "differs": from_minor(line.differs_minor, currency),
        "remitted": from_minor(line.remitted_minor, currency),
        "kept": from_minor(line.kept_minor, currency),
        "open": line.is_open,
        "note": line.note,
    }


def _said(place: int, line: dict[str, Any], currency: str) -> Said:
    pointer = f"/lines/{place}"
    amount = to_minor(line["amount"], currency, pointer=f"{pointer}/amount")
    return Said(place + 1, line["waybill"], amount, to_minor(line["fee"], currency, pointer=f"{pointer}/fee"))
