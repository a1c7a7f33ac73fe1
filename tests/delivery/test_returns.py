"""Returns: only an inspection leads to the shelf, and what was paid is owed back to the penny, once."""

import pytest

from delivery import handoff, queues, returns
from delivery.models import Return, Shipment
from delivery.returns import Comeback, Inspected, NewReturn
from orders import packing
from orders.models import Credit, OrderLine, Parcel, ParcelItem, PlaceLevel, Sale, StockLevel, StockMove
from orders.status import Status
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
TWO = [("A", 2, "100.00"), ("B", 1, "50.00")]
KIND = Return.Kind


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 20, cost_minor=4000)
    make.product("B", 20)
    make.courier("own")


def number_of(order):
    return make.parcel_of(order).number


def inspect(order, *lines):
    found = [Inspected(*line) for line in lines]
    return returns.inspect_parcel(number_of(order), found, by=make.BY, at=make.after(days=2))


def at_place(kind, sku="A"):
    return sum(PlaceLevel.objects.filter(product__sku=sku, place__kind=kind).values_list("on_hand", flat=True))


def counters(order, sku="A"):
    line = OrderLine.objects.get(order=order, sku=sku)
    return (line.delivered, line.returned, line.lost)


def refused(items=TWO, **fields):
    order = make.handed_over(items, **fields)
    make.said(order, "returning", at=make.after(hours=1))
    order.refresh_from_db()
    return order


def test_receiving_brings_nothing_to_the_shelf():
    order = refused()

    returns.receive_parcels([number_of(order)], by=make.BY, at=make.after(days=1))
    returns.receive_parcels([number_of(order)], by=make.BY, at=make.after(days=1))

    order.refresh_from_db()
    assert (at_place("courier"), at_place("returns"), at_place("bin")) == (0, 2, 18)
    assert (order.status, Return.objects.get().state) == (Status.RETURNING, "received")
    assert (counters(order), make.parcel_of(order).in_hands_of) == ((0, 2, 0), "")


def test_inspection_sends_each_piece_where_it_belongs():
    order = refused()

    inspect(order, ("A", 1, "bin"), ("A", 1, "scrap"), ("B", 1, "quarantine"))

    order.refresh_from_db()
    row = Return.objects.get()
    assert (order.status, make.parcel_of(order).state, row.state) == (Status.RETURNED, "returned", "inspected")
    assert (at_place("bin"), at_place("returns"), at_place("quarantine", "B")) == (19, 0, 1)
    assert StockLevel.objects.get(product__sku="A").on_hand == 19
    assert [(line.to_bin, line.to_scrap, line.to_quarantine) for line in row.lines.order_by("pk")] == [
        (1, 1, 0),
        (0, 0, 1),
    ]
    # Nothing was paid, so nothing is owed back.
    assert not Credit.objects.exists()


def test_an_inspection_that_does_not_add_up_is_refused():
    order = refused()

    for lines in ([("A", 2, "bin")], [("A", 3, "bin"), ("B", 1, "bin")], [("A", 2, "bin"), ("C", 1, "bin")]):
        with pytest.raises(returns.NotAllInspected):
            inspect(order, *lines)

    assert (at_place("bin"), at_place("courier")) == (18, 2)
    assert Return.objects.get().state == "on_the_way"


def test_inspecting_again_changes_nothing():
    order = refused()
    inspect(order, ("A", 2, "bin"), ("B", 1, "bin"))
    moves = StockMove.objects.count()

    inspect(order, ("A", 2, "bin"), ("B", 1, "bin"))

    assert StockMove.objects.count() == moves
    assert at_place("bin") == 20


def test_missing_pieces_are_lost_and_not_returned():
    order = refused()

    inspect(order, ("A", 1, "bin"), ("A", 1, "missing"), ("B", 1, "bin"))

    assert counters(order) == (0, 1, 1)
    item = ParcelItem.objects.get(line__sku="A")
    assert (item.returned, item.lost) == (1, 1)
    order.refresh_from_db()
    assert order.status == Status.RETURNED


def test_a_parcel_that_came_back_empty_is_lost():
    order = refused()

    inspect(order, ("A", 2, "missing"), ("B", 1, "missing"))

    order.refresh_from_db()
    assert order.status == Status.LOST


def test_a_parcel_that_comes_without_a_word_is_received_too():
    order = make.handed_over(TWO)

    returns.receive_parcels([number_of(order)], by=make.BY, at=make.after(days=1))

    order.refresh_from_db()
    assert order.status == Status.RETURNING
    assert Shipment.objects.get().reduced_minor == Shipment.objects.get().due_minor


def test_what_is_inside_or_with_the_customer_is_not_received():
    inside, kept = make.packed(TWO), make.delivered(TWO)

    for order in (inside, kept):
        with pytest.raises(returns.NothingComesBack):
            returns.receive_parcels([number_of(order)], by=make.BY, at=make.AT)
    with pytest.raises(Missing):
        returns.receive_parcels(["P-0-0"], by=make.BY, at=make.AT)


def test_a_refused_prepaid_order_is_credited_for_its_goods():
    order = refused(TWO, payment_method="prepaid", paid_minor=28000, delivery_minor=3000)

    inspect(order, ("A", 2, "bin"), ("B", 1, "scrap"))

    credit = Credit.objects.get()
    assert (credit.amount_minor, credit.goods_minor, credit.state, credit.reason) == (25000, 25000, "due", "return")
    assert sorted(credit.lines.values_list("amount_minor", flat=True)) == [5000, 20000]


def test_what_was_half_paid_is_credited_less_what_the_courier_did_not_collect():
    order = make.handed_over(TWO, paid_minor=10000)  # 150.00 due at the door
    make.said(order, "delivered", at=make.after(hours=1), delivered=[("B", 1)])
    order.refresh_from_db()
    # 200.00 refused, 150.00 of it were due: 50.00 of the 100.00 that are paid stay for B.
    inspect(order, ("A", 2, "bin"))

    assert Credit.objects.get().amount_minor == 5000


def test_a_part_comes_back_after_delivery_and_the_order_stays_delivered():
    order = make.delivered(TWO)

    inspect(order, ("A", 1, "bin"))

    order.refresh_from_db()
    assert (order.status, make.parcel_of(order).state) == (Status.DELIVERED, "kept")
    assert counters(order) == (1, 1, 0)
    assert (Return.objects.get().kind, Credit.objects.get().amount_minor) == ("after_delivery", 10000)
    assert at_place("bin") == 19
    # A return after delivery is a credit; what was sold stays sold.
    assert sum(Sale.objects.values_list("quantity", flat=True)) == 3


def test_everything_comes_back_after_delivery():
    order = make.delivered(TWO)

    inspect(order, ("A", 1, "bin"))
    inspect(order, ("A", 1, "bin"), ("B", 1, "bin"))

    order.refresh_from_db()
    assert (order.status, make.parcel_of(order).state) == (Status.RETURNED, "returned")
    assert sum(Credit.objects.values_list("amount_minor", flat=True)) == 25000


def test_the_parts_of_a_line_add_up_to_what_was_paid():
    order = make.delivered([("A", 3, "33.33")], discount_minor=100)

    for _turn in range(3):
        inspect(order, ("A", 1, "bin"))

    assert sum(Credit.objects.values_list("amount_minor", flat=True)) == 9899


def test_more_than_the_customer_has_does_not_come_back():
    order = make.delivered(TWO)
    inspect(order, ("B", 1, "bin"))

    with pytest.raises(returns.NotWithCustomer):
        inspect(order, ("B", 1, "bin"))

    assert at_place("bin", "B") == 20


def test_announced_pieces_are_not_announced_twice():
    order = make.delivered(TWO)
    new = NewReturn(KIND.AFTER_DELIVERY, [Comeback("A", 2)], order=order.number)
    row = returns.announce([new], by=make.BY, at=make.AT)[0]

    with pytest.raises(returns.NotWithCustomer):
        returns.announce([new], by=make.BY, at=make.AT)

    assert counters(order) == (2, 0, 0)  # still the customer's
    returns.receive([row.pk], by=make.BY, at=make.AT)
    assert counters(order) == (0, 2, 0)


def test_missing_pieces_of_a_customer_s_return_are_not_credited():
    order = make.delivered(TWO)

    inspect(order, ("A", 1, "bin"), ("A", 1, "missing"))

    assert Credit.objects.get().amount_minor == 10000


def test_a_return_without_an_order_is_taken_back_in_one_minute_with_its_services():
    new = NewReturn(
        KIND.NO_ORDER, [Comeback("A", 3, 27000)], reference="C100", currency="RUB", services=[("Postage", 1500)]
    )

    row = returns.take_back([new], by=make.BY, at=make.AT)[0]
    again = returns.take_back([new], by=make.BY, at=make.after(days=1))[0]

    credit = Credit.objects.get()
    assert (row.state, again.pk) == ("inspected", row.pk)
    assert (credit.amount_minor, credit.goods_minor, credit.at) == (28500, 27000, make.AT)
    assert (at_place("bin"), at_place("returns")) == (23, 0)


def test_a_return_of_an_unknown_product_names_it():
    with pytest.raises(returns.UnknownProduct):
        returns.take_back([NewReturn(KIND.NO_ORDER, [Comeback("ZZZ", 1)], currency="RUB")], by=make.BY, at=make.AT)

    assert not Return.objects.exists()


def test_news_of_a_parcel_that_is_back_moves_nothing_and_is_flagged():
    order = refused()
    returns.receive_parcels([number_of(order)], by=make.BY, at=make.after(days=1))

    assert make.said(order, "delivered", at=make.after(days=1)) == "applied"

    order.refresh_from_db()
    assert (order.status, Shipment.objects.get().flag) == (Status.RETURNING, "contradiction")
    assert at_place("returns") == 2
    assert not Sale.objects.exists()


def test_a_return_over_several_parcels_counts_each_piece_once():
    order = make.picked([("A", 4, "100.00")])
    boxes = [packing.NewParcel(500, items=[("A", 1)]), packing.NewParcel(500, items=[("A", 3)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    make.handoff.give_out(order.number, taken_minor=40000, by=make.BY, at=make.AT)

    new = NewReturn(KIND.AFTER_DELIVERY, [Comeback("A", 2)], order=order.number)
    returns.take_back([new], by=make.BY, at=make.AT)

    assert list(ParcelItem.objects.order_by("pk").values_list("delivered", "returned")) == [(0, 1), (2, 1)]
    order.refresh_from_db()
    assert order.status == Status.DELIVERED
    assert set(Parcel.objects.values_list("state", flat=True)) == {"kept", "returned"}


def test_courier_who_gave_everything_back_is_asked_no_more():
    order = make.handed_over(TWO)
    make.said(order, "delivered", at=make.after(hours=1), delivered=[("A", 1)])
    assert Shipment.objects.get().check_at is not None

    returns.receive_parcels([number_of(order)], by=make.BY, at=make.after(days=1))

    assert Shipment.objects.get().check_at is None
    assert not queues.overdue(make.after(hours=30)).exists()


def test_courier_who_still_has_a_parcel_is_asked_for_it():
    """Negative control: one of two boxes is back, the other one is still out."""
    order = make.picked(TWO)
    boxes = [packing.NewParcel(500, items=[("A", 2)]), packing.NewParcel(500, items=[("B", 1)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    act = make.closed_act(order)
    numbers = list(act.lines.order_by("parcel").values_list("parcel__number", flat=True))
    handoff.accept(act.number, handoff.Acceptance(numbers), by=make.BY, at=make.AT)

    returns.receive_parcels(numbers[:1], by=make.BY, at=make.after(days=1))

    assert Shipment.objects.get().check_at is not None


def test_parcel_of_the_counter_that_was_missed_at_inspection_is_no_couriers_to_bring():
    order = make.packed([("A", 1, "100.00")])
    make.handoff.give_out(order.number, taken_minor=10000, by=make.BY, at=make.AT)
    new = NewReturn(KIND.AFTER_DELIVERY, [Comeback("A", 1)], order=order.number)
    came = returns.announce([new], by=make.BY, at=make.AT)[0]
    returns.inspect(came.pk, [Inspected("A", 1, "missing")], by=make.BY, at=make.AT)
    assert Parcel.objects.get().state == "lost"

    with pytest.raises(returns.NothingComesBack):
        returns.receive_parcels([number_of(order)], by=make.BY, at=make.AT)


# --- what the long run of custody found
def test_piece_that_its_customer_turned_out_not_to_have_cannot_come_back_from_them():
    order = make.handed_over(TWO)
    make.said(order, "delivered", at=make.after(hours=1))
    new = NewReturn(KIND.AFTER_DELIVERY, [Comeback("A", 1)], order=order.number)
    came = returns.announce([new], by=make.BY, at=make.after(hours=2))[0]
    make.said(order, "returning", at=make.after(hours=3), correction=True)

    with pytest.raises(returns.NotWithCustomer):
        returns.inspect(came.pk, [Inspected("A", 1, "bin")], by=make.BY, at=make.after(hours=4))
    assert Return.objects.get(pk=came.pk).state == "announced"


def test_pieces_that_were_missed_and_then_delivered_after_all_are_owed_for_once():
    order = make.handed_over([("A", 2, "100.00")])
    make.said(order, "delivered", at=make.after(hours=1))
    new = NewReturn(KIND.AFTER_DELIVERY, [Comeback("A", 2)], order=order.number)
    came = returns.announce([new], by=make.BY, at=make.after(hours=2))[0]
    returns.inspect(came.pk, [Inspected("A", 2, "missing")], by=make.BY, at=make.after(hours=3))

    make.said(order, "delivered", at=make.after(hours=4), correction=True)

    shipment = Shipment.objects.get()
    assert sum(Sale.objects.values_list("quantity", flat=True)) == 4
    assert (shipment.due_minor, shipment.reduced_minor) == (20_000, 0)
