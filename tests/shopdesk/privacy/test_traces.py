"""A phone is found in every spelling, a mail in any case, a name only beside its address; nobody else is taken out."""

import pytest

from shopdesk.privacy.traces import Traces

MAIL = "anna.k@example.com"
HOME = ("Анна Канарейкина", "улица Садовая 1")
TRACES = Traces(["+79161234567"], [MAIL], [HOME])


@pytest.mark.parametrize(
    "text",
    [
        "+79161234567", "79161234567", "89161234567", "9161234567", "8 (916) 123-45-67", "+7 916 123 45 67",
        "+7-916-123-45-67", "8.916.123.45.67", "0079161234567", "+7\u00a0916\u00a0123‑45‑67", "тел.:8(916)1234567!",
        "+7 (９１６) １２３-４５-６７", "٩١٦١٢٣٤٥٦٧",
    ],
)  # fmt: skip
def test_phone_is_found_in_every_spelling(text):
    assert TRACES.are_in(text)
    assert not TRACES.are_in(TRACES.taken_out(text))


@pytest.mark.parametrize("text", ["Anna.K@Example.com", "пишите на anna.k@example.com.", "<anna.k@example.com>"])
def test_mail_is_found_in_any_case(text):
    assert TRACES.are_in(text)
    assert not TRACES.are_in(TRACES.taken_out(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+79161234568",
        "19161234567890",
        "susanna.k@example.com",
        "Анна Канарейкина",
        "Садовая 1",
        "order 9161",
        None,
    ],
)
def test_others_are_left_alone(text):
    assert not TRACES.are_in(text)
    assert TRACES.taken_out(text) == text


def test_name_beside_its_address_is_a_trace():
    said = "Канарейкина Анна ждёт, Садовая улица, дом 12"
    assert TRACES.are_in(said)
    assert TRACES.taken_out(said) == ""


def test_traces_are_taken_out_of_what_json_holds():
    answer = {"customer": {"phone": "+7 916 123-45-67", "name": "Б"}, "items": [1, "звонить 89161234567"]}
    assert TRACES.taken_out(answer) == {"customer": {"phone": "[…]", "name": "Б"}, "items": [1, "звонить […]"]}
    assert TRACES.are_in(answer)
