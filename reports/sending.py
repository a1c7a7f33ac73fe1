"""Reports by mail: subscribed, written when their hour has come, handed to the post once, and kept.

Each (report, period, recipient) is one row, made once whatever number of beats looks. A letter is marked as being sent
before the post is called: whoever finds it so later does not know whether it went out, says so, and sends nothing.
"""

import secrets
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage, get_connection
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders.models import Shop
from reports import letters
from reports.models import ReportLetter, Subscription
from shopdesk.base.access import Actor, may
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.periods import KINDS, Period, following, previous, shop_day
from shopdesk.base.wake import wake
from shopdesk.people.models import User

TASK = "reports.tasks.send_reports"
LEASE = timedelta(minutes=3)  # longer than a task may run
MOST_TRIES = 4
AT_ONCE = 20
GIVEN_UP_AFTER = timedelta(minutes=5)
AGAIN_AFTER = timedelta(minutes=5)  # after the first try in vain; then twice as long each time
State = ReportLetter.State
Why = ReportLetter.Why
# The post said no, or never answered: nothing of the letter is with it.
REFUSED = (
    smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError, smtplib.SMTPHeloError,
    smtplib.SMTPNotSupportedError,
)  # fmt: skip


class SubscribedAlready(DomainError):
    """The same person gets the same report already."""

    sentence = _("They get this report already.")
    next_step = _("Change its hour by ending it and subscribing anew.")


class NoReader(DomainError):
    """The person may not read reports."""

    sentence = _("This person may not read reports.")


class NothingToSettle(DomainError):
    """The letter is on its way or arrived."""

    sentence = _("Nothing went wrong with this letter, or somebody settled it already.")


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """Who gets the report of each day, week or month, at which hour of which clock, in which language."""

    recipient: int
    every: str
    hour: int
    zone: str
    language: str


@transaction.atomic(durable=True)
def subscribe(new: NewSubscription, *, by: Actor, at: datetime) -> Subscription:
    """Let somebody get a report from its next hour on. Raises NoReader, SubscribedAlready."""
    person = User.objects.filter(pk=new.recipient, is_active=True).first()
    if person is None or not may(person.subject, "reports", "GET"):
        raise NoReader
    try:
        with transaction.atomic():
            return Subscription.objects.create(
                recipient=person, every=new.every, hour=new.hour, zone=new.zone, language=new.language,
                made_by_id=by.id, made_at=at, active_since=at,
            )  # fmt: skip
    except IntegrityError:
        raise SubscribedAlready from None


@transaction.atomic(durable=True)
def change(subscription_id: int, state: str, *, at: datetime) -> Subscription:
    """Pause, go on or end. What fell due while it was paused is not sent; one that ended stays so. Raises Missing."""
    found = Subscription.objects.locked(pk=subscription_id).exclude(state=Subscription.State.ENDED).first()
    if found is None:
        raise Missing
    if found.state != state:
        found.state, found.active_since = state, at
        found.save(update_fields=["state", "active_since"])
        waiting = found.letters.filter(state__in=[State.DUE, State.WRITTEN], is_test=False)
        if state != Subscription.State.ACTIVE:
            waiting.update(state=State.DROPPED, lease_until=None)
    return found


@transaction.atomic(durable=True)
def try_out(subscription_id: int, *, at: datetime) -> ReportLetter:
    """Send the report of the latest whole period now, marked as a test. Raises Missing."""
    found = Subscription.objects.exclude(state=Subscription.State.ENDED).filter(pk=subscription_id).first()
    if found is None:
        raise Missing
    letter = _letter(found, _latest(found, at), due_at=at, is_test=True)
    letter.save()
    wake(TASK)
    return letter


@transaction.atomic(durable=True)
def send_again(code: str, *, at: datetime) -> ReportLetter:
    """Hand a letter to the post once more, the same bytes; one that could not be written is written anew.

    Raises Missing, NothingToSettle.
    """
    letter = _failed(code)
    letter.state = State.WRITTEN if letter.hash else State.DUE
    letter.why, letter.attempt, letter.due_at, letter.lease_until = Why.NONE, 0, at, None
    letter.save()
    wake(TASK)
    return letter


@transaction.atomic(durable=True)
def leave(code: str) -> ReportLetter:
    """Let a letter that failed be. Raises Missing, NothingToSettle."""
    letter = _failed(code)
    letter.state = State.DROPPED
    letter.save(update_fields=["state"])
    return letter


def due_at(period: Period, hour: int, zone: str) -> datetime:
    """Give when a period's report is due: when it is over, at the hour by the recipient's clock."""
    there = ZoneInfo(zone)
    on = period.end.astimezone(there).date()
    while True:
        # To UTC and back: an hour that a change of clocks skips moves on, a repeated one is the first.
        due = datetime.combine(on, time(hour), there).astimezone(UTC)
        if due >= period.end:
            return due
        on += timedelta(days=1)


def next_due(one: Subscription, *, at: datetime) -> datetime:
    """Give when the next report of a subscription is due."""
    period = _latest(one, at)
    while (due := due_at(period, one.hour, one.zone)) <= at:
        period = following(period)
    return due


def send_due(*, at: datetime) -> int:
    """Make, write and send what is due. Gives how many letters were handed to the post.

    Two at once are harmless, and so is a crash at any point: each step is taken by a guarded change of its row.
    """
    give_up(at=at)
    plan(at=at)
    for letter in _waiting(State.DUE, at):
        _write(letter, at)
    return sum(_send(letter, at) for letter in _waiting(State.WRITTEN, at))


@transaction.atomic(durable=True)
def plan(*, at: datetime) -> int:
    """Make the letters that fell due since their subscription is active; of each only the latest period's."""
    due = []
    for one in Subscription.objects.filter(state=Subscription.State.ACTIVE).order_by("pk"):
        latest = _latest(one, at)
        for period in (latest, previous(latest)):
            moment = due_at(period, one.hour, one.zone)
            if one.active_since < moment <= at:
                due.append(_letter(one, period, due_at=moment))
                break
    ReportLetter.objects.bulk_create(due, ignore_conflicts=True)
    return len(due)


@transaction.atomic(durable=True)
def give_up(*, at: datetime) -> int:
    """Say of letters whose worker stopped while the post had them that nobody knows. Gives how many."""
    stopped = ReportLetter.objects.filter(state=State.SENDING, sending_at__lt=at - GIVEN_UP_AFTER)
    return stopped.update(state=State.UNKNOWN, why=Why.CRASH, lease_until=None)


def in_trouble() -> Q:
    """Tell the letters that somebody has to look at."""
    return Q(state__in=[State.FAILED, State.UNKNOWN])


def _failed(code: str) -> ReportLetter:
    letter: ReportLetter | None = ReportLetter.objects.locked(code=code).first()
    if letter is None:
        raise Missing
    if letter.state not in {State.FAILED, State.UNKNOWN}:
        raise NothingToSettle
    return letter


def _latest(one: Subscription, at: datetime) -> Period:
    """The latest period that is over."""
    shop = Shop.current()
    return previous(KINDS[one.every](shop_day(at, shop.zone, shop.day_cutoff), shop.zone, shop.day_cutoff))


def _letter(one: Subscription, period: Period, **fields: Any) -> ReportLetter:
    return ReportLetter(
        code=secrets.token_hex(16), subscription=one, recipient_id=one.recipient_id, kind=one.every,
        from_on=period.from_on, to_on=period.to_on, **fields,
    )  # fmt: skip


def _waiting(state: str, at: datetime) -> Iterator[ReportLetter]:
    """The letters in a state that nobody works at, the oldest first."""
    free = Q(lease_until=None) | Q(lease_until__lte=at)
    found = ReportLetter.objects.filter(free, state=state, due_at__lte=at).select_related("subscription", "recipient")
    yield from found.order_by("due_at", "pk")[:AT_ONCE]


def _write(letter: ReportLetter, at: datetime) -> None:
    """Write a letter and keep it. A worker that is killed leaves its lease; four times at most."""
    subject = letter.recipient.subject
    if not letter.recipient.is_active or not may(subject, "reports", "GET"):
        _settle(letter, state=State.DROPPED, why=Why.RIGHTS)
        return
    if letter.attempt >= MOST_TRIES:
        _settle(letter, state=State.FAILED, why=Why.WRITING)
        return
    if not _settle(letter, attempt=letter.attempt + 1, lease_until=at + LEASE):
        return
    letter.attempt, letter.lease_until = letter.attempt + 1, at + LEASE
    written, position = letters.write(letter, at=at)
    kept = letters.keep(letter.code, written, attempt=letter.attempt)
    _settle(
        letter, state=State.WRITTEN, hash=kept, size=len(written), position=position, as_of=at, attempt=0,
        lease_until=None,
    )  # fmt: skip


def _send(letter: ReportLetter, at: datetime) -> bool:
    """Hand a letter to the post, if nobody else does. Tells whether the post was called."""
    kept = letters.read(letter)
    if kept is None:
        _settle(letter, state=State.FAILED, why=Why.LOST)
        return False
    tried = letter.attempt + 1
    if not _settle(letter, state=State.SENDING, attempt=tried, sending_at=at):
        return False
    letter.state, letter.attempt = State.SENDING, tried
    taken = hand_over(letter, kept)
    if taken:
        _settle(letter, state=State.SENT, sent_at=at, why=Why.NONE)
    elif taken is None:
        _settle(letter, state=State.UNKNOWN, why=Why.CRASH)
    elif tried >= MOST_TRIES:
        _settle(letter, state=State.FAILED, why=Why.POST)
    else:
        _settle(letter, state=State.WRITTEN, why=Why.POST, due_at=at + AGAIN_AFTER * 2 ** (tried - 1))
    return True


def hand_over(letter: ReportLetter, kept: bytes) -> bool | None:
    """Give a letter to the post. Tells whether it took it; None when nobody knows."""
    post = get_connection()
    try:
        post.open()
    except (smtplib.SMTPException, OSError):
        return False  # it was never there
    try:
        post.send_messages([AsKept(kept, letter.recipient.email)])
    except REFUSED:
        return False
    except (smtplib.SMTPException, OSError):
        return None  # the line broke: it may have gone out
    finally:
        _hang_up(post)
    return True


def _hang_up(post: Any) -> None:
    """Close the line; one that broke closes by itself."""
    try:
        post.close()
    except (smtplib.SMTPException, OSError):
        post.connection = None


class AsKept(EmailMessage):
    """A letter that goes out as it is kept, byte for byte."""

    def __init__(self, kept: bytes, address: str) -> None:
        super().__init__(to=[address])
        self.kept = kept

    def message(self, **_policy: Any) -> Any:
        """Give the whole letter, with its own heads."""
        return Kept(self.kept)


@dataclass(frozen=True, slots=True)
class Kept:
    """Bytes in the place where Django's post expects a message."""

    kept: bytes

    def as_bytes(self, unixfrom: bool = False, linesep: str = "\r\n") -> bytes:
        """Give the letter."""
        return self.kept

    def get_charset(self) -> None:
        """Give none: its parts name their own."""
        return


def _settle(letter: ReportLetter, **changes: Any) -> bool:
    """Change a letter, as long as it is as this worker found it (fencing)."""
    held = {"state": letter.state, "attempt": letter.attempt, "lease_until": letter.lease_until}
    return bool(ReportLetter.objects.filter(pk=letter.pk, **held).update(**changes))
