"""The one strict parser: raw doors clean, forms and CSV clean or refuse, the JSON API refuses."""

from shopdesk.base.strict.bodies import read_body
from shopdesk.base.strict.documents import StrictJSONParser, parse_json, pointer_to
from shopdesk.base.strict.fields import (
    BooleanField,
    ChoiceField,
    CodeField,
    CurrencyField,
    DayField,
    IdentifierField,
    InstantField,
    MoneyField,
    NameField,
    PhoneTextField,
    QuantityField,
    StrictField,
    StrictSerializer,
    StrictText,
    TextField,
    WholeNumberField,
)
from shopdesk.base.strict.queries import QueryReader, StrictQueryMiddleware, check_query
from shopdesk.base.strict.text import clean_form_text, clean_text, form_identifier, read_whole

__all__ = [
    "BooleanField",
    "ChoiceField",
    "CodeField",
    "CurrencyField",
    "DayField",
    "IdentifierField",
    "InstantField",
    "MoneyField",
    "NameField",
    "PhoneTextField",
    "QuantityField",
    "QueryReader",
    "StrictField",
    "StrictJSONParser",
    "StrictQueryMiddleware",
    "StrictSerializer",
    "StrictText",
    "TextField",
    "WholeNumberField",
    "check_query",
    "clean_form_text",
    "clean_text",
    "form_identifier",
    "parse_json",
    "pointer_to",
    "read_body",
    "read_whole",
]
