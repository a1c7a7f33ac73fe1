"""Texts that a shop writes itself say only what the list of gaps gives them (SEC-34, V1.3.7, V1.3.10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base import placeholders

VALUES = {"name": "Анна", "number": "1042", "sum": "1 290 ₽"}
HOSTILE = [
    "{name.__class__}",
    "{name.__init__.__globals__}",
    "{0}",
    "{}",
    "{name!r}",
    "{name:>1000000}",
    "{settings}",
    "{{ settings.SECRET_KEY }}",
    "{{ self.__init__.__globals__.os.popen('id').read() }}",
    "{NAME}",
    "{ name }",
]


def test_gaps_are_filled():
    text = "Здравствуйте, {name}! Заказ {number} на {sum} собран. {number}"

    assert placeholders.fill(text, VALUES) == "Здравствуйте, Анна! Заказ 1042 на 1 290 ₽ собран. 1042"


@pytest.mark.parametrize("text", HOSTILE)
def test_anything_but_a_listed_name_is_refused(text):
    """V1.3.7: a text is no template of any language. SEC-34. V1.3.5."""
    with pytest.raises(placeholders.UnknownPlaceholder) as refused:
        placeholders.check(text, VALUES)

    assert "{name}, {number}, {sum}" in refused.value.fill(refused.value.next_step)


@pytest.mark.parametrize("value", [*HOSTILE, "{number}", "{% load static %}", "%(sum)s", "\\1\\g<0>", "${sum}"])
def test_what_is_filled_in_is_never_read_again(value):
    """A buyer's name is a name, whatever stands in it (V1.3.10)."""
    assert placeholders.fill("Dear {name}, order {number}", VALUES | {"name": value}) == f"Dear {value}, order 1042"


@pytest.mark.parametrize("text", ["{", "}", "{{name", "a } b { c", "{% csrf_token %", "%s %(name)s $name"])
def test_lonely_braces_and_percents_are_text(text):
    expected = text.replace("{name}", "Анна")

    assert placeholders.fill(text, VALUES) == expected


def test_values_are_cleaned():
    """V1.3.3."""
    assert placeholders.fill("<{name}>", {"name": "A\x00n\u202ena\r\nB"}) == "<Anna\nB>"


def test_line_stays_a_line():
    """V1.3.11: no header can be added to a mail by a buyer's name."""
    subject = placeholders.fill_line("Order for {name}", {"name": "Anna\r\nBcc: all@example.com"})

    assert subject == "Order for Anna Bcc: all@example.com"


def test_long_text_is_refused_and_long_value_cut():
    with pytest.raises(placeholders.TextTooLong):
        placeholders.check("a" * (placeholders.LONGEST + 1), VALUES)
    assert len(placeholders.fill("{name}", {"name": "a" * 100_000})) == placeholders.LONGEST


@pytest.mark.once
@given(st.text(alphabet="{}abc.[]!:%$ \n", max_size=60))
def test_nothing_but_refusal_or_text_comes_back(text):
    try:
        filled = placeholders.fill(text, {"a": "1", "bc": "{a}"})
    except placeholders.UnknownPlaceholder:
        return
    assert filled == text.replace("{bc}", "\x01").replace("{a}", "1").replace("\x01", "{a}")
