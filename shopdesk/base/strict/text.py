"""Characters: which are dropped, which are refused, which stay."""

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import FieldError, Malformed

BOM: Final = "\ufeff"
# C0, DEL and C1 without tab and line feed; lone surrogates; the 66 noncharacters.
BROKEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BIDI_OVERRIDES = re.compile("[\u202a-\u202e]")
ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")
LINE_BREAKS = re.compile("[\t\n\u2028\u2029]")


def clean_text(raw: str) -> tuple[str, bool]:
    """Text from a raw door, and whether anything but line ends had to be cleaned. Never fails for a character.

    Bidi marks, zero-width and control characters are dropped, lone surrogates become U+FFFD.
    """
    if raw.isprintable():  # nothing of all that is, so most texts need one look at the most
        return unicodedata.normalize("NFC", raw), False
    text = unix_lines(raw)
    # Joins surrogate pairs that came as two halves and replaces the halves that are alone.
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    for unwanted in (BROKEN, BIDI, ZERO_WIDTH):
        whole = unwanted.sub("", whole)
    return unicodedata.normalize("NFC", whole), whole != text


def clean_form_text(raw: str) -> str:
    """Human text from a form or a CSV cell: cleaned, without blanks around it."""
    return clean_text(raw)[0].strip()


def form_identifier(raw: str, *, max_length: int = 64, pointer: str = "") -> str:
    """An identifier from a form or a CSV cell: blanks around it go, invisible characters are refused.

    Raises Malformed.
    """
    text = raw.removeprefix(BOM).strip()
    if len(text) > max_length:
        raise Malformed([FieldError(pointer, "too_long", _("This is too long."))])
    if not fits_identifier(text):
        raise Malformed([FieldError(pointer, "invalid_characters", INVALID_CHARACTERS)])
    return text


def read_whole(text: str, *, digits: int = 18) -> int | None:
    """A number in plain digits that fits a column; None for anything else. Python takes "²" for a digit."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def unix_lines(text: str) -> str:
    """Every line end as a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def fits_identifier(text: str) -> bool:
    """Whether every character can be seen: what looks the same must be the same."""
    return text.isprintable() or not any(
        unwanted.search(text) for unwanted in (BROKEN, BIDI, ZERO_WIDTH, LINE_BREAKS)
    )  # what can be printed is none of these


def fits_name(text: str) -> bool:
    """Whether the text is one line that reads in the order it is written. Joiners stay: some scripts need them."""
    return not any(unwanted.search(text) for unwanted in (BROKEN, BIDI_OVERRIDES, LINE_BREAKS))


INVALID_CHARACTERS = _("It contains characters that cannot be seen or stored.")
