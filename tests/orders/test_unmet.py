"""Pieces that orders waited for in vain: each counts once, when it stops being wanted."""

import importlib

import pytest
from django.apps import apps
from django.db import DatabaseError, transaction
from django.db.models import Sum

from orders import changes, merging, partial, unmet
from orders.calls import clock
from orders.merging import Strategy
from orders.models import Order, Unmet
from orders.status import CancelReason
from tests import make

pytestmark = pytest.mark.django_db


def noted() -> dict[tuple[str, str], int]:
    """Give what is noted by SKU and why, where it comes to something."""
    rows = Unmet.objects.order_by().values_list("line__sku", "why").annotate(pieces=Sum("quantity"))
    return {(sku, why): pieces for sku, why, pieces in rows if pieces}


def edit(order: Order, *lines: changes.LineEdit, at=make.AT) -> None:
    order.refresh_from_db()
    changes.edit(order.pk, changes.Edit(lines=lines), version=order.version, by=make.BY, at=at)


def cancel(order: Order, reason: str = CancelReason.PRICE, at=make.AT) -> None:
    changes.cancel(order.pk, reason, by=make.BY, at=at)


def test_cancelled_order_counts_what_was_not_there_and_only_that():
    lamp = make.product("LAMP", on_hand=2)
    make.product("CUP", on_hand=9)
    order = make.order([("LAMP", 5, "100.00"), ("CUP", 1, "10.00")])
    assert noted() == {}  # it waits: nothing is lost

    cancel(order)

    assert noted() == {("LAMP", "cancelled"): 3}
    assert Unmet.objects.get().product == lamp


def test_order_that_was_never_meant_is_no_demand():
    make.product("LAMP", on_hand=0)
    for number, reason in enumerate(sorted(unmet.NEVER_MEANT)):
        cancel(make.order([("LAMP", 5, "100.00")], phone=f"+7903111224{number}"), reason)

    assert noted() == {}


def test_order_cancelled_for_want_of_goods_counts_whole_where_no_line_says_of_what():
    make.product("LAMP", on_hand=9)
    cancel(make.order([("LAMP", 5, "100.00")]), CancelReason.OUT_OF_STOCK)

    assert noted() == {("LAMP", "cancelled"): 5}


def test_reopened_order_takes_it_back_and_may_lose_it_again():
    make.product("LAMP", on_hand=2)
    order = make.order([("LAMP", 5, "100.00")])
    cancel(order)
    changes.reopen(order.pk, by=make.BY, at=make.AT)
    assert noted() == {}
    assert list(Unmet.objects.order_by("pk").values_list("quantity", flat=True)) == [3, -3]

    cancel(order)

    assert noted() == {("LAMP", "cancelled"): 3}


def test_what_came_in_time_is_not_lost():
    lamp = make.product("LAMP", on_hand=0)
    order = make.order([("LAMP", 2, "100.00")])
    make.fill(lamp, 2)
    changes.allocate(order.pk, at=make.AT)
    cancel(order)

    assert noted() == {}


def test_time_to_agree_that_ran_out_loses_only_what_is_not_there():
    make.product("LAMP", on_hand=3)
    order = make.order([("LAMP", 4, "100.00")])
    late = make.after(days=30)
    clock.free(order.pk, at=late)
    cancel(order, CancelReason.NO_CONTACT, at=late)

    assert noted() == {("LAMP", "cancelled"): 1}


def test_missing_pieces_that_are_taken_off_or_swapped_count_once_each():
    make.product("LAMP", on_hand=1)
    make.product("CUP", on_hand=9)
    order = make.order([("LAMP", 5, "100.00")])
    line = order.lines.get()
    edit(order, changes.LineEdit(2, id=line.pk), changes.LineEdit(2, sku="CUP", instead_of="LAMP"))
    assert noted() == {("LAMP", "instead"): 2, ("LAMP", "lowered"): 1}

    cancel(order)  # one more was missing

    assert noted() == {("LAMP", "instead"): 2, ("LAMP", "lowered"): 1, ("LAMP", "cancelled"): 1}


def test_swap_of_what_was_there_is_taste_and_no_lost_demand():
    make.product("LAMP", on_hand=5)
    make.product("CUP", on_hand=9)
    order = make.order([("LAMP", 2, "100.00")])
    edit(order, changes.LineEdit(0, id=order.lines.get().pk), changes.LineEdit(2, sku="CUP", instead_of="LAMP"))

    assert noted() == {}


def test_line_that_is_raised_again_takes_back_no_more_than_was_noted():
    make.product("LAMP", on_hand=0)
    order = make.order([("LAMP", 5, "100.00"), ("LAMP", 1, "100.00")])
    line = order.lines.order_by("position").first()
    edit(order, changes.LineEdit(0, id=line.pk))
    assert noted() == {("LAMP", "lowered"): 5}

    edit(order, changes.LineEdit(2, id=line.pk))
    assert noted() == {("LAMP", "lowered"): 3}

    edit(order, changes.LineEdit(9, id=line.pk))
    assert noted() == {}


def test_rest_that_is_cancelled_is_lost_and_one_that_is_cut_off_still_waits():
    lamp = make.product("LAMP", on_hand=2)
    first = make.confirmed([("LAMP", 3, "100.00")])
    partial.decide(first.pk, Order.Policy.CANCEL_REST, by=make.BY, at=make.AT)
    assert noted() == {("LAMP", "lowered"): 1}

    make.fill(lamp, 1)
    second = make.confirmed([("LAMP", 2, "100.00")], phone="+79031112233")
    rest = partial.decide(second.pk, Order.Policy.SPLIT, by=make.BY, at=make.AT)
    assert noted() == {("LAMP", "lowered"): 1}
    cancel(rest)
    assert noted() == {("LAMP", "lowered"): 1, ("LAMP", "cancelled"): 1}


def test_merged_order_loses_nothing():
    make.product("LAMP", on_hand=0)
    kept, gone = make.order([("LAMP", 1, "100.00")]), make.order([("LAMP", 2, "100.00")])
    merging.merge(kept.pk, gone.pk, Strategy.SUM, by=make.BY, at=make.AT)

    assert noted() == {}


def test_ledger_is_append_only():
    make.product("LAMP", on_hand=0)
    cancel(make.order([("LAMP", 1, "100.00")]))
    with pytest.raises(DatabaseError), transaction.atomic():
        Unmet.objects.update(quantity=7)
    with pytest.raises(DatabaseError), transaction.atomic():
        Unmet.objects.all().delete()


def test_what_was_before_the_ledger_is_written_down_once(monkeypatch):
    make.product("LAMP", on_hand=0)
    make.product("CUP", on_hand=9)
    with monkeypatch.context() as before:  # the release of before knew no ledger
        before.setattr(unmet, "of_cancelled", lambda orders, events: None)
        before.setattr(unmet, "of_changed", lambda stood, lines, event: None)
        order = make.order([("LAMP", 3, "100.00")])
        edit(order, changes.LineEdit(1, id=order.lines.get().pk), changes.LineEdit(2, sku="CUP", instead_of="LAMP"))
        cancel(make.order([("LAMP", 5, "100.00")], phone="+79031112233"), CancelReason.OUT_OF_STOCK)
    filling = importlib.import_module("orders.migrations.0024_what_was_wanted_in_vain_before")
    for _time in range(2):
        filling.fill(apps, None)

    rows = set(Unmet.objects.values_list("product__sku", "quantity", "why", "event__kind"))
    assert rows == {("LAMP", 2, "instead", "order.edited"), ("LAMP", 5, "cancelled", "order.moved")}
