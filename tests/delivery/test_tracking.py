"""Tracking: each event once, in any order, and what the desk believes never falls back by itself."""

from decimal import Decimal
from itertools import permutations

import pytest

from delivery import remittance, tracking
from delivery.models import CashEntry, Return, Shipment, ShipmentEvent
from delivery.tracking import CourierEvent
from orders import packing
from orders.models import OrderLine, Parcel, Payment, PlaceLevel, Sale
from orders.status import Status
from tests import make

pytestmark = pytest.mark.django_db
TWO = [("A", 2, "100.00"), ("B", 1, "50.00")]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 50, cost_minor=4000)
    make.product("B", 50)
    make.courier("own", check_after_days=3)
    make.courier("fast", kind="service")


def say(order, *events, courier="own"):
    return tracking.take_in(courier, list(events), by=make.BY, at=make.after(days=9))


def event(order, code, hours=1, **fields):
    fields.setdefault("event_id", f"{order.number}-{code}-{hours}")
    return CourierEvent(parcel=make.parcel_of(order).number, code=code, at=make.after(hours=hours), **fields)


def with_courier(sku, courier="own"):
    levels = PlaceLevel.objects.filter(product__sku=sku, place__kind="courier", place__code=courier)
    return sum(levels.values_list("on_hand", flat=True))


def state_of(order, courier="own"):
    """Everything that must not depend on the order in which events come."""
    order.refresh_from_db()
    shipment = Shipment.objects.get(order=order)
    return (
        order.status, order.paid_minor, make.parcel_of(order).state, bool(make.parcel_of(order).in_hands_of),
        shipment.state, shipment.reduced_minor, shipment.collected_minor, shipment.check_at, shipment.flag,
        tuple(OrderLine.objects.filter(order=order).values_list("sku", "delivered", "returned", "lost")),
        sum(Sale.objects.filter(line__order=order).values_list("amount_minor", flat=True)),
        tuple(Return.objects.filter(order=order).values_list("kind", "state")),
        with_courier("A", courier), with_courier("B", courier),
    )  # fmt: skip


def test_on_the_road_only_the_shipment_s_state_moves():
    order = make.handed_over(TWO)

    assert say(order, event(order, "out_for_delivery"), event(order, "delivery_failed", 2)) == ["applied", "applied"]

    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, shipment.state) == (Status.HANDED_OVER, "delivery_failed")
    assert shipment.check_at == make.after(hours=2, days=3)
    assert with_courier("A") == 2
    assert not Sale.objects.exists()


def test_delivered_keeps_the_goods_and_collects_the_money():
    order = make.handed_over(TWO)

    say(order, event(order, "delivered", cod_taken=Decimal("250.00")))

    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, order.paid_minor) == (Status.DELIVERED, 25000)
    assert (shipment.collected_minor, shipment.outstanding_minor, shipment.check_at) == (25000, 0, None)
    assert Payment.objects.get().account == "courier"
    assert with_courier("A") == 0
    assert sum(Sale.objects.values_list("amount_minor", flat=True)) == 25000
    assert (make.parcel_of(order).state, make.parcel_of(order).in_hands_of) == ("kept", "")
    assert not Return.objects.exists()


def test_a_repeated_event_changes_nothing():
    order = make.handed_over(TWO)
    first = event(order, "delivered")
    say(order, first)
    before = state_of(order), order.version, CashEntry.objects.count()

    assert say(order, first, first) == ["repeated", "repeated"]

    assert (state_of(order), order.version, CashEntry.objects.count()) == before
    assert ShipmentEvent.objects.count() == 1


def test_an_unknown_parcel_is_parked():
    order = make.handed_over(TWO)

    assert say(order, CourierEvent("x", "P-0-9", "delivered", make.AT)) == ["parked"]
    assert say(order, CourierEvent("x", "P-0-9", "delivered", make.AT)) == ["repeated"]

    assert ShipmentEvent.objects.get().parcel is None


def test_another_courier_s_parcel_is_unknown_to_it():
    order = make.handed_over(TWO)

    assert say(order, event(order, "delivered"), courier="fast") == ["parked"]

    order.refresh_from_db()
    assert order.status == Status.HANDED_OVER


def test_an_unknown_code_is_kept_and_flagged_and_moves_nothing():
    order = make.handed_over(TWO)

    assert say(order, event(order, "teleported")) == ["applied"]

    shipment = Shipment.objects.get()
    assert (ShipmentEvent.objects.get().state, ShipmentEvent.objects.get().code) == ("unknown", "teleported")
    assert (shipment.flag, with_courier("A")) == ("unknown_code", 2)


def test_a_part_is_kept_and_the_rest_comes_back():
    order = make.handed_over(TWO)

    say(order, event(order, "delivered", delivered=[("A", 1)]))

    order.refresh_from_db()
    shipment, back = Shipment.objects.get(), Return.objects.get()
    assert order.status == Status.DELIVERED
    assert (shipment.due_minor, shipment.reduced_minor, shipment.collected_minor) == (25000, 15000, 10000)
    assert {(line.product.sku, line.quantity) for line in back.lines.all()} == {("A", 1), ("B", 1)}
    assert (back.state, make.parcel_of(order).in_hands_of) == ("on_the_way", "own")
    assert (with_courier("A"), with_courier("B")) == (1, 1)
    assert shipment.check_at is not None


def test_a_reduction_is_the_exact_share_of_the_line():
    order = make.handed_over([("A", 3, "33.33")])

    say(order, event(order, "delivered", delivered=[("A", 1)]))

    shipment = Shipment.objects.get()
    assert shipment.reduced_minor + shipment.collected_minor == 9999
    assert shipment.reduced_minor == 6666


def test_refused_at_the_door_owes_nothing_not_even_the_delivery():
    order = make.handed_over(TWO, delivery_minor=30000)

    say(order, event(order, "returning", reason="refused"))

    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, Return.objects.get().kind) == (Status.RETURNING, "refused")
    assert (shipment.due_minor, shipment.reduced_minor, shipment.collected_minor) == (55000, 55000, 0)
    assert with_courier("A") == 2
    assert not Sale.objects.exists()


def test_lost_goods_are_lost_and_found_again():
    order = make.handed_over(TWO)

    say(order, event(order, "lost"))
    order.refresh_from_db()
    assert (order.status, with_courier("A")) == (Status.LOST, 0)
    assert OrderLine.objects.get(order=order, sku="A").lost == 2

    say(order, event(order, "returning", 2))
    order.refresh_from_db()
    assert (order.status, with_courier("A")) == (Status.RETURNING, 2)
    assert OrderLine.objects.get(order=order, sku="A").lost == 0


def test_a_lost_order_that_was_delivered_after_all():
    order = make.handed_over(TWO)
    say(order, event(order, "lost"))

    say(order, event(order, "delivered", 2))

    order.refresh_from_db()
    assert (order.status, order.paid_minor) == (Status.DELIVERED, 25000)


def test_late_news_of_the_road_does_not_move_a_delivered_parcel():
    order = make.handed_over(TWO)
    say(order, event(order, "delivered", 3))
    before = state_of(order)

    say(order, event(order, "in_transit", 1), event(order, "out_for_delivery", 4))

    after = state_of(order)
    assert after[:7] == before[:7]


def test_only_an_explicit_correction_goes_back():
    order = make.handed_over(TWO, delivery_minor=10000)
    say(order, event(order, "delivered", 1))
    say(order, event(order, "returning", 2, event_id="plain"))
    order.refresh_from_db()
    assert order.status == Status.DELIVERED

    say(order, event(order, "returning", 3, correction=True))

    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, order.paid_minor, shipment.collected_minor) == (Status.RETURNING, 0, 0)
    assert sum(Sale.objects.values_list("amount_minor", flat=True)) == 0
    assert sum(Payment.objects.values_list("amount_minor", flat=True)) == 0
    assert with_courier("A") == 2
    # M4: what stands is one entry at most; the rest is reversed.
    assert not CashEntry.objects.filter(kind="collected", reverses=None, reversed_by=None).exists()


def test_money_sent_home_for_what_was_not_delivered_stays_flagged_whatever_is_said_later():
    order = make.handed_over(TWO)
    say(order, event(order, "delivered", 1))
    remittance.hand_in("own", 25000, currency="RUB", reference="evening", by=make.BY, at=make.after(days=9))

    say(order, event(order, "returning", 3, correction=True))
    assert Shipment.objects.get().flag == "oversent"
    say(order, event(order, "in_transit", 0))

    assert Shipment.objects.get().flag == "oversent"


def test_a_correction_back_to_delivered_sells_the_goods_once():
    make.product("FEE", kind="service")
    order = make.handed_over([*TWO, ("FEE", 1, "10.00")])
    say(order, event(order, "delivered", 1))
    say(order, event(order, "returning", 2, correction=True))
    say(order, event(order, "delivered", 3, correction=True))

    order.refresh_from_db()
    assert (order.status, order.paid_minor) == (Status.DELIVERED, 26000)
    assert sum(Sale.objects.values_list("amount_minor", flat=True)) == 26000
    assert Shipment.objects.get().collected_minor == 26000
    assert not Return.objects.exists()


def test_too_much_money_is_flagged():
    order = make.handed_over(TWO)

    say(order, event(order, "delivered", cod_taken=Decimal("300.00")))

    assert (Shipment.objects.get().outstanding_minor, Shipment.objects.get().flag) == (-5000, "overpaid")


def test_too_little_money_stays_outstanding():
    order = make.handed_over(TWO)

    say(order, event(order, "delivered", cod_taken=Decimal("200.00")))

    order.refresh_from_db()
    assert (Shipment.objects.get().outstanding_minor, order.paid_minor) == (5000, 20000)


def test_the_first_scan_of_a_parcel_on_a_closed_act_accepts_it():
    order = make.packed(TWO)
    act = make.closed_act(order)

    say(order, event(order, "registered"))
    order.refresh_from_db()
    assert order.status == Status.PACKED

    say(order, event(order, "in_transit", 2))
    order.refresh_from_db()
    act.refresh_from_db()
    assert (order.status, act.state, act.accepted_how) == (Status.HANDED_OVER, "accepted", "first_scan")
    assert (with_courier("A"), Shipment.objects.get().due_minor) == (2, 25000)


def test_a_parcel_on_an_open_act_is_not_the_courier_s_yet():
    order = make.packed(TWO)
    number = make.parcel_of(order).number

    assert say(order, event(order, "in_transit")) == ["parked"]
    assert Parcel.objects.get(number=number).state == "inside"


def test_several_parcels_make_one_status():
    order = make.picked(TWO)
    boxes = [packing.NewParcel(500, items=[("A", 2)]), packing.NewParcel(500, items=[("B", 1)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    numbers = [f"P-{order.number}-1", f"P-{order.number}-2"]
    act = make.closed_act(order)
    make.handoff.accept(act.number, make.handoff.Acceptance(numbers), by=make.BY, at=make.AT)

    say(order, CourierEvent("1", numbers[0], "delivered", make.after(hours=1)))
    order.refresh_from_db()
    assert order.status == Status.HANDED_OVER

    say(order, CourierEvent("2", numbers[1], "returning", make.after(hours=2)))
    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert order.status == Status.DELIVERED
    assert (shipment.reduced_minor, shipment.collected_minor) == (5000, 20000)


STORIES = [
    [("in_transit", 1, {}), ("out_for_delivery", 2, {}), ("delivered", 3, {})],
    [("in_transit", 1, {}), ("delivered", 3, {"delivered": [("A", 1)]}), ("delivery_failed", 2, {})],
    [("delivered", 1, {}), ("returning", 2, {"correction": True}), ("returned", 3, {})],
    [("returning", 1, {}), ("lost", 2, {}), ("in_transit", 3, {})],
    [("delivered", 1, {}), ("in_transit", 2, {"correction": True}), ("delivered", 3, {"delivered": [("B", 1)]})],
    [("lost", 1, {}), ("delivered", 2, {"cod_taken": Decimal("1.00")}), ("nonsense", 3, {})],
]


@pytest.mark.parametrize("story", STORIES)
def test_events_end_in_the_same_state_in_every_order(story):
    ends = set()
    for turn, arrival in enumerate(permutations(story)):
        courier = f"courier{turn}"
        order = make.handed_over(TWO, code=courier)
        for code, hours, fields in arrival:
            say(order, event(order, code, hours, **fields), courier=courier)
        ends.add(state_of(order, courier))
    assert len(ends) == 1
