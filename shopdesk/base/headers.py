"""What every answer tells the browser beside its content (SEC-30, SEC-31). The content policy is in the settings."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

POLICY_REPORTS = "/policy-reports"
# What the desk's pages never use. The camera reads barcodes on a courier's phone.
PERMISSIONS = ", ".join(
    ["camera=(self)", *(f"{name}=()" for name in ("geolocation", "microphone", "payment", "usb", "browsing-topics"))]
)


class HeadersMiddleware:
    """Lets no cache keep an answer, no other site embed it, and browsers report what the content policy kept out.

    Files of our own (styles, scripts, pictures) are served before this and may be kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if "no-store" not in response.get("Cache-Control", ""):
            response["Cache-Control"] = "no-store, private"
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Permissions-Policy", PERMISSIONS)
        response.setdefault("Reporting-Endpoints", f'policy="{settings.PUBLIC_URL}{POLICY_REPORTS}"')
        return response
