"""The feed: gives committed events their place, so that a reader by position never misses one."""

import hashlib
import json
from datetime import UTC

from django.db import transaction

from orders.models import Feed, FeedHead, JournalEvent, Unplaced
from shopdesk.base.access import Subject
from shopdesk.base.snapshot import snapshot

AT_ONCE = 2_000  # events placed per transaction: some 50 ms, so that readers who publish first do not wait


def publish() -> int:
    """Place every committed event that has no place yet. Gives how many; twice at once places each once.

    Ids are drawn before commit: a reader by id that saw 4 would miss 3 when 3 commits later. Here the head row is
    locked, then what is visible is placed; what commits later gets a later place. Inside one order events ascend by
    seq, because each was inserted under the order's lock after the one before it was committed.
    """
    placed = 0
    if not Unplaced.objects.exists():  # nothing to do: a writer's lock would cost the desk for nothing
        return placed
    while done := _publish_some():
        placed += done
        if done < AT_ONCE:
            break
    return placed


def position(alias: str = "default") -> int:
    """Give the position of the last placed event; 0 when there is none."""
    return FeedHead.objects.using(alias).values_list("position", flat=True).first() or 0


def head() -> tuple[int, str]:
    """Give the position and the hash of the feed's end. Whoever keeps them elsewhere can prove all before them."""
    row = FeedHead.objects.first() or FeedHead()
    return row.position, row.hash


def read(subject: Subject, *, after: int, limit: int) -> list[JournalEvent]:
    """Give the events behind a position that the subject may see, in order of position, each with its `place`."""
    publish()
    with snapshot() as alias:
        seen = JournalEvent.objects.using(alias).for_subject(subject).filter(place__position__gt=after)
        return list(seen.select_related("place").order_by("place__position")[:limit])


def chained(before: str, event: JournalEvent) -> str:
    """Give the hash of an event's place: SHA-256 over the hash before it and everything the event says."""
    said = json.dumps(
        [
            event.pk, event.order_id, event.seq, event.kind, event.from_status, event.to_status, event.actor_kind,
            event.actor_id, event.subject_kind, event.subject_id, event.data, event.at.astimezone(UTC).isoformat(),
        ],
        sort_keys=True, separators=(",", ":"), ensure_ascii=True,
    )  # fmt: skip
    return hashlib.sha256(f"{before}{said}".encode()).hexdigest()


@transaction.atomic(durable=True)
def _publish_some() -> int:
    head = _head()
    waiting = Unplaced.objects.select_related("event").order_by("event_id")[:AT_ONCE]
    places, events = [], []
    for row in waiting:
        head.position += 1
        head.hash = chained(head.hash, row.event)
        places.append(Feed(position=head.position, event=row.event, hash=head.hash))
        events.append(row.event_id)
    if places:
        Feed.objects.bulk_create(places)
        Unplaced.objects.filter(pk__in=events).delete()
        head.save()
    return len(places)


def _head() -> FeedHead:
    """Lock the one head row; the first reader ever makes it."""
    locked = FeedHead.objects.select_for_update(no_key=True)
    if head := locked.first():
        return head
    FeedHead.objects.bulk_create([FeedHead(pk=1)], ignore_conflicts=True)
    return locked.get()
