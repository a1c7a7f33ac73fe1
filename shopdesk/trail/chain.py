"""The trail's chain: each committed entry gets its place and a hash over everything before it, as in the feed."""

import hashlib
import json
from datetime import UTC

from django.db import transaction

from shopdesk.trail.models import TrailEntry, TrailHead, TrailPlace, TrailUnplaced

AT_ONCE = 2_000  # entries placed per transaction


def publish() -> int:
    """Place every committed entry that has no place yet. Gives how many; twice at once places each once."""
    placed = 0
    while TrailUnplaced.objects.exists() and (done := _publish_some()):
        placed += done
    return placed


def head() -> tuple[int, str]:
    """Give the position and the hash of the chain's end. Whoever keeps them elsewhere can prove all before them."""
    row = TrailHead.objects.first() or TrailHead()
    return row.position, row.hash


def chained(before: str, entry: TrailEntry) -> str:
    """Give the hash of an entry's place: SHA-256 over the hash before it and everything the entry says."""
    said = json.dumps(
        [
            entry.pk, entry.deed, entry.actor_kind, entry.actor_id, entry.target_kind, entry.target_id, entry.before,
            entry.after, entry.source, entry.request_id, entry.at.astimezone(UTC).isoformat(),
        ],
        sort_keys=True, separators=(",", ":"), ensure_ascii=True,
    )  # fmt: skip
    return hashlib.sha256(f"{before}{said}".encode()).hexdigest()


@transaction.atomic(durable=True)
def _publish_some() -> int:
    end = _locked_head()
    waiting = TrailUnplaced.objects.select_related("entry").order_by("entry_id")[:AT_ONCE]
    places = []
    for row in waiting:
        end.position += 1
        end.hash = chained(end.hash, row.entry)
        places.append(TrailPlace(position=end.position, entry=row.entry, hash=end.hash))
    if places:
        TrailPlace.objects.bulk_create(places)
        TrailUnplaced.objects.filter(pk__in=[place.entry_id for place in places]).delete()
        end.save()
    return len(places)


def _locked_head() -> TrailHead:
    """Lock the one head row; the first reader ever makes it."""
    locked = TrailHead.objects.select_for_update(no_key=True)
    if row := locked.first():
        return row
    TrailHead.objects.bulk_create([TrailHead(pk=1)], ignore_conflicts=True)
    return locked.get()
