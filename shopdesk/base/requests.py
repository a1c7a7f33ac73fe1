"""The request as the server hands it over, before any middleware."""

from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.utils.http import parse_header_parameters

UNREADABLE = "application/octet-stream"


class StrictRequest(WSGIRequest):
    """A request whose Content-Type can be read.

    The framework reads the header while it makes the request, where nothing could answer for it: `charset*=nonsense''x`
    or `charset=hex` would be a bare 500. So it becomes a type that no door reads (415).
    """

    def __init__(self, environ: dict[str, Any]) -> None:
        try:
            _type, parameters = parse_header_parameters(environ.get("CONTENT_TYPE", ""))
            # Only to hear whether it is a character set at all.
            "".encode(parameters.get("charset", "utf-8"))
        except (ValueError, LookupError):
            environ["CONTENT_TYPE"] = UNREADABLE
        super().__init__(environ)
