"""Callbacks that nobody made: what becomes of a promised hour that went by, as the shop's rule says."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from orders import calltasks, holds, journal
from orders.calltasks import AGREE
from orders.models import CallTask, Order, PhoneLease, Shop
from orders.models.calls import CallTaskRows
from orders.models.shop import MissedCallback
from orders.status import BEFORE_PACKED, HoldReason
from shopdesk.base.access import SWEEP

MOST_AT_ONCE: Final = 500
ONE_DAY: Final = timedelta(days=1)


def follow_missed(*, at: datetime) -> int:
    """Do with missed callbacks what the shop's rule says, each in its own transaction. Gives how many."""
    shop = Shop.current()
    if shop.missed_callback not in FOLLOWS:
        return 0
    keys = _missed(shop, at).order_by("due_at", "pk").values_list("pk", flat=True)[:MOST_AT_ONCE]
    return sum(follow(key, at=at) for key in list(keys))


@transaction.atomic(durable=True)
def follow(task_id: int, *, at: datetime) -> bool:
    """Do with one missed callback what the rule says. The second of two at once finds it done, and changes nothing."""
    shop = Shop.current()
    number = CallTask.objects.filter(pk=task_id).values_list("order", flat=True).first()
    order = Order.objects.locked(pk=number).first() if number else None
    task = _missed(shop, at).select_for_update(no_key=True, of=("self",)).filter(pk=task_id).first()
    if task is None or shop.missed_callback not in FOLLOWS:
        return False
    entry = journal.Entry(
        "call.promise_missed", order, {"task": task.pk, "rule": str(shop.missed_callback)},
        subject=("call_task", task.pk),
    )  # fmt: skip
    journal.record([entry], by=SWEEP, at=at)
    FOLLOWS[shop.missed_callback](task, order, shop, at)
    return True


def _missed(shop: Shop, at: datetime) -> CallTaskRows:
    """Narrow to promised hours that went by so long ago that the rule counts; who is being talked to was not missed."""
    since = at - timedelta(minutes=shop.missed_callback_after_minutes)
    talking = PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at)
    rows = CallTask.objects.filter(stage=CallTask.Stage.CALLBACK, closed_at=None, due_at__lte=since)
    return rows.exclude(Exists(talking))


def _next_day(task: CallTask, _order: Order | None, shop: Shop, at: datetime) -> None:
    """Promise the same hour of the first day to come; an hour that the customer did not ask for keeps out of quiet."""
    hours = calltasks.hours_of(task.zone, shop)
    promised = task.due_at.astimezone(hours.there)
    day = hours.day(at)
    while (due_at := hours.instant(day, promised.time())) <= at:
        day += ONE_DAY
    task.due_at = due_at if task.asked_by_customer else hours.next(due_at)
    task.reminded_at = None
    task.save(update_fields=["due_at", "reminded_at"])


def _close(task: CallTask, order: Order | None, _shop: Shop, at: datetime) -> None:
    """End the call. An order that was to be agreed in it is left to a manager: nothing is forgotten."""
    task.closed_at, task.token = at, ""
    task.save(update_fields=["closed_at", "token"])
    if order is None or task.mode not in AGREE or order.status not in BEFORE_PACKED:
        return
    if holds.open_holds([holds.NewHold(order, HoldReason.OTHER)], by=SWEEP, at=at):
        journal.record([journal.Entry("order.held", order, {"reason": HoldReason.OTHER.value})], by=SWEEP, at=at)


# A callback that stays first in the queue needs nothing: it outranks everything until somebody rings.
FOLLOWS: Mapping[str, Callable[[CallTask, Order | None, Shop, datetime], None]] = {
    MissedCallback.NEXT_DAY: _next_day,
    MissedCallback.CLOSE: _close,
}
