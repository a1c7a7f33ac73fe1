import json
import time
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from urllib.parse import quote

import pytest
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.parsers import JSONParser

from shopdesk.base import refusals, strict
from shopdesk.base.errors import Malformed, TooLarge, UnsupportedMedia
from shopdesk.base.strict import text

RLO = "\u202e"


class Line(strict.StrictSerializer):
    sku = strict.IdentifierField()
    quantity = strict.QuantityField()
    price = strict.MoneyField()


class Order(strict.StrictSerializer):
    external_id = strict.IdentifierField(required=False)
    currency = strict.CurrencyField(required=False)
    name = strict.NameField(required=False)
    phone = strict.PhoneTextField(required=False)
    comment = strict.TextField(required=False, allow_blank=True)
    method = strict.ChoiceField(["courier", "post"], required=False)
    gift = strict.BooleanField(required=False)
    placed_at = strict.InstantField(required=False)
    ship_on = strict.DayField(required=False)
    tag = strict.CodeField(required=False)
    discount = strict.MoneyField(required=False, signed=True)
    items = Line(many=True, required=False, max_length=3, allow_empty=False)


class Batch(strict.StrictSerializer):
    orders = Order(many=True)


def refused(body, serializer=Order):
    reader = serializer(data=body)
    reader.is_valid()
    return [(error.pointer, error.code) for error in refusals.field_errors(reader.errors)]


def read(body):
    reader = Order(data=body)
    reader.is_valid(raise_exception=True)
    return reader.validated_data


def malformed(body):
    with pytest.raises(Malformed) as refusal:
        strict.parse_json(body)
    return [(error.pointer, error.code) for error in refusal.value.errors]


def composed(text):
    return unicodedata.normalize("NFC", text)


# Bodies


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        (b"[" * 100_000 + b"]" * 100_000, "", "too_deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "", "too_deep"),
        (b"[" + b"1," * 200_001 + b"1]", "", "too_many_items"),
        (rb'{"raw": {"note": "\ud83d"}}', "/raw/note", "invalid_characters"),
        (rb'{"raw": ["a\u0000b"]}', "/raw/0", "invalid_characters"),
        (rb'{"note": "a\u0007"}', "/note", "invalid_characters"),
        (rb'{"note": "a\u0085"}', "/note", "invalid_characters"),
        (rb'{"note": "a\rb"}', "/note", "invalid_characters"),
        (rb'{"note": "\ufdd0"}', "/note", "invalid_characters"),
        (rb'{"note": "\ud83f\udfff"}', "/note", "invalid_characters"),
        (rb'{"a\u0000": 1}', "", "invalid_characters"),
        (b'{"price": NaN}', "/price", "invalid_number"),
        (b'{"price": -Infinity}', "/price", "invalid_number"),
        (b'{"price": 1e400}', "/price", "invalid_number"),
        (b'{"price": 1e-400}', "/price", "invalid_number"),
        (b'{"price": 0.' + b"1" * 5000 + b"}", "/price", "invalid_number"),
        (b'{"n": ' + b"9" * 21 + b"}", "/n", "invalid_number"),
        (b'{"n": ' + b"9" * 100_000 + b"}", "/n", "invalid_number"),
        (b'{"items": [{"a/b": 1, "a/b": 2}]}', "/items/0/a~1b", "duplicate_key"),
        ('{"\u00e9": 1, "e\u0301": 2}'.encode(), "/\u00e9", "duplicate_key"),
        (b'{"a": 1} x', "", "not_json"),
        (b'{"a": "open', "", "not_json"),
        (b"", "", "not_json"),
        ('{"a": 1}'.encode("utf-16"), "", "not_utf8"),
        ('{"a": "Анна"}'.encode("cp1251"), "", "not_utf8"),
        (b'"\xed\xa0\x80"', "", "not_utf8"),
    ],
)
def test_a_body_that_means_nothing_is_refused(body, pointer, code):
    """V2.2.1."""
    assert (pointer, code) in malformed(body)


@pytest.mark.parametrize(
    "body", [rb'{"a": "\ud83d"}', rb'{"a": "\u0000"}', b'{"a": 1, "a": 2}', b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}"]
)
def test_the_framework_s_own_parser_lets_them_through(body):
    assert "a" in JSONParser().parse(BytesIO(body))


def test_all_errors_of_a_body_are_told_at_once():
    assert malformed(b'{"a": NaN, "b": ["\\u0000", 1e999], "a": 2}') == [
        ("/a", "duplicate_key"),
        ("/b/0", "invalid_characters"),
        ("/b/1", "invalid_number"),
    ]


def test_an_ordinary_body_is_read_exactly():
    body = (
        b'\xef\xbb\xbf{"price": 0.30, "n": 3, "big": 12345678901234567890, "text": "a\\r\\n\\tb", "deep": "[[[[{{{{"}'
    )

    assert strict.parse_json(body) == {
        "price": Decimal("0.30"),
        "n": 3,
        "big": 12345678901234567890,
        "text": "a\n\tb",
        "deep": "[[[[{{{{",
    }
    assert strict.parse_json('"e\u0301"'.encode()) == "\u00e9"
    assert strict.parse_json(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert strict.parse_json(b"[" * 32 + b"]" * 32)


@pytest.mark.parametrize("body", [b'"' + b'\\"' * 499_000, b'"' * 999_999, b"{" * 999_999, b"\\" * 999_999])
def test_a_hostile_megabyte_takes_no_longer_than_an_honest_one(body):
    began = time.perf_counter()
    malformed(body)
    assert time.perf_counter() - began < 3


@given(st.binary(max_size=60) | st.text(alphabet='[]{}",:\\u0d8eNa1-\ud83d\x00 ', max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_body_breaks_the_parser(body):
    raw = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    try:
        value = strict.parse_json(raw)
    except Malformed:
        return
    json.dumps(value, default=str).encode()


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.text(st.characters(categories=["L", "N"])).map(composed),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~", max_size=3), inner, max_size=4),
        max_leaves=20,
    )
)
@settings(max_examples=100, deadline=None)
def test_what_is_clean_comes_through_whole(value):
    assert strict.parse_json(json.dumps(value).encode()) == value
    assert strict.parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


def test_a_body_over_the_limit_is_too_large():
    with pytest.raises(TooLarge):
        strict.parse_json(b'"' + b"a" * 3_000_000 + b'"')


class Announced:
    META = {"CONTENT_LENGTH": "3000000"}


class Unreadable:
    def read(self, size):
        raise AssertionError("the announced length was enough to refuse")


def test_a_body_announced_as_too_large_is_not_even_read():
    with pytest.raises(TooLarge):
        strict.StrictJSONParser().parse(Unreadable(), "application/json", {"request": Announced()})


@pytest.mark.parametrize("charset", ["nonsense", "utf-16", "cp1251"])
def test_another_character_set_is_not_read(charset):
    with pytest.raises(UnsupportedMedia):
        strict.StrictJSONParser().parse(BytesIO(b"{}"), f"application/json; charset={charset}")


def test_the_usual_character_set_may_be_named():
    assert strict.StrictJSONParser().parse(BytesIO(b"{}"), 'application/json; charset="UTF-8"') == {}


# Fields


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"unknown": 1}, [("/unknown", "unknown_field")]),
        ([], [("", "invalid_type")]),
        ("text", [("", "invalid_type")]),
        ({"external_id": f"S{RLO}1"}, [("/external_id", "invalid_characters")]),
        ({"external_id": "S\u200b1"}, [("/external_id", "invalid_characters")]),
        ({"external_id": " S1"}, [("/external_id", "invalid_characters")]),
        ({"external_id": "S\n1"}, [("/external_id", "invalid_characters")]),
        ({"external_id": "S" * 65}, [("/external_id", "too_long")]),
        ({"external_id": ""}, [("/external_id", "required")]),
        ({"external_id": None}, [("/external_id", "required")]),
        ({"external_id": 7}, [("/external_id", "invalid_type")]),
        ({"name": f"A{RLO}nna"}, [("/name", "invalid_characters")]),
        ({"name": "A\nnna"}, [("/name", "invalid_characters")]),
        ({"comment": "c" * 4001}, [("/comment", "too_long")]),
        ({"method": "drone"}, [("/method", "invalid_choice")]),
        ({"method": 1}, [("/method", "invalid_type")]),
        ({"gift": "true"}, [("/gift", "invalid_type")]),
        ({"gift": 1}, [("/gift", "invalid_type")]),
        ({"tag": "тег"}, [("/tag", "invalid_characters")]),
        ({"currency": "EURO"}, [("/currency", "invalid_choice")]),
        ({"placed_at": "2026-03-29T02:30:00"}, [("/placed_at", "naive_datetime")]),
        ({"placed_at": "2026-02-30T02:30:00Z"}, [("/placed_at", "invalid_type")]),
        ({"placed_at": "0001-01-01T00:00:00+03:00"}, [("/placed_at", "min_value")]),
        ({"placed_at": 1764000000}, [("/placed_at", "invalid_type")]),
        ({"ship_on": "2026-02-29"}, [("/ship_on", "invalid_type")]),
        ({"ship_on": "2026-W08-1"}, [("/ship_on", "invalid_type")]),
        ({"items": []}, [("/items", "too_few_items")]),
        ({"items": {}}, [("/items", "invalid_type")]),
        ({"items": [{}] * 4}, [("/items", "too_many_items")]),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_its_place(body, expected):
    """V15.3.5."""
    assert refused(body) == expected


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("1", "invalid_type"),
        (Decimal("1.0"), "invalid_type"),
        (1.0, "invalid_type"),
        (True, "invalid_type"),
        ("١٢", "invalid_type"),
        (0, "min_value"),
        (-1, "min_value"),
        (100_001, "max_value"),
        (2_147_483_648, "max_value"),
    ],
)
def test_a_quantity_is_a_whole_json_number(quantity, code):
    """V1.4.2."""
    line = {"sku": "A", "quantity": quantity, "price": "1.00"}

    assert refused({"items": [line]}) == [("/items/0/quantity", code)]


@pytest.mark.parametrize("quantity", ["1", 1.0, "١٢", 2_147_483_648])
def test_the_framework_s_own_integer_lets_them_through(quantity):
    assert serializers.IntegerField().run_validation(quantity)


@pytest.mark.parametrize(
    ("price", "currency", "code"),
    [
        ("-5.00", "EUR", "min_value"),
        ("1e2", "EUR", "invalid_type"),
        ("１２.５０", "EUR", "invalid_type"),
        (" 1.00", "EUR", "invalid_type"),
        ("1,00", "EUR", "invalid_type"),
        ("", "EUR", "invalid_type"),
        (".5", "EUR", "invalid_type"),
        ("NaN", "EUR", "invalid_type"),
        (5, "EUR", "invalid_type"),
        (Decimal("5.00"), "EUR", "invalid_type"),
        ("0.30000000000000004", "EUR", "too_many_digits"),
        ("1290.00", "JPY", "too_many_digits"),
        ("10000000000.01", "EUR", "max_value"),
        ("1.23456", None, "too_many_digits"),
    ],
)
def test_a_price_is_a_plain_decimal_of_its_currency(price, currency, code):
    body = {"items": [{"sku": "A", "quantity": 1, "price": price}]} | ({"currency": currency} if currency else {})

    assert refused(body) == [("/items/0/price", code)]


@pytest.mark.parametrize("price", ["-5.00", "1e2", "１２.５０"])
def test_the_framework_s_own_decimal_lets_them_through(price):
    assert serializers.DecimalField(max_digits=12, decimal_places=2).run_validation(price)


def test_in_a_batch_every_order_has_its_own_currency():
    line = {"sku": "A", "quantity": 1, "price": "1.50"}
    orders = [{"currency": "EUR", "items": [line]}, {"currency": "JPY", "items": [line]}]

    assert refused({"orders": orders}, Batch) == [("/orders/1/items/0/price", "too_many_digits")]


def test_all_errors_are_told_at_once():
    body = {"items": [{"sku": "A", "quantity": 0, "price": "x", "colour": "red"}, {}], "gift": 0, "extra": 1}

    assert sorted(refused(body)) == [
        ("/extra", "unknown_field"),
        ("/gift", "invalid_type"),
        ("/items/0/colour", "unknown_field"),
        ("/items/0/price", "invalid_type"),
        ("/items/0/quantity", "min_value"),
        ("/items/1/price", "required"),
        ("/items/1/quantity", "required"),
        ("/items/1/sku", "required"),
    ]


def test_good_values_come_through():
    assert read(
        {
            "external_id": "S-1042/Ж",
            "currency": "RUB",
            "name": " Анна Смирнова ",
            "phone": "\u202a8 (916) 123-45-67\u202c",
            "comment": "позвонить\r\nпосле \u206618\u2069",
            "method": "courier",
            "gift": False,
            "placed_at": "2026-11-21T10:15:00.1234567+03:00",
            "ship_on": "2028-02-29",
            "tag": "utm_2026-11:a.b",
            "discount": "-0.50",
            "items": [{"sku": "85123A", "quantity": 100_000, "price": "129.00"}],
        }
    ) == {
        "external_id": "S-1042/Ж",
        "currency": "RUB",
        "name": "Анна Смирнова",
        "phone": "8 (916) 123-45-67",
        "comment": "позвонить\nпосле \u206618\u2069",
        "method": "courier",
        "gift": False,
        "placed_at": datetime(2026, 11, 21, 7, 15, 0, 123456, tzinfo=UTC),
        "ship_on": date(2028, 2, 29),
        "tag": "utm_2026-11:a.b",
        "discount": Decimal("-0.50"),
        "items": [{"sku": "85123A", "quantity": 100_000, "price": Decimal("129.00")}],
    }


# Raw doors, forms, CSV


def test_a_raw_door_cleans_and_says_so():
    """V1.3.3."""
    assert strict.clean_text("a\x00b\u200b\u202ec\ud83d\x85") == ("abc\ufffd", True)
    assert strict.clean_text("Анна\r\nул. Садовая\r1") == ("Анна\nул. Садовая\n1", False)
    assert strict.clean_text("\ud83d\ude00") == ("\U0001f600", True)
    assert strict.clean_text("e\u0301") == ("\u00e9", False)


def test_what_can_be_printed_has_nothing_that_is_dropped():
    """So it need not be searched for each of them: true of every character that there is."""
    printed = "".join(character for character in map(chr, range(0x110000)) if character.isprintable())

    assert len(printed) > 100_000
    for dropped in (text.BROKEN, text.BIDI, text.ZERO_WIDTH, text.LINE_BREAKS, text.BIDI_OVERRIDES):
        assert dropped.search(printed) is None
    assert "\r" not in printed
    assert strict.clean_text(printed) == (unicodedata.normalize("NFC", printed), False)


@given(st.text(st.characters(codec=None), max_size=80))
def test_a_raw_door_never_fails_for_a_character(raw):
    cleaned, _changed = strict.clean_text(raw)

    cleaned.encode()
    assert "\x00" not in cleaned
    assert strict.clean_text(cleaned) == (cleaned, False)


def test_a_form_cleans_what_people_read():
    assert strict.clean_form_text("\ufeff Анна\u200b\r\nСмирнова ") == "Анна\nСмирнова"


def test_a_form_refuses_an_identifier_that_is_not_what_it_seems():
    assert strict.form_identifier("\ufeffS-1 ") == "S-1"
    with pytest.raises(Malformed):
        strict.form_identifier(f"S{RLO}1")
    with pytest.raises(Malformed):
        strict.form_identifier("S" * 65)


# Query strings


def query(written):
    return RequestFactory().get("/", QUERY_STRING=quote(written, safe="=&+%")).GET


def query_errors(written, allowed=("q", "limit")):
    with pytest.raises(Malformed) as refusal:
        strict.check_query(query(written), allowed)
    return [(error.pointer, error.code) for error in refusal.value.errors]


def test_a_query_is_walked_like_a_body():
    """V1.1.1."""
    assert strict.check_query(query("q=%D0%90+b&limit=5"), ["q", "limit", "cursor"]) == {"q": "А b", "limit": "5"}
    assert query_errors("q=%00") == [("?q", "invalid_characters")]
    assert query_errors("order__status=new&q=1&q=2") == [("?order__status", "unknown_field"), ("?q", "duplicate_key")]
    assert query_errors("q=" + "a" * 501) == [("?q", "too_long")]


def test_a_query_is_read_in_its_kinds_and_refused_at_once():
    """V15.3.7."""
    reader = strict.QueryReader(
        query("limit=٥&status=odd&from=2026-13-01&at=2026-11-21T10:00:00"), ["limit", "status", "from", "at"]
    )
    assert reader.whole("limit", 50, min_value=1, max_value=200) == 50
    assert reader.choice("status", ["new"]) == ""
    assert reader.day("from") is None
    assert reader.instant("at") is None

    with pytest.raises(Malformed) as refusal:
        reader.finish()

    assert [(error.pointer, error.code) for error in refusal.value.errors] == [
        ("?limit", "invalid_type"),
        ("?status", "invalid_choice"),
        ("?from", "invalid_type"),
        ("?at", "naive_datetime"),
    ]


def test_a_good_query_gives_values():
    reader = strict.QueryReader(
        query("limit=200&at=2026-11-21T10:00:00+03:00&from=2026-11-01"), ["limit", "at", "from"]
    )

    assert reader.whole("limit", 50, max_value=200) == 200
    assert reader.instant("at") == datetime(2026, 11, 21, 7, tzinfo=UTC)
    assert reader.day("from") == date(2026, 11, 1)
    reader.finish()
