"""What the provider tells of calls: each call one row, whatever order its events come in, however often."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from django.db import transaction

from orders import calltasks, journal, talks
from orders.models import CallTask, CustomerPhone, PhoneCall, PhoneLine, PhoneSeat, Shop
from orders.telephony.lines import line
from shopdesk.base.access import Actor
from shopdesk.base.outgoing import check_url

State, Missed = PhoneCall.State, PhoneLine.Missed
RANK: Final = {State.RINGING: 0, State.ANSWERED: 1, State.MISSED: 2, State.ENDED: 3}


@dataclass(frozen=True, slots=True)
class NewPhoneEvent:
    """One thing a provider says of a call. `phone` is E.164, empty when it was hidden; `recording` an https address."""

    provider: str
    call_id: str
    state: str
    at: datetime
    direction: str = PhoneCall.Direction.IN
    phone: str = ""
    seat: str = ""
    talk_seconds: int = 0
    recording: str = ""


@transaction.atomic(durable=True)
def hear(event: NewPhoneEvent, *, by: Actor, at: datetime) -> PhoneCall:
    """Keep what the provider says. The same again changes nothing; a call never goes back to an earlier state.

    A call to us that nobody took becomes a task, as the shop's line says, once. Raises AddressRefused for a recording
    that is not at an https address of the public internet.
    """
    if event.recording:
        check_url(event.recording)
    call = _row(event, at)
    was_missed = call.state == State.MISSED
    _learn(call, event, at)
    if call.state == State.MISSED and not was_missed and call.direction == PhoneCall.Direction.IN:
        call.task = _ask_to_ring_back(call, by, at)
    call.save()
    talks.find_attempts(call)
    return call


def _row(event: NewPhoneEvent, at: datetime) -> PhoneCall:
    """Give the call's row, locked; of two first events at once the second finds the first one's."""
    began = PhoneCall(
        provider=event.provider, call_id=event.call_id, direction=event.direction, phone=event.phone,
        state=State.RINGING, began_at=min(event.at, at),
    )  # fmt: skip
    PhoneCall.objects.bulk_create([began], ignore_conflicts=True)
    return PhoneCall.objects.locked(provider=event.provider, call_id=event.call_id).get()


def _learn(call: PhoneCall, event: NewPhoneEvent, at: datetime) -> None:
    happened = min(event.at, at)  # a provider's clock may run ahead; no fact lies in the future
    call.phone = call.phone or event.phone
    call.began_at = min(call.began_at, happened)
    call.talk_seconds = max(call.talk_seconds, event.talk_seconds)
    call.recording = event.recording or call.recording
    if seat := PhoneSeat.objects.filter(code=event.seat).first() if event.seat else None:
        call.person_id = seat.person_id
    if event.state == State.ANSWERED:
        call.answered_at = min(call.answered_at or happened, happened)
    said = _meaning(call, event)
    if RANK[said] > RANK[State(call.state)]:
        call.state = said
    if RANK[said] >= RANK[State.MISSED]:
        call.ended_at = max(call.ended_at or happened, happened)
    if call.customer_id is None and call.phone:
        known = CustomerPhone.objects.filter(phone=call.phone).first()
        call.customer_id = known.customer_id if known else None
    if call.task_id is None and call.direction == PhoneCall.Direction.OUT and call.phone:
        call.task = CallTask.objects.filter(phone=call.phone, closed_at=None).order_by("due_at").first()


def _meaning(call: PhoneCall, event: NewPhoneEvent) -> PhoneCall.State:
    """Say what an event means for its call: one that ended without a word was missed, one that was taken was not."""
    talked = bool(call.answered_at or event.talk_seconds or call.talk_seconds)
    if event.state in (State.ENDED, State.MISSED):
        return State.ENDED if talked else State.MISSED
    return State(event.state)


def _ask_to_ring_back(call: PhoneCall, by: Actor, at: datetime) -> CallTask | None:
    """Open the task that the shop's line asks for; a hidden number cannot be rung."""
    told: dict[str, journal.Code] = {"call": call.pk, "rule": line().missed}
    entry = journal.Entry(
        "call.missed", data=told, subject=("phone_call", call.pk), personal=[("phone", "", call.phone)]
    )
    journal.record([entry], by=by, at=at)
    if not call.phone or line().missed == Missed.CLOSE:
        return None
    task = calltasks.open_missed(call.phone, order=None, customer_id=call.customer_id, at=at)
    if line().missed == Missed.NEXT_DAY:
        hours = calltasks.hours_of(task.zone, Shop.current())
        tomorrow = hours.next(hours.instant(hours.day(at) + timedelta(days=1), time(0)))
        CallTask.objects.filter(pk=task.pk, opened_at=at).update(due_at=tomorrow)
    return task
