"""Kept days: the same figures as the facts give, whatever came late, in every zone, and the guard that proves it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery import cash
from delivery.models import CashEntry, Shipment
from orders import changes, feed, journal, lifecycle, payments, stock
from orders.models import CallAttempt, Credit, Enquiry, Feed, JournalEvent, Order, OrderLine, Payment, Place, Unplaced
from orders.models.calls import Outcome
from orders.status import CancelReason, Status
from reports import audit, collecting, facts, figures, folding, rollups
from reports.figures import AsOf, Cut, Part
from reports.models import FigureDelta, FigureHead
from reports.period import split
from shopdesk.base import periods
from tests import make

pytestmark = pytest.mark.django_db
PARTS = [Part(fact, name) for fact in rollups.KEPT for name in fact.measures]
DIMS = sorted({dim for fact in rollups.KEPT for dim in fact.dims})
DAYS = collecting.Calendar("Europe/Sofia", time(0))
# Two days around each: both changes of clocks in Sofia, the leap day, the year's end.
TURNS = [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29), date(2026, 12, 31)]
WAYS = [
    [Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER, Status.DELIVERED],
    [Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER, Status.RETURNING, Status.RETURNED],
    [Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER, Status.LOST, Status.RETURNING],
    [Status.CONFIRMED, Status.NEW, Status.CANCELLED, Status.NEW],
    [Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER, Status.DELIVERED, Status.RETURNING],
]  # fmt: skip


@st.composite
def deeds(draw):
    """Give orders that go some way, each step at its own moment: what is learnt later may have happened earlier."""
    turn = draw(st.sampled_from(TURNS))
    start = datetime.combine(turn, time(0), UTC) - timedelta(days=1)
    moment = st.integers(0, 3 * 24 * 12).map(lambda fives: start + timedelta(minutes=5 * fives))
    order = st.tuples(st.sampled_from(WAYS), st.lists(moment, min_size=7, max_size=7))
    return turn, draw(st.lists(order, min_size=1, max_size=2))


def live(way, moments, person):
    """Let one order go its way, with a call, money, a credit and goods beside it."""
    order = make.order([("A", 2, "33.33")], at=moments[0], courier="own")
    task = order.call_tasks.first()
    waited = {"waited": moments[6].minute} if moments[6].minute % 2 else {}
    event = journal.record([journal.Entry("call.attempted", order, data=waited)], by=make.BY, at=moments[6])[0]
    CallAttempt.objects.create(
        task=task, order=order, person=person, outcome=Outcome.CONFIRMED, applied=True, event=event, at=event.at
    )
    ask_in_vain(order, moments[5])
    for status, at in zip(way, moments[1:], strict=False):
        event = lifecycle.move([order], status, by=make.BY, at=at)[0]
        if status == Status.HANDED_OVER:
            shipment = Shipment.objects.create(
                order=order, courier_id="own", currency="RUB", state_at=at, started_at=at
            )
            cash.settle([shipment], CashEntry.Kind.COLLECTED, [6666], [event])
        carry(order, status, event)
        if status == Status.DELIVERED:
            lines = OrderLine.objects.filter(order=order).select_related("order")
            lifecycle.sales.keep([(line, 2) for line in lines], event)
            Payment.objects.create(
                order=order, account="courier", amount_minor=6666, currency="RUB", event=event, at=at
            )
        if status == Status.RETURNING:
            cash.settle([shipment], CashEntry.Kind.COLLECTED, [6000], [event])
            Credit.objects.create(
                order=order, reason=Credit.Reason.RETURN, amount_minor=700, goods_minor=500, currency="RUB",
                event=event, at=at,
            )  # fmt: skip


def carry(order, status, event):
    """Move the order's goods as its parcel goes: into the courier's hands, and out of them."""
    line, place = OrderLine.objects.get(order=order), Place.Kind
    table, hands = stock.inside(place.PACKING, stock.main_location().code), stock.courier_place("own")
    home = stock.inside(place.RETURNS, stock.main_location().code)
    ways = {
        Status.HANDED_OVER: [(stock.outside(place.SUPPLIER), table, 2), (table, hands, 2)],
        Status.DELIVERED: [(hands, stock.outside(place.CUSTOMER), 1)],  # one of two is kept
        Status.LOST: [(hands, stock.outside(place.LOST), 1)],
        Status.RETURNING: [(hands, home, 1)],
    }
    moves = [
        stock.Move(line.product_id, pieces, source, target, "carried", event, line_id=line.pk)
        for source, target, pieces in ways.get(status, ())
    ]
    stock.move(moves, at=event.at)


def ask_in_vain(order, at):
    """Let somebody ask for goods that are not there."""
    event = journal.record([journal.Entry("enquiry.noted")], by=make.BY, at=at)[0]
    product = OrderLine.objects.get(order=order).product
    Enquiry.objects.create(
        product=product, asked="A", quantity=3, came_to=Enquiry.CameTo.ABSENT, free=1, event=event, at=at
    )  # fmt: skip


def want_in_vain(moments):
    """Let an order wait for goods that are not there, shrink, take something else, end, and perhaps come back."""
    order = make.order([("B", 5, "10.00")], at=moments[0])
    line = OrderLine.objects.get(order=order)
    less = [changes.LineEdit(3, id=line.pk), changes.LineEdit(1, sku="A", instead_of="B")]
    changes.edit(order.pk, changes.Edit(lines=less), version=order.version, by=make.BY, at=moments[1])
    changes.cancel(order.pk, "price", by=make.BY, at=moments[2])
    if moments[2].minute % 2:
        changes.reopen(order.pk, by=make.BY, at=moments[3])
        order.refresh_from_db()
        more = [changes.LineEdit(4, id=line.pk)]
        changes.edit(order.pk, changes.Edit(lines=more), version=order.version, by=make.BY, at=moments[4])
        changes.cancel(order.pk, "out_of_stock", by=make.BY, at=moments[5])


def scrap(product, at):
    event = journal.record([journal.Entry("stock.scrapped")], by=make.BY, at=at)[0]
    move = stock.Move(
        product.pk, 1, stock.bin_at(stock.main_location().code, "MAIN"), stock.outside(Place.Kind.SCRAP), "scrap", event
    )
    stock.move([move], at=at)


def assert_same(pieces, cut=figures.WHOLE):
    feed.publish()
    as_of = figures.known_now("default")
    told = {
        key: value for key, value in figures.tally(PARTS, pieces, as_of, "default", cut).items() if value
    }  # fmt: skip
    kept = {key: value for key, value in rollups.tally(PARTS, pieces, as_of, "default", cut).items() if value}
    assert kept == {(i, "" if cut.only else key, money, code): v for (i, key, money, code), v in told.items()}
    return told


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    found=deeds(),
    zone=st.sampled_from(["Europe/Sofia", "America/Sao_Paulo", "Asia/Almaty"]),
    cutoff=st.sampled_from([time(0), time(3, 30)]),
)
def test_kept_days_are_what_the_facts_say(db, found, zone, cutoff):
    turn, orders = found
    with make.undone():
        make.shop(zone=zone, day_cutoff=cutoff, currency="RUB")
        make.courier()
        person = make.manager()
        product = make.product("A", on_hand=20, at=orders[0][1][0])
        make.product("B", on_hand=1, at=orders[0][1][0])
        for index, (way, moments) in enumerate(orders):
            live(way, moments, person)
            want_in_vain(moments)
            if index == 0:
                rollups.sweep()  # what follows is learnt later
        scrap(product, orders[-1][1][3])
        span = periods.between(turn - timedelta(days=3), turn + timedelta(days=4), zone, cutoff)
        months = periods.between(turn.replace(day=1), turn + timedelta(days=40), zone, cutoff)
        told = assert_same([months])  # with a live tail
        assert {"absent.pieces", "rung.orders", "unmet.pieces"} <= {code for *_, code in told}
        assert_same(split(span, "day"), Cut("courier"))
        rollups.sweep()
        whole = assert_same([months])
        by_day = assert_same(split(months, "day"))
        for key in whole:  # days tile their months
            assert sum(value for day, value in by_day.items() if day[1:] == key[1:]) == whole[key], key
        assert audit.other_figures("default").offenders == []  # each dimension
        assert_same(split(months, "month"), Cut("", (("channel", "shop"),)))
        folding.fold(before=date(2100, 1, 1))
        assert_same([months])
        rollups.rebuild(turn, turn + timedelta(days=1))
        assert_same([months])


def sold_and_kept():
    make.shop(zone="Europe/Sofia", currency="RUB")
    make.courier()
    make.product("A", on_hand=9)
    live(WAYS[0], [make.after(hours=hour) for hour in range(7)], make.manager())
    rollups.sweep()
    assert FigureDelta.objects.filter(code="carried.bought_sum", dim="courier", key="own").exists()


def offenders():
    return audit.other_figures("default").offenders


def test_the_auditor_finds_a_lost_delta_and_a_day_that_slipped():
    sold_and_kept()
    assert offenders() == []

    one = FigureDelta.objects.filter(code="sale.amount", dim="", span="d").get()
    one.delete()
    assert any("sale.amount" in said for said in offenders())
    one.save(force_insert=True)
    FigureDelta.objects.filter(pk=one.pk).update(on=one.on - timedelta(days=40))
    assert any("sale.amount" in said for said in offenders())


def test_another_zone_or_cutoff_keeps_everything_anew():
    sold_and_kept()
    make.shop(zone="Asia/Almaty", day_cutoff=time(4))
    days = split(periods.month(make.AT.date(), "Asia/Almaty", time(4)), "day")
    assert rollups._kept(days, figures.known_now("default"), "default", figures.WHOLE) is None  # the old days tell not

    rollups.sweep()

    assert FigureHead.objects.get().zone == "Asia/Almaty"
    assert rollups._kept(days, figures.known_now("default"), "default", figures.WHOLE) is not None
    assert assert_same(days)


def test_what_was_known_earlier_is_told_by_the_facts():
    sold_and_kept()
    place = feed.position()
    month = [periods.month(make.AT.date(), "Europe/Sofia")]
    before = rollups.tally(PARTS, month, AsOf(place), "default")
    live(WAYS[0], [make.after(hours=hour) for hour in range(7)], make.manager())
    rollups.sweep()

    again = rollups.tally(PARTS, month, AsOf(place), "default")

    assert {key: value for key, value in again.items() if value} == before
    assert rollups.tally(PARTS, month, AsOf(feed.position()), "default") != before


def test_an_event_that_got_its_place_late_is_kept_once_and_in_its_place():
    """Its id lies between those of others: whoever reads by the range of ids alone counts it twice."""
    sold_and_kept()
    made = [make.order(at=make.after(hours=hour)) for hour in range(3)]
    late = JournalEvent.objects.get(order=made[1], to_status=Status.NEW)
    Unplaced.objects.filter(event=late).delete()
    first = feed.position()
    feed.publish()
    Unplaced.objects.create(event=late)
    taken = collecting.collect([facts.TAKEN], (first, feed.position()), DAYS, "default", dims={""})
    assert [value for _dim, span, *_rest, value, _rows in taken if span == "d"][0] == 2

    rollups.sweep()
    feed.publish()
    assert Feed.objects.get(event=late).position == feed.position()
    rollups.sweep()

    assert offenders() == []


def test_a_refund_that_was_taken_back_later_is_kept_though_nothing_else_is_learnt():
    """Its credit lies at an event of long ago: whoever looks only for rows of the new events keeps nothing."""
    sold_and_kept()
    order = make.order([("A", 1, "100.00")], paid_minor=10000, payment_method="prepaid")
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    rollups.sweep()
    credit, order = Credit.objects.latest("pk"), Order.objects.get(pk=order.pk)

    with transaction.atomic():
        payments.take_back(credit, order, by=make.BY, at=make.after(hours=1))
    feed.publish()
    month = [periods.month(make.AT.date(), "Europe/Sofia")]
    back = [Part(facts.REFUND_BACK, "amount")]
    live_on = rollups.tally(back, month, figures.known_now("default"), "default")
    rollups.sweep()

    kept = rollups.tally(back, month, figures.known_now("default"), "default")
    assert list(kept.values()) == list(live_on.values()) == [10000]
    assert offenders() == []


@pytest.mark.parametrize(("span", "on"), [("d", date(2026, 11, 20)), ("m", date(2026, 11, 1))])
def test_what_still_goes_on_is_folded_when_it_is_crowded_and_not_at_every_sweep(span, on):
    rollups.sweep()
    FigureHead.objects.update(position=1_000)

    def append(deltas):
        one = {"dim": "product", "span": span, "on": on, "code": "sale.pieces", "currency": ""}
        for key in ("1", "2"):
            FigureDelta.objects.bulk_create(
                FigureDelta(**one, key=key, value=1, facts=1, first=n, last=n) for n in range(deltas)
            )
        whole = one | {"dim": ""}
        FigureDelta.objects.bulk_create(FigureDelta(**whole, value=2, facts=2, first=n, last=n) for n in range(deltas))

    append(folding.OPEN_CROWD)
    assert folding.fold(before=date(2026, 11, 20)) == 0
    append(1)
    assert folding.fold(before=date(2026, 11, 20)) == 3 * folding.OPEN_CROWD
    sums = FigureDelta.objects.order_by("dim", "key").values_list("dim", "key", "value", "facts", "first", "last")
    most, last = folding.OPEN_CROWD + 1, folding.OPEN_CROWD - 1
    assert list(sums) == [
        ("", "", 2 * most, 2 * most, 0, last), ("product", "1", most, most, 0, last),
        ("product", "2", most, most, 0, last),
    ]  # fmt: skip
    append(2)
    assert folding.fold(before=date(2026, 12, 1)) == 6  # over: two more of each sum are too many


def test_two_sweeps_at_once_keep_everything_once():
    sold_and_kept()
    make.order()
    feed.publish()
    seen = FigureHead.objects.get()
    sums = collecting.collect(rollups.KEPT, (seen.position, feed.position()), DAYS, "default")
    rollups.sweep()

    assert rollups._keep(seen, sums, feed.position()) is False

    assert offenders() == []


def test_intake_writes_nothing_for_the_figures():
    sold_and_kept()
    before = FigureDelta.objects.count(), FigureHead.objects.get().position
    make.order()

    assert (FigureDelta.objects.count(), FigureHead.objects.get().position) == before


def test_odd_texts_are_written_as_they_are():
    """What COPY would take for the end of a field or row, or for nothing, is no end and not nothing."""
    odd = ["a\tb", "a\nb", "a\rb", "a\\tb", "\\N", "\\.", "плащ"]
    sums = [("why", "d", date(2026, 11, 1), "x", key, "", place, 1) for place, key in enumerate(odd)]
    rollups._append(sums, 1, 2)
    assert list(FigureDelta.objects.order_by("value").values_list("key", flat=True)) == odd
