"""Query strings and paths, as strict as bodies: what is not on the list is refused, and so is what cannot be seen."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shopdesk.base import refusals
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.strict.fields import ChoiceField, DayField, InstantField, NameField, StrictField, WholeNumberField
from shopdesk.base.strict.text import BROKEN, INVALID_CHARACTERS

LONGEST_VALUE = 500

SENTENCES: dict[str, str | Promise] = {
    "unknown_field": _("The desk does not know this parameter."),
    "duplicate_key": _("The parameter comes twice."),
}


def check_query(params: QueryDict, allowed: Collection[str]) -> dict[str, str]:
    """The parameters of a query, cleaned. Raises Malformed with all that are unknown, repeated or not plain text."""
    reader = QueryReader(params, allowed)
    values = {name: reader.text(name) for name in allowed if name in params}
    reader.finish()
    return values


class QueryReader:
    """Reads a query parameter by parameter; `finish` refuses everything wrong at once, and must be called."""

    def __init__(self, params: QueryDict, allowed: Collection[str]) -> None:
        self.params = params
        self.errors = [_error(name, "unknown_field") for name in params if name not in allowed]
        self.errors += [_error(name, "duplicate_key") for name in allowed if len(params.getlist(name)) > 1]

    def finish(self) -> None:
        """Raise Malformed if anything was wrong."""
        if self.errors:
            raise Malformed(self.errors)

    def text(self, name: str, default: str = "") -> str:
        """One line of text."""
        return str(self._read(name, NameField(max_length=LONGEST_VALUE, allow_blank=True), default))

    def choice(self, name: str, choices: Collection[str], default: str = "") -> str:
        """One of a few codes."""
        return str(self._read(name, ChoiceField(choices), default))

    def whole(self, name: str, default: int, *, min_value: int = 0, max_value: int = 2_147_483_647) -> int:
        """A whole number in plain digits between two ends, both included."""
        written = self.params.get(name)
        value = int(written) if written and written.isascii() and written.isdigit() and len(written) < 20 else written
        return int(self._check(name, WholeNumberField(min_value=min_value, max_value=max_value), value, default))

    def day(self, name: str, default: date | None = None) -> date | None:
        """A calendar day."""
        found: date | None = self._read(name, DayField(), default)
        return found

    def instant(self, name: str, default: datetime | None = None) -> datetime | None:
        """A time with its offset. A plus that came as a blank is taken for the plus it was."""
        written = self.params.get(name)
        value = written.replace(" ", "+") if written and written.count(" ") == 1 and "T" in written else written
        found: datetime | None = self._check(name, InstantField(), value, default)
        return found

    def _read(self, name: str, field: StrictField, default: Any) -> Any:
        """The parameter through a field."""
        return self._check(name, field, self.params.get(name), default)

    def _check(self, name: str, field: StrictField, value: Any, default: Any) -> Any:
        """The value through a field; the default when it is missing or wrong (then `finish` refuses)."""
        if value is None:
            return default
        try:
            return field.run_validation(value)
        except serializers.ValidationError as refusal:
            self.errors += refusals.field_errors(refusal.detail, f"?{name}")
            return default


class StrictQueryMiddleware:
    """Refuses (400) every path or query that is not UTF-8 or holds control characters, before anything reads it.

    The framework would decode the query in the character set that the Content-Type names: in UTF-7 `+AAA-` is a NUL,
    and `hex` is not even text. Here a query is UTF-8, whatever the body claims to be.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # WSGI hands the bytes of a query over as if they were Latin-1.
        query = request.META.get("QUERY_STRING", "").encode("latin-1", "replace")
        for pointer, raw in (("path", request.path_info), ("query", query)):
            if not _is_plain(raw):
                refusal = Malformed([FieldError(f"?{pointer}", "invalid_characters", INVALID_CHARACTERS)])
                return refusals.answer(request, refusal)
        if request.encoding is not None:
            request.encoding = "utf-8"
        return self.get_response(request)


def _is_plain(raw: str | bytes) -> bool:
    """Whether the text, once decoded, could be stored; line ends of a pasted search are let through."""
    try:
        text = unquote_to_bytes(raw).decode()
    except (UnicodeDecodeError, UnicodeEncodeError):
        return False
    return not BROKEN.search(text.replace("\r\n", "\n"))


def _error(name: str, code: str) -> FieldError:
    """One error, worded. An unknown name is shown without what cannot be shown, and not at length."""
    return FieldError(f"?{BROKEN.sub('', name)[:64]}", code, SENTENCES[code])
