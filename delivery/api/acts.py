"""JSON doors of acts of transfer, and of giving out at the counter."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from delivery import documents, handoff
from delivery.api.showing import show_act
from delivery.models import Handoff
from orders.models import Order
from shopdesk.base.access import Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor, to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import (
    CodeField,
    DayField,
    IdentifierField,
    MoneyField,
    QueryReader,
    StrictSerializer,
)

PARCELS_AT_ONCE = 1_000
STATES = tuple(Handoff.State.values)


def parcel_numbers(*, required: bool = True, min_length: int = 1) -> serializers.ListField:
    """Give a list of parcel numbers."""
    options: dict[str, Any] = {} if required else {"required": False, "default": list}
    return serializers.ListField(
        child=IdentifierField(max_length=40), min_length=min_length, max_length=PARCELS_AT_ONCE, **options
    )


class ActBody(StrictSerializer):
    courier = CodeField(max_length=32)
    ship_date = DayField()
    parcels = parcel_numbers(required=False, min_length=0)
    location = CodeField(max_length=32, required=False, default="")


class ParcelsBody(StrictSerializer):
    parcels = parcel_numbers()


class AcceptanceBody(StrictSerializer):
    accepted = parcel_numbers(required=False, min_length=0)
    missing = parcel_numbers(required=False, min_length=0)
    extra = parcel_numbers(required=False, min_length=0)


class CounterBody(StrictSerializer):
    cod_taken = MoneyField()


class Acts(APIView):
    """The acts: list them, open one."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List acts, the newest first."""
        query = QueryReader(request._request.GET, ("state", "courier", "limit", "cursor", "count"))
        rows = Handoff.objects.for_subject(asker(request)).prefetch_related("lines__parcel")
        state, courier = query.choice("state", STATES), query.text("courier")
        rows = rows.filter(state=state) if state else rows
        rows = rows.filter(courier=courier) if courier else rows
        page = read_page(rows, query, key="number")
        return Response(page.answer([show_act(act) for act in page.rows]))

    @extend_schema(request=ActBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Open an act, perhaps with its first parcels."""
        body = read(ActBody, request)
        new = handoff.NewAct(body["courier"], body["ship_date"], body["parcels"], body["location"])
        return Response(show_act(handoff.open_act(new, by=asker(request).actor, at=timezone.now())), status=201)


class OneAct(APIView):
    """One act."""

    @extend_schema(responses=dict)
    def get(self, request: Request, number: int) -> Response:
        """Read an act with its parcels."""
        return Response(show_act(find_act(asker(request), number)))


class ActPaper(APIView):
    """The act as it is printed."""

    @extend_schema(responses={(200, "application/pdf"): bytes})
    def get(self, request: Request, number: int) -> HttpResponse:
        """Draw both copies as PDF. The print is noted."""
        find_act(asker(request), number)
        pdf = documents.print_act(number, by=asker(request).actor, at=timezone.now())
        named = {"Content-Disposition": f'attachment; filename="act-{number}.pdf"'}
        return HttpResponse(pdf, content_type="application/pdf", headers=named)


class ActParcels(APIView):
    """The parcels of an open act."""

    @extend_schema(request=ParcelsBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Put parcels on the act, all or none."""
        find_act(asker(request), number)
        body = read(ParcelsBody, request)
        return Response(show_act(handoff.add(number, body["parcels"], by=asker(request).actor, at=timezone.now())))

    @extend_schema(request=ParcelsBody, responses={200: dict})
    def delete(self, request: Request, number: int) -> Response:
        """Take parcels off the act."""
        find_act(asker(request), number)
        body = read(ParcelsBody, request)
        return Response(show_act(handoff.remove(number, body["parcels"], by=asker(request).actor, at=timezone.now())))


class ActClosing(APIView):
    """The closing of an act."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Close the act: it never changes again."""
        find_act(asker(request), number)
        return Response(show_act(handoff.close(number, by=asker(request).actor, at=timezone.now())))


class PaperAcceptance(APIView):
    """The signed paper."""

    @extend_schema(request=AcceptanceBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Record what the courier signed for."""
        return accept(request, number, how="paper")


class BroughtBack(APIView):
    """Parcels that our own courier brings back for another day."""

    @extend_schema(request=ParcelsBody, responses=dict)
    def post(self, request: Request) -> Response:
        """Scan them in again."""
        body = read(ParcelsBody, request)
        orders = handoff.bring_back(body["parcels"], by=asker(request).actor, at=timezone.now())
        return Response({"orders": [{"number": order.number, "status": order.status} for order in orders]})


class Counter(APIView):
    """Giving an order out at the counter."""

    @extend_schema(request=CounterBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Give it to the customer and take what is due."""
        order = Order.objects.for_subject(asker(request)).filter(pk=number).first()
        if order is None:
            raise Missing
        taken = to_minor(read(CounterBody, request)["cod_taken"], order.currency, pointer="/cod_taken")
        order = handoff.give_out(number, taken_minor=taken, by=asker(request).actor, at=timezone.now())
        paid = from_minor(order.paid_minor, order.currency)
        return Response({"number": order.number, "status": order.status, "version": order.version, "paid": paid})


def accept(request: Request, number: int, *, how: str) -> Response:
    """Settle an act as its courier's side or the signed paper says."""
    find_act(asker(request), number)
    body = read(AcceptanceBody, request)
    said = handoff.Acceptance(body["accepted"], body["missing"], body["extra"], how)
    return Response(show_act(handoff.accept(number, said, by=asker(request).actor, at=timezone.now())))


def find_act(subject: Subject, number: int) -> Handoff:
    """Give an act that the subject may see. Raises Missing: foreign and absent look the same."""
    act = Handoff.objects.for_subject(subject).filter(pk=number).first()
    if act is None:
        raise Missing
    return act


def read(body: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Give the body's values, or refuse it with all its errors."""
    found = body(data=request.data)
    found.is_valid(raise_exception=True)
    values: dict[str, Any] = found.validated_data
    return values
