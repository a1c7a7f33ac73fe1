"""The fields of every JSON door. Nothing is guessed: "1" is not 1, 1.0 is not 1, a naive time is not a time."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from shopdesk.base import money
from shopdesk.base.errors import Malformed
from shopdesk.base.strict.text import BIDI, INVALID_CHARACTERS, fits_identifier, fits_name, unix_lines

MAX_QUANTITY = 100_000
MAX_COMMENT = 4_000
FIRST_YEAR, LAST_YEAR = 1970, 2199
AMOUNT = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,20})?")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
INSTANT = re.compile(
    r"(?P<wall>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class StrictField(serializers.Field[Any, Any, Any, Any]):
    """A field that takes one JSON type and turns it into no other."""

    default_error_messages = {
        "required": _("This is required."),
        "null": _("This may not be empty."),
        "invalid_type": _("This is not of the kind that belongs here."),
        "invalid_characters": INVALID_CHARACTERS,
        "too_long": _("This is too long."),
        "min_value": _("This is too small."),
        "max_value": _("This is too large."),
        "invalid_choice": _("This is not one of the possible values."),
    }

    def to_representation(self, value: Any) -> Any:
        """Answers show values as they are."""
        return value


class StrictText(StrictField):
    """A JSON string of at most `max_length` characters; the kinds of text differ in what they let in."""

    def __init__(self, *, max_length: int, allow_blank: bool = False, **options: Any) -> None:
        self.max_length = max_length
        self.allow_blank = allow_blank
        super().__init__(**options)

    def to_internal_value(self, value: Any) -> str:
        """The text, cleaned as its kind allows."""
        if not isinstance(value, str):
            self.fail("invalid_type")
        text = self.clean(value)
        if not text and not self.allow_blank:
            self.fail("required")
        if len(text) > self.max_length:
            self.fail("too_long")
        return text

    def clean(self, text: str) -> str:
        """One line of text that reads in the order it is written."""
        if not fits_name(text):
            self.fail("invalid_characters")
        return text.strip()


class NameField(StrictText):
    """A name or another line that people read: blanks around it go, bidi overrides are refused."""

    def __init__(self, *, max_length: int = 200, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)


class IdentifierField(StrictText):
    """What machines compare: no character that cannot be seen, no blanks around it."""

    def __init__(self, *, max_length: int = 64, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def clean(self, text: str) -> str:
        """The identifier untouched, or a refusal."""
        if not fits_identifier(text) or text != text.strip():
            self.fail("invalid_characters")
        return text


class CodeField(IdentifierField):
    """A machine's code: Latin letters, digits and `._:-`."""

    def clean(self, text: str) -> str:
        """The code untouched, or a refusal."""
        if text and not CODE.fullmatch(text):
            self.fail("invalid_characters")
        return text


class TextField(StrictText):
    """A comment or an address: several lines; isolates and marks stay."""

    def __init__(self, *, max_length: int = MAX_COMMENT, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def clean(self, text: str) -> str:
        """The text with line feeds."""
        return unix_lines(text).strip()


class PhoneTextField(StrictText):
    """A phone as it was written: it is kept and read later; only the bidi marks that were pasted along go."""

    def __init__(self, *, max_length: int = 64, **options: Any) -> None:
        super().__init__(max_length=max_length, **options)

    def clean(self, text: str) -> str:
        """The phone without bidi marks."""
        return super().clean(BIDI.sub("", text))


class ChoiceField(StrictText):
    """One of a few codes."""

    def __init__(self, choices: Collection[str], **options: Any) -> None:
        self.choices = {str(choice): str(choice) for choice in choices}
        super().__init__(max_length=64, **options)

    def clean(self, text: str) -> str:
        """The code, or a refusal."""
        if text not in self.choices and not (text == "" and self.allow_blank):
            self.fail("invalid_choice")
        return text


class BooleanField(StrictField):
    """true or false."""

    def to_internal_value(self, value: Any) -> bool:
        """The truth value itself."""
        if not isinstance(value, bool):
            self.fail("invalid_type")
        return value


class WholeNumberField(StrictField):
    """A JSON integer between two ends, both included."""

    def __init__(self, *, min_value: int = 0, max_value: int = 2_147_483_647, **options: Any) -> None:
        self.min_value = min_value
        self.max_value = max_value
        super().__init__(**options)

    def to_internal_value(self, value: Any) -> int:
        """The integer itself. A truth value is an integer to Python, not to the desk."""
        if not isinstance(value, int) or isinstance(value, bool):
            self.fail("invalid_type")
        if value < self.min_value:
            self.fail("min_value")
        if value > self.max_value:
            self.fail("max_value")
        return value


class QuantityField(WholeNumberField):
    """Pieces: 1 to 100,000."""

    def __init__(self, *, min_value: int = 1, max_value: int = MAX_QUANTITY, **options: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **options)


class MoneyField(StrictField):
    """A decimal string in plain digits, 0 or more unless `signed`; gives a Decimal.

    When a `currency` stands in the same object, or in one around it, the amount must fit that currency's digits.
    """

    default_error_messages = {**StrictField.default_error_messages, **money.NOT_MONEY}

    def __init__(self, *, signed: bool = False, **options: Any) -> None:
        self.signed = signed
        super().__init__(**options)

    def to_internal_value(self, value: Any) -> Decimal:
        """The amount, exactly as written."""
        if not isinstance(value, str) or not AMOUNT.fullmatch(value):
            self.fail("invalid_type")
        amount = Decimal(value)
        if amount < 0 and not self.signed:
            self.fail("min_value")
        try:
            # Without a currency in sight the widest one (4 digits) is taken; the desk checks again when it is known.
            money.to_minor(amount, self._currency() or "CLF")
        except Malformed as refusal:
            self.fail(refusal.errors[0].code)
        return amount

    def to_representation(self, value: Any) -> str:
        """The amount as text."""
        return str(value)

    def _currency(self) -> str | None:
        """The currency that stands nearest to this amount in the body."""
        above: Any = self.parent
        while above is not None:
            named = getattr(above, "body", {}).get("currency")
            if named is not None:
                # A wrong currency is refused in its own place, not in every amount.
                return named if isinstance(named, str) and named in money.KNOWN else None
            above = above.parent
        return None


class CurrencyField(StrictText):
    """A currency of ISO 4217."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=3, **options)

    def clean(self, text: str) -> str:
        """The code, or a refusal."""
        if text not in money.KNOWN:
            self.fail("invalid_choice")
        return text


class InstantField(StrictField):
    """A time of RFC 3339 with its offset; gives an aware datetime in UTC."""

    default_error_messages = {
        **StrictField.default_error_messages,
        "naive_datetime": _("The time needs an offset, such as +03:00."),
    }

    def to_internal_value(self, value: Any) -> datetime:
        """The instant; digits beyond the microsecond are dropped."""
        found = INSTANT.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            self.fail("invalid_type")
        if not found["offset"]:
            self.fail("naive_datetime")
        written = f"{found['wall']}{(found['fraction'] or '')[:7]}{found['offset']}".upper()
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            self.fail("invalid_type")
        if not FIRST_YEAR <= at.year <= LAST_YEAR:
            self.fail("min_value" if at.year < FIRST_YEAR else "max_value")
        return at.astimezone(UTC)

    def to_representation(self, value: Any) -> str:
        """The instant with its offset."""
        return str(value.isoformat())


class DayField(StrictField):
    """A calendar day, `2026-11-23`."""

    def to_internal_value(self, value: Any) -> date:
        """The day itself."""
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid_type")
        try:
            on = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid_type")
        if not FIRST_YEAR <= on.year <= LAST_YEAR:
            self.fail("min_value" if on.year < FIRST_YEAR else "max_value")
        return on

    def to_representation(self, value: Any) -> str:
        """The day as it is written."""
        return str(value.isoformat())


class StrictSerializer(serializers.Serializer[Any]):
    """An object of a JSON door: fields it does not know are refused, and all errors are told at once."""

    body: Mapping[str, Any] = {}  # while it is read: an amount looks for the currency beside it

    def to_internal_value(self, data: Any) -> Any:
        """The object's values."""
        self.body = data if isinstance(data, Mapping) else {}
        known = {name for name, field in self.fields.items() if not field.read_only}
        unknown = [name for name in self.body if name not in known]
        errors: dict[str, Any] = {
            str(name): [serializers.ErrorDetail(str(_("The desk does not know this field.")), "unknown_field")]
            for name in unknown
        }
        values: Any = None
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as refusal:
            errors = {**(refusal.detail if isinstance(refusal.detail, dict) else {"": refusal.detail}), **errors}
        finally:
            self.body = {}
        if errors:
            raise serializers.ValidationError(errors)
        return values
