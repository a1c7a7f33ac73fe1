from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base import money

CURRENCIES = st.sampled_from(["RUB", "EUR", "BGN", "RSD", "JPY", "KWD", "CLF"])
MINOR = st.integers(-money.MAX_MINOR, money.MAX_MINOR)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("1290.00", "RUB", 129000),
        ("1290", "JPY", 1290),
        ("1.250", "KWD", 1250),
        ("0.3", "EUR", 30),
        ("-5.00", "EUR", -500),
        ("100.00", "RSD", 10000),
        (Decimal("19.90"), "BGN", 1990),
    ],
)
def test_an_amount_becomes_minor_units(amount, currency, minor):
    assert money.to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        ("1.234", "EUR", "too_many_digits"),
        ("1290.00", "JPY", "too_many_digits"),
        ("1e2", "EUR", "invalid_type"),
        ("１２.５０", "EUR", "invalid_type"),
        ("NaN", "EUR", "invalid_type"),
        (Decimal("NaN"), "EUR", "invalid_type"),
        (Decimal("1E+400"), "EUR", "max_value"),
        ("10000000000.01", "EUR", "max_value"),
    ],
)
def test_what_is_not_money_is_refused(amount, currency, code):
    with pytest.raises(money.NotMoney) as refusal:
        money.to_minor(amount, currency, pointer="/items/0/price")

    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/items/0/price", code)]


def test_an_unknown_currency_is_refused():
    with pytest.raises(money.UnknownCurrency):
        money.to_minor("1.00", "EURO")


def test_a_storefront_s_spare_digits_are_rounded_half_away_from_zero():
    assert money.round_to_minor("0.4450", "EUR") == 45
    assert money.round_to_minor("-0.4450", "EUR") == -45
    assert money.round_to_minor("129.0000", "JPY") == 129


@given(MINOR, CURRENCIES)
def test_an_amount_survives_being_written_and_read(minor, currency):
    assert money.to_minor(money.from_minor(minor, currency), currency) == minor


@given(MINOR, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_parts_sum_exactly_and_stay_within_a_unit_of_fair(total, weights):
    parts = money.allocate(total, weights)

    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part * whole - total * weight) < whole


@given(MINOR, st.integers(1, 50))
def test_equal_parts_differ_by_a_unit_at_most(total, count):
    parts = money.share(total, count)

    assert sum(parts) == total
    assert max(parts) - min(parts) <= 1


@given(MINOR, st.lists(st.integers(0, 40), min_size=1, max_size=8).filter(any))
def test_a_line_delivered_in_parts_comes_to_the_line(total, deliveries):
    whole, before, paid = sum(deliveries), 0, 0
    for pieces in deliveries:
        paid += money.part_of(total, before + pieces, whole) - money.part_of(total, before, whole)
        before += pieces

    assert paid == total


def test_rounding_each_delivery_by_itself_would_lose_money():
    assert sum(round(100 * 1 / 3) for _part in range(3)) == 99
    assert [money.part_of(100, n, 3) for n in (1, 2, 3)] == [33, 67, 100]


@pytest.mark.parametrize("arguments", [(100, 4, 3), (100, -1, 3), (100, 0, 0)])
def test_more_than_the_whole_is_a_mistake(arguments):
    with pytest.raises(ValueError, match="part_of"):
        money.part_of(*arguments)


def test_nothing_to_share_among_is_a_mistake():
    with pytest.raises(ValueError, match="weights"):
        money.allocate(100, [])
