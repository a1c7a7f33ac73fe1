"""Opening closed books again: one owner asks and says why, another agrees (SEC-07).

The closed figures stay as they are: what people then date into those days is shown beside them as restated. The books
close by themselves with the next day that is closed.
"""

from datetime import UTC, datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import PeriodLock, Shop
from reports.models import Closing, Reopening
from shopdesk.base import securitylog
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.trail.deeds import Deed

State = Reopening.State


class ReasonMissing(DomainError):
    """Nobody opens closed books without saying why."""

    sentence = _("Say why the books are opened again.")


class AnotherOwnerMust(DomainError):
    """Whoever asked may not agree with themselves."""

    sentence = _("Another owner must agree: four eyes see more than two.")
    next_step = _("A shop of one switches four eyes off in its settings; the reason is kept all the same.")


class AlreadySettled(DomainError):
    """Somebody agreed or dropped it before."""

    sentence = _("This was agreed or dropped before.")


class NotClosed(DomainError):
    """The books are open from then on, or from earlier."""

    sentence = _("The books are open from that day on already.")


def closed_until() -> datetime | None:
    """Give the moment until which the books are closed; None before anything was."""
    return PeriodLock.objects.values_list("until", flat=True).first()


@transaction.atomic(durable=True)
def ask(closing_id: int, reason: str, *, by: Actor, at: datetime) -> Reopening:
    """Ask to open the books from the beginning of a closed day on. Nothing is open before somebody else agrees.

    Raises Missing, ReasonMissing, NotClosed.
    """
    closed = Closing.objects.filter(pk=closing_id).first()
    if closed is None:
        raise Missing
    if not reason.strip():
        raise ReasonMissing
    if not PeriodLock.objects.filter(until__gt=closed.start).exists():
        raise NotClosed
    return Reopening.objects.create(start=closed.start, reason=reason.strip(), asked_by_id=by.id, asked_at=at)


@transaction.atomic(durable=True)
def agree(reopening_id: int, *, by: Actor, at: datetime) -> Reopening:
    """Open the books until the next day is closed. Raises Missing, AlreadySettled, AnotherOwnerMust, NotClosed.

    In a shop of one (`SHOP_FOUR_EYES=off`) the owner agrees with their own wish; it shows one name.
    """
    row = _waiting(reopening_id)
    if row.asked_by_id == by.id and Shop.current().four_eyes:
        raise AnotherOwnerMust
    lock = PeriodLock.objects.select_for_update(no_key=True).get(pk=1)
    if lock.until <= row.start:
        raise NotClosed
    start = row.start.astimezone(UTC).isoformat()
    said: dict[str, journal.Code] = {
        "until": lock.until.astimezone(UTC).isoformat(),
        "reopening": row.pk,
        "asked_by": row.asked_by_id,
    }
    row.event = journal.record([journal.Entry("period.reopened", data=said, subject=("period", start))], by=by, at=at)[
        0
    ]
    lock.until = row.start
    lock.save()
    told = partial(securitylog.tell, Deed.PERIOD_REOPENED, by=by, target=("period", start))
    transaction.on_commit(told, robust=True)
    return _settle(row, State.OPENED, by, at)


@transaction.atomic(durable=True)
def drop(reopening_id: int, *, by: Actor, at: datetime) -> Reopening:
    """Take back what was asked for. Raises Missing, AlreadySettled."""
    return _settle(_waiting(reopening_id), State.DROPPED, by, at)


def _waiting(reopening_id: int) -> Reopening:
    row = Reopening.objects.locked(pk=reopening_id).first()
    if row is None:
        raise Missing
    if row.state != State.ASKED:
        raise AlreadySettled
    return row


def _settle(row: Reopening, state: Reopening.State, by: Actor, at: datetime) -> Reopening:
    row.state, row.settled_by_id, row.settled_at = state, by.id, at
    row.save()
    return row
