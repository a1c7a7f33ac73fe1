"""An act of transfer is opened, filled, emptied and closed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from delivery.handoff.fitness import refuse_unfit
from delivery.handoff.locking import lock_open, lock_parcels, note, refuse_strangers
from delivery.handoff.refusals import ActEmpty, UnknownCourier
from delivery.models import Handoff, HandoffLine
from orders import stock
from orders.models import Courier, Parcel, Shop
from shopdesk.base.access import Actor


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act to be opened, perhaps with its first parcels by number. Without a location it is the main one."""

    courier: str
    ship_on: date
    parcels: Sequence[str] = ()
    location: str = ""


@transaction.atomic(durable=True)
def open_act(new: NewAct, *, by: Actor, at: datetime) -> Handoff:
    """Open an act for one courier, one location and one ship date. Raises UnknownCourier, and what `add` raises."""
    courier = Courier.objects.filter(pk=new.courier, active=True).first()
    if courier is None:
        raise UnknownCourier(detail={"courier": new.courier})
    act = Handoff.objects.create(
        courier=courier, location_id=new.location or stock.main_location().code, ship_on=new.ship_on,
        opened_at=at, currency=Shop.current().currency,
    )  # fmt: skip
    note(act, "act.opened", {"courier": courier.code}, by=by, at=at)
    if new.parcels:
        _put_on(act, new.parcels, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def add(number: int, parcels: Sequence[str], *, by: Actor, at: datetime) -> Handoff:
    """Put parcels on an open act, all or none; one that stands on it already stays.

    Raises ActClosed, UnknownParcel, CannotLeave with the parcels' numbers.
    """
    act = lock_open(number)
    _put_on(act, parcels, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def remove(number: int, parcels: Sequence[str], *, by: Actor, at: datetime) -> Handoff:
    """Take parcels off an open act. Raises ActClosed, NotOnAct."""
    act = lock_open(number)
    lines = HandoffLine.objects.filter(handoff=act, parcel__number__in=parcels).select_related("parcel")
    refuse_strangers(act, parcels, {line.parcel.number for line in lines})
    rows = lock_parcels([line.parcel.number for line in lines])
    Parcel.objects.filter(pk__in=[row.pk for row in rows]).update(on_act=Parcel.OnAct.NONE)
    lines.delete()
    note(act, "act.parcels_removed", {"parcels": list(parcels)}, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def close(number: int, *, by: Actor, at: datetime) -> Handoff:
    """Close an act: its figures and hash stand for ever, and its courier sees the parcels from now on.

    Raises ActEmpty, ActClosed, CannotLeave naming parcels that are not inside or whose order is not packed.
    """
    act = lock_open(number)
    numbers = list(HandoffLine.objects.filter(handoff=act).values_list("parcel__number", flat=True))
    if not numbers:
        raise ActEmpty(detail={"number": number})
    parcels = lock_parcels(numbers)
    refuse_unfit(act, parcels)
    _freeze(act, parcels, at)
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(
        on_act=Parcel.OnAct.CLOSED, in_hands_of=act.courier_id
    )
    note(act, "act.closed", {"places": act.places, "hash": act.hash}, by=by, at=at)
    return act


def act_hash(act: Handoff, lines: Sequence[HandoffLine]) -> str:
    """Give the hash of what a closed act says: who, where, when, and each parcel with its frozen figures."""
    said = [
        act.number, act.courier_id, act.location_id, act.ship_on.isoformat(), act.currency,
        sorted([line.parcel.number, line.weight_g, line.cod_minor, line.declared_minor] for line in lines),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _put_on(act: Handoff, numbers: Sequence[str], *, by: Actor, at: datetime) -> None:
    there = set(HandoffLine.objects.filter(handoff=act).values_list("parcel__number", flat=True))
    parcels = [parcel for parcel in lock_parcels(numbers) if parcel.number not in there]
    if not parcels:
        return
    if not there:
        act.currency = parcels[0].order.currency  # one act carries one currency: its total is one sum
        act.save(update_fields=["currency"])
    refuse_unfit(act, parcels, on_act=Parcel.OnAct.NONE)
    HandoffLine.objects.bulk_create(_line(act, parcel, at) for parcel in parcels)
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(on_act=Parcel.OnAct.OPEN)
    note(act, "act.parcels_added", {"parcels": [parcel.number for parcel in parcels]}, by=by, at=at)


def _line(act: Handoff, parcel: Parcel, at: datetime) -> HandoffLine:
    return HandoffLine(
        handoff=act, parcel=parcel, weight_g=parcel.weight_g, cod_minor=parcel.cod_minor,
        declared_minor=parcel.declared_minor, state_at=at,
    )  # fmt: skip


def _freeze(act: Handoff, parcels: Sequence[Parcel], at: datetime) -> None:
    """Take the parcels' figures as they are now; from here on neither they nor the hash over them change."""
    by_pk = {parcel.pk: parcel for parcel in parcels}
    lines = list(HandoffLine.objects.filter(handoff=act).select_related("parcel"))
    for line in lines:
        parcel = by_pk[line.parcel_id]
        line.weight_g, line.cod_minor, line.declared_minor = parcel.weight_g, parcel.cod_minor, parcel.declared_minor
    HandoffLine.objects.bulk_update(lines, ["weight_g", "cod_minor", "declared_minor"])
    act.places = len(lines)
    act.weight_g = sum(line.weight_g for line in lines)
    act.cod_minor = sum(line.cod_minor for line in lines)
    act.declared_minor = sum(line.declared_minor for line in lines)
    act.state, act.closed_at, act.hash = Handoff.State.CLOSED, at, act_hash(act, lines)
    act.save()
