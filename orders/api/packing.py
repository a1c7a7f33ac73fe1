"""JSON doors of the packing table. A packer sees what is to be packed, never sums or whole customers."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import packing, queues
from orders.api.orders import find_order
from orders.models import Order, Shop
from orders.status import Status
from shopdesk.base.asking import asker
from shopdesk.base.paging import read_page
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import (
    ChoiceField,
    IdentifierField,
    QuantityField,
    QueryReader,
    StrictSerializer,
    WholeNumberField,
)

REASONS = ("missing", "damaged", "other")


class ScanBody(StrictSerializer):
    event_id = IdentifierField(max_length=64)
    barcode = IdentifierField(max_length=64, required=False, allow_blank=True, default="")
    sku = IdentifierField(max_length=64, required=False, allow_blank=True, default="")
    quantity = QuantityField(required=False, default=1)
    bin = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    mark = serializers.CharField(max_length=250, required=False, allow_blank=True, default="", trim_whitespace=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for the item's code in one of its two forms."""
        if not (attrs["barcode"] or attrs["sku"]):
            raise serializers.ValidationError({"barcode": "A scan has a barcode or a SKU."}, code="required")
        if attrs["mark"] and attrs["quantity"] != 1:
            raise serializers.ValidationError({"mark": "A piece's own code goes with one piece."}, code="invalid")
        return attrs


class CodeBody(StrictSerializer):
    sku = IdentifierField(max_length=64)
    code = serializers.CharField(max_length=250, trim_whitespace=False)


class ShortageBody(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()
    reason = ChoiceField(REASONS, required=False, default="missing")


class ContentBody(StrictSerializer):
    sku = IdentifierField(max_length=64)
    quantity = QuantityField()


class ParcelBody(StrictSerializer):
    weight_g = WholeNumberField(min_value=1, max_value=1_000_000)
    length_mm = WholeNumberField(min_value=1, max_value=100_000, required=False, allow_null=True, default=None)
    width_mm = WholeNumberField(min_value=1, max_value=100_000, required=False, allow_null=True, default=None)
    height_mm = WholeNumberField(min_value=1, max_value=100_000, required=False, allow_null=True, default=None)
    items = serializers.ListField(child=ContentBody(), max_length=5_000, required=False, default=list)
    why_weight = ChoiceField(["", *packing.WhyWeight.values], required=False, default="")


class SealBody(StrictSerializer):
    parcels = serializers.ListField(child=ParcelBody(), min_length=1, max_length=100)


class Packing(APIView):
    """What waits for the packing table."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List orders to be packed today, the oldest first, and those on my own table."""
        query = QueryReader(request._request.GET, ("limit", "cursor", "count"))
        shop = Shop.current()
        today = shop_day(timezone.now(), shop.zone, shop.day_cutoff)
        seen = Order.objects.for_subject(asker(request)).prefetch_related("lines", "parcels")
        page = read_page(queues.to_pack(seen, today), query, key="number", ascending=True)
        mine = seen.filter(status=Status.PICKING, packer=asker(request).person or None).order_by("number")
        answer = page.answer([show_packing(order) for order in page.rows])
        return Response(answer | {"mine": [show_packing(order) for order in mine]})


class Picking(APIView):
    """An order on a packer's table."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Take the order."""
        find_order(asker(request), number)
        order = packing.take(number, asker(request).person, by=asker(request).actor, at=timezone.now())
        return Response(show_one(order))

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, number: int) -> Response:
        """Put the order down."""
        find_order(asker(request), number)
        return Response(show_one(packing.put_down(number, by=asker(request).actor, at=timezone.now())))


class Scans(APIView):
    """Scans at the table."""

    @extend_schema(request=ScanBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Scan an item on; a repeated `event_id` changes nothing."""
        find_order(asker(request), number)
        scan = packing.NewScan(**read(ScanBody, request))
        return Response(show_one(packing.scan(number, [scan], by=asker(request).actor, at=timezone.now())))


class Codes(APIView):
    """Codes of single pieces: marking codes and serial numbers."""

    @extend_schema(request=CodeBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Keep the code of a piece that is picked; the same code again changes nothing."""
        find_order(asker(request), number)
        said = read(CodeBody, request)
        packing.capture(number, said["sku"], said["code"], by=asker(request).actor, at=timezone.now())
        return Response(show_one(find_order(asker(request), number)))


class Check(APIView):
    """A second person's look at the table."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Say that everything of a colleague's order lies on the table, and nothing else."""
        find_order(asker(request), number)
        packing.check(number, asker(request).person, by=asker(request).actor, at=timezone.now())
        return Response(show_one(find_order(asker(request), number)))

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, number: int) -> Response:
        """Take the check back."""
        find_order(asker(request), number)
        return Response(show_one(packing.uncheck(number, by=asker(request).actor, at=timezone.now())))


class PutBack(APIView):
    """Goods that go from the table back to the shelf."""

    @extend_schema(request=ScanBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Scan an item back into a bin; a repeated `event_id` changes nothing."""
        find_order(asker(request), number)
        scan = packing.NewScan(**read(ScanBody, request))
        order = packing.put_back(number, [scan], by=asker(request).actor, at=timezone.now())
        return Response({"number": order.number, "status": order.status})


class Shortages(APIView):
    """What the shelf did not have."""

    @extend_schema(request=ShortageBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Report pieces that were not found."""
        find_order(asker(request), number)
        shortage = packing.Shortage(**read(ShortageBody, request))
        return Response(show_one(packing.report_shortage(number, shortage, by=asker(request).actor, at=timezone.now())))


class Parcels(APIView):
    """Sealed parcels."""

    @extend_schema(request=SealBody, responses={201: dict})
    def post(self, request: Request, number: int) -> Response:
        """Seal a complete order."""
        find_order(asker(request), number)
        parcels = [_parcel(row) for row in read(SealBody, request)["parcels"]]
        order = packing.seal(number, parcels, by=asker(request).actor, at=timezone.now())
        return Response(show_one(order), status=201)

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, number: int) -> Response:
        """Open the parcels again."""
        find_order(asker(request), number)
        order = packing.open_again(number, asker(request).person, by=asker(request).actor, at=timezone.now())
        return Response(show_one(order))


def show_one(order: Order) -> dict[str, Any]:
    """Show one order at the packing table, with the codes of pieces that it still wants, and who checked it."""
    codes = [{"sku": one.line.sku, "kept": one.codes, "missing": one.left} for one in packing.coded(order)]
    known = packing.checked(order)
    return show_packing(order) | {"codes": codes, "checked_by": known.person_id if known else None}


def show_packing(order: Order) -> dict[str, Any]:
    """Show an order as the packing table needs it."""
    lines = [line for line in order.lines.all() if line.kind == "goods"]
    return {
        "number": order.number,
        "status": order.status,
        "version": order.version,
        "ship_on": order.ship_on.isoformat() if order.ship_on else None,
        "courier": order.courier_id,
        "packer": order.packer_id,
        "items": [
            {"id": line.pk, "sku": line.sku, "name": line.name, "quantity": line.quantity - line.cancelled,
             "reserved": line.reserved, "picked": line.picked}
            for line in lines
        ],
        "complete": all(line.picked == line.quantity - line.cancelled for line in lines),
        "parcels": [
            {"number": parcel.number, "state": parcel.state, "weight_g": parcel.weight_g}
            for parcel in order.parcels.all()
            if parcel.state != "opened"
        ],
    }  # fmt: skip


def read(body: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Give the body's values, or refuse it with all its errors."""
    found = body(data=request.data)
    found.is_valid(raise_exception=True)
    values: dict[str, Any] = found.validated_data
    return values


def _parcel(row: dict[str, Any]) -> packing.NewParcel:
    items = [(item["sku"], item["quantity"]) for item in row["items"]]
    sizes = row["length_mm"], row["width_mm"], row["height_mm"]
    return packing.NewParcel(row["weight_g"], *sizes, items=items, why_weight=row["why_weight"])
