"""JSON door of an order's confirmation without a call of ours."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import calls
from orders.api.orders import find_order
from orders.api.showing import show_order
from shopdesk.base.asking import asker


class Confirmation(APIView):
    """An order's confirmation."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Confirm without a call of ours."""
        find_order(asker(request), number)
        calls.confirm(number, by=asker(request).actor, at=timezone.now())
        return Response(show_order(find_order(asker(request), number), asker(request)))
