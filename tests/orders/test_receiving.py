"""What suppliers bring is booked once, at what it costs; what leaves the shelf takes promises from the youngest."""

from typing import Any

import pytest

from orders import audit, receiving, shelf, shortfall, stock
from orders.models import Hold, JournalEvent, Order, Place, PlaceLevel, Product, Receipt, StockLevel, StockMove
from orders.receiving import NewLine, NewReceipt
from orders.shelf import Pieces, Reason
from orders.tasks import allocate
from tests import make

pytestmark = pytest.mark.django_db


def receive(*lines: NewLine, **fields: Any) -> receiving.Booked:
    return receiving.receive(NewReceipt(lines, **fields), by=make.BY, at=make.AT)


def cost(sku: str = "A") -> int:
    return Product.objects.get(sku=sku).cost_minor


def level(sku: str = "A") -> tuple[int, int]:
    row = StockLevel.objects.get(product__sku=sku)
    return row.on_hand, row.reserved


def bin_named(code: str) -> Place:
    return shelf.make_bin("", code, by=make.BY, at=make.AT)


def scrap(pieces: int, **fields: Any) -> shelf.Taken:
    return shelf.write_off([Pieces("A", pieces)], Reason.DAMAGED, location="MAIN", by=make.BY, at=make.AT, **fields)


@pytest.fixture(autouse=True)
def audited() -> Any:
    yield
    for check in audit.checks():
        assert (check.id, check.find("default").offenders) == (check.id, [])


def test_receipt_puts_goods_into_their_bins_at_their_cost() -> None:
    make.product("A")
    bin_named("B-1")
    receipt = receive(NewLine("A", 3, 1000), NewLine("A", 2, 1500, bin="B-1"), supplier="Mill", reference="7").receipt
    lying = PlaceLevel.objects.values_list("place__code", "on_hand").order_by("place__code")
    assert list(lying) == [("B-1", 2), ("MAIN", 3)]
    assert [move.unit_cost_minor for move in StockMove.objects.order_by("pk")] == [1000, 1500]
    assert receipt.lines.count() == 2
    assert cost() == 1200


def test_cost_is_the_average_of_all_bins_and_halves_round_up() -> None:
    make.product("A")
    bin_named("B-1")
    receive(NewLine("A", 1, 100))
    receive(NewLine("A", 1, 101, bin="B-1"))
    assert cost() == 101


def test_goods_without_a_cost_come_in_at_the_average() -> None:
    make.product("A")
    receive(NewLine("A", 10, 100))
    receive(NewLine("A", 10))
    assert cost() == 100


def test_goods_that_left_no_longer_weigh_in_the_average() -> None:
    make.product("A")
    receive(NewLine("A", 10, 100))
    scrap(9)
    receive(NewLine("A", 1, 300))
    assert cost() == 200


def test_same_paper_again_gives_the_receipt_that_exists() -> None:
    make.product("A")
    first = receive(NewLine("A", 3, 1000), supplier="Mill", reference="7")
    again = receive(NewLine("A", 3, 1000), supplier="Mill", reference="7")
    assert (again.receipt.pk, again.again, first.again) == (first.receipt.pk, True, False)
    assert level() == (3, 0)


def test_same_paper_that_says_something_else_is_refused() -> None:
    make.product("A")
    receive(NewLine("A", 3, 1000), supplier="Mill", reference="7")
    with pytest.raises(receiving.AlreadyReceived):
        receive(NewLine("A", 4, 1000), supplier="Mill", reference="7")
    assert level() == (3, 0)


def test_other_suppliers_may_use_the_same_reference() -> None:
    make.product("A")
    receive(NewLine("A", 3), supplier="Mill", reference="7")
    receive(NewLine("A", 3), supplier="Forge", reference="7")
    assert level() == (6, 0)


def test_receipts_without_a_reference_are_never_the_same() -> None:
    make.product("A")
    receive(NewLine("A", 3))
    receive(NewLine("A", 3))
    assert level() == (6, 0)


def test_every_unknown_sku_is_named_and_nothing_is_booked() -> None:
    make.product("A")
    with pytest.raises(receiving.UnknownSkus) as refusal:
        receive(NewLine("A", 1), NewLine("Y", 1), NewLine("X", 1))
    assert refusal.value.detail == {"skus": "X, Y"}
    assert not StockMove.objects.exists()
    assert not Receipt.objects.exists()


def test_every_unknown_bin_is_named() -> None:
    make.product("A")
    with pytest.raises(stock.UnknownBin, match="B-1, B-2"):
        receive(NewLine("A", 1, bin="B-2"), NewLine("A", 1, bin="B-1"))


def test_service_cannot_be_received() -> None:
    make.product("POST", kind="service")
    with pytest.raises(receiving.NotGoods):
        receive(NewLine("POST", 1))


def test_unknown_location_is_refused() -> None:
    make.product("A")
    with pytest.raises(stock.UnknownLocation):
        receive(NewLine("A", 1), location="NOWHERE")


def test_receipt_without_lines_is_refused() -> None:
    with pytest.raises(receiving.NothingReceived):
        receive()


def test_receipt_gives_short_orders_their_goods_through_the_sweep_alone() -> None:
    make.product("A")
    order = make.order([("A", 2, "129.00")])
    receive(NewLine("A", 5))
    assert order.lines.get().reserved == 0
    allocate()
    assert order.lines.get().reserved == 2
    assert not Hold.objects.filter(order=order, reason="out_of_stock", closed_at=None).exists()


def test_goods_are_carried_from_bin_to_bin_and_promises_stay() -> None:
    make.product("A", on_hand=5)
    make.order([("A", 5, "129.00")])
    bin_named("B-1")
    shelf.carry(Pieces("A", 4), location="MAIN", to_bin="B-1", by=make.BY, at=make.AT)
    assert PlaceLevel.objects.get(place__code="B-1").on_hand == 4
    assert level() == (5, 5)


def test_goods_are_not_carried_to_where_they_are() -> None:
    make.product("A", on_hand=5)
    with pytest.raises(shelf.SamePlace):
        shelf.carry(Pieces("A", 4), location="MAIN", to_bin="MAIN", by=make.BY, at=make.AT)


def test_bin_is_made_once() -> None:
    bin_named("B-1")
    with pytest.raises(shelf.BinExists):
        bin_named("B-1")


def test_free_goods_are_written_off_without_touching_a_promise() -> None:
    make.product("A", on_hand=5)
    make.order([("A", 3, "129.00")])
    taken = scrap(2)
    assert (list(taken.orders), level()) == ([], (3, 3))
    assert taken.moves[0].reason == "scrap:damaged"


def test_written_off_goods_are_taken_from_the_youngest_orders() -> None:
    make.product("A", on_hand=5)
    old, young = make.order([("A", 2, "129.00")]), make.order([("A", 3, "129.00")])
    taken = scrap(4)
    assert list(taken.orders) == [old.pk, young.pk]
    assert (old.lines.get().reserved, young.lines.get().reserved) == (1, 0)
    assert level() == (1, 1)


def test_order_that_lost_its_promise_is_held_and_journalled() -> None:
    make.product("A", on_hand=3)
    order = make.order([("A", 3, "129.00")])
    scrap(1)
    assert Hold.objects.filter(order=order, reason="out_of_stock", closed_at=None).count() == 1
    event = JournalEvent.objects.get(kind="order.promise_lost")
    order.refresh_from_db()
    assert (event.order_id, event.seq, event.data["reserved"]) == (order.pk, order.version, 2)


def test_more_than_lies_there_is_not_written_off() -> None:
    make.product("A", on_hand=3)
    order = make.order([("A", 3, "129.00")])
    with pytest.raises(stock.NotEnough):
        scrap(4)
    assert order.lines.get().reserved == 3
    assert not Hold.objects.exists()


def test_without_room_made_the_promise_stops_the_write_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: it is the taking of promises that lets the goods go."""
    make.product("A", on_hand=3)
    make.order([("A", 3, "129.00")])
    monkeypatch.setattr(shortfall, "make_room", lambda leaving, *, by, at: [])
    with pytest.raises(stock.NotEnough):
        scrap(1)
    assert level() == (3, 3)


def test_promise_made_in_between_starts_the_write_off_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    make.product("A", on_hand=3)
    make.order([("A", 2, "129.00")])
    measured = shortfall._youngest
    tries = []

    def too_few(missing: Any) -> list[int]:
        tries.append(missing)
        return [] if len(tries) == 1 else measured(missing)

    monkeypatch.setattr(shortfall, "_youngest", too_few)
    assert len(scrap(2).orders) == 1
    assert len(tries) == 2


def test_quarantined_goods_are_not_for_sale_until_they_are_back() -> None:
    make.product("A", on_hand=3)
    shelf.quarantine([Pieces("A", 2)], Reason.DOUBTFUL, location="MAIN", by=make.BY, at=make.AT)
    assert level() == (1, 0)
    shelf.bring_back([Pieces("A", 1)], location="MAIN", by=make.BY, at=make.AT)
    assert level() == (2, 0)
    assert PlaceLevel.objects.get(place__kind="quarantine").on_hand == 1


def test_services_and_unknown_goods_are_not_on_a_shelf() -> None:
    make.product("POST", kind="service")
    with pytest.raises(shelf.NotOnShelf, match="POST, X"):
        shelf.write_off([Pieces("X", 1), Pieces("POST", 1)], Reason.OTHER, location="MAIN", by=make.BY, at=make.AT)
    assert not Order.objects.exists()
