"""Who asks in this request, for pages and JSON doors alike."""

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from shopdesk.base.access import Subject


def asker(request: HttpRequest | Request) -> Subject:
    """Give the subject of a request. Sign-in has put it there; nobody is a subject too."""
    subject = request.subject  # type: ignore[union-attr]  # set by the middleware and by the token's authentication
    assert isinstance(subject, Subject)  # noqa: S101  for the type checker: everything else would be our own bug
    return subject


def address_of(request: HttpRequest) -> str:
    """Give the network address that asks, as the trusted proxies saw it. Of IPv6 the /64: one home has all of it.

    What stands further left in X-Forwarded-For was written by whoever asks, and is not looked at.
    """
    seen = [one.strip() for one in request.headers.get("X-Forwarded-For", "").split(",") if one.strip()]
    behind = settings.TRUSTED_PROXIES
    written = seen[-behind] if behind and len(seen) >= behind else request.META.get("REMOTE_ADDR", "")
    try:
        address = ip_address(written)
    except ValueError:
        return "unknown"
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)
