"""Sections of the report: cells are the sums of their rows, however told apart; buyout's bounds hold what comes."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import cash
from delivery.models import CashEntry, Shipment
from orders import calltasks, changes, feed, journal, telephony
from orders.models import CallAttempt, Order
from reports import audit, closing, firstcall, folding, restating, rollups, sections
from reports.models import FigureDelta
from reports.period import GROUPS
from reports.sections import SECTIONS, Query
from reports.web.meanings import fact_of, meaning_of
from shopdesk.base import periods
from shopdesk.limits.models import LimitSet
from tests import make
from tests.reports.test_rollups import WAYS, live, want_in_vain

pytestmark = pytest.mark.django_db
NOVEMBER = periods.month(date(2026, 11, 1), "Europe/Moscow")


def world():
    """Orders that end in every way, each some days after the one before."""
    make.courier(name="Own couriers")
    make.product("A", on_hand=20, cost_minor=1000)
    make.product("B", on_hand=1, cost_minor=1000)
    person = make.manager()
    for days, way in enumerate(WAYS):
        live(way, [make.after(days=days - 7, hours=hour) for hour in range(7)], person)
    want_in_vain([make.after(hours=hour) for hour in range(7)])


def tell(code, **asked):
    return sections.read(Query(SECTIONS[code], NOVEMBER, **asked))


def cells(told):
    """Give every cell of a section: figure, currency, days, what it is narrowed to, value."""
    dims = {figure.code: figure for figure in told.figures}
    whole = [(told.query.period, told.query.only, told.values)]
    for days, only, values in [*whole, *((part.period, part.only, part.values) for part in told.parts)]:
        for code, value in values.counts.items():
            yield dims[code], "", days, only, value
        for currency, sums in values.money.items():
            for code, value in sums.items():
                yield dims[code], currency, days, only, value


@pytest.mark.parametrize("kept", [True, False])
def test_the_rows_behind_every_cell_sum_to_it(kept):
    world()
    if kept:
        rollups.sweep()
    seen = 0
    for code, section in SECTIONS.items():
        for group in ("week", *section.groups):
            told = tell(code, group=group)
            for figure, currency, days, only, value in cells(told):
                if not value or not figure.has({dim for dim, _key in only}):
                    continue
                query = Query(section, days, only=only)
                found = sections.behind(query, figure.code, currency=currency, after="", limit=500)
                assert sum(row.value for row in found.rows) == value, (code, figure.code, only)
                assert sum(found.sums.values()) == value
                seen += 1
    assert seen > 300


def test_parts_tile_their_whole():
    world()
    rollups.sweep()
    for code, section in SECTIONS.items():
        for group in (*GROUPS, *section.groups):
            told = tell(code, group=group)
            for name, value in told.values.counts.items():
                parts = [part.values.counts[name] for part in told.parts if name in part.values.counts]
                assert sum(parts) == value or not parts, (code, group, name)


def test_the_bounds_of_the_buyout_hold_what_comes_later():
    world()
    feed.publish()
    low, high, *_others = SECTIONS["buyout"].rates
    last = tell("buyout").values
    assert (last.counts["shipped"], last.counts["bought"], last.counts["came_back"]) == (4, 2, 1)
    assert last.counts["open"] == 1  # lost, and found again
    places = range(1, feed.position() + 1)
    for position in places:
        then = tell("buyout", position=position).values
        (bought, shipped), (most, _) = then.rate(low, ""), then.rate(high, "")
        still_to_ship = last.counts["shipped"] - shipped
        assert bought <= last.counts["bought"] <= most + still_to_ship
        assert then.counts["open"] >= 0
        assert sum(then.counts[code] for code in ("bought", "came_back", "lost", "stopped", "open")) == shipped


def test_a_section_as_of_a_position_stays_as_it_was():
    world()
    before = {code: tell(code, group="day") for code in SECTIONS}
    world_later = [make.after(hours=hour) for hour in range(7)]
    live(WAYS[0], world_later, make.manager())
    rollups.sweep()

    for code, told in before.items():
        again = tell(code, group="day", position=told.as_of.position)
        assert again.values == told.values
        assert again.parts == told.parts
    assert tell("funnel").values != before["funnel"].values


def test_every_figure_says_what_it_counts():
    for code, section in SECTIONS.items():
        for figure in section.figures:
            assert str(meaning_of(code, figure.code))
            assert all(str(fact_of(part)) for part in figure.parts)


def test_every_section_is_a_page_and_a_door(client, django_assert_max_num_queries):
    world()
    rollups.sweep()
    client.force_login(make.owner())
    for code, section in SECTIONS.items():
        for group in ("day", section.groups[0]):
            days = {"from": "2026-11-01", "until": "2026-11-30", "group": group}
            with django_assert_max_num_queries(50):  # with nothing remembered, and PostgreSQL's savepoints
                page = client.get(reverse("reports-section", args=[code]), days)
            assert page.status_code == 200, code
            asked = {"from": "2026-11-01", "to": "2026-12-01", "group": group}
            found = client.get(reverse("api:reports-section", args=[code]), asked)
            assert found.status_code == 200, found.content
            assert found.json()["groups"]
    told = client.get("/api/v1/reports/money", {"from": "2026-11-01", "to": "2026-12-01", "group": "channel"}).json()
    assert [one["key"] for one in told["groups"]] == ["shop"]
    rows = client.get(told["groups"][0]["figures"]["sold"]["RUB"]["rows"]).json()["results"]
    assert len(rows) == 2


def test_rows_are_a_file(client):
    world()
    client.force_login(make.owner())
    days = {"section": "buyout", "figure": "bought", "from": "2026-11-01", "until": "2026-11-30"}

    lines = b"".join(client.get(reverse("reports-rows-csv"), days).streaming_content).decode().splitlines()

    assert len(lines) == 3  # its heads and two orders


def test_what_goods_cost_stays_with_those_who_may_see_it(client):
    world()
    person = make.manager()
    LimitSet.objects.create(person=person, cost=False)
    client.force_login(person)
    days = {"from": "2026-11-01", "until": "2026-11-30"}

    page = client.get(reverse("reports-section", args=["products"]), days).content.decode()

    assert "Cost of goods" not in page
    assert client.get(reverse("reports-rows"), {"section": "products", "figure": "margin", **days}).status_code == 404


def test_part_of_an_order_counts_as_that_part_in_pieces_and_money():
    make.shop(currency="RUB")
    make.courier(name="Own couriers")
    make.product("A", on_hand=20)
    part = make.handed_over([("A", 3, "100.00")])
    make.said(part, "delivered", at=make.after(hours=1), delivered=[("A", 2)])
    back = make.handed_over([("A", 1, "50.00")])
    make.said(back, "returning", at=make.after(hours=1))
    make.handed_over([("A", 1, "70.00")])

    for sweep in (False, True):
        if sweep:
            rollups.sweep()
        values = tell("buyout", group="product").values
        assert (values.counts["pieces"], values.counts["pieces_bought"]) == (5, 2)
        assert values.counts["pieces_open"] == 3  # nothing came back to the shop yet
        assert (values.money["RUB"]["sums"], values.money["RUB"]["sums_bought"]) == (420_00, 200_00)
        rates = {one.code: values.rate(one, "RUB") for one in SECTIONS["buyout"].rates}
        assert rates["pieces_low"] == (2, 5)
        assert rates["pieces_high"] == (5, 5)
        assert rates["sums_low"] == (200_00, 420_00)
        # As orders, the one of which a part was kept is bought whole.
        assert rates["low"] == (1, 3)


def test_delivery_costs_what_the_tariff_says_once_the_way_has_ended():
    make.shop(currency="RUB")
    make.courier(name="Own couriers")
    make.product("A", on_hand=20)
    done, away, free = (make.handed_over() for _order in range(3))
    Order.objects.filter(pk__in=[done.pk, away.pk]).update(
        delivery_cost_minor=300_00, cod_fee_minor=20_00, delivery_cost_tax_minor=50_00
    )
    make.said(done, "delivered", at=make.after(hours=1))
    make.said(free, "delivered", at=make.after(hours=1))

    told = tell("couriers", group="courier")
    assert told.values.money["RUB"]["delivery_cost"] == 320_00
    assert told.values.money["RUB"]["delivery_vat"] == 50_00
    each = next(one for one in SECTIONS["couriers"].rates if one.is_money)
    assert told.values.rate(each, "RUB") == (320_00, 2)
    money = tell("money").values.money["RUB"]
    assert money["contribution"] == money["margin"] + money["delivery_charged"] - 320_00


def test_what_was_asked_for_and_not_there_is_lost_demand_of_its_product():
    scarce, plenty = make.product("A", on_hand=1), make.product("B", on_hand=9)
    for product, pieces in ((scarce, 3), (plenty, 3)):
        new = telephony.NewEnquiry(product=product.pk, quantity=pieces)
        telephony.note_enquiry(new, by=make.BY, person=0, at=make.AT)

    parts = {part.name: part.values.counts["absent"] for part in tell("products", group="product").parts}
    assert parts == {"A": 3}


def test_what_orders_waited_for_in_vain_is_lost_demand_too_and_each_piece_opens_its_row():
    scarce = make.product("A", on_hand=1)
    make.product("B", on_hand=9)
    telephony.note_enquiry(telephony.NewEnquiry(product=scarce.pk, quantity=3), by=make.BY, person=0, at=make.AT)
    order = make.order([("A", 5, "10.00"), ("B", 1, "10.00")])
    swap = [changes.LineEdit(3, id=order.lines.get(sku="A").pk), changes.LineEdit(2, sku="B", instead_of="A")]
    changes.edit(order.pk, changes.Edit(lines=swap), version=order.version, by=make.BY, at=make.AT)
    changes.cancel(order.pk, "price", by=make.BY, at=make.AT)

    told = tell("products", group="product")
    parts = {part.name: part.values.counts for part in told.parts}
    assert {code: parts["A"][code] for code in ("lost_demand", "absent", "unmet")} == {
        "lost_demand": 7, "absent": 3, "unmet": 4,
    }  # fmt: skip
    assert "B" not in parts or not parts["B"]["lost_demand"]
    behind = sections.behind(told.query, "lost_demand", currency="", after="", limit=50)
    assert sorted((row.fact, row.value, row.order) for row in behind.rows) == [
        ("absent", 3, None), ("unmet", 2, order.pk), ("unmet", 2, order.pk),
    ]  # fmt: skip
    assert behind.sums == {"": 7}


def test_the_night_is_no_time_to_wait_for_a_call():
    shop = make.shop(calls_from=time(10), calls_until=time(20))
    hours = calltasks.hours_of(shop.zone, shop)
    evening = datetime(2026, 11, 17, 19, 30, tzinfo=ZoneInfo(shop.zone))

    assert hours.minutes(evening, evening + timedelta(hours=15), most=999) == 30 + 30
    assert hours.minutes(evening, evening + timedelta(minutes=7), most=999) == 7
    assert hours.minutes(evening, evening - timedelta(minutes=7), most=999) == 0
    assert hours.minutes(evening, evening + timedelta(days=90), most=999) == 999  # negative control: not 90 days' worth


def test_half_and_nine_in_ten_of_the_orders_are_told_in_working_minutes():
    person = make.manager()
    for minutes in (1, 2, 4, 50):
        order = make.order(at=make.AT)
        event = journal.record([journal.Entry("call.attempted", order, {"waited": minutes})], by=make.BY, at=make.AT)[0]
        CallAttempt.objects.create(
            task=order.call_tasks.first(), order=order, person=person, outcome="no_answer", applied=True, event=event,
            at=event.at,
        )  # fmt: skip
    found = firstcall.read(Query(SECTIONS["calls"], NOVEMBER))
    assert (found.median, found.nine_tenths, found.orders, found.unknown) == (2, 50, 4, 0)
    rollups.sweep()
    assert firstcall.read(Query(SECTIONS["calls"], NOVEMBER)) == found
    assert audit.other_figures("default").offenders == []


def test_money_that_is_still_out_is_told_by_its_age(client):
    make.courier()
    make.product("A", on_hand=20)
    person = make.manager()
    for days in (-70, -40, -10, -1):
        live(WAYS[0], [make.after(days=days, hours=hour) for hour in range(7)], person)
    oldest, old, *_young = Shipment.objects.order_by("pk")
    sent = journal.record([journal.Entry("cash.settled")], by=make.BY, at=make.AT)[0]
    cash.settle([oldest, old], CashEntry.Kind.REMITTED, [6666, 6000], [sent, sent])
    rollups.sweep()

    told = tell("cod", group="age")

    assert [(part.key, part.values.money["RUB"]["out"]) for part in told.parts] == [("7", 6666), ("14", 6666)]
    assert [(part.key, part.values.money["RUB"]["out"]) for part in told.standing][-1] == ("30", 666)
    client.force_login(make.owner())
    page = client.get(reverse("reports-section", args=["cod"]), {"from": "2026-11-01", "until": "2026-11-30"})
    rows = re.search(r'href="([^"]*figure=out[^"]*)">6.66', unescape(page.content.decode())).group(1)
    assert client.get(rows).status_code == 200
    asked = {"from": "2026-11-01", "to": "2026-12-01", "group": "age"}
    standing = client.get(reverse("api:reports-section", args=["cod"]), asked).json()["standing"][-1]
    found = client.get(standing["figures"]["out"]["RUB"]["rows"]).json()["results"]
    assert (
        sum(Decimal(row["amount"]) for row in found)
        == Decimal("6.66")
        == Decimal(standing["figures"]["out"]["RUB"]["value"])
    )


def rung(order, at):
    event = journal.record([journal.Entry("call.attempted", order)], by=make.BY, at=at)[0]
    CallAttempt.objects.create(
        task=order.call_tasks.first(), order=order, person=None, outcome="no_answer", applied=True, event=event, at=at
    )


def test_a_section_says_what_came_after_its_days_were_closed(client):
    """Kept in deltas that end at the closing, in a live tail, folded, and of a day that was kept in one piece."""
    first = make.order(at=make.after(days=-2))
    rung(first, make.after(days=-2, hours=1))
    closed = periods.day(make.after(days=-2).date(), "Europe/Moscow")
    done = closing.close(closed, by=make.BY, at=make.after(days=1))
    rung(first, make.after(days=-2, hours=2))  # learnt later, in the same batch of the sweep as what was closed
    rollups.sweep()
    assert changed() == {("calls", ""): 1}

    rung(first, make.after(days=-2, hours=3))  # not kept yet
    rung(first, make.AT)  # of a day that is open
    assert changed() == {("calls", ""): 2}
    rollups.sweep()
    rung(first, make.after(days=-2, hours=4))
    rollups.sweep()
    assert folding.fold(before=date(2100, 1, 1)) > 0
    assert changed() == {("calls", ""): 3}
    assert audit.other_figures("default").offenders == []

    client.force_login(make.owner())
    page = client.get(reverse("reports-section", args=["calls"]), {"from": "2026-11-01", "until": "2026-11-30"})
    assert "Calls made +3" in page.content.decode()
    listed = client.get(reverse("reports-restated", args=[done.pk]), {"section": "calls"}).content.decode()
    assert listed.count("a call") == 3
    asked = {"from": "2026-11-01", "to": "2026-12-01"}
    told = client.get(reverse("api:reports-section", args=["calls"]), asked).json()["closed"]
    assert told["restated"] == {"calls": {"count": 3}}
    assert len(client.get(told["days"][0]["rows"]).json()["results"]) == 3
    assert restating.read(Query(SECTIONS["cod"], NOVEMBER))[1] is None  # a cohort changes by its nature
    FigureDelta.objects.filter(span="d").update(first=1)  # as one batch from before the closing would be
    assert changed() == {("calls", ""): 3}


def changed():
    return dict(restating.read(Query(SECTIONS["calls"], NOVEMBER))[1].changes)


def test_beside_a_cohort_nobody_reads_that_nothing_changed(client):
    make.product("A", 5)
    make.delivered(at=make.after(days=-2))
    closing.close(periods.day(make.after(days=-2).date(), "Europe/Moscow"), by=make.BY, at=make.after(days=1))
    rollups.sweep()

    client.force_login(make.owner())
    asked = {"from": "2026-11-01", "until": "2026-11-30"}
    said = {
        section: "Nothing was restated since" in client.get(f"/reports/{section}", asked).content.decode()
        for section in ("calls", "buyout")
    }
    assert said == {"calls": True, "buyout": False}


def test_what_came_later_and_comes_to_nothing_together_is_said_so_with_its_days(client):
    make.shop(language="en")
    make.product("A", on_hand=0)
    order = make.order([("A", 3, "10.00")], at=make.after(days=-5))
    for days in (-5, -4, -3):
        one = periods.day(make.after(days=days).date(), "Europe/Moscow")
        closing.close(one, by=make.BY, at=make.after(days=1))
    rollups.sweep()
    changes.cancel(order.pk, "price", by=make.BY, at=make.after(days=-4))
    changes.reopen(order.pk, by=make.BY, at=make.after(days=-3))
    client.force_login(make.owner())
    page = client.get(reverse("reports-section", args=["products"]), {"from": "2026-11-01", "until": "2026-11-30"})

    with CaptureQueriesContext(connection) as seen:
        _told, later = restating.read(Query(SECTIONS["products"], NOVEMBER))
    assert sum(one["sql"].startswith("SAVEPOINT") for one in seen) == 1  # figures and what came later: of one moment
    assert (dict(later.changes), len(later.days)) == ({}, 2)
    said = page.content.decode()
    assert "What came later changed single days, and all together nothing." in said
    assert "Nothing was restated since" not in said
    assert said.count("/restated?section=products") == 2
