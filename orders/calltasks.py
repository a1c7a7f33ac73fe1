"""Call tasks: opened and closed by what happens to orders; when they may be rung is decided here."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects

from orders.models import CallTask, Channel, JournalEvent, Mode, Order, Shop
from orders.models.calls import CallTaskRows
from orders.status import Status
from shopdesk.base import phones, places, quiet
from shopdesk.base.bulk import create_missing
from shopdesk.base.fresh import fresh

AGREE: Final = (Mode.CONFIRM, Mode.RECONFIRM)
AFTER_PACKING: Final = (Mode.BEFORE_PICKUP, Mode.DELIVERY_PROBLEM, Mode.FOLLOW_UP)
FETCH_WITHIN: Final = timedelta(days=1)  # a parcel at the pickup point is fetched by then, or its customer is rung
NO_TIME: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """When a customer of one zone may be rung. `weekdays` count from Monday = 0, as the calendar of Python does.

    `weekend` are the hours of Saturdays and Sundays where they differ.
    """

    zone: str
    window: quiet.Window = quiet.WINDOW
    weekdays: frozenset[int] = quiet.EVERY_DAY
    holidays: Container[date] = quiet.NO_HOLIDAYS
    weekend: quiet.Window | None = None

    def next(self, at: datetime) -> datetime:
        """Give the first minute from `at` on inside the hours; `at` itself when that is now."""
        return quiet.next_allowed(
            at, zone=self.zone, window=self.window, weekend=self.weekend, weekdays=self.weekdays,
            holidays=self.holidays,
        )  # fmt: skip

    def allow(self, at: datetime) -> bool:
        """Tell whether it may be rung at this instant."""
        return quiet.is_allowed(
            at, zone=self.zone, window=self.window, weekend=self.weekend, weekdays=self.weekdays,
            holidays=self.holidays,
        )  # fmt: skip

    def end(self, at: datetime) -> datetime:
        """Give the instant at which the hours of this day end; `at` lies inside them."""
        return quiet.next_quiet(at, zone=self.zone, window=self.window, weekend=self.weekend)

    def pass_by(self, at: datetime, span: timedelta) -> datetime:
        """Give the instant by which so much time inside the hours has passed since `at`."""
        begins, left = self.next(at), span
        while (open_for := self.end(begins) - begins) < left:
            left -= open_for
            begins = self.next(begins + open_for)
        return begins + left

    def minutes(self, since: datetime, until: datetime, *, most: int) -> int:
        """Count the whole minutes inside the hours from one instant to another; no more than `most`."""
        passed, begins, longest = NO_TIME, self.next(since), timedelta(minutes=most)
        while begins < until and passed < longest:
            ends = min(self.end(begins), until)
            passed += ends - begins
            begins = self.next(ends)
        return min(int(passed / timedelta(minutes=1)), most)

    @property
    def there(self) -> ZoneInfo:
        """The customer's clock."""
        return ZoneInfo(self.zone)

    def day(self, at: datetime) -> date:
        """Give the day by the customer's calendar."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def instant(self, on: date, clock: time) -> datetime:
        """Give the instant of the customer's wall time; of a repeated one the first, a skipped one moves on."""
        return datetime.combine(on, clock, ZoneInfo(self.zone)).astimezone(UTC)


def hours_of(zone: str, shop: Shop) -> Hours:
    """Give the hours of a customer's zone, or of the shop's own when it is not known."""
    weekdays = frozenset(int(day) - 1 for day in shop.calls_weekdays)  # the shop's are of ISO: Monday is 1
    closed = quiet.NO_HOLIDAYS if shop.calls_on_holidays else quiet.PublicHolidays(quiet.country_of(zone or shop.zone))
    opens, closes = shop.calls_weekend_from, shop.calls_weekend_until
    weekend = (opens, closes) if opens is not None and closes is not None else None
    return Hours(zone or shop.zone, (shop.calls_from, shop.calls_until), weekdays, closed, weekend)


def open_confirm(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring the customers of new orders."""
    return _open(orders, events, Mode.CONFIRM, "taken")


def open_missing(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring the customers of new orders about which no call is to come: what kept them from it has ended."""
    asked = set(
        CallTask.objects.filter(order__in=orders, mode__in=AGREE, closed_at=None).values_list("order", flat=True)
    )
    pairs = [pair for pair in zip(orders, events, strict=True) if pair[0].pk not in asked]
    pairs = [pair for pair in pairs if pair[0].status == Status.NEW]
    return _open([order for order, _ in pairs], [event for _, event in pairs], Mode.CONFIRM, "free_again")


def open_again(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to agree again what was agreed before."""
    return _open(orders, events, Mode.RECONFIRM, "again")


def open_short(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask what to do about pieces that were not found on the shelf."""
    return _open(orders, events, Mode.RECONFIRM, "short")


def open_problem(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring about a parcel that did not arrive as it should."""
    return _open(orders, events, Mode.DELIVERY_PROBLEM, "delivery")


def open_pickup(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring, a day from now, about a parcel that lies at the pickup point: who fetches it sooner is not rung."""
    return _open(orders, events, Mode.BEFORE_PICKUP, "pickup", FETCH_WITHIN)


def open_follow_up(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[CallTask]:
    """Ask to ring some days after delivery, how it went. Customers of marketplaces are not ours to ask."""
    days = Shop.current().follow_up_after_days
    prefetch_related_objects(orders, "channel")
    pairs = [pair for pair in zip(orders, events, strict=True) if pair[0].channel.contact == Channel.Contact.REQUIRED]
    if not days or not pairs:
        return []
    ours, theirs = zip(*pairs, strict=True)
    return _open(ours, theirs, Mode.FOLLOW_UP, "delivered", timedelta(days=days))


def open_missed(phone: str, *, order: Order | None, customer_id: int | None, at: datetime) -> CallTask:
    """Ask to ring back who rang us in vain, once however often they rang. `order`: one they may mean."""
    shop = Shop.current()
    zone = phones.zone_of(phone) or ""
    due_at = hours_of(zone, shop).next(at)
    task = CallTask(
        order=order, customer_id=customer_id, phone=phone, mode=Mode.MISSED_CALL, reason="missed", zone=zone,
        due_at=due_at, limit_at=limit_of(due_at, zone, shop), language=phones.language_of(phone, shop.language),
        opened_at=at,
    )  # fmt: skip
    CallTask.objects.bulk_create([task], ignore_conflicts=True)
    same = CallTask.objects.filter(mode=Mode.MISSED_CALL, closed_at=None)
    return same.get(order=order) if order else same.get(order=None, phone=phone)


def open_lead(phone: str, *, customer_id: int | None, at: datetime) -> CallTask:
    """Ask to ring somebody who began an order in the shop and did not finish it; once, however many they began."""
    shop = Shop.current()
    zone = phones.zone_of(phone) or ""
    task = CallTask(
        customer_id=customer_id, phone=phone, mode=Mode.LEAD, reason="lead", zone=zone,
        due_at=hours_of(zone, shop).next(at), language=phones.language_of(phone, shop.language), opened_at=at,
    )  # fmt: skip
    CallTask.objects.bulk_create([task], ignore_conflicts=True)
    return CallTask.objects.get(mode=Mode.LEAD, closed_at=None, order=None, phone=phone)


def limit_of(due_at: datetime, zone: str, shop: Shop) -> datetime:
    """Give when a first call is late: so many minutes in which the customer might have been rung."""
    return hours_of(zone, shop).pass_by(due_at, timedelta(minutes=shop.first_call_limit_minutes))


def ring_instead(order: Order) -> None:
    """Let the open calls about an order go to its phone as it is now."""
    open_ones = CallTask.objects.filter(order=order, closed_at=None)
    language = phones.language_of(order.contact_phone, Shop.current().language)
    open_ones.update(phone=order.contact_phone, customer=order.customer, language=language, **_where(order))


def move_with(order: Order) -> None:
    """Let the open calls about an order be of where it goes now: rung by its clock, by those who ring its region."""
    CallTask.objects.filter(order=order, closed_at=None).update(**_where(order))


def close_agreed(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close what was to be agreed: it is."""
    _close(CallTask.objects.filter(order__in=orders, mode__in=AGREE), events)


def close_on_the_way(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close the calls about a parcel: it arrived, or will not."""
    _close(CallTask.objects.filter(order__in=orders, mode__in=AFTER_PACKING), events)


def close_all(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Close every call about these orders: nothing is left to talk about."""
    _close(CallTask.objects.filter(order__in=orders), events)


def _open(
    orders: Iterable[Order], events: Sequence[JournalEvent], mode: Mode, reason: str, after: timedelta = NO_TIME
) -> list[CallTask]:
    shop = Shop.current()
    orders = list(orders)
    prefetch_related_objects(orders, "customer")
    tasks = []
    # The orders of a batch come at one instant and from few zones: their hours are reckoned once.
    due_of = cache(lambda zone, at: hours_of(zone, shop).next(at))
    late_of = cache(lambda zone, at: limit_of(at, zone, shop))
    for order, event in zip(orders, events, strict=True):
        if not order.contact_phone:
            continue  # not a call: intake holds such an order, `bad_phone` or none at all where contact is optional
        due_at = due_of(order.zone, event.at + after)
        task = fresh(CallTask, mode=mode, reason=reason, due_at=due_at, opened_at=event.at, **_about(order, shop))
        tasks.append(task)
        if mode != Mode.FOLLOW_UP:  # how it went is asked when there is time
            task.limit_at = late_of(order.zone, due_at)
            task.promised_on = order.promised_on
    # A task of the same mode that is still open goes on: the partial unique index lets the new one fall.
    create_missing(tasks)
    return tasks


def _about(order: Order, shop: Shop) -> dict[str, Any]:
    """Give what a task copies from its order, so that choosing the next call needs no join."""
    return {
        "order": order,
        "customer_id": order.customer_id,
        "phone": order.contact_phone,
        "language": phones.language_of(order.contact_phone, shop.language),
        **_where(order),
        "owner_id": order.customer.person_id if order.customer else None,
        "total_minor": order.total_minor,
    }


def _where(order: Order) -> dict[str, str]:
    return {"zone": order.zone, "region": places.key_of(order.address_region, order.address_region_code)}


def _close(tasks: CallTaskRows, events: Sequence[JournalEvent]) -> None:
    # Locked in order of key first, as the call desk locks them: an UPDATE of several rows has an order of its own.
    numbers = [task.pk for task in tasks.locked(closed_at=None)]
    CallTask.objects.filter(pk__in=numbers).update(closed_at=events[0].at)
