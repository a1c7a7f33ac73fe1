"""Counting without stopping, proved: whatever people do while three count, the books end up as the shelf is.

`STOCK_SEQUENCES=5000` makes it a soak. The same sequences run on both databases against the same plain-Python truth.
"""

import copy
import logging
import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from orders import audit
from orders.models import Order
from tests import make
from tests.orders.model import counting, couriers, deeds
from tests.orders.model.world import BINS, SKUS, World

pytestmark = pytest.mark.django_db
SEQUENCES, STEPS = int(os.environ.get("STOCK_SEQUENCES", "12")), 25
SKU, BIN = st.sampled_from(SKUS), st.sampled_from(BINS)
PIECES, WHICH, MINUTES = st.integers(1, 4), st.integers(0, 5), st.sampled_from([0, 1, 2, 5, 60])
COUNTER = st.integers(0, len(BINS) - 1)
SAYS = st.sampled_from(["delivered", "delivered", "returning", "lost"])
TRIED = dict.fromkeys(["sequences", "steps", "refused", "orders", "posted", "given_out", "sent_out", "inspected"], 0)


class Warehouse(RuleBasedStateMachine):
    """Orders, goods and three counters, in any order."""

    morning: World

    def __init__(self) -> None:
        super().__init__()
        self.undoing = make.undone()
        self.undoing.__enter__()
        self.world = copy.deepcopy(self.morning)

    def orders(self) -> list[Order]:
        return list(Order.objects.order_by("pk"))

    def one(self, which: int) -> Order:
        rows = self.orders()
        return rows[which % len(rows)]

    @rule(sku=SKU, pieces=PIECES, which=WHICH, minutes=MINUTES)
    def order(self, sku: str, pieces: int, which: int, minutes: int) -> None:
        self.world.tick(minutes)
        before = Order.objects.count()
        deeds.order(self.world, sku, pieces, which)
        assert Order.objects.count() == before + 1  # orders flow, whoever counts

    @precondition(lambda self: self.orders())
    @rule(which=WHICH, pieces=PIECES, deed=st.sampled_from(["edit", "cancel", "reopen", "put_down"]))
    def change(self, which: int, pieces: int, deed: str) -> None:
        self.world.tick(1)
        args = (pieces,) if deed == "edit" else ()
        getattr(deeds, deed)(self.world, self.one(which), *args)

    @precondition(lambda self: self.orders())
    @rule(which=WHICH, place=BIN, pieces=PIECES, minutes=MINUTES)
    def pick(self, which: int, place: str, pieces: int, minutes: int) -> None:
        self.world.tick(minutes)
        made = self.one(which)
        deeds.confirm(self.world, made)
        made.refresh_from_db()
        deeds.pick(self.world, made, place, pieces)

    @precondition(lambda self: self.orders())
    @rule(which=WHICH, place=BIN, pieces=PIECES)
    def put_back(self, which: int, place: str, pieces: int) -> None:
        self.world.tick(1)
        deeds.put_back(self.world, self.one(which), place, pieces)

    @precondition(lambda self: self.orders())
    @rule(which=WHICH, pieces=PIECES, to=st.sampled_from(["bin", "quarantine", "scrap", "missing"]))
    def sell(self, which: int, pieces: int, to: str) -> None:
        self.world.tick(1)
        made = self.one(which)
        deeds.pick_whole(self.world, made)
        deeds.give_out(self.world, made)
        deeds.send_back(self.world, made, pieces, to)

    @precondition(lambda self: self.orders())
    @rule(which=WHICH, by_scan=st.booleans(), code=SAYS, all_of_it=st.booleans(), minutes=st.integers(1, 60))
    def deliver(self, which: int, by_scan: bool, code: str, all_of_it: bool, minutes: int) -> None:
        """Hand over what is not on the road yet; of what is, hear what the courier says."""
        self.world.tick(minutes)
        made = self.one(which)
        if made.pk in self.world.boxes:
            couriers.tell(self.world, made, code, all_of_it=all_of_it)
        else:
            deeds.pick_whole(self.world, made)
            couriers.send_out(self.world, made, by_scan=by_scan)

    @precondition(lambda self: self.world.boxes)
    @rule(which=WHICH, for_good=st.booleans())
    def come_home(self, which: int, for_good: bool) -> None:
        self.world.tick(1)
        on_the_road = sorted(self.world.boxes)
        made = Order.objects.get(pk=on_the_road[which % len(on_the_road)])
        (couriers.bring_for_good if for_good else couriers.bring_another_day)(self.world, made)

    @precondition(lambda self: self.world.came_back)
    @rule(to=st.sampled_from(["bin", "quarantine", "scrap", "missing"]))
    def inspect(self, to: str) -> None:
        self.world.tick(1)
        couriers.inspect(self.world, to)

    @rule(sku=SKU, pieces=PIECES, place=BIN, minutes=MINUTES, deed=st.sampled_from(["receive", "carry", "send"]))
    def move_goods(self, sku: str, pieces: int, place: str, minutes: int, deed: str) -> None:
        self.world.tick(minutes)
        getattr(deeds, deed)(self.world, sku, pieces, place)

    @rule(pieces=PIECES, lost=st.booleans())
    def arrive(self, pieces: int, lost: bool) -> None:
        self.world.tick(5)
        deeds.arrive(self.world, pieces, lost=lost)

    @rule(sku=SKU, pieces=PIECES, place=BIN, scrap=st.booleans())
    def take_out(self, sku: str, pieces: int, place: str, scrap: bool) -> None:
        self.world.tick(5)
        deeds.take_out(self.world, sku, pieces, place, scrap=scrap)
        deeds.bring_back(self.world, sku, place)

    @rule(sku=SKU, pieces=PIECES, place=BIN, found=st.booleans())
    def tamper(self, sku: str, pieces: int, place: str, found: bool) -> None:
        """Theft, or goods that were put where nobody wrote it down."""
        self.world.tick(1)
        if found:
            self.world.carry(sku, pieces, "", place, unseen=True)
        elif there := min(pieces, self.world.lies(sku, place)):
            self.world.carry(sku, there, place, "", unseen=True)

    @rule(who=COUNTER, sku=SKU, minutes=MINUTES)
    def count(self, who: int, sku: str, minutes: int) -> None:
        self.world.tick(minutes)
        counting.count(self.world, self.world.counters[who], sku)

    @rule(who=COUNTER, sku=SKU, minutes=MINUTES, slow=st.sampled_from([0, 1, 2]))
    def jot(self, who: int, sku: str, minutes: int, slow: int) -> None:
        self.world.tick(minutes)
        counting.jot(self.world, self.world.counters[who], sku, slow=slow)

    @rule(who=COUNTER, sku=SKU, minutes=MINUTES)
    def enter(self, who: int, sku: str, minutes: int) -> None:
        self.world.tick(minutes)
        counting.enter(self.world, self.world.counters[who], sku)

    @rule(who=COUNTER)
    def post(self, who: int) -> None:
        self.world.tick(1)
        counting.post(self.world, self.world.counters[who])
        self.world.books_agree()

    @rule()
    def allocate(self) -> None:
        self.world.tick(1)
        deeds.allocate(self.world)

    def teardown(self) -> None:
        try:
            self.world.tick(60)
            self.world.books_agree()
            couriers.end_the_day(self.world)
            self.world.books_agree()
            counting.post_everything(self.world)
            real = {shelf: pieces for shelf, pieces in self.world.truth.items() if pieces}
            assert self.world.ledger() == real
            assert {check.id: broken for check in audit.checks() if (broken := check.find("default").offenders)} == {}
            TRIED["sequences"] += 1
            TRIED["steps"] += self.world.step
            for name in ("refused", "posted", "given_out", "sent_out", "inspected"):
                TRIED[name] += getattr(self.world, name)
            TRIED["orders"] += Order.objects.count()
            if TRIED["sequences"] % 100 == 0:
                logging.getLogger("soak").warning("%s", TRIED)
        finally:
            self.undoing.__exit__(None, None, None)


def open_the_shop() -> World:
    """Fill the shelves, take three orders, and send the first of them out: as every sequence finds it."""
    world = World()
    for location, bins in (("MAIN", {"MAIN/MAIN": 6, "MAIN/B-1": 2}), ("SOUTH", {"SOUTH/MAIN": 3})):
        deeds.receive_all(world, location, [(sku, n, place) for sku in SKUS for place, n in bins.items()])
    for which, pieces in enumerate((2, 1, 1)):
        deeds.order(world, SKUS[which % 2], pieces, which)
    first = Order.objects.earliest("pk")
    deeds.pick_whole(world, first)
    couriers.send_out(world, first, by_scan=True)
    assert world.sent_out == 1
    return world


def test_books_end_up_as_the_shelf_is_whatever_happens_while_three_count() -> None:
    TRIED.update(dict.fromkeys(TRIED, 0))
    Warehouse.morning = open_the_shop()
    run_state_machine_as_test(
        Warehouse,
        settings=settings(
            max_examples=SEQUENCES, stateful_step_count=STEPS, deadline=None, derandomize=SEQUENCES < 100,
            suppress_health_check=list(HealthCheck), database=None,
            phases=[Phase.generate] if SEQUENCES >= 100 else [Phase.generate, Phase.shrink],
        ),
    )  # fmt: skip
    assert TRIED["sequences"] >= SEQUENCES
    logging.getLogger("soak").warning("%s", TRIED)
