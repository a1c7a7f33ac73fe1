"""Money is whole minor units with a currency beside it; the digits of a currency are those of ISO 4217."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext

from babel.numbers import list_currencies
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import FieldError, Malformed

MAX_MINOR = 10**12
PLAIN = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,20})?")
# Babel's own precision is the one for showing (it gives the Serbian dinar none), not the one of ISO 4217.
WITHOUT_DIGITS = {
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "ISK",
    "JPY",
    "KMF",
    "KRW",
    "PYG",
    "RWF",
    "UGX",
    "UYI",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
}
DIGITS = dict.fromkeys(WITHOUT_DIGITS, 0) | {
    "BHD": 3,
    "IQD": 3,
    "JOD": 3,
    "KWD": 3,
    "LYD": 3,
    "OMR": 3,
    "TND": 3,
    "CLF": 4,
    "UYW": 4,
}
# Currencies of the past are known too: a replayed history has them.
KNOWN = frozenset(list_currencies())


class UnknownCurrency(Malformed):
    """The currency is not one of ISO 4217."""

    def __init__(self, pointer: str = "/currency") -> None:
        super().__init__([FieldError(pointer, self.code, _("This is not a currency code of ISO 4217."))])


class NotMoney(Malformed):
    """The amount is not a plain decimal number, or has more digits than its currency, or is out of all proportion."""

    def __init__(self, pointer: str, code: str) -> None:
        super().__init__([FieldError(pointer, code, NOT_MONEY[code])])


NOT_MONEY = {
    "invalid_type": _("An amount is a plain decimal number, such as 1290.00."),
    "too_many_digits": _("The amount has more digits after the point than its currency has."),
    "max_value": _("The amount is too large."),
}


def digits(currency: str) -> int:
    """How many digits the currency has after the point. Raises UnknownCurrency."""
    if currency not in KNOWN:
        raise UnknownCurrency
    return DIGITS.get(currency, 2)


def to_minor(amount: Decimal | str, currency: str, *, pointer: str = "") -> int:
    """The amount in minor units, exactly. Raises NotMoney when the currency has fewer digits than the amount."""
    scaled = _scale(amount, currency, pointer)
    if _places(amount) > digits(currency):
        raise NotMoney(pointer, "too_many_digits")
    return _within(int(scaled), pointer)


def round_to_minor(amount: Decimal | str, currency: str, *, pointer: str = "") -> int:
    """The nearest minor units, halves away from zero: for storefronts that send "0.4500"."""
    return _within(int(_scale(amount, currency, pointer).to_integral_value(ROUND_HALF_UP)), pointer)


def from_minor(minor: int, currency: str) -> str:
    """The amount as people and the API write it: "1290.00", JPY "1290"."""
    places = digits(currency)
    if not places:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{places}d}"


def share(total_minor: int, parts: int) -> list[int]:
    """Split into equal parts; the odd units go to the first ones."""
    return allocate(total_minor, [1] * parts)


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split by weights so that the parts sum exactly (largest remainder, the earlier part wins a tie).

    Weights that are all zero share equally. Raises ValueError for a negative weight or for nothing to share among.
    """
    if not weights or min(weights) < 0:
        raise ValueError("allocate needs weights, none of them negative")
    whole = sum(weights)
    if not whole:
        return share(total_minor, len(weights))
    sign = -1 if total_minor < 0 else 1
    parts = [abs(total_minor) * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(abs(total_minor) * weights[i] % whole))
    for i in by_remainder[: abs(total_minor) - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]


def part_of(total_minor: int, done: int, whole: int) -> int:
    """What `done` of `whole` pieces come to, rounded on the running sum.

    The price of the pieces delivered now is `part_of(…, after, …) - part_of(…, before, …)`: however a line is
    delivered in parts, the parts sum to the line.
    """
    if not 0 <= done <= whole or not whole:
        raise ValueError("part_of needs 0 <= done <= whole, and a whole")
    sign = -1 if total_minor < 0 else 1
    return sign * ((2 * abs(total_minor) * done + whole) // (2 * whole))


def _scale(amount: Decimal | str, currency: str, pointer: str) -> Decimal:
    """The amount times ten to the currency's digits, still exact."""
    if isinstance(amount, str):
        if not PLAIN.fullmatch(amount):
            raise NotMoney(pointer, "invalid_type")
        amount = Decimal(amount)
    if not amount.is_finite():
        raise NotMoney(pointer, "invalid_type")
    if amount and abs(amount.adjusted()) > 30:
        raise NotMoney(pointer, "max_value" if amount.adjusted() > 0 else "too_many_digits")
    with localcontext(prec=80):
        return amount.scaleb(digits(currency))


def _places(amount: Decimal | str) -> int:
    """Digits written after the point; trailing zeros count, since the currency's own digits are asked for."""
    exponent = Decimal(amount).as_tuple().exponent
    return -exponent if isinstance(exponent, int) and exponent < 0 else 0


def _within(minor: int, pointer: str) -> int:
    """Refuse amounts that no shop has: they would overflow a column or a sum."""
    if abs(minor) > MAX_MINOR:
        raise NotMoney(pointer, "max_value")
    return minor
