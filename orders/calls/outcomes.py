"""Outcomes: what a call came to, stored always, and what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from orders import calltasks, contacts, holds, journal, lifecycle, notices, talks
from orders.calls import leases, retryplan
from orders.calls.decency import Decency
from orders.calls.plans import Plans, read_plans
from orders.calltasks import AGREE
from orders.models import CallAttempt, CallTask, CustomerPhone, Order, Outcome, RetryPlan, Shop
from orders.status import BEFORE_PACKED, CancelReason, HoldReason, Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing

# These speak of the call and not of one order: they settle whatever else is due with the same phone.
OF_THE_WHOLE_CALL: Final = frozenset(
    {Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.VOICEMAIL, Outcome.DROPPED, Outcome.WRONG_NUMBER,
     Outcome.CALLBACK}
)  # fmt: skip
UNREACHED: Final = frozenset({Outcome.NO_ANSWER, Outcome.BUSY, Outcome.UNREACHABLE, Outcome.VOICEMAIL})
REASONS: Final = {
    Outcome.DUPLICATE: CancelReason.DUPLICATE,
    Outcome.FAKE: CancelReason.FAKE,
    Outcome.DO_NOT_CALL: CancelReason.OTHER,
}
LONGEST_WAIT: Final = 24 * 60  # minutes inside the hours of calls: longer is told as this


class QuietThen(DomainError):
    """The hour that was agreed for the callback is a quiet one."""

    sentence = _("That is a quiet hour where the customer lives.")
    next_step = _("Choose another hour, or tick that the customer asked for it.")


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """What one call came to for one of several orders."""

    number: int
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A call as it was noted. `outcome` may be empty when every order it settles is in `orders`."""

    outcome: str = ""
    note: str = ""
    callback_at: datetime | None = None
    asked_by_customer: bool = False
    reason: str = ""
    orders: Sequence[OrderOutcome] = ()


@dataclass(slots=True)
class Result:
    """What became of one task. Not `applied`: it was somebody else's by then, or had its outcome already."""

    task: CallTask
    outcome: Outcome
    reason: str
    applied: bool
    order: Order | None = None
    phone: CustomerPhone | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is being settled."""

    attempt: NewAttempt
    by: Actor
    person: int
    at: datetime
    shop: Shop
    plans: Plans


Move = tuple[Status, str]


@transaction.atomic(durable=True)
def settle(task_id: int, attempt: NewAttempt, *, by: Actor, person: int, at: datetime, token: str = "") -> list[Result]:
    """Note a call and do what follows from it, for its task and for each order that was settled in the same call.

    An attempt is always stored; its outcome is applied only if nobody took the task since this person did (`token`;
    empty: the last one they took it under). The same again is stored again and applied no more. An outcome of the
    whole call (nobody answered, call me back) goes for everything that is due with this phone.
    Raises Malformed for a missing reason, hour or a foreign order; QuietThen.
    """
    task = CallTask.objects.filter(pk=task_id).first()
    if task is None:
        raise Missing
    shop = Shop.current()
    call = Call(attempt, by, person, at, shop, read_plans(shop))
    # Of an order that was named all its tasks count: one that ended meanwhile has an attempt more, and changes no more.
    named = Q(order__in=[one.number for one in attempt.orders])
    theirs = leases.with_them(task, leases.phones_of(task)) & (Q(closed_at=None) | named) & leases.of_person(person)
    numbers = CallTask.objects.filter(theirs).exclude(order=None).values_list("order_id", flat=True)
    orders = {order.pk: order for order in Order.objects.lock_many([*numbers, task.order_id or 0])}
    held = leases.lock(person)
    tasks = [task for task in CallTask.objects.locked().filter(theirs) if task.order_id in orders or not task.order_id]
    task.refresh_from_db()
    results = _results(task, [one for one in tasks if one.pk != task.pk], call, token)
    for result in results:
        result.order = orders.get(result.task.order_id or 0)
        _refuse_incomplete(result, call)
    _store(results, call)
    leases.forget_takes({result.task.phone for result in results}, person=person)
    _apply([result for result in results if result.applied], call)
    for lease_token in {row.token for row in held}:
        rest = [one for one in leases.waiting(lease_token, at) if one.phone not in {row.task.phone for row in results}]
        if rest:
            Decency(at).put_off_asleep(rest)
        leases.release_if_done(person, lease_token, at)
    return results


def _results(task: CallTask, others: Sequence[CallTask], call: Call, token: str) -> list[Result]:
    """Say which task gets which outcome: the named ones their own, this one the call's, the rest the whole call's."""
    found: dict[int, Result] = {}
    for index, named in enumerate(call.attempt.orders):
        one = _task_of(named.number, task, others)
        if one is None:
            raise Malformed([FieldError(f"/orders/{index}/number", "unknown", _("This call is not about that order."))])
        found[one.pk] = Result(one, Outcome(named.outcome), named.reason, _is_theirs(one, call, token))
    if call.attempt.outcome:
        outcome = Outcome(call.attempt.outcome)
        applied = _is_theirs(task, call, token)
        found.setdefault(task.pk, Result(task, outcome, call.attempt.reason, applied))
        spread = outcome in OF_THE_WHOLE_CALL and applied
        for one in others if spread else ():
            if one.phone == task.phone and one.token == task.token and one.due_at <= call.at and one.closed_at is None:
                found.setdefault(one.pk, Result(one, outcome, call.attempt.reason, applied=True))
    if not found:
        raise Malformed([FieldError("/outcome", "required", _("Say what the call came to."))])
    phones = CustomerPhone.objects.in_bulk({result.task.phone for result in found.values()}, field_name="phone")
    return [replace(result, phone=phones.get(result.task.phone)) for result in found.values()]


def _task_of(number: int, task: CallTask, others: Sequence[CallTask]) -> CallTask | None:
    """Give the task of an order in this call, what is to be agreed first."""
    own = [one for one in (task, *others) if one.order_id == number]
    return min(own, key=lambda one: (one.closed_at is not None, one.mode not in AGREE, -one.pk), default=None)


def _is_theirs(task: CallTask, call: Call, token: str) -> bool:
    """Tell whether nobody took the task since this person did. `token` is emptied by every outcome and skip."""
    if task.closed_at is not None:
        return False
    if task.taken_by_id is None:
        return True  # nobody ever took it: the customer rang us
    if token:
        return task.token == token
    return task.taken_by_id == call.person and bool(task.token)


def _refuse_incomplete(result: Result, call: Call) -> None:
    if result.outcome == Outcome.DECLINED and result.reason not in CancelReason.values:
        raise Malformed([FieldError("/reason", "required", _("Say why the customer declined."))])
    if result.outcome != Outcome.CALLBACK:
        return
    when = call.attempt.callback_at
    if when is None:
        raise Malformed([FieldError("/callback_at", "required", _("Say when to call back."))])
    if when <= call.at:
        raise Malformed([FieldError("/callback_at", "min_value", _("That hour is past."))])
    if not call.attempt.asked_by_customer and not calltasks.hours_of(result.task.zone, call.shop).allow(when):
        raise QuietThen


def _store(results: Sequence[Result], call: Call) -> None:
    """Keep the call as a fact: one event and one attempt for each task it was about."""
    note = [("note", "", call.attempt.note)] if call.attempt.note else []
    entries = [
        journal.Entry(
            "call.attempted", result.order,
            {
                "task": result.task.pk, "mode": result.task.mode, "outcome": result.outcome, "reason": result.reason,
                "applied": result.applied, **_waited(result, call),
            },
            subject=("call_task", result.task.pk), personal=note,
        )
        for result in results
    ]  # fmt: skip
    events = journal.record(entries, by=call.by, at=call.at)
    attempts = CallAttempt.objects.bulk_create(
        CallAttempt(
            task=result.task, order=result.order, phone=result.phone, person_id=call.person or None,
            outcome=result.outcome, reason=result.reason, applied=result.applied, event=event, at=call.at,
        )
        for result, event in zip(results, events, strict=True)
    )  # fmt: skip
    talks.find_calls(attempts)
    notices.tell_not_reached(
        [
            (result.order, event, result.task.pk)
            for result, event in zip(results, events, strict=True)
            if result.order is not None and result.applied and result.outcome in UNREACHED
        ]
    )


def _waited(result: Result, call: Call) -> dict[str, int]:
    """Note for how many minutes, of those in which it could be rung, the order had waited; a day at most."""
    if result.order is None:
        return {}
    hours = calltasks.hours_of(result.task.zone, call.shop)
    return {"waited": hours.minutes(result.order.taken_at, call.at, most=LONGEST_WAIT)}


def _apply(results: Sequence[Result], call: Call) -> None:
    """Do what follows, all moves of one kind together: so the goods of several orders are locked once, sorted."""
    moves: dict[Move, dict[int, Order]] = {}
    for result in results:
        move = FOLLOWS[result.outcome](result, call)
        if move is not None and result.order is not None and _may(result, move[0]):
            moves.setdefault(move, {})[result.order.pk] = result.order
    for (to, reason), orders in sorted(moves.items()):
        lifecycle.move(list(orders.values()), to, by=call.by, at=call.at, why=lifecycle.Why(reason=reason))


def _may(result: Result, to: Status) -> bool:
    """Tell whether the outcome moves the order: only a call to agree does, while there is something to agree."""
    return (
        result.task.mode in AGREE
        and result.order is not None
        and result.order.status in (BEFORE_PACKED if to == Status.CANCELLED else {Status.NEW})
    )


def _agree(result: Result, call: Call) -> Move | None:
    """The customer agreed. Open holds stay: they keep the order from packing, not from being agreed."""
    _close(result, call)
    return (Status.CONFIRMED, "")


def _refuse(result: Result, call: Call) -> Move | None:
    """The customer does not want it, or should not get it."""
    _close(result, call)
    return (Status.CANCELLED, result.reason or REASONS[result.outcome])


def _call_back(result: Result, call: Call) -> Move | None:
    """The customer named an hour."""
    _again(
        result, call, due_at=call.attempt.callback_at, stage=CallTask.Stage.CALLBACK,
        asked_by_customer=call.attempt.asked_by_customer,
    )  # fmt: skip
    if call.person:  # who promised it rings back, while they are there
        CallTask.objects.filter(pk=result.task.pk).update(owner=call.person)
    return None


def _try_again(result: Result, call: Call) -> Move | None:
    """The customer was not reached: the retry plan says when, or that it was rung often enough."""
    task = result.task
    plan = call.plans.of(task, result.outcome)
    due_at = retryplan.next_try(
        contacts.calls_for(task),
        contacts.lately(task.phone, call.at),
        total=len(contacts.calls_since(task.phone, task.opened_at)),
        hours=calltasks.hours_of(task.zone, call.shop),
        plan=plan,
    )
    if due_at is None:
        return _give_up(result, call, plan.ends)
    _again(result, call, due_at=due_at, stage=CallTask.Stage.RETRY, asked_by_customer=False)
    return None


def _give_up(result: Result, call: Call, ends: str) -> Move | None:
    """The plan is used up: cancel the order, or leave it to a manager; what needs no answer just ends."""
    _close(result, call)
    to_agree = result.task.mode in AGREE
    if to_agree and ends != RetryPlan.End.CANCEL and result.order is not None and result.order.status in BEFORE_PACKED:
        _hold(result.order, call)
    return (Status.CANCELLED, CancelReason.NO_CONTACT) if to_agree and ends == RetryPlan.End.CANCEL else None


def _try_another_phone(result: Result, call: Call) -> Move | None:
    """The number is somebody else's: go on with another one of the customer, else a manager has to find one."""
    if phone := _untried(result.task):
        # The conversation holds all phones of the customer, so it goes on with this one at once, if that is decent.
        plan = call.plans.of(result.task, result.outcome)
        hours = calltasks.hours_of(result.task.zone, call.shop)
        due_at = retryplan.first_allowed(call.at, contacts.lately(phone, call.at), hours=hours, plan=plan)
        if due_at == call.at and call.person:
            leases.note_takes({phone}, person=call.person, at=call.at)
        CallTask.objects.filter(pk=result.task.pk).update(phone=phone, due_at=due_at)
        result.task.phone, result.task.due_at = phone, due_at
        return None
    _close(result, call)
    if result.order is not None and result.order.status in BEFORE_PACKED:
        _hold(result.order, call)
    return None


FOLLOWS: Mapping[Outcome, Callable[[Result, Call], Move | None]] = {
    Outcome.CONFIRMED: _agree,
    Outcome.CONFIRMED_CHANGED: _agree,
    Outcome.CALLBACK: _call_back,
    Outcome.NO_ANSWER: _try_again,
    Outcome.BUSY: _try_again,
    Outcome.UNREACHABLE: _try_again,
    Outcome.VOICEMAIL: _try_again,
    Outcome.DROPPED: _try_again,
    Outcome.THINKING: _try_again,
    Outcome.WRONG_NUMBER: _try_another_phone,
    Outcome.DECLINED: _refuse,
    Outcome.DUPLICATE: _refuse,
    Outcome.FAKE: _refuse,
    Outcome.DO_NOT_CALL: _refuse,
}


def _untried(task: CallTask) -> str:
    """Give a phone of the task's customer that was not said to be wrong, or nothing."""
    wrong = CallAttempt.objects.filter(phone__customer=task.customer_id, outcome=Outcome.WRONG_NUMBER)
    phones = (
        CustomerPhone.objects.filter(customer=task.customer_id) if task.customer_id else CustomerPhone.objects.none()
    )
    left = phones.exclude(pk__in=wrong.values("phone")).exclude(phone=task.phone).order_by("pk").first()
    return left.phone if left else ""


def _hold(order: Order, call: Call) -> None:
    """Leave it to a manager to find out how the customer can be reached."""
    if holds.open_holds([holds.NewHold(order, HoldReason.BAD_PHONE)], by=call.by, at=call.at):
        entry = journal.Entry("order.held", order, {"reason": HoldReason.BAD_PHONE.value})
        journal.record([entry], by=call.by, at=call.at)


def _close(result: Result, call: Call) -> None:
    """End the task with its outcome."""
    result.task.closed_at, result.task.outcome = call.at, result.outcome
    _keep(result.task, call, "closed_at", "outcome")


def _again(
    result: Result, call: Call, *, due_at: datetime | None, stage: CallTask.Stage, asked_by_customer: bool
) -> None:
    """Ring again then; a reminder of an earlier hour counts no more."""
    task = result.task
    if due_at is not None:
        task.due_at = due_at
    task.stage, task.asked_by_customer, task.reminded_at = stage, asked_by_customer, None
    _keep(task, call, "due_at", "stage", "asked_by_customer", "reminded_at")


def _keep(task: CallTask, call: Call, *columns: str) -> None:
    """Write the task; it waits in no conversation any more."""
    task.token, task.taken_by_id = "", call.person or task.taken_by_id
    task.save(update_fields=[*columns, "token", "taken_by"])
