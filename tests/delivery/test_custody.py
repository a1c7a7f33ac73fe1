"""Every parcel and every coin has one holder after every event, whatever either side does, says twice or says late.

`CUSTODY_EVENTS=100000 python -m pytest -s tests/delivery/test_custody.py -k after_every` is the long run.
"""

import os
import random
import time
from decimal import Decimal

import pytest
from django.db import DatabaseError

from delivery import cash, departure, handoff, returns, shelving, shipments, tracking, voiding
from delivery.tracking import CourierEvent
from orders import packing
from orders.models import Order
from orders.packing import NewParcel
from shopdesk.base.errors import DomainError
from tests import make
from tests.delivery.custody import deeds
from tests.delivery.custody.world import COURIERS, World, state_of

SHUFFLED = int(os.environ.get("CUSTODY_SHUFFLED", "1"))
EVENTS = int(os.environ.get("CUSTODY_EVENTS", "120"))
FIRST = int(os.environ.get("CUSTODY_SEED", "1"))
A_WORLD = 240  # events in one world: then its orders are at their ends

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def begin(seed: int) -> World:
    """Make a world with six sealed orders."""
    world = World(random.Random(seed))
    for _ in range(6):
        world.seal()
        world.clock += 1
    return world


def run(events: int, seed: int) -> tuple[World, list[str]]:
    """Let so many events happen in one world; stops at the first after which something does not add up."""
    world = begin(seed)
    for _ in range(events):
        deed = deeds.choose(world)
        try:
            world.do(deed)
            wrong = world.broken()
        except (DatabaseError, LookupError, ValueError, TypeError) as error:
            wrong = [repr(error)]
        if wrong:
            return world, [f"world {seed}, event {world.clock}, {deed.__name__}", *wrong]
    return world, []


def test_after_every_event_all_parcels_and_all_sums_have_a_holder():
    began, done, refused, wrong = time.monotonic(), 0, 0, []
    for seed in range(FIRST, FIRST + max(EVENTS // A_WORLD, 1)):
        with make.undone():
            world, found = run(min(EVENTS, A_WORLD), seed)
        done, refused = done + world.done, refused + world.refused
        wrong += found
        if EVENTS > A_WORLD:
            print(f"{done + refused} events, {refused} refused, {time.monotonic() - began:.0f} s", *found, flush=True)  # noqa: T201 how far the long run is
    assert wrong == []
    assert done > refused


def out_of_the_door(seed: int) -> World:
    """Make a world whose parcels are all with their couriers, and let the couriers say what they will of them."""
    world = begin(seed)
    for code, numbers in zip(COURIERS, (world.orders[:2], world.orders[2:4], world.orders[4:]), strict=True):
        for currency in ("RUB", "EUR"):
            own = Order.objects.filter(pk__in=numbers, currency=currency)
            if own:
                act = make.closed_act(*own, code=code, at=world.now["at"])
                if world.chance.random() < 0.7:  # else the first scan stands for the acceptance
                    listed = list(act.lines.values_list("parcel__number", flat=True))
                    handoff.accept(act.number, handoff.Acceptance(listed), **world.now)
    for _ in range(9):
        world.clock += 1
        with make.undone():
            deeds.say(world)
    return world


@pytest.mark.parametrize("seed", range(SHUFFLED))
def test_same_news_in_any_order_comes_to_the_same_end(seed):
    world = out_of_the_door(seed)
    world.news += world.chance.sample(world.news, 3)  # and some of it twice
    ends = []
    for _ in range(4):
        world.chance.shuffle(world.news)
        with make.undone():
            for courier, event in world.news:
                tracking.take_in(courier, [event], by=make.BY, at=make.after(days=60))
            assert world.broken() == []
            ends.append(state_of(world.orders))
    assert all(end == ends[0] for end in ends)


def nothing(*_args, **_named):
    """Stand in for a guard that is switched off."""


def booked_twice(old, event):
    """A correction that books again and takes nothing back."""
    return cash._entry(old.shipment, old.kind, old.amount_minor, event)


GUARDS = {
    "a correction takes back what stood": (cash, "_reversal", booked_twice),
    "a parcel that changes hands is written down": (departure, "_stand", nothing),
    "pieces that were kept are counted": (shipments, "_count", nothing),
    "a parcel that is here is in nobody's hands": (shelving, "turn_parcels", nothing),
    "a void act holds nothing": (voiding, "GIVEN", ("on", "accepted")),
}


def story() -> list[str]:
    """One parcel: on an act that is void, on another one, delivered, corrected, back. Gives what broke on the way."""
    make.product("A", 9)
    world = World.__new__(World)  # without the orders that a world begins with
    order = make.packed([("A", 2, "50.00")])
    world.orders, world.cod = [order.number], {order.number: ("RUB", 10_000)}
    number = make.parcel_of(order).number
    now = {"by": make.BY, "at": make.after(days=2)}
    voided = make.closed_act(order)
    steps = [
        lambda: voiding.void(voided.number, voiding.Why.MISTAKE, **now),
        lambda: handoff.accept(make.closed_act(order).number, handoff.Acceptance([number]), **now),
        lambda: tracking.take_in("own", [CourierEvent("e1", number, "delivered", make.AT, Decimal("50"))], **now),
        lambda: tracking.take_in(
            "own", [CourierEvent("e2", number, "returning", make.after(hours=1), correction=True)], **now
        ),
        lambda: returns.receive_parcels([number], **now),
    ]  # fmt: skip
    broken: list[str] = []
    for step in steps:
        try:
            step()
        except DomainError as refusal:
            broken.append(repr(refusal))
        broken += world.broken()
    return broken


def test_one_parcel_and_its_money_have_a_holder_all_the_way():
    assert story() == []


@pytest.mark.parametrize("guard", GUARDS)
def test_without_a_guard_something_has_no_holder(guard, monkeypatch):
    monkeypatch.setattr(*GUARDS[guard])
    assert story()


def in_two_boxes():
    """Seal an order in two boxes."""
    made = make.picked([("A", 2, "10.00")])
    boxes = [NewParcel(500, items=[("A", 1)]), NewParcel(500, items=[("A", 1)])]
    packing.seal(made.number, boxes, by=make.BY, at=make.AT)
    return made, [f"P-{made.number}-1", f"P-{made.number}-2"]


def test_both_boxes_of_an_order_are_received_in_one_go():
    make.product("A", 5)
    made, numbers = in_two_boxes()
    handoff.accept(make.closed_act(made).number, handoff.Acceptance(numbers), by=make.BY, at=make.AT)

    rows = returns.receive_parcels(numbers, by=make.BY, at=make.after(days=1))

    assert [row.state for row in rows] == ["received", "received"]


def test_boxes_of_an_order_do_not_go_with_two_couriers():
    make.product("A", 5)
    made, (first, second) = in_two_boxes()
    make.courier("post")
    act = make.open_act(first)
    with pytest.raises(handoff.CannotLeave):
        make.open_act(second, code="post")

    handoff.close(act.number, by=make.BY, at=make.AT)
    handoff.accept(act.number, handoff.Acceptance([first]), by=make.BY, at=make.AT)
    event = tracking.CourierEvent("e1", first, "delivered", make.AT)
    tracking.take_in("own", [event], by=make.BY, at=make.AT)

    with pytest.raises(handoff.CannotLeave):
        make.open_act(second, code="post")
    assert make.open_act(second).lines.count() == 1
