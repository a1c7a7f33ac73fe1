"""The packing table: nothing wrong gets into a parcel, and nothing that was promised is taken twice."""

import pytest

from orders import changes, packing
from orders.lifecycle import ForbiddenMove
from orders.models import (
    Barcode,
    Hold,
    JournalEvent,
    OrderLine,
    Parcel,
    PlaceLevel,
    Scan,
    StockCount,
    StockLevel,
    StockMove,
)
from orders.packing import NewParcel, NewScan, Shortage
from orders.status import CancelReason, HoldReason, Status
from orders.stock import UnknownBin
from shopdesk.management.commands.audit import all_checks
from tests import make

pytestmark = pytest.mark.django_db
TWO = [("A", 2, "129.00"), ("B", 1, "50.00")]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 10, cost_minor=4000)
    make.product("B", 10)
    make.product("C", 10)


def scan(order, *scans):
    return packing.scan(order.number, scans, by=make.BY, at=make.AT)


def seal(order, *parcels):
    return packing.seal(order.number, parcels or [NewParcel(1000)], by=make.BY, at=make.AT)


def on_hand(sku, kind="bin"):
    return sum(PlaceLevel.objects.filter(product__sku=sku, place__kind=kind).values_list("on_hand", flat=True))


def line_of(order, sku):
    return OrderLine.objects.get(order=order, sku=sku)


def test_a_packer_takes_a_confirmed_order_for_two_hours():
    order = make.confirmed(TWO)
    packer = make.packer()

    taken = packing.take(order.number, packer.pk, by=make.BY, at=make.AT)

    assert (taken.status, taken.packer_id, taken.picking_until) == (Status.PICKING, packer.pk, make.after(hours=2))


def test_taking_again_changes_nothing_and_another_packer_is_refused():
    order = make.confirmed(TWO)
    packer = make.packer()
    version = packing.take(order.number, packer.pk, by=make.BY, at=make.AT).version

    assert packing.take(order.number, packer.pk, by=make.BY, at=make.after(hours=1)).version == version
    with pytest.raises(packing.AlreadyTaken):
        packing.take(order.number, make.packer().pk, by=make.BY, at=make.AT)


def test_a_held_order_stays_away_from_packing():
    order = make.confirmed(TWO)
    changes.hold(order.number, HoldReason.HIGH_RISK, by=make.BY, at=make.AT)

    with pytest.raises(packing.OnHold):
        packing.take(order.number, make.packer().pk, by=make.BY, at=make.AT)

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    changes.release_hold(order.number, Hold.objects.get(closed_at=None).pk, by=make.BY, at=make.AT)
    assert packing.take(order.number, make.packer().pk, by=make.BY, at=make.AT).status == Status.PICKING


def test_an_order_that_nobody_agreed_is_not_packed():
    order = make.order(TWO)

    with pytest.raises(ForbiddenMove):
        packing.take(order.number, make.packer().pk, by=make.BY, at=make.AT)


def test_a_scan_moves_goods_to_the_table_and_keeps_the_promise_once():
    order = make.picking(TWO)

    scan(order, NewScan("e1", 2, sku="A"))

    line, level = line_of(order, "A"), StockLevel.objects.get(product__sku="A")
    assert (line.picked, line.reserved) == (2, 0)
    assert (level.on_hand, level.reserved) == (8, 0)
    assert (on_hand("A"), on_hand("A", "packing")) == (8, 2)
    assert line_of(order, "B").picked == 0


def test_a_repeated_scan_changes_nothing():
    order = make.picking(TWO)
    scan(order, NewScan("e1", 1, sku="A"))
    before = StockMove.objects.count(), scan(order, NewScan("e1", 1, sku="A")).version

    scan(order, NewScan("e1", 1, sku="A"), NewScan("e1", 1, sku="A"))

    order.refresh_from_db()
    assert (StockMove.objects.count(), order.version) == before
    assert line_of(order, "A").picked == 1
    scan(order, NewScan("e2", 1, sku="A"))
    assert line_of(order, "A").picked == 2


def test_a_repeated_scan_is_still_a_repetition_once_the_order_is_sealed():
    order = make.picking([("A", 1, "129.00")])
    scan(order, NewScan("e1", 1, sku="A"))
    seal(order)

    assert scan(order, NewScan("e1", 1, sku="A")).status == Status.PACKED
    with pytest.raises(packing.NotBeingPicked):
        scan(order, NewScan("e2", 1, sku="A"))


def test_a_wrong_item_is_refused_and_says_what_is_wanted():
    order = make.picking(TWO)

    with pytest.raises(packing.WrongItem) as refused:
        scan(order, NewScan("e1", 2, sku="A"), NewScan("e2", 1, sku="C"))

    assert refused.value.code == "wrong_item"
    assert {"sku": "B", "quantity": 1} in refused.value.detail["wanted"]
    # All or none: the good scan before it is not applied either, so its event may come again.
    assert line_of(order, "A").picked == 0
    assert not Scan.objects.exists()
    assert on_hand("A", "packing") == 0


def test_more_than_the_order_wants_is_refused():
    order = make.picking(TWO)

    with pytest.raises(packing.TooMuch):
        scan(order, NewScan("e1", 3, sku="A"))

    assert line_of(order, "A").picked == 0


def test_only_promised_pieces_are_picked():
    make.product("D", 1)
    short = make.confirmed([("D", 3, "10.00")])
    changes.release_hold(short.number, Hold.objects.get(order=short, closed_at=None).pk, by=make.BY, at=make.AT)
    packing.take(short.number, make.packer().pk, by=make.BY, at=make.AT)

    with pytest.raises(packing.NotReserved):
        scan(short, NewScan("e1", 2, sku="D"))

    assert scan(short, NewScan("e1", 1, sku="D")).status == Status.PICKING


def test_a_pack_s_barcode_counts_for_its_pieces():
    Barcode.objects.create(
        code="4600000000017", product_id=line_of(order := make.picking(TWO), "A").product_id, pieces=2
    )

    scan(order, NewScan("e1", 1, barcode="4600000000017"))

    assert line_of(order, "A").picked == 2


def test_pieces_come_from_the_bins_that_hold_them():
    product = line_of(make.order([("B", 10, "1.00")]), "B").product
    order = make.picking([("A", 1, "129.00")])
    make.fill(line_of(order, "A").product, 1)

    with pytest.raises(UnknownBin):
        scan(order, NewScan("e1", 1, sku="A", bin="NOWHERE"))

    scan(order, NewScan("e1", 1, sku="A"))
    assert StockMove.objects.filter(reason="picked").get().source.code == "MAIN"
    assert on_hand("B") == 10
    assert StockLevel.objects.get(product=product).reserved == 10


def test_an_incomplete_order_is_not_sealed():
    order = make.picking(TWO)
    scan(order, NewScan("e1", 1, sku="A"), NewScan("e2", 1, sku="B"))

    with pytest.raises(packing.NotComplete) as refused:
        seal(order)

    assert [one["sku"] for one in refused.value.detail["missing"]] == ["A"]
    assert not Parcel.objects.exists()


def test_a_sealed_parcel_knows_its_contents_and_what_is_due():
    order = make.packed(TWO)

    parcel = Parcel.objects.get(order=order)
    assert (parcel.number, parcel.state, parcel.weight_g) == (f"P-{order.number}-1", "inside", 1000)
    assert (parcel.cod_minor, parcel.declared_minor) == (30800, 30800)
    assert {(item.line.sku, item.quantity) for item in parcel.items.all()} == {("A", 2), ("B", 1)}
    assert (order.status, order.packer_id) == (Status.PACKED, None)


def test_several_parcels_share_the_contents_and_one_sum():
    order = make.picked(TWO)

    seal(order, NewParcel(500, items=[("A", 1)]), NewParcel(700, items=[("A", 1), ("B", 1)]))

    first, second = Parcel.objects.order_by("position")
    assert (first.cod_minor, second.cod_minor) == (30800, 0)
    assert first.declared_minor + second.declared_minor == 30800
    assert {(item.line.sku, item.quantity) for item in second.items.all()} == {("A", 1), ("B", 1)}


@pytest.mark.parametrize(
    "parcels",
    [
        [NewParcel(500, items=[("A", 1)]), NewParcel(500, items=[("B", 1)])],  # one A in no box
        [NewParcel(500, items=[("A", 2)]), NewParcel(500, items=[("A", 1), ("B", 1)])],  # one A in two boxes
        [NewParcel(500), NewParcel(500)],
        [NewParcel(500, items=[("C", 1)])],
    ],
)
def test_contents_that_do_not_add_up_are_refused(parcels):
    order = make.picked(TWO)

    with pytest.raises(packing.WrongContents):
        seal(order, *parcels)

    assert not Parcel.objects.exists()


def test_an_order_of_services_is_sealed_as_one_empty_parcel():
    make.product("FEE", kind="service")
    order = make.picked([("FEE", 1, "100.00")])

    seal(order)

    assert Parcel.objects.get(order=order).items.count() == 0


def test_opening_again_puts_the_goods_on_the_table_and_a_new_box_gets_a_new_number():
    order = make.packed(TWO)

    packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.AT)

    assert Parcel.objects.get(order=order).state == "opened"
    assert on_hand("A", "packing") == 2
    seal(order)
    assert set(Parcel.objects.values_list("number", "state")) == {
        (f"P-{order.number}-1", "opened"),
        (f"P-{order.number}-2", "inside"),
    }


def test_a_shortage_sends_the_order_back_to_the_callers_and_the_bin_to_be_counted():
    order = make.picking(TWO)
    scan(order, NewScan("e1", 1, sku="A"))

    packing.report_shortage(order.number, Shortage("A", 1), by=make.BY, at=make.AT)

    order.refresh_from_db()
    line, level = line_of(order, "A"), StockLevel.objects.get(product__sku="A")
    assert (order.status, order.packer_id) == (Status.NEW, None)
    assert (line.picked, line.reserved) == (1, 0)
    assert (level.on_hand, level.reserved) == (9, 0)
    assert Hold.objects.get(order=order, closed_at=None).reason == HoldReason.OUT_OF_STOCK
    assert StockCount.objects.get().kind == "spot"
    assert order.call_tasks.filter(closed_at=None, reason="short").exists()


def test_a_second_shortage_opens_no_second_count_of_the_bin():
    first, second = make.picking(TWO), make.picking(TWO)

    for order in (first, second):
        packing.report_shortage(order.number, Shortage("A", 1), by=make.BY, at=make.AT)

    assert StockCount.objects.count() == 1


def test_pieces_that_were_not_promised_cannot_be_missing():
    order = make.picking(TWO)

    with pytest.raises(packing.NotReserved):
        packing.report_shortage(order.number, Shortage("A", 3), by=make.BY, at=make.AT)

    order.refresh_from_db()
    assert order.status == Status.PICKING


def test_goods_of_an_order_that_was_put_down_go_back_and_stay_promised():
    order = make.picked(TWO)
    packing.put_down(order.number, by=make.BY, at=make.AT)

    packing.put_back(order.number, [NewScan("b1", 2, sku="A")], by=make.BY, at=make.AT)
    packing.put_back(order.number, [NewScan("b1", 2, sku="A")], by=make.BY, at=make.AT)

    line, level = line_of(order, "A"), StockLevel.objects.get(product__sku="A")
    assert (line.picked, line.reserved) == (0, 2)
    assert (level.on_hand, level.reserved) == (10, 2)
    assert on_hand("A", "packing") == 0


def test_goods_of_a_cancelled_order_go_back_free():
    order = make.packed(TWO)
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    assert (on_hand("A"), on_hand("A", "packing")) == (8, 2)

    packing.put_back(order.number, [NewScan("b1", 2, sku="A")], by=make.BY, at=make.AT)

    level = StockLevel.objects.get(product__sku="A")
    assert (level.on_hand, level.reserved) == (10, 0)
    assert line_of(order, "A").picked == 0
    with pytest.raises(packing.NothingToPutBack):
        packing.put_back(order.number, [NewScan("b2", 1, sku="A")], by=make.BY, at=make.AT)


def test_goods_of_an_order_on_the_table_are_not_put_back():
    order = make.picked(TWO)

    with pytest.raises(packing.StillPacked):
        packing.put_back(order.number, [NewScan("b1", 1, sku="A")], by=make.BY, at=make.AT)

    assert on_hand("A", "packing") == 2


# --- a table that its packer left ---


def begun(pieces=1):
    order = make.picking([("A", 2, "129.00")])
    packing.scan(order.number, [packing.NewScan("first", pieces, sku="A")], by=make.BY, at=make.AT)
    return order


def test_an_order_left_on_the_table_waits_for_others_again():
    order = begun()
    assert packing.take_back_from_tables(at=make.after(hours=1, minutes=59)) == 0, "its time is not over"

    assert packing.take_back_from_tables(at=make.after(hours=2)) == 1
    assert packing.take_back_from_tables(at=make.after(hours=2)) == 0

    order.refresh_from_db()
    assert (order.status, order.packer_id, order.picking_until) == ("confirmed", None, None)
    event = JournalEvent.objects.get(kind="order.left_on_table")
    assert (event.actor_kind, event.order_id) == ("sweep", order.number)
    assert event.data["packer"]
    assert OrderLine.objects.get(order=order).picked == 1, "what was picked lies there"
    assert [check.id for check in all_checks() if check.find("default").broken] == []
    again = packing.take(order.number, make.packer().pk, by=make.BY, at=make.after(hours=3))
    assert again.status == "picking"


def test_whoever_scans_still_or_has_sealed_keeps_it():
    order, sealed = begun(), make.packed([("A", 1, "129.00")])
    packing.scan(order.number, [packing.NewScan("late", 1, sku="A")], by=make.BY, at=make.after(hours=2, minutes=40))

    assert packing.take_back_from_tables(at=make.after(hours=3, minutes=9)) == 0
    sealed.refresh_from_db()
    assert sealed.status == "packed"
    assert packing.take_back_from_tables(at=make.after(hours=3, minutes=11)) == 1
