"""Leaving a deed for the page that shows what came of it, whether htmx asked or the browser itself."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.http import HttpResponseClientRedirect

from orders.web.answering import is_htmx


def leave_for(request: HttpRequest, path: str) -> HttpResponse:
    """Lead on to a page of the desk. A refusal raised before this stays where the hand is."""
    if is_htmx(request):
        there: HttpResponse = HttpResponseClientRedirect(path)
        return there
    return HttpResponseRedirect(path)
