"""Signing in: people are added by the owner, tries are counted, every session begins anew (SEC-12, 13, 15, 17)."""

import hashlib
import hmac
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.accounts import post
from shopdesk.accounts.fresh import is_fresh
from shopdesk.base import securitylog
from shopdesk.base.access import Actor
from shopdesk.base.errors import NotFromHere
from shopdesk.base.refusals import answer
from shopdesk.base.whence import address_of
from shopdesk.people import fence, lockout, sessions, station
from shopdesk.people.models import Device, User
from shopdesk.trail.deeds import Deed

KNOWN = "__Host-known" if settings.HTTPS else "known"
KNOWN_SALT = "shopdesk.known-browser"
KNOWN_DAYS = 365
MOST_KNOWN = 12  # people who share a browser


class Door(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The sign-in in the desk's words and by its rules."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("That e-mail and password do not match."),
        "incorrect_password": _("That is not the password."),
        "enter_current_password": _("That is not the password."),
        "incorrect_code": _("That is not a code that works now."),
        "rate_limited": _("Too many tries. This door rests for a while."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Answer no, always."""
        return False

    def is_reauthentication_required(self, *, app: str, **options: Any) -> bool:
        """Ask again unless this person showed who they are within the last quarter of an hour."""
        return not is_fresh(context.request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Count the try, judge it, take the count back when it was right. Answers 429 while the door rests."""
        at, email = timezone.now(), str(credentials.get("email", ""))
        counted = lockout.at_the_door(email, self.get_client_ip(request), known=is_known(request, email))
        try:
            lockout.count(counted, at=at)
        except lockout.DoorRests as rests:
            securitylog.tell(Deed.SIGN_IN_LOCKED, by=Actor("person", 0), seconds=rests.wait_s)
            raise ImmediateHttpResponse(show_rest(request, rests)) from None
        user: User | None = super().authenticate(request, **credentials)
        if user is None:
            securitylog.tell(Deed.SIGN_IN_FAILED, by=Actor("person", 0))
        else:
            lockout.take_back(counted, at=at)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in with a new key, and say where. The first sign-in of all is no news to anybody.

        Answers 403 to somebody who showed who they are, from where their role may not be used.
        """
        try:
            fence.refuse_outside(user.subject, address_of(request), at=timezone.now())
        except NotFromHere as refusal:
            raise ImmediateHttpResponse(answer(request, refusal)) from None
        met_before = user.last_login is not None
        super().login(request, user)
        begin(request, user, device=station.find(request.COOKIES.get(station.COOKIE, "")))
        if met_before and not is_known(request, user.email):
            self._tell(user, post.NEW_BROWSER)

    def post_login(self, request: HttpRequest, user: User, **how: Any) -> HttpResponse:
        """Answer, and let this browser be known as one that this person signs in from."""
        response: HttpResponse = super().post_login(request, user, **how)
        remember_browser(request, response, user.email)
        return response

    def logout(self, request: HttpRequest) -> None:
        """Sign out: the session's row is gone."""
        if isinstance(request.user, User):
            securitylog.tell(Deed.SIGN_OUT, by=request.user.subject.actor)
        super().logout(request)

    def set_password(self, user: User, password: str) -> None:
        """Keep the new password and end every session that the old one opened."""
        super().set_password(user, password)
        sessions.end_all(user.pk)
        securitylog.tell(Deed.PASSWORD_CHANGED, by=user.subject.actor)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Give the link of a letter. Its host is the shop's own, whatever the request called us."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.PUBLIC_URL + path.replace("UID-KEY", key)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Send the link by which a password is set anew; a fourth one soon after is not sent, and nobody is told."""
        try:
            lockout.count(lockout.at_the_post(email), at=timezone.now())
        except lockout.DoorRests as rests:
            securitylog.tell(Deed.LIMITED, by=Actor("person", user.pk), route="password_reset", seconds=rests.wait_s)
            return
        securitylog.tell(Deed.PASSWORD_RESET_ASKED, by=Actor("person", user.pk))
        post.send(user, "post/reset.txt", {"link": context["password_reset_url"]})

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Tell somebody what changed about their sign-in."""
        self._tell(user, post.CHANGES[template_prefix])

    def _tell(self, user: User, what: str | Promise) -> None:
        request = context.request
        address, agent = self.get_client_ip(request), self.get_http_user_agent(request)
        post.tell_change(user, what, address=address, agent=agent)


def begin(request: HttpRequest, user: User, *, device: Device | None) -> None:
    """Start the clock of a session that just began, with its address, browser and enrolled device."""
    agent = request.headers.get("User-Agent", "")
    address = DefaultAccountAdapter(request).get_client_ip(request)
    request.session.begin_anew(address=address, agent=agent, device=device)  # type: ignore[attr-defined]  # our own engine
    sessions.forget_old(at=timezone.now())
    securitylog.tell(Deed.SIGN_IN, by=user.subject.actor)


def show_rest(request: HttpRequest, rests: lockout.DoorRests) -> HttpResponse:
    """Say that the door rests, and for how long."""
    shown = {"minutes": -(-rests.wait_s // 60), "wait_s": rests.wait_s}
    response = render(request, "account/rests.html", shown, status=429)
    response["Retry-After"] = str(rests.wait_s)
    return response


def is_known(request: HttpRequest, email: str) -> bool:
    """Whether this person signed in from this browser before. A stranger cannot make themselves known."""
    return _mark_of(email) in _known_in(request)


def remember_browser(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser carry who signed in from it: keyed hashes, signed, for a year."""
    marks = [_mark_of(email), *(mark for mark in _known_in(request) if mark != _mark_of(email))][:MOST_KNOWN]
    response.set_signed_cookie(
        KNOWN, ".".join(marks), salt=KNOWN_SALT, max_age=KNOWN_DAYS * 86_400, secure=settings.HTTPS, httponly=True,
        samesite="Lax",
    )  # fmt: skip


def _known_in(request: HttpRequest) -> list[str]:
    text = request.get_signed_cookie(KNOWN, default="", salt=KNOWN_SALT, max_age=KNOWN_DAYS * 86_400) or ""
    return text.split(".") if text else []


def _mark_of(email: str) -> str:
    text = f"known:{email.strip().casefold()}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
