import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopdesk.base import phones

FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "places"
with (FIXTURES / "phone_cases.csv").open(encoding="utf-8", newline="") as rows:
    CASES = list(csv.DictReader(rows))


def e164s(raw, country="RU"):
    return [phone.e164 for phone in phones.read(raw, country)]


def test_all_cases_are_here():
    assert len(CASES) == 42


@pytest.mark.parametrize("case", CASES, ids=[f"{case['default_region']}-{case['raw']}" for case in CASES])
def test_a_phone_is_read_as_people_write_it(case):
    found = phones.read(case["raw"], case["default_region"])

    if not case["e164"]:
        assert found == []
        return
    [phone] = found
    assert phone.e164 == case["e164"]
    assert str(phone.valid) == case["valid"]
    assert phone.type == case["type"]
    assert " ".join(phone.zones[:3]) == case["zones_first3"]
    assert phone.dialable == phone.valid


@pytest.mark.parametrize(
    "raw",
    [
        "8 916 444-55-66, 8 495 123-45-67",
        "8 916 444-55-66; +7 (495) 123-45-67",
        "8 916 444-55-66 или 8 495 123-45-67",
        "89164445566 84951234567",
        "8 916 444 55 66 / 8 495 123 45 67",
        "моб. 8 916 444 55 66\nдом. 8 495 123 45 67 Анна",
        "00 7 916 444-55-66, 8 495 123-45-67",
    ],
)
def test_two_phones_in_one_field_are_two_phones(raw):
    assert e164s(raw) == ["+79164445566", "+74951234567"]


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("8 495 123 45 67, доб. 12", "RU", "+74951234567"),
        ("00 359 88 812 3456", "RU", "+359888123456"),
        ("+8 916 444 55 66", "RU", "+79164445566"),
        ("8/916/4445566", "RU", "+79164445566"),
        ("79164445566", "BG", "+79164445566"),
        ("030/123456", "DE", "+4930123456"),
        ("8 916 444-55-66 Анна", "RU", "+79164445566"),
        ("8 916 444 55 66 Anna", "RU", "+79164445566"),
        ("\u202a8 916\u00a0444\u201155\u201166\u202c", "RU", "+79164445566"),
        ("тел. 8-800-555-35-35", "RU", "+78005553535"),
        ("9161234567; 9161234567", "RU", "+79161234567"),
    ],
)
def test_one_phone_stays_one_phone(raw, country, e164):
    assert e164s(raw, country) == [e164]


@pytest.mark.parametrize("raw", ["", " ", "нет", "позвонить после 18", "кв 12", "\x00", "\ud83d", "+", "8" * 5000])
def test_what_cannot_be_read_is_no_phone(raw):
    assert phones.read(raw, "RU") == []


def test_a_phone_that_cannot_exist_is_shown_but_not_called():
    [phone] = phones.read("(555) 555-5555", "US")

    assert (phone.e164, phone.valid, phone.dialable) == ("+15555555555", False, False)


@given(st.text(max_size=300), st.sampled_from(["RU", "BG", "US", "DE", "KZ"]))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_the_reading(raw, country):
    for phone in phones.read(raw, country):
        assert phone.e164.startswith("+")
        assert phone.e164[1:].isdigit()


@pytest.mark.parametrize(
    ("e164", "zone"),
    [
        ("+74232223344", "Asia/Vladivostok"),
        ("+77272581234", "Asia/Almaty"),
        ("+359888123456", "Europe/Sofia"),
        ("+375291234567", "Europe/Minsk"),
        ("+447400123456", "Europe/London"),
        ("+4915123456789", "Europe/Berlin"),
        ("+79164444567", None),
        ("+712345", None),
        ("", None),
    ],
)
def test_only_a_number_that_tells_its_zone_gives_one(e164, zone):
    assert phones.zone_of(e164) == zone


def test_a_masked_phone_hides_its_middle():
    assert phones.masked("+79164444567") == "+7916***4567"
    assert phones.masked("+3592981123") == "+35***23"
    assert phones.masked("+712345") == "***"


def test_any_fragment_of_four_digits_is_the_start_of_an_ending():
    endings = phones.suffixes("+79164444567")
    digits = "79164444567"

    for start in range(8):
        for end in range(start + 4, 12):
            assert any(ending.startswith(digits[start:end]) for ending in endings)
    assert "89164444567" in endings
    assert min(map(len, endings)) == 4
    assert not any(ending.startswith("8") for ending in phones.suffixes("+359288123456") if len(ending) == 12)
