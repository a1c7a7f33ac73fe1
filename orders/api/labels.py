"""JSON doors of labels: which there are, and the one that an order carries."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from orders import labels
from orders.api.orders import find_order
from orders.api.showing import show_order
from orders.models import StatusLabel
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.strict import IdentifierField, StrictSerializer


class LabelBody(StrictSerializer):
    code = IdentifierField(max_length=40)


class Labels(APIView):
    """The shop's labels."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        """List the labels that can be put on orders."""
        rows = StatusLabel.objects.for_subject(asker(request)).filter(is_active=True)
        shown = [
            {"code": row.code, "status": row.status, "name": row.name, "names": row.names, "default": row.is_default}
            for row in rows
        ]
        return Response({"results": shown, "next": None})


class OrderLabel(APIView):
    """The label of an order."""

    @extend_schema(request=LabelBody, responses=dict)
    def put(self, request: Request, number: int) -> Response:
        """Put a label on an order. The one that it has already changes nothing."""
        find_order(asker(request), number)
        body = LabelBody(data=request.data)
        body.is_valid(raise_exception=True)
        known = StatusLabel.objects.for_subject(asker(request)).filter(code=body.validated_data["code"], is_active=True)
        label = known.first()
        if label is None:
            raise Malformed([FieldError("/code", "unknown", _("There is no such label."))])
        return self._change(request, number, label.pk)

    @extend_schema(responses={200: dict})
    def delete(self, request: Request, number: int) -> Response:
        """Take the label off."""
        find_order(asker(request), number)
        return self._change(request, number, None)

    def _change(self, request: Request, number: int, label_id: int | None) -> Response:
        labels.put_on(number, label_id, by=asker(request).actor, at=timezone.now())
        return Response(show_order(find_order(asker(request), number), asker(request)))
