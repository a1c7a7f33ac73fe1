"""Everybody wants the same goods at the same moment: nothing is sold twice, nobody deadlocks, and counts stay true."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from orders import audit, counts, intake, journal, receiving, shelf, stock
from orders.counts import Counted
from orders.models import CountLine, Hold, OrderLine, Place, PlaceLevel, Product, Receipt, StockCount, StockLevel
from orders.shelf import Pieces, Reason
from orders.stock import promises
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
REQUESTS, THREADS = 200, 30
TRIES = 10  # thirty threads on a slow machine wait for one row longer than the desk lets anybody wait
LOCK = "FOR NO KEY UPDATE OF l"
GUARD = "least(w.n, greatest(l.on_hand - l.reserved - l.safety, 0)) AS take"


@pytest.fixture(autouse=True)
def many_connections() -> Iterator[None]:
    """Let every thread have a connection of its own."""
    usual = connection.pool.max_size
    connection.pool.resize(0, THREADS + 2)
    yield
    connection.pool.resize(0, usual)


def at_once(side_by_side: Any, acts: list[Callable[[], Any]]) -> list[Any]:
    """Do all of it in thirty threads that start at the same moment. Gives results and refusals."""
    groups = [acts[start::THREADS] for start in range(min(THREADS, len(acts)))]

    def work(group: list[Callable[[], Any]]) -> list[Any]:
        return [outcome(act) for act in group]

    done = side_by_side(*[lambda group=group: work(group) for group in groups])
    return [one for results in done for one in results]


def outcome(act: Callable[[], Any]) -> Any:
    """Give what an act gave or refused; who is told that the desk is busy comes again, as a shop does on a 503."""
    for _try in range(TRIES):
        try:
            return act()
        except OperationalError as error:
            if "deadlock" in str(error):
                return error
            busy = error
        except Exception as error:  # the test decides which are right
            return error
    return busy


def wanting(*items: make.Item, phone: int = 0) -> Callable[[], Any]:
    new = make.new_order(items, phone=f"+7916{phone:07}")
    return lambda: intake.take_in(new, by=make.BY, at=make.AT)


def reserved(sku: str) -> int:
    return sum(OrderLine.objects.filter(sku=sku).values_list("reserved", flat=True))


def broken() -> dict[str, list[str]]:
    return {check.id: offenders for check in audit.checks() if (offenders := check.find("default").offenders)}


def kinds(results: list[Any]) -> Counter[str]:
    return Counter(type(result).__name__ for result in results)


def test_last_unit_is_sold_once_and_the_others_are_taken_short(side_by_side: Any) -> None:
    """V2.3.4."""
    make.product("A", on_hand=1)
    results = at_once(side_by_side, [wanting(("A", 1, "129.00"), phone=row) for row in range(REQUESTS)])
    assert kinds(results) == {"Taken": REQUESTS}
    assert reserved("A") == StockLevel.objects.get().reserved == 1
    assert Hold.objects.filter(reason="out_of_stock").count() == REQUESTS - 1
    assert broken() == {}


def test_hundred_pieces_are_sold_a_hundred_times(side_by_side: Any) -> None:
    make.product("A", on_hand=100)
    results = at_once(side_by_side, [wanting(("A", 1, "129.00"), phone=row) for row in range(REQUESTS)])
    assert kinds(results) == {"Taken": REQUESTS}
    assert reserved("A") == 100
    assert broken() == {}


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two reservations look at the same moment and write afterwards: the row is not locked before it is read."""
    assert LOCK in promises.HOLD
    monkeypatch.setattr(promises, "HOLD", promises.HOLD.replace(LOCK, ""))
    monkeypatch.setattr(promises, "TAKE", promises.TAKE.replace(GUARD, f"{GUARD}, pg_sleep(0.3) AS pause"))


@pytest.fixture
def without_check(real_commits: None) -> Iterator[None]:
    """Take the database's own guard away until the test is over."""
    name = "stock_level_promises"
    (check,) = [one for one in StockLevel._meta.constraints if one.name == name]
    with connection.schema_editor() as editor:
        editor.remove_constraint(StockLevel, check)
    yield
    connection.cursor().execute("UPDATE stock_level SET reserved = least(reserved, on_hand)")
    with connection.schema_editor() as editor:
        editor.add_constraint(StockLevel, check)


def test_same_pause_with_the_lock_harms_nobody(side_by_side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promises, "TAKE", promises.TAKE.replace(GUARD, f"{GUARD}, pg_sleep(0.3) AS pause"))
    make.product("A", on_hand=1)
    results = at_once(side_by_side, [wanting(("A", 1, "129.00"), phone=row) for row in range(4)])
    assert (kinds(results), reserved("A")) == ({"Taken": 4}, 1)


def take_while_another_gives_back(side_by_side: Any) -> tuple[Any, int]:
    """One order has the last piece; it is cancelled, slowly, while another is taken in. Gives what became of that."""
    make.product("A", on_hand=1)
    first, begun = make.order([("A", 1, "129.00")]), threading.Event()

    def give_back() -> None:
        with transaction.atomic():
            promises.release([first], [])
            begun.set()
            assert waiting_for_a_lock()

    def take() -> Any:
        assert begun.wait(timeout=10)
        return outcome(wanting(("A", 1, "129.00"), phone=7))

    _none, taken = side_by_side(give_back, take)
    return taken, reserved("A")


def waiting_for_a_lock() -> bool:
    """Whether somebody comes to wait for a row within some seconds."""
    until = time.monotonic() + 10
    with connections["default"].cursor() as cursor:
        while time.monotonic() < until:
            cursor.execute("SELECT pg_stat_clear_snapshot() IS NULL, count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[1]:
                return True
            time.sleep(0.02)
    return False


def test_a_piece_given_back_meanwhile_is_promised_to_whoever_waits(side_by_side: Any) -> None:
    taken, promised = take_while_another_gives_back(side_by_side)
    assert (type(taken).__name__, promised) == ("Taken", 1)
    assert broken() == {}


def test_locking_and_taking_in_one_statement_turns_away_whoever_waits(
    side_by_side: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: the CHECK is tried on the row as it was when the statement began."""
    whole = promises.TAKE.replace("OFFSET 0", LOCK)
    assert whole != promises.TAKE
    monkeypatch.setattr(promises, "HOLD", promises.HOLD.replace(LOCK, ""))
    monkeypatch.setattr(promises, "TAKE", whole)
    taken, _promised = take_while_another_gives_back(side_by_side)
    assert isinstance(taken, IntegrityError)


@pytest.mark.usefixtures("without_lock")
def test_without_the_lock_only_the_check_is_left_and_orders_are_lost(side_by_side: Any) -> None:
    """Negative control: the CHECK still refuses to sell the unit twice, but the second customer is turned away."""
    make.product("A", on_hand=1)
    results = at_once(side_by_side, [wanting(("A", 1, "129.00"), phone=row) for row in range(8)])
    assert any(isinstance(result, IntegrityError) for result in results) or reserved("A") > 1


@pytest.mark.usefixtures("without_lock", "without_check")
def test_without_lock_and_check_the_last_unit_is_sold_twice(side_by_side: Any) -> None:
    """Negative control: the race is real, and the audit sees what it did. V2.3.4."""
    make.product("A", on_hand=1)
    at_once(side_by_side, [wanting(("A", 1, "129.00"), phone=row) for row in range(4)])
    assert reserved("A") > 1
    assert "S2" in broken()


def test_hot_products_in_any_order_of_lines_never_deadlock(side_by_side: Any) -> None:
    skus = [f"HOT-{place}" for place in range(5)]
    for sku in skus:
        make.product(sku, on_hand=150)
    dice = random.Random(7)  # the same shuffles every time
    acts = []
    for row in range(REQUESTS):
        lines = [(sku, 1, "129.00") for sku in dice.sample(skus, 5)]
        acts.append(wanting(*lines, phone=row % 40))
    results = at_once(side_by_side, acts)
    assert kinds(results) == {"Taken": REQUESTS}
    assert [reserved(sku) for sku in skus] == [150] * 5
    assert broken() == {}


def test_locking_in_the_order_of_the_lines_does_deadlock(side_by_side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: two orders that lock the same two products crosswise, product by product."""
    make.product("A", on_hand=9)
    make.product("B", on_hand=9)
    both_hold_one = threading.Barrier(2)
    sorted_take, turns = promises._take, threading.local()

    def line_by_line(location: str, wants: dict[int, int]) -> dict[int, int]:
        taken: dict[int, int] = {}
        for product in wants:
            taken |= sorted_take(location, {product: wants[product]})
            if not getattr(turns, "waited", False):
                turns.waited = True
                both_hold_one.wait(timeout=5)
        return taken

    monkeypatch.setattr(promises, "_take", line_by_line)
    crosswise = [["A", "B"], ["B", "A"]]  # straight to the ledger: intake would try again, and hide the deadlock
    results = side_by_side(*[lambda skus=skus: reserve_all(skus) for skus in crosswise])
    assert sum(isinstance(result, OperationalError) and "deadlock" in str(result) for result in results) == 1


def reserve_all(skus: list[str]) -> None:
    wants = {Product.objects.get(sku=sku).pk: 1 for sku in skus}
    with transaction.atomic():
        promises._take("MAIN", wants)


def test_write_off_and_intake_at_once_keep_every_promise(side_by_side: Any) -> None:
    make.product("A", on_hand=60)
    sales = [wanting(("A", 1, "129.00"), phone=row) for row in range(80)]
    scraps = [
        lambda: shelf.write_off([Pieces("A", 2)], Reason.DAMAGED, location="MAIN", by=make.BY, at=make.AT)
        for _ in range(10)
    ]
    results = at_once(side_by_side, [act for pair in zip(sales, scraps * 8, strict=True) for act in pair][:100])
    assert set(kinds(results)) <= {"Taken", "NotEnough", "PromisedMeanwhile"}
    assert broken() == {}
    assert StockLevel.objects.get().on_hand < 60


def test_receipts_of_one_paper_at_once_are_booked_once(side_by_side: Any) -> None:
    make.product("A")
    paper = receiving.NewReceipt([receiving.NewLine("A", 3, 100)], supplier="Mill", reference="7")
    results = at_once(side_by_side, [lambda: receiving.receive(paper, by=make.BY, at=make.AT)] * 20)
    assert Counter(result.again for result in results) == {False: 1, True: 19}
    assert (Receipt.objects.count(), StockLevel.objects.get().on_hand) == (1, 3)
    assert broken() == {}


def test_receipts_of_one_product_at_once_average_its_cost_right(side_by_side: Any) -> None:
    make.product("A")
    papers = [receiving.NewReceipt([receiving.NewLine("A", 1, cost)]) for cost in (100, 200, 300, 400)]
    at_once(side_by_side, [lambda one=one: receiving.receive(one, by=make.BY, at=make.AT) for one in papers])
    assert 248 <= Product.objects.get().cost_minor <= 252  # each step rounds halves up


def test_two_counts_of_one_bin_at_once_are_one(side_by_side: Any) -> None:
    make.product("A", on_hand=1)
    act = lambda: counts.start("bin", "", ["MAIN"], by=make.BY, at=make.AT)  # noqa: E731
    results = at_once(side_by_side, [act] * 8)
    assert kinds(results) == {"StockCount": 1, "AlreadyCounted": 7}


def pick_slowly(started: threading.Event, go_on: threading.Event) -> None:
    """Take three pieces, and keep the transaction open until the test says so."""
    with transaction.atomic():
        event = journal.record([journal.Entry("test")], by=make.BY, at=make.AT)[0]
        source, target = stock.bin_at("MAIN"), stock.inside(Place.Kind.PACKING, "MAIN")
        stock.move([stock.Move(Product.objects.get().pk, 3, source, target, "pick", event)], at=make.AT)
        started.set()
        assert go_on.wait(timeout=10)


def count_while_picking(document: StockCount) -> bool:
    """Count seven while three are on their way out. Gives whether the counter had to wait for the pick."""
    started, go_on, counted = threading.Event(), threading.Event(), threading.Event()

    def in_thread(work: Callable[[], Any]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            finally:
                connections.close_all()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    def count() -> None:
        counts.count_line(document.pk, Counted("A", "MAIN", 7), by=make.BY, at=make.AT)
        counted.set()

    picker = in_thread(lambda: pick_slowly(started, go_on))
    assert started.wait(timeout=10)
    counter = in_thread(count)
    waited = not counted.wait(timeout=0.7)
    go_on.set()
    picker.join()
    counter.join()
    assert counted.is_set()
    return waited


def lying() -> int:
    return PlaceLevel.objects.get(product__sku="A", place__code="MAIN").on_hand


def test_count_line_waits_for_the_pick_that_is_under_way() -> None:
    make.product("A", on_hand=10)
    document = counts.start("bin", "", ["MAIN"], by=make.BY, at=make.AT)
    assert count_while_picking(document)
    line = CountLine.objects.get()
    assert (line.book, line.version, line.variance) == (7, 2, 0)
    counts.close(document.pk, by=make.BY, at=make.AT)
    assert (lying(), broken()) == (7, {})


def test_counting_without_the_lock_books_the_picked_pieces_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: read past the lock, the picked pieces count as missing and are taken off once more."""
    make.product("A", on_hand=10)
    make.shop(four_eyes=False)
    document = counts.start("bin", "", ["MAIN"], by=make.BY, at=make.AT)

    def unlocked(keys: Any) -> dict[tuple[int, int], PlaceLevel]:
        return {
            (row.product_id, row.place_id): row
            for row in PlaceLevel.objects.all()
            if (row.product_id, row.place_id) in keys
        }

    with monkeypatch.context() as patch:
        patch.setattr(stock, "lock_places", unlocked)
        assert not count_while_picking(document)
    assert CountLine.objects.get().variance == -3
    counts.close(document.pk, by=make.BY, at=make.AT)
    counts.approve(document.pk, reason="alone", by=make.BY, at=make.AT)
    assert lying() == 4
