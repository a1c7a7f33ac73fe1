"""JSON doors of counting: open, send what was counted, end, approve. Blind: whoever counts does not see the books."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import counts
from orders.models import CountLine, Shop, StockCount
from shopdesk.base.access import Kind, Subject
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.strict import (
    BooleanField,
    ChoiceField,
    IdentifierField,
    InstantField,
    StrictSerializer,
    TextField,
    WholeNumberField,
)
from shopdesk.base.strict.fields import MAX_QUANTITY

MOST_BINS = 1_000


class CountBody(StrictSerializer):
    kind = ChoiceField(StockCount.Kind.values)
    location = IdentifierField(max_length=32, required=False, allow_blank=True, default="")
    bins = serializers.ListField(
        child=IdentifierField(max_length=32), required=False, default=list, max_length=MOST_BINS
    )


class CountedBody(StrictSerializer):
    sku = IdentifierField()
    bin = IdentifierField(max_length=32)
    quantity = WholeNumberField(max_value=MAX_QUANTITY)
    counted_at = InstantField(required=False, allow_null=True, default=None)


class AnswerBody(StrictSerializer):
    line = WholeNumberField()
    moved_before = BooleanField()


class ApprovalBody(StrictSerializer):
    reason = TextField(max_length=300, required=False, allow_blank=True, default="")


class Counts(APIView):
    """Counts."""

    @extend_schema(request=CountBody, responses={201: dict})
    def post(self, request: Request) -> Response:
        """Open a count of these bins, of all bins of the location when none is named."""
        values = read(CountBody, request)
        now, by = timezone.now(), asker(request).actor
        count = counts.start(values["kind"], values["location"], values["bins"], by=by, at=now)
        return Response(show_count(count, asker(request)), status=201)


class OneCount(APIView):
    """A count."""

    @extend_schema(responses=dict)
    def get(self, request: Request, count_id: int) -> Response:
        """Show how far it is."""
        return Response(show_count(find_count(asker(request), count_id), asker(request)))

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, count_id: int) -> Response:
        """Drop it; nothing is moved."""
        find_count(asker(request), count_id)
        count = counts.void(count_id, by=asker(request).actor, at=timezone.now())
        return Response(show_count(count, asker(request)))


class Lines(APIView):
    """What was counted."""

    @extend_schema(request=CountedBody, responses={201: dict})
    def post(self, request: Request, count_id: int) -> Response:
        """Store what lies in a bin; counting it again replaces the line."""
        find_count(asker(request), count_id)
        values = read(CountedBody, request)
        counted = counts.Counted(values["sku"], values["bin"], values["quantity"], values["counted_at"])
        line = counts.count_line(count_id, counted, by=asker(request).actor, at=timezone.now())
        return Response(show_line(line, asker(request)), status=201)


class Answers(APIView):
    """Answers to what a line asks."""

    @extend_schema(request=AnswerBody, responses={201: dict})
    def post(self, request: Request, count_id: int) -> Response:
        """Say whether the goods were moved before they were counted."""
        count = find_count(asker(request), count_id)
        values = read(AnswerBody, request)
        if not CountLine.objects.for_subject(asker(request)).filter(pk=values["line"], count=count).exists():
            raise Missing
        by, now = asker(request).actor, timezone.now()
        line = counts.answer(values["line"], moved_before=values["moved_before"], by=by, at=now)
        return Response(show_line(line, asker(request)), status=201)


class Closing(APIView):
    """The end of the counting."""

    @extend_schema(request=None, responses=dict)
    def post(self, request: Request, count_id: int) -> Response:
        """Post it, or hand it over for approval."""
        find_count(asker(request), count_id)
        ended = counts.close(count_id, by=asker(request).actor, at=timezone.now())
        return Response(show_count(ended.count, asker(request)) | {"promises_lost": list(ended.orders)})


class Approval(APIView):
    """The approval of a count with large variances."""

    @extend_schema(request=ApprovalBody, responses=dict)
    def post(self, request: Request, count_id: int) -> Response:
        """Post it."""
        find_count(asker(request), count_id)
        values = read(ApprovalBody, request)
        ended = counts.approve(count_id, reason=values["reason"], by=asker(request).actor, at=timezone.now())
        return Response(show_count(ended.count, asker(request)) | {"promises_lost": list(ended.orders)})


def find_count(subject: Subject, count_id: int) -> StockCount:
    """Give a count that the subject may see. Raises Missing."""
    count = StockCount.objects.for_subject(subject).filter(pk=count_id).first()
    if count is None:
        raise Missing
    return count


def read(kind: type[StrictSerializer], request: Request) -> dict[str, Any]:
    """Give the values of a body."""
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    values: dict[str, Any] = body.validated_data
    return values


def show_count(count: StockCount, subject: Subject) -> dict[str, Any]:
    """Show a count with the lines that stand and the shelves that nobody counted."""
    lines = CountLine.objects.for_subject(subject).filter(count=count, replaced_by=None)
    rows = lines.select_related("product", "place", "question__line").order_by("pk")
    return {
        "id": count.pk, "kind": count.kind, "state": count.state, "location": count.location_id,
        "bins": sorted(count.bins.values_list("code", flat=True)),
        "opened_at": count.opened_at, "closed_at": count.closed_at, "posted_at": count.posted_at,
        "lines": [show_line(line, subject) for line in rows],
        "uncounted": [{"sku": sku, "bin": code} for sku, code in counts.uncounted(count)],
    }  # fmt: skip


def show_line(line: CountLine, subject: Subject) -> dict[str, Any]:
    """Show a line. What the books say is for those who approve, once the counting is over."""
    shown: dict[str, Any] = {
        "id": line.pk, "sku": line.product.sku, "bin": line.place.code, "quantity": line.counted,
        "counted_at": line.counted_at, "question": _show_question(line),
    }  # fmt: skip
    if subject.kind in {Kind.OWNER, Kind.MANAGER} and line.count.state != StockCount.State.COUNTING:
        large = counts.is_large(line, Shop.current())
        shown |= {"book": line.book, "variance": line.variance, "large": large, "move": line.move_id}
    return shown


def _show_question(line: CountLine) -> dict[str, Any] | None:
    move = line.question
    if move is None:
        return None
    return {"move": move.pk, "pieces": move.quantity, "reason": move.reason, "at": move.at,
            "order": move.line.order_id if move.line else None}  # fmt: skip
