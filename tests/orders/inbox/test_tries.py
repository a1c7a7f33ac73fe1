"""A message is given up for what it is, never for what befell the database while it was tried."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from delivery import accounts
from delivery import inbox as couriers_inbox
from delivery.accounts import NewAccount
from delivery.models import CourierMessage, ShipmentEvent
from orders.inbox import asked
from orders.models import InboundMessage, OrderLine
from shopdesk.base import tries
from shopdesk.retailcrm import again, inboxed
from tests import make
from tests.orders.inbox import shops

pytestmark = pytest.mark.usefixtures("real_commits")

OFTEN = range(tries.MOST + 2)
LINES, EVENTS = 300, 500
PAGE = 4096  # bytes, of SQLite


@contextmanager
def full(room: int) -> Iterator[None]:
    """Let a try be counted and its deed fail: by a disk that is nearly full (SQLite), by locked tables (PostgreSQL).

    `room`: bytes that are left, since a row of SQLite is written anew when its try is counted.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0] + room // PAGE}")
            try:
                yield
            finally:
                cursor.execute("PRAGMA max_page_count = 1073741823")
            return
        other = connection.copy()
        try:
            with other.cursor() as holder:
                holder.execute("BEGIN; LOCK TABLE order_line, shipment_event IN EXCLUSIVE MODE")
            cursor.execute("SET lock_timeout = '20ms'")
            yield
        finally:
            other.close()
            cursor.execute("SET lock_timeout = '3000ms'")


@pytest.fixture(autouse=True)
def shelf(real_commits: None) -> None:
    make.shop()
    make.product("A", 1000)


def of_a_shop() -> InboundMessage:
    """A webhook about an order that needs much room."""
    body = shops.woo()
    line = body["line_items"][0]
    body["line_items"] = [line | {"id": place, "name": "x" * 200} for place in range(1, LINES + 1)]
    return shops.send(shops.shop(), body, topic="order.created")


def of_a_module() -> InboundMessage:
    """An order over API v5 at which its door was cut off."""
    item = {"offer": {"externalId": "A"}, "initialPrice": 129, "quantity": 1}
    said = {"externalId": "S-1", "phone": make.PHONE, "items": [item | {"productName": "x" * 200}] * LINES}
    return asked.keep(asked.Heard(make.channel("module"), inboxed.CREATE, json.dumps(said)), at=make.AT)


def of_a_courier() -> CourierMessage:
    """News of parcels that nobody knows yet."""
    make.courier("fast", kind="service")
    accounts.set_up("fast", NewAccount("http"), by=make.BY, at=make.AT)
    news = {"parcel": "W-1", "code": "delivered", "at": "2026-11-24T12:00:00Z"}
    events = [news | {"event_id": str(place)} for place in range(EVENTS)]
    return CourierMessage.objects.create(courier_id="fast", sha256="1", body=json.dumps({"events": events}), at=make.AT)


def try_shop() -> None:
    shops.sweep()


def try_module() -> None:
    at = make.after(minutes=3)
    for pk in again.left_over(at=at):
        again.apply(pk, at=at)


def try_courier() -> None:
    for row in couriers_inbox.waiting(10):
        couriers_inbox.read_next(row, at=make.AT)


KINDS = [
    (of_a_shop, try_shop, OrderLine.objects, LINES), (of_a_module, try_module, OrderLine.objects, LINES),
    (of_a_courier, try_courier, ShipmentEvent.objects, EVENTS),
]  # fmt: skip


@pytest.mark.parametrize(("keep", "sweep", "made", "whole"), KINDS)
def test_what_came_while_nothing_could_be_written_is_taken_in_afterwards(keep, sweep, made, whole):
    """F16: three orders of a shop were given up in the eleven seconds for which the disk was full."""
    message = keep()
    with full(2 * len(message.body)):
        for _try in OFTEN:
            with pytest.raises(OperationalError):
                sweep()
    message.refresh_from_db()
    assert message.state == "received"

    sweep()

    message.refresh_from_db()
    assert (message.state, made.count()) == ("applied", whole)


@pytest.mark.parametrize(("keep", "sweep", "made", "whole"), KINDS)
def test_what_fails_by_its_own_fault_is_counted_and_given_up(keep, sweep, made, whole, monkeypatch):
    """Negative control: nothing is tried for ever."""

    def stumble(*args: object, **options: object) -> None:
        raise MemoryError

    message = keep()
    for deed in ("orders.inbox.sides.hear", "shopdesk.retailcrm.inboxed.create", "delivery.tracking.take_in"):
        monkeypatch.setattr(deed, stumble)
    for _try in range(tries.MOST):
        with pytest.raises(MemoryError):
            sweep()

    sweep()

    message.refresh_from_db()
    assert (message.state, made.count()) == ("failed", 0)
