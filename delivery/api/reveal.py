"""JSON door of a courier person: one phone at a time, each look noted and counted."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import rounds
from shopdesk.base.asking import asker


class CourierPhone(APIView):
    """The phone of an order that is in the courier's hands."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Show it whole. 404 for what is not in hand, 409 after sixty within an hour."""
        subject = asker(request)
        phone = rounds.reveal_phone(number, subject.code, by=subject.actor, at=timezone.now())
        return Response({"number": number, "phone": phone})
