"""Saying that something is done, with the way back: a toast on the next page, or with the fragment answered now."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils.functional import Promise

ELSEWHERE = ("HX-Redirect", "HX-Refresh", "HX-Location")


def say(request: HttpRequest, words: str | Promise, *, undo: str = "") -> None:
    """Say it in a toast. `undo` is the path whose POST takes it back."""
    messages.success(request, str(words), extra_tags=undo)


class ToastMiddleware:
    """Adds what was said to an htmx fragment, for the toasts' own region; a whole page shows it by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if is_fragment(request, response) and isinstance(response, HttpResponse):
            said = list(messages.get_messages(request))
            if said:
                response.content += render_to_string("desk/toasts.html", {"said": said}, request).encode()
        return response


def is_fragment(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether this is a fragment that will be swapped into the page that is open."""
    asked = request.headers.get("HX-Request") == "true" and not any(name in response for name in ELSEWHERE)
    shown = response.status_code == 200 and response.get("Content-Type", "").startswith("text/html")
    return asked and shown and not request.path.startswith(("/api/", "/bar"))
