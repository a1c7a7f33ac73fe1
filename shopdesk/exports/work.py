"""Making exports in the background: one snapshot into the spool, later the table from the spool; a minute each."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from orders.models import Shop
from shopdesk.base.access import may
from shopdesk.base.snapshot import snapshot
from shopdesk.base.wake import wake
from shopdesk.exports import files, making
from shopdesk.exports.kinds import kind_of
from shopdesk.exports.models import Export

LEASE = timedelta(minutes=3)  # longer than a task may run
MOST_TRIES = 4
State = Export.State


class Stopped(Exception):
    """Somebody cancelled the export, or its lease went to another worker."""


def make_next(*, at: datetime) -> int:
    """Bring the oldest export one step on: read it, or write it. Gives 1, or 0 when nothing waits.

    Two workers at once take different ones; a killed worker's comes back when its lease is over, four times at most.
    """
    export = claim(at=at)
    if export is None:
        return 0
    try:
        if not is_still_allowed(export):
            finish(export, State.FAILED)
        elif export.state == State.ASKED:
            read(export)
        else:
            write(export, at=at)
    except Stopped:
        files.drop(export)
    wake("shopdesk.exports.tasks.make")
    return 1


@transaction.atomic(durable=True)
def claim(*, at: datetime) -> Export | None:
    """Take the oldest export that waits; the try is counted before it is tried."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = Export.objects.filter(free, state__in=[State.ASKED, State.READ]).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    export: Export | None = waiting.first()
    if export is None:
        return None
    export.attempt += 1
    if export.attempt > MOST_TRIES:
        export.state = State.FAILED
        files.remove(export)
    else:
        export.lease_until = at + LEASE
    export.save(update_fields=["attempt", "lease_until", "state"])
    return None if export.state == State.FAILED else export


def is_still_allowed(export: Export) -> bool:
    """Whether whoever asked still works here and may still export: rights are those of this minute (SEC-08)."""
    asked = export.asked_by
    return asked.is_active and may(asked.subject, "exports-new", "POST")


def read(export: Export) -> None:
    """Read all rows in one snapshot into the spool, as whoever asked and as the day of asking says."""
    with snapshot() as alias:
        rows = kind_of(export).read_rows(export.filter, export.asked_by.subject, export.asked_at, using=alias)
        count = files.spool(export, rows)
    # A new step is no new try.
    _pass_on(export, "spool", state=State.READ, rows=count, rows_done=0, attempt=0)


def write(export: Export, *, at: datetime) -> None:
    """Write the table from the spool, in the language of whoever asked. A spool that is lost is read anew."""
    if not files.is_spooled(export):
        _mine(export).update(state=State.ASKED, lease_until=None)
        raise Stopped
    zone = ZoneInfo(Shop.current().zone)
    with translation.override(export.language):
        kind = kind_of(export)
        rows = (kind.write_row(row, zone) for row in files.spooled(export))
        size = files.write(export, kind.headings(), rows, lambda done: hear(export, done))
    over = at + making.KEPT
    _pass_on(
        export, export.format, state=State.READY, rows_done=export.rows, size=size, ready_at=at, expires_at=over
    )  # fmt: skip
    files.place(export, "spool").unlink(missing_ok=True)


def hear(export: Export, done: int) -> None:
    """Note how far it is. Raises Stopped when it is no longer this worker's to make."""
    if not _mine(export).update(rows_done=done):
        raise Stopped


@transaction.atomic(durable=True)
def _pass_on(export: Export, suffix: str, **changes: Any) -> None:
    """Put the file in its place and the row into its next state, both while the row is held. Raises Stopped.

    An erasure or a cancel comes before, and then nothing of the file stays, or after, and then finds it in its place.
    """
    if not _mine(export).update(**changes, lease_until=None):
        raise Stopped
    files.keep(export, suffix)


def _mine(export: Export) -> QuerySet[Export]:
    """The export, as long as it is this worker's: in its state, under its lease (fencing)."""
    held = {"state": export.state, "attempt": export.attempt, "lease_until": export.lease_until}
    return Export.objects.filter(pk=export.pk, **held)


def finish(export: Export, state: State) -> None:
    """End an export without a file."""
    Export.objects.filter(pk=export.pk).update(state=state, lease_until=None)
    files.remove(export)
