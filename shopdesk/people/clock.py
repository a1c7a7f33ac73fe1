"""Whether whoever asks is still signed in: not too long, not idle, on a device that nobody revoked."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from shopdesk.people import sessions
from shopdesk.people.models import Role, User

# They come to no page by a link from elsewhere; the office does, from letters and chats (docs/decisions/0028).
STRICT = {Role.COURIER, Role.PACKER}
BACKGROUND = "X-Background"  # the page asks by itself: nobody touched anything


class SessionClockMiddleware:
    """Ends a session that is over before anything is answered for it. Stands between authentication and subject."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        # Asking who it is reads the session, and its row with it.
        if isinstance(user, User) and (row := request.session.row) is not None:  # type: ignore[attr-defined]  # our engine
            at = timezone.now()
            if sessions.is_over(row, user.role, at=at):
                logout(request)
            elif request.headers.get(BACKGROUND) != "1":
                sessions.note_seen(row, at=at)
        return self.get_response(request)


class StrictCookieMiddleware:
    """Keeps the cookie of couriers and packers from every request that another site began (SEC-15).

    Stands outside the middleware that sets it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        cookie = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if cookie is not None and isinstance(request.user, User) and request.user.role in STRICT:
            cookie["samesite"] = "Strict"
        return response
