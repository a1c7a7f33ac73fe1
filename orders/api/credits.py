"""JSON doors of money: what came in for an order, what is owed back."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import payments
from orders.api.orders import find_order
from orders.models import Credit, Payment
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    ChoiceField,
    CurrencyField,
    IdentifierField,
    MoneyField,
    NameField,
    QuantityField,
    QueryReader,
    StrictSerializer,
    WholeNumberField,
)

REASONS = (Credit.Reason.SERVICE, Credit.Reason.GOODWILL, Credit.Reason.OTHER)


ACCOUNTS = (Payment.Account.PREPAID, Payment.Account.COUNTER)


class CreditLineBody(StrictSerializer):
    name = NameField(max_length=500)
    quantity = QuantityField(required=False, default=1)
    amount = MoneyField()


class CreditBody(StrictSerializer):
    order = WholeNumberField(min_value=1, max_value=2**62, required=False, allow_null=True, default=None)
    reason = ChoiceField(REASONS)
    currency = CurrencyField()
    reference = IdentifierField(max_length=64, required=False, allow_blank=True, default="")
    lines = serializers.ListField(child=CreditLineBody(), min_length=1, max_length=500)


class MoneyReceivedBody(StrictSerializer):
    amount = MoneyField(signed=True)
    account = ChoiceField(ACCOUNTS, required=False, default=Payment.Account.PREPAID)


class Payments(APIView):
    """Money that came in for an order."""

    @extend_schema(request=MoneyReceivedBody, responses={201: dict})
    def post(self, request: Request, number: int) -> Response:
        """Record a payment; a correction is negative."""
        order = find_order(asker(request), number)
        body = MoneyReceivedBody(data=request.data)
        body.is_valid(raise_exception=True)
        amount = to_minor(body.validated_data["amount"], order.currency, pointer="/amount")
        account = Payment.Account(body.validated_data["account"])
        order = payments.record(number, amount, account=account, by=asker(request).actor, at=timezone.now())
        paid, due = from_minor(order.paid_minor, order.currency), from_minor(order.due_minor, order.currency)
        return Response({"number": number, "version": order.version, "paid": paid, "cod_due": due}, status=201)


class Credits(APIView):
    """The credits: list them, owe one."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List credits, the newest first."""
        query = QueryReader(request._request.GET, ("state", "limit", "cursor", "count"))
        state = query.choice("state", Credit.State.values)
        rows = Credit.objects.for_subject(asker(request)).prefetch_related("lines__product")
        page = read_page(rows.filter(state=state) if state else rows, query, key="id")
        return Response(page.answer([show_credit(row) for row in page.rows]))

    @extend_schema(request=CreditBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Owe a customer money for a service or as goodwill, with an order or without one."""
        found = CreditBody(data=request.data)
        found.is_valid(raise_exception=True)
        body = found.validated_data
        if body["order"] is not None:
            find_order(asker(request), body["order"])
        lines = [
            payments.Service(row["name"], to_minor(row["amount"], body["currency"]), row["quantity"])
            for row in body["lines"]
        ]
        owed = payments.Owed(
            Credit.Reason(body["reason"]), body["currency"], lines, order=body["order"], reference=body["reference"]
        )
        return Response(show_credit(payments.credit(owed, by=asker(request).actor, at=timezone.now())), status=201)


class CreditPayment(APIView):
    """The payment of a credit."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, credit_id: int) -> Response:
        """Say that the money went back."""
        if not Credit.objects.for_subject(asker(request)).filter(pk=credit_id).exists():
            raise Missing
        return Response(show_credit(payments.pay(credit_id, by=asker(request).actor, at=timezone.now())))


def show_credit(credit: Credit) -> dict[str, Any]:
    """Show a credit with its lines."""
    return {
        "id": credit.pk,
        "state": credit.state,
        "reason": credit.reason,
        "order": credit.order_id,
        "reference": credit.reference,
        "amount": from_minor(credit.amount_minor, credit.currency),
        "goods": from_minor(credit.goods_minor, credit.currency),
        "currency": credit.currency,
        "at": credit.at.isoformat(),
        "settled_at": credit.settled_at.isoformat() if credit.settled_at else None,
        "lines": [
            {"name": line.name, "sku": line.product.sku if line.product else None, "kind": line.kind,
             "quantity": line.quantity, "amount": from_minor(line.amount_minor, credit.currency)}
            for line in credit.lines.all()
        ],
    }  # fmt: skip
