"""Negative controls of the shelf: with any one guard switched off, the busy day ends with wrong books or a refusal."""

from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import CheckConstraint, F, UniqueConstraint
from django.db.models.constraints import BaseConstraint

from orders import counts, models, packing, shortfall, stock, transfers
from orders.counts import counting, posting
from orders.models import CountLine, OrderLine, Place, PlaceLevel, Product, StockLevel, StockMove
from orders.stock import moves, promises
from shopdesk.base.errors import DomainError
from tests import make
from tests.orders.model import day

pytestmark = pytest.mark.django_db


def nothing(*args: Any, **options: Any) -> list[Any]:
    return []


def never_asks(level: PlaceLevel, counted_at: Any, since: Any) -> counts.Book:
    book = original["_book_at"](level, counted_at, since)
    return counts.Book(book.pieces, book.version)


def forgets_the_old_line(line: CountLine, book: counts.Book) -> CountLine:
    CountLine.objects.filter(count=line.count, product=line.product, place=line.place).delete()
    return original["_store"](line, book)


def turned_round(line: CountLine, correction: Place, event: Any) -> stock.Move:
    right = original["_correct"](line, correction, event)
    return stock.Move(right.product_id, right.quantity, right.target, right.source, "count", event)


def gives_nothing_back(given: Any) -> None:
    list(given)


original = {"_book_at": counting._book_at, "_store": counting._store, "_correct": posting._correct}
GUARDS: dict[str, tuple[Any, str, Any]] = {
    "the question about a move near the counting": (counting, "_book_at", never_asks),
    "the books of the hour on the paper": (stock, "balance_at", lambda level, version: level.on_hand),
    "a version for every shelf": (stock, "version_of", lambda move, place: 1),
    "lines that stay as evidence": (counting, "_store", forgets_the_old_line),
    "the direction of a correction": (posting, "_correct", turned_round),
    "room made among the youngest orders": (shortfall, "make_room", nothing),
    "what a location has on hand": (moves, "_change_promises", nothing),
    "promises given back": (promises, "_give_back", gives_nothing_back),
}


def test_busy_day_ends_well() -> None:
    day.busy_day()


@pytest.mark.parametrize("guard", sorted(GUARDS))
def test_without_one_guard_the_day_does_not_end_well(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control, one guard at a time."""
    monkeypatch.setattr(*GUARDS[guard])
    with make.undone(), pytest.raises((AssertionError, ArithmeticError, LookupError, DomainError, IntegrityError)):
        day.busy_day()


# --- what the database itself refuses: each rule is broken once, by hand ---

WATCHED = (
    models.StockLevel, models.PlaceLevel, models.StockMove, models.CountLine, models.CountShelf, models.Place,
    models.ReceiptLine, models.ExpectedLine, models.TransferLine, models.Transfer, models.OrderLine,
)  # fmt: skip


def a_line() -> CountLine:
    make.product("A", on_hand=5)
    document = counts.start("bin", "", ["MAIN"], by=make.BY, at=make.AT)
    return counts.count_line(document.pk, counts.Counted("A", "MAIN", 5), by=make.BY, at=make.AT)


def a_move(**fields: Any) -> StockMove:
    make.product("A", on_hand=5)
    first = StockMove.objects.get()
    wanted = {name: getattr(first, name) for name in ("product", "source", "target", "event", "at", "reason")}
    return StockMove(**wanted | {"quantity": 1} | fields)


def again(row: Any) -> Any:
    row.pk = None
    row._state.adding = True
    return row.save()


def sent(**columns: int) -> None:
    make.product("A", on_hand=5)
    models.Location.objects.create(code="SOUTH", name="South", position=9)
    transfers.send([transfers.Sent("A", 2)], source="MAIN", target="SOUTH", by=make.BY, at=make.AT)
    models.TransferLine.objects.update(**columns)


def ordered(**columns: Any) -> None:
    make.product("A", on_hand=5)
    make.order([("A", 2, "10.00")])
    OrderLine.objects.update(**columns)


def level(model: Any, **columns: Any) -> None:
    make.product("A", on_hand=5)
    model.objects.update(**columns)


def shelf_twice() -> None:
    line = a_line()
    rows = [models.CountShelf(count=line.count, product=line.product, place=line.place) for _ in range(2)]
    models.CountShelf.objects.bulk_create(rows)


def expected_line(*quantities: int) -> None:
    make.product("A", on_hand=1)
    event = StockMove.objects.get().event
    row = models.ExpectedReceipt.objects.create(supplier="Mill", location_id="MAIN", event=event, at=make.AT)
    lines = [models.ExpectedLine(expected=row, product=Product.objects.get(), quantity=n) for n in quantities]
    models.ExpectedLine.objects.bulk_create(lines)


def receipt_line() -> None:
    make.product("A", on_hand=1)
    event = StockMove.objects.get().event
    row = models.Receipt.objects.create(location_id="MAIN", event=event, at=make.AT)
    place = Place.objects.get(kind="bin")
    models.ReceiptLine.objects.create(receipt=row, product=Product.objects.get(), place=place, quantity=0)


def going_nowhere() -> None:
    sent()
    models.Transfer.objects.update(target="MAIN")


BREAKS: dict[str, Any] = {
    "stock_level_promises": lambda: level(StockLevel, reserved=6),
    "stock_level_safety": lambda: level(StockLevel, safety=-1),
    "stock_level_one": lambda: (level(StockLevel), again(StockLevel.objects.get())),
    "place_level_not_negative": lambda: level(PlaceLevel, on_hand=-1),
    "place_level_one": lambda: (level(PlaceLevel), again(PlaceLevel.objects.get())),
    "stock_move_quantity": lambda: a_move(quantity=0).save(),
    "stock_move_moves": lambda: a_move(source=stock.bin_at("MAIN")).save(),
    "stock_move_source_version": lambda: [a_move_out(1), a_move_out(1)],
    "stock_move_target_version": lambda: a_move(target_version=1, target_balance=6).save(),
    "count_line_current": lambda: again(a_line()),
    "count_shelf_once": shelf_twice,
    "place_inside": lambda: (level(StockLevel), again(Place.objects.get(kind="bin"))),
    "place_anywhere": lambda: (level(StockLevel), again(Place.objects.get(kind="supplier"))),
    "receipt_line_quantity": receipt_line,
    "expected_line_quantity": lambda: expected_line(0),
    "expected_line_once": lambda: expected_line(1, 1),
    "transfer_line_adds_up": lambda: sent(received=2, lost=1),
    "transfer_line_once": lambda: (sent(), again(models.TransferLine.objects.get())),
    "transfer_goes_somewhere": going_nowhere,
    "order_line_position": lambda: (ordered(), again(OrderLine.objects.get())),
    "order_line_quantity": lambda: ordered(quantity=0, reserved=0),
    "order_line_reserved_once": lambda: ordered(picked=1),
    "order_line_adds_up": lambda: ordered(cancelled=2, delivered=1, reserved=0),
}


def a_move_out(version: int) -> None:
    if not Product.objects.exists():
        make.product("A", on_hand=5)
    first = StockMove.objects.order_by("pk").first()
    StockMove.objects.create(
        product=first.product, quantity=1, source=first.target, target=stock.outside(Place.Kind.SCRAP),
        source_version=version, source_balance=4, event=first.event, at=first.at, reason="test",
    )  # fmt: skip


def rules_of(model: Any) -> list[BaseConstraint]:
    return [one for one in model._meta.constraints if isinstance(one, CheckConstraint | UniqueConstraint)]


def test_every_rule_of_the_stock_tables_is_broken_here_once() -> None:
    """A new rule of these tables needs a line above, and a rule that is deleted takes its line with it."""
    assert {rule.name for model in WATCHED for rule in rules_of(model)} == set(BREAKS)


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_database_refuses_what_must_not_be(name: str) -> None:
    with make.undone(), pytest.raises(IntegrityError) as refusal:
        BREAKS[name]()
    if connection.vendor == "postgresql":
        assert name in str(refusal.value)


def test_scan_beyond_the_promise_is_refused_without_the_desk_too() -> None:
    """The guard of the table stands behind the desk's own."""
    make.product("A", on_hand=5)
    made = make.picking([("A", 2, "10.00")])
    with pytest.raises(packing.TooMuch):
        packing.scan(made.pk, [packing.NewScan("s", 3, sku="A")], by=make.BY, at=make.AT)
    with make.undone(), pytest.raises(IntegrityError):
        OrderLine.objects.update(picked=F("picked") + 3)
