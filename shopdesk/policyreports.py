"""The door at which browsers tell what the content policy kept out of a page (SEC-30): a line in the log, no more.

Anybody may knock here, so nothing is believed and little is kept: which rule, on which page, from which host. No
address with its query, no text of a script: they may hold what people typed.
"""

from typing import Any
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from shopdesk.base.errors import Malformed, TooLarge
from shopdesk.base.strict import parse_json

log = structlog.stdlib.get_logger("policy")

MOST_BYTES = 16_384
MOST_REPORTS = 10
LONGEST = 80
KINDS = {"application/csp-report", "application/reports+json", "application/json"}
# The two spellings of the same: the Reporting API's, and that of `report-uri`.
RULE = ("effectiveDirective", "effective-directive", "violated-directive")
PAGE = ("documentURL", "document-uri")
BLOCKED = ("blockedURL", "blocked-uri")


@csrf_exempt  # a browser sends it by itself, without a session
@require_POST
def hear(request: HttpRequest) -> HttpResponse:
    """Write what is told into the log. What cannot be read is dropped: nobody waits for the answer."""
    if request.content_type in KINDS:
        try:
            told = parse_json(request.read(MOST_BYTES + 1), max_bytes=MOST_BYTES)
        except (Malformed, TooLarge):
            told = None
        for body in _bodies(told):
            log.warning("kept_out", rule=_word(body, RULE), page=_path(body), blocked=_host(body))
    return HttpResponse(status=204)


def _bodies(told: Any) -> list[dict[str, Any]]:
    """The reports inside, in either form."""
    if isinstance(told, dict):
        found = [told.get("csp-report")]
    elif isinstance(told, list):
        found = [one.get("body") for one in told[:MOST_REPORTS] if isinstance(one, dict)]
    else:
        found = []
    return [body for body in found if isinstance(body, dict)]


def _word(body: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((str(body[name])[:LONGEST] for name in names if name in body), "")


def _path(body: dict[str, Any]) -> str:
    return _split(_word(body, PAGE))[1]


def _host(body: dict[str, Any]) -> str:
    blocked = _word(body, BLOCKED)
    return _split(blocked)[0] if ":" in blocked else blocked  # or a word such as `inline`


def _split(url: str) -> tuple[str, str]:
    """Host and path of an address, without what may be personal."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or ''}", parts.path
    except ValueError:
        return "", ""
