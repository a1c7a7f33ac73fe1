"""How a file that somebody sent is given back: as a file to keep, never as a page of ours (SEC-50)."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

# Even if a browser showed it: no scripts, no forms, an origin of its own.
SANDBOX = "sandbox; default-src 'none'"


def as_file(content: bytes, *, media_type: str, name: str) -> HttpResponse:
    """Give a file to whoever was found to have the right to it. `name` is ours, not the sender's."""
    response = HttpResponse(content, content_type=str(media_type))
    response["Content-Disposition"] = content_disposition_header(True, name)
    response["Content-Security-Policy"] = SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
