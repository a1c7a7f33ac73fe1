"""JSON doors of orders: take in, list, read, change, hold, cancel."""

import hashlib
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import changes, intake, partial
from orders.api.reading import EditBody, OrderBody, new_edit, new_order
from orders.api.showing import show_error, show_event, show_order, show_orders
from orders.models import Channel, Hold, JournalEvent, Order
from orders.queues import found
from orders.status import CancelReason, HoldReason, Status
from shopdesk.base.access import Kind, Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.paging import read_page
from shopdesk.base.prepared import Reading
from shopdesk.base.refusals import field_errors
from shopdesk.base.strict import (
    ChoiceField,
    IdentifierField,
    InstantField,
    QueryReader,
    StrictSerializer,
    TextField,
    read_body,
)

BATCH_BYTES = 10_000_000
BATCH_ORDERS = 500
CHANNEL = Reading(Channel, "WHERE t.code = %s")  # a storefront's own, which is all that it sees of them
FILTERS = (
    "status", "label", "channel", "hold", "courier", "city", "placed_from", "placed_to", "q",
    "limit", "cursor", "count",
)  # fmt: skip


class HoldBody(StrictSerializer):
    reason = ChoiceField(HoldReason.values)
    note = TextField(required=False, allow_blank=True, default="")
    until = InstantField(required=False, allow_null=True, default=None)


class CancellationBody(StrictSerializer):
    reason = ChoiceField(CancelReason.values)


def find_order(subject: Subject, number: int) -> Order:
    """Give an order that the subject may see. Raises Missing: foreign and absent look the same."""
    order = Order.objects.for_subject(subject).filter(pk=number).first()
    if order is None:
        raise Missing
    return order


class Orders(APIView):
    """The orders: list them, take one in."""

    @extend_schema(parameters=[OpenApiParameter(name) for name in FILTERS], responses=dict)
    def get(self, request: Request) -> Response:
        """List orders, the newest first."""
        query = QueryReader(request._request.GET, FILTERS)
        rows = Order.objects.for_subject(asker(request))
        for name, value in (
            ("status", query.choice("status", Status.values)),
            ("label__code", query.text("label")),
            ("channel", query.text("channel")),
            ("courier", query.text("courier")),
            ("address_city", query.text("city")),
            ("placed_at__gte", query.instant("placed_from")),
            ("placed_at__lt", query.instant("placed_to")),
        ):
            rows = rows.filter(**{name: value}) if value else rows
        if reason := query.choice("hold", HoldReason.values):
            held = Hold.objects.for_subject(asker(request)).filter(reason=reason, closed_at=None)
            rows = rows.filter(pk__in=held.values("order"))
        if text := query.text("q"):
            rows = found(rows, text)
        page = read_page(rows, query, key="number")
        return Response(page.answer(show_orders(page.rows, asker(request))))

    @extend_schema(request=OrderBody, responses={201: dict, 200: dict})
    def post(self, request: Request) -> Response:
        """Take an order in."""
        raw = request._request.body  # before it is parsed: the key is bound to the bytes that were sent
        body = read_body(OrderBody, request.data, subject=asker(request))
        now = timezone.now()
        new = new_order(body, channel_of(asker(request), body), at=now)
        by = asker(request).actor
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            taken = intake.take_in(new, by=by, at=now)
            return Response(show_order(taken.order, asker(request)), status=201 if taken.created else 200)
        cause = intake.Key(str(by), checked_key(key), hashlib.sha256(raw).hexdigest())
        taken, answer = intake.take_in_keyed(
            new, by=by, at=now, cause=cause, answer=lambda order: show_order(order, asker(request))
        )  # fmt: skip
        return Response(answer, status=201)


class OrderBatch(APIView):
    """Many orders at once; each row stands alone."""

    max_body_bytes = BATCH_BYTES

    @extend_schema(request=dict, responses=dict)
    def post(self, request: Request) -> Response:
        """Take up to 500 orders in; a malformed row is answered, the others are taken."""
        rows = batch_rows(request.data)
        now, by = timezone.now(), asker(request).actor
        results: list[dict[str, Any]] = [{} for _ in rows]
        new: dict[int, intake.NewOrder] = {}
        for index, row in enumerate(rows):
            try:
                body = read_body(OrderBody, row, subject=asker(request))
                new[index] = new_order(body, channel_of(asker(request), body), at=now)
                continue
            except ValidationError as refusal:
                errors = field_errors(refusal.detail)
            except Malformed as refusal:
                errors = refusal.errors
            results[index] = {"index": index, "status": 400, "errors": [show_error(error) for error in errors]}
        taken = intake.take_in_many(list(new.values()), by=by, at=now) if new else []
        for index, one in zip(new, taken, strict=True):
            status = 409 if one.clash else 201 if one.created else 200
            results[index] = {"index": index, "status": status, "number": one.order.number}
            if one.clash:
                results[index]["code"] = intake.OrderExists.code
        return Response({"results": results})


class OneOrder(APIView):
    """One order."""

    @extend_schema(responses=dict)
    def get(self, request: Request, number: int) -> Response:
        """Read an order."""
        return Response(show_order(find_order(asker(request), number), asker(request)))

    @extend_schema(request=EditBody, responses=dict)
    def patch(self, request: Request, number: int) -> Response:
        """Change an order that is not sealed yet. A stale `version` is refused with what differs."""
        order = find_order(asker(request), number)
        body = EditBody(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = new_edit(body.validated_data, order)
        version = body.validated_data["version"]
        order = changes.edit(number, wanted, version=version, by=asker(request).actor, at=timezone.now())
        return Response(show_order(order, asker(request)))


class Cancellation(APIView):
    """An order's cancellation."""

    @extend_schema(request=CancellationBody, responses=dict)
    def post(self, request: Request, number: int) -> Response:
        """Stop an order before it is handed over."""
        find_order(asker(request), number)
        body = CancellationBody(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        order = changes.cancel(number, reason, by=asker(request).actor, at=timezone.now())
        return Response(show_order(order, asker(request)))


class Holds(APIView):
    """An order's holds."""

    @extend_schema(request=HoldBody, responses={201: dict})
    def post(self, request: Request, number: int) -> Response:
        """Keep an order away from packing."""
        find_order(asker(request), number)
        body = HoldBody(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        order = changes.hold(
            number, HoldReason(values["reason"]), note=values["note"], until=values["until"],
            by=asker(request).actor, at=timezone.now(),
        )  # fmt: skip
        return Response(show_order(order, asker(request)), status=201)


class PartialBody(StrictSerializer):
    policy = ChoiceField(Order.Policy.values)
    until = InstantField(required=False, allow_null=True, default=None)


class Partial(APIView):
    """What becomes of the pieces that an order still misses."""

    @extend_schema(request=PartialBody, responses=dict)
    def put(self, request: Request, number: int) -> Response:
        """Decide it: `wait` (until an hour), `split` or `cancel_rest`; carried out at once where the order is agreed.

        `rest` is the number of the order that holds the missing pieces: another one after a split.
        """
        find_order(asker(request), number)
        body = PartialBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        policy, at = Order.Policy(said["policy"]), timezone.now()
        held = partial.decide(number, policy, until=said["until"], by=asker(request).actor, at=at)
        shown = show_order(find_order(asker(request), number), asker(request))
        return Response(shown | {"policy": policy, "rest": held.number})


class OneHold(APIView):
    """One hold of an order."""

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, number: int, hold_id: int) -> Response:
        """Release it."""
        find_order(asker(request), number)
        order = changes.release_hold(number, hold_id, by=asker(request).actor, at=timezone.now())
        return Response(show_order(order, asker(request)))


class History(APIView):
    """What happened to an order."""

    @extend_schema(responses=dict)
    def get(self, request: Request, number: int) -> Response:
        """Read its journal, oldest first."""
        order = find_order(asker(request), number)
        events = JournalEvent.objects.for_subject(asker(request)).filter(order=order).order_by("seq")
        return Response({"results": [show_event(event) for event in events]})


def channel_of(subject: Subject, body: dict[str, Any]) -> Channel:
    """Give the channel: a storefront's token is bound to its own, people name one."""
    if subject.kind is Kind.STOREFRONT:
        channel = next(iter(CHANNEL.all(subject.code)), None)
    else:
        channel = Channel.objects.for_subject(subject).filter(pk=body.get("channel", "")).first()
    if channel is None:
        raise Malformed([FieldError("/channel", "unknown", _("There is no such channel."))])
    return channel


def checked_key(key: str) -> str:
    """Give the Idempotency-Key, or refuse it as the JSON API refuses any identifier."""
    return str(IdentifierField(max_length=255).run_validation(key))


def batch_rows(body: Any) -> list[Any]:
    """Give the rows of a batch, up to 500; each is judged on its own."""
    rows = body.get("orders") if isinstance(body, dict) and set(body) == {"orders"} else None
    if not isinstance(rows, list) or not rows:
        raise Malformed([FieldError("/orders", "required", _("A batch is an object with a list of orders."))])
    if len(rows) > BATCH_ORDERS:
        raise Malformed([FieldError("/orders", "too_many_items", _("A batch has at most 500 orders."))])
    return rows
