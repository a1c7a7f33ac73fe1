"""A page of figures that are still being added up: what it waits for and how far that is, until it opens by itself."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reports.rollups import StillKept

AGAIN_S = 3
P = ParamSpec("P")


def until_kept(door: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let a page say how far the figures are while it cannot show them, and ask again."""

    @wraps(door)
    def show(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return door(*args, **kwargs)
        except StillKept as refusal:
            shown = {"refusal": refusal, "kept": refusal.detail["kept"], "of": refusal.detail["of"]}
            request = cast(HttpRequest, args[0])
            waiting = render(request, "reports/waiting/page.html", shown)
            waiting["Refresh"] = str(AGAIN_S)
            return waiting

    return show
