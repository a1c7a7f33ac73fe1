"""Reading what shops send: nothing is refused for a character, a missing field or a strange number; all is cleaned."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from html import unescape
from typing import Any

from shopdesk.base.errors import DomainError, Malformed
from shopdesk.base.money import KNOWN, round_to_minor
from shopdesk.base.strict import clean_text

MOST_LINES = 5_000
MOST_PIECES = 100_000
MOST_MINOR = 10**12
LONGEST_NUMBER = 40
NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
LENGTHS = {
    "name": 300, "email": 254, "phone": 200, "text": 1_000, "notes": 1_000, "comment": 4_000, "region": 100,
    "postcode": 20, "city": 150, "street": 200, "house": 40, "flat": 40, "sku": 64, "id": 64, "title": 500,
}  # fmt: skip


class Unreadable(DomainError):
    """It is not written in a way that the desk reads. `reason`: a stable word."""

    def __init__(self, reason: str) -> None:
        super().__init__(detail={"reason": reason})
        self.reason = reason


def read_json(body: str) -> Any:
    """Read JSON as shops write it. Decimals stay exact. Raises Unreadable."""
    try:
        return json.loads(body, parse_float=_decimal, parse_int=_whole, parse_constant=lambda _word: None, strict=False)
    except (ValueError, RecursionError):
        raise Unreadable("not_json") from None


class Reader:
    """Walks one object of a body; remembers whether anything had to be cleaned."""

    def __init__(self, value: Any, cleaned: "list[bool] | None" = None) -> None:
        self.value: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        self.cleaned = cleaned if cleaned is not None else []

    def __bool__(self) -> bool:
        return bool(self.value)

    def inner(self, key: str) -> "Reader":
        """The object under a key; an empty one when there is none."""
        return Reader(self.value.get(key), self.cleaned)

    def many(self, key: str) -> Iterator["Reader"]:
        """The objects of a list under a key. Raises Unreadable for more than the desk takes: half a list is a lie."""
        found = self.value.get(key)
        if isinstance(found, list) and len(found) > MOST_LINES:
            raise Unreadable("too_many")
        for one in found if isinstance(found, list) else []:
            yield Reader(one, self.cleaned)

    def text(self, key: str, kind: str = "name") -> str:
        """One value as text of a kind, cleaned and cut to what can be stored."""
        raw = self.value.get(key)
        if raw is None or isinstance(raw, bool | list | dict):
            return ""
        clean, changed = clean_text(unescape(str(raw)) if kind == "title" else str(raw))
        if changed:
            self.cleaned.append(True)
        if kind not in {"comment", "text", "notes"}:
            clean = " ".join(clean.split())
        return clean.strip()[: LENGTHS[kind]]

    def first(self, *keys: str, kind: str = "name") -> str:
        """The first of several values that says anything."""
        return next((text for key in keys if (text := self.text(key, kind))), "")

    def number(self, key: str) -> Decimal:
        """A number however it was written; 0 when it cannot be read."""
        return as_number(self.value.get(key))

    def minor(self, key: str, currency: str) -> int:
        """An amount in minor units, halves away from zero; 0 when it cannot be read."""
        return as_minor(self.number(key), currency)

    def moment(self, *keys: str) -> datetime | None:
        """The first of several moments that can be read; one without a zone is of UTC."""
        for key in keys:
            text = self.text(key)
            try:
                at = datetime.fromisoformat(text) if text else None
            except ValueError:
                continue
            if at is not None and 1970 <= at.year <= 2199:
                return at.replace(tzinfo=UTC) if at.tzinfo is None else at
        return None


def as_number(raw: Any) -> Decimal:
    """Read a number from JSON or from text; 0 for everything else."""
    if isinstance(raw, bool) or raw is None:
        return Decimal(0)
    text = str(raw).strip().replace(" ", "").replace("\u00a0", "")
    text = text.replace(",", ".") if "." not in text else text.replace(",", "")
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        return Decimal(0)
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)


def as_minor(amount: Decimal, currency: str) -> int:
    """Give minor units; 0 for an amount no shop has."""
    try:
        return round_to_minor(amount, currency)
    except Malformed:
        return 0


def known_currency(text: str, otherwise: str) -> str:
    """Give the currency that was named, or the channel's own."""
    code = text.strip().upper()
    return code if code in KNOWN else otherwise


def priced(quantity: int, total_minor: int, off_minor: int) -> tuple[int, int]:
    """Give the price of a piece before discount and the discount of the line, so that they make the total exactly.

    The total is the fact; what does not divide goes into the discount.
    """
    full = max(total_minor + max(off_minor, 0), 0)
    price = int((Decimal(full) / quantity).to_integral_value(ROUND_CEILING))
    return price, price * quantity - total_minor


def pieces(amount: Decimal, name: str) -> tuple[int, str]:
    """Give whole pieces and the line's name; a broken quantity is one piece that says how much."""
    if amount == amount.to_integral_value() and 1 <= amount <= MOST_PIECES:
        return int(amount), name
    return 1, f"{name} × {amount.normalize():f}"[: LENGTHS["title"]]


def joined(*parts: str, by: str = ", ") -> str:
    """Join what is not empty, each once."""
    return by.join(dict.fromkeys(part for part in parts if part))


def _decimal(literal: str) -> Decimal | None:
    return Decimal(literal) if len(literal) <= LONGEST_NUMBER else None


def _whole(literal: str) -> int | None:
    return int(literal) if len(literal) <= LONGEST_NUMBER else None
