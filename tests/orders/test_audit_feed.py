"""The auditor of the journal finds nothing in a day's work, and each way in which the journal could lie."""

import pytest
from django.db import connection

from orders import audit_feed, changes, feed
from orders.models import Feed, JournalEvent, Order, Unplaced
from orders.status import CancelReason, Status
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    one = make.order()
    changes.cancel(one.number, CancelReason.PRICE, by=make.BY, at=make.after(hours=1))
    make.order()
    feed.publish()
    return one


def broken():
    return {check.id for check in audit_feed.checks() if check.find("default").broken}


def unguarded(table):
    """Take the append-only guard off, as only somebody with the database in hand can."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"DROP TRIGGER {table}_no_update")
            cursor.execute(f"DROP TRIGGER {table}_no_delete")
        else:
            cursor.execute(f"DROP TRIGGER {table}_append_only ON {table}")


def test_a_day_s_work_breaks_nothing(order):
    assert broken() == set()
    assert all(check.find("default").rows for check in audit_feed.checks())


def test_a_status_written_past_the_journal_is_found(order):
    Order.objects.filter(pk=order.pk).update(status=Status.CONFIRMED)

    assert broken() == {"O4"}


def test_a_change_without_an_event_is_found(order):
    JournalEvent.objects.create(
        order=order, seq=order.events.count() + 1, kind="order.moved", from_status="confirmed", to_status="cancelled",
        actor_kind="sweep", at=make.AT,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(version=order.events.count())

    assert broken() == {"E1"}


def test_a_move_that_no_rule_allows_is_found(order):
    JournalEvent.objects.create(
        order=order, seq=order.events.count() + 1, kind="order.moved", from_status="cancelled", to_status="packed",
        actor_kind="sweep", at=make.AT,
    )  # fmt: skip
    Order.objects.filter(pk=order.pk).update(version=order.events.count(), status="packed")

    assert broken() == {"O4"}


def test_a_missing_event_is_found(order):
    Order.objects.filter(pk=order.pk).update(version=9)

    assert broken() == {"O4"}


def test_a_changed_event_breaks_the_chain_at_its_place(order):
    unguarded("journal_event")
    changed = order.events.get(to_status=Status.CANCELLED)
    JournalEvent.objects.filter(pk=changed.pk).update(data={"reason": "fake"})

    finding = audit_feed.broken_feed("default")

    assert finding.offenders == [f"position {changed.place.position}: its hash does not follow"]


def test_a_removed_place_is_found(order):
    unguarded("feed")
    Feed.objects.filter(position=1).delete()

    assert broken() == {"E8"}


def test_a_place_against_seq_is_found(order):
    """Negative control of publish: placed in another order than that of seq, the auditor says so."""
    changes.cancel(make.order().number, CancelReason.PRICE, by=make.BY, at=make.after(hours=1))
    waiting = list(Unplaced.objects.order_by("-event_id").select_related("event"))
    last = Feed.objects.order_by("-position").first()
    head = feed.FeedHead.objects.get()
    sealed, position = last.hash, last.position
    for row in waiting:
        sealed, position = feed.chained(sealed, row.event), position + 1
        Feed.objects.create(position=position, event=row.event, hash=sealed)
    Unplaced.objects.all().delete()
    feed.FeedHead.objects.filter(pk=head.pk).update(position=position, hash=sealed)

    assert broken() == {"E8"}
