"""Slots: the hours that couriers offer, how many orders still fit, and promises that could not be kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from orders.models import Courier, Order, Shop, Slot, SlotDay
from orders.status import Status
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import shop_day

DAYS_AHEAD = 7
Key = tuple[str, date, str]  # courier, day, hours


class SlotFull(DomainError):
    """As many orders as fit are promised for these hours already."""

    sentence = _("%(hours)s on %(day)s is full.")
    next_step = _("Offer other hours: they stand beside the field.")


class SlotClosed(DomainError):
    """It is too late to promise these hours."""

    sentence = _("%(hours)s on %(day)s cannot be promised any more.")
    next_step = _("Offer other hours: they stand beside the field.")


class NoSuchSlot(DomainError):
    """The courier does not come then."""

    sentence = _("This courier does not come %(hours)s on %(day)s.")
    next_step = _("Offer other hours: they stand beside the field.")


class TooSoon(DomainError):
    """The courier cannot be there on that day."""

    sentence = _("The courier cannot be there on %(day)s: the first day is %(first)s.")


@dataclass(frozen=True, slots=True)
class Promise:
    """Who shall bring an order when. `order`: its number once it has one."""

    courier: str
    on: date | None
    hours: str
    order: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """Hours on a day, how many orders still fit, and whether they can still be promised."""

    on: date
    hours: str
    left: int
    is_open: bool


def offers(courier: str, *, at: datetime, on: date | None = None, days: int = DAYS_AHEAD) -> list[Offer]:
    """List a courier's hours from the first day on which it can be there (or from `on`), the full ones included.

    Empty for a courier that comes at no set hours.
    """
    slots = list(_active([courier]))
    if not slots:
        return []
    carrier = Courier.objects.get(pk=courier)
    first = max(on, first_day(carrier, at=at)) if on else first_day(carrier, at=at)
    dates = [first + timedelta(days=ahead) for ahead in range(days)]
    taken, special = _taken(slots, dates), _special(slots, dates)
    return [
        Offer(day, str(slot), max(_capacity(slot, day, special) - taken.get((courier, day, str(slot)), 0), 0),
              is_open=_is_open(slot, day, at))
        for day in dates for slot in slots if str(day.isoweekday()) in slot.weekdays
    ]  # fmt: skip


def first_day(courier: Courier, *, at: datetime) -> date:
    """Give the first day on which a courier can bring what is packed from now on."""
    shop = Shop.current()
    today = shop_day(at, shop.zone, shop.day_cutoff)
    late = at.astimezone(ZoneInfo(shop.zone)).time() > courier.cutoff
    return today + timedelta(days=courier.days + late)


def refuse_unkept(promise: Promise, *, at: datetime) -> None:
    """Refuse a promise that the courier could not keep. The slot is locked until the promise is written.

    Orders without a courier, a day, or of a courier without set hours are promised as people like.
    Raises TooSoon, NoSuchSlot, SlotClosed, SlotFull.
    """
    slots = list(_active([promise.courier])) if promise.courier and promise.on else []
    if not slots or promise.on is None:
        return
    first = first_day(slots[0].courier, at=at)
    said = {"day": promise.on.isoformat(), "hours": promise.hours, "first": first.isoformat()}
    if promise.on < first:
        raise TooSoon(detail=said)
    if not promise.hours:
        return
    slot = _slot_of(promise, slots)
    if slot is None:
        raise NoSuchSlot(detail=said)
    if not _is_open(slot, promise.on, at):
        raise SlotClosed(detail=said)
    # Two who promise the last place wait for each other here.
    list(Slot.objects.locked(pk=slot.pk))
    if _count(slot, promise) >= _capacity(slot, promise.on, _special([slot], [promise.on])):
        raise SlotFull(detail=said)


def unkept(promises: Sequence[Promise], *, at: datetime) -> set[int]:
    """Name, by place in the list, promises of channels that cannot be kept. Refuses none."""
    wanted = {promise.courier for promise in promises if promise.courier and promise.on}
    slots = list(_active(sorted(wanted))) if wanted else []
    if not slots:
        return set()
    dates = sorted({promise.on for promise in promises if promise.on})
    taken, special = _taken(slots, dates), _special(slots, dates)
    late = set()
    for place, promise in enumerate(promises):
        own = [slot for slot in slots if slot.courier_id == promise.courier]
        if own and promise.on and not _fits(promise, own, taken, special, at):
            late.add(place)
    return late


def promise_again(order: Order, on: date, hours: str, *, at: datetime) -> dict[str, list[str]]:
    """Promise a locked order another day and hours. Gives what changed, for the journal.

    Raises what `refuse_unkept` raises.
    """
    before = [order.promised_on.isoformat() if order.promised_on else "", order.slot]
    order.promised_on, order.slot = on, as_written(hours)
    refuse_unkept(promise_of(order), at=at)
    Order.objects.filter(pk=order.pk).update(promised_on=order.promised_on, slot=order.slot)
    return {"from": before, "to": [on.isoformat(), order.slot]}


def promise_of(order: Order) -> Promise:
    """Give what is promised of an order as it stands."""
    return Promise(order.courier_id or "", order.promised_on, order.slot, order.pk or 0)


def as_written(hours: str) -> str:
    """Give hours as the desk writes them: "10:00-14:00"."""
    return hours.replace("–", "-").replace("—", "-").replace(" ", "")


def _active(couriers: Sequence[str]) -> Iterable[Slot]:
    return Slot.objects.filter(courier__in=couriers, active=True).select_related("courier").order_by("starts", "ends")


def _is_open(slot: Slot, on: date, at: datetime) -> bool:
    zone = ZoneInfo(Shop.current().zone)
    closes = datetime.combine(on - timedelta(days=slot.closes_days_before), slot.closes_at, tzinfo=zone)
    return at < closes


def _taken(slots: Sequence[Slot], dates: Sequence[date]) -> dict[Key, int]:
    couriers = sorted({slot.courier_id for slot in slots})
    rows = Order.objects.filter(courier__in=couriers, promised_on__in=dates).exclude(status=Status.CANCELLED)
    counted = rows.exclude(slot="").values_list("courier", "promised_on", "slot").annotate(n=Count("pk"))
    return {(courier, on, hours): n for courier, on, hours, n in counted}


def _special(slots: Sequence[Slot], dates: Sequence[date]) -> dict[tuple[int, date], int]:
    rows = SlotDay.objects.filter(slot__in=slots, on__in=dates)
    return {(row.slot_id, row.on): row.capacity for row in rows}


def _capacity(slot: Slot, on: date, special: Mapping[tuple[int, date], int]) -> int:
    return special.get((slot.pk, on), slot.capacity)


def _slot_of(promise: Promise, slots: Sequence[Slot]) -> Slot | None:
    """Find the slot of the hours, if the courier comes then on that weekday."""
    weekday = str((promise.on or date.min).isoweekday())
    return next((one for one in slots if str(one) == as_written(promise.hours) and weekday in one.weekdays), None)


def _count(slot: Slot, promise: Promise) -> int:
    """Count the other orders promised for the same hours."""
    rows = Order.objects.filter(courier=slot.courier_id, promised_on=promise.on, slot=str(slot))
    return rows.exclude(status=Status.CANCELLED).exclude(pk=promise.order).count()


def _fits(
    promise: Promise,
    slots: Sequence[Slot],
    taken: dict[Key, int],
    special: Mapping[tuple[int, date], int],
    at: datetime,
) -> bool:
    """Tell whether a promise can be kept, and take its place: the next one of the batch finds it taken."""
    on = promise.on or date.min
    if on < first_day(slots[0].courier, at=at):
        return False
    if not promise.hours:
        return True
    slot = _slot_of(promise, slots)
    if slot is None or not _is_open(slot, on, at):
        return False
    key = (slot.courier_id, on, str(slot))
    taken[key] = taken.get(key, 0) + 1
    return taken[key] <= _capacity(slot, on, special)
