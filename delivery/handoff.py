"""Handing over: acts of transfer to couriers, both sides' scans, and giving out at the counter."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from delivery import departure, shipments
from delivery.models import Handoff, HandoffLine
from orders import journal, stock
from orders.models import Courier, Order, Parcel, Shop
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.money import from_minor

OPEN = (Handoff.State.OPEN, Handoff.State.LOADING)
# A parcel that was left behind when the others went follows on a later act.
MAY_LEAVE = (Status.PACKED, Status.HANDED_OVER, Status.DELIVERED)


class UnknownCourier(DomainError):
    """No such courier, or it is not used any more."""

    sentence = _("There is no courier %(courier)s.")


class UnknownParcel(DomainError):
    """A parcel was named that does not exist."""

    sentence = _("There is no parcel %(parcels)s.")
    next_step = _("Scan its barcode again.")


class ActClosed(DomainError):
    """A closed act never changes."""

    sentence = _("Act %(number)s is closed and cannot change.")
    next_step = _("Open a new act for late parcels.")


class ActEmpty(DomainError):
    """There is nothing on the act."""

    sentence = _("There is no parcel on act %(number)s.")


class CannotLeave(DomainError):
    """Parcels that cannot be handed over: not inside, of an order that is not packed, or on another act."""

    sentence = _("These parcels cannot go on act %(number)s: %(parcels)s.")
    next_step = _("Take them off; each needs a sealed order and no other act.")


class WrongParcel(CannotLeave):
    """One parcel was scanned that cannot go on this act; says why, and what to do with it."""

    code = CannotLeave.code
    sentence = _("Parcel %(parcels)s must not go: order %(order)s is %(status)s.")
    next_step = _("Put it on the unpack shelf; do not hand it over.")


class NotClosed(DomainError):
    """The courier accepts what is closed."""

    sentence = _("Act %(number)s is not closed yet.")


class NotOnAct(DomainError):
    """Parcels were named that are not on the act, or of which the act says otherwise already."""

    sentence = _("Act %(number)s does not list these parcels so: %(parcels)s.")


class NotOwnCourier(DomainError):
    """Only the shop's own couriers bring parcels back for another day."""

    sentence = _("Parcel %(parcel)s is not with a courier of ours.")
    next_step = _("Take it in as a return.")


class NotAtCounter(DomainError):
    """The order cannot be given out: it is not sealed, or a parcel stands on an act."""

    sentence = _("Order %(number)s cannot be given out: it is %(status)s or on an act.")


class WrongSum(DomainError):
    """What was taken is not what is due."""

    sentence = _("%(due)s %(currency)s is due for order %(number)s.")


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act to be opened, perhaps with its first parcels by number. Without a location it is the main one."""

    courier: str
    ship_on: date
    parcels: Sequence[str] = ()
    location: str = ""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What the courier's side says, by parcel number. Parcels it says nothing of stay to be settled."""

    accepted: Sequence[str] = ()
    missing: Sequence[str] = ()
    extra: Sequence[str] = ()
    how: str = "courier"  # courier, paper


@dataclass(frozen=True, slots=True)
class _Settled:
    accepted: list[HandoffLine] = field(default_factory=list)
    missing: list[HandoffLine] = field(default_factory=list)


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
    _journal(act, "act.opened", {"courier": courier.code}, by=by, at=at)
    if new.parcels:
        _put_on(act, new.parcels, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def add(number: int, parcels: Sequence[str], *, by: Actor, at: datetime) -> Handoff:
    """Put parcels on an open act, all or none; one that stands on it already stays.

    Raises ActClosed, UnknownParcel, CannotLeave with the parcels' numbers.
    """
    act = _lock_open(number)
    _put_on(act, parcels, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def remove(number: int, parcels: Sequence[str], *, by: Actor, at: datetime) -> Handoff:
    """Take parcels off an open act. Raises ActClosed, NotOnAct."""
    act = _lock_open(number)
    lines = HandoffLine.objects.filter(handoff=act, parcel__number__in=parcels).select_related("parcel")
    _refuse_strangers(act, parcels, {line.parcel.number for line in lines})
    rows = _lock_parcels([line.parcel.number for line in lines])
    Parcel.objects.filter(pk__in=[row.pk for row in rows]).update(on_act=Parcel.OnAct.NONE)
    lines.delete()
    _journal(act, "act.parcels_removed", {"parcels": list(parcels)}, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def close(number: int, *, by: Actor, at: datetime) -> Handoff:
    """Close an act: its figures and hash stand for ever, and its courier sees the parcels from now on.

    Raises ActEmpty, ActClosed, CannotLeave naming parcels that are not inside or whose order is not packed.
    """
    act = _lock_open(number)
    numbers = list(HandoffLine.objects.filter(handoff=act).values_list("parcel__number", flat=True))
    if not numbers:
        raise ActEmpty(detail={"number": number})
    parcels = _lock_parcels(numbers)
    _refuse_unfit(act, parcels)
    _freeze(act, parcels, at)
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(
        on_act=Parcel.OnAct.CLOSED, in_hands_of=act.courier_id
    )
    _journal(act, "act.closed", {"places": act.places, "hash": act.hash}, by=by, at=at)
    return act


@transaction.atomic(durable=True)
def accept(number: int, said: Acceptance, *, by: Actor, at: datetime) -> Handoff:
    """Settle a closed act parcel by parcel, as the courier's side or a signed paper says.

    Accepted parcels are out of the door; missing ones leave the act; extra ones are only noted. Saying the same again
    changes nothing. Raises NotClosed, NotOnAct for parcels that it does not list or lists otherwise.
    """
    act = _lock(number)
    if act.state in (*OPEN, Handoff.State.VOID):
        raise NotClosed(detail={"number": number})
    settled = _sort_out(act, said)
    if not settled.accepted and not settled.missing and not said.extra:
        return act
    data: dict[str, journal.Code] = {
        "accepted": list(said.accepted), "missing": list(said.missing), "extra": list(said.extra), "how": said.how,
    }  # fmt: skip
    _journal(act, "act.accepted", data, by=by, at=at)
    _lose_from_act(settled.missing, at)
    departure.accept(act, settled.accepted, how=said.how, by=by, at=at)
    if said.extra:
        departure.finish(act, how=said.how, at=at, differs=True)
    return act


@transaction.atomic(durable=True)
def bring_back(parcels: Sequence[str], *, by: Actor, at: datetime) -> list[Order]:
    """Scan in what our own courier brought back for another day: inside again, to go on a new act.

    A parcel that is inside already is left as it is. Raises UnknownParcel, NotOwnCourier.
    """
    rows = [row for row in _lock_parcels(parcels) if row.state != Parcel.State.INSIDE]
    own = set(Courier.objects.filter(kind=Courier.Kind.OWN).values_list("code", flat=True))
    for row in rows:
        if row.state != Parcel.State.OUT or row.in_hands_of not in own:
            raise NotOwnCourier(detail={"parcel": row.number})
    return departure.come_back(rows, by=by, at=at) if rows else []


@transaction.atomic(durable=True)
def give_out(number: int, *, taken_minor: int, by: Actor, at: datetime) -> Order:
    """Give a sealed order to the customer at the counter and take what is due. Raises NotAtCounter, WrongSum."""
    order = Order.objects.locked(number=number).first()
    if order is None:
        raise Missing
    parcels = list(Parcel.objects.locked(order=order, state=Parcel.State.INSIDE).select_related("order"))
    if order.status != Status.PACKED or any(parcel.on_act != Parcel.OnAct.NONE for parcel in parcels):
        raise NotAtCounter(detail={"number": number, "status": Status(order.status).label})
    if taken_minor != order.due_minor:
        due = from_minor(order.due_minor, order.currency)
        raise WrongSum(detail={"number": number, "due": due, "currency": order.currency})
    for parcel in parcels:
        parcel.order = order
    departure.hand_out(order, parcels, taken_minor=taken_minor, by=by, at=at)
    return order


def act_hash(act: Handoff, lines: Sequence[HandoffLine]) -> str:
    """Give the hash of what a closed act says: who, where, when, and each parcel with its frozen figures."""
    said = [
        act.number, act.courier_id, act.location_id, act.ship_on.isoformat(), act.currency,
        sorted([line.parcel.number, line.weight_g, line.cod_minor, line.declared_minor] for line in lines),
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def _lock(number: int) -> Handoff:
    act = Handoff.objects.locked(number=number).select_related("courier").first()
    if act is None:
        raise Missing
    return act


def _lock_open(number: int) -> Handoff:
    act = _lock(number)
    if act.state not in OPEN:
        raise ActClosed(detail={"number": number})
    return act


def _lock_parcels(numbers: Sequence[str]) -> list[Parcel]:
    """Lock the orders by number, then their parcels; each parcel's `order` is the locked one."""
    found = dict(Parcel.objects.filter(number__in=numbers).values_list("number", "order_id"))
    if unknown := set(numbers) - set(found):
        raise UnknownParcel(detail={"parcels": ", ".join(sorted(unknown))})
    orders = {order.pk: order for order in Order.objects.lock_many(sorted(set(found.values())))}
    parcels = list(Parcel.objects.locked(number__in=numbers))
    for parcel in parcels:
        parcel.order = orders[parcel.order_id]
    return parcels


def _put_on(act: Handoff, numbers: Sequence[str], *, by: Actor, at: datetime) -> None:
    there = set(HandoffLine.objects.filter(handoff=act).values_list("parcel__number", flat=True))
    parcels = [parcel for parcel in _lock_parcels(numbers) if parcel.number not in there]
    if not parcels:
        return
    if not there:
        act.currency = parcels[0].order.currency  # one act carries one currency: its total is one sum
        act.save(update_fields=["currency"])
    _refuse_unfit(act, parcels, on_act=Parcel.OnAct.NONE)
    HandoffLine.objects.bulk_create(_line(act, parcel, at) for parcel in parcels)
    Parcel.objects.filter(pk__in=[parcel.pk for parcel in parcels]).update(on_act=Parcel.OnAct.OPEN)
    _journal(act, "act.parcels_added", {"parcels": [parcel.number for parcel in parcels]}, by=by, at=at)


def _refuse_unfit(act: Handoff, parcels: Sequence[Parcel], on_act: str = Parcel.OnAct.OPEN) -> None:
    unfit = [
        parcel.number
        for parcel in parcels
        if parcel.state != Parcel.State.INSIDE
        or parcel.on_act != on_act
        or parcel.order.status not in MAY_LEAVE
        or parcel.order.currency != act.currency
        or parcel.order.location_id != act.location_id
    ]
    with_others = _with_others(act, {parcel.order_id for parcel in parcels})
    unfit += [parcel.number for parcel in parcels if parcel.order_id in with_others]
    if unfit:
        if len(parcels) == 1:
            _refuse_one(act, parcels[0])
        raise CannotLeave(detail={"number": act.number, "parcels": ", ".join(sorted(set(unfit)))})


def _with_others(act: Handoff, orders: set[int]) -> set[int]:
    """Give the orders of which another courier has or had a parcel, or will have by its act.

    One order travels with one courier: its parcels share one sum to collect.
    """
    gone = Parcel.objects.filter(order__in=orders, state__in=shipments.GONE)
    away = gone.exclude(order__shipment=None)  # what was given out at the counter has no courier
    had = away.exclude(order__shipment__courier=act.courier_id).values_list("order_id", flat=True)
    listed = HandoffLine.objects.filter(parcel__order__in=orders, state=HandoffLine.State.ON)
    lines = listed.filter(parcel__state=Parcel.State.INSIDE)  # an opened box goes nowhere
    waits = lines.exclude(handoff__courier=act.courier_id).values_list("parcel__order_id", flat=True)
    return {*had, *waits}


def _refuse_one(act: Handoff, parcel: Parcel) -> None:
    """Say of a parcel that was scanned alone what is wrong with it. Raises WrongParcel, if it is one of these."""
    order = parcel.order
    detail = {
        "number": act.number,
        "parcels": parcel.number,
        "order": order.number,
        "status": order.get_status_display(),
    }
    elsewhere = HandoffLine.objects.filter(parcel=parcel, state=HandoffLine.State.ON).exclude(handoff=act).first()
    if elsewhere:
        already = _("Parcel %(parcels)s stands on act %(act)s already.")
        aside = _("Take it off there first, or leave it there.")
        raise WrongParcel(already, detail=detail | {"act": elsewhere.handoff_id}, next_step=aside)
    if order.status == Status.CANCELLED:
        raise WrongParcel(detail=detail)
    if parcel.state == Parcel.State.OPENED:
        raise WrongParcel(_("Parcel %(parcels)s was opened again."), detail=detail, next_step=_("Scan its new label."))
    if parcel.state != Parcel.State.INSIDE:
        gone = _("Parcel %(parcels)s left before: its order is %(status)s.")
        raise WrongParcel(gone, detail=detail, next_step=_("Scan it under Returns, if it is here again."))


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


def _sort_out(act: Handoff, said: Acceptance) -> _Settled:
    """Give the lines that change; parcels that are not on the act, or are settled otherwise, are refused by name."""
    lines = {line.parcel.number: line for line in HandoffLine.objects.filter(handoff=act).select_related("parcel")}
    named = [*said.accepted, *said.missing]
    _refuse_strangers(act, named, set(lines))
    both = set(said.accepted) & set(said.missing)
    state = HandoffLine.State
    against = [n for n in said.accepted if lines[n].state not in {state.ON, state.ACCEPTED}]
    against += [n for n in said.missing if lines[n].state not in {state.ON, state.MISSING}]
    if wrong := both | set(against):
        raise NotOnAct(detail={"number": act.number, "parcels": ", ".join(sorted(wrong))})
    parcels = {parcel.pk: parcel for parcel in _lock_parcels([n for n in named if lines[n].state == state.ON])}
    for line in lines.values():
        line.parcel = parcels.get(line.parcel_id, line.parcel)
    return _Settled(
        [lines[n] for n in dict.fromkeys(said.accepted) if lines[n].state == state.ON],
        [lines[n] for n in dict.fromkeys(said.missing) if lines[n].state == state.ON],
    )


def _refuse_strangers(act: Handoff, named: Sequence[str], listed: set[str]) -> None:
    if strangers := set(named) - listed:
        raise NotOnAct(detail={"number": act.number, "parcels": ", ".join(sorted(strangers))})


def _lose_from_act(lines: Sequence[HandoffLine], at: datetime) -> None:
    """Parcels that the courier does not have stand inside again, free for another act."""
    HandoffLine.objects.filter(pk__in=[line.pk for line in lines]).update(state=HandoffLine.State.MISSING, state_at=at)
    Parcel.objects.filter(pk__in=[line.parcel_id for line in lines]).update(on_act=Parcel.OnAct.NONE, in_hands_of="")


def _journal(act: Handoff, kind: str, data: dict[str, journal.Code], *, by: Actor, at: datetime) -> None:
    journal.record([journal.Entry(kind, data=data, subject=("act", act.number))], by=by, at=at)
