"""Work on imports in the background: try, take in, undo; some seconds at a time, and on from there next time."""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from time import monotonic
from typing import Any, TypeVar

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import translation

from shopdesk.base import prepared
from shopdesk.base.access import may
from shopdesk.base.bulk import insert
from shopdesk.base.errors import Refusal
from shopdesk.base.wake import wake
from shopdesk.imports import files, steps
from shopdesk.imports.models import MOVING, Import, ImportItem

T = TypeVar("T")
Said = dict[int, tuple[str, list[str]]]  # item -> its verdict and words

LEASE = timedelta(minutes=3)  # longer than a task may run
LONGEST_S = 45.0  # of one wake
MOST_TRIES = 4
UNDONE_AT_ONCE = 100  # orders cancelled in one transaction
AT_ONCE = 500  # things in one transaction, as many as intake takes
USUALLY_SWEPT, SWEPT_AFTER = gc.get_threshold(), 100_000  # objects made and not yet forgotten
State = Import.State
FATES = {
    "postgresql": """
        UPDATE import_item t SET order_id = v.number, fate = v.fate
        FROM json_to_recordset(%(fates)s::json) AS v(id bigint, number bigint, fate text) WHERE t.id = v.id""",
    "sqlite": """
        UPDATE import_item AS t
        SET order_id = json_extract(v.value, '$.number'), fate = json_extract(v.value, '$.fate')
        FROM json_each(%(fates)s) AS v WHERE t.id = json_extract(v.value, '$.id')""",
}
NEXT = {State.TRYING: State.TRIED, State.APPLYING: State.DONE, State.UNDOING: State.UNDONE}


class Stopped(Exception):
    """Somebody cancelled the import, or its lease went to another worker."""


def work_on_next(*, at: datetime) -> int:
    """Bring the oldest import on, for at most 45 seconds. Gives 1, or 0 when nothing waits.

    Two workers at once take different ones; a killed worker's comes back when its lease is over and goes on where its
    last transaction ended: what it took in is known by its channel's id and is not taken twice.
    """
    batch = claim(at=at)
    if batch is None:
        return 0
    try:
        with translation.override(batch.language):
            _work(batch, at)
    except Stopped:
        return 1
    wake("shopdesk.imports.tasks.work")
    return 1


@transaction.atomic(durable=True)
def claim(*, at: datetime) -> Import | None:
    """Take the oldest import that waits for a worker; the try is counted before it is tried."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = Import.objects.filter(free, state__in=MOVING).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    batch: Import | None = waiting.first()
    if batch is None:
        return None
    batch.attempt += 1
    if batch.attempt > MOST_TRIES:
        batch.state, batch.ended_at = State.FAILED, at
    else:
        batch.lease_until = at + LEASE
    batch.save(update_fields=["attempt", "lease_until", "state", "ended_at"])
    return None if batch.state == State.FAILED else batch


def _work(batch: Import, at: datetime) -> None:
    asked = batch.asked_by
    if not (asked.is_active and may(asked.subject, "imports", "POST")):
        _end(batch, State.CANCELLED, at)
        return
    works = {State.TRYING: _try, State.APPLYING: _apply, State.UNDOING: _undo}
    until = monotonic() + LONGEST_S
    try:
        with _rarely_swept():
            finished = works[State(batch.state)](batch, at, until)
    except (Refusal, FileNotFoundError) as trouble:
        _end(batch, State.FAILED, at, trouble=str(trouble) if isinstance(trouble, Refusal) else "")
        return
    if finished:
        _end(batch, NEXT[State(batch.state)], at)
    else:
        _hear(batch, lease_until=None, attempt=0)


@contextmanager
def _rarely_swept() -> Iterator[None]:
    """Let the interpreter look for garbage once a piece or two.

    Of a piece's hundred thousand objects hardly one is in a circle; looking through them and all that the process has,
    again and again while they were made, took a seventh of an import's time.
    """
    gc.set_threshold(SWEPT_AFTER, *USUALLY_SWEPT[1:])
    try:
        yield
    finally:
        gc.set_threshold(*USUALLY_SWEPT)


def _try(batch: Import, at: datetime, until: float) -> bool:
    """Read the whole file into the spool, then judge it piece by piece."""
    if not batch.rows_done:
        batch.items.all().delete()
        _hear(batch, rows=files.spool(batch, steps.read(batch)))
    for things in pieces(files.spooled(batch, after=batch.rows_done)):
        _write_down(batch, steps.judge(batch, things, after=batch.rows_done))
        if monotonic() > until:
            return batch.rows_done >= batch.rows
    return True


@transaction.atomic(durable=True)
def _write_down(batch: Import, judged: Sequence[steps.Judged]) -> None:
    insert(ImportItem, steps.ITEM_COLUMNS, judged)
    _hear(batch, rows_done=batch.rows_done + len(judged))


def _apply(batch: Import, at: datetime, until: float) -> bool:
    """Take in what was found good, some hundreds in a transaction of their own."""
    for things in pieces(files.spooled(batch, after=batch.rows_done)):
        items = list(batch.items.filter(place__gt=batch.rows_done).order_by("place")[: len(things)])
        before = _said(items)
        steps.take_in(batch, list(zip(items, things, strict=True)), at=at)
        _mark(batch, items, before)
        if monotonic() > until:
            return batch.rows_done >= batch.rows
    return True


@transaction.atomic(durable=True)
def _mark(batch: Import, items: Sequence[ImportItem], before: Said) -> None:
    """Write what became of each: most became the same, so that few statements say it; words only where they changed."""
    _write_fates(items)
    changed = [item for item in items if before[item.pk] != (item.verdict, item.words)]
    ImportItem.objects.bulk_update(changed, ["words", "verdict"], batch_size=AT_ONCE)
    _hear(batch, rows_done=batch.rows_done + len(items))


def _write_fates(items: Sequence[ImportItem]) -> None:
    """Write fates and orders at once: a statement for each of them wrote each row, with its four indexes, twice."""
    fates = [{"id": item.pk, "number": item.order_id, "fate": item.fate} for item in items]
    prepared.change(FATES[connection.vendor], {"fates": json.dumps(fates)})


def _undo(batch: Import, at: datetime, until: float) -> bool:
    """Cancel what nobody has worked on, some at a time: whoever packs or sells waits for no more than that."""
    taken = batch.items.filter(fate=ImportItem.Fate.TAKEN).select_related("batch__asked_by").order_by("place")
    while items := list(taken[:UNDONE_AT_ONCE]):
        before = _said(items)
        steps.take_back(items, at=at)
        _mark(batch, items, before)
        if monotonic() > until:
            return not taken.exists()
    return True


def _said(items: Sequence[ImportItem]) -> Said:
    return {item.pk: (item.verdict, list(item.words)) for item in items}


def pieces(things: Iterable[T]) -> Iterator[list[T]]:
    """Cut into lists of what one transaction takes."""
    walk = iter(things)
    while piece := list(islice(walk, AT_ONCE)):
        yield piece


def _hear(batch: Import, **changes: Any) -> None:
    """Note how far it is. Raises Stopped when it is no longer this worker's to work on."""
    if not _mine(batch).update(**changes):
        raise Stopped
    for name, value in changes.items():
        setattr(batch, name, value)


def _mine(batch: Import) -> QuerySet[Import]:
    """The import, as long as it is this worker's: in its state, under its lease (fencing)."""
    held = {"state": batch.state, "attempt": batch.attempt, "lease_until": batch.lease_until}
    return Import.objects.filter(pk=batch.pk, **held)


def _end(batch: Import, state: Import.State, at: datetime, *, trouble: str = "") -> None:
    _hear(batch, state=state, lease_until=None, attempt=0, ended_at=at, trouble=trouble)
    if state in {State.DONE, State.UNDONE}:
        files.remove(batch)
        Import.objects.filter(pk=batch.pk).update(file_until=None)
