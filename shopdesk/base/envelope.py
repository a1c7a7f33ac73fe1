"""The words of the door that is compatible with API v5: JSON in that protocol's own envelope, whatever happened.

Its clients match these texts letter by letter, and read every answer as JSON, a 404 and a 500 too. So they are said
here, below everything that may refuse a request before a door is reached, and they are never translated.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

PATHS = ("/api/v5", "/api/api-versions", "/api/credentials", "/api/system-info")
MESSAGES = {
    400: "Invalid data",
    403: "Access denied.",
    404: "API method not found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    429: "Rate limit exceeded",
    500: "Internal server error",
    503: "Service temporarily unavailable",
}
RETRY_AFTER_S = "2"

Errors = Mapping[str, Any] | Sequence[str]


def speaks(request: HttpRequest) -> bool:
    """Tell whether whoever asks reads this protocol."""
    return request.path.startswith(PATHS)


def answered(document: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Give what was asked for."""
    return _json({"success": True, **document}, status)


def refused(
    status: int, message: str = "", errors: Errors | None = None, more: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Give a refusal: its status, its text, and what was wrong by field or as a list.

    Too many requests are 503 in this protocol: its clients come again after that one and after no other.
    """
    document: dict[str, Any] = {"success": False, "errorMsg": message or MESSAGES.get(status, MESSAGES[500])}
    document |= more or {}
    if errors:
        document["errors"] = errors
    response = _json(document, 503 if status == 429 else status)
    if response.status_code == 503:
        response["Retry-After"] = RETRY_AFTER_S
    return response


def _json(document: Mapping[str, Any], status: int) -> HttpResponse:
    return HttpResponse(json.dumps(document, cls=DjangoJSONEncoder), status=status, content_type="application/json")
