"""The desk of exports: asked for, approved where there are very many rows, made as whoever asked, fetched, deleted."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from shopdesk.base.access import Actor, Kind, Subject, may
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing
from shopdesk.base.wake import wake
from shopdesk.exports import files, printed
from shopdesk.exports.kinds import KINDS, formats_of
from shopdesk.exports.models import Export
from shopdesk.people.models import User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note

MOST_ROWS = 200_000
MASS = 10_000  # from here on a manager's export needs the owner's word (SEC-07)
MOST_OPEN = 3  # of one person at a time
KEPT = timedelta(hours=24)
State = Export.State


class TooManyRows(DomainError):
    """More rows than one export takes."""

    sentence = _("This filter shows %(rows)s rows; one export takes at most %(most)s.")
    next_step = _("Narrow the filter, for example to a month.")


class TooManyForPaper(DomainError):
    """More rows than anybody reads on paper."""

    sentence = _("This filter shows %(rows)s orders; a PDF holds at most %(most)s.")
    next_step = _("Choose XLSX, which holds all of them, or narrow the filter.")


class TooManyExports(DomainError):
    """The same person has several exports on their way."""

    sentence = _("%(most)s of your exports are on their way already.")
    next_step = _("Wait for one of them, or cancel it.")


class NotReady(DomainError):
    """There is no file of it now."""

    sentence = _("There is no file of this export: it is not ready, or its day is over.")
    next_step = _("Ask for it anew from the list.")


class NotWaiting(DomainError):
    """It needs nobody's word any more."""

    sentence = _("This export waits for nobody's word.")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: the list's own filter, the format, the language of its words."""

    filter: Mapping[str, str]
    format: Export.Format = Export.Format.CSV
    language: str = "en"
    what: Export.What = Export.What.ORDERS


def count(wish: Wish, subject: Subject, *, at: datetime) -> int:
    """Count the rows that the filter shows now; one more than may be exported stands for any more."""
    kind = KINDS[wish.what]
    return kind.count(kind.read_filter(wish.filter), subject, at, most=MOST_ROWS + 1)


@transaction.atomic(durable=True)
def ask(wish: Wish, *, subject: Subject, at: datetime) -> Export:
    """Ask for an export. Asked twice, it is made twice.

    Raises Malformed, TooManyRows, TooManyForPaper, TooManyExports.
    """
    if wish.format not in dict(formats_of(wish.what)):
        raise Malformed([FieldError("/format", "required", _("Choose CSV or XLSX."))])
    rows = count(wish, subject, at=at)
    if rows > MOST_ROWS:
        raise TooManyRows(detail={"rows": f"> {MOST_ROWS}", "most": MOST_ROWS})
    if wish.format == Export.Format.PDF and rows > printed.MOST_ROWS:
        raise TooManyForPaper(detail={"rows": rows, "most": printed.MOST_ROWS})
    asked = User.objects.select_for_update(no_key=True).get(pk=subject.person)  # two at once count each other
    if sum(one.is_open for one in Export.objects.filter(asked_by=asked).order_by("-pk")[:50]) >= MOST_OPEN:
        raise TooManyExports(detail={"most": MOST_OPEN})
    waits = rows > MASS and subject.kind is not Kind.OWNER and Shop.current().four_eyes
    wanted = KINDS[wish.what].read_filter(wish.filter)
    export = Export.objects.create(
        code=secrets.token_hex(16), what=wish.what, filter=wanted, format=wish.format,
        language=wish.language, state=State.WAITS if waits else State.ASKED, asked_by=asked, asked_at=at, rows=rows,
    )  # fmt: skip
    after: dict[str, Code] = {
        "what": str(wish.what),
        "format": str(wish.format),
        "rows": rows,
        "filtered_by": sorted(wish.filter),
    }
    note(Note(Deed.EXPORT_MADE, ("export", export.code), after=after), by=subject.actor, at=at)
    wake("shopdesk.exports.tasks.make")
    return export


@transaction.atomic(durable=True)
def approve(code: str, *, by: Actor, at: datetime) -> Export:
    """Let a very large export be made. Raises Missing, NotWaiting."""
    export = _locked(code)
    if export.state != State.WAITS:
        raise NotWaiting
    export.state, export.approved_by_id = State.ASKED, by.id
    export.save(update_fields=["state", "approved_by"])
    note(Note(Deed.APPROVED, ("export", code), after={"rows": export.rows}), by=by, at=at)
    wake("shopdesk.exports.tasks.make")
    return export


@transaction.atomic(durable=True)
def cancel(code: str, *, by: Actor, at: datetime) -> Export:
    """Stop an export, or delete its file. A second time changes nothing. Raises Missing."""
    export = _locked(code)
    if export.is_open or export.state == State.READY:
        before = export.state
        export.state = State.CANCELLED if export.is_open else State.GONE
        export.save(update_fields=["state"])
        changed = Note(Deed.EXPORT_MADE, ("export", code), {"state": str(before)}, {"state": str(export.state)})
        note(changed, by=by, at=at)
        files.remove(export)
    return export


@transaction.atomic(durable=True)
def fetch(code: str, *, subject: Subject, at: datetime) -> Export:
    """Give a finished export to whoever asked for it, if they still may; noted. Raises Missing, NotReady."""
    export = _locked(code)
    if export.asked_by_id != subject.person or not may(subject, "exports-new", "POST"):
        raise Missing
    if export.state != State.READY or not export.expires_at or export.expires_at <= at or not _is_there(export):
        raise NotReady
    after = {"rows": export.rows, "bytes": export.size}
    note(Note(Deed.EXPORT_FETCHED, ("export", code), after=after), by=subject.actor, at=at)
    return export


def withdraw_all(*, at: datetime) -> int:
    """Delete the files of all exports: somebody in them was erased. Those being made begin anew. Gives how many."""
    ready = list(Export.objects.locked(state=State.READY))
    # Without its lease a worker that has read the person already cannot pass on what it read.
    Export.objects.filter(state__in=[State.ASKED, State.READ]).update(state=State.ASKED, lease_until=None)
    Export.objects.filter(pk__in=[export.pk for export in ready]).update(state=State.GONE, expires_at=at)
    for export in ready:
        files.remove(export)
    for export in Export.objects.filter(state=State.ASKED):
        files.remove(export)
    return len(ready)


@transaction.atomic(durable=True)
def delete_expired(*, at: datetime) -> int:
    """Delete the files whose day is over. Gives how many; a second run finds none."""
    over = list(Export.objects.locked(state=State.READY, expires_at__lte=at))
    Export.objects.filter(pk__in=[export.pk for export in over]).update(state=State.GONE)
    for export in over:
        files.remove(export)
    return len(over)


def _locked(code: str) -> Export:
    export: Export | None = Export.objects.locked(code=code).first()
    if export is None:
        raise Missing
    return export


def _is_there(export: Export) -> bool:
    return files.table(export).is_file()
