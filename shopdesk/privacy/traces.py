"""What a person leaves in a text: the phone in any spelling, the mail, the name beside the address."""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import phonenumbers

from shopdesk.privacy.person import Person

TAKEN_OUT = "[…]"
BETWEEN = r"[^\w+]{0,3}"  # what people put between digits: blanks, dashes, dots, brackets
BEFORE = r"(?<!\d)(?:(?:\+|00)?" + BETWEEN + r"{country}" + BETWEEN + r"|[08]" + BETWEEN + r")?"
FEWEST_DIGITS = 6


class Traces:
    """Finds a person's traces in texts, and takes them out."""

    def __init__(self, phones: Iterable[str], mails: Iterable[str], homes: Sequence[tuple[str, str]] = ()) -> None:
        patterns = [pattern for phone in phones if (pattern := _spellings(phone))]
        patterns += [r"(?<![\w.+-])" + re.escape(mail) + r"(?![\w-])" for mail in mails]
        self._pattern = re.compile("|".join(patterns) or r"(?!)", re.IGNORECASE)
        self._homes = [(_words(name), _words(street)) for name, street in homes if name.strip() and street.strip()]

    @classmethod
    def of(cls, person: Person) -> "Traces":
        """Give the traces of a person."""
        return cls(person.phones, person.mails, person.homes)

    def are_in(self, value: Any) -> bool:
        """Tell whether a value (text, bytes, or what JSON holds) says the phone, the mail, or the name and address."""
        text = _text(value)
        return bool(text) and (self._pattern.search(_plain_digits(text)) is not None or self._names(text))

    def taken_out(self, value: Any) -> Any:
        """Give the value without them; a text with the name and the address together is emptied whole."""
        if isinstance(value, dict):
            return {key: self.taken_out(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.taken_out(one) for one in value]
        if not isinstance(value, str) or not value:
            return value
        return "" if self._names(value) else self._pattern.sub(TAKEN_OUT, _plain_digits(value))

    def _names(self, text: str) -> bool:
        if not self._homes:
            return False
        said = set(_words(text))
        return any(said.issuperset(name) and said.issuperset(street) for name, street in self._homes)


def _spellings(e164: str) -> str:
    """A pattern for every way to write a number: with or without the country, a trunk 0 or 8, any marks between."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    digits = phonenumbers.national_significant_number(number)
    if len(digits) < FEWEST_DIGITS:
        return ""
    country = BETWEEN.join(str(number.country_code))
    return BEFORE.replace("{country}", country) + BETWEEN.join(digits) + r"(?!\d)"


def _plain_digits(text: str) -> str:
    """The text with digits of other scripts as ASCII ones, each in its place."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(one)) if not one.isascii() and one.isdecimal() else one for one in text)


def _words(text: str) -> list[str]:
    return re.findall(r"\w{2,}", text.casefold())


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "ignore")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else str(value)
