"""JSON bodies: read strictly, with everything wrong in them told at once."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

from django.utils.encoding import force_str
from django.utils.functional import Promise
from django.utils.http import parse_header_parameters
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser

from shopdesk.base.errors import MAX_ERRORS, FieldError, Malformed, TooLarge, UnsupportedMedia
from shopdesk.base.strict.text import BROKEN, INVALID_CHARACTERS

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 200_000
MAX_DIGITS = 20
LONGEST_NUMBER = 64
LONGEST_KEY_SHOWN = 64
# Strings are taken whole, so that a bracket in a text is not a bracket. The quantifiers are possessive and the closing
# quote is optional: a body made of quotes is read once and not once per quote.
TOKENS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{},]', re.DOTALL)

SENTENCES: dict[str, str | Promise] = {
    "not_utf8": _("The body is not UTF-8."),
    "not_json": _("The body is not JSON."),
    "too_deep": _("It is nested deeper than 32 levels."),
    "too_many_items": _("It has too many items."),
    "duplicate_key": _("The key comes twice."),
    "invalid_number": _("The number is not finite, or is out of all proportion."),
    "invalid_characters": INVALID_CHARACTERS,
}


class _Repeated(dict[str, Any]):
    """An object one of whose keys came twice; kept until the walk knows where it stands."""

    keys_again: list[str]


class _NotANumber:
    """A number nobody can mean: NaN, Infinity, 1e400, an integer of 21 digits."""


def parse_json(body: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The value of a JSON body: decimals as Decimal, text in NFC with line feeds.

    Raises TooLarge, or Malformed with every error found.
    """
    if len(body) > max_bytes:
        raise TooLarge
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _malformed("", "not_utf8") from None
    _measure(text)
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_float=_decimal, parse_int=_whole, parse_constant=_never
        )
    except (ValueError, RecursionError):
        raise _malformed("", "not_json") from None
    errors: list[FieldError] = []
    value = _walk(value, "", errors)
    if errors:
        raise Malformed(errors)
    return value


class StrictJSONParser(BaseParser):
    """The JSON doors' only parser. A view may set `max_body_bytes`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Read the stream, never more of it than the door takes.

        Raises UnsupportedMedia for another character set, TooLarge, Malformed.
        """
        context = parser_context or {}
        limit: int = getattr(context.get("view"), "max_body_bytes", MAX_BYTES)
        charset = parse_header_parameters(media_type or "")[1].get("charset", "utf-8")
        if force_str(charset).lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMedia
        if _declared_length(context.get("request")) > limit:
            raise TooLarge
        return parse_json(stream.read(limit + 1), max_bytes=limit)


def pointer_to(parent: str, key: str | int) -> str:
    """The JSON pointer (RFC 6901) of a member. An over-long key is cut: it is shown back, not used."""
    return f"{parent}/{str(key)[:LONGEST_KEY_SHOWN].replace('~', '~0').replace('/', '~1')}"


def _declared_length(request: Any) -> int:
    """The Content-Length, 0 when it is missing or is not a number."""
    declared = request.META.get("CONTENT_LENGTH") if request is not None else None
    return int(declared) if declared and str(declared).isascii() and str(declared).isdigit() else 0


def _measure(text: str) -> None:
    """Refuse what is too deep or too wide before the parser, which recurses, sees it."""
    depth = nodes = 0
    for found in TOKENS.finditer(text):
        mark = text[found.start()]
        if mark in "[{":
            depth += 1
            nodes += 1
        elif mark in "]}":
            depth -= 1
        elif mark == ",":
            nodes += 1
        if depth > MAX_DEPTH:
            raise _malformed("", "too_deep")
        if nodes > MAX_NODES:
            raise _malformed("", "too_many_items")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one with a key twice is marked. Keys that differ only in composition are the same key."""
    members = {unicodedata.normalize("NFC", key): value for key, value in pairs}
    if len(members) == len(pairs):
        return members
    repeated = _Repeated(members)
    names = Counter(unicodedata.normalize("NFC", key) for key, _value in pairs)
    repeated.keys_again = [name for name, times in names.items() if times > 1]
    return repeated


def _decimal(literal: str) -> Decimal | _NotANumber:
    """A decimal of bearable size."""
    if len(literal) > LONGEST_NUMBER:
        return _NotANumber()
    number = Decimal(literal)
    return _NotANumber() if abs(number.adjusted()) > MAX_DIGITS else number


def _whole(literal: str) -> int | _NotANumber:
    """An integer of bearable size; Python would spend a second on a long one."""
    return _NotANumber() if len(literal.lstrip("-")) > MAX_DIGITS else int(literal)


def _never(literal: str) -> _NotANumber:
    """NaN and the infinities, which JSON does not have."""
    return _NotANumber()


def _walk(value: Any, pointer: str, errors: list[FieldError]) -> Any:
    """The value with its text normalised; what is wrong is added to `errors`. At most 32 deep by now."""
    if len(errors) >= MAX_ERRORS:
        return value
    if isinstance(value, str):
        return _text(value, pointer, errors)
    if isinstance(value, list):
        return [_walk(item, pointer_to(pointer, index), errors) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return dict(_members(value, pointer, errors))
    if isinstance(value, _NotANumber):
        errors.append(_error(pointer, "invalid_number"))
    return value


def _members(value: dict[str, Any], pointer: str, errors: list[FieldError]) -> Iterator[tuple[str, Any]]:
    """The members of an object, walked."""
    for key in getattr(value, "keys_again", ()):
        errors.append(_error(pointer_to(pointer, BROKEN.sub("\ufffd", key)), "duplicate_key"))
    for key, member in value.items():
        if BROKEN.search(key):
            errors.append(_error(pointer, "invalid_characters"))
        yield key, _walk(member, pointer_to(pointer, BROKEN.sub("\ufffd", key)), errors)


def _text(value: str, pointer: str, errors: list[FieldError]) -> str:
    """Text in NFC with line feeds, refused when it holds what cannot be stored."""
    text = value.replace("\r\n", "\n")
    if BROKEN.search(text):
        errors.append(_error(pointer, "invalid_characters"))
        return value
    return unicodedata.normalize("NFC", text)


def _error(pointer: str, code: str) -> FieldError:
    """One error, worded."""
    return FieldError(pointer, code, SENTENCES[code])


def _malformed(pointer: str, code: str) -> Malformed:
    """A body that cannot be read any further."""
    return Malformed([_error(pointer, code)])
