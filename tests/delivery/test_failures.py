"""Tries in vain: listed until somebody decides, counted as they were made, apart from those never made."""

from datetime import date, time, timedelta
from itertools import permutations

import pytest

from delivery import failures
from delivery.models import FailureDecision
from delivery.tracking import CourierEvent, take_in
from orders.models import PersonalValue, Slot
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
TOMORROW = date(2026, 11, 24)


@pytest.fixture
def order():
    make.product("A", 50)
    make.courier("own", decide_within_hours=24, cutoff=time(18))
    return make.handed_over(courier="own")


def failed(order, hours=1, reason="not_at_home"):
    make.said(order, "delivery_failed", at=make.after(hours=hours), reason=reason)


def look():
    return failures.look(list(failures.waiting()))


def test_a_try_in_vain_waits_for_a_decision_until_its_deadline(order):
    failed(order, 1)
    failed(order, 5, "no_answer")

    found = look()

    assert [(one.reason, one.tries, one.made) for one in found] == [("no_answer", 2, True)]
    assert found[0].decide_by == make.after(hours=5) + timedelta(hours=24)
    assert not failures.untried()


def test_a_try_that_was_not_made_is_listed_apart_and_not_counted(order):
    failed(order, 1)
    failed(order, 5, "no_attempt")

    assert look() == []
    found = failures.look(list(failures.untried()))
    assert [(one.tries, one.made) for one in found] == [(1, False)]


def test_decided_it_waits_no_longer_until_it_fails_again(order):
    Slot.objects.create(courier_id="own", starts=time(10), ends=time(14), capacity=1, closes_at=time(9))
    failed(order)

    decision = failures.try_again(order.number, on=TOMORROW, hours="10:00-14:00", by=make.BY, at=make.after(hours=2))

    order.refresh_from_db()
    assert (order.promised_on, order.slot, decision.hours) == (TOMORROW, "10:00-14:00", "10:00-14:00")
    assert look() == []
    failed(order, 30)
    assert [one.tries for one in look()] == [2]


def test_a_full_slot_is_not_promised_again(order):
    Slot.objects.create(courier_id="own", starts=time(10), ends=time(14), capacity=0, closes_at=time(9))
    failed(order)

    with pytest.raises(failures.slots.SlotFull):
        failures.try_again(order.number, on=TOMORROW, hours="10:00-14:00", by=make.BY, at=make.after(hours=2))
    order.refresh_from_db()
    assert (order.promised_on, FailureDecision.objects.count(), len(look())) == (None, 0, 1)


def test_another_address_is_kept_with_the_old_one_erasable(order):
    failed(order)

    failures.go_elsewhere(order.number, {"address_text": "Тверская 2"}, by=make.BY, at=make.after(hours=2))

    order.refresh_from_db()
    assert order.address_text == "Тверская 2"
    assert PersonalValue.objects.get().new == "Тверская 2"
    assert look() == []
    with pytest.raises(failures.NoAddress):
        failures.go_elsewhere(order.number, {"address_text": " "}, by=make.BY, at=make.after(hours=2))


def test_brought_back_is_looked_at_again(order):
    failed(order)
    failures.bring_back(order.number, by=make.BY, at=make.after(hours=2))

    order.refresh_from_db()
    assert (look(), order.status) == ([], "handed_over")
    order.shipment.refresh_from_db()
    assert order.shipment.check_at == make.after(hours=2, days=7)


@pytest.mark.parametrize("news", [None, "delivered", "returning", "out_for_delivery"])
def test_what_is_not_failed_is_not_decided_about(order, news):
    if news:
        failed(order)
        make.said(order, news, at=make.after(hours=3))

    for decide in (failures.try_again, failures.bring_back):
        with pytest.raises(failures.NotFailed):
            decide(order.number, by=make.BY, at=make.after(hours=4))
    with pytest.raises(Missing):
        failures.try_again(10**9, by=make.BY, at=make.AT)
    assert not FailureDecision.objects.exists()


@pytest.mark.once
def test_the_order_in_which_news_comes_does_not_matter(order):
    number = make.parcel_of(order).number
    told = [
        CourierEvent("1", number, "delivery_failed", make.after(hours=1), reason="not_at_home"),
        CourierEvent("2", number, "out_for_delivery", make.after(hours=2)),
        CourierEvent("3", number, "delivery_failed", make.after(hours=3), reason="no_answer"),
    ]
    ends = set()
    for arrival in permutations(told):
        with make.undone():
            take_in("own", arrival, by=make.BY, at=make.after(days=1))
            ends.add(tuple((one.reason, one.tries, one.decide_by) for one in look()))
    assert ends == {(("no_answer", 2, make.after(hours=27)),)}
