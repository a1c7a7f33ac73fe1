"""Handing over: both sides say what left, a closed act stands for ever, and nothing leaves twice."""

import pytest

from delivery import handoff
from delivery.handoff import Acceptance, NewAct, act_hash
from delivery.models import CashEntry, Handoff, Shipment
from orders import changes, packing
from orders.lifecycle import OnClosedAct
from orders.models import OrderLine, Parcel, Payment, PlaceLevel, Product, Sale, StockMove
from orders.status import CancelReason, Status
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 10, cost_minor=4000)
    make.product("B", 10)
    make.courier("own", check_after_days=3)
    make.courier("fast", kind="service")


def number_of(order):
    return make.parcel_of(order).number


def accept(act, accepted=(), missing=(), extra=()):
    return handoff.accept(act.number, Acceptance(accepted, missing, extra), by=make.BY, at=make.AT)


def at_place(kind, sku="A"):
    return sum(PlaceLevel.objects.filter(product__sku=sku, place__kind=kind).values_list("on_hand", flat=True))


def test_closing_freezes_the_figures_and_shows_the_parcels_to_the_courier():
    order = make.packed([("A", 2, "129.00")])

    act = make.closed_act(order)

    parcel = make.parcel_of(order)
    assert (act.state, act.places, act.weight_g, act.cod_minor) == ("closed", 1, 1000, 25800)
    assert (parcel.on_act, parcel.in_hands_of, parcel.state) == ("closed", "own", "inside")
    assert act.hash == act_hash(act, list(act.lines.select_related("parcel")))
    # Closing alone takes nothing out of the door.
    order.refresh_from_db()
    assert order.status == Status.PACKED
    assert at_place("packing") == 2


def test_a_closed_act_never_changes():
    order, late = make.packed(), make.packed()
    act = make.closed_act(order)

    for change in (handoff.add, handoff.remove):
        with pytest.raises(handoff.ActClosed):
            change(act.number, [number_of(late)], by=make.BY, at=make.AT)
    with pytest.raises(handoff.ActClosed):
        handoff.close(act.number, by=make.BY, at=make.AT)

    assert make.parcel_of(late).on_act == "none"


@pytest.mark.parametrize("field", ["weight_g", "cod_minor", "declared_minor"])
def test_the_hash_covers_every_figure_of_a_parcel(field):
    act = make.closed_act(make.packed())
    line = act.lines.select_related("parcel").get()
    setattr(line, field, getattr(line, field) + 1)

    assert act_hash(act, [line]) != act.hash


def test_a_parcel_stands_on_one_act_only():
    order = make.packed()
    new = NewAct("own", make.AT.date(), [number_of(order)])
    handoff.open_act(new, by=make.BY, at=make.AT)

    with pytest.raises(handoff.CannotLeave) as refused:
        handoff.open_act(new, by=make.BY, at=make.AT)

    assert number_of(order) in str(refused.value)


def test_a_parcel_taken_off_may_go_on_another_act():
    order = make.packed()
    act = handoff.open_act(NewAct("own", make.AT.date(), [number_of(order)]), by=make.BY, at=make.AT)

    handoff.remove(act.number, [number_of(order)], by=make.BY, at=make.AT)

    assert make.closed_act(order).places == 1
    with pytest.raises(handoff.ActEmpty):
        handoff.close(act.number, by=make.BY, at=make.AT)


def test_closing_names_the_parcel_whose_order_was_cancelled_meanwhile():
    gone, stays = make.packed(), make.packed()
    numbers = [number_of(gone), number_of(stays)]
    act = handoff.open_act(NewAct("own", make.AT.date(), numbers), by=make.BY, at=make.AT)
    changes.cancel(gone.number, CancelReason.PRICE, by=make.BY, at=make.AT)

    with pytest.raises(handoff.CannotLeave) as refused:
        handoff.close(act.number, by=make.BY, at=make.AT)

    assert refused.value.detail["parcels"] == numbers[0]
    assert make.parcel_of(stays).on_act == "open"
    handoff.remove(act.number, numbers[:1], by=make.BY, at=make.AT)
    assert handoff.close(act.number, by=make.BY, at=make.AT).places == 1


def test_an_order_on_a_closed_act_is_neither_cancelled_nor_opened():
    order = make.packed()
    make.closed_act(order)

    with pytest.raises(OnClosedAct):
        changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    with pytest.raises(OnClosedAct):
        packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.AT)


def test_acceptance_moves_goods_begins_the_shipment_and_books_the_debt():
    order = make.packed([("A", 2, "129.00")])
    act = make.closed_act(order)

    accept(act, [number_of(order)])

    order.refresh_from_db()
    shipment = Shipment.objects.get(order=order)
    entry = CashEntry.objects.get()
    assert (order.status, make.parcel_of(order).state) == (Status.HANDED_OVER, "out")
    assert (at_place("packing"), at_place("courier")) == (0, 2)
    assert (shipment.due_minor, shipment.check_at) == (25800, make.after(days=3))
    assert (entry.kind, entry.source, entry.target, entry.amount_minor) == ("due", "sale", "customer", 25800)
    assert Handoff.objects.get().state == "accepted"
    assert not Sale.objects.exists()


def test_the_cost_is_frozen_when_the_goods_ship():
    order = make.handed_over([("A", 1, "129.00")])

    Product.objects.filter(sku="A").update(cost_minor=9900)

    assert OrderLine.objects.get(order=order).cost_minor == 4000


def test_a_missing_parcel_leaves_the_act_and_goes_on_a_later_one():
    here, missing = make.packed(), make.packed()
    act = make.closed_act(here, missing)

    accept(act, [number_of(here)], [number_of(missing)])

    missing.refresh_from_db()
    parcel = make.parcel_of(missing)
    assert Handoff.objects.get().state == "accepted_with_difference"
    assert (missing.status, parcel.on_act, parcel.in_hands_of) == (Status.PACKED, "none", "")
    assert not Shipment.objects.filter(order=missing).exists()
    assert make.closed_act(missing).places == 1


def test_accepting_again_changes_nothing():
    order = make.packed()
    act = make.closed_act(order)
    accept(act, [number_of(order)])
    moves, entries = StockMove.objects.count(), CashEntry.objects.count()

    accept(act, [number_of(order)])

    assert (StockMove.objects.count(), CashEntry.objects.count()) == (moves, entries)


def test_an_accepted_parcel_is_not_missing_afterwards():
    order = make.packed()
    act = make.closed_act(order)
    accept(act, [number_of(order)])

    with pytest.raises(handoff.NotOnAct):
        accept(act, missing=[number_of(order)])
    with pytest.raises(handoff.NotOnAct):
        accept(act, [number_of(make.packed())])

    assert make.parcel_of(order).state == "out"


def test_parcels_of_which_nobody_said_a_word_stay_to_be_settled():
    first, second = make.packed(), make.packed()
    act = make.closed_act(first, second)

    accept(act, [number_of(first)])
    assert Handoff.objects.get().state == "closed"

    accept(act, [number_of(second)])
    assert Handoff.objects.get().state == "accepted"


def test_an_extra_parcel_makes_a_difference_and_moves_nothing():
    order, stranger = make.packed(), make.packed()
    act = make.closed_act(order)

    accept(act, [number_of(order)], extra=[number_of(stranger)])

    assert Handoff.objects.get().state == "accepted_with_difference"
    assert make.parcel_of(stranger).state == "inside"


def test_an_open_act_is_not_accepted():
    order = make.packed()
    act = handoff.open_act(NewAct("own", make.AT.date(), [number_of(order)]), by=make.BY, at=make.AT)

    with pytest.raises(handoff.NotClosed):
        accept(act, [number_of(order)])


def test_one_parcel_left_behind_follows_later():
    order = make.picked([("A", 1, "129.00"), ("B", 1, "50.00")])
    boxes = [packing.NewParcel(500, items=[("A", 1)]), packing.NewParcel(500, items=[("B", 1)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    first, second = Parcel.objects.order_by("position")
    act = make.closed_act(order)

    accept(act, [second.number], [first.number])

    order.refresh_from_db()
    assert order.status == Status.HANDED_OVER
    assert Shipment.objects.get().due_minor == 0  # the sum is on the first parcel
    late = make.closed_act(order)
    accept(late, [first.number])
    assert Shipment.objects.get().due_minor == 17900


def test_our_own_courier_brings_a_parcel_back_for_another_day():
    order = make.handed_over([("A", 2, "129.00")])

    handoff.bring_back([number_of(order)], by=make.BY, at=make.AT)
    handoff.bring_back([number_of(order)], by=make.BY, at=make.AT)

    order.refresh_from_db()
    parcel, shipment = make.parcel_of(order), Shipment.objects.get()
    assert (order.status, parcel.state, parcel.on_act, parcel.in_hands_of) == (Status.PACKED, "inside", "none", "")
    assert (at_place("packing"), at_place("courier")) == (2, 0)
    assert (shipment.due_minor, shipment.check_at) == (0, None)
    accept(make.closed_act(order), [parcel.number])
    order.refresh_from_db()
    assert (order.status, Shipment.objects.get().due_minor) == (Status.HANDED_OVER, 25800)


def test_a_service_does_not_bring_back_for_another_day():
    order = make.handed_over(code="fast")

    with pytest.raises(handoff.NotOwnCourier):
        handoff.bring_back([number_of(order)], by=make.BY, at=make.AT)

    assert at_place("courier") == 1


def test_giving_out_at_the_counter_delivers_and_takes_the_money():
    order = make.packed([("A", 2, "129.00")])

    handoff.give_out(order.number, taken_minor=25800, by=make.BY, at=make.AT)

    order.refresh_from_db()
    line = OrderLine.objects.get(order=order)
    assert (order.status, order.paid_minor, line.delivered) == (Status.DELIVERED, 25800, 2)
    assert Payment.objects.get().account == "counter"
    assert (at_place("packing"), at_place("counter")) == (0, 0)
    assert Sale.objects.get().amount_minor == 25800
    assert not Shipment.objects.exists()


def test_the_counter_takes_exactly_what_is_due():
    order = make.packed()

    with pytest.raises(handoff.WrongSum):
        handoff.give_out(order.number, taken_minor=100, by=make.BY, at=make.AT)

    assert not Payment.objects.exists()
    assert make.parcel_of(order).state == "inside"


def test_what_stands_on_an_act_is_not_given_out():
    order = make.packed()
    make.closed_act(order)

    with pytest.raises(handoff.NotAtCounter):
        handoff.give_out(order.number, taken_minor=12900, by=make.BY, at=make.AT)


def test_no_act_for_a_courier_nobody_knows():
    with pytest.raises(handoff.UnknownCourier):
        handoff.open_act(NewAct("nobody", make.AT.date()), by=make.BY, at=make.AT)
    act = handoff.open_act(NewAct("own", make.AT.date()), by=make.BY, at=make.AT)
    with pytest.raises(handoff.UnknownParcel):
        handoff.add(act.number, ["P-0-0"], by=make.BY, at=make.AT)
