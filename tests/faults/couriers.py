"""F20: news of couriers, twice, in any order, 45 days late, from the future, of nobody's parcels and of another's.

Each story is told of two parcels: of the one once and in its order, of its twin in whatever order, through both doors
at once. Both must end alike (E5), each event is there once (M4), and none that was acknowledged is missing (E4).
"""

import base64
import hmac
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils import timezone

from delivery import accounts
from delivery.accounts import NewAccount
from delivery.models import CourierMessage, Shipment, ShipmentEvent
from orders.models import Order, Parcel, Product
from shopdesk.base.errors import DomainError
from tests import make
from tests.faults.rig import Rig

COURIER, OTHER, SKU = "rig-post", "rig-bike", "C-1"
LATE = timedelta(days=45)
READ_IN_S, TRIES = 90, 60
Event = dict[str, Any]
STORIES = [
    ["accepted", "in_transit", "ready_for_pickup", "delivered"],
    ["in_transit", "delivery_failed", "out_for_delivery", "delivered"],
    ["in_transit", "returning"],
    ["in_transit", "XJ-9", "delivered"],
    ["in_transit", "delivered", "returning, corrected"],
    ["in_transit", "lost"],
]


@dataclass
class Line:
    """The courier's way to the desk: its key, its secret, and what it was answered."""

    rig: Rig
    key: str
    other_key: str
    secret: str
    said: set[str] = field(default_factory=set)  # acknowledged at the JSON door, by event
    hooks: int = 0  # acknowledged at the door of messages

    def tell(self, events: list[Event], *, door: str, other: bool = False) -> None:
        """Say it until it is acknowledged, as a courier does. Raises ConnectionError when nobody listens at last."""
        raw = json.dumps({"events": events}).encode()
        for _try in range(TRIES):
            if self._once(raw, door, self.other_key if other else self.key) in (200, 202):
                self.said |= {one["event_id"] for one in events} if door == "json" else set()
                self.hooks += door == "hook"
                return
            time.sleep(1)
        raise ConnectionError("the desk acknowledged nothing")

    def _once(self, raw: bytes, door: str, key: str) -> int:
        path, headers = "/api/v1/courier/events", {"Authorization": f"Bearer {key}"}
        if door == "hook":
            stamp = str(int(time.time()))
            signed = hmac.digest(base64.b64decode(self.secret[6:]), f"m.{stamp}.".encode() + raw, "sha256")
            path = f"/hooks/couriers/{COURIER}"
            headers = {"webhook-id": "m", "webhook-timestamp": stamp}
            headers["webhook-signature"] = f"v1,{base64.b64encode(signed).decode()}"
        line = http.client.HTTPConnection("127.0.0.1", self.rig.port, timeout=30)
        try:
            line.request("POST", path, raw, headers | {"Content-Type": "application/json"})
            return line.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            line.close()


def say_it_in_any_order(rig: Rig, dice: random.Random) -> list[str]:
    """F20."""
    now = timezone.now()
    line, run = _connect(rig), f"{now:%H%M%S}"
    pairs = [(_parcel(now), _parcel(now)) for _ in STORIES]
    told: list[Event] = []
    for place, (story, (first, _)) in enumerate(zip(STORIES, pairs, strict=True)):
        for event in _events(f"{run}-{place}a", first, story, now):
            told.append(event)
            line.tell([event], door="json")
    twins = [
        event for place, (story, (_, twin)) in enumerate(zip(STORIES, pairs, strict=True))
        for event in _events(f"{run}-{place}b", twin, story, now)
    ]  # fmt: skip
    foreign = _events(f"{run}-f", pairs[0][1], ["delivered"], now)
    unknown = _events(f"{run}-u", "P-0-0", ["in_transit", "delivered"], now)
    told += [*twins, *foreign, *unknown]
    line.tell(foreign, door="json", other=True)
    _at_once(line, [*twins, *unknown], dice)
    return _wait_until_read() + _wrong(line, pairs, told)


def _connect(rig: Rig) -> Line:
    for code in (COURIER, OTHER):
        make.courier(code, kind="service")
    accounts.set_up(COURIER, NewAccount("http"), by=make.BY, at=timezone.now())
    secret = accounts.renew_hook_secret(COURIER, by=make.BY, at=timezone.now())
    if not Product.objects.filter(sku=SKU).exists():
        make.product(SKU, 5_000, at=timezone.now() - 2 * LATE)
    return Line(rig, make.token(make.courier(COURIER)), make.token(make.courier(OTHER)), secret)


def _parcel(now: datetime) -> str:
    """Hand a parcel to the courier, a day before the oldest news of it. Gives its number. Raises DomainError.

    The desk runs, and takes an order back that seems to lie on a table since weeks: then another one is made.
    """
    at = now - LATE - timedelta(days=1)
    for again in (True, True, True, True, False):
        try:
            made = make.handed_over([(SKU, 2, "50.00")], channel=make.channel("by-courier"), code=COURIER, at=at)
        except DomainError:
            if not again:
                raise
        else:
            return make.parcel_of(made).number
    raise AssertionError


def _events(mark: str, parcel: str, story: list[str], now: datetime) -> list[Event]:
    """Write a story: the first piece of it 45 days old, the last one of the day after tomorrow."""
    hours = [now - LATE + timedelta(hours=place) for place in range(len(story))]
    hours[-1] = now + timedelta(days=2)
    return [
        {
            "event_id": f"{mark}-{place}", "parcel": parcel, "code": said.partition(",")[0], "at": at.isoformat(),
            "correction": said.endswith("corrected"), "reason": "refused" if said.startswith("returning") else "",
        }
        for place, (said, at) in enumerate(zip(story, hours, strict=True))
    ]  # fmt: skip


def _at_once(line: Line, events: list[Event], dice: random.Random) -> None:
    """Say all of it three times, each time in another order and in other pieces, through both doors at once."""

    def say(seed: int, door: str) -> None:
        own, left = random.Random(seed), list(events)
        own.shuffle(left)
        while left:
            some = [left.pop() for _ in range(min(len(left), own.randint(1, 4)))]
            line.tell(some, door=door)

    doors = ("json", "json", "hook")
    threads = [threading.Thread(target=say, args=(dice.randrange(10**9), door)) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _wait_until_read() -> list[str]:
    until = time.monotonic() + READ_IN_S
    while CourierMessage.objects.filter(state="received").exists():
        if time.monotonic() > until:
            return [f"E4: messages were not read within {READ_IN_S} s"]
        time.sleep(0.5)
    return []


def _wrong(line: Line, pairs: list[tuple[str, str]], told: list[Event]) -> list[str]:
    ids = {one["event_id"] for one in told}
    there = ShipmentEvent.objects.filter(event_id__in=ids).order_by()
    found = [
        f"E4: {one} was acknowledged and is not there"
        for one in line.said - set(there.values_list("event_id", flat=True))
    ]
    times = there.values_list("courier", "event_id").annotate(n=Count("pk")).filter(n__gt=1)
    found += [f"M4: {event} of {courier} is there {n} times" for courier, event, n in times]
    silent = CourierMessage.objects.filter(courier=COURIER, state="failed")
    found += [f"E4: message {row.pk} failed: {row.why}" for row in silent]
    if line.hooks and not CourierMessage.objects.filter(courier=COURIER).exists():
        found.append("E4: no message is there")
    for story, (first, twin) in zip(STORIES, pairs, strict=True):
        if (one := _state(first)) != (other := _state(twin)):
            found.append(f"E5: {' > '.join(story)}: {one} in order, {other} in any order")
    return found


def _state(number: str) -> list[Any]:
    """Give what must not depend on the order in which the news came."""
    parcel = Parcel.objects.get(number=number)
    order = Order.objects.get(pk=parcel.order_id)
    shipment = Shipment.objects.get(order=order)
    lines = [list(line) for line in order.lines.order_by("sku").values_list("sku", "delivered", "returned", "lost")]
    money = [shipment.due_minor, shipment.reduced_minor, shipment.collected_minor, shipment.written_off_minor]
    return [
        order.status,
        order.paid_minor,
        parcel.state,
        parcel.in_hands_of,
        shipment.state,
        shipment.flag,
        money,
        lines,
    ]
