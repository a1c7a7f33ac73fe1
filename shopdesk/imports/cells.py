"""What people write into cells, read as what it means: sums, counts, days, hours, choices. Sentences name no value."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.base.money import round_to_minor
from shopdesk.base.strict.fields import FIRST_YEAR, LAST_YEAR, MAX_QUANTITY

BLANKS = re.compile(r"[\s\u00a0\u202f\u2009']+")
# A currency beside the sum: its sign, its code, or how people shorten it.
CURRENCY_WORDS = re.compile(r"(?:руб(?:лей|ля|ль|\.)?|р\.|лв\.?|грн\.?|[A-Za-z]{3}|[₽€$£₴₸])", re.IGNORECASE)
PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
LOCAL_DAY = re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})", re.ASCII)
HOURS = re.compile(r"(?P<from>\d{1,2}(?::\d\d)?)\s*[-–—]\s*(?P<until>\d{1,2}(?::\d\d)?)", re.ASCII)


MANY_ALIKE = 4_096  # figures of a file that are read once: prices, charges and counts come again and again


class BadCell(DomainError):
    """A cell does not hold what its column is for."""

    sentence = _("Column “%(column)s”: %(wrong)s")

    def __init__(self, column: str, wrong: str | Promise) -> None:
        super().__init__(detail={"column": column, "wrong": wrong})


@lru_cache(MANY_ALIKE)
def number(text: str, column: str) -> Decimal | None:
    """Give a plain number however it was written: 1 234,50 · 1,234.50 · 1290 руб.; None for nothing. Raises BadCell."""
    plain = CURRENCY_WORDS.sub("", BLANKS.sub("", text))
    if not plain:
        return None
    comma, point = plain.rfind(","), plain.rfind(".")
    if comma > point:
        # The last mark is the decimal one; three digits after a lone comma in front of nothing else are thousands.
        plain = plain.replace(".", "").replace(",", ".") if plain.count(",") == 1 else plain.replace(",", "")
    else:
        plain = plain.replace(",", "")
    try:
        found = Decimal(plain) if PLAIN.fullmatch(plain) else None
    except InvalidOperation:
        found = None
    if found is None or found.adjusted() > 15:
        raise BadCell(column, _("this is not a number."))
    return found


@lru_cache(MANY_ALIKE)
def amount(text: str, column: str, currency: str) -> int | None:
    """Give a sum in minor units of the currency, halves away from zero; None for nothing. Raises BadCell, Malformed."""
    found = number(text, column)
    if found is None:
        return None
    if found < 0:
        raise BadCell(column, _("a sum here is not below zero."))
    return round_to_minor(found, currency, pointer=f"/{column}")


def pieces(text: str, column: str) -> Decimal | None:
    """Give a quantity above zero, a fraction too; None for nothing. Raises BadCell."""
    found = number(text, column)
    if found is not None and not 0 < found <= MAX_QUANTITY:
        raise BadCell(column, _("a quantity is above zero and at most 100,000."))
    return found


def whole(text: str, column: str) -> int | None:
    """Give a whole number from zero; None for nothing. Raises BadCell."""
    found = number(text, column)
    if found is None:
        return None
    if found != int(found) or not 0 <= found <= MAX_QUANTITY * 100:
        raise BadCell(column, _("this is not a whole number from zero."))
    return int(found)


def day(text: str, column: str) -> date | None:
    """Give a day: 2026-11-23, 23.11.2026 or 23/11/2026, with or without an hour; None for nothing. Raises BadCell."""
    written = text.strip().split("T")[0].split(" ")[0]
    if not written:
        return None
    local = LOCAL_DAY.fullmatch(written)
    try:
        found = (
            date(int(local["year"]), int(local["month"]), int(local["day"])) if local else date.fromisoformat(written)
        )
    except ValueError:
        raise BadCell(column, _("this is not a day, such as 2026-11-23 or 23.11.2026.")) from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadCell(column, _("this is not a day, such as 2026-11-23 or 23.11.2026."))
    return found


def instant(text: str, column: str, zone: ZoneInfo) -> datetime | None:
    """Give an hour of a day; one without an offset is the shop's. None for nothing. Raises BadCell."""
    on = day(text, column)
    if on is None:
        return None
    clock = text.strip().replace("T", " ").partition(" ")[2].strip()
    written = f"{on.isoformat()} {clock or '00:00'}"
    try:
        found = parse_datetime(written)
    except ValueError:
        found = None
    if found is None:
        raise BadCell(column, _("this is not an hour, such as 2026-11-23 14:05."))
    return found if found.tzinfo else found.replace(tzinfo=zone)


def hours(text: str) -> str:
    """Give delivery hours as the desk writes them, "10:00-14:00"; what is written otherwise is left out."""
    found = HOURS.search(text) if text else None
    if found is None:
        return ""
    ends = [(end if ":" in end else f"{end}:00").rjust(5, "0") for end in (found["from"], found["until"])]
    return "-".join(ends)


def choice(text: str, words: Mapping[str, tuple[str, ...]]) -> str | None:
    """Give the code whose word the cell begins with or contains; empty for an empty cell, None for an unknown word."""
    if not text:
        return ""
    folded = text.casefold().strip()
    if not folded:
        return ""
    exact = next((code for code, known in words.items() if folded == code or folded in known), None)
    return exact or next((code for code, known in words.items() if any(word in folded for word in known)), None)
