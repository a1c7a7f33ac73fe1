"""Call tasks: opened and closed by what happens to orders; when they may be rung is decided here."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import models

from orders.models import CallTask, JournalEvent, Mode, Order, Shop
from shopdesk.base import quiet

AGREE = (Mode.CONFIRM, Mode.RECONFIRM)


def open_confirm(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring the customers of new orders."""
    return _open(orders, events, Mode.CONFIRM, "taken")


def open_again(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to agree again what was agreed before."""
    return _open(orders, events, Mode.RECONFIRM, "again")


def open_short(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask what to do about pieces that were not found on the shelf."""
    return _open(orders, events, Mode.RECONFIRM, "short")


def open_problem(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring about a parcel that did not arrive as it should."""
    return _open(orders, events, Mode.DELIVERY_PROBLEM, "delivery")


def close_agreed(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close what was to be agreed: it is."""
    _close(CallTask.objects.filter(order__in=orders, mode__in=AGREE), events)


def close_all(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close every call about these orders: nothing is left to talk about."""
    _close(CallTask.objects.filter(order__in=orders), events)


def may_ring_at(at: datetime, zone: str, shop: Shop) -> datetime:
    """Give the first minute from `at` on at which a customer in this zone may be rung."""
    return quiet.next_allowed(
        at,
        zone=zone or shop.zone,
        window=(shop.calls_from, shop.calls_until),
        weekdays=frozenset(int(day) for day in shop.calls_weekdays),
    )


def _open(orders: Iterable[Order], events: Sequence[JournalEvent], mode: Mode, reason: str) -> list[CallTask]:
    shop = Shop.current()
    limit = timedelta(minutes=shop.first_call_limit_minutes)
    tasks = []
    for order, event in zip(orders, events, strict=True):
        if not order.contact_phone:
            continue  # not a call: intake holds such an order, `bad_phone` or none at all where contact is optional
        due_at = may_ring_at(event.at, order.zone, shop)
        tasks.append(
            CallTask(
                order=order, customer_id=order.customer_id, phone=order.contact_phone, mode=mode, reason=reason,
                zone=order.zone, due_at=due_at, limit_at=may_ring_at(due_at + limit, order.zone, shop),
                promised_on=order.promised_on, total_minor=order.total_minor, opened_at=event.at,
            )
        )  # fmt: skip
    # A task of the same mode that is still open goes on: the partial unique index lets the new one fall.
    return CallTask.objects.bulk_create(tasks, ignore_conflicts=True)


def _close(tasks: models.QuerySet[CallTask], events: Sequence[JournalEvent]) -> None:
    tasks.filter(closed_at=None).update(closed_at=events[0].at)
