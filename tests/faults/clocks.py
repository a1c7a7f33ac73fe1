"""F22: the clock of every process of the desk is wrong, and right again afterwards; that of the database stays.

Meanwhile callbacks are due by the desk's own clock: each is told within its two minutes, none before its hour; and a
courier's message is in time when its stamp is what the desk's own clock shows.
"""

import base64
import hmac
import http.client
import json
import random
import time
from datetime import UTC, datetime, timedelta

from django.db import connections
from django.utils import timezone

from delivery import accounts
from delivery.accounts import NewAccount
from orders.models import CallTask, Reminder
from tests import make
from tests.faults.rig import DESK, Rig

HOUR_S, DAY_S = 3600, 86400
TOLD_IN_S = 120  # T1: all processes have just been killed
COURIER = "rig-stamped"
CHANNEL = "own-clock"  # no shop of the load's


def an_hour_ahead(rig: Rig, dice: random.Random) -> list[str]:
    """F22."""
    return _turn(rig, HOUR_S)


def an_hour_back(rig: Rig, dice: random.Random) -> list[str]:
    """F22."""
    return _turn(rig, -HOUR_S)


def a_day_ahead(rig: Rig, dice: random.Random) -> list[str]:
    """F22."""
    return _turn(rig, DAY_S)


def a_day_back(rig: Rig, dice: random.Random) -> list[str]:
    """F22."""
    return _turn(rig, -DAY_S)


def _turn(rig: Rig, ahead_s: int) -> list[str]:
    connections.close_all()
    secret = _courier()
    tasks = [CallTask.objects.get(order=make.order(channel=make.channel(CHANNEL), at=timezone.now())) for _ in "abcd"]
    try:
        _start_anew(rig, ahead_s)
        now = _clock(ahead_s)
        soon, later = tasks[:2], tasks[2:]
        _call_back(soon, now + timedelta(seconds=2))
        _call_back(later, now + timedelta(minutes=30))
        wrong = _stamps(rig, secret, ahead_s)
        wrong += _told_in_time(soon, later)
    finally:
        _start_anew(rig, 0)
    return wrong


def _start_anew(rig: Rig, ahead_s: int) -> None:
    for name in DESK:
        rig.kill(name)
    rig.ahead_s = ahead_s
    rig.start_all()


def _clock(ahead_s: int) -> datetime:
    """Give what the desk's own clock shows."""
    return datetime.now(UTC) + timedelta(seconds=ahead_s)


def _courier() -> str:
    """Connect a courier that signs and stamps what it sends. Gives its secret."""
    make.courier(COURIER, kind="service")
    accounts.set_up(COURIER, NewAccount("http"), by=make.BY, at=make.AT)
    return accounts.renew_hook_secret(COURIER, by=make.BY, at=make.AT)


def _call_back(tasks: list[CallTask], due_at: datetime) -> None:
    CallTask.objects.filter(pk__in=[one.pk for one in tasks]).update(stage="callback", due_at=due_at)


def _told_in_time(soon: list[CallTask], later: list[CallTask]) -> list[str]:
    """Wait until what is due was told; say what was not, and what was told before its hour."""
    until, due = time.monotonic() + 2 + TOLD_IN_S, {one.pk for one in soon}
    while time.monotonic() < until and not due <= (told := _told()):
        time.sleep(0.5)
    told = _told()
    wrong = [f"T1: callback {pk} was not told within {TOLD_IN_S} s" for pk in due - told]
    return wrong + [f"T1: callback {one.pk} was told before its hour" for one in later if one.pk in told]


def _told() -> set[int]:
    return set(Reminder.objects.filter(what="callback", state="done").values_list("subject", flat=True))


def _stamps(rig: Rig, secret: str, ahead_s: int) -> list[str]:
    """Send a message stamped by the desk's clock, which is in time, and one by the true clock, which is not."""
    asked = {ahead_s: 202, 0: 404}
    found = {skew_s: _send(rig, secret, int(time.time()) + skew_s) for skew_s in asked}
    return [f"stamped {skew_s} s ahead: {found[skew_s]}" for skew_s, status in asked.items() if found[skew_s] != status]


def _send(rig: Rig, secret: str, stamp: int) -> int:
    body = json.dumps({"events": [], "stamp": stamp}).encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"m{stamp}.{stamp}.".encode() + body, "sha256")).decode()
    line = http.client.HTTPConnection("127.0.0.1", rig.port, timeout=30)
    headers = {"webhook-id": f"m{stamp}", "webhook-timestamp": str(stamp), "webhook-signature": f"v1,{signature}"}
    line.request("POST", f"/hooks/couriers/{COURIER}", body, headers | {"Content-Type": "application/json"})
    status = line.getresponse().status
    line.close()
    return status
