"""A model that was made without its class is the one that its class makes."""

from datetime import UTC, datetime

import pytest
from django.db.models.expressions import DatabaseDefault

from orders.models import CallTask, Channel, Customer, Hold, JournalEvent, Order
from shopdesk.base.access import Actor
from shopdesk.base.fresh import fresh
from tests import make

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOT = (Order, Customer, CallTask, JournalEvent, Hold)


def inside(one):
    """Give what a model has in it; one default of the database is like another."""
    values = {name: value for name, value in one.__dict__.items() if name != "_state"}
    return {name: DatabaseDefault if isinstance(value, DatabaseDefault) else value for name, value in values.items()}


@pytest.mark.parametrize("model", HOT)
def test_empty_one_is_as_its_class_makes_it(model):
    new, other = fresh(model), model()

    assert inside(new) == inside(other)
    assert (new._state.adding, new._state.db, new.pk) == (other._state.adding, other._state.db, other.pk)


def test_what_is_named_is_in_it_by_field_and_by_column():
    channel = Channel(code="site")
    values = {"channel": channel, "customer_id": 7, "courier": None, "contact_name": "Анна", "taken_at": AT}

    new, other = fresh(Order, **values), Order(**values)

    assert inside(new) == inside(other)
    assert (new.channel is channel, new.courier) == (True, None)


def test_defaults_that_are_made_are_no_two_models():
    first, second = fresh(Order), fresh(Order)
    first.source["utm"] = "x"

    assert second.source == {}


def test_what_is_no_field_is_refused():
    with pytest.raises(TypeError, match="no field colour"):
        fresh(Order, colour="red")


def test_a_class_with_a_way_of_its_own_is_refused():
    class Odd(Hold):
        class Meta:
            app_label, proxy = "orders", True

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)

    with pytest.raises(TypeError, match="of its own"):
        fresh(Odd)


@pytest.mark.django_db
def test_it_is_saved_and_read_as_any_other():
    order = make.order()
    hold = fresh(Hold, order=order, reason="other", opened_at=AT, opened_by=str(Actor("person", 1)))

    hold.save()

    assert Hold.objects.get(pk=hold.pk).order == order
