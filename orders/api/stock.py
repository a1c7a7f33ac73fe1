"""JSON doors of the shelf: what there is, how it came and went, what suppliers brought."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import onhand, receiving
from orders.models import PlaceLevel, Product, Receipt, Shop, StockLevel, StockMove
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import IdentifierField, MoneyField, NameField, QuantityField, QueryReader, StrictSerializer

PAGING = ("limit", "cursor", "count")
MOST_LINES = 500


class ReceiptLineBody(StrictSerializer):
    sku = IdentifierField()
    quantity = QuantityField()
    unit_cost = MoneyField(required=False, allow_null=True, default=None)
    bin = IdentifierField(max_length=32, required=False, default="MAIN")


class ReceiptBody(StrictSerializer):
    supplier = NameField(max_length=150, required=False, allow_blank=True, default="")
    reference = IdentifierField(max_length=100, required=False, allow_blank=True, default="")
    location = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    lines = serializers.ListField(child=ReceiptLineBody(), min_length=1, max_length=MOST_LINES)


class Stock(APIView):
    """What there is of each product."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("sku", *PAGING)], responses=dict)
    def get(self, request: Request) -> Response:
        """List goods with what is on hand, reserved and available, by location and place."""
        query = QueryReader(request._request.GET, ("sku", *PAGING))
        rows = Product.objects.for_subject(asker(request)).filter(kind=Product.Kind.GOODS)
        if sku := query.text("sku"):
            rows = rows.filter(sku=sku)
        page = read_page(rows, query, key="pk", ascending=True)
        return Response(page.answer(show_stock(page.rows, asker(request))))


class Moves(APIView):
    """The ledger of one product."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in PAGING], responses=dict)
    def get(self, request: Request, sku: str) -> Response:
        """List its moves, the newest first."""
        query = QueryReader(request._request.GET, PAGING)
        product = Product.objects.for_subject(asker(request)).filter(sku=sku).first()
        if product is None:
            raise Missing
        rows = onhand.ledger_of(StockMove.objects.for_subject(asker(request)), product)
        whole = rows.select_related("source", "target", "event", "line")
        page = read_page(whole, query, key="pk", within="product_id")
        return Response(page.answer([show_move(move) for move in page.rows]))


class Receipts(APIView):
    """What suppliers bring."""

    @extend_schema(request=ReceiptBody, responses={201: dict, 200: dict})
    def post(self, request: Request) -> Response:
        """Book a receipt; the same paper again answers 200 with the receipt that exists."""
        body = ReceiptBody(data=request.data)
        body.is_valid(raise_exception=True)
        values, subject = body.validated_data, asker(request)
        if any(line["unit_cost"] is not None for line in values["lines"]):
            refuse_masked(subject)
        currency = Shop.current().currency
        lines = [
            receiving.NewLine(line["sku"], line["quantity"], _cost(line["unit_cost"], currency, index), line["bin"])
            for index, line in enumerate(values["lines"])
        ]
        new = receiving.NewReceipt(lines, values["supplier"], values["reference"], values["location"])
        booked = receiving.receive(new, by=subject.actor, at=timezone.now())
        return Response(show_receipt(booked.receipt, currency, subject), status=200 if booked.again else 201)


def refuse_masked(subject: Subject) -> None:
    """Refuse a cost by somebody who may not write it. Raises Malformed."""
    if not masks.may_write(subject, "product.cost"):
        raise Malformed([FieldError("/cost", "not_yours", _("What goods cost is not yours to change."))])


def show_stock(products: Sequence[Product], subject: Subject) -> list[dict[str, Any]]:
    """Show what there is of products; places are for those who walk to them."""
    levels: dict[int, list[StockLevel]] = {}
    for level in StockLevel.objects.for_subject(subject).filter(product__in=products).order_by("location"):
        levels.setdefault(level.product_id, []).append(level)
    places: dict[int, list[PlaceLevel]] = {}
    lying = PlaceLevel.objects.for_subject(subject).filter(product__in=products, on_hand__gt=0)
    for place in lying.select_related("place").order_by("place"):
        places.setdefault(place.product_id, []).append(place)
    return [_show_product(one, levels.get(one.pk, []), places.get(one.pk, [])) for one in products]


def show_move(move: StockMove) -> dict[str, Any]:
    """Show one move of the ledger. A balance is null on an outside side."""
    return {
        "id": move.pk, "at": move.at, "recorded_at": move.recorded_at, "quantity": move.quantity,
        "source": str(move.source), "source_balance": move.source_balance,
        "target": str(move.target), "target_balance": move.target_balance,
        "reason": move.reason, "order": move.line.order_id if move.line else None,
        "reverses": move.reverses_id, "by": str(move.event.actor),
    }  # fmt: skip


def show_receipt(receipt: Receipt, currency: str, subject: Subject) -> dict[str, Any]:
    """Show a receipt as it was booked."""
    cost = {"unit_cost": "product.cost"}
    lines = receipt.lines.select_related("product", "place").order_by("pk")
    return {
        "id": receipt.pk, "supplier": receipt.supplier, "reference": receipt.reference,
        "location": receipt.location_id, "at": receipt.at, "currency": currency,
        "lines": [
            masks.visible(subject, {
                "sku": line.product.sku, "quantity": line.quantity, "bin": line.place.code,
                "unit_cost": from_minor(line.unit_cost_minor, currency),
            }, cost)
            for line in lines
        ],
    }  # fmt: skip


def _cost(amount: Any, currency: str, index: int) -> int | None:
    return None if amount is None else to_minor(amount, currency, pointer=f"/lines/{index}/unit_cost")


def _show_product(product: Product, levels: Sequence[StockLevel], places: Sequence[PlaceLevel]) -> dict[str, Any]:
    return {
        "sku": product.sku,
        "name": product.name,
        "on_hand": sum(level.on_hand for level in levels),
        "reserved": sum(level.reserved for level in levels),
        "available": sum(level.available for level in levels),
        "locations": [
            {
                "location": level.location_id, "on_hand": level.on_hand, "reserved": level.reserved,
                "safety": level.safety, "available": level.available,
            }
            for level in levels
        ],
        "places": [
            {
                "place": str(row.place), "kind": row.place.kind, "location": row.place.location_id,
                "on_hand": row.on_hand,
            }
            for row in places
        ],
    }  # fmt: skip
