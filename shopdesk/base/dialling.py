"""Phone numbers in plain spellings, read at a third of the library's own price and to the same end.

Only where its rules leave one reading: a plus and a country's code, or a number as its own country dials it. Of
anything else nothing is said here, and the library reads it. `phones` asks both; the rules are the library's.
"""

import re
from dataclasses import dataclass
from functools import cache

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata, PhoneNumber

PLAIN = re.compile(r"\+?[0-9() -]{7,24}")  # nothing stands between two numbers, nor after one
BETWEEN_DIGITS = str.maketrans("", "", "+() -")
FEWEST_DIGITS, MOST_DIGITS = 5, 15  # of a number within its country, and with its country's code
LONGEST_CODE = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """How a country dials. `trunk`: what stands before a number at home; None where more than that may stand there."""

    code: str
    trunk: str | None
    before: re.Pattern[str] | None  # whatever may stand before a number in this country, as the library finds it
    abroad: re.Pattern[str]
    numbers: re.Pattern[str]
    lengths: frozenset[int]


def read(text: str, country: str) -> PhoneNumber | None:
    """Give what the library would read, valid or not; None when its rules are needed. `country`: ISO 3166, or empty."""
    if not PLAIN.fullmatch(text):
        return None
    digits = text.translate(BETWEEN_DIGITS)
    if len(digits) > MOST_DIGITS:
        return None
    code, national = _from_abroad(digits) if text[0] == "+" else _from_home(digits, country)
    # A zero in front belongs to the number in some countries, which the library notes beside it.
    if len(national) < FEWEST_DIGITS or national[0] == "0":
        return None
    return PhoneNumber(country_code=int(code), national_number=int(national))


def _from_abroad(digits: str) -> tuple[str, str]:
    """Cut a number behind its country's code; nothing where a trunk prefix may stand behind that."""
    code = _code_of(digits[:LONGEST_CODE])
    plan = _plan(COUNTRY_CODE_TO_REGION_CODE[int(code)][0]) if code else None
    national = digits[len(code) :]
    if plan is None or (plan.before and plan.before.match(national)):
        return "", ""
    return code, national


def _from_home(digits: str, country: str) -> tuple[str, str]:
    """Take off what is dialled first at home; nothing where the digits may begin with a way abroad or a code."""
    plan = _plan(country)
    if plan is None or plan.trunk is None or plan.abroad.match(digits) or digits.startswith(("00", plan.code)):
        return "", ""
    if not plan.trunk or not digits.startswith(plan.trunk):
        return plan.code, digits
    national = digits[len(plan.trunk) :]
    is_one_with_it = plan.numbers.fullmatch(digits) is not None
    if len(national) not in plan.lengths or (is_one_with_it and not plan.numbers.fullmatch(national)):
        return "", ""
    return plan.code, national


@cache
def _code_of(begins: str) -> str:
    """Give the country's code that digits begin with: no code is the beginning of another."""
    found = (begins[:length] for length in range(1, LONGEST_CODE + 1))
    return next((code for code in found if int(code or 0) in COUNTRY_CODE_TO_REGION_CODE and code[0] != "0"), "")


@cache
def _plan(country: str) -> Plan | None:
    """Give how a country dials; None for one that the library does not know, and for codes that are no country's."""
    kept = PhoneMetadata.metadata_for_region(country, None) if country else None
    if kept is None or not kept.general_desc or not kept.general_desc.national_number_pattern:
        return None
    before = kept.national_prefix_for_parsing or ""
    is_plain = before == (kept.national_prefix or "") and not kept.national_prefix_transform_rule
    return Plan(
        code=str(kept.country_code),
        trunk=before if is_plain and (before.isdigit() or not before) else None,
        before=re.compile(before) if before else None,
        abroad=re.compile(kept.international_prefix or "NonMatch"),
        numbers=re.compile(kept.general_desc.national_number_pattern),
        lengths=frozenset(kept.general_desc.possible_length),
    )
