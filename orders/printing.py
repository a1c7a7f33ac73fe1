"""Papers in bulk: asked for, drawn a few orders at a time in the background, joined into one file, gone in a day."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import documents, packing
from orders.models import JournalEvent, Order, Parcel, PrintRun
from orders.status import Status
from shopdesk.base import papers
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake

MOST_ORDERS = 500
AT_ONCE = 10  # orders drawn in one go
LEASE = timedelta(minutes=2)
MOST_TRIES = 4
KEPT = timedelta(hours=24)
State = PrintRun.State


class TooManyToPrint(DomainError):
    """More orders than one file holds."""

    sentence = _("These are %(chosen)s orders; one print holds %(most)s.")
    next_step = _("Choose fewer and print again.")


class NothingChosen(DomainError):
    """No order was named, or none is left to be printed."""

    sentence = _("There is no order to print papers for.")


class NotDrawn(DomainError):
    """The file is not there."""

    sentence = _("These papers are not drawn yet, or their day is over.")
    next_step = _("Print them again from the packing page.")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which papers of which orders, in this order; `size` of the labels."""

    numbers: Sequence[int]
    what: PrintRun.What
    size: PrintRun.Size = PrintRun.Size.A6


@transaction.atomic(durable=True)
def ask(wish: Wish, *, by: Actor, at: datetime) -> PrintRun:
    """Ask for papers; they are drawn in the background. Raises NothingChosen, TooManyToPrint, Missing, NothingToPrint.

    Asked twice, they are drawn and journalled twice.
    """
    numbers = list(dict.fromkeys(wish.numbers))
    if not numbers:
        raise NothingChosen
    if len(numbers) > MOST_ORDERS:
        raise TooManyToPrint(detail={"chosen": len(numbers), "most": MOST_ORDERS})
    if Order.objects.filter(pk__in=numbers).count() < len(numbers):
        raise Missing
    if wish.what != PrintRun.What.PICKLIST:
        _refuse_unsealed(numbers)
    kinds = len(wish.what.split("+"))
    run = PrintRun.objects.create(
        code=secrets.token_hex(16), what=wish.what, size=wish.size, numbers=numbers, asked_by_id=by.id, asked_at=at,
        steps=kinds * -(-len(numbers) // AT_ONCE),
    )  # fmt: skip
    wake("orders.tasks.draw_papers")
    return run


def draw_next(*, at: datetime) -> int:
    """Bring the oldest run one step on: some orders' papers, in the end the whole. Gives 0 when nothing waits.

    Two workers at once take different runs; a killed worker's step is done again when its lease is over.
    """
    run = _claim(at=at)
    if run is None:
        return 0
    if run.done < run.steps:
        kind, orders = _step(run)
        pdf, copies = documents.draw_papers(orders, kind, size=run.size, at=at)
        papers.forget()  # else each step would cost memory until some twenty of them are remembered
        _own(run, f"{run.done:04}").write_bytes(pdf)
        _pass_on(run, copies, kind, at=at)
    else:
        papers.join(sorted(_parts(run)), _own(run, "whole"))
        _finish(run, at=at)
    return 1


def read_run(run: PrintRun) -> Path:
    """Give the file of a finished run. Raises NotDrawn."""
    path = _place(run)
    if run.state != State.READY or not path.is_file():
        raise NotDrawn
    return path


@transaction.atomic(durable=True)
def delete_old(*, at: datetime) -> int:
    """Delete files whose day is over. Gives how many; a second run finds none."""
    return _withdraw(PrintRun.objects.locked(state=State.READY, ready_at__lte=at - KEPT))


def withdraw_all() -> int:
    """Delete all files, in an erasure's own transaction. What is being drawn begins anew. Gives how many."""
    drawn = list(PrintRun.objects.locked(state=State.ASKED))
    PrintRun.objects.filter(pk__in=[run.pk for run in drawn]).update(done=0, lease_until=None)
    for run in drawn:
        _remove(run)
    return _withdraw(PrintRun.objects.locked(state=State.READY))


def unprinted(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Narrow orders to sealed ones of which no slip and no label was printed yet, the oldest first."""
    printed = JournalEvent.objects.filter(order=OuterRef("pk"), kind=packing.PRINTED, data__what__in=["slip", "label"])
    return orders.filter(~Exists(printed), status=Status.PACKED).order_by("ship_on", "number")


def _refuse_unsealed(numbers: Sequence[int]) -> None:
    sealed = Parcel.objects.filter(order__in=numbers).exclude(state=Parcel.State.OPENED)
    if without := set(numbers) - set(sealed.values_list("order_id", flat=True)):
        raise documents.NothingToPrint(detail={"number": min(without)})


@transaction.atomic(durable=True)
def _claim(*, at: datetime) -> PrintRun | None:
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    waiting = PrintRun.objects.filter(free, state=State.ASKED).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        waiting = waiting.select_for_update(skip_locked=True)
    run: PrintRun | None = waiting.first()
    if run is None:
        return None
    run.attempt += 1
    if run.attempt > MOST_TRIES:
        run.state = State.FAILED
        _remove(run)
    else:
        run.lease_until = at + LEASE
    run.save(update_fields=["attempt", "lease_until", "state"])
    if run.state == State.FAILED:
        wake("orders.tasks.draw_papers")  # it is over; the next wake takes the one behind it
        return None
    return run


def _step(run: PrintRun) -> tuple[str, list[Order]]:
    """Say what the next piece of work is: all slips first, then all labels, as a printer wants them."""
    each = run.steps // len(run.kinds)
    kind, place = run.kinds[run.done // each], run.done % each * AT_ONCE
    numbers = run.numbers[place : place + AT_ONCE]
    found = Order.objects.select_related("courier").in_bulk(numbers)
    return kind, [found[number] for number in numbers]


@transaction.atomic(durable=True)
def _pass_on(run: PrintRun, copies: dict[int, int], kind: str, *, at: datetime) -> None:
    """Put the piece in its place and journal the print, while the run is ours: a piece drawn twice is noted once."""
    part = _own(run, f"{run.done:04}")
    if not _mine(run).update(done=run.done + 1, lease_until=None, attempt=0):
        part.unlink(missing_ok=True)
        return
    packing.record_printed(copies, kind, by=Actor("person", run.asked_by_id), at=at)
    part.replace(_folder(run) / f"{run.code}.part-{run.done:04}")


@transaction.atomic(durable=True)
def _finish(run: PrintRun, *, at: datetime) -> None:
    if _mine(run).update(state=State.READY, ready_at=at, lease_until=None):
        _own(run, "whole").replace(_place(run))
    for path in [*_parts(run), _own(run, "whole")]:
        path.unlink(missing_ok=True)


def _mine(run: PrintRun) -> QuerySet[PrintRun]:
    """The run, as long as it is this worker's: at its step, under its lease."""
    return PrintRun.objects.filter(pk=run.pk, state=State.ASKED, done=run.done, lease_until=run.lease_until)


def _withdraw(runs: QuerySet[PrintRun]) -> int:
    found = list(runs)
    PrintRun.objects.filter(pk__in=[run.pk for run in found]).update(state=State.GONE)
    for run in found:
        _remove(run)
    return len(found)


def _folder(run: PrintRun) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "prints"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _place(run: PrintRun) -> Path:
    return _folder(run) / f"{run.code}.pdf"


def _own(run: PrintRun, name: str) -> Path:
    """A file that this worker writes under its lease; another worker at the same run has another one."""
    lease = run.lease_until.timestamp() if run.lease_until else 0
    return _folder(run) / f"{run.code}.{name}-{lease:.6f}"


def _parts(run: PrintRun) -> list[Path]:
    return list(_folder(run).glob(f"{run.code}.part-*"))


def _remove(run: PrintRun) -> None:
    for path in _folder(run).glob(f"{run.code}.*"):
        path.unlink(missing_ok=True)
