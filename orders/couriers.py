"""The directory of couriers: what each can carry, when it comes, what it costs. Every change is noted in the trail."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from datetime import datetime as Moment
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders.models import BuyoutFee, Courier, Shop, Slot, SlotDay, Tariff, Zone
from orders.tariffs import KINDS
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

NEEDS = ("phone", "email", "postcode", "size")


class CourierExists(DomainError):
    """The code is taken."""

    sentence = _("There is a courier %(code)s already.")


class SlotExists(DomainError):
    """The courier comes at these hours already."""

    sentence = _("This courier comes %(hours)s already.")
    next_step = _("Change how many fit, or stop the old hours first.")


class NoPlace(DomainError):
    """A zone names places by their kind."""

    sentence = _("“%(place)s” is no place of a zone.")
    next_step = _("Write country:RU, region:RU-MOW, city:Москва or postcode:101, one a line.")


class WrongLimits(DomainError):
    """The end lies before the beginning."""

    sentence = _("The end lies before the beginning.")


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a courier can carry, and its terms."""

    name: str
    kind: str
    takes_cod: bool = True
    delivers_in_part: bool = True
    several_parcels: bool = True
    allows_trying_on: bool = False
    needs: Sequence[str] = ()
    countries: str = ""
    heaviest_g: int | None = None
    label: str = Courier.Label.A6
    cutoff: time = time(18)
    days: int = 0
    check_after_days: int = 3
    storage_days: int = 7
    decide_within_hours: int = 48
    return_free_days: int | None = None
    return_day_minor: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class NewSlot:
    """Hours in which so many orders a day are brought."""

    starts: time
    ends: time
    capacity: int
    weekdays: str = "1234567"
    closes_days_before: int = 0
    closes_at: time = time(18)


@dataclass(frozen=True, slots=True)
class NewTariff:
    """A line of prices in the shop's currency, in minor units; ends not included, days included.

    Rates of VAT are hundredths of a percent; `…_has_vat`: the sum has the tax in it, else it comes on top.
    """

    charged_minor: int
    cost_minor: int
    zone: str = ""
    weight_from_g: int = 0
    weight_to_g: int | None = None
    sum_from_minor: int = 0
    sum_to_minor: int | None = None
    from_on: date | None = None
    until_on: date | None = None
    free_from_minor: int | None = None
    cod_fee_minor: int = 0
    cod_fee_permille: int = 0
    declared_permille: int = 0
    charged_vat_bp: int = 0
    charged_has_vat: bool = True
    cost_vat_bp: int = 0
    cost_has_vat: bool = True


@dataclass(frozen=True, slots=True)
class NewBuyoutFee:
    """What is asked when goods for from … to (not included) are kept of more: a sum, and so much of a thousand."""

    fee_minor: int = 0
    fee_permille: int = 0
    sum_from_minor: int = 0
    sum_to_minor: int | None = None


@transaction.atomic(durable=True)
def add(code: str, wanted: Abilities, *, by: Actor, at: Moment) -> Courier:
    """Add a courier. Raises CourierExists."""
    if Courier.objects.filter(pk=code).exists():
        raise CourierExists(detail={"code": code})
    row = Courier.objects.create(code=code, **_columns(wanted))
    _note(code, {}, wanted, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def change(code: str, wanted: Abilities, *, by: Actor, at: Moment) -> Courier:
    """Set what a courier can carry. What is on its way goes on as it was. Raises Missing."""
    row = _locked(code)
    before = {name: getattr(row, name) for name in _columns(wanted)}
    for name, value in _columns(wanted).items():
        setattr(row, name, value)
    row.save()
    _note(code, before, wanted, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def open_slot(code: str, wanted: NewSlot, *, by: Actor, at: Moment) -> Slot:
    """Let a courier come at these hours. Raises Missing, SlotExists, WrongLimits."""
    courier = _locked(code)
    if wanted.ends <= wanted.starts:
        raise WrongLimits
    try:
        with transaction.atomic():
            row = Slot.objects.create(courier=courier, **asdict(wanted))
    except IntegrityError:
        raise SlotExists(detail={"hours": f"{wanted.starts:%H:%M}-{wanted.ends:%H:%M}"}) from None
    _tell(code, {"slot": str(row), "capacity": wanted.capacity}, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def stop_slot(slot_id: int, *, by: Actor, at: Moment) -> Slot:
    """Promise these hours to nobody any more; what was promised stands. Raises Missing."""
    row = Slot.objects.locked(pk=slot_id, active=True).first()
    if row is None:
        raise Missing
    row.active = False
    row.save(update_fields=["active"])
    _tell(row.courier_id, {"slot": str(row), "stopped": True}, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def change_day(slot_id: int, on: date, capacity: int, *, by: Actor, at: Moment) -> SlotDay:
    """Let more or fewer orders fit on one day; none: the courier does not come. Raises Missing."""
    slot = Slot.objects.locked(pk=slot_id, active=True).first()
    if slot is None:
        raise Missing
    row, _made = SlotDay.objects.update_or_create(slot=slot, on=on, defaults={"capacity": capacity})
    _tell(slot.courier_id, {"slot": str(slot), "on": on.isoformat(), "capacity": capacity}, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def set_tariff(code: str, wanted: NewTariff, *, by: Actor, at: Moment) -> Tariff:
    """Add a line of prices; of two that say as much the newer counts. Raises Missing, WrongLimits."""
    courier = _locked(code)
    zone = Zone.objects.filter(pk=wanted.zone).first() if wanted.zone else None
    if wanted.zone and zone is None:
        raise Missing
    ends = [(wanted.weight_from_g, wanted.weight_to_g), (wanted.sum_from_minor, wanted.sum_to_minor)]
    days = wanted.from_on and wanted.until_on and wanted.until_on < wanted.from_on
    if days or any(end is not None and end <= start for start, end in ends):
        raise WrongLimits
    columns = asdict(wanted) | {"zone": zone, "currency": Shop.current().currency}
    row = Tariff.objects.create(courier=courier, **columns)
    _tell(code, {"tariff": row.pk, "charged": wanted.charged_minor, "cost": wanted.cost_minor}, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def drop_tariff(tariff_id: int, *, by: Actor, at: Moment) -> None:
    """Take a line of prices away; orders keep what they were charged. Raises Missing."""
    row = Tariff.objects.locked(pk=tariff_id).first()
    if row is None:
        raise Missing
    _tell(row.courier_id, {"tariff": row.pk, "dropped": True}, by=by, at=at)
    row.delete()


@transaction.atomic(durable=True)
def set_buyout_fee(code: str, wanted: NewBuyoutFee, *, by: Actor, at: Moment) -> BuyoutFee:
    """Say what a courier asks for a part that is kept; of two that fit the newer counts. Raises Missing, WrongLimits.

    What was booked for parcels that are back or kept already stays.
    """
    courier = _locked(code)
    if wanted.sum_to_minor is not None and wanted.sum_to_minor <= wanted.sum_from_minor:
        raise WrongLimits
    row = BuyoutFee.objects.create(courier=courier, currency=Shop.current().currency, **asdict(wanted))
    said = {"buyout_fee": row.pk, "fixed": wanted.fee_minor, "permille": wanted.fee_permille}
    _tell(code, said, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def drop_buyout_fee(fee_id: int, *, by: Actor, at: Moment) -> None:
    """Take a fee for parts away. Raises Missing."""
    row = BuyoutFee.objects.locked(pk=fee_id).first()
    if row is None:
        raise Missing
    _tell(row.courier_id, {"buyout_fee": row.pk, "dropped": True}, by=by, at=at)
    row.delete()


@transaction.atomic(durable=True)
def set_exempt(code: str, reasons: Sequence[str], *, by: Actor, at: Moment) -> Courier:
    """Say for which refusals (`Refusal`, or the courier's own codes) a kept part costs nothing. Raises Missing."""
    row = _locked(code)
    before, row.fee_exempt = row.fee_exempt, " ".join(dict.fromkeys(reasons))
    row.save(update_fields=["fee_exempt"])
    note(
        Note(Deed.SETTINGS_CHANGED, ("courier", code), {"fee_exempt": before}, {"fee_exempt": row.fee_exempt}),
        by=by, at=at,
    )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def set_zone(code: str, name: str, places: Sequence[str], *, by: Actor, at: Moment) -> Zone:
    """Name a zone's places, or name them anew. Raises NoPlace."""
    written = [place.strip() for place in places if place.strip()]
    for place in written:
        kind, colon, value = place.partition(":")
        if not colon or kind not in KINDS or not value.strip():
            raise NoPlace(detail={"place": place})
    row, _made = Zone.objects.update_or_create(code=code, defaults={"name": name, "places": written})
    note(Note(Deed.SETTINGS_CHANGED, ("zone", code), {}, {"places": len(written)}), by=by, at=at)
    return row


def _locked(code: str) -> Courier:
    row = Courier.objects.locked(pk=code).first()
    if row is None:
        raise Missing
    return row


def _columns(wanted: Abilities) -> dict[str, Any]:
    return asdict(wanted) | {"needs": [name for name in NEEDS if name in wanted.needs]}


def _note(code: str, before: Mapping[str, Any], wanted: Abilities, *, by: Actor, at: Moment) -> None:
    """Tell the trail what differs."""
    after = {name: value for name, value in _columns(wanted).items() if before.get(name) != value}
    was = {name: _plain(before[name]) for name in after if name in before}
    said = {name: _plain(value) for name, value in after.items()}
    if said:
        note(Note(Deed.SETTINGS_CHANGED, ("courier", code), was, said), by=by, at=at)


def _tell(code: str, after: dict[str, Any], *, by: Actor, at: Moment) -> None:
    note(Note(Deed.SETTINGS_CHANGED, ("courier", code), {}, after), by=by, at=at)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, time) else value
