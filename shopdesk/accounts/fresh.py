"""Show once more that it is you: before secrets, exports, people and erasure (SEC-16)."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views import View

from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError
from shopdesk.people.models import User

FRESH_S = 15 * 60
Door = TypeVar("Door", bound=Callable[..., HttpResponseBase])


class SignInAnew(DomainError):
    """A JSON door asks for a sign-in that is not older than a quarter of an hour."""

    sentence = _("Sign in anew before you do this.")
    next_step = _("Open the desk, show once more that it is you, and repeat it.")


def is_fresh(request: HttpRequest) -> bool:
    """Whether this person showed a password, a code or a key within the last quarter of an hour, in this session."""
    # At the JSON doors `request.user` is a subject by now; the session's records are of the person all the same.
    person = request.user if isinstance(request.user, User) else User.objects.filter(pk=asker(request).person).first()
    records = get_authentication_records(request, person)
    newest = max((float(record.get("at", 0)) for record in records if record.get("method") != "pin"), default=0.0)
    return 0 <= time.time() - newest < FRESH_S


def fresh(request: HttpRequest) -> None:
    """Let pass whoever was asked lately; ask everybody else, and go on with what they wanted to do.

    Raises SignInAnew at a JSON door. A POST of a page is repeated by itself once they have shown who they are.
    """
    if is_fresh(request):
        return
    if request.path.startswith("/api/"):
        raise SignInAnew
    if request.headers.get("HX-Request") == "true":
        page = urlsplit(request.headers.get("HX-Current-URL", "")).path or "/"
        asked = HttpResponse(status=204)
        asked["HX-Redirect"] = f"{reverse('account_reauthenticate')}?{urlencode({'next': page})}"
        raise ImmediateHttpResponse(asked)
    raise ReauthenticationRequired


def ask_again(door: Door) -> Door:
    """Put `fresh` before a function that answers a request."""

    @wraps(door)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        fresh(request)
        return door(request, *args, **kwargs)

    return cast(Door, asked)


class Fresh(View):
    """Put `fresh` before the writing methods of a view; reading needs no second look unless `fresh_reading` says so."""

    fresh_reading = False

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ask, then answer."""
        if self.fresh_reading or request.method not in {"GET", "HEAD", "OPTIONS"}:
            fresh(request)
        return super().dispatch(request, *args, **kwargs)
