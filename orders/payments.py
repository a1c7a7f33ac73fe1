"""Payments and money back: what came in is recorded, what is owed back is paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import credits, holds, journal, lifecycle, takings
from orders.models import Credit, Order, Parcel, Payment
from orders.status import HoldReason
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing


class CreditSettled(DomainError):
    """The credit was paid or written off before."""

    sentence = _("Credit %(number)s is settled already.")


class NothingPaid(DomainError):
    """A payment of nothing, or a correction of more than came in."""

    sentence = _("Order %(number)s has received %(paid)s minor units; that cannot be booked.")


class NothingOwed(DomainError):
    """A credit of nothing."""

    sentence = _("A credit gives something back on each of its lines.")


class CreditExists(DomainError):
    """The reference stands on another credit."""

    sentence = _("There is a credit with the reference %(reference)s already: %(number)s.")


@dataclass(frozen=True, slots=True)
class Service:
    """A service or a gesture in words, and what is given back for it: gross minor units."""

    name: str
    amount_minor: int
    quantity: int = 1


@dataclass(frozen=True, slots=True)
class Owed:
    """Money to give back beside a return: for a service, as goodwill; with an order or without one."""

    reason: Credit.Reason
    currency: str
    lines: Sequence[Service]
    order: int | None = None
    reference: str = ""


@transaction.atomic(durable=True)
def record(number: int, amount_minor: int, *, account: Payment.Account, by: Actor, at: datetime) -> Order:
    """Record money for an order; a correction is negative. What is due at the door falls, unless an act is closed.

    A hold that waited for the payment ends when all is paid. Raises NothingPaid.
    """
    order = Order.objects.locked(number=number).first()
    if order is None:
        raise Missing
    return book(order, amount_minor, account=account, by=by, at=at)


def book(order: Order, amount_minor: int, *, account: Payment.Account, by: Actor, at: datetime) -> Order:
    """Record money for an order that the caller has locked in its own transaction. Raises NothingPaid."""
    if not amount_minor or order.paid_minor + amount_minor < 0:
        raise NothingPaid(detail={"number": order.pk, "paid": order.paid_minor})
    data: dict[str, journal.Code] = {"amount": amount_minor, "account": str(account)}
    event = journal.record([journal.Entry("order.paid", order, data)], by=by, at=at)[0]
    takings.receive([takings.Taking(order, account, amount_minor)], [event])
    paid = order.paid_minor >= order.total_minor
    if paid and holds.close([order], [HoldReason.AWAITING_PAYMENT], by=by, at=at):
        lifecycle.confirm_agreed(order, at=at)
    # A closed act's figures stand for ever: what is paid after it closed the courier will report as refused or taken.
    first = Parcel.objects.filter(order=order, state=Parcel.State.INSIDE).exclude(on_act=Parcel.OnAct.CLOSED)
    first.filter(cod_minor__gt=0).update(cod_minor=order.due_minor)
    return order


@transaction.atomic(durable=True)
def credit(owed: Owed, *, by: Actor, at: datetime) -> Credit:
    """Owe a customer money that no return explains. Raises CreditExists for a reference that was used before."""
    order = Order.objects.locked(number=owed.order).first() if owed.order is not None else None
    if owed.order is not None and order is None:
        raise Missing
    return owe(owed, order, by=by, at=at)


def owe(owed: Owed, order: Order | None, *, by: Actor, at: datetime) -> Credit:
    """Owe money back within the caller's transaction; the order, if there is one, is locked. Raises CreditExists."""
    if any(one.amount_minor <= 0 for one in owed.lines):
        raise NothingOwed
    if owed.reference and (known := Credit.objects.filter(reference=owed.reference).first()):
        raise CreditExists(detail={"reference": owed.reference, "number": known.pk})
    event = journal.record([journal.Entry("credit.opened", order, {"reason": str(owed.reason)})], by=by, at=at)[0]
    lines = [credits.NewCreditLine(one.name, one.amount_minor, "service", one.quantity) for one in owed.lines]
    new = credits.NewCredit(
        owed.reason, owed.currency, lines, order=order,
        customer_id=order.customer_id if order else None, reference=owed.reference,
    )  # fmt: skip
    return credits.open_credits([(new, event)])[0]


@transaction.atomic(durable=True)
def pay(credit_id: int, *, by: Actor, at: datetime) -> Credit:
    """Say that a credit was paid. Raises Missing, CreditSettled: money goes back once."""
    return _settle(credit_id, Credit.State.PAID, by=by, at=at)


@transaction.atomic(durable=True)
def write_off(credit_id: int, *, by: Actor, at: datetime) -> Credit:
    """Say that a credit will never be paid. Raises Missing, CreditSettled."""
    return _settle(credit_id, Credit.State.WRITTEN_OFF, by=by, at=at)


@transaction.atomic(durable=True)
def take_credit(credit_id: int, person: int, *, by: Actor, at: datetime) -> Credit:
    """Make it somebody's work to pay a credit. Raises Missing, CreditSettled."""
    found = _lock_due(credit_id)
    found.owner_id = person
    found.save(update_fields=["owner"])
    journal.record([journal.Entry("credit.taken", data={"owner": person}, subject=("credit", found.pk))], by=by, at=at)
    return found


def _lock_due(credit_id: int) -> Credit:
    found = Credit.objects.locked(pk=credit_id).first()
    if found is None:
        raise Missing
    if found.state != Credit.State.DUE:
        raise CreditSettled(detail={"number": credit_id})
    return found


def _settle(credit_id: int, state: Credit.State, *, by: Actor, at: datetime) -> Credit:
    found = _lock_due(credit_id)
    order = Order.objects.locked(number=found.order_id).first() if found.order_id else None
    return settle(found, order, state, by=by, at=at)


def settle(found: Credit, order: Order | None, state: Credit.State, *, by: Actor, at: datetime) -> Credit:
    """Settle a credit that is due within the caller's transaction; the order, if there is one, is locked."""
    entry = journal.Entry(f"credit.{state}", order, {"amount": found.amount_minor}, subject=("credit", found.pk))
    event = journal.record([entry], by=by, at=at)[0]
    found.state, found.settled_at, found.settled_event = state, at, event
    found.save(update_fields=["state", "settled_at", "settled_event"])
    return found


def take_back(found: Credit, order: Order, *, by: Actor, at: datetime) -> Credit:
    """Say that money which a shop gave back was not given after all; the caller has locked both. Its number is free."""
    found.reference = f"{found.reference[:40]}:gone:{found.pk}"
    found.save(update_fields=["reference"])
    return settle(found, order, Credit.State.TAKEN_BACK, by=by, at=at)
