"""A worker that is killed while it applies what shops said: nothing is lost, nothing is doubled, after one poll."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from orders import audit
from orders.inbox import polling, reconciling, secrets
from orders.models import ChannelDay, Connection, InboundMessage, JournalEvent, Order, StockLevel
from tests import make
from tests.orders.inbox import shops
from tests.orders.inbox.standin import standing

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]
ROOT = Path(__file__).resolve().parents[2]
ORDERS = 20
# A worker like any other, but that it stops when it has done all that a message says, and says so before it commits.
WORKER = """
import sys, time
import django
django.setup()
from django.utils import timezone
from orders import inbox
from orders.inbox import applying
left, mark = int(sys.argv[1]), applying._mark
def mark_and_stop(*said):
    global left
    mark(*said)
    left -= 1
    if not left:
        print("in the middle", flush=True)
        time.sleep(600)
applying._mark = mark_and_stop
for key in inbox.waiting():
    inbox.apply_next(key, at=timezone.now())
"""


def kill_in_the_middle(after: int) -> None:
    """Let a worker of its own process apply messages, and kill it -9 in the middle of the one that is named."""
    url = urlsplit(os.environ["DATABASE_URL"])
    of_tests = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(after)], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"DATABASE_URL": of_tests, "DJANGO_SETTINGS_MODULE": "shopdesk.settings"},
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "in the middle"
    finally:
        worker.send_signal(signal.SIGKILL)
        assert worker.wait() == -signal.SIGKILL


def test_worker_killed_in_the_middle_loses_and_doubles_nothing(settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.shop()
    make.product("CUP", 1_000)
    with standing() as standin:
        keys = {"api_key": secrets.sealed("woocomme", "api_key", "ck"), "address": standin.address, "polls": True}
        channel = shops.shop(**keys)
        shops.send_most(standin, channel, ORDERS, random.Random(11))
        for after in (4, 7):
            before = InboundMessage.objects.filter(state="received").count()
            kill_in_the_middle(after)
            done = before - InboundMessage.objects.filter(state="received").count()
            assert done == after - 1, "what it was at when it died was not done, what it had done before was"
        halves = InboundMessage.objects.filter(state="received", attempts__gt=0).count()
        assert halves == 2, "a try that killed the worker is counted"

        shops.sweep()
        known = {int(one) for one in Order.objects.values_list("external_id", flat=True)}
        assert known < set(standin.orders), "what was lost on the way is not there before the poll"
        own = Connection.objects.select_related("channel").get()
        polling.poll(own, at=make.AT)
        shops.sweep()
        reconciling.reconcile(own, make.AT.date(), at=make.AT)

        assert sorted(int(one) for one in Order.objects.values_list("external_id", flat=True)) == sorted(standin.orders)
        wanted = {key: one["line_items"][0]["quantity"] for key, one in standin.orders.items()}
    assert {int(order.external_id): order.lines.get().quantity for order in Order.objects.all()} == wanted
    assert JournalEvent.objects.filter(kind="order.taken").count() == ORDERS
    assert StockLevel.objects.get().reserved == sum(wanted.values())
    day = ChannelDay.objects.get()
    assert (day.matched, day.theirs, day.missing, day.extra) == (ORDERS, ORDERS, [], [])
    assert not InboundMessage.objects.filter(state__in=["received", "failed"]).exists()
    assert not [check.id for check in audit.checks() if check.find("default").broken]
