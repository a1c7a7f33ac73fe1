"""Which call on the telephone an attempt was: its wait, its talk, its recording. Kept by whichever is told later.

An attempt cannot be changed once it is written, and the provider may tell of its call before, meanwhile or after: so
what belongs together is a row of its own, written once.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from django.db.models import Q

from orders.models import AttemptCall, CallAttempt, PhoneCall

LONGEST: Final = timedelta(hours=2)  # between the beginning of a call and the note of what it came to
AHEAD: Final = timedelta(minutes=1)  # a provider's clock may run ahead of ours
TALKED = Q(direction=PhoneCall.Direction.OUT) | Q(answered_at__isnull=False)  # one of theirs in vain is no attempt


def find_calls(attempts: Sequence[CallAttempt]) -> None:
    """Link attempts just written to the latest call with the phone that they name. Needs an open transaction."""
    phones = {number_of(attempt) for attempt in attempts}
    since, until = min(one.at for one in attempts) - LONGEST, max(one.at for one in attempts) + AHEAD
    calls = list(PhoneCall.objects.filter(TALKED, phone__in=phones - {""}, began_at__range=(since, until)))
    _link((attempt, call) for attempt in attempts if (call := _latest(attempt, calls)))


def find_attempts(call: PhoneCall) -> None:
    """Link a call that the provider tells of to attempts that were noted meanwhile. Needs an open transaction."""
    if not call.phone or (call.direction == PhoneCall.Direction.IN and call.answered_at is None):
        return
    named = Q(phone__phone=call.phone) | Q(phone=None, task__phone=call.phone)
    since, until = call.began_at - AHEAD, call.began_at + LONGEST
    attempts = list(
        CallAttempt.objects.filter(named, talk=None, at__range=(since, until)).select_related("phone", "task")
    )
    if not attempts:
        return
    rivals = PhoneCall.objects.filter(TALKED, phone=call.phone, began_at__range=(since - LONGEST, until))
    calls = [*rivals.exclude(pk=call.pk), call]
    _link((attempt, call) for attempt in attempts if _latest(attempt, calls) is call)


def number_of(attempt: CallAttempt) -> str:
    """Give the number that was dialled."""
    return attempt.phone.phone if attempt.phone else attempt.task.phone


def _latest(attempt: CallAttempt, calls: Iterable[PhoneCall]) -> PhoneCall | None:
    """Give the last call with this phone that began before the attempt was noted, by the same person where known."""
    fitting = [
        call
        for call in calls
        if call.phone == number_of(attempt)
        and -AHEAD <= attempt.at - call.began_at <= LONGEST
        and (call.person_id is None or attempt.person_id in (None, call.person_id))
    ]
    return max(fitting, key=lambda call: call.began_at, default=None)


def _link(pairs: Iterable[tuple[CallAttempt, PhoneCall]]) -> None:
    rows = [AttemptCall(attempt=attempt, call=call) for attempt, call in pairs]
    AttemptCall.objects.bulk_create(rows, ignore_conflicts=True)
