"""The auditor of orders finds what it is there to find."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from orders import audit_orders
from orders.models import CallTask, Hold, Order, SearchKey
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


def test_order_that_no_search_finds_is_found_and_mended():
    """Parts that were cut off before had no keys; the migration gives each its own and touches no other."""
    order, other = make.order(external_id="S-77"), make.order()
    before = set(SearchKey.objects.filter(order=other).values_list("key", flat=True))
    keys = set(SearchKey.objects.filter(order=order).values_list("key", flat=True))
    SearchKey.objects.filter(order=order).delete()
    assert broken() == {"O6"}

    import_module("orders.migrations.0018_parts_are_found_by_their_numbers").fill(apps, None)

    assert set(SearchKey.objects.filter(order=order).values_list("key", flat=True)) == keys
    assert set(SearchKey.objects.filter(order=other).values_list("key", flat=True)) == before
    assert broken() == set()
