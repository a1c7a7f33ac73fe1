"""What couriers say in words and under numbers of their own: understood sooner or later, with one end."""

from decimal import Decimal
from itertools import permutations

import pytest

from delivery import codes, tracking
from delivery.couriers.base import Link
from delivery.models import EventReading, NextWaybill, Shipment, ShipmentEvent
from delivery.tracking import CourierEvent
from orders import packing
from orders.models import JournalEvent, Parcel
from orders.status import Status
from tests import make
from tests.delivery.test_tracking import TWO, state_of

pytestmark = pytest.mark.django_db
WAYBILL, HOME = "1106153417", "1106159999"


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 90)
    make.product("B", 90)


def say(code, *events):
    return tracking.take_in(code, list(events), by=make.BY, at=make.after(days=9))


def news(code, hours, number=WAYBILL, **fields):
    return CourierEvent(
        fields.pop("event_id", f"{number}-{code}-{hours}"), number, code, make.after(hours=hours), **fields
    )


def number_it(order, number=WAYBILL):
    Parcel.objects.filter(order=order).update(waybill=number)


def look_again():
    return make.picked_up(at=make.after(days=9))


def test_news_of_an_unknown_waybill_waits_for_its_parcel():
    order = make.handed_over(TWO, code="fast")
    assert say("fast", news("delivered", 1)) == ["parked"]
    assert look_again() == 0

    number_it(order)

    assert (look_again(), look_again()) == (1, 0)
    order.refresh_from_db()
    assert order.status == Status.DELIVERED
    assert say("fast", news("delivered", 1)) == ["repeated"]
    assert JournalEvent.objects.get(kind="parcel.event_understood").order == order


def test_another_courier_s_parked_news_stays_parked():
    make.courier("slow", kind="service")
    order = make.handed_over(TWO, code="fast")
    number_it(order)

    say("slow", news("delivered", 1))

    assert look_again() == 0
    assert not EventReading.objects.exists()


def test_a_code_is_read_once_somebody_explains_it():
    order = make.handed_over(TWO, code="fast")
    number_it(order)
    say("fast", news("77/2", 1))
    assert Shipment.objects.get().flag == "unknown_code"

    codes.explain("fast", "77/2", "delivered", by=make.BY, at=make.AT)

    assert (look_again(), look_again()) == (1, 0)
    order.refresh_from_db()
    assert (order.status, Shipment.objects.get().flag) == (Status.DELIVERED, "")
    assert ShipmentEvent.objects.get().state == "unknown"  # what came stays as it came


def test_a_code_that_says_nothing_of_parcels_flags_nothing():
    order = make.handed_over(TWO, code="fast")
    codes.explain("fast", "SMS", "ignored", by=make.BY, at=make.AT)

    say("fast", news("SMS", 1, make.parcel_of(order).number))

    assert (Shipment.objects.get().flag, Shipment.objects.get().state) == ("", "accepted")


def test_the_way_home_has_a_number_of_its_own():
    order = make.handed_over(TWO, code="fast")
    number_it(order)

    say("fast", news("registered", 1, HOME, link=Link(HOME, WAYBILL)), news("delivered", 5, HOME))

    order.refresh_from_db()
    assert (order.status, Shipment.objects.get().state) == (Status.RETURNING, "returned")
    assert Shipment.objects.get().collected_minor == 0
    assert NextWaybill.objects.get().parcel == make.parcel_of(order)


def test_one_waybill_of_two_parcels_speaks_of_both_and_is_paid_once():
    order = make.picked(TWO)
    boxes = [packing.NewParcel(500, items=[("A", 2)]), packing.NewParcel(500, items=[("B", 1)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    act = make.closed_act(order, code="fast")
    numbers = list(act.lines.values_list("parcel__number", flat=True))
    make.handoff.accept(act.number, make.handoff.Acceptance(numbers), by=make.BY, at=make.AT)
    number_it(order)

    kept = [("A", 1), ("B", 1)]
    say("fast", news("delivered", 2, delivered=kept, cod_taken=Decimal("150.00")))

    order.refresh_from_db()
    shipment = Shipment.objects.get()
    assert (order.status, shipment.reduced_minor, shipment.collected_minor) == (Status.DELIVERED, 10000, 15000)
    assert sorted(order.lines.values_list("sku", "delivered")) == [("A", 1), ("B", 1)]


# Whatever comes first: the number of the waybill, what a code means, the events, the number of the way home.
NUMBER, TEACH = "number", "teach"
STORIES = [
    [NUMBER, news("in_transit", 1), news("delivered", 3), news("delivery_failed", 2)],
    [NUMBER, TEACH, news("5/1", 2), news("in_transit", 1)],
    [NUMBER, news("in_transit", 1), news("registered", 2, HOME, link=Link(HOME, WAYBILL)), news("delivered", 4, HOME)],
    [NUMBER, news("delivered", 1), news("in_transit", 2, correction=True)],
]


@pytest.mark.once
@pytest.mark.parametrize("story", STORIES)
def test_all_orders_of_arrival_have_one_end(story):
    ends = set()
    order = make.handed_over(TWO, code="fast")
    for arrival in permutations(story):
        with make.undone():
            for step in arrival:
                if step == NUMBER:
                    number_it(order)
                elif step == TEACH:
                    codes.explain("fast", "5/1", "returning", by=make.BY, at=make.AT)
                else:
                    say("fast", step, step)
            while look_again():
                pass
            ends.add(state_of(order, "fast"))
    assert len(ends) == 1


@pytest.mark.once
def test_without_looking_again_the_order_of_arrival_decides():
    ends = set()
    order = make.handed_over(TWO, code="fast")
    for arrival in permutations([NUMBER, news("delivered", 1)]):
        with make.undone():
            for step in arrival:
                number_it(order) if step == NUMBER else say("fast", step)
            ends.add(state_of(order, "fast")[0])
    assert len(ends) == 2
