"""The desk of imports: a file is laid down, its columns named, tried, taken in, cancelled, undone."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from orders.models import Channel, Shop
from shopdesk.base.access import Subject
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.tables import look_at, read_table
from shopdesk.base.wake import wake
from shopdesk.imports import columns, files, markup
from shopdesk.imports.models import MOVING, Import, ImportItem

MOST_BYTES = 10_000_000  # as much as a request may bring
FIRST_ROWS, LONGEST_SAMPLE = 20, 30  # of what is shown of a file's columns
MOST_OPEN = 5  # of one person at a time
KEPT = timedelta(days=7)  # a file lives so long, and not a day longer than its import needs
State = Import.State
Verdict = ImportItem.Verdict


class TooHeavyFile(DomainError):
    """Larger than the desk reads at once."""

    sentence = _("A file may have 10 MB at most.")
    next_step = _("Cut it in two, or let a large catalogue be read by manage.py load_products.")


class NoOrders(DomainError):
    """A catalogue was laid down as orders."""

    sentence = _("This is a catalogue, and there are no orders in it.")
    next_step = _("Lay it down once more, as products.")


class TooManyImports(DomainError):
    """The same person has several imports on their way."""

    sentence = _("%(most)s of your imports are on their way already.")
    next_step = _("Wait for one of them, or cancel it.")


class NotNow(DomainError):
    """The import is in another state than this deed needs."""

    sentence = _("This import is %(state)s, so this cannot be done now.")


class RowsAreBad(DomainError):
    """All or nothing was asked for, and not all can be taken in."""

    sentence = _("%(bad)s cannot be taken in, so nothing is.")
    next_step = _("Mend the file and lay it down anew, or take in the good ones alone.")


class NothingToTake(DomainError):
    """The file brings nothing new."""

    sentence = _("There is nothing in this file that is not there already.")


class FileGone(DomainError):
    """The file was deleted: its days are over, or somebody in it was erased."""

    sentence = _("The file of this import is deleted by now.")
    next_step = _("Lay it down anew: what is there already is not doubled.")


@dataclass(frozen=True, slots=True)
class NewFile:
    """What was sent: what it holds, its name, its bytes; for orders the channel they belong to."""

    what: Import.What
    name: str
    content: bytes
    channel: Channel | None = None
    language: str = "en"


def file_channel() -> Channel:
    """Give the channel of orders that come by files; made on first use, in the shop's own currency."""
    shop = Shop.current()
    defaults = {"name": _("from files"), "kind": Channel.Kind.FILE, "currency": shop.currency, "country": shop.country}
    return Channel.objects.get_or_create(code="files", defaults=defaults)[0]


@transaction.atomic(durable=True)
def lay_down(new: NewFile, *, subject: Subject, at: datetime) -> Import:
    """Keep a file and look what it is. Markup needs no columns named and is tried at once.

    Raises TooHeavyFile, TooManyImports, NoOrders, UnreadableTable, BadArchive, UnreadableMarkup.
    """
    if len(new.content) > MOST_BYTES:
        raise TooHeavyFile
    own = Import.objects.filter(asked_by=subject.person, state__in=MOVING)
    if own.count() >= MOST_OPEN:
        raise TooManyImports(detail={"most": MOST_OPEN})
    batch = Import(
        code=secrets.token_hex(16), what=new.what, name=new.name[:150], size=len(new.content),
        sha256=hashlib.sha256(new.content).hexdigest(), language=new.language, asked_by_id=subject.person, asked_at=at,
        channel=(new.channel or file_channel()) if new.what == Import.What.ORDERS else None, file_until=at + KEPT,
    )  # fmt: skip
    files.lay_down(batch, [new.content])
    try:
        _look(batch)
    except DomainError:
        files.remove(batch)
        raise
    batch.save()
    if batch.state == State.TRYING:
        wake("shopdesk.imports.tasks.work")
    return batch


@transaction.atomic(durable=True)
def try_out(code: str, chosen: Mapping[str, str], *, at: datetime) -> Import:
    """Try the file with these columns; nothing is written to orders or products. Again with others starts anew.

    Raises Missing, NotNow, FileGone, ColumnsMissing, ColumnTwice.
    """
    batch = _locked(code, State.LAID, State.TRIED, State.FAILED)
    if not files.is_there(batch):
        raise FileGone
    if batch.form == Import.Form.TABLE:
        batch.columns = columns.check(batch.what, chosen, batch.headings)
        columns.remember(batch.what, batch.headings, batch.columns, at=at)
    batch.items.all().delete()
    return _send_on(batch, State.TRYING)


@transaction.atomic(durable=True)
def apply(code: str, *, skip_bad: bool, at: datetime) -> Import:
    """Take in what was found good: all of the file or nothing, or the good ones alone with `skip_bad`.

    Raises Missing, NotNow, RowsAreBad, NothingToTake, FileGone.
    """
    batch = _locked(code, State.TRIED)
    bad = batch.items.filter(verdict=Verdict.BAD).count()
    if bad and not skip_bad:
        raise RowsAreBad(detail={"bad": bad})
    if not batch.items.filter(verdict__in=[Verdict.GOOD, Verdict.NOTED]).exists():
        raise NothingToTake
    if not files.is_there(batch):
        raise FileGone
    batch.skip_bad = skip_bad
    return _send_on(batch, State.APPLYING)


@transaction.atomic(durable=True)
def undo(code: str, *, at: datetime) -> Import:
    """Cancel the orders that came by this import and that nobody has worked on. Raises Missing, NotNow."""
    batch = _locked(code, State.DONE, State.CANCELLED)
    if batch.what != Import.What.ORDERS or not batch.items.filter(fate=ImportItem.Fate.TAKEN).exists():
        raise NotNow(detail={"state": batch.get_state_display()})
    return _send_on(batch, State.UNDOING)


@transaction.atomic(durable=True)
def cancel(code: str, *, at: datetime) -> Import:
    """Stop an import where it is: what was taken in stays, and can be undone. A second time changes nothing."""
    batch = _locked(code)
    if batch.is_moving or batch.state in {State.LAID, State.TRIED}:
        batch.state, batch.ended_at, batch.lease_until = State.CANCELLED, at, None
        batch.save(update_fields=["state", "ended_at", "lease_until"])
        files.remove(batch)
    return batch


@transaction.atomic(durable=True)
def delete_old_files(*, at: datetime) -> int:
    """Delete the files whose days are over; what was only laid down or tried is over with them. Gives how many."""
    old = list(Import.objects.locked(file_until__lte=at).exclude(state__in=MOVING))
    for batch in old:
        files.remove(batch)
    Import.objects.filter(pk__in=[batch.pk for batch in old]).update(file_until=None)
    waiting = [batch.pk for batch in old if batch.state in {State.LAID, State.TRIED}]
    Import.objects.filter(pk__in=waiting).update(state=State.CANCELLED, ended_at=at)
    return len(old)


def samples(batch: Import) -> dict[str, str]:
    """Give the first thing that stands in each column, of the first rows: it is shown, and never kept."""
    path = files.source(batch)
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for row in islice(read_table(path), FIRST_ROWS):
        for heading in batch.headings:
            if heading and heading not in found and (text := row.get(heading.casefold())):
                found[heading] = Truncator(text).chars(LONGEST_SAMPLE)
    return found


def withdraw_all(*, at: datetime) -> int:
    """Delete the files of all imports: somebody in them was erased. Those on their way end here. Gives how many."""
    kept = list(Import.objects.locked(file_until__isnull=False))
    for batch in kept:
        files.remove(batch)
    Import.objects.filter(pk__in=[batch.pk for batch in kept]).update(file_until=None)
    waiting = {State.LAID, State.TRYING, State.TRIED, State.APPLYING}
    ended = [batch.pk for batch in kept if batch.state in waiting]
    Import.objects.filter(pk__in=ended).update(state=State.CANCELLED, ended_at=at, lease_until=None)
    return len(kept)


def _look(batch: Import) -> None:
    """Tell tables from markup by what they are."""
    path = files.source(batch)
    form = markup.form_of(path)
    if form == Import.Form.YML and batch.what == Import.What.ORDERS:
        raise NoOrders
    if form is not None:
        batch.form, batch.state = form, State.TRYING
        return
    found = look_at(path)
    batch.headings, batch.encoding, batch.delimiter = list(found.headings), found.encoding, found.delimiter
    batch.columns = columns.propose(batch.what, found.headings)


def _locked(code: str, *states: Import.State) -> Import:
    batch: Import | None = Import.objects.locked(code=code).first()
    if batch is None:
        raise Missing
    if states and batch.state not in states:
        raise NotNow(detail={"state": batch.get_state_display()})
    return batch


def _send_on(batch: Import, state: Import.State) -> Import:
    """Leave the next step to a worker."""
    batch.state, batch.rows_done, batch.attempt, batch.lease_until, batch.trouble = state, 0, 0, None, ""
    batch.ended_at = None
    batch.save()
    wake("shopdesk.imports.tasks.work")
    return batch
