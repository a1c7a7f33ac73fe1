"""JSON doors of exports: ask for one, see how far it is, fetch its file."""

from typing import Any

from django.http import FileResponse
from django.urls import reverse
from django.utils import timezone, translation
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shopdesk.accounts.fresh import fresh
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.strict import ChoiceField, NameField, StrictSerializer
from shopdesk.exports import making, web
from shopdesk.exports.models import Export


class ExportBody(StrictSerializer):
    what = ChoiceField(Export.What.values, required=False, default=Export.What.ORDERS)
    filter = serializers.DictField(child=NameField(max_length=200), required=False, default=dict)
    format = ChoiceField(Export.Format.values, required=False, default=Export.Format.CSV)


class Exports(APIView):
    """Exports of whoever asks."""

    @extend_schema(request=ExportBody, responses={202: dict})
    def post(self, request: Request) -> Response:
        """Ask for one: the filter is the order list's own query. It is made in the background."""
        ask_anew(request)
        body = ExportBody(data=request.data)
        body.is_valid(raise_exception=True)
        said = body.validated_data
        language = translation.get_language() or "en"
        wish = making.Wish(said["filter"], Export.Format(said["format"]), language, Export.What(said["what"]))
        return Response(show(making.ask(wish, subject=asker(request), at=timezone.now())), status=202)


class OneExport(APIView):
    """An export and its file."""

    @extend_schema(responses=dict)
    def get(self, request: Request, code: str) -> Response:
        """Say how far it is; `url` is there while there is a file."""
        export = Export.objects.for_subject(asker(request)).filter(code=code).first()
        if export is None:
            raise Missing
        return Response(show(export))


class ExportFile(APIView):
    """The file of an export."""

    @extend_schema(responses=OpenApiTypes.BINARY)
    def get(self, request: Request, code: str) -> FileResponse:
        """Hand it to whoever asked for it, for a day."""
        ask_anew(request)
        return web.hand_out(making.fetch(code, subject=asker(request), at=timezone.now()))


def ask_anew(request: Request) -> None:
    """Ask a person in a browser to show who they are; a key of theirs is that already. Raises SignInAnew."""
    if not asker(request).token:
        fresh(request._request)


def show(export: Export) -> dict[str, Any]:
    """Show an export without its filter: a search may hold a phone."""
    ready = export.state == Export.State.READY
    return {
        "id": export.code, "what": export.what, "format": export.format, "state": export.state, "rows": export.rows,
        "rows_done": export.rows_done, "bytes": export.size if ready else None, "asked_at": export.asked_at,
        "expires_at": export.expires_at, "url": reverse("api:export-file", args=[export.code]) if ready else None,
    }  # fmt: skip
