"""From messages to the other side: signed, again and again for three days, never marked as taken when they were not.

A message is sent at least once: a worker that dies between the answer and its note sends it again under the same id.
Each endpoint has a thread of its own, which talks and touches no table; so one that is slow holds up nobody else.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import floor
from time import monotonic

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from standardwebhooks import Webhook

from shopdesk.base import outgoing
from shopdesk.base.access import SWEEP
from shopdesk.base.outgoing import AddressRefused, NotAnswered
from shopdesk.base.sealed import Unsealable, unseal
from shopdesk.webhooks.models import Attempt, Endpoint, Message
from shopdesk.webhooks.pausing import pause

TRIED_FOR = timedelta(days=3)
# How long after each failure it is tried again; the last one over and over.
AGAIN_AFTER = [timedelta(seconds=s) for s in (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400)]
LONGEST_REST = timedelta(minutes=5)  # of an endpoint that failed: then its next message tries the way
LEASE = timedelta(seconds=90)  # longer than one endpoint's turn can last
TURN = 20  # messages an endpoint is sent in one turn
TURN_S = 10.0  # after which its turn ends, whatever is left
SWEEP_S = 40.0  # after which no new turn begins
THREADS = 8
WAITS_S = 10.0  # for one answer
BODY_KEPT = timedelta(days=30)
GONE = 410


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it leaves: what the thread needs, and no row."""

    message: int
    code: str
    url: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """How one try went. `status` None: no answer, and `reason` says why."""

    letter: Letter
    status: int | None
    reason: str
    took_ms: int

    @property
    def is_taken(self) -> bool:
        """Only an answer of 2xx says that the other side has it; what it says beside that does not matter."""
        return self.status is not None and 200 <= self.status < 300


def send_due(*, at: datetime) -> int:
    """Send what is due, each endpoint's in its order, all endpoints at once. Gives how many were taken."""
    started, taken = monotonic(), 0
    running: dict[Future[list[Result]], int] = {}
    with ThreadPoolExecutor(THREADS) as threads:
        while True:
            passed = monotonic() - started
            now = at + timedelta(seconds=passed)
            for endpoint in _take(THREADS - len(running), at=now) if passed < SWEEP_S else []:
                running[threads.submit(_turn, _letters(endpoint, at=now), now)] = endpoint.pk
            if not running:
                return taken
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                ended = at + timedelta(seconds=monotonic() - started)
                taken += _keep(running.pop(done), done.result(), at=ended)


def _take(free: int, *, at: datetime) -> list[Endpoint]:
    """Take endpoints that have something due and that nobody sends to. Two workers never take the same."""
    if not free:
        return []
    with transaction.atomic():
        due = Message.objects.filter(endpoint=OuterRef("pk"), state=Message.State.WAITING, due_at__lte=at)
        rows = Endpoint.objects.filter(Exists(due), ended_at=None, paused_at=None).exclude(rests_until__gt=at)
        taken = list(rows.order_by("pk").select_for_update(no_key=True, skip_locked=True)[:free])
        Endpoint.objects.filter(pk__in=[one.pk for one in taken]).update(rests_until=at + LEASE)
    return [one for one in taken if _is_readable(one, at=at)]


def _is_readable(endpoint: Endpoint, *, at: datetime) -> bool:
    """Whether its secrets can be read; one whose key is lost is paused, and the owner told."""
    try:
        secrets_of(endpoint, at=at)
    except Unsealable:
        pause(endpoint.pk, Endpoint.Paused.KEY, by=SWEEP, at=at)
        return False
    return True


def _letters(endpoint: Endpoint, *, at: datetime) -> list[Letter]:
    """Give what an endpoint is to be sent in this turn, the oldest first."""
    rows = Message.objects.filter(endpoint=endpoint, state=Message.State.WAITING, due_at__lte=at)
    keys = secrets_of(endpoint, at=at)
    return [Letter(one.pk, one.code, endpoint.url, one.body, keys) for one in rows.order_by("due_at", "pk")[:TURN]]


def secrets_of(endpoint: Endpoint, *, at: datetime) -> tuple[str, ...]:
    """Give the secrets that sign now: during a change both, so that the other side may change whenever it likes."""
    sealed = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_until is not None and endpoint.old_until > at:
        sealed.append(endpoint.old_secret)
    return tuple(unseal(one, purpose=endpoint.purpose) for one in sealed)


def _turn(letters: Sequence[Letter], at: datetime) -> list[Result]:
    """Send letters one by one; the first that is not taken ends the turn, and so does the clock."""
    results, started = [], monotonic()
    for letter in letters:
        results.append(send(letter, at=at + timedelta(seconds=monotonic() - started)))
        if not results[-1].is_taken or monotonic() - started > TURN_S:
            break
    return results


def send(letter: Letter, *, at: datetime) -> Result:
    """Make one try. A redirect is an answer like any other that is not 2xx: it is not followed."""
    started = monotonic()
    status, reason = None, ""
    try:
        headers = sign(letter.code, letter.body, letter.secrets, at=at)
        rules = replace(outgoing.rules_of_settings(), total_s=WAITS_S)
        status = outgoing.send("POST", letter.url, headers=headers, body=letter.body.encode(), rules=rules).status
    except (AddressRefused, NotAnswered) as failure:
        reason = str(failure.detail["reason"])
    return Result(letter, status, reason, int((monotonic() - started) * 1000))


def sign(code: str, body: str, secrets: Iterable[str], *, at: datetime) -> dict[str, str]:
    """Give the headers of Standard Webhooks: id, time of this try, one signature for each secret."""
    moment = at.astimezone(UTC)  # the library takes whatever clock it is given for UTC
    signed = " ".join(Webhook(secret).sign(code, moment, body) for secret in secrets)
    named = {"webhook-id": code, "webhook-timestamp": str(floor(moment.timestamp())), "webhook-signature": signed}
    return {"Content-Type": "application/json", **named}


@transaction.atomic
def _keep(endpoint: int, results: Sequence[Result], *, at: datetime) -> int:
    """Note how a turn went. Gives how many were taken."""
    row = Endpoint.objects.locked(pk=endpoint).get()
    tries = [
        Attempt(message_id=one.letter.message, status=one.status, reason=one.reason, took_ms=one.took_ms, at=at)
        for one in results
    ]
    Attempt.objects.bulk_create(tries)
    taken = [one.letter.message for one in results if one.is_taken]
    open_ones = Message.objects.filter(state=Message.State.WAITING)
    ended = {"state": Message.State.DELIVERED, "ended_at": at, "attempts": F("attempts") + 1}
    open_ones.filter(pk__in=taken).update(**ended)
    row.rests_until = None
    failed = [one for one in results if not one.is_taken]
    for one in failed:
        row.rests_until = _try_again(row, one, at=at)
    row.save(update_fields=["rests_until"])
    return len(taken)


def _try_again(endpoint: Endpoint, failed: Result, *, at: datetime) -> datetime | None:
    """Put a message off; after three days it is listed as dead, and the endpoint paused. Gives until when it rests."""
    message = Message.objects.locked(pk=failed.letter.message).get()
    if message.state != Message.State.WAITING:
        return None  # the endpoint was ended meanwhile
    message.attempts += 1
    message.first_tried_at = message.first_tried_at or at
    pause_after = AGAIN_AFTER[min(message.attempts, len(AGAIN_AFTER)) - 1]
    message.due_at = at + pause_after
    if at - message.first_tried_at >= TRIED_FOR:
        message.state, message.ended_at = Message.State.DEAD, at
        pause(endpoint.pk, Endpoint.Paused.DEAD, by=SWEEP, at=at)
    elif failed.status == GONE:
        pause(endpoint.pk, Endpoint.Paused.GONE, by=SWEEP, at=at)
    message.save(update_fields=["attempts", "first_tried_at", "due_at", "state", "ended_at"])
    return at + min(pause_after, LONGEST_REST)


def forget_bodies(*, at: datetime) -> int:
    """Empty what was told a month ago; the hash of it stays. Gives how many."""
    old = Message.objects.exclude(body="").filter(ended_at__lt=at - BODY_KEPT)
    return Message.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:1_000])).update(body="")
