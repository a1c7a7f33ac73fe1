"""The period report: figures by when things happened, days that tile their period, rows that add up."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders import changes, feed, journal, lifecycle, merging
from orders.models import Credit, JournalEvent, Order, OrderLine, Payment, Sale
from orders.status import CancelReason, Status
from reports import period
from reports.period import Asked
from shopdesk.base import periods
from tests import make

pytestmark = pytest.mark.django_db
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))


def report(from_on=NOVEMBER[0], to_on=NOVEMBER[1], **asked):
    return period.read(Asked(period.shop_period(from_on, to_on), **asked))


def lines_of(order):
    return list(OrderLine.objects.filter(order=order).select_related("order"))


def deliver(order, *, at, pieces=None):
    """Bring an order to the customer by the rules alone, as the later desks do with their parcels."""
    for status in (Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER):
        if order.status != status and not (status == Status.CONFIRMED and order.status != Status.NEW):
            lifecycle.move([order], status, by=make.BY, at=at)
    event = lifecycle.move([order], Status.DELIVERED, by=make.BY, at=at)[0]
    lifecycle.sales.keep([(line, line.quantity if pieces is None else pieces) for line in lines_of(order)], event)


def pay(order, amount_minor, *, at):
    event = journal.record([journal.Entry("payment.received", order)], by=make.BY, at=at)[0]
    return Payment.objects.create(
        order=order, account="courier", amount_minor=amount_minor, currency=order.currency, event=event, at=at
    )


def owe(order, amount_minor, goods_minor, *, at, reason=Credit.Reason.RETURN):
    event = journal.record([journal.Entry("credit.opened", order)], by=make.BY, at=at)[0]
    return Credit.objects.create(
        order=order, reason=reason, amount_minor=amount_minor, goods_minor=goods_minor, currency=order.currency,
        event=event, at=at,
    )  # fmt: skip


def test_a_delivered_order_is_in_every_stage_once():
    make.product("A", on_hand=9)
    order = make.order([("A", 2, "129.00")])
    deliver(order, at=make.after(hours=3))
    pay(order, 25800, at=make.after(hours=4))

    found = report()

    stages = {code: found.sheet.funnel[code] for code in ("taken", "confirmed", "packed", "handed_over", "delivered")}
    assert stages == dict.fromkeys(stages, 1)
    assert found.sheet.funnel["paid"] == 1
    assert found.sheet.funnel["contacted"] == 0
    money = found.sheet.money["RUB"]
    assert money["ordered"] == money["confirmed"] == money["shipped"] == money["sold"] == money["paid"] == 25800
    assert money["credits"] == 0


def test_an_order_that_comes_to_a_stage_twice_is_counted_on_its_first_day():
    make.product("A", on_hand=9)
    order = make.order()
    lifecycle.move([order], Status.CONFIRMED, by=make.BY, at=make.AT)
    lifecycle.move([order], Status.NEW, by=make.BY, at=make.after(days=1))
    lifecycle.move([order], Status.CONFIRMED, by=make.BY, at=make.after(days=1))

    found = report(group="day")

    confirmed = {days.from_on: sheet.funnel["confirmed"] for days, sheet in found.groups if sheet.funnel["confirmed"]}
    assert confirmed == {make.AT.date(): 1}


def test_cancellations_are_told_by_reason():
    for reason in (CancelReason.PRICE, CancelReason.PRICE, CancelReason.FAKE):
        changes.cancel(make.order().number, reason, by=make.BY, at=make.after(hours=1))

    funnel = report().sheet.funnel

    assert funnel["cancelled"] == 3
    assert funnel["cancelled:price"] == 2
    assert funnel["cancelled:fake"] == 1
    assert sum(value for code, value in funnel.items() if code.startswith("cancelled:")) == 3


def test_a_later_edit_changes_no_figure_of_the_day_it_was_ordered():
    order = make.order([("A", 2, "129.00")])
    before = report().sheet
    Order.objects.filter(pk=order.pk).update(items_minor=1, total_minor=1)

    assert report().sheet == before


def test_a_part_that_was_cut_off_came_in_with_its_order():
    make.product("A", on_hand=9)
    order = make.order([("A", 3, "10.00")])
    merging.split(order.pk, {order.lines.get().pk: 1}, by=make.BY, at=make.after(hours=1))

    found = report().sheet

    assert Order.objects.count() == 2
    assert (found.funnel["taken"], found.money["RUB"]["ordered"]) == (1, 3000)


def test_net_is_sold_less_credits_and_a_refund_of_a_cancelled_order_lowers_no_sale():
    make.product("A", on_hand=9)
    order = make.order([("A", 2, "100.00")])
    deliver(order, at=make.after(hours=1))
    owe(order, 12000, 10000, at=make.after(hours=2))
    owe(make.order(), 7000, 0, at=make.after(hours=2), reason=Credit.Reason.CANCELLED)

    money = report().sheet.money["RUB"]

    assert (money["sold"], money["credits"], money["net"]) == (20000, 12000, 8000)
    assert (money["credits_goods"], money["credits_services"]) == (10000, 2000)
    assert money["refunds"] == 7000


def test_currencies_are_never_added():
    make.order(channel=make.channel())
    make.order(channel=make.channel("eu", currency="EUR"), currency="EUR")

    found = report()

    assert {currency: sums["ordered"] for currency, sums in found.sheet.money.items()} == {"EUR": 12900, "RUB": 12900}
    assert found.sheet.funnel["taken"] == 2


def test_the_first_minute_belongs_to_the_period_and_the_end_does_not():
    days = period.shop_period(*NOVEMBER)
    make.order(at=days.start)
    make.order(at=days.end)
    make.order(at=days.end - timedelta(microseconds=1))

    assert report().sheet.funnel["taken"] == 2


def test_november_is_compared_with_october_and_last_november():
    make.order(at=make.AT - timedelta(days=31))
    make.order(at=make.AT.replace(year=2025))

    previous, year = report(compare="previous").compared, report(compare="year").compared

    assert (previous[0].from_on, previous[0].to_on) == (date(2026, 10, 1), date(2026, 11, 1))
    assert previous[1].funnel["taken"] == 1
    assert (year[0].from_on, year[0].to_on) == (date(2025, 11, 1), date(2025, 12, 1))
    assert year[1].funnel["taken"] == 1


def test_a_report_as_of_a_position_stays_as_it_was_read():
    make.order()
    first = report()
    make.order()

    again = report(position=first.as_of.position)

    assert again.sheet == first.sheet
    assert report().sheet.funnel["taken"] == 2


def test_the_rows_of_a_figure_add_up_to_it_page_by_page():
    make.product("A", on_hand=50)
    for hour in range(5):
        order = make.order([("A", 1, "100.00")], at=make.after(hours=hour))
        deliver(order, at=make.after(hours=hour))
        owe(order, 700, 500, at=make.after(hours=hour))
    found = report()
    asked = Asked(period.shop_period(*NOVEMBER))

    for code, value in found.sheet.money["RUB"].items():
        seen, after = [], ""
        while True:
            page, _ = period.rows("money", code, asked, currency="RUB", after=after, limit=2)
            seen += page[:2]
            if len(page) <= 2:
                break
            after = page[1].cursor
        assert sum(row.value for row in seen) == value, code
        assert len({(row.part, row.pk) for row in seen}) == len(seen)


def moments(from_on, days):
    start = datetime.combine(from_on, time(0), ZoneInfo("Europe/Sofia")) - timedelta(days=1)
    return st.integers(0, days * 24 * 60).map(lambda minutes: start + timedelta(minutes=minutes))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.lists(moments(date(2026, 3, 27), 5), max_size=8),
    cutoff=st.sampled_from([time(0), time(3, 30), time(4)]),
)
def test_days_tile_the_period_over_a_change_of_clocks_and_equal_a_recount_in_plain_python(db, at, cutoff):
    """27 to 30 March 2026 has a day of 23 hours in Sofia; each sale is counted again by the calendar itself."""
    lines = wipe_and_sell(at, cutoff)
    found = report(date(2026, 3, 27), date(2026, 3, 31), group="day")

    expected = {}
    for sale in lines:
        on = periods.shop_day(sale.at, "Europe/Sofia", cutoff)
        expected[on] = expected.get(on, 0) + sale.amount_minor
    for days, sheet in found.groups:
        assert sheet.money["RUB"]["sold"] == expected.get(days.from_on, 0)
    for code, value in found.sheet.money["RUB"].items():
        assert sum(sheet.money["RUB"][code] for _, sheet in found.groups) == value
    for code, value in found.sheet.funnel.items():
        assert sum(sheet.funnel[code] for _, sheet in found.groups) == value


def wipe_and_sell(moments_of_sale, cutoff):
    """Book sales at the given moments over what an earlier example left behind it, which stays out of the period."""
    make.shop(zone="Europe/Sofia", day_cutoff=cutoff, currency="RUB")
    kept = list(Sale.objects.all())
    make.channel(contact="optional")
    for index, at in enumerate(moments_of_sale):
        order = make.order([(f"S{index}", 3, "33.33")], at=at)
        event = journal.record([journal.Entry("sold", order)], by=make.BY, at=at)[0]
        kept += lifecycle.sales.keep([(line, 1 + index % 3) for line in lines_of(order)], event)
    return kept


def test_weeks_and_months_tile_any_days():
    days = period.shop_period(date(2026, 10, 29), date(2026, 12, 3))

    for group in ("day", "week", "month"):
        pieces = period.split(days, group)
        assert [piece.start for piece in pieces] == [days.start, *(piece.end for piece in pieces[:-1])]
        assert pieces[-1].end == days.end


def test_what_has_no_place_yet_is_in_no_report_of_a_position():
    make.order()
    feed.publish()
    make.order()  # committed behind the position
    place = feed.position()

    sheet = period.measure([period.shop_period(*NOVEMBER)], period.AsOf(place), "default")[0]

    assert sheet.funnel["taken"] == 1
    assert JournalEvent.objects.filter(place=None).exists()
