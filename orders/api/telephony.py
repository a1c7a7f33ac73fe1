"""JSON doors of the telephone: what a provider tells of calls, and who is behind a number."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import telephony
from orders.api.showing import show_orders
from orders.models import PhoneCall, Shop
from shopdesk.base import phones
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.strict import (
    ChoiceField,
    IdentifierField,
    InstantField,
    PhoneTextField,
    QueryReader,
    StrictSerializer,
    TextField,
    WholeNumberField,
)

LONGEST_TALK_S = 86_400


class PhoneEventBody(StrictSerializer):
    provider = IdentifierField(max_length=32, required=False, default="phone")
    call_id = IdentifierField(max_length=100)
    state = ChoiceField(PhoneCall.State.values)
    at = InstantField()
    direction = ChoiceField(PhoneCall.Direction.values, required=False, default="in")
    phone = PhoneTextField(required=False, allow_blank=True, default="")
    seat = IdentifierField(max_length=40, required=False, allow_blank=True, default="")
    talk_seconds = WholeNumberField(required=False, default=0, min_value=0, max_value=LONGEST_TALK_S)
    recording = TextField(max_length=500, required=False, allow_blank=True, default="")


class PhoneEvents(APIView):
    """What the telephone provider tells of calls."""

    @extend_schema(request=PhoneEventBody, responses={200: dict})
    def post(self, request: Request) -> Response:
        """Tell that a call rings, was taken, ended or was missed; the same again changes nothing."""
        body = PhoneEventBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = dict(body.validated_data)
        said["phone"] = read_phone(said["phone"])
        call = telephony.hear(telephony.NewPhoneEvent(**said), by=asker(request).actor, at=timezone.now())
        return Response({"call_id": call.call_id, "state": call.state, "task": call.task_id})


class PhoneCallers(APIView):
    """Who is behind a number."""

    @extend_schema(responses={200: dict}, parameters=[OpenApiParameter("phone", str, required=True)])
    def get(self, request: Request) -> Response:
        """Give the customer of a phone, their open orders, and the calls that wait for them."""
        query = QueryReader(request.query_params, ["phone"])
        text = query.text("phone")
        query.finish()
        phone = read_phone(text)
        if not phone:
            raise Missing
        subject = asker(request)
        caller = telephony.who_rings(phone, subject)
        tasks: list[dict[str, Any]] = [
            {"id": task.pk, "mode": task.mode, "number": task.order_id, "due_at": task.due_at.isoformat()}
            for task in caller.tasks
        ]
        return Response(
            {"phone": phone, "name": caller.name, "orders": show_orders(list(caller.orders), subject), "tasks": tasks}
        )


def read_phone(text: str) -> str:
    """Read a number as the shop's country writes it; nothing when it cannot be dialled."""
    read = phones.read(text, Shop.current().country) if text else []
    return read[0].e164 if read else ""
