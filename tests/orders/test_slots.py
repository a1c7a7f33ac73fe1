"""Slots: as many orders as fit, until the hour named, and never a promise that cannot be kept."""

from datetime import date, time, timedelta

import pytest
from django.db import transaction

from orders import changes, intake, slots
from orders.models import Hold, Order, Slot, SlotDay
from orders.slots import Offer
from shopdesk.base.access import Actor
from tests import make

MONDAY = date(2026, 11, 23)  # make.AT is its noon
TUESDAY = MONDAY + timedelta(days=1)
PERSON = Actor("person", 1)


@pytest.fixture
def morning(db):
    make.product("A", 90)
    courier = make.courier("own", cutoff=time(18), days=0)
    return Slot.objects.create(courier=courier, starts=time(10), ends=time(14), capacity=2, closes_at=time(9))


@pytest.fixture
def evening(morning):
    return Slot.objects.create(
        courier=morning.courier, starts=time(18), ends=time(21), capacity=1, weekdays="12345", closes_at=time(16)
    )


def promised(on, hours, **fields):
    return make.order(courier="own", promised_on=on, slot=hours, **fields)


def take_in(on, hours):
    """As a person does who has the customer on the phone."""
    new = make.new_order(courier="own", promised_on=on, slot=hours)
    return intake.take_in(new, by=PERSON, at=make.AT).order


def move(order, on, hours, at=make.AT):
    wanted = changes.Edit({"promised_on": on, "slot": hours, "courier_id": "own"})
    return changes.edit(order.number, wanted, version=order.version, by=PERSON, at=at)


def test_offers_say_what_still_fits_and_what_is_over(morning, evening):
    promised(TUESDAY, "10:00-14:00")
    SlotDay.objects.create(slot=evening, on=TUESDAY, capacity=0)

    found = slots.offers("own", at=make.AT, days=2)

    assert found == [
        Offer(MONDAY, "10:00-14:00", 2, is_open=False),
        Offer(MONDAY, "18:00-21:00", 1, is_open=True),
        Offer(TUESDAY, "10:00-14:00", 1, is_open=True),
        Offer(TUESDAY, "18:00-21:00", 0, is_open=True),
    ]
    assert slots.offers("own", at=make.AT, on=date(2026, 11, 28), days=1)[0].hours == "10:00-14:00"
    assert len(slots.offers("own", at=make.AT, on=date(2026, 11, 28), days=2)) == 2, "no evenings on a weekend"


def test_a_courier_without_set_hours_is_promised_as_people_like(db):
    make.product("A", 5)
    make.courier("free")
    assert slots.offers("free", at=make.AT) == []
    new = make.new_order(courier="free", promised_on=date(2020, 1, 1), slot="после обеда")
    assert intake.take_in(new, by=PERSON, at=make.AT).order.slot == "после обеда"


@pytest.mark.parametrize(
    ("on", "hours", "refusal"),
    [
        (MONDAY, "10:00-14:00", slots.SlotClosed),
        (MONDAY - timedelta(days=1), "18:00-21:00", slots.TooSoon),
        (TUESDAY, "11:00-12:00", slots.NoSuchSlot),
        (date(2026, 11, 28), "18:00-21:00", slots.NoSuchSlot),
    ],
)
def test_a_person_s_promise_that_cannot_be_kept_is_refused(evening, on, hours, refusal):
    order = make.order()

    with pytest.raises(refusal):
        take_in(on, hours)
    with pytest.raises(refusal):
        move(order, on, hours)
    order.refresh_from_db()
    assert (Order.objects.count(), order.slot, order.promised_on) == (1, "", None)


def test_the_last_place_is_promised_once(evening):
    take_in(MONDAY, "18:00 – 21:00".replace("–", "-").replace(" ", ""))
    with pytest.raises(slots.SlotFull):
        take_in(MONDAY, "18:00-21:00")
    Order.objects.update(status="cancelled")
    assert take_in(MONDAY, "18:00-21:00").slot == "18:00-21:00"


def test_keeping_one_s_own_place_is_no_second_promise(evening):
    order = take_in(MONDAY, "18:00-21:00")
    move(order, TUESDAY, "18:00-21:00")
    order.refresh_from_db()
    assert order.promised_on == TUESDAY
    move(order, MONDAY, "18:00-21:00")


def test_after_the_cut_off_the_first_day_is_the_next_one(evening):
    evening.courier.cutoff = time(11)
    evening.courier.days = 1
    evening.courier.save()

    with pytest.raises(slots.TooSoon) as refused:
        take_in(TUESDAY, "")
    assert refused.value.detail["first"] == "2026-11-25"


def test_a_channel_s_order_is_taken_all_the_same_and_held(evening):
    fits, over, late = (
        intake.take_in_many(
            [make.new_order(courier="own", promised_on=on, slot="18:00-21:00", external_id=str(place))
             for place, on in enumerate([TUESDAY, TUESDAY, MONDAY - timedelta(days=1)])],
            by=make.BY, at=make.AT,
        )
    )  # fmt: skip
    held = set(Hold.objects.filter(reason="unknown_date").values_list("order_id", flat=True))
    assert held == {over.order.number, late.order.number}
    assert fits.created


def test_promised_again_on_its_way(evening):
    order = make.handed_over(courier="own", promised_on=MONDAY, slot="18:00-21:00")
    with transaction.atomic():
        locked = Order.objects.lock(order.number)
        assert slots.promise_again(locked, TUESDAY, "18:00-21:00", at=make.AT) == {
            "from": ["2026-11-23", "18:00-21:00"], "to": ["2026-11-24", "18:00-21:00"],
        }  # fmt: skip
    order.refresh_from_db()
    assert order.promised_on == TUESDAY


@pytest.mark.postgres
def test_two_who_promise_the_last_place_at_once(real_commits, side_by_side):
    make.product("A", 90)
    courier = make.courier("own")
    Slot.objects.create(courier=courier, starts=time(18), ends=time(21), capacity=1, closes_at=time(23))
    intake.phone_channel()
    make.channel()

    results = side_by_side(*[lambda: take_in(TUESDAY, "18:00-21:00")] * 4)

    assert sum(isinstance(result, Order) for result in results) == 1
    assert sum(isinstance(result, slots.SlotFull) for result in results) == 3
