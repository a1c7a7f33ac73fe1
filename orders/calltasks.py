"""Call tasks: opened and closed by what happens to orders; when they may be rung is decided here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from orders.models import CallTask, JournalEvent, Mode, Order, Shop
from orders.models.calls import CallTaskRows
from shopdesk.base import quiet

AGREE = (Mode.CONFIRM, Mode.RECONFIRM)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a customer of one zone may be rung. `weekdays` count from Monday = 0, as the calendar of Python does."""

    zone: str
    window: tuple[time, time] = quiet.WINDOW
    weekdays: frozenset[int] = quiet.EVERY_DAY
    holidays: frozenset[date] = quiet.NO_HOLIDAYS

    def next(self, at: datetime) -> datetime:
        """Give the first minute from `at` on inside the hours; `at` itself when that is now."""
        return quiet.next_allowed(
            at, zone=self.zone, window=self.window, weekdays=self.weekdays, holidays=self.holidays
        )

    def allow(self, at: datetime) -> bool:
        """Tell whether it may be rung at this instant."""
        return quiet.is_allowed(at, zone=self.zone, window=self.window, weekdays=self.weekdays, holidays=self.holidays)

    def day(self, at: datetime) -> date:
        """Give the day by the customer's calendar."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def instant(self, on: date, clock: time) -> datetime:
        """Give the instant of the customer's wall time; of a repeated one the first, a skipped one moves on."""
        return datetime.combine(on, clock, ZoneInfo(self.zone)).astimezone(UTC)


def hours_of(zone: str, shop: Shop) -> Hours:
    """Give the hours of a customer's zone, or of the shop's own when it is not known."""
    weekdays = frozenset(int(day) - 1 for day in shop.calls_weekdays)  # the shop's are of ISO: Monday is 1
    return Hours(zone or shop.zone, (shop.calls_from, shop.calls_until), weekdays)


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


def ring_instead(order: Order) -> None:
    """Let the open calls about an order go to its phone as it is now."""
    open_ones = CallTask.objects.filter(order=order, closed_at=None)
    open_ones.update(phone=order.contact_phone, customer=order.customer, zone=order.zone)


def close_agreed(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close what was to be agreed: it is."""
    _close(CallTask.objects.filter(order__in=orders, mode__in=AGREE), events)


def close_all(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close every call about these orders: nothing is left to talk about."""
    _close(CallTask.objects.filter(order__in=orders), events)


def _open(orders: Iterable[Order], events: Sequence[JournalEvent], mode: Mode, reason: str) -> list[CallTask]:
    shop = Shop.current()
    limit = timedelta(minutes=shop.first_call_limit_minutes)
    tasks = []
    for order, event in zip(orders, events, strict=True):
        if not order.contact_phone:
            continue  # not a call: intake holds such an order, `bad_phone` or none at all where contact is optional
        hours = hours_of(order.zone, shop)
        due_at = hours.next(event.at)
        tasks.append(
            CallTask(
                order=order, customer_id=order.customer_id, phone=order.contact_phone, mode=mode, reason=reason,
                zone=order.zone, due_at=due_at, limit_at=hours.next(due_at + limit),
                promised_on=order.promised_on, total_minor=order.total_minor, opened_at=event.at,
            )
        )  # fmt: skip
    # A task of the same mode that is still open goes on: the partial unique index lets the new one fall.
    return CallTask.objects.bulk_create(tasks, ignore_conflicts=True)


def _close(tasks: CallTaskRows, events: Sequence[JournalEvent]) -> None:
    # Locked in order of key first, as the call desk locks them: an UPDATE of several rows has an order of its own.
    numbers = [task.pk for task in tasks.locked(closed_at=None)]
    CallTask.objects.filter(pk__in=numbers).update(closed_at=events[0].at)
