"""The outermost bound: no request larger than anything the desk takes is read at all. The others: `docs/limits.md`."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from shopdesk.base import envelope
from shopdesk.base.errors import OpenLine, TooLarge
from shopdesk.base.refusals import answer, speaks_problem

MOST_REQUEST_BYTES = 12_000_000  # ten of a file or a batch, and what a form puts around it


class BoundsMiddleware:
    """Refuses by the announced length (413), before a byte of a body is read: uploads would fill the disk first.

    And machines that come by http where the desk has https: leading them on would hide that their keys lie open.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if not (announced.isascii() and announced.isdigit()) or int(announced) > MOST_REQUEST_BYTES:
            return answer(request, TooLarge())
        machine = speaks_problem(request) or envelope.speaks(request)
        if settings.HTTPS and machine and not request.is_secure():
            return answer(request, OpenLine())
        return self.get_response(request)
