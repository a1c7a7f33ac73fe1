"""Waybills: a courier's number for an order's parcels, wished for, asked for, made, typed by hand, taken back.

The wish is a row; a sweep speaks with the courier, outside of every transaction. Each wish has a key of ours, so a
request whose answer was lost never makes a second waybill.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from delivery import accounts
from delivery.consigning import consign
from delivery.couriers.base import (
    Adapter,
    Answered,
    Connection,
    CourierRefused,
    CourierSilent,
    NotOffered,
    NotUnderstood,
)
from delivery.couriers.known import adapter_of
from delivery.models import CourierAccount, Waybill
from orders import journal
from orders.models import Order, Parcel
from orders.status import BEFORE_PACKED, Status
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.wake import wake

State = Waybill.State
AGAIN_MINUTES = (1, 2, 5, 15, 30, 60)  # after the first, second … silence; then every hour
LEASE = timedelta(minutes=5)  # nobody else asks meanwhile; a crash costs so much
GONE_BACK = (*BEFORE_PACKED, Status.CANCELLED)


class NoCourier(DomainError):
    """Nobody is chosen to carry the order, or the courier has no machine that gives numbers."""

    sentence = _("The courier of order %(number)s gives no waybills by itself.")
    next_step = _("Choose another courier, or type the number from its paper.")


class NotSealed(DomainError):
    """There is nothing sealed that a waybill could be for."""

    sentence = _("Order %(number)s has no sealed parcel yet.")


class HasWaybill(DomainError):
    """The order has a waybill that stands."""

    sentence = _("Order %(number)s has a waybill already: %(waybill)s.")
    next_step = _("Take it back first.")


class OnItsWay(DomainError):
    """The courier has the parcel under this number."""

    sentence = _("Order %(number)s is with the courier under this number.")


@transaction.atomic(durable=True)
def wish(number: int, *, by: Actor, at: datetime) -> Waybill:
    """Wish for a waybill for a sealed order. Raises Missing, NoCourier, NotSealed, HasWaybill."""
    order = _locked(number)
    account = CourierAccount.objects.filter(courier=order.courier_id).first()
    if account is None or not adapter_of(account).makes_waybills:
        raise NoCourier(detail={"number": number})
    _refuse_unsealed(order)
    row = _begin(order, account.courier_id, at)
    row.next_at = at
    row.save()
    _journal("parcel.waybill_wished", order, row, by=by, at=at)
    wake("delivery.tasks.make_waybills")
    return row


@transaction.atomic(durable=True)
def write_down(number: int, waybill: str, *, by: Actor, at: datetime) -> Waybill:
    """Write down a number from the courier's paper. The same again changes nothing.

    Raises Missing, NoCourier when nobody carries the order, NotSealed, HasWaybill for another number.
    """
    order = _locked(number)
    shipped = getattr(order, "shipment", None)
    courier = shipped.courier_id if shipped else order.courier_id
    if courier is None:
        raise NoCourier(detail={"number": number})
    standing = Waybill.objects.filter(order=order, state=State.MADE, number=waybill).first()
    if standing is not None:
        return standing
    _refuse_unsealed(order)
    row = _begin(order, courier, at)
    row.state, row.number, row.made_at, row.by_hand = State.MADE, waybill, at, True
    row.save()
    _number_parcels(order, row, by=by, at=at)
    return row


@transaction.atomic(durable=True)
def take_back(number: int, *, by: Actor, at: datetime) -> Waybill:
    """Take the order's waybill back, with the courier too. Raises Missing, OnItsWay once it is handed over."""
    order = _locked(number)
    row = Waybill.objects.locked(order=order, state__in=[State.WANTED, State.ASKED, State.MADE]).first()
    if row is None:
        raise Missing
    if order.status not in {Status.PACKED, *GONE_BACK}:
        raise OnItsWay(detail={"number": number})
    _void(row, order, by=by, at=at)
    return row


def wish_for_packed(limit: int, *, at: datetime) -> int:
    """Wish for waybills for sealed orders of couriers whose accounts say so. Gives how many."""
    standing = Waybill.objects.filter(order=OuterRef("pk"), courier=OuterRef("courier")).exclude(state=State.VOID)
    rows = Order.objects.filter(~Exists(standing), status=Status.PACKED, courier__account__makes_waybills=True)
    numbers = list(rows.order_by("number").values_list("number", flat=True)[:limit])
    for number in numbers:
        wish(number, by=SWEEP, at=at)
    return len(numbers)


def take_back_opened(limit: int, *, at: datetime) -> int:
    """Take back the waybills of orders that were opened again or cancelled. Gives how many."""
    rows = Waybill.objects.filter(state__in=[State.WANTED, State.ASKED, State.MADE], order__status__in=GONE_BACK)
    rows = rows.filter(refusal="")  # what the courier refused to take back is a person's now
    numbers = list(rows.order_by("pk").values_list("order_id", flat=True)[:limit])
    for number in numbers:
        take_back(number, by=SWEEP, at=at)
    return len(numbers)


def speak(limit: int, *, at: datetime) -> int:
    """Speak with couriers about the waybills whose turn it is. Gives how many got further."""
    due = Waybill.objects.filter(next_at__lte=at).order_by("next_at", "pk")
    further = 0
    for row in due.select_related("order", "courier__account")[:limit]:
        if Waybill.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=at + LEASE):
            further += _speak_of(row, at=at)
    return further


def _speak_of(row: Waybill, *, at: datetime) -> bool:
    """Ask the courier, outside of every transaction, and write down what it says."""
    account = row.courier.account
    line = accounts.open_line(account, at=at)
    # A try is counted before it is made: whoever comes after a crash knows that the request may have arrived.
    Waybill.objects.filter(pk=row.pk).update(tries=row.tries + 1)
    try:
        said = _ask(adapter_of(account), line, row)
    except (CourierSilent, NotUnderstood):
        _wait(row, at=at)
        return False
    except (CourierRefused, NotOffered) as refusal:
        said = Answered(refusal=str(refusal.detail.get("words") or refusal))
    finally:
        accounts.keep_token(account, line)
    return _write(row.pk, said, at=at)


def _ask(adapter: Adapter, line: Connection, row: Waybill) -> Answered:
    if row.state == State.VOIDING:
        found = row.external_id or row.number
        said = Answered(row.external_id, row.number) if found else adapter.ask(line, row.key, "")
        if said.gone:
            return said
        return adapter.void(line, said.external_id, said.number)
    if row.state == State.ASKED:
        return adapter.ask(line, row.key, row.external_id)
    return adapter.make(line, consign(row.order, row.key), again=row.tries > 0)


def _wait(row: Waybill, *, at: datetime) -> None:
    Waybill.objects.filter(pk=row.pk).update(next_at=at + _pause(row.tries))


def _pause(tries: int) -> timedelta:
    return timedelta(minutes=AGAIN_MINUTES[min(max(tries, 0), len(AGAIN_MINUTES) - 1)])


@transaction.atomic(durable=True)
def _write(waybill_id: int, said: Answered, *, at: datetime) -> bool:
    """Write down what a courier answered. What was taken back meanwhile is not made any more."""
    order = _locked(Waybill.objects.get(pk=waybill_id).order_id)
    row = Waybill.objects.locked(pk=waybill_id).get()
    row.external_id, row.refusal = said.external_id or row.external_id, said.refusal[:300]
    if row.state == State.VOIDING:
        _write_voided(row, order, said, at=at)
    elif said.refusal or said.gone:
        row.state, row.next_at = State.REFUSED, None
        row.save()
        _journal("parcel.waybill_refused", order, row, by=SWEEP, at=at)
    elif said.number:
        row.state, row.number, row.made_at, row.next_at = State.MADE, said.number, at, None
        row.save()
        _number_parcels(order, row, by=SWEEP, at=at)
    else:
        row.state, row.next_at = State.ASKED, at + _pause(row.tries - 1)
        row.save()
    return row.state != State.ASKED


def _write_voided(row: Waybill, order: Order, said: Answered, *, at: datetime) -> None:
    row.next_at = None
    if said.refusal:  # the courier keeps it: then it stands, and a person reads why
        row.state = State.MADE if row.number else State.REFUSED
        row.save()
        if row.number and order.status not in GONE_BACK:
            _number_parcels(order, row, by=SWEEP, at=at)
        return
    row.state = State.VOID
    row.save()
    _journal("parcel.waybill_void", order, row, by=SWEEP, at=at)


def _void(row: Waybill, order: Order, *, by: Actor, at: datetime) -> None:
    """Let the number go. One that was never asked for, or was typed by hand, needs no talk with the courier."""
    alone = row.by_hand or (row.state == State.WANTED and not row.tries)
    row.state, row.next_at, row.tries = (State.VOID, None, 0) if alone else (State.VOIDING, at, 0)
    row.save()
    if row.number:
        Parcel.objects.filter(order=order, waybill=row.number).update(waybill="")
    _journal("parcel.waybill_taken_back", order, row, by=by, at=at)
    if not alone:
        wake("delivery.tasks.make_waybills")


def _begin(order: Order, courier: str, at: datetime) -> Waybill:
    """Give the next wish of an order a key of its own. Raises HasWaybill while one stands."""
    standing = Waybill.objects.filter(order=order, state__in=Waybill.LIVE).first()
    if standing is not None:
        raise HasWaybill(detail={"number": order.number, "waybill": str(standing)})
    place = Waybill.objects.filter(order=order).count() + 1
    return Waybill(order=order, courier_id=courier, key=f"{order.number}-{place}", wanted_at=at)


def _number_parcels(order: Order, row: Waybill, *, by: Actor, at: datetime) -> None:
    """Write the number on the parcels. The feed tells it to the order's channel, however late it comes."""
    Parcel.objects.filter(order=order).exclude(state=Parcel.State.OPENED).update(waybill=row.number)
    _journal("parcel.waybill", order, row, by=by, at=at)
    wake("delivery.tasks.pick_up_news")


def _journal(kind: str, order: Order, row: Waybill, *, by: Actor, at: datetime) -> None:
    data: dict[str, journal.Code] = {"waybill": row.number, "courier": row.courier_id, "key": row.key}
    journal.record([journal.Entry(kind, order, data)], by=by, at=at)


def _refuse_unsealed(order: Order) -> None:
    if not Parcel.objects.filter(order=order).exclude(state=Parcel.State.OPENED).exists():
        raise NotSealed(detail={"number": order.number})


def _locked(number: int) -> Order:
    order = Order.objects.locked(number=number).first()
    if order is None:
        raise Missing
    return order
