from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopdesk.base import periods

ZONES = ["Europe/Sofia", "America/Sao_Paulo", "Asia/Almaty", "Europe/Moscow"]
ZONE = st.sampled_from(ZONES)
DAY = st.dates(date(2009, 1, 1), date(2030, 12, 31))
CUTOFF = st.sampled_from([time(0), time(0, 30), time(3), time(3, 30), time(6)])


def hours(period):
    return (period.end - period.start) / timedelta(hours=1)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("on_year", [2018, 2024, 2026, 2028])
@pytest.mark.parametrize("cutoff", [time(0), time(3, 30)])
def test_the_days_tile_the_year(zone, on_year, cutoff):
    year = periods.year(date(on_year, 5, 5), zone, cutoff)
    edge = year.start
    for one in periods.days(year):
        assert one.start == edge
        assert one.end > one.start
        edge = one.end
    assert edge == year.end


@given(DAY, ZONE, CUTOFF)
def test_longer_periods_are_tiled_by_their_days(on, zone, cutoff):
    for kind in periods.KINDS.values():
        period = kind(on, zone, cutoff)
        found = list(periods.days(period))
        assert period.start == found[0].start
        assert period.end == found[-1].end
        assert period.from_on <= on < period.to_on
        assert all(before.end == after.start for before, after in zip(found, found[1:], strict=False))


@given(st.datetimes(datetime(2009, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)), ZONE, CUTOFF)  # noqa: DTZ001
def test_every_instant_belongs_to_the_one_day_that_holds_it(at, zone, cutoff):
    on = periods.shop_day(at, zone, cutoff)

    assert periods.day(on, zone, cutoff).holds(at)
    for beside in (on - timedelta(days=1), on + timedelta(days=1)):
        assert not periods.day(beside, zone, cutoff).holds(at)


def test_days_of_23_and_25_hours():
    assert hours(periods.day(date(2026, 3, 29), "Europe/Sofia")) == 23
    assert hours(periods.day(date(2026, 10, 25), "Europe/Sofia")) == 25
    assert hours(periods.day(date(2018, 11, 4), "America/Sao_Paulo")) == 23
    assert hours(periods.day(date(2018, 2, 17), "America/Sao_Paulo")) == 25
    assert hours(periods.day(date(2024, 2, 29), "Asia/Almaty")) == 25
    assert hours(periods.day(date(2026, 3, 29), "Europe/Moscow")) == 24


def test_a_day_is_the_shop_s_and_not_utc_s():
    late = datetime(2026, 11, 21, 22, 30, tzinfo=UTC)

    assert periods.shop_day(late, "Europe/Sofia") == date(2026, 11, 22)
    assert periods.shop_day(late, "UTC") == date(2026, 11, 21)


def test_the_night_belongs_to_the_day_before_its_cut_off():
    night = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)

    assert periods.shop_day(night, "Europe/Sofia", time(3)) == date(2026, 11, 21)
    assert periods.shop_day(night + timedelta(minutes=30), "Europe/Sofia", time(3)) == date(2026, 11, 22)


def test_the_end_is_the_first_instant_outside():
    day = periods.day(date(2026, 11, 21), "Europe/Sofia")

    assert day.holds(day.start)
    assert not day.holds(day.end)


def dates_of(period):
    return period.from_on, period.to_on


def test_the_period_before():
    before = periods.previous
    assert dates_of(before(periods.week(date(2026, 1, 1), "UTC"))) == (date(2025, 12, 22), date(2025, 12, 29))
    assert dates_of(before(periods.month(date(2026, 3, 31), "UTC"))) == (date(2026, 2, 1), date(2026, 3, 1))
    assert dates_of(before(periods.quarter(date(2026, 2, 1), "UTC"))) == (date(2025, 10, 1), date(2026, 1, 1))
    some_days = periods.between(date(2026, 3, 10), date(2026, 3, 20), "UTC")
    assert dates_of(before(some_days)) == (date(2026, 2, 28), date(2026, 3, 10))


def test_the_period_after():
    after = periods.following
    assert dates_of(after(periods.day(date(2026, 2, 28), "UTC"))) == (date(2026, 3, 1), date(2026, 3, 2))
    assert dates_of(after(periods.month(date(2026, 12, 31), "UTC"))) == (date(2027, 1, 1), date(2027, 2, 1))
    some_days = periods.between(date(2026, 3, 10), date(2026, 3, 20), "UTC")
    assert dates_of(after(some_days)) == (date(2026, 3, 20), date(2026, 3, 30))


def test_the_year_before():
    before = periods.year_before
    assert dates_of(before(periods.day(date(2028, 2, 29), "UTC"))) == (date(2027, 2, 28), date(2027, 3, 1))
    assert dates_of(before(periods.month(date(2028, 2, 1), "UTC"))) == (date(2027, 2, 1), date(2027, 3, 1))
    assert dates_of(before(periods.week(date(2026, 11, 21), "UTC"))) == (date(2025, 11, 17), date(2025, 11, 24))
    leap = periods.between(date(2028, 2, 28), date(2028, 2, 29), "UTC")
    assert dates_of(before(leap)) == (date(2027, 2, 28), date(2027, 3, 1))


@given(DAY, ZONE, CUTOFF)
def test_the_period_before_ends_where_this_one_begins(on, zone, cutoff):
    for kind in periods.KINDS.values():
        period = kind(on, zone, cutoff)
        assert periods.previous(period).end == period.start
        assert periods.following(period).start == period.end


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(periods.EmptyPeriod):
        periods.between(date(2026, 3, 10), date(2026, 3, 10), "UTC")
