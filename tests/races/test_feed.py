"""A reader by position loses nothing, whoever commits last; a reader by id does."""

import threading

import pytest
from django.db import transaction

from orders import feed, journal
from orders.models import JournalEvent
from tests import make

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("real_commits")]


def first_to_insert_commits_last(side_by_side, read):
    """Let two writers insert one after the other and commit the other way round, reading after each commit."""
    inserted, committed = threading.Event(), threading.Event()
    seen = []

    def slow():
        with transaction.atomic():
            journal.record([journal.Entry("slow")], by=make.BY, at=make.AT)
            inserted.set()
            assert committed.wait(10)

    def quick():
        assert inserted.wait(10)
        with transaction.atomic():
            journal.record([journal.Entry("quick")], by=make.BY, at=make.AT)
        seen.extend(read())
        committed.set()

    assert side_by_side(slow, quick) == [None, None]
    seen.extend(read())
    return sorted(seen)


def test_the_first_to_insert_may_commit_last_and_is_read(side_by_side):
    after = 0

    def by_position():
        nonlocal after
        feed.publish()
        events = list(JournalEvent.objects.filter(place__position__gt=after).order_by("place__position"))
        after = feed.position()
        return [event.kind for event in events]

    assert first_to_insert_commits_last(side_by_side, by_position) == ["quick", "slow"]


def test_a_reader_by_id_loses_it(side_by_side):
    """Negative control: what every poller by id or time does."""
    after = 0

    def by_id():
        nonlocal after
        events = list(JournalEvent.objects.filter(pk__gt=after).order_by("pk"))
        after = events[-1].pk if events else after
        return [event.kind for event in events]

    assert first_to_insert_commits_last(side_by_side, by_id) == ["quick"]


def test_many_publishers_place_each_event_once(side_by_side):
    with transaction.atomic():
        journal.record([journal.Entry("one") for _ in range(200)], by=make.BY, at=make.AT)

    placed = side_by_side(*[feed.publish] * 8)

    assert sum(placed) == 200
    assert feed.position() == 200
