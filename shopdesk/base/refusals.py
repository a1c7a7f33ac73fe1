"""How a refusal is shown: problem+json (RFC 9457) at the JSON doors, a small page or fragment to people. One place."""

import json
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from errno import EDQUOT, ENOSPC, EROFS
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.db import InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.errors import ReadOnlySqlTransaction
from rest_framework import exceptions

from shopdesk.base import envelope
from shopdesk.base.errors import (
    MAX_ERRORS,
    Busy,
    DomainError,
    FieldError,
    KeyReused,
    Malformed,
    Missing,
    NotFromHere,
    OpenLine,
    Refusal,
    Stale,
    TooFast,
    TooLarge,
    UnsupportedMedia,
)
from shopdesk.base.outage import SESSIONS

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
RETRY_AFTER_SECONDS = 2
LARGEST = 2**63 - 1  # of what a column of the database counts
STATUSES: dict[type[Refusal], int] = {
    Malformed: 400,
    NotFromHere: 403,
    OpenLine: 403,
    Missing: 404,
    KeyReused: 422,
    TooLarge: 413,
    UnsupportedMedia: 415,
    TooFast: 429,
    Busy: 503,
    DomainError: 409,
}
CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "forbidden",
    404: "missing",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media",
    429: "too_many_requests",
    503: "busy",
}
SENTENCES: dict[int, str | Promise] = {
    400: _("What was sent cannot be read."),
    401: _("Sign in, or send a token that is in force."),
    403: _("This is not yours to do."),
    404: _("There is no such thing here."),
    405: _("This address does not do that."),
    406: _("The desk answers in JSON only."),
    413: _("This is larger than the desk takes at once."),
    415: _("The desk does not read this kind of content."),
    429: _("Too many requests; wait a little."),
    500: _("Something broke at our side. It has been noted."),
    503: _("The desk is busy; try again in a moment."),
}
# What the framework's own fields call the same things.
FIELD_CODES = {
    "null": "required",
    "blank": "required",
    "invalid": "invalid_type",
    "not_a_list": "invalid_type",
    "max_length": "too_many_items",
    "min_length": "too_few_items",
    "empty": "too_few_items",
}
NO_ROOM = {ENOSPC, EDQUOT, EROFS}  # of the disk with the private files
# SQLite reports a mistake in our own SQL by the same class as a locked file; that is a bug, not a busy desk.
OUR_MISTAKES = ("no such ", "syntax error", "has no column")


def problem(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """The JSON doors' exception handler. None (a 500 that is logged) for what is a bug."""
    request = context["request"]
    request = getattr(request, "_request", request)
    if isinstance(exc, exceptions.APIException):
        return _framework_problem(request, exc)
    return _problem_of(request, exc)


def answer(request: HttpRequest, exc: Exception) -> HttpResponse:
    """Show an exception that is no bug: problem+json under /api/, a fragment or page elsewhere."""
    if envelope.speaks(request):
        status = _status_of_refusal(exc) if isinstance(exc, Refusal) else _status_of(exc)
        return envelope.refused(status, str(exc) if isinstance(exc, OpenLine) else "")
    if speaks_problem(request):
        return _problem_of(request, exc) or server_error(request)
    return _shown_to_people(request, exc)


def speaks_problem(request: HttpRequest) -> bool:
    """Whether whoever asks reads problem+json."""
    return request.path.startswith(("/api/", "/hooks/")) and not envelope.speaks(request)


def field_errors(detail: Any, pointer: str = "") -> list[FieldError]:
    """What the framework's validation found, flattened to pointers such as `/items/0/quantity`."""
    if isinstance(detail, Mapping):
        found: list[FieldError] = []
        for key, inner in detail.items():
            found += field_errors(inner, pointer if key in {"", "non_field_errors"} else _under(pointer, key))
        return found
    if isinstance(detail, list):
        nested = any(isinstance(inner, Mapping | list) for inner in detail)
        places = [_under(pointer, index) if nested else pointer for index in range(len(detail))]
        return [error for place, inner in zip(places, detail, strict=True) for error in field_errors(inner, place)]
    code = getattr(detail, "code", None) or "invalid_type"
    return [FieldError(pointer, FIELD_CODES.get(code, code), str(detail))]


class OutageMiddleware:
    """Refuses at once while the database gives no session: whoever waits for one holds a thread that others need."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/livez":  # asks nobody
            return self.get_response(request)
        if SESSIONS.refuses():
            return answer(request, Busy())
        response = self.get_response(request)
        if response.status_code != 503:
            SESSIONS.end()
        return response


class ProblemMiddleware:
    """Shows refusals that a page raised, and puts the framework's own error pages under /api/ into problem+json."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or "json" in response.get("Content-Type", ""):
            return response
        if envelope.speaks(request):
            return envelope.refused(response.status_code)
        if not speaks_problem(request):
            return response
        plain = _problem(request, response.status_code)
        for name in ("Allow", "Retry-After", "WWW-Authenticate"):
            if name in response:
                plain[name] = response[name]
        return plain

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        """A number in the path that no column can hold names nothing: said once, for every door."""
        beyond = any(isinstance(part, int) and part > LARGEST for part in kwargs.values())
        return answer(request, Missing()) if beyond else None

    def process_exception(self, request: HttpRequest, exc: Exception) -> HttpResponse | None:
        """A refusal raised by a view, shown; anything else goes on as the bug it is."""
        return answer(request, exc) if isinstance(exc, Refusal) or is_busy(exc) else None


def is_busy(exc: BaseException | None) -> bool:
    """Whether the database did not answer in time, or takes nothing: locked, cut off, restarting, full, read only."""
    if isinstance(exc, OSError) and exc.errno in NO_ROOM:
        return True
    if isinstance(exc, InternalError) and isinstance(exc.__cause__, ReadOnlySqlTransaction):
        return True
    if not isinstance(exc, OperationalError | InterfaceError) or any(words in str(exc) for words in OUR_MISTAKES):
        return False
    SESSIONS.begin_if_in_vain(exc)
    return True


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`, and the 503 when the database failed before any view was reached."""
    return _bare(request, 503 if is_busy(sys.exc_info()[1]) else 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    return _bare(request, _status_of(exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    return _bare(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    return _bare(request, 404)


def _bare(request: HttpRequest, status: int) -> HttpResponse:
    """A status with its sentence, for whoever asks."""
    if envelope.speaks(request):
        return envelope.refused(status)
    return _problem(request, status) if speaks_problem(request) else _page(request, status, SENTENCES[status])


def _problem_of(request: HttpRequest, exc: Exception) -> HttpResponse | None:
    """Problem+json for what is not of the framework's own exception tree."""
    if isinstance(exc, Refusal):
        return _refusal_problem(request, exc)
    status = _status_of(exc)
    return None if status == 500 else _problem(request, status)


def _status_of(exc: Exception) -> int:
    """The status of an exception of Django's own; 500 for a bug."""
    kinds: list[tuple[type[Exception], int]] = [
        (Http404, 404),
        (PermissionDenied, 403),
        (RequestDataTooBig, 413),
        (SuspiciousOperation, 400),
        (BadRequest, 400),
        (MultiPartParserError, 400),
        (UnicodeError, 400),
        (RecursionError, 400),
    ]
    if is_busy(exc):
        log.warning("database_busy", extra={"kind": type(exc).__name__})
        return 503
    return next((status for kind, status in kinds if isinstance(exc, kind)), 500)


def _status_of_refusal(exc: Refusal) -> int:
    """The status of a refusal: that of the nearest class in the table."""
    return next((STATUSES[kind] for kind in type(exc).__mro__ if kind in STATUSES), 409)


def _refusal_problem(request: HttpRequest, exc: Refusal) -> HttpResponse:
    """A refusal of our own, with its code, its numbers and everything that was wrong."""
    more: dict[str, Any] = dict(exc.detail)
    if exc.next_step:
        more["next_step"] = exc.fill(exc.next_step)
    if isinstance(exc, Stale):
        more["differs"] = {name: {"was": was, "now": now} for name, (was, now) in exc.differs.items()}
    if isinstance(exc, Malformed):
        more["errors"] = exc.errors
    code = "malformed" if isinstance(exc, Malformed) else exc.code
    shown = _problem(request, _status_of_refusal(exc), code=code, detail=exc.fill(exc.sentence), more=more)
    return _with_wait(shown, exc)


def _framework_problem(request: HttpRequest, exc: exceptions.APIException) -> HttpResponse:
    """An exception of the REST framework, with the headers it asks for."""
    errors = field_errors(exc.detail) if isinstance(exc, exceptions.ValidationError) else []
    response = _problem(request, exc.status_code, more={"errors": errors})
    wait = getattr(exc, "wait", None)
    if exc.status_code == 429:
        response["Retry-After"] = str(max(1, int(wait or 1)))
    if getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    return response


def _problem(
    request: HttpRequest,
    status: int,
    *,
    code: str = "",
    detail: str | Promise = "",
    more: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """The document itself. Values that were sent are never repeated in it."""
    code = code or CODES.get(status, "failed")
    extra = dict(more or {})
    errors: list[FieldError] = extra.pop("errors", [])
    document = {
        **extra,
        "type": f"urn:shopdesk:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(detail or SENTENCES.get(status, SENTENCES[500])),
        "code": code,
        "instance": request.path,
        "request_id": structlog.contextvars.get_contextvars().get("request_id") or str(uuid4()),
        "errors": [
            {"pointer": error.pointer, "code": error.code, "detail": str(error.detail)} for error in errors[:MAX_ERRORS]
        ],
    }
    response = HttpResponse(json.dumps(document, cls=DjangoJSONEncoder), status=status, content_type=PROBLEM)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _shown_to_people(request: HttpRequest, exc: Exception) -> HttpResponse:
    """The same refusal for a person: why, and what to do next."""
    if not isinstance(exc, Refusal):
        status = _status_of(exc)
        return _page(request, status, SENTENCES.get(status, SENTENCES[500]))
    wrong = [str(error.detail) for error in exc.errors] if isinstance(exc, Malformed) else []
    shown = _page(request, _status_of_refusal(exc), exc.fill(exc.sentence), exc.fill(exc.next_step), wrong)
    return _with_wait(shown, exc)


def _with_wait(response: HttpResponse, exc: Refusal) -> HttpResponse:
    """Say when to come again, where the refusal knows it."""
    if isinstance(exc, TooFast):
        response["Retry-After"] = str(exc.wait_s)
    return response


def _page(
    request: HttpRequest, status: int, why: str | Promise, what_next: str | Promise = "", wrong: list[str] | None = None
) -> HttpResponse:
    """A fragment for htmx, a page for everybody else."""
    template = "_refusal.html" if request.headers.get("HX-Request") == "true" else "refusal.html"
    shown = {"why": why, "what_next": what_next, "wrong": wrong or [], "status": status}
    # Without the request when something is broken: its user and session may be what broke.
    text = render_to_string(template, shown, request=request if status < 500 else None)
    response = HttpResponse(text, status=status)
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _under(pointer: str, key: object) -> str:
    """The pointer of a member. In a query there is nothing below a parameter."""
    return pointer if pointer.startswith("?") else f"{pointer}/{str(key)[:64].replace('~', '~0').replace('/', '~1')}"
