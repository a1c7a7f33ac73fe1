"""What a courier cannot carry is refused to people and held when a shop asks for it."""

import pytest

from delivery import handoff
from delivery.handoff import NewAct
from orders import changes, intake, packing
from orders.carrying import CannotCarry
from orders.holdnotes import tell
from orders.models import Hold, Order
from orders.packing import NewParcel
from shopdesk.base.access import Actor
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.once]
GOODS = [("A", 2, "500.00")]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 20)


def edited(order, **fields):
    order.refresh_from_db()
    return changes.edit(order.number, changes.Edit(fields), version=order.version, by=make.BY, at=make.AT)


def held(order):
    return [tell(hold) for hold in Hold.objects.filter(order=order, reason="other", closed_at=None)]


def test_a_shop_that_asks_for_the_impossible_is_held_until_another_courier_takes_it():
    make.courier("safe", takes_cod=False)
    make.courier("all")
    order = make.order(GOODS, courier="safe")
    assert held(order) == ["The courier cannot carry it: it takes no money at the door."]
    assert not held(make.order(GOODS, courier="safe", payment_method="prepaid", paid_minor=100000))

    edited(order, courier_id="all")
    assert not held(order)
    with pytest.raises(CannotCarry, match="safe cannot carry"):
        edited(order, courier_id="safe")


@pytest.mark.parametrize(
    "terms", [{"takes_cod": False}, {"countries": "BG RO"}, {"needs": ["postcode"]}, {"needs": ["email"]}]
)
def test_a_person_is_refused_at_once(terms):
    make.courier("narrow", **terms)
    person = Actor("person", make.owner().pk)
    with pytest.raises(CannotCarry):
        intake.take_in(make.new_order(GOODS, courier="narrow"), by=person, at=make.AT)
    assert not Order.objects.exists()
    make.order(GOODS, courier="narrow")
    assert Hold.objects.filter(code="carrier").exists(), "a shop's is taken in, and held"


@pytest.mark.parametrize(
    ("terms", "parcels"),
    [
        ({"several_parcels": False}, [NewParcel(500, items=[("A", 1)]), NewParcel(500, items=[("A", 1)])]),
        ({"heaviest_g": 900}, [NewParcel(901)]),
        ({"needs": ["size"]}, [NewParcel(500, length_mm=100, width_mm=100)]),
    ],
)
def test_boxes_that_the_courier_does_not_take_are_not_sealed(terms, parcels):
    carrier = make.courier("narrow", **terms)
    order = make.picked(GOODS, courier="narrow")
    with pytest.raises(CannotCarry):
        packing.seal(order.number, parcels, by=make.BY, at=make.AT)
    type(carrier).objects.update(several_parcels=True, heaviest_g=None, needs=[])
    assert packing.seal(order.number, parcels, by=make.BY, at=make.AT).status == "packed"


def test_an_order_of_nobodys_goes_on_no_act_of_a_courier_that_cannot():
    make.courier("safe", takes_cod=False)
    make.courier("all")
    order = make.packed(GOODS)
    parcel = order.parcels.get().number
    with pytest.raises(CannotCarry, match="money at the door"):
        handoff.open_act(NewAct("safe", make.AT.date(), [parcel]), by=make.BY, at=make.AT)
    assert handoff.open_act(NewAct("all", make.AT.date(), [parcel]), by=make.BY, at=make.AT).lines.count() == 1
