"""JSON doors of the courier's own side: what is in its hands, what it accepts, what it says."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import tracking
from delivery.api.acts import AcceptanceBody, accept, read
from delivery.api.showing import show_act, show_parcel
from delivery.models import Handoff
from orders.models import Parcel
from shopdesk.base.access import Actor, Kind, Subject
from shopdesk.base.asking import asker
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    BooleanField,
    IdentifierField,
    InstantField,
    MoneyField,
    NameField,
    QueryReader,
    StrictSerializer,
    WholeNumberField,
)

EVENTS_AT_ONCE = 500


class DeliveredLine(StrictSerializer):
    sku = IdentifierField(max_length=64)
    delivered = WholeNumberField(max_value=100_000)


class EventBody(StrictSerializer):
    event_id = IdentifierField(max_length=100)
    parcel = IdentifierField(max_length=100)
    code = NameField(max_length=64)
    at = InstantField()
    cod_taken = MoneyField(required=False, allow_null=True, default=None)
    lines = serializers.ListField(
        child=DeliveredLine(), max_length=5_000, required=False, allow_null=True, default=None
    )
    reason = NameField(max_length=64, required=False, allow_blank=True, default="")
    correction = BooleanField(required=False, default=False)


class EventsBody(StrictSerializer):
    events = serializers.ListField(child=EventBody(), min_length=1, max_length=EVENTS_AT_ONCE)


class CourierActs(APIView):
    """The acts of the courier who asks, from their closing on."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List them, the newest first."""
        query = QueryReader(request._request.GET, ("limit", "cursor", "count"))
        rows = Handoff.objects.for_subject(asker(request)).prefetch_related("lines__parcel")
        page = read_page(rows, query, key="number")
        return Response(page.answer([show_act(act) for act in page.rows]))


class CourierAcceptance(APIView):
    """The courier's side of an act."""

    @extend_schema(request=AcceptanceBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Say which parcels were there and which were not."""
        return accept(request, number, how="courier")


class CourierEvents(APIView):
    """What the courier says of its parcels."""

    @extend_schema(request=EventsBody, responses=dict)
    def post(self, request: Request) -> Response:
        """Take events in, each once. Answers per event `applied`, `repeated` or `parked`."""
        subject = asker(request)
        events = [_event(row) for row in read(EventsBody, request)["events"]]
        results = tracking.take_in(subject.code, events, by=_actor(subject), at=timezone.now())
        pairs = zip(events, results, strict=True)
        return Response({"results": [{"event_id": event.event_id, "result": result} for event, result in pairs]})


class CourierParcels(APIView):
    """What is in the courier's hands."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List parcels in hand with whom they go to; `hands=left` lists those that left them some days ago at most."""
        subject = asker(request)
        query = QueryReader(request._request.GET, ("hands", "limit", "cursor", "count"))
        rows = Parcel.objects.for_subject(subject).select_related("order").prefetch_related("items__line")
        if query.choice("hands", ("mine", "left"), "mine") == "left":
            rows = rows.exclude(in_hands_of=subject.code)
        else:
            rows = rows.filter(in_hands_of=subject.code)
        page = read_page(rows, query, key="id")
        return Response(page.answer([show_parcel(parcel, subject) for parcel in page.rows]))


def _event(row: dict[str, Any]) -> tracking.CourierEvent:
    lines = row["lines"]
    return tracking.CourierEvent(
        event_id=row["event_id"], parcel=row["parcel"], code=row["code"], at=row["at"], cod_taken=row["cod_taken"],
        delivered=None if lines is None else [(line["sku"], line["delivered"]) for line in lines],
        reason=row["reason"], correction=row["correction"],
    )  # fmt: skip


def _actor(subject: Subject) -> Actor:
    """A courier person speaks for the courier: what happened at a door is dated when it happened."""
    return subject.actor if subject.kind is Kind.COURIER else Actor("courier", subject.person)
