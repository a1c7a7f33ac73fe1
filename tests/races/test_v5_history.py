"""A module that keeps the last id it saw misses nothing, whoever commits last (domain: the v5 history feed)."""

import threading

import pytest
from django.db import transaction

from orders import journal
from orders.models import JournalEvent, Order
from tests import make
from tests.shopdesk.retailcrm.speaking import Module

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


@pytest.fixture
def shop() -> Module:
    make.product("A", 100)
    module = Module(make.channel("shop"))
    for own in ("S-1", "S-2"):
        module.order(own, phone=f"+7916123000{own[-1]}")
    return module


def poll(module, seen):
    """Read on from the last id, as the modules do; `seen` grows."""
    since = seen[-1]["id"] if seen else 0
    answer = module.get("orders/history", f"filter[sinceId]={since}&limit=20").json()
    seen += answer["history"]
    return answer["pagination"]["totalPageCount"] > 1


def two_writers(module, side_by_side, read):
    """The first to write commits last; whoever polls reads after each commit."""
    written, committed = threading.Event(), threading.Event()

    def write(own):
        order = Order.objects.lock(Order.objects.get(external_id=own).pk)
        entry = journal.Entry("order.edited", order, {"changed": {"slot": ["", own]}, "lines": []})
        journal.record([entry], by=make.BY, at=make.AT)

    def slow():
        with transaction.atomic():
            write("S-1")
            written.set()
            assert committed.wait(10)

    def quick():
        assert written.wait(10)
        with transaction.atomic():
            write("S-2")
        read()
        committed.set()

    assert side_by_side(slow, quick) == [None, None]
    read()


def test_nothing_is_skipped_by_since_id(shop, side_by_side):
    seen = []
    while poll(shop, seen):
        pass
    before = len(seen)

    two_writers(shop, side_by_side, lambda: poll(shop, seen))

    assert [one["newValue"] for one in seen[before:]] == ["S-2", "S-1"]
    ids = [one["id"] for one in seen]
    assert ids == sorted(set(ids))


def test_ids_drawn_before_commit_lose_one(shop, side_by_side, monkeypatch):
    """Negative control: numbered by the event's own id, the late one is never seen."""
    seen = []
    while poll(shop, seen):
        pass
    last = [JournalEvent.objects.order_by("-pk").values_list("pk", flat=True).first()]
    told = []

    def by_id():
        events = list(JournalEvent.objects.filter(pk__gt=last[0]).order_by("pk"))
        told.extend(event.data["changed"]["slot"][1] for event in events)
        last[0] = events[-1].pk if events else last[0]

    two_writers(shop, side_by_side, by_id)

    assert told == ["S-2"]


def test_many_writers_and_a_module_that_polls_all_the_while(shop, side_by_side):
    seen, writing = [], {1, 2}

    def writer(place):
        own = Module()
        own.headers = shop.headers
        for turn in range(6):
            answer = own.order(f"W-{place}-{turn}", phone=f"+791655{place}{turn}{place}{turn}0")
            assert answer.status_code == 201, answer.content
        writing.discard(place)

    def poller():
        while writing:
            poll(shop, seen)

    assert side_by_side(lambda: writer(1), lambda: writer(2), poller) == [None, None, None]
    while poll(shop, seen):
        pass
    poll(shop, seen)
    created = [one["order"]["externalId"] for one in seen if one.get("created")]
    assert sorted(created) == sorted(Order.objects.values_list("external_id", flat=True))
    assert len(created) == 14
    ids = [one["id"] for one in seen]
    assert ids == sorted(set(ids))
