"""From a request to its subject, and the one gate that compares it with the matrix of rights."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from shopdesk.base import securitylog
from shopdesk.base.access import NOBODY, Actor, Subject, may
from shopdesk.base.errors import Missing, NotFromHere
from shopdesk.base.refusals import answer
from shopdesk.base.whence import address_of
from shopdesk.people import fence, scopes, tokens
from shopdesk.people.models import ApiToken, User
from shopdesk.people.station import COOKIE
from shopdesk.trail.deeds import Deed

OPEN_ROUTES = ("account_", "mfa_")  # allauth's own pages guard themselves
STRANGER = Actor("stranger")
SIGNED_OUT = _("You are signed out.")
SIGN_IN_BESIDE = _("Sign in in another tab, then repeat it here. What you typed is still here.")


class SubjectMiddleware:
    """Puts `request.subject` on every request and refuses pages that the subject may not use. Tokens: see below."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        request.subject = user.subject if isinstance(user, User) and user.is_active else NOBODY  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Let pages through as the matrix says; JSON doors ask `Declared` once their token is known.

        A session that comes from where its role may not be used is ended first, whatever it asks for.
        """
        if refused := self._end_outside(request):
            return refused
        match = request.resolver_match
        if match is None or match.view_name.startswith(("api:", *OPEN_ROUTES)):
            return None
        subject: Subject = request.subject  # type: ignore[attr-defined]
        if may(subject, match.view_name, request.method or ""):
            return None
        if subject == NOBODY:
            return _lead_to_the_door(request)
        return answer(request, Missing())  # foreign, forbidden and missing look the same

    def _end_outside(self, request: HttpRequest) -> HttpResponse | None:
        subject: Subject = request.subject  # type: ignore[attr-defined]
        try:
            fence.refuse_outside(subject, address_of(request), at=timezone.now())
        except NotFromHere as refusal:
            logout(request)
            request.subject = NOBODY  # type: ignore[attr-defined]
            return answer(request, refusal)
        return None


def _lead_to_the_door(request: HttpRequest) -> HttpResponse:
    """The sign-in; the packing device has its own. A page that is open stays, with what was typed into it."""
    if request.headers.get("HX-Request") == "true":
        shown = {"why": SIGNED_OUT, "what_next": SIGN_IN_BESIDE, "wrong": [], "status": 401}
        return render(request, "_refusal.html", shown, status=401)
    if request.COOKIES.get(COOKIE):
        return HttpResponseRedirect("/station")
    return HttpResponseRedirect("/accounts/login/?" + urlencode({"next": request.get_full_path()}))


class ApiAuthentication(BaseAuthentication):
    """A bearer token for machines and people's scripts; else the session with its CSRF token and our own header."""

    def authenticate(self, request: Request) -> tuple[Subject, ApiToken | None] | None:
        """Give the subject. Raises AuthenticationFailed for a token that is not in force."""
        scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
        if scheme:
            return self._by_token(request, scheme, text.strip())
        user = request._request.user
        if not isinstance(user, User) or not user.is_active:
            return None
        SessionAuthentication().enforce_csrf(request)
        subject = user.subject
        request._request.subject = subject  # type: ignore[attr-defined]
        return subject, None

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme, so that a missing token is 401 and not 403."""
        return 'Bearer realm="shopdesk"'

    def _by_token(self, request: Request, scheme: str, text: str) -> tuple[Subject, ApiToken]:
        now, address = timezone.now(), address_of(request._request)
        token = tokens.find(text, at=now, address=address) if scheme.casefold() == "bearer" and text else None
        if token is None:
            securitylog.tell(Deed.TOKEN_REFUSED, by=STRANGER, target=("route", route_of(request)))
            raise AuthenticationFailed
        subject = token.subject
        if fence.is_outside(subject, address):  # a person's key: their role comes from some addresses only
            securitylog.tell(Deed.TOKEN_REFUSED, by=subject.actor, target=("route", route_of(request)))
            raise NotFromHere
        tokens.see(token, at=now)
        request._request.subject = subject  # type: ignore[attr-defined]
        return subject, token


class Declared(BasePermission):
    """Refuses every route and method that the matrix does not give to this kind of subject."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Tell whether the subject may. HEAD asks as GET; a method that the view lacks is left to be 405."""
        match = request._request.resolver_match
        if match is None or (request.method or "").lower() not in view.http_method_names:
            return False
        if not hasattr(view, (request.method or "").lower()):
            return True
        subject = request.user if isinstance(request.user, Subject) else NOBODY
        in_scope = not isinstance(request.auth, ApiToken) or scopes.allow(
            request.auth.scopes, match.view_name, request.method or ""
        )
        return in_scope and may(subject, match.view_name, request.method or "")


def route_of(request: Request) -> str:
    """Name the route that was asked."""
    match = request._request.resolver_match
    return match.view_name if match else ""
