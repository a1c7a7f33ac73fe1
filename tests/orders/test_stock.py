"""The ledger: goods move, promises are made once, and what was written stays."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings, strategies

from orders import audit, changes, journal, stock
from orders.models import Order, OrderLine, Place, PlaceLevel, StockLevel, StockMove
from orders.stock import moves, promises
from shopdesk.base import bulk, triggers
from tests import make

pytestmark = pytest.mark.django_db


def lying(sku: str, bin_code: str = "MAIN") -> int:
    return PlaceLevel.objects.get(product__sku=sku, place__code=bin_code, place__kind=Place.Kind.BIN).on_hand


def promised(sku: str) -> tuple[int, int]:
    level = StockLevel.objects.get(product__sku=sku)
    return level.on_hand, level.reserved


def bin_named(code: str) -> Place:
    return Place.objects.create(kind=Place.Kind.BIN, location=stock.main_location(), code=code)


def event() -> Any:
    return journal.record([journal.Entry("test")], by=make.BY, at=make.AT)[0]


def carry(sku: str, pieces: int, source: Place, target: Place, **fields: Any) -> stock.Move:
    product = make.Product.objects.get(sku=sku)
    return stock.Move(product.pk, pieces, source, target, "test", event(), **fields)


def promises_hold() -> None:
    for check in audit.checks():
        if check.id.startswith("S"):
            finding = check.find("default")
            assert (check.id, finding.broken, finding.offenders) == (check.id, 0, [])


def test_goods_received_lie_in_their_bin_and_may_be_promised() -> None:
    make.product("A", on_hand=5)
    assert lying("A") == 5
    assert promised("A") == (5, 0)


def test_move_between_bins_leaves_what_may_be_promised_alone() -> None:
    make.product("A", on_hand=5)
    shelf, main = bin_named("B-1"), stock.bin_at("MAIN")
    stock.move([carry("A", 2, main, shelf)], at=make.AT)
    assert (lying("A"), lying("A", "B-1"), promised("A")) == (3, 2, (5, 0))
    promises_hold()


def test_pick_lowers_on_hand_and_promise_together() -> None:
    make.product("A", on_hand=5)
    line = make.order([("A", 3, "129.00")]).lines.get()
    table = stock.inside(Place.Kind.PACKING, "MAIN")
    stock.move([carry("A", 2, stock.bin_at("MAIN"), table, promised=-2, line_id=line.pk)], at=make.AT)
    assert promised("A") == (3, 1)


def test_more_than_lies_there_is_refused_and_nothing_moves() -> None:
    """V2.3.3."""
    make.product("A", on_hand=5)
    make.product("B", on_hand=5)
    scrap, main = stock.outside(Place.Kind.SCRAP), stock.bin_at("MAIN")
    with pytest.raises(stock.NotEnough), transaction.atomic():
        stock.move([carry("B", 1, main, scrap), carry("A", 6, main, scrap)], at=make.AT)
    assert (lying("A"), lying("B")) == (5, 5)
    promises_hold()


def test_wrong_bin_is_refused_although_the_location_has_enough() -> None:
    make.product("A", on_hand=5)
    shelf = bin_named("B-1")
    with pytest.raises(stock.NotEnough) as refusal, transaction.atomic():
        stock.move([carry("A", 1, shelf, stock.inside(Place.Kind.QUARANTINE, "MAIN"))], at=make.AT)
    assert refusal.value.detail == {"sku": "A", "place": "B-1"}


def test_promised_goods_do_not_leave_the_shelf() -> None:
    make.product("A", on_hand=5)
    make.order([("A", 4, "129.00")])
    with pytest.raises(stock.NotEnough), transaction.atomic():
        stock.move([carry("A", 2, stock.bin_at("MAIN"), stock.outside(Place.Kind.SCRAP))], at=make.AT)
    assert promised("A") == (5, 4)


def test_database_refuses_a_negative_shelf_when_the_code_does_not() -> None:
    """V1.4.2."""
    make.product("A", on_hand=1)
    level = PlaceLevel.objects.get(place=stock.bin_at("MAIN"))
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.add_integers(PlaceLevel, ["on_hand"], [(level.pk, -2)])


def test_database_refuses_more_promises_than_goods_when_the_code_does_not() -> None:
    make.product("A", on_hand=1)
    level = StockLevel.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.add_integers(StockLevel, ["reserved"], [(level.pk, 2)])


def test_every_shelf_has_a_gapless_ledger() -> None:
    make.product("A", on_hand=5)
    main, shelf = stock.bin_at("MAIN"), bin_named("B-1")
    stock.move([carry("A", 2, main, shelf), carry("A", 1, shelf, main), carry("A", 1, main, shelf)], at=make.AT)
    out = StockMove.objects.filter(source=main).values_list("source_version", "source_balance")
    back = StockMove.objects.filter(target=main).values_list("target_version", "target_balance")
    assert sorted([*out, *back]) == [(1, 5), (2, 3), (3, 4), (4, 3)]
    promises_hold()


def test_correction_is_a_new_move_and_comes_once() -> None:
    make.product("A", on_hand=5)
    (first,) = StockMove.objects.all()
    (back,) = stock.reverse([first], event=event(), at=make.AT)
    assert (back.source_id, back.target_id, back.reverses_id) == (first.target_id, first.source_id, first.pk)
    assert lying("A") == 0
    make.fill(make.Product.objects.get(), 9)
    with pytest.raises(IntegrityError), transaction.atomic():
        stock.reverse([first], event=event(), at=make.AT)
    assert lying("A") == 9


@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
@pytest.mark.parametrize("table", ["stock_move", "journal_event"])
def test_database_refuses_to_change_facts(table: str, statement: str) -> None:
    make.product("A", on_hand=5)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(statement.format(table))
    assert StockMove.objects.count() == 1


def test_every_table_of_facts_is_guarded() -> None:
    assert triggers.missing(connection) == []


def test_missing_trigger_is_found() -> None:
    verb = "" if connection.vendor == "sqlite" else " ON stock_move"
    name = "stock_move_no_update" if connection.vendor == "sqlite" else "stock_move_append_only"
    connection.cursor().execute(f"DROP TRIGGER {name}{verb}")
    assert triggers.missing(connection) == ["stock_move"]
    finding = next(check for check in audit.checks() if check.id == "S4").find("default")
    assert finding.broken == 1
    triggers.make_all()
    assert triggers.missing(connection) == []


def test_order_takes_what_there_is_and_the_rest_is_short() -> None:
    make.product("A", on_hand=5)
    order = make.order([("A", 7, "129.00")])
    assert order.lines.get().reserved == 5
    assert promised("A") == (5, 5)
    promises_hold()


def test_two_lines_of_one_product_are_promised_together() -> None:
    make.product("A", on_hand=5)
    order = make.order([("A", 3, "129.00"), ("A", 4, "120.00")])
    assert list(order.lines.values_list("reserved", flat=True)) == [3, 2]
    assert promised("A") == (5, 5)


def test_promising_line_by_line_would_promise_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of the sum per product: without the difference, a second reservation takes again."""
    make.product("A", on_hand=9)
    order = make.order([("A", 3, "129.00")])
    stock.reserve([order], [])
    assert promised("A") == (9, 3)
    monkeypatch.setattr(OrderLine, "wanted", property(lambda line: line.quantity))
    with pytest.raises(IntegrityError), transaction.atomic():
        stock.reserve([order], [])


def test_safety_stock_is_not_promised() -> None:
    make.product("A", on_hand=5)
    StockLevel.objects.update(safety=2)
    assert make.order([("A", 5, "129.00")]).lines.get().reserved == 3


def test_reserving_again_takes_the_difference_alone() -> None:
    product = make.product("A", on_hand=2)
    order = make.order([("A", 5, "129.00")])
    make.fill(product, 10)
    stock.reserve([order], [])
    stock.reserve([order], [])
    assert order.lines.get().reserved == 5
    assert promised("A") == (12, 5)


def test_cancelled_order_frees_its_goods_once() -> None:
    make.product("A", on_hand=5)
    order = make.order([("A", 4, "129.00")])
    changes.cancel(order.pk, "test", by=make.BY, at=make.AT)
    assert promised("A") == (5, 0)
    stock.release([order], [])
    assert promised("A") == (5, 0)
    promises_hold()


def test_youngest_orders_lose_their_promise_first() -> None:
    product = make.product("A", on_hand=6)
    orders = [make.order([("A", 2, "129.00")]) for _ in range(3)]
    cut, left = stock.forget(product.pk, "MAIN", 3, orders)
    assert ([line.order_id for line in cut], left) == ([orders[2].pk, orders[1].pk], 0)
    reserved = OrderLine.objects.order_by("order").values_list("reserved", flat=True)
    assert list(reserved) == [2, 1, 0]
    assert promised("A") == (6, 3)
    promises_hold()


def test_promises_of_others_stay_when_too_few_can_be_taken() -> None:
    product = make.product("A", on_hand=6)
    order, other = make.order([("A", 2, "129.00")]), make.order([("A", 2, "129.00")])
    _cut, left = stock.forget(product.pk, "MAIN", 3, [order])
    assert left == 1
    assert other.lines.get().reserved == 2


def test_guard_of_the_reserving_statement_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: with the guard out of the raw statement only the CHECK is left, and it refuses loudly."""
    make.product("A", on_hand=1)
    guard = "least(w.n, greatest(l.on_hand - l.reserved - l.safety, 0))"
    assert guard in promises.TAKE
    monkeypatch.setattr(promises, "TAKE", promises.TAKE.replace(guard, "w.n"))
    free = "l.on_hand - l.reserved - l.safety"
    assert free in promises.LEVELS
    monkeypatch.setattr(promises, "LEVELS", promises.LEVELS.replace(free, "1000000"))
    if connection.vendor == "sqlite":
        assert make.order([("A", 2, "129.00")]).lines.get().reserved == 0  # the condition in its UPDATE holds alone
        return
    with pytest.raises(IntegrityError, match="stock_level_promises"):
        make.order([("A", 2, "129.00")])


def test_without_guard_and_check_the_audit_finds_the_oversold_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control of S2 and S3: what both guards would have stopped is found by the audit."""
    make.product("A", on_hand=5)
    order = make.order([("A", 2, "129.00")])
    OrderLine.objects.filter(order=order).update(reserved=1)
    finding = next(check for check in audit.checks() if check.id == "S3").find("default")
    assert (finding.broken, "A" in finding.offenders[0]) == (1, True)


def test_audit_finds_a_shelf_that_its_moves_do_not_explain() -> None:
    make.product("A", on_hand=5)
    PlaceLevel.objects.update(on_hand=4)
    finding = next(check for check in audit.checks() if check.id == "S1").find("default")
    assert finding.broken >= 1


def test_audit_finds_a_gap_in_the_versions() -> None:
    make.product("A", on_hand=5)
    PlaceLevel.objects.update(version=2)
    finding = next(check for check in audit.checks() if check.id == "S1").find("default")
    assert finding.broken >= 1


def test_audit_finds_a_location_that_its_bins_do_not_explain() -> None:
    make.product("A", on_hand=5)
    StockLevel.objects.update(on_hand=6)
    finding = next(check for check in audit.checks() if check.id == "S1").find("default")
    assert finding.broken == 1


def test_audit_finds_a_piece_that_is_delivered_only_on_paper() -> None:
    make.product("A", on_hand=5)
    order = make.order([("A", 2, "129.00")])
    OrderLine.objects.filter(order=order).update(delivered=1)
    finding = next(check for check in audit.checks() if check.id == "S7").find("default")
    assert finding.broken == 1


DAYS = strategies.lists(
    strategies.tuples(
        strategies.sampled_from(["receive", "order", "cancel", "carry", "scrap", "reverse"]), strategies.integers(1, 4)
    ),
    max_size=25,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=DAYS)
def test_whatever_is_done_the_goods_balance(steps: list[tuple[str, int]]) -> None:
    with make.undone():
        product = make.product("A", on_hand=3)
        bin_named("B-1")
        for step, pieces in steps:
            try:
                STEPS[step](product, pieces)
            except stock.NotEnough:
                continue  # refused, and so nothing may have changed
        promises_hold()


@transaction.atomic
def book(source: Place, target: Place, pieces: int) -> None:
    stock.move([carry("A", pieces, source, target)], at=make.AT)


@transaction.atomic
def reverse_last() -> None:
    if move := StockMove.objects.filter(reverses=None, reversed_by=None).last():
        stock.reverse([move], event=event(), at=make.AT)


def cancel_first() -> None:
    if order := Order.objects.exclude(status="cancelled").first():
        changes.cancel(order.pk, "test", by=make.BY, at=make.AT)


STEPS = {
    "receive": make.fill,
    "order": lambda product, pieces: make.order([("A", pieces, "129.00")]),
    "cancel": lambda product, pieces: cancel_first(),
    "carry": lambda product, pieces: book(stock.bin_at("MAIN"), stock.bin_at("MAIN", "B-1"), pieces),
    "scrap": lambda product, pieces: book(stock.bin_at("MAIN"), stock.outside(Place.Kind.SCRAP), pieces),
    "reverse": lambda product, pieces: reverse_last(),
}


def test_levels_are_locked_in_one_order_whatever_the_moves(django_assert_max_num_queries: Any) -> None:
    rows = [make.product(f"P{place}", on_hand=9) for place in range(20)]
    main, shelf = stock.bin_at("MAIN"), bin_named("B-1")
    made = event()
    wanted = [stock.Move(row.pk, 1, main, shelf, "test", made) for row in reversed(rows)]
    with django_assert_max_num_queries(10 if connection.vendor == "postgresql" else 60):
        stock.move(wanted, at=make.AT)
    assert list(moves.lock_levels((row.pk, "MAIN") for row in reversed(rows))) == [(row.pk, "MAIN") for row in rows]
