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
from shopdesk.base.strict import StrictSerializer, TextField


class ConfirmationBody(StrictSerializer):
    reason = TextField(max_length=500, required=False, allow_blank=True, default="")


class Confirmation(APIView):
    """An order's confirmation."""

    @extend_schema(request=ConfirmationBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Confirm without a call of ours; `reason` says how the customer agreed when no talk with them is noted."""
        find_order(asker(request), number)
        body = ConfirmationBody(data=request.data)
        body.is_valid(raise_exception=True)
        calls.confirm(number, by=asker(request).actor, at=timezone.now(), why=body.validated_data["reason"])
        return Response(show_order(find_order(asker(request), number), asker(request)))
