"""How a page answers: whole, or the fragment that htmx asked for; after a deed it leads on."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect


def answer(request: HttpRequest, page: str, shown: Mapping[str, Any], *, fragment: str) -> HttpResponse:
    """Show the page, or the fragment alone when htmx asks."""
    response = render(request, fragment if is_htmx(request) else page, dict(shown))
    response["Vary"] = "HX-Request, Cookie"  # the same address, two answers
    return response


def part_of(page: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Mark a door that gives a piece of a page: whoever opens it in a window of its own is led to the whole `page`.

    The page's route takes the same numbers as the piece's.
    """

    def mark(door: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(door)
        def show(request: HttpRequest, **numbers: int) -> HttpResponse:
            response = (
                door(request, **numbers) if is_htmx(request) else HttpResponseRedirect(reverse(page, kwargs=numbers))
            )
            patch_vary_headers(response, ["HX-Request"])
            return response

        return show

    return mark


def done(request: HttpRequest, path: str) -> HttpResponse:
    """Lead on after something was done; a refusal before this stays where the hand is."""
    return HttpResponseClientRedirect(path) if is_htmx(request) else HttpResponseRedirect(path)


def own_path(request: HttpRequest, address: str) -> str:
    """Give the path of an address of ours, with what stands behind it; empty for a foreign one."""
    if not url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure()):
        return ""
    parts = urlsplit(address)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def is_htmx(request: HttpRequest) -> bool:
    """Tell whether a fragment was asked for. Going back through the history asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"
