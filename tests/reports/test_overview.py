"""What a period's page reads: parts that suit the days, closed days that changed, rows with their sum."""

from datetime import timedelta

import pytest

from reports import cash, closing, decisions, overview, period, today
from reports.period import Asked
from shopdesk.base.access import Kind, Subject
from shopdesk.base.errors import Missing
from shopdesk.base.periods import day
from tests import make

pytestmark = pytest.mark.django_db
OWNER, MANAGER = Subject(Kind.OWNER, 1), Subject(Kind.MANAGER, 2)
ZONE = "Europe/Moscow"
MONDAY = make.AT.date()
LATER = make.after(days=9)


def asked(from_on=MONDAY, to_on=MONDAY + timedelta(days=1), **more):
    return Asked(period.shop_period(from_on, to_on), **more)


@pytest.mark.parametrize(("days", "group"), [(1, "day"), (62, "day"), (63, "week"), (217, "week"), (218, "month")])
def test_the_longer_the_days_the_larger_the_parts(days, group):
    assert overview.part_of(period.shop_period(MONDAY, MONDAY + timedelta(days=days))) == group


def test_a_single_day_is_drawn_at_the_end_of_its_fortnight():
    make.order(at=make.after(days=-13))
    make.order(at=make.after(days=-14))
    make.order()

    found = overview.read(asked(compare="previous"))

    assert [step.taken for step in found.course] == [1, *[0] * 12, 1]
    assert found.before == []


def test_the_course_of_the_days_before_stands_beside():
    make.product("A", 9)
    make.delivered(at=make.after(days=-1))
    make.order()

    found = overview.read(asked(MONDAY, MONDAY + timedelta(days=2), compare="previous"))

    assert [step.taken for step in found.course] == [1, 0]
    assert [(step.taken, step.net.get("RUB", 0)) for step in found.before] == [(0, 0), (1, 12900)]


def test_a_closed_day_that_changed_is_named_and_one_that_did_not_is_not():
    make.order()
    make.order(at=make.after(days=1))
    first, second = (
        closing.close(day(MONDAY + timedelta(days=back), ZONE), by=make.BY, at=make.after(days=3)) for back in (0, 1)
    )
    make.order()  # dated into the closed Monday

    found = overview.read(asked(MONDAY, MONDAY + timedelta(days=3)))

    assert found.closed_days[MONDAY].closing == first.pk
    assert found.closed_days[MONDAY].is_restated
    assert found.closed_days[MONDAY].restated.funnel["taken"] == 1
    assert found.closed_days[MONDAY + timedelta(days=1)].closing == second.pk
    assert not found.closed_days[MONDAY + timedelta(days=1)].is_restated
    assert MONDAY + timedelta(days=2) not in found.closed_days


def test_rows_come_with_what_they_sum_to_each_currency_apart():
    make.order([("A", 2, "100.00")])
    make.order(channel=make.channel("eu", currency="EUR"), currency="EUR")

    both = overview.behind("money", "ordered", asked(), currency="", after="", limit=9)
    one = overview.behind("money", "ordered", asked(), currency="RUB", after="", limit=9)

    assert both.sums == {"EUR": 12900, "RUB": 20000}
    assert one.sums == {"RUB": 20000}
    assert [row.value for row in one.rows] == [20000]


def test_a_figure_that_is_not_there_is_missing():
    with pytest.raises(Missing):
        overview.behind("money", "happiness", asked(), currency="", after="", limit=9)
    with pytest.raises(Missing):
        overview.behind("weather", "ordered", asked(), currency="", after="", limit=9)


def test_last_week_is_read_to_the_same_hour():
    make.order(at=make.after(days=-7, hours=-1))
    make.order(at=make.after(days=-7, hours=1))
    make.order(at=make.after(days=-1))
    make.order()

    found = today.read(at=make.after(minutes=1))

    assert found.sheet.funnel["taken"] == 1
    assert found.week_ago.funnel["taken"] == 1
    assert [step.taken for step in found.fortnight][-8:] == [2, 0, 0, 0, 0, 0, 1, 1]
    assert not found.is_yesterday_closed


def test_couriers_hold_what_they_took_until_it_is_home():
    make.product("A", 9)
    old = make.delivered([("A", 2, "100.00")])
    make.handed_over(at=make.after(hours=1))
    new = make.delivered(at=make.after(days=8))

    held = cash.held(OWNER, at=LATER)

    assert [(one.orders, one.out_minor, one.late_minor, one.oldest_at) for one in held] == [
        (2, 32900, 20000, make.AT)
    ]  # fmt: skip
    assert [one.order for one in cash.taken(OWNER)] == [old.number, new.number]


def test_what_the_courier_took_back_is_held_no_longer():
    make.product("A", 9)
    made = make.delivered([("A", 2, "100.00")])
    make.said(made, "returning", at=make.after(hours=2), correction=True)

    assert cash.held(OWNER, at=LATER) == []
    assert cash.taken(OWNER) == []


def test_nobody_else_sees_the_money():
    make.product("A", 9)
    make.delivered()

    assert cash.held(Subject(Kind.PACKER, 3), at=LATER) == []
    assert cash.taken(Subject(Kind.PACKER, 3)) == []


def codes(subject=OWNER, at=make.AT):
    return {one.code: one for one in decisions.read(subject, at=at)}


def test_a_quiet_desk_waits_for_no_decision():
    assert codes() == {}


def test_late_calls_and_missing_goods_wait_for_a_decision():
    make.product("A", 0, name="Плед")
    make.order([("A", 1, "100.00")])

    assert "late_calls" not in codes(at=make.after(minutes=1))
    late = codes(at=LATER)

    assert late["late_calls"].count == 1
    assert (late["short"].count, late["short"].names) == (1, ("Плед",))


def test_money_that_stays_away_is_the_owners_to_settle():
    make.product("A", 9)
    made = make.delivered([("A", 2, "100.00")])

    assert "cash_out" not in codes(at=make.after(days=6))
    assert "cash_out" not in codes(MANAGER, LATER)
    out = codes(at=LATER)["cash_out"]

    assert (out.count, out.amount_minor, out.currency, out.names) == (1, 20000, "RUB", ("own",))
    assert out.since == make.AT
    assert made.paid_minor == 20000


def test_acts_that_nobody_accepted_wait_for_a_decision():
    make.product("A", 9)
    act = make.closed_act(make.packed())

    assert "acts" not in codes(at=make.after(hours=23))
    assert codes(at=make.after(days=2))["acts"].target == act.number
