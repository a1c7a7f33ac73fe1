"""What the desk keeps an eye on: low stock once, cover, what to buy, dead stock, drifting books, the shelf of then."""

from datetime import timedelta

import pytest
from django.db.models import F

from orders import audit, demand, expecting, packing, receiving, watching
from orders.models import Drift, JournalEvent, LowStock, PlaceLevel, Product
from orders.tasks import watch_books, watch_stock
from tests import make

pytestmark = pytest.mark.django_db
NOW = {"by": make.BY, "at": make.AT}


def test_low_stock_is_told_once_for_each_crossing() -> None:
    product = make.product("A", on_hand=5, min_stock=4)
    make.product("B", on_hand=1)  # without a minimum nothing is low
    assert watching.notice_low(at=make.AT) == []
    make.order([("A", 2, "10.00")])  # three are free now
    (told,) = watching.notice_low(at=make.AT)
    assert (told.product.sku, told.available, told.minimum) == ("A", 3, 4)
    make.order([("A", 1, "10.00")])
    assert watching.notice_low(at=make.after(minutes=5)) == []  # lower, but told already
    make.fill(product, 5)
    assert watching.notice_low(at=make.after(minutes=10)) == []
    assert LowStock.objects.get().ended_at == make.after(minutes=10)
    make.order([("A", 5, "10.00")])
    assert len(watching.notice_low(at=make.after(minutes=15))) == 1
    assert JournalEvent.objects.filter(kind="stock.low").count() == 2
    assert watch_stock() == 0


def test_what_is_to_be_bought_covers_the_way_here_and_who_waits() -> None:
    make.product("A", on_hand=30, lead_days=7, min_stock=3)
    make.product("B", on_hand=50)
    make.product("C", min_stock=2)
    make.picked([("A", 28, "10.00")])  # 28 in four weeks: one a day
    make.order([("C", 3, "10.00")])
    rows = {row.sku: row for row in demand.to_buy(at=make.AT)}
    assert set(rows) == {"A", "C"}
    # 3 at least, 14 days at one a day, less the 2 that are there.
    assert (rows["A"].buy, rows["A"].cover_days, rows["A"].free) == (15, 2, 2)
    # 2 at least and 3 that an order waits for.
    assert (rows["C"].buy, rows["C"].short, rows["C"].cover_days) == (5, 3, None)
    assert list(rows) == ["C", "A"]


def test_what_is_coming_is_not_bought_twice() -> None:
    product = make.product("A", min_stock=10, cost_minor=100)
    wanted = [expecting.Wanted("A", 6)]
    expected = expecting.expect(expecting.NewExpected(wanted, "Mill"), **NOW)
    assert [(row.buy, row.coming, row.worth_minor) for row in demand.to_buy(at=make.AT)] == [(4, 6, 400)]
    receiving.receive(receiving.NewReceipt([receiving.NewLine("A", 2)], expected=expected.pk), **NOW)
    assert demand.coming(product.pk) == 4
    assert [(row.buy, row.coming, row.free) for row in demand.to_buy(at=make.AT)] == [(4, 4, 2)]
    expecting.close(expected.pk, **NOW)
    assert [(row.buy, row.coming) for row in demand.to_buy(at=make.AT)] == [(8, 0)]


def test_put_back_pieces_were_not_sold() -> None:
    product = make.product("A", on_hand=9)
    order = make.picked([("A", 4, "10.00")])
    packing.put_down(order.pk, **NOW)
    packing.put_back(order.pk, [packing.NewScan("back", 3, sku="A")], **NOW)
    assert demand.sold([product.pk], at=make.AT) == {product.pk: 1}


def test_dead_stock_is_what_lies_and_is_not_sold() -> None:
    old = make.AT - timedelta(days=200)
    make.product("OLD", on_hand=4, cost_minor=50, at=old)
    make.product("SOLD", on_hand=4, at=old)
    make.product("NEW", on_hand=4)
    make.picked([("SOLD", 1, "10.00")])
    (row,) = demand.dead(at=make.AT)
    assert (row.sku, row.pieces, row.worth_minor, row.sold_at) == ("OLD", 4, 200, None)
    later = {row.sku: row for row in demand.dead(at=make.AT + timedelta(days=100))}
    assert later["SOLD"].sold_at == make.AT


def test_shelf_of_any_moment_is_walked_back_from_now() -> None:
    product = make.product("A", on_hand=5, at=make.AT)
    make.fill(product, 3, at=make.after(hours=2))
    make.picked([("A", 4, "10.00")], at=make.after(hours=3))
    lay = [demand.lay_then([product.pk], then=make.after(hours=hour))[product.pk] for hour in (-1, 0, 1, 2, 3)]
    assert lay == [0, 5, 5, 8, 4]


def shelf_checks() -> dict[str, object]:
    return {check.id: check.find("default") for check in audit.checks() if check.id in {"S1", "S2", "S3"}}


def test_drifting_books_raise_one_alarm_and_nothing_is_repaired() -> None:
    make.product("A", on_hand=5)
    assert watch_books() == 0
    PlaceLevel.objects.update(on_hand=F("on_hand") - 1)
    assert watch_books() == 1
    assert watch_books() == 0  # the same alarm still
    drift = Drift.objects.get()
    assert (drift.promise, drift.ended_at) == ("S1", None)
    assert PlaceLevel.objects.get().on_hand == 4  # a person counts, the desk changes nothing by itself
    PlaceLevel.objects.update(on_hand=F("on_hand") + 1)
    watching.note_drift(shelf_checks(), at=make.AT)
    assert Drift.objects.get().ended_at == make.AT
    assert JournalEvent.objects.filter(kind="stock.drift").count() == 1


def test_expected_goods_are_compared_with_what_came() -> None:
    for sku in "ABC":
        make.product(sku)
    wanted = [expecting.Wanted("A", 5, 120), expecting.Wanted("B", 3)]
    expected = expecting.expect(expecting.NewExpected(wanted, "Mill", "PO-1"), **NOW)
    with pytest.raises(expecting.ExpectedAlready):
        expecting.expect(expecting.NewExpected(wanted, "Mill", "PO-1"), **NOW)
    lines = [receiving.NewLine("A", 6), receiving.NewLine("B", 1, 80), receiving.NewLine("C", 1, 10)]
    booked = receiving.receive(
        receiving.NewReceipt(lines, reference="D-7", invoice="INV-9", expected=expected.pk), **NOW
    )
    assert (booked.receipt.supplier, booked.receipt.invoice) == ("Mill", "INV-9")
    assert booked.receipt.lines.get(product__sku="A").unit_cost_minor == 120  # as it was agreed
    rows = [(row.product.sku, row.asked, row.came, row.over, row.short) for row in expecting.compare(expected)]
    assert rows == [("A", 5, 6, 1, 0), ("B", 3, 1, 0, 2), ("C", 0, 1, 1, 0)]
    assert expecting.close(expected.pk, **NOW).closed_at == make.AT
    with pytest.raises(expecting.NotExpected):
        expecting.close(expected.pk, **NOW)
    with pytest.raises(receiving.NothingMoreExpected):
        receiving.receive(receiving.NewReceipt(lines, expected=expected.pk), **NOW)


def test_doubtful_goods_are_received_into_quarantine_and_not_sold() -> None:
    make.product("A")
    lines = [receiving.NewLine("A", 2, 100), receiving.NewLine("A", 1, 100, aside=True)]
    paper = receiving.NewReceipt(lines, reference="D-1")
    receiving.receive(paper, **NOW)
    assert receiving.receive(paper, **NOW).again
    levels = dict(PlaceLevel.objects.values_list("place__kind", "on_hand"))
    assert levels == {"bin": 2, "quarantine": 1}
    assert Product.objects.get().cost_minor == 100
    assert not any(found.broken for found in shelf_checks().values())


@pytest.mark.parametrize("skus", [[], ["FEE"], ["X"]])
def test_what_no_supplier_brings_is_not_expected(skus: list[str]) -> None:
    make.product("FEE", kind="service")
    wanted = [expecting.Wanted(sku, 1) for sku in skus]
    with pytest.raises((expecting.NotBuyable, expecting.NothingExpected)):
        expecting.expect(expecting.NewExpected(wanted, "Mill"), **NOW)
