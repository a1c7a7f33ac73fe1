"""The feed: every committed event gets its place, once, and its door gives them in that order."""

import pytest

from orders import changes, feed
from orders.models import Feed, JournalEvent, Unplaced
from orders.status import CancelReason
from tests import make

pytestmark = pytest.mark.django_db


def test_publish_places_every_event_once():
    make.order()

    assert feed.publish() == JournalEvent.objects.count()
    assert feed.publish() == 0
    assert not Unplaced.objects.exists()
    assert [place.position for place in Feed.objects.order_by("position")] == list(range(1, feed.position() + 1))


def test_more_than_one_batch_is_placed_in_one_call(monkeypatch):
    monkeypatch.setattr(feed, "AT_ONCE", 2)
    for _ in range(3):
        make.order()

    assert feed.publish() == JournalEvent.objects.count()
    assert not Unplaced.objects.exists()


def test_the_hash_of_a_place_covers_what_stands_before_it():
    make.order()
    feed.publish()
    first, second = Feed.objects.order_by("position")[:2] if feed.position() > 1 else (Feed.objects.get(), None)

    assert first.hash == feed.chained("0" * 64, first.event)
    assert first.hash != feed.chained("1" * 64, first.event)
    assert second is None or second.hash == feed.chained(first.hash, second.event)


def test_integrators_read_every_change_page_by_page():
    for _ in range(3):
        order = make.order()
        changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.after(hours=1))
    desk = make.client(make.manager())

    seen, after = [], 0
    while after is not None:
        page = desk.get(f"changes?after={after}&limit=2").json()
        assert len(page["results"]) <= 2
        seen += page["results"]
        after = page["next"]

    assert [change["position"] for change in seen] == list(range(1, JournalEvent.objects.count() + 1))
    assert [change["to"] for change in seen if change["kind"] == "order.taken"] == ["new"] * 3
    assert "Анна" not in str(seen)
    assert make.PHONE not in str(seen)


def test_a_storefront_sees_its_own_orders_and_not_who_works_here():
    mine, other = make.channel("mine"), make.channel("other")
    order = make.order(channel=mine)
    make.order(channel=other)

    page = make.client(mine).get("changes").json()

    assert {change["order"] for change in page["results"]} == {order.number}
    assert {change["by"] for change in page["results"]} <= {"sweep", "rule"}


@pytest.mark.parametrize("query", ["after=-1", "after=x", "limit=0", "limit=201", "before=1", "after=1&after=2"])
def test_a_wrong_query_is_refused(query):
    assert make.client(make.manager()).get(f"changes?{query}").status_code == 400


def test_packers_and_strangers_have_no_feed():
    assert make.client(make.packer()).get("changes").status_code == 403
    assert make.client().get("changes").status_code == 401
