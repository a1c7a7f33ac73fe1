"""Doors of the desk itself: home, the bar, a person's choices, the kit."""

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports.web.today import see_today
from shopdesk.accounts import preferences
from shopdesk.accounts.samples import samples
from shopdesk.bar import DESKS, stages
from shopdesk.base.access import Kind
from shopdesk.base.answering import own_path
from shopdesk.base.asking import asker
from shopdesk.waiting import desks

A_YEAR_S = 365 * 24 * 60 * 60
# Where the day of those begins who have one desk only.
OWN_DESK = {Kind.PACKER: "packing", Kind.COURIER_PERSON: "courier"}


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Today for owner and manager: decisions, figures, what waits where. Everybody else is taken to their own desk."""
    subject = asker(request)
    desk = _path_of(OWN_DESK.get(subject.kind, ""))
    if desk:
        return redirect(desk)
    at = timezone.now()
    stops, shown = stages(subject, "home"), {}
    if subject.kind in DESKS:
        board = desks(subject, at=at)
        stops = tuple(replace(stop, desk=board.get(stop.stage.name)) for stop in stops)
        shown = see_today(subject, at=at)
    return render(request, "home.html", shown | {"stages": stops, "now": at})


@require_safe
@never_cache
def bar(request: HttpRequest) -> HttpResponse:
    """The stages with what waits there now. Asked every half minute."""
    return render(request, "desk/stages.html")


class Choices(View):
    """What a person chose for themselves."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the language, the theme or the letter keys of whoever asks, and go back to where they were."""
        language, theme = request.POST.get("language"), request.POST.get("theme")
        letters = {"on": True, "off": False}.get(request.POST.get("letters", ""))
        preferences.check(language=language, theme=theme)
        subject = asker(request)
        if subject.person:
            preferences.choose(subject.person, language=language, theme=theme, letters=letters)
        response = HttpResponseRedirect(_back(request))
        if language:
            _remember(response, settings.LANGUAGE_COOKIE_NAME, language)
        if theme is not None:
            _remember(response, settings.THEME_COOKIE_NAME, theme)
        return response


@require_safe
def kit(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "kit.html", samples())


def _remember(response: HttpResponse, name: str, value: str) -> None:
    """Let the browser keep a choice, so that the door speaks the same language tomorrow."""
    response.set_cookie(name, value, max_age=A_YEAR_S, samesite="Lax", httponly=True, secure=settings.HTTPS)


def _back(request: HttpRequest) -> str:
    """The page the form stood on, if it is one of ours."""
    return own_path(request, request.POST.get("next", "")) or "/"


def _path_of(route: str) -> str:
    """The path of a page; empty while it does not exist."""
    try:
        return reverse(route) if route else ""
    except NoReverseMatch:
        return ""
