"""JSON doors of the catalogue."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import catalogue
from orders.api.counts import read
from orders.api.stock import PAGING, refuse_masked
from orders.models import Product, Shop
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    ChoiceField,
    IdentifierField,
    MoneyField,
    NameField,
    QuantityField,
    QueryReader,
    StrictSerializer,
    WholeNumberField,
)

MOST_CODES = 100


class PackBody(StrictSerializer):
    barcode = IdentifierField()
    pieces = QuantityField()


class ProductBody(StrictSerializer):
    """A product's card. A field that is left out keeps what it is."""

    name = NameField(max_length=300, required=False)
    kind = ChoiceField(Product.Kind.values, required=False)
    price = MoneyField(required=False)
    cost = MoneyField(required=False)
    barcodes = serializers.ListField(child=IdentifierField(), required=False, max_length=MOST_CODES)
    packs = serializers.ListField(child=PackBody(), required=False, max_length=MOST_CODES)
    weight_g = WholeNumberField(required=False)
    min_stock = WholeNumberField(required=False)
    safety_stock = WholeNumberField(required=False)
    traced = ChoiceField(Product.Traced.values, required=False, allow_blank=True)
    substitutes = serializers.ListField(child=IdentifierField(), required=False, max_length=MOST_CODES)


class NewProductBody(ProductBody):
    sku = IdentifierField()
    name = NameField(max_length=300)


class ChangedProductBody(ProductBody):
    """The SKU, if it is said again, is the one in the path."""

    sku = IdentifierField(required=False)


class Products(APIView):
    """The catalogue."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("sku", *PAGING)], responses=dict)
    def get(self, request: Request) -> Response:
        """List products."""
        query = QueryReader(request._request.GET, ("sku", *PAGING))
        rows = Product.objects.for_subject(asker(request))
        if sku := query.text("sku"):
            rows = rows.filter(sku=sku)
        page = read_page(with_card(rows), query, key="pk", ascending=True)
        currency = Shop.current().currency
        return Response(page.answer([show_product(row, asker(request), currency) for row in page.rows]))

    @extend_schema(request=NewProductBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Add a product. `similar` names others whose SKU differs in letter case only."""
        values = read_card(NewProductBody, request)
        card = catalogue.Card(sku=values["sku"], **fields_of(values))
        catalogue.add(card, by=asker(request).actor, at=timezone.now())
        shown = show_named(card.sku, asker(request))
        return Response(shown | {"similar": catalogue.look_alikes(card.sku)}, status=201)


class OneProduct(APIView):
    """A product."""

    @extend_schema(responses=dict)
    def get(self, request: Request, sku: str) -> Response:
        """Show it."""
        return Response(show_named(sku, asker(request)))

    @extend_schema(request=ChangedProductBody, responses=dict)
    def put(self, request: Request, sku: str) -> Response:
        """Change its card. The SKU stays what it is."""
        show_named(sku, asker(request))
        values = read_card(ChangedProductBody, request)
        if values.get("sku", sku) != sku:
            raise Missing
        catalogue.change(sku, fields_of(values), by=asker(request).actor, at=timezone.now())
        return Response(show_named(sku, asker(request)))


def read_card(body: type[ProductBody], request: Request) -> dict[str, Any]:
    """Give the body's values. Raises Malformed, also for a cost by somebody who may not write it."""
    values = read(body, request)
    if "cost" in values:
        refuse_masked(asker(request))
    return values


def fields_of(values: dict[str, Any]) -> dict[str, Any]:
    """Give the fields of a card that a body names."""
    currency = Shop.current().currency
    plain = ("name", "kind", "weight_g", "min_stock", "safety_stock", "substitutes", "traced")
    fields = {name: values[name] for name in plain if name in values}
    for name in ("price", "cost"):
        if name in values:
            fields[f"{name}_minor"] = to_minor(values[name], currency, pointer=f"/{name}")
    if "barcodes" in values or "packs" in values:
        packs = {pack["barcode"]: pack["pieces"] for pack in values.get("packs", [])}
        fields["barcodes"] = dict.fromkeys(values.get("barcodes", []), 1) | packs
    return fields


def with_card(rows: Any) -> Any:
    """Fetch with products all that their card shows, in a fixed number of queries."""
    return rows.prefetch_related("barcodes", "substitutes__instead", "stock_levels")


def show_named(sku: str, subject: Subject) -> dict[str, Any]:
    """Show one product that the subject may see. Raises Missing."""
    product = with_card(Product.objects.for_subject(subject)).filter(sku=sku).first()
    if product is None:
        raise Missing
    return show_product(product, subject, Shop.current().currency)


def show_product(product: Product, subject: Subject, currency: str) -> dict[str, Any]:
    """Show a product's card; what it costs the shop is for those who buy it in."""
    codes = sorted(product.barcodes.all(), key=lambda row: row.code)
    shown: dict[str, Any] = {
        "sku": product.sku, "name": product.name, "kind": product.kind,
        "price": from_minor(product.price_minor, currency), "currency": currency,
        "cost": from_minor(product.cost_minor, currency),
        "barcodes": [row.code for row in codes if row.pieces == 1],
        "packs": [{"barcode": row.code, "pieces": row.pieces} for row in codes if row.pieces > 1],
        "weight_g": product.weight_g, "min_stock": product.min_stock, "traced": product.traced,
        "safety_stock": sum(level.safety for level in product.stock_levels.all()),
        "substitutes": [row.instead.sku for row in product.substitutes.all()],
    }  # fmt: skip
    return masks.visible(subject, shown, {"cost": "product.cost"})
