"""JSON doors of what is to be done at the shelf: what runs low, what to buy, count and put back; its bins."""

from collections.abc import Sequence
from typing import Any, cast

from django.db.models import Count, Q, Sum
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import demand, queues, shelf
from orders.api.counts import read
from orders.models import CountProposal, LowStock, Order, Place, Shop
from shopdesk.base import masks
from shopdesk.base.asking import asker
from shopdesk.base.money import from_minor
from shopdesk.base.paging import MOST, read_page
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import IdentifierField, QueryReader, StrictSerializer

PAGING = ("limit", "cursor", "count")


class BinBody(StrictSerializer):
    code = IdentifierField(max_length=32)
    location = IdentifierField(max_length=32, required=False, allow_blank=True, default="")


class Low(APIView):
    """What runs low."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in PAGING], responses=dict)
    def get(self, request: Request) -> Response:
        """List products that fell below their minimum and did not rise since, the newest first."""
        query = QueryReader(request._request.GET, PAGING)
        rows = LowStock.objects.for_subject(asker(request)).filter(ended_at=None).select_related("product")
        page = read_page(rows, query, key="pk")
        shown = [
            {"sku": row.product.sku, "available": row.available, "minimum": row.minimum, "since": row.since}
            for row in page.rows
        ]
        return Response(page.answer(shown))


class ToBuy(APIView):
    """What is to be bought."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List what should be bought now: what orders wait for first, then what lasts the shortest."""
        QueryReader(request._request.GET, ()).finish()
        subject, currency = asker(request), Shop.current().currency
        shown = [
            masks.visible(subject, {
                "sku": row.sku, "quantity": row.buy, "available": row.free, "minimum": row.min_stock,
                "sold_in_28_days": row.sold, "short": row.short, "coming": row.coming, "lead_days": row.lead_days,
                "cover_days": row.cover_days, "worth": from_minor(row.worth_minor, currency),
            }, {"worth": "product.cost"})
            for row in demand.to_buy(at=timezone.now())
        ]  # fmt: skip
        return Response({"results": shown, "next": None, "currency": currency})


class Proposals(APIView):
    """What is worth counting today."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List the shelves that the rules propose, with the points of each rule. What the books say is not among it."""
        QueryReader(request._request.GET, ()).finish()
        shop = Shop.current()
        today = shop_day(timezone.now(), shop.zone, shop.day_cutoff)
        rows = CountProposal.objects.for_subject(asker(request)).filter(day=today).select_related("product", "place")
        shown = [
            {"location": row.location_id, "sku": row.product.sku, "bin": row.place.code, "score": row.score,
             "parts": row.parts, "count": row.count_id}
            for row in rows.order_by("location", "-score", "pk")
        ]  # fmt: skip
        return Response({"results": shown, "next": None})


class ToPutBack(APIView):
    """What lies on the packing table though nobody packs it."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List orders whose goods are to be put back, the oldest first, with what lies there."""
        QueryReader(request._request.GET, ()).finish()
        orders = queues.to_put_back(Order.objects.for_subject(asker(request))).prefetch_related("lines")[:MOST]
        shown = [
            {"number": one.number, "status": one.status,
             "lines": [{"sku": line.sku, "quantity": line.picked} for line in one.lines.all() if line.picked]}
            for one in orders
        ]  # fmt: skip
        return Response({"results": shown, "next": None})


class Bins(APIView):
    """The bins of the shelf."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in ("location", *PAGING)], responses=dict)
    def get(self, request: Request) -> Response:
        """List bins with how much lies in each."""
        query = QueryReader(request._request.GET, ("location", *PAGING))
        rows = Place.objects.for_subject(asker(request)).filter(kind=Place.Kind.BIN)
        if location := query.text("location"):
            rows = rows.filter(location=location)
        filled = Q(levels__on_hand__gt=0)
        counted = rows.annotate(products=Count("levels", filter=filled), pieces=Sum("levels__on_hand", default=0))
        page = read_page(counted, query, key="pk", ascending=True)
        shown = [
            {"code": row.code, "location": row.location_id, "products": row.products, "pieces": row.pieces}
            for row in cast(Sequence[Any], page.rows)
        ]
        return Response(page.answer(shown))

    @extend_schema(request=BinBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Put up a new bin."""
        values = read(BinBody, request)
        place = shelf.make_bin(values["location"], values["code"], by=asker(request).actor, at=timezone.now())
        return Response({"code": place.code, "location": place.location_id, "products": 0, "pieces": 0}, status=201)
