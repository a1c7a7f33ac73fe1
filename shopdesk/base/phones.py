"""Phones as people write them, read into E.164; the raw text always stays with the order."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import phonenumbers
from babel.core import get_global
from babel.languages import get_official_languages
from phonenumbers import Leniency, NumberParseException, PhoneNumber, PhoneNumberMatcher, PhoneNumberType
from phonenumbers import timezone as phone_zones

from shopdesk.base import dialling

LONGEST_FIELD = 250
MOST_PHONES = 5
FEWEST_DIGITS = 5
UNKNOWN_ZONE = "Etc/Unknown"
MOST_DIGITS_OF_ONE = 12  # of a plain spelling: too few for two that can be dialled
REMEMBERED = 10_000  # phones whose zone and language this process knows: the same few are asked about all day
# Marks that browsers and messengers paste along with a number: bidi controls, zero-width characters, byte order mark.
INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
BETWEEN = re.compile(r"[,;|/\\\n]|\b(?:или|либо|и|та|або|or|and)\b", re.IGNORECASE)
COUNTRIES_WITH_TRUNK_8 = {"RU", "KZ"}
NOBODY_ANSWERS = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST, PhoneNumberType.PAGER}
# Two days far apart in the year: zones that agree on both keep the same clock for a call.
WINTER, SUMMER = datetime(2025, 1, 15, 12, tzinfo=UTC), datetime(2025, 7, 15, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Phone:
    """One phone; `dialable` means that calling it makes sense."""

    e164: str
    valid: bool
    type: str
    dialable: bool

    # Intake asks for neither: both are looked up only for whoever does, as reading the number took half as long again.
    @property
    def region(self) -> str:
        """The country it is of, as far as its plan tells."""
        return phonenumbers.region_code_for_number(_number(self.e164)) or ""

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that the number may be in."""
        return tuple(phone_zones.time_zones_for_number(_number(self.e164)))


def read(raw: str, country: str) -> list[Phone]:
    """The phones in one field, in its order; none when it cannot be read. `country` is the shop's (ISO 3166).

    An extension is not part of the number. Numbers that cannot exist are given (not valid, not dialable) only when
    there is no better one, so that the person sees what was understood.
    """
    text = INVISIBLE.sub("", raw)[:LONGEST_FIELD].strip()
    if (one := _read_one(text, country)) is not None:
        return [one]  # what the readings below would find too, at a tenth of their cost
    whole = _parse(text, country)
    readings = [
        _valid([whole]),
        _valid(_parse(part, country) for part in BETWEEN.split(text)),
        _valid(match.number for match in PhoneNumberMatcher(text, country, leniency=Leniency.VALID)),
    ]
    # Most phones win; on a tie the whole field does, since "030/123456" is one phone and not two.
    best = max(readings, key=len)
    if not best and whole is not None and len(str(whole.national_number)) >= FEWEST_DIGITS:
        return [_phone(whole)]
    return [_phone(number) for number in best[:MOST_PHONES]]


def _read_one(text: str, country: str) -> Phone | None:
    """Give the one valid number of a plain spelling."""
    if dialling.PLAIN.fullmatch(text) is None or sum(map(str.isdigit, text)) > MOST_DIGITS_OF_ONE:
        return None
    for read_it in (dialling.read, _parse):
        number = read_it(text, country)
        if number is not None and (one := _phone(number)).valid:
            return one
    return None


def _number(e164: str) -> PhoneNumber:
    """Give a number as it is stored. Raises NumberParseException."""
    return dialling.read(e164, "") or phonenumbers.parse(e164)


@lru_cache(maxsize=REMEMBERED)
def zone_of(e164: str) -> str | None:
    """The zone a number's owner lives by, or None when the number does not tell.

    A mobile number tells it only in a country that keeps one clock; a geographic one tells its own city's.
    """
    try:
        number = _number(e164)
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    of_country = _zones_of_country(phonenumbers.region_code_for_number(number) or "")
    if len(of_country) == 1:
        return of_country[0]
    of_number = [zone for zone in phone_zones.time_zones_for_number(number) if zone != UNKNOWN_ZONE]
    if len(of_number) == 1:
        return of_number[0]
    # Among zones that show the same time, one that the numbering plan names as well: Almaty rather than Aqtau.
    return _one_clock(of_country, of_number)


@lru_cache(maxsize=REMEMBERED)
def language_of(e164: str, preferred: str) -> str:
    """The language its owner is spoken to in: the preferred one where it is official, else the country's first."""
    try:
        return _language_in(phonenumbers.region_code_for_number(_number(e164)) or "", preferred)
    except NumberParseException:
        return preferred


@cache
def _language_in(region: str, preferred: str) -> str:
    official = get_official_languages(region, de_facto=True)
    return preferred if preferred in official or not official else str(official[0])[:5]


def masked(e164: str) -> str:
    """The number as a person sees it who need not know it: +7916***4567."""
    if len(e164) < 8:
        return "***"
    head, tail = (5, 4) if len(e164) >= 12 else (3, 2)
    return f"{e164[:head]}***{e164[-tail:]}"


def suffixes(e164: str) -> list[str]:
    """Every ending of at least 4 digits, longest first: a fragment is found as the start of one of them.

    A number of +7 is also found the way it is dictated, with a leading 8.
    """
    digits = e164.lstrip("+")
    endings = [digits[start:] for start in range(len(digits) - 3)]
    return [*endings, "8" + digits[1:]] if digits.startswith("7") and len(digits) == 11 else endings


def _parse(text: str, country: str) -> PhoneNumber | None:
    """Read one number: as the country writes it, else with the plus that was left out."""
    found = None
    for spelling in _spellings(text, country):
        try:
            number = phonenumbers.parse(spelling, country)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return number
        found = found or number
    return found


def _spellings(text: str, country: str) -> list[str]:
    """What the writer may have meant, likeliest first."""
    digits = re.sub(r"\D", "", text)
    spellings = [text]
    if digits.startswith("00"):
        spellings = ["+" + digits[2:], text]
    elif len(digits) == 11 and digits.startswith("8") and country in COUNTRIES_WITH_TRUNK_8:
        # "+8 916 …": the trunk 8 with a plus in front of it.
        spellings.append("+7" + digits[1:])
    if len(digits) >= 11:
        spellings.append("+" + digits)
    return spellings


def _valid(numbers: Iterable[PhoneNumber | None]) -> list[PhoneNumber]:
    """The numbers that exist, each once."""
    once = {_e164(number): number for number in numbers if number and phonenumbers.is_valid_number(number)}
    return list(once.values())


def _phone(number: PhoneNumber) -> Phone:
    """Describe a number in the desk's words."""
    kind = phonenumbers.number_type(number)
    valid = kind != PhoneNumberType.UNKNOWN  # a number that exists has a kind, and asking once is half the cost
    # Where the two cannot be told apart (North America) a message may reach it, so it counts as a mobile one.
    shown = PhoneNumberType.MOBILE if kind == PhoneNumberType.FIXED_LINE_OR_MOBILE else kind
    return Phone(
        e164=_e164(number),
        valid=valid,
        type=PhoneNumberType.to_string(shown),
        dialable=valid and kind not in NOBODY_ANSWERS,
    )


def _e164(number: PhoneNumber) -> str:
    """The number as it is stored."""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _zones_of_country(region: str) -> list[str]:
    """The zones a country keeps, by CLDR."""
    return list(get_global("territory_zones").get(region, ()))


def _one_clock(zones: list[str], likely: list[str]) -> str | None:
    """One of the zones when they all show the same time, a likely one if there is any, else None."""
    if len({_clock_of(zone) for zone in zones}) != 1:
        return None
    return next((zone for zone in likely if zone in zones), zones[0])


@cache
def _clock_of(zone: str) -> tuple[timedelta | None, ...]:
    """How far a zone is from UTC in winter and in summer."""
    return tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in (WINTER, SUMMER))
