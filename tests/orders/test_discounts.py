"""How much a person may let off: one share of the goods' full price, by whichever door and in however many steps."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders import changes, discounts, intake
from orders.changes import Edit, LineEdit
from orders.discounts import DiscountTooLarge
from orders.models import Order
from shopdesk.base.access import NO_LIMITS, Actor
from shopdesk.limits.models import LimitSet
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena():
    """A manager who may let off a tenth."""
    make.product("A", 10, price="100.00")
    person = make.manager()
    LimitSet.objects.create(discount_percent=10)
    return Actor("person", person.pk)


def order(price: str = "100.00", **fields) -> Order:
    return make.order([("A", 10, price)], **fields)


def edit(made: Order, by: Actor, *, price: int | None = None, off: int | None = None, pieces: int = 10) -> Order:
    made.refresh_from_db()
    line = made.lines.get()
    fields = {} if off is None else {"discount_minor": off}
    lines = [] if price is None and pieces == 10 else [LineEdit(pieces, id=line.pk, price_minor=price)]
    return changes.edit(made.number, Edit(fields, lines), version=made.version, by=by, at=make.AT)


def test_a_tenth_may_be_let_off_by_price_or_discount(lena):
    assert edit(order(), lena, price=90_00).total_minor == 900_00
    assert edit(order(), lena, off=100_00).total_minor == 900_00


@pytest.mark.parametrize("more", [{"price": 89_99}, {"off": 100_01}, {"price": 95_00, "off": 50_01}])
def test_more_than_a_tenth_is_refused_and_nothing_changes(lena, more):
    """V2.3.2."""
    made = order()

    with pytest.raises(DiscountTooLarge) as refused:
        edit(made, lena, **more)

    assert refused.value.detail == {"share": 11, "most": 10}
    made.refresh_from_db()
    assert (made.total_minor, made.version) == (1000_00, 1)


def test_two_small_steps_are_one_large_one(lena):
    made = order("120.00")  # dearer here than in the catalogue, so the catalogue knows nothing of the first price
    edit(made, lena, price=108_00)

    with pytest.raises(DiscountTooLarge):
        edit(made, lena, price=100_00)


def test_what_was_let_off_before_stays(lena):
    """The shop's own sale is deeper than this person may go: pieces may change, the sale may not deepen."""
    made = order("50.00")

    assert edit(made, lena, pieces=5).total_minor == 250_00
    with pytest.raises(DiscountTooLarge):
        edit(made, lena, price=49_00, pieces=5)


def test_fewer_pieces_deepen_a_discount(lena):
    made = order()
    edit(made, lena, off=100_00)

    with pytest.raises(DiscountTooLarge):
        edit(made, lena, pieces=5)


def test_own_limits_stand_instead_of_the_roles(lena):
    LimitSet.objects.create(person_id=lena.id, discount_percent=50)

    assert edit(order(), lena, price=50_00).total_minor == 500_00


def test_a_changed_limit_acts_at_once(lena):
    made = order()
    LimitSet.objects.filter(person=None).update(discount_percent=5)

    with pytest.raises(DiscountTooLarge):
        edit(made, lena, price=90_00)


def test_a_token_goes_no_further_than_its_person(lena):
    api = make.client(make.User.objects.get(pk=lena.id))
    made = order()
    line = made.lines.get().pk

    body = {"version": 1, "items": [{"id": line, "quantity": 10, "price": "89.00"}]}
    refused = api("PATCH", f"orders/{made.number}", body)

    assert (refused.status_code, refused.json()["code"]) == (409, "discount_too_large")
    assert "10%" in refused.json()["detail"]


def test_a_new_order_typed_in_by_a_person_is_held_to_it_too(lena):
    cheap = make.new_order([("A", 1, "80.00")])

    with pytest.raises(DiscountTooLarge):
        intake.take_in(cheap, by=lena, at=make.AT)
    assert not Order.objects.exists()


def test_limits_are_asked_once_however_many_orders_a_person_brings(lena):
    def statements(many):
        new = [make.new_order([("A", 1, "95.00")], external_id=f"{many}-{one}") for one in range(many)]
        with CaptureQueriesContext(connection) as asked:
            intake.take_in_many(new, by=lena, at=make.AT)
        return sum("limit_set" in one["sql"] for one in asked)

    assert statements(30) == statements(1) == 1


def test_a_shop_lets_off_what_it_likes(lena):
    api = make.client(make.channel("shop"))
    body = {"external_id": "1", "currency": "RUB", "customer": {"name": "Анна"}}

    taken = api.post("orders", body | {"items": [{"sku": "A", "quantity": 1, "price": "1.00"}]})

    assert taken.status_code == 201


def test_without_the_look_at_limits_all_of_this_passes(lena, monkeypatch):
    """Negative control."""
    monkeypatch.setattr(discounts, "limits_of_actor", lambda by: NO_LIMITS)

    assert edit(order(), lena, price=1).total_minor == 10
