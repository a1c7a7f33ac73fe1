"""Figures, hours and phones as people write them in three languages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from shopdesk.base import wording

NOW = datetime(2026, 11, 21, 11, 32, tzinfo=UTC)
MOSCOW = "Europe/Moscow"


@pytest.mark.parametrize(
    ("language", "minor", "currency", "said"),
    [
        ("ru", 846000, "RUB", "8 460 ₽"),
        ("ru", 846050, "RUB", "8 460,50 ₽"),
        ("ru", 11240, "EUR", "112,40 €"),
        ("bg", 108640, "EUR", "1 086,40 €"),
        ("en", 12900, "EUR", "129.00 €"),
        ("en", 129000, "JPY", "129,000 ¥"),
        ("ru", -348000, "RUB", "−3 480 ₽"),
        ("en", 1290, "KWD", "1.290 KWD"),
    ],
)
def test_money_is_written_by_the_language(language, minor, currency, said):
    with translation.override(language):
        assert wording.money(minor, currency) == said.replace(" ", wording.NBSP)


def test_today_shows_its_hour_and_other_days_their_date():
    with translation.override("en"):
        assert wording.hour_or_day(NOW, now=NOW, zone=MOSCOW) == "14:32"
        assert wording.hour_or_day(NOW - timedelta(days=1), now=NOW, zone=MOSCOW) == f"20{wording.NBSP}Nov"
        assert "2025" in wording.hour_or_day(NOW - timedelta(days=365), now=NOW, zone=MOSCOW)


def test_today_is_the_shops_and_not_the_servers():
    """22:30 UTC is already the 22nd in Moscow."""
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)
    with translation.override("en"):
        assert wording.hour_or_day(late, now=NOW, zone=MOSCOW) == f"22{wording.NBSP}Nov"
        assert wording.hour_or_day(late, now=NOW, zone="UTC") == "22:30"


@pytest.mark.parametrize(
    ("span", "said"),
    [(9, "9 min"), (130, "2 h 10"), (60, "1 h 00"), (24 * 60, "1 day"), (4 * 24 * 60, "4 days"), (-5, "0 min")],
)
def test_waiting_is_told_in_its_largest_unit(span, said):
    with translation.override("en"):
        assert wording.lasting(timedelta(minutes=span)) == said


def test_days_and_cities_are_named():
    with translation.override("ru"):
        assert wording.long_day(date(2026, 11, 21)) == "Суббота, 21 ноября"
        assert wording.city_of(MOSCOW) == "Москва"


def test_phone_is_written_as_dialled_in_one_piece():
    written = wording.phone("+79000000041")
    assert written.replace(wording.NBSP, " ").replace("\u2011", "-") == "+7 900 000-00-41"
    assert " " not in written
    assert wording.phone("nonsense") == "nonsense"


@pytest.mark.parametrize(
    ("language", "minor", "said"),
    [
        ("en", 26_894_000, "269K"),
        ("ru", 26_894_000, "269 тыс."),
        ("ru", -150_000, "\u22121,5 тыс."),
        ("bg", 95_000, "950"),
    ],
)
def test_sums_at_the_edge_of_a_picture_are_short(language, minor, said):
    with translation.override(language):
        assert wording.compact(minor, "RUB") == said.replace(" ", wording.NBSP)
