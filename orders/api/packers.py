"""JSON door of the packers' figures."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import packing
from orders.models import Shop
from shopdesk.base import periods
from shopdesk.base.access import Kind
from shopdesk.base.asking import asker
from shopdesk.base.strict import QueryReader


class Packers(APIView):
    """What each packer did."""

    @extend_schema(parameters=[OpenApiParameter("day")], responses=dict)
    def get(self, request: Request) -> Response:
        """Give a day's figures (today without `day`); a packer sees their own."""
        query, shop, subject = QueryReader(request._request.GET, ("day",)), Shop.current(), asker(request)
        day = query.day("day") or periods.shop_day(timezone.now(), shop.zone, shop.day_cutoff)
        span = periods.day(day, shop.zone, shop.day_cutoff)
        own = subject.person if subject.kind is Kind.PACKER else 0
        rows = [
            {"person": row.person, "sealed": row.sealed, "pieces": row.pieces, "wrong_scans": row.wrong,
             "seconds": round(row.time.total_seconds()),
             "orders_an_hour": None if row.hourly is None else f"{row.hourly:.2f}"}
            for row in packing.figures(span.start, span.end, person=own)
        ]  # fmt: skip
        return Response({"day": day.isoformat(), "results": rows})
