"""Whoever asks for what is not theirs is told that it is missing, and the security log is told of it (SEC-70)."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from shopdesk.base import securitylog
from shopdesk.base.access import NOBODY, Subject
from shopdesk.trail.deeds import Deed

DENIALS = {403, 404}


class DenialMiddleware:
    """Tells each refusal of a page or object that exists as an address. The ids asked for are named when numbers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        subject: Subject = getattr(request, "subject", NOBODY)
        match = request.resolver_match
        if response.status_code in DENIALS and match is not None and subject != NOBODY:
            ids = {f"asked_{name}": value for name, value in match.kwargs.items() if isinstance(value, int)}
            target = ("route", match.view_name)
            securitylog.tell(
                Deed.DENIED, by=subject.actor, target=target, method=request.method, status=response.status_code, **ids
            )
        return response
