"""From which network address a request comes, behind as many proxies as the settings believe."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Give the client's address. Only the last TRUSTED_PROXIES entries of X-Forwarded-For were written by our own
    proxies; what stands before them the client may have invented. Empty when the proxies did not name it.
    """
    nearest = str(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.TRUSTED_PROXIES
    if not count:
        return nearest
    named = [one.strip() for one in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if one.strip()]
    return named[-count] if len(named) >= count else ""
