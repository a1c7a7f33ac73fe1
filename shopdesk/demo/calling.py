"""Customers are rung, and what keeps orders waiting is settled."""

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from orders import calls, calltasks, changes, payments
from orders.calls import Conversation, NewAttempt
from orders.calls.choosing import candidates
from orders.changes import Edit, LineEdit
from orders.models import CallTask, Channel, Hold, Order, OrderLine, Outcome, Payment, Product, Substitute
from orders.status import BEFORE_PACKED, CancelReason, HoldReason, Status
from shopdesk.base.access import RULE
from shopdesk.demo.stage import DAY, MINUTE, Stage

MOST_IN_A_ROUND: Final = 14
ANSWERS: Final = (
    (Outcome.CONFIRMED, 62), (Outcome.CONFIRMED_CHANGED, 7), (Outcome.NO_ANSWER, 12), (Outcome.BUSY, 3),
    (Outcome.VOICEMAIL, 2), (Outcome.UNREACHABLE, 2), (Outcome.CALLBACK, 5), (Outcome.THINKING, 2),
    (Outcome.DECLINED, 5), (Outcome.WRONG_NUMBER, 1), (Outcome.FAKE, 1),
)  # fmt: skip
WHY: Final = (
    CancelReason.CHANGED_MIND, CancelReason.CHANGED_MIND, CancelReason.BOUGHT_ELSEWHERE, CancelReason.PRICE,
    CancelReason.DELIVERY_TIME, CancelReason.DELIVERY_PRICE,
)  # fmt: skip
NOTES: Final = {
    Outcome.CALLBACK: {"ru": "На совещании, перезвонить", "bg": "На среща, да се обадим пак", "en": "In a meeting"},
    Outcome.THINKING: {"ru": "Посоветуется с мужем", "bg": "Ще помисли до утре", "en": "Wants to sleep on it"},
    Outcome.CONFIRMED_CHANGED: {"ru": "Ещё одну в подарок", "bg": "Още една за подарък", "en": "One more as a gift"},
    Outcome.DECLINED: {"ru": "Уже не нужно", "bg": "Вече не е нужно", "en": "Not needed any more"},
}


def ring(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Ring whoever is due, one manager after the other."""
    due = list(candidates(at).values_list("pk", flat=True)[:MOST_IN_A_ROUND])
    for place, task in enumerate(due):
        name = ("manager", "manager2")[place % 2]
        # Somebody else's call settled it, or its customer is asleep by now: the next one, as the desk itself does.
        with suppress(calls.TaskGone, calls.PhoneBusy, calls.NotYourHour, calls.DailyCapReached):
            talk(stage, task, name, at + 4 * place * MINUTE)


def talk(stage: Stage, task_id: int, name: str, at: datetime) -> None:
    """Take one call and note how it ended. Raises what the call desk raises: asleep, busy, rung enough today."""
    person = stage.people[name]
    conversation = calls.take(task_id, person=person, at=at)
    attempt = _answer(stage, conversation, at)
    task = conversation.task
    if attempt.outcome == Outcome.CONFIRMED_CHANGED and task.order_id:
        _change(stage, task.order_id, name, at)
    calls.settle(task.pk, attempt, by=stage.actor(name), person=person, at=at + 2 * MINUTE, token=conversation.token)


def say(stage: Stage, order: Order, attempt: NewAttempt, name: str, at: datetime) -> None:
    """Note a call of a customer who rang us: no hour is too late for that."""
    task = CallTask.objects.filter(order=order, closed_at=None).first()
    if task is not None:
        calls.settle(task.pk, attempt, by=stage.actor(name), person=stage.people[name], at=at)


def settle_holds(stage: Stage, at: datetime, dice: random.Random) -> None:
    """Settle what has waited since yesterday."""
    waiting = Hold.objects.filter(closed_at=None, opened_at__lt=at - 20 * 60 * MINUTE, order__status__in=BEFORE_PACKED)
    for key in list(waiting.order_by("pk").values_list("pk", flat=True)):
        # Read one by one: what settled the one before may have changed this order, or ended this hold.
        hold = Hold.objects.select_related("order__channel").get(pk=key)
        if hold.closed_at is None and hold.order.status != Status.PICKING:
            stage.attempt(partial(SETTLE[hold.reason], stage, hold, at))


def _answer(stage: Stage, conversation: Conversation, at: datetime) -> NewAttempt:
    """Say how the call ends. A customer is the same person at every try, so each try has luck of its own."""
    task = conversation.task
    dice = stage.dice("call", task.order_id, task.pk, at.isoformat())
    outcomes, weights = zip(*ANSWERS, strict=True)
    outcome = dice.choices(outcomes, weights)[0]
    order = task.order
    asked_again = task.mode != "confirm"
    if order is None or order.status != Status.NEW or asked_again:
        outcome = Outcome.CONFIRMED if asked_again else outcome
    note = NOTES.get(outcome, {}).get(stage.shop.language, "")
    if outcome == Outcome.DECLINED:
        return NewAttempt(outcome, note=note, reason=dice.choice(WHY))
    if outcome == Outcome.CALLBACK:
        hours = calltasks.hours_of(task.zone, stage.shop)
        return NewAttempt(outcome, note=note, callback_at=hours.next(at + dice.choice((90, 180, 1200)) * MINUTE))
    return NewAttempt(outcome, note=note)


def _change(stage: Stage, number: int, name: str, at: datetime) -> None:
    """One piece more of the first line; of what is out of stock, its substitute instead."""
    order = Order.objects.get(pk=number)
    lines = [line for line in order.lines.order_by("position") if line.is_goods and line.product_id]
    lines = [line for line in lines if line.open]
    if not lines or order.status != Status.NEW:
        return
    line = next((line for line in lines if line.wanted), lines[0])
    instead = _instead(line)
    wanted = [LineEdit(line.quantity + 1, id=line.pk)]
    if instead:
        wanted = [LineEdit(0, id=line.pk), LineEdit(line.quantity, sku=instead, instead_of=line.sku)]
    edit = Edit(lines=wanted)
    stage.attempt(partial(changes.edit, number, edit, version=order.version, by=stage.actor(name), at=at))


def _instead(line: OrderLine) -> str:
    """Give the substitute of a line that is short, if it has one."""
    if not line.wanted:
        return ""
    first = Substitute.objects.filter(product=line.product_id).order_by("rank").first()
    return Product.objects.values_list("sku", flat=True).get(pk=first.instead_id) if first else ""


def _find_phone(stage: Stage, hold: Hold, at: datetime) -> None:
    """Half of them answered a letter, and are rung; the others stay silent."""
    order = hold.order
    by = stage.actor("manager")
    if stage.dice("phone", order.pk).random() < 0.5 or not order.contact_email:
        changes.cancel(order.pk, CancelReason.NO_CONTACT, by=by, at=at)
        return
    written = Edit({"contact_phone_raw": stage.buyer(order.pk).phone})
    changes.edit(order.pk, written, version=order.version, by=by, at=at)


def _find_address(stage: Stage, hold: Hold, at: datetime) -> None:
    home = stage.buyer(hold.order_id).address
    fields = {"address_text": home.text, "address_city": home.city, "address_street": home.street}
    by = stage.actor("manager")
    changes.edit(hold.order_id, Edit(fields), version=hold.order.version, by=by, at=at)  # its hold goes with it


def _wait_for_money(stage: Stage, hold: Hold, at: datetime) -> None:
    order = hold.order
    if stage.dice("paid", order.pk).random() < 0.7:
        left = order.total_minor - order.paid_minor
        payments.record(order.pk, left, account=Payment.Account.PREPAID, by=RULE, at=at)
    elif at - hold.opened_at > 2 * DAY:
        changes.cancel(order.pk, CancelReason.OTHER, by=stage.actor("manager"), at=at)


def _choose_one(stage: Stage, hold: Hold, at: datetime) -> None:
    by = stage.actor("manager2")
    if stage.dice("double", hold.order_id).random() < 0.75:
        changes.cancel(hold.order_id, CancelReason.DUPLICATE, by=by, at=at)
    else:
        changes.release_hold(hold.order_id, hold.pk, by=by, at=at)


def _find_item(stage: Stage, hold: Hold, at: datetime) -> None:
    """The shop sold what the catalogue does not know: take it off, or offer something for the same use."""
    order = hold.order
    line = order.lines.filter(product=None).exclude(cancelled__gt=0).first()
    if line is None:
        return
    instead = LineEdit(line.quantity, sku="VASE-02", instead_of=line.sku)
    wanted = Edit(lines=[LineEdit(0, id=line.pk), instead])
    changes.edit(order.pk, wanted, version=order.version, by=stage.actor("manager"), at=at)


def _wait_for_goods(stage: Stage, hold: Hold, at: datetime) -> None:
    """After some days nobody wants to wait any longer."""
    if at - hold.opened_at > timedelta(days=5) and hold.order.channel.contact == Channel.Contact.REQUIRED:
        changes.cancel(hold.order_id, CancelReason.OUT_OF_STOCK, by=stage.actor("manager"), at=at)


def _look_and_release(stage: Stage, hold: Hold, at: datetime) -> None:
    changes.release_hold(hold.order_id, hold.pk, by=stage.actor("owner"), at=at)


SETTLE: Final[dict[str, Callable[[Stage, Hold, datetime], None]]] = {
    HoldReason.BAD_PHONE: _find_phone,
    HoldReason.BAD_ADDRESS: _find_address,
    HoldReason.AWAITING_PAYMENT: _wait_for_money,
    HoldReason.DUPLICATE: _choose_one,
    HoldReason.UNKNOWN_ITEM: _find_item,
    HoldReason.OUT_OF_STOCK: _wait_for_goods,
    HoldReason.HIGH_RISK: _look_and_release,
    HoldReason.UNKNOWN_DATE: _look_and_release,
    HoldReason.OTHER: _look_and_release,
}
