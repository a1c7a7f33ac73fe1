"""Notices: what a customer is to be written, laid down in the transaction in which it becomes true."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from orders.models import CallAttempt, JournalEvent, Message, MessageKind, MessageRule, Order
from shopdesk.base.wake import wake

SEND: Final = "orders.tasks.send_messages"


def tell_confirmed(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Write to customers that their orders are agreed."""
    _open(MessageKind.CONFIRMED, orders, events)


def tell_handed_over(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Write to customers that the courier has their orders."""
    _open(MessageKind.HANDED_OVER, orders, events)


def tell_waiting(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Write to customers that their parcels lie at the pickup point; of several parcels of an order once a day."""
    _open(MessageKind.WAITING, orders, events, once_a_day=True)


def tell_not_reached(tried: Sequence[tuple[Order, JournalEvent, int]]) -> None:
    """Write to customers whom nobody could reach: order, event of the call, id of its task. The rule says from when."""
    rule = _rule_of(MessageKind.NOT_REACHED) if tried else None
    if rule is None:
        return
    tasks = [task_id for _order, _event, task_id in tried]
    made = Counter(CallAttempt.objects.filter(task__in=tasks).values_list("task", flat=True))
    enough = [(order, event) for order, event, task_id in tried if made[task_id] >= rule.after_tries]
    _insert(MessageKind.NOT_REACHED, [(order, event, str(event.pk)) for order, event in enough])


def _open(
    kind: MessageKind, orders: Sequence[Order], events: Sequence[JournalEvent], *, once_a_day: bool = False
) -> None:
    if not orders or _rule_of(kind) is None:
        return
    pairs = zip(orders, events, strict=True)
    _insert(kind, [(order, event, f"{event.at:%Y-%m-%d}" if once_a_day else str(event.pk)) for order, event in pairs])


def _rule_of(kind: MessageKind) -> MessageRule | None:
    """Give the rule of a kind that is switched on."""
    return MessageRule.objects.filter(kind=kind, active=True).first()


def _insert(kind: MessageKind, facts: Sequence[tuple[Order, JournalEvent, str]]) -> None:
    if not facts:
        return
    rows = [
        Message(order=order, kind=kind, slot=slot, due_at=event.at, occasion_at=event.at, event=event)
        for order, event, slot in facts
    ]
    # The same fact told twice is one message: its key lets the second fall.
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    wake(SEND)
