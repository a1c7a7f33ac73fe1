"""The way back: which pieces are coming home, as rows that somebody will have to look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.models import Return, ReturnLine
from orders.models import Courier, OrderLine, Parcel, Refusal, Shop
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import shop_day

LOOK_AFTER = timedelta(days=7)  # announced or on its way and not here yet: look into it
INSPECT_WITHIN = timedelta(days=1)
BY_CUSTOMERS = (Return.Kind.AFTER_DELIVERY, Return.Kind.EXCHANGE, Return.Kind.NO_ORDER)
OUR_FAULT = (ReturnLine.Found.DEFECT, ReturnLine.Found.OTHER_GOODS, ReturnLine.Found.INCOMPLETE)
ON_ITS_WAY = (Return.State.ANNOUNCED, Return.State.ON_THE_WAY)


class Payer(TextChoices):
    """Who bears the cost of a way back."""

    SHOP = "shop", pgettext_lazy("who pays", "the shop")
    CUSTOMER = "customer", pgettext_lazy("who pays", "the customer")
    COURIER = "courier", pgettext_lazy("who pays", "the courier")


class AlreadyHere(DomainError):
    """The return was received: what a courier says of it now no longer counts."""

    sentence = _("Parcel %(parcel)s is back already.")


@dataclass(frozen=True, slots=True)
class Expected:
    """Pieces of a parcel by line that are on their way back, of what kind and why."""

    pieces: Mapping[OrderLine, int]
    kind: Return.Kind = Return.Kind.REFUSED
    reason: str = ""
    waits_since: datetime | None = None
    free_days: int | None = None


@dataclass(frozen=True, slots=True)
class Storage:
    """A return that waits at its courier: the last day that costs nothing, and what the days since then cost."""

    free_until: date
    cost_minor: int


def expect(parcel: Parcel, wanted: Expected, *, empty: bool, at: datetime) -> Return | None:
    """Let exactly these pieces be on their way back; without pieces a return that was expected is dropped.
    `empty`: the parcel holds none, and comes back itself.

    The same again changes nothing. Raises AlreadyHere when the parcel was received meanwhile.
    """
    pieces = {line: number for line, number in wanted.pieces.items() if number}
    row = Return.objects.filter(parcel=parcel).exclude(state=Return.State.INSPECTED).first()
    if row and row.state not in ON_ITS_WAY:
        raise AlreadyHere(detail={"parcel": parcel.number})
    if row:
        # Not a fact yet but what is expected: the courier's event says why, and stays.
        ReturnLine.objects.filter(parent=row).delete()
    if not pieces and not empty:
        if row:
            row.delete()
        return None
    row = row or Return(order_id=parcel.order_id, parcel=parcel, location_id=parcel.order.location_id, opened_at=at)
    row.kind, row.reason, row.state = wanted.kind, wanted.reason, Return.State.ON_THE_WAY
    row.check_at, row.waits_since = at + LOOK_AFTER, wanted.waits_since
    if wanted.waits_since is not None and wanted.free_days is not None:
        row.check_at = min(row.check_at, wanted.waits_since + timedelta(days=wanted.free_days))
    row.save()
    ReturnLine.objects.bulk_create(
        ReturnLine(parent=row, line=line, product_id=line.product_id or 0, quantity=number)
        for line, number in pieces.items()
    )
    return row


def storage(row: Return, courier: Courier, today: date, shop: Shop) -> Storage | None:
    """Say until when a return waits at its courier for nothing. None: it does not wait there, or nobody knows.

    The day on which it got there counts as none; `today` is the shop's day.
    """
    if row.state not in ON_ITS_WAY or row.waits_since is None or courier.return_free_days is None:
        return None
    there = shop_day(row.waits_since, shop.zone, shop.day_cutoff)
    until = there + timedelta(days=courier.return_free_days)
    return Storage(until, max((today - until).days, 0) * courier.return_day_minor)


def class_of(row: Return, lines: Iterable[ReturnLine]) -> Return.Kind:
    """Say as what a return counts: its kind, or damaged where the customer said so and nothing else was found."""
    found = {line.found for line in lines if line.found}
    said = row.parcel_id is not None and row.reason == Refusal.DAMAGED and not found
    is_damaged = said or ReturnLine.Found.DAMAGED_ON_THE_WAY in found
    return Return.Kind.DAMAGED if is_damaged else Return.Kind(row.kind)


def who_pays(row: Return, lines: Iterable[ReturnLine]) -> Payer:
    """Say who pays for the way back: who caused it, by the class of the return and by what its inspection found.

    Damage on the way is the courier's; a refusal at the door and what we sent wrong or broken are ours; the rest of
    what customers send back is theirs.
    """
    known = list(lines)
    found = {line.found for line in known}
    if class_of(row, known) == Return.Kind.DAMAGED:
        return Payer.COURIER
    if row.kind in BY_CUSTOMERS and not found & set(OUR_FAULT):
        return Payer.CUSTOMER
    return Payer.SHOP


def received(parcel: Parcel) -> bool:
    """Tell whether goods of the parcel are back in our hands: then we know better than the courier."""
    return Return.objects.filter(parcel=parcel).exclude(state__in=ON_ITS_WAY).exists()
