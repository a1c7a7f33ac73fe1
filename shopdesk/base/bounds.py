"""The outermost bound: no request larger than anything the desk takes is read at all. The others: `docs/limits.md`."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from shopdesk.base.errors import TooLarge
from shopdesk.base.refusals import answer

MOST_REQUEST_BYTES = 12_000_000  # ten of a file or a batch, and what a form puts around it


class BoundsMiddleware:
    """Refuses (413) by the announced length, before a byte of a body is read: uploads would fill the disk first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not announced.isdigit() or int(announced) > MOST_REQUEST_BYTES:
            return answer(request, TooLarge())
        return self.get_response(request)
