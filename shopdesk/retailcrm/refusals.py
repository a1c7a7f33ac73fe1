"""How this door says no: each refusal of the desk in the protocol's own words and status."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from shopdesk.base import envelope
from shopdesk.base.errors import Busy, DomainError, Malformed, Missing, TooFast, TooLarge
from shopdesk.base.refusals import is_busy

MALFORMED = "Errors in the entity format"
BAD_PARAMETERS = "Errors in the input parameters"
NOT_FOUND = "Not found"
# What this door says on the wire, in the words that modules match. The inbox tells its readers the same in theirs.
TOLD_IN_THE_INBOX = (
    _("Errors in the entity format"), _("Errors in the input parameters"),
    _("Validation error"), _("This value is not valid."), _("This value is unknown."),
    _("This value should not be blank."), _("This value should be an object."),
    _("This value should be a list of objects."), _("Order already exists."),
    _("Order not found."), _("A payment names its order."), _("Invalid json."),
    _("The desk cannot be asked for this status: it follows from the work there."),
    _("This order is served by another store."),
)  # fmt: skip


class Refused(Exception):
    """A refusal in the protocol's own words."""

    def __init__(self, status: int, message: str = "", errors: envelope.Errors | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors
        self.said: Mapping[str, str | DomainError] = {}  # the errors by field; the desk's own as they are


class NoKey(Refused):
    """The request brings no key."""

    def __init__(self) -> None:
        super().__init__(403, '"apiKey" is missing.')


class BadEntity(Refused):
    """What was sent cannot be read or names what is unknown; every field that is wrong is said."""

    def __init__(self, errors: Mapping[str, str | DomainError]) -> None:
        told = {name: sentence(why) if isinstance(why, DomainError) else why for name, why in errors.items()}
        super().__init__(400, MALFORMED, told)
        self.said = dict(errors)


class BadParameter(Refused):
    """A parameter beside the entity, or of the query, cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(400, BAD_PARAMETERS, {name: why})


class MissingParameter(Refused):
    """An entity or a plain field that this call needs was not sent."""

    def __init__(self, name: str) -> None:
        super().__init__(400, f"Parameter '{name}' is missing")


WORDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], int, str], ...] = (
    ((Missing, Http404), 404, NOT_FOUND),
    (TooFast, 429, ""),
    (Busy, 503, ""),
    ((TooLarge, RequestDataTooBig), 413, ""),
    (exceptions.AuthenticationFailed, 403, 'Wrong "apiKey" value.'),
    ((exceptions.PermissionDenied, exceptions.NotAuthenticated), 403, ""),
    (exceptions.MethodNotAllowed, 405, ""),
    ((SuspiciousOperation, BadRequest, MultiPartParserError, UnicodeError, RecursionError), 400, ""),
)


def refuse(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Answer an exception of any view of this door. None for what is a bug: it is logged, and answered as 500."""
    if isinstance(exc, Refused):
        return envelope.refused(exc.status, exc.message, exc.errors)
    if isinstance(exc, Malformed):
        return envelope.refused(400, MALFORMED, errors_of(exc))
    for kinds, status, message in WORDS:
        if isinstance(exc, kinds):
            return envelope.refused(status, message)
    if is_busy(exc):
        return envelope.refused(503)
    if isinstance(exc, DomainError):
        return envelope.refused(400, "Validation error", [sentence(exc)])
    return None


def errors_of(exc: Malformed) -> dict[str, str]:
    """Give what was wrong, by field."""
    return {error.pointer.strip("/?") or "entity": str(error.detail) for error in exc.errors}


def sentence(exc: DomainError) -> str:
    """Give a refusal of the desk as it says it to a person."""
    return f"{exc.fill(exc.sentence)} {exc.fill(exc.next_step)}".strip()
