"""A model that was made without its class is the one that its class makes."""

from datetime import UTC, datetime

import pytest
from django.db.models.expressions import DatabaseDefault

from orders.models import CallTask, Channel, Customer, Hold, JournalEvent, Order
from shopdesk.base.access import Actor
from shopdesk.base.fresh import fresh, loaded
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


@pytest.mark.django_db
@pytest.mark.parametrize("model", HOT)
def test_one_of_the_database_is_as_its_class_reads_it(model):
    make.product("A", on_hand=1)
    make.order([("A", 1, "10.00"), ("NOBODY", 1, "5.00")])
    names = [field.attname for field in model._meta.concrete_fields]
    rows = list(model.objects.values_list(*names))

    found, others = loaded(model, rows), [model.from_db("default", names, row) for row in rows]

    assert found
    assert [inside(one) for one in found] == [inside(one) for one in others]
    assert {(one._state.adding, one._state.db) for one in found} == {(False, "default")}


def test_a_class_that_reads_its_own_way_is_refused():
    class Read(Hold):
        class Meta:
            app_label, proxy = "orders", True

        @classmethod
        def from_db(cls, db, field_names, values):
            return super().from_db(db, field_names, values)

    with pytest.raises(TypeError, match="when one is read"):
        loaded(Read, [()])


def test_a_row_that_lacks_a_column_is_refused():
    with pytest.raises(ValueError, match="zip"):
        loaded(Hold, [(1, 2)])
