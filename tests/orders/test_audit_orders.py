"""The auditor of orders finds what it is there to find."""

import pytest
from django.db import connection

from orders import audit_orders
from orders.models import CallTask, Hold, Order
from tests import make

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {check.id for check in audit_orders.checks() if check.find("default").broken}


def test_ordinary_shop_has_nothing_to_find():
    make.product("A", 1)
    make.order([("A", 2, "10.00")], external_id="S-1")
    make.order([("A", 1, "10.00")], stated_total_minor=900)

    assert broken() == set()


def test_lines_that_do_not_add_up_are_found():
    order = make.order()
    order.lines.update(total_minor=1)

    assert broken() == {"O5"}


def test_differing_total_that_nobody_was_asked_about_is_found():
    order = make.order(stated_total_minor=900)
    Hold.objects.filter(order=order).delete()
    CallTask.objects.filter(order=order).update(closed_at=None)

    assert broken() == {"O5"}


def test_order_without_a_next_step_is_found():
    make.product("A", 1)
    CallTask.objects.filter(order=make.order()).delete()

    assert broken() == {"C1", "O7"}


def test_held_order_that_nobody_will_ring_about_is_found():
    """A hold is a next step, but not a call: only one that says there is no phone to ring excuses it."""
    order = make.order()  # of what the shelf lacks, so it is held
    CallTask.objects.filter(order=order).delete()

    assert broken() == {"C1"}
    Hold.objects.filter(order=order).update(reason="bad_phone")
    assert broken() == set()


def test_missing_unique_index_and_the_double_it_lets_in_are_found():
    make.order(external_id="S-1")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_once_per_channel")
    second = make.order(external_id="S-2")
    Order.objects.filter(pk=second.pk).update(external_id="S-1")

    finding = audit_orders.repeated("default")

    assert finding.broken == 2
