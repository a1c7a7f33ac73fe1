"""Two people at one table: one cart, one slot, one marking code, one act. One of them has it, the other is told.

Each comes with its guard taken away: then both have it, or the books of it do not add up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, models
from django.utils import timezone

from delivery import handoff
from delivery.handoff import accepting
from delivery.models import Handoff, HandoffLine
from orders import packing, queues
from orders.models import Barcode, Batch, CartSlot, JournalEvent, Order, OrderLine, Parcel, PieceCode, StockMove
from orders.packing import NewBatch, NewScan, slots
from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.orders.test_marks import FULL
from tests.races import interleaving
from tests.races.interleaving import AT_COMMIT

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


@contextmanager
def without_index(model: type[models.Model], name: str) -> Iterator[None]:
    """Drop a unique index; it comes back over an emptied table."""
    guard = next(one for one in model._meta.constraints if one.name == name)
    with connection.schema_editor() as editor:
        editor.remove_constraint(model, guard)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.execute(f"TRUNCATE {model._meta.db_table}")
            editor.add_constraint(model, guard)


def broken() -> list[str]:
    return [check.id for check in all_checks() if check.find("default").broken]


def refusals(met: interleaving.Meeting) -> list[str]:
    return sorted(met.ends)


# --- one cart ---


def two_walks() -> list[Any]:
    """Two packers who are about to begin a walk with cart 1, each with orders of their own wave."""
    make.product("A", 20)
    numbers = [make.confirmed().number for _ in range(4)]
    Order.objects.update(ship_on=make.AT.date())

    def begin(own: list[int]) -> Any:
        packer = make.packer()
        rows = queues.to_pack(Order.objects.filter(pk__in=own), timezone.now().date())
        return lambda: packing.start(rows, NewBatch("1"), packer.pk, by=packer.subject.actor, at=make.AT)

    return [begin(numbers[:2]), begin(numbers[2:])]


def test_a_cart_that_two_take_at_once_is_one_packers():
    met = interleaving.meet(*two_walks(), AT_COMMIT)

    assert (refusals(met), met.waited, met.wrong) == (["CartTaken", "done"], True, [])
    assert set(CartSlot.objects.values_list("batch", flat=True)) == {Batch.objects.get().pk}
    assert sorted(Order.objects.values_list("status", flat=True)) == ["confirmed"] * 2 + ["picking"] * 2
    assert broken() == []


def test_without_its_index_both_have_the_cart():
    """Negative control."""
    with without_index(CartSlot, "cart_slot_once"):
        met = interleaving.meet(*two_walks(), AT_COMMIT)

        assert refusals(met) == ["done", "done"]
        assert CartSlot.objects.filter(cart="1", position=1, freed_at=None).count() == 2


def test_ten_who_begin_at_once_share_no_order(side_by_side):
    make.product("A", 50)
    numbers = {make.confirmed().number for _ in range(12)}
    Order.objects.update(ship_on=make.AT.date())

    def begin(cart: str) -> Any:
        packer = make.packer()
        rows = queues.to_pack(Order.objects.all(), timezone.now().date())
        return lambda: packing.start(rows, NewBatch(cart, 2), packer.pk, by=packer.subject.actor, at=make.AT)

    began = side_by_side(*[begin(f"{place % 8}") for place in range(10)])

    refused = {type(one).__name__ for one in began if isinstance(one, Exception)}
    assert refused <= {"CartTaken", "NothingToPack"}
    held = list(CartSlot.objects.values_list("order", flat=True))
    assert len(held) == len(set(held))
    assert set(held) == set(Order.objects.filter(status="picking").values_list("pk", flat=True)) <= numbers
    assert broken() == []


# --- one slot of a cart that was handed on ---


def two_at_a_slot() -> list[Any]:
    make.product("A", 20)
    number = make.confirmed().number
    Order.objects.update(ship_on=make.AT.date())
    picker = make.packer()
    rows = queues.to_pack(Order.objects.all(), timezone.now().date())
    batch = packing.start(rows, NewBatch("1"), picker.pk, by=make.BY, at=make.AT)
    packing.scan(number, [NewScan("e", 1, sku="A")], by=make.BY, at=make.AT)
    packing.hand_on(batch.pk, by=make.BY, at=make.AT)
    people = [make.packer(), make.packer()]
    return [lambda who=who: packing.take(number, who.pk, by=who.subject.actor, at=make.AT) for who in people]


def lifted() -> int:
    return JournalEvent.objects.filter(kind="order.lifted_off").count()


def test_a_slot_that_two_scan_at_once_is_on_one_table():
    met = interleaving.meet(*two_at_a_slot(), AT_COMMIT)

    assert (refusals(met), met.waited, lifted()) == (["AlreadyTaken", "done"], True, 1)
    winner = met.first if isinstance(met.first, Order) else met.second
    assert Order.objects.get().packer_id == winner.packer_id
    assert broken() == []


def test_without_the_look_at_the_slot_both_believe_to_have_it(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(slots, "lift_off", lambda order, *, at: True)

    met = interleaving.meet(*two_at_a_slot(), AT_COMMIT)

    assert (refusals(met), lifted()) == (["done", "done"], 2)


# --- one marking code ---


def two_with_a_code(how: str) -> list[Any]:
    """Two packers with an order each, and the same code before both scanners: with the piece, or after it."""
    shoe = make.product("SHOE", 5, traced="marking")
    Barcode.objects.create(code="4600000000015", product=shoe)
    numbers = [make.picking([("SHOE", 1, "900.00")]).number for _ in range(2)]
    if how == "with the piece":
        scans = [NewScan("e", 1, sku="SHOE", mark=FULL)]
        return [lambda number=number: packing.scan(number, scans, by=make.BY, at=make.AT) for number in numbers]
    for number in numbers:
        packing.scan(number, [NewScan("e", 1, sku="SHOE")], by=make.BY, at=make.AT)
    return [lambda number=number: packing.capture(number, "SHOE", FULL, by=make.BY, at=make.AT) for number in numbers]


@pytest.mark.parametrize("how", ["with the piece", "after it"])
def test_a_code_that_two_scan_at_once_is_in_one_order(how):
    met = interleaving.meet(*two_with_a_code(how), AT_COMMIT)

    assert (refusals(met), met.waited, met.wrong) == (["CodeUsed", "done"], True, [])
    kept = PieceCode.objects.get()
    refusal = met.first if isinstance(met.first, Exception) else met.second
    assert f"order {kept.order_id} " in str(refusal), "the loser is told where the code is"
    picked = dict(OrderLine.objects.values_list("order", "picked"))
    assert picked.pop(kept.order_id) == 1
    assert list(picked.values()) == [0 if how == "with the piece" else 1]
    assert broken() == []


def test_without_its_index_one_code_is_in_two_orders():
    """Negative control."""
    with without_index(PieceCode, "piece_code_once"):
        met = interleaving.meet(*two_with_a_code("after it"), AT_COMMIT)

        assert refusals(met) == ["done", "done"]
        assert PieceCode.objects.filter(released_at=None).values("order").distinct().count() == 2


# --- one act ---


def closed() -> tuple[Handoff, list[str]]:
    make.product("A", 5)
    act = make.closed_act(*[make.packed() for _ in range(2)])
    return act, list(act.lines.order_by("pk").values_list("parcel__number", flat=True))


def accepting_all(act: Handoff, numbers: list[str]) -> Any:
    return lambda: handoff.accept(act.number, handoff.Acceptance(numbers), by=make.BY, at=make.AT)


def test_an_act_that_two_accept_at_once_is_accepted_once():
    act, numbers = closed()

    met = interleaving.meet(accepting_all(act, numbers), accepting_all(act, numbers), AT_COMMIT)

    assert (refusals(met), met.waited) == (["done", "done"], True)
    assert JournalEvent.objects.filter(kind="act.accepted").count() == 1
    assert StockMove.objects.filter(reason="handed_over").count() == 2
    assert broken() == []


@pytest.mark.parametrize("turned", [False, True], ids=["has it first", "misses it first"])
def test_one_has_the_parcel_and_the_other_misses_it(turned):
    act, numbers = closed()
    missed = handoff.Acceptance(missing=numbers[:1])
    deeds = [accepting_all(act, numbers), lambda: handoff.accept(act.number, missed, by=make.BY, at=make.AT)]

    met = interleaving.meet(*(reversed(deeds) if turned else deeds), AT_COMMIT)

    assert (refusals(met), met.waited) == (["NotOnAct", "done"], True)
    assert HandoffLine.objects.get(parcel__number=numbers[0]).state == ("missing" if turned else "accepted")
    assert Parcel.objects.get(number=numbers[0]).state == ("inside" if turned else "out")
    assert broken() == []


def test_without_the_acts_lock_a_parcel_is_out_and_in_nobodys_hands(monkeypatch):
    """Negative control."""
    act, numbers = closed()
    monkeypatch.setattr(accepting, "lock_act", lambda number: Handoff.objects.select_related("courier").get(pk=number))
    missed = handoff.Acceptance(missing=numbers[:1])

    met = interleaving.meet(
        accepting_all(act, numbers), lambda: handoff.accept(act.number, missed, by=make.BY, at=make.AT), AT_COMMIT
    )

    assert refusals(met) == ["done", "done"]
    assert "P4" in broken()


# --- a cart that seems to be left ---


def left_cart() -> tuple[Any, Any]:
    """The sweep that takes a cart back, and the picker who comes back to it in this moment."""
    make.product("A", 20)
    number = make.confirmed([("A", 2, "129.00")]).number
    Order.objects.update(ship_on=make.AT.date())
    rows = queues.to_pack(Order.objects.all(), timezone.now().date())
    packing.start(rows, NewBatch("1"), make.packer().pk, by=make.BY, at=make.AT)
    late = make.after(hours=3)
    scans = [NewScan("e", 1, sku="A")]
    return lambda: packing.take_back_left(at=late), lambda: packing.scan(number, scans, by=make.BY, at=late)


def left_table() -> tuple[Any, Any]:
    """The sweep that takes an order back from a table, and its packer."""
    make.product("A", 20)
    number = make.picking([("A", 2, "129.00")]).number
    late = make.after(hours=3)
    scans = [NewScan("e", 1, sku="A")]
    return lambda: packing.take_back_from_tables(at=late), lambda: packing.scan(number, scans, by=make.BY, at=late)


LEFT = pytest.mark.parametrize("left", [left_cart, left_table])


@LEFT
def test_a_picker_who_scans_while_the_desk_looks_keeps_the_cart(left):
    sweep, scan = left()

    met = interleaving.meet(scan, sweep, AT_COMMIT)

    assert (met.ends, met.waited, met.second) == (["done", "done"], True, 0)
    assert Order.objects.get().status == "picking"
    assert broken() == []


@LEFT
def test_a_picker_who_comes_too_late_is_told(left):
    sweep, scan = left()

    met = interleaving.meet(sweep, scan, AT_COMMIT)

    assert (met.ends, met.waited, met.first) == (["done", "NotBeingPicked"], True, 1)
    assert OrderLine.objects.get().picked == 0
    assert broken() == []
