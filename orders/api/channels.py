"""JSON doors of channels: a shop's own list of a day's orders, put beside ours."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders.inbox import reconciling
from orders.models import Channel
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.strict import IdentifierField, StrictSerializer

MOST_IDS = 20_000


class DayBody(StrictSerializer):
    ids: serializers.ListSerializer[str] = serializers.ListSerializer(child=IdentifierField(), max_length=MOST_IDS)


class ChannelDays(APIView):
    """A channel's day."""

    max_body_bytes = 2_000_000

    @extend_schema(request=DayBody, responses=dict)
    def put(self, request: Request, channel: str, day: str) -> Response:
        """Put the shop's own list of ids of orders placed on a day beside ours. Again: the new list stands."""
        own = Channel.objects.for_subject(asker(request)).filter(pk=channel).first()
        if own is None:
            raise Missing
        body = DayBody(data=request.data)
        body.is_valid(raise_exception=True)
        row = reconciling.compare(own, read_day(day), body.validated_data["ids"], at=timezone.now())
        counted = {"theirs": row.theirs, "matched": row.matched, "missing": row.missing, "extra": row.extra}
        return Response({"channel": own.code, "day": row.day.isoformat()} | counted)


def read_day(text: str) -> date:
    """Read the day of the path. Raises Malformed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Malformed([FieldError("/day", "invalid_type", _("A day is written as 2026-11-21."))]) from None
