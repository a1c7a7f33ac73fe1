"""The quick reading of plain phones ends where the library's own does, or says nothing."""

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from shopdesk.base import dialling

COUNTRIES = sorted(phonenumbers.SUPPORTED_REGIONS)
SPELLED = (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL)


def written(country: str, *, seed: int = 7) -> Iterator[str]:
    """Give numbers of a country as its books write them, and with digits changed, added or lost."""
    dice = random.Random(f"{country}{seed}")
    trunk, code = phonenumbers.ndd_prefix_for_region(country, True) or "", phonenumbers.country_code_for_region(country)
    for kind in PhoneNumberType.values():
        example = phonenumbers.example_number_for_type(country, kind)
        for spelled in SPELLED if example else ():
            text = phonenumbers.format_number(example, spelled)
            yield text
            for _time in range(6):
                yield _garbled(text, dice)
    for begins in ("", "+", trunk, "00", str(code), f"+{code}", f"+{code}{trunk}", f"{trunk}{code}"):
        for _time in range(4):
            yield f"{begins}{dice.randrange(10 ** dice.randint(5, 12))}"


def _garbled(text: str, dice: random.Random) -> str:
    marks = list(text)
    for place in dice.sample([place for place, mark in enumerate(marks) if mark.isdigit()], dice.randint(1, 3)):
        marks[place] = dice.choice("0123456789")
    if dice.random() < 0.4:
        marks.insert(dice.randrange(len(marks)), dice.choice("0123456789 -("))
    if dice.random() < 0.3:
        marks.pop(dice.randrange(len(marks)))
    return "".join(marks)


def disagreements(countries: list[str]) -> list[tuple[str, str]]:
    """Give what the two read differently, valid or not."""
    return [
        (country, text)
        for country in countries
        for text in written(country)
        if (quick := dialling.read(text, country)) is not None and quick != _by_the_library(text, country)
    ]


def _by_the_library(text: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None


def test_both_ways_agree_on_every_country():
    assert disagreements(COUNTRIES) == []


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("89161234567", "RU"), ("8 (916) 123-45-67", "RU"), ("+7 916 123-45-67", "RU"), ("9161234567", "RU"),
        ("0888 123 456", "BG"), ("+359888123456", "RU"), ("0501234567", "UA"), ("030 123456", "DE"),
    ],
)  # fmt: skip
def test_what_most_people_write_is_read_quickly(text, country):
    assert dialling.read(text, country) == phonenumbers.parse(text, country)


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("79161234567", "RU"),  # a code without its plus, or a number of that many digits: the library weighs it
        ("8108005553535", "RU"), ("00359888123456", "BG"), ("+39 06 698 12345", "IT"), ("+8000000000000000", "RU"),
        ("8 916 123-45-67 доб. 5", "RU"), ("911", "RU"), ("", "RU"), ("+", "RU"), ("89161234567", "XX"),
        ("+7 8 916 123 45 67", "RU"),
    ],
)  # fmt: skip
def test_whatever_needs_the_librarys_rules_is_left_to_it(text, country):
    assert dialling.read(text, country) is None


@pytest.mark.parametrize("guard", ["before", "abroad", "lengths"])
def test_each_rule_is_needed(guard, monkeypatch):
    """Without it some number of some country would be read otherwise than the library does."""
    plan_of = dialling._plan

    class Everything:
        def __contains__(self, length):
            return True

    off = {"before": None, "abroad": re.compile("NonMatch"), "lengths": Everything()}[guard]

    def without(country):
        plan = plan_of(country)
        fields = {name: getattr(plan, name) for name in dialling.Plan.__slots__} if plan else None
        return dialling.Plan(**(fields | {guard: off})) if fields else None

    monkeypatch.setattr(dialling, "_plan", without)
    assert disagreements(COUNTRIES)
