"""What waits on the way, and that nothing on the way is ever forgotten."""

import pytest

from delivery import queues, returns
from delivery.models import Shipment
from orders.models import Order
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 20)
    make.courier("own", check_after_days=3)


def numbers(rows):
    return [row.number for row in rows]


def test_nothing_on_its_way_is_idle():
    packed, out, refused = make.packed(), make.handed_over(), make.handed_over()
    make.said(refused, "returning", at=make.after(hours=1))
    part = make.handed_over([("A", 2, "10.00")])
    make.said(part, "delivered", at=make.after(hours=1), delivered=[("A", 1)])
    make.delivered()
    returns.receive_parcels([make.parcel_of(refused).number], by=make.BY, at=make.AT)

    assert not queues.idle()
    # The guards, one by one: without its next step each of them would be idle.
    Order.objects.filter(pk=packed.pk).update(ship_on=None)
    Shipment.objects.filter(order=out).update(check_at=None)
    assert numbers(queues.idle()) == [packed.number, out.number]


def test_a_silent_courier_and_a_parcel_left_standing_are_overdue():
    packed, out = make.packed(), make.handed_over()

    assert not queues.overdue(make.after(hours=1))
    assert numbers(queues.overdue(make.after(days=2))) == [packed.number]
    assert numbers(queues.overdue(make.after(days=4))) == [packed.number, out.number]


def test_a_return_that_nobody_looks_at_is_overdue():
    order = make.delivered()
    new = returns.NewReturn(returns.Return.Kind.AFTER_DELIVERY, [returns.Comeback("A", 1)], order=order.number)
    row = returns.announce([new], by=make.BY, at=make.AT)[0]

    assert not queues.overdue(make.after(days=6))
    assert numbers(queues.overdue(make.after(days=8))) == [order.number]
    returns.receive([row.pk], by=make.BY, at=make.after(days=8))
    assert not queues.overdue(make.after(days=8, hours=1))
    assert numbers(queues.overdue(make.after(days=10))) == [order.number]


def test_sealed_parcels_wait_for_an_act_and_closed_acts_for_the_courier():
    waiting, closed = make.packed(), make.packed()
    act = make.closed_act(closed)

    assert [parcel.order_id for parcel in queues.to_hand_over()] == [waiting.number]
    assert not queues.unsettled_acts(make.after(hours=20))
    assert numbers(queues.unsettled_acts(make.after(days=2))) == [act.number]


def test_flags_parked_events_and_money_out_are_listed():
    order = make.handed_over()
    make.said(order, "mystery", at=make.AT)
    assert [shipment.order_id for shipment in queues.flagged()] == [order.number]
    make.tracking.take_in("own", [make.tracking.CourierEvent("x", "P-0", "lost", make.AT)], by=make.BY, at=make.AT)
    assert [event.parcel_raw for event in queues.parked()] == ["P-0"]
    assert not queues.money_out()

    make.delivered()

    assert queues.money_out().count() == 1
