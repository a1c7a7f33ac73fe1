"""What is kept beside an order that came by API v5: its shop's customer, and the payments that the shop speaks of."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from orders import changes, customers, journal, payments
from orders.inbox.applying import Verdict
from orders.inbox.asked import UNASKED, Cause
from orders.models import Channel, Customer, InboundMessage, Order, Payment, SearchKey
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.retailcrm import words
from shopdesk.retailcrm.models import PromisedPayment, ShopCustomer
from shopdesk.retailcrm.showing import said_of
from shopdesk.retailcrm.taking import NewPayment, Read

State = InboundMessage.State


class PaymentExists(DomainError):
    """The shop's id of the payment is taken."""

    sentence = _("Order %(number)s already has a payment with that id.")


class KnownByAnother(DomainError):
    """The order has an id of its shop already, or the id is another order's."""

    sentence = _("Order %(number)s is known to its shop by another id, or another order is known by this one.")


def keep_beside(order: Order, read: Read, *, at: datetime) -> None:
    """Keep an order's payments and its shop's customer. A second time changes nothing: it may follow a crash."""
    _keep_payments(order, read.payments)
    _keep_customer(order, read, at=at)


@transaction.atomic(durable=True)
def promise(order: Order, new: NewPayment, *, by: Actor, at: datetime, cause: Cause = UNASKED) -> PromisedPayment:
    """Keep a payment that the shop speaks of, and book it if it is paid. Raises PaymentExists, NothingPaid."""
    cause.lock()
    locked = Order.objects.lock(order.pk)
    if new.external_id and PromisedPayment.objects.filter(order=locked, external_id=new.external_id).exists():
        raise PaymentExists(detail={"number": locked.pk})
    row = PromisedPayment.objects.create(
        order=locked, external_id=new.external_id, type=new.type, status=new.status, amount_minor=new.amount_minor,
        paid_at=new.paid_at,
    )  # fmt: skip
    _book(row, locked, by=by, at=at)
    cause.mark(_done("payment", locked), about(row), at=at)
    return row


@transaction.atomic(durable=True)
def change(
    payment: PromisedPayment, new: NewPayment, *, by: Actor, at: datetime, cause: Cause = UNASKED
) -> PromisedPayment:
    """Bring a payment to what the shop says now; the difference is booked, once. Raises Missing, NothingPaid.

    What the shop said before something that is done already changes nothing.
    """
    cause.lock()
    locked = Order.objects.lock(payment.order_id)
    row = _locked(payment)
    if cause.is_overtaken(about(row)):
        cause.mark(_done("older", locked), about(row), at=at)
        return row
    row.type, row.status, row.amount_minor, row.paid_at = new.type, new.status, new.amount_minor, new.paid_at
    _book(row, locked, by=by, at=at)
    row.save()
    cause.mark(_done("payment", locked), about(row), at=at)
    return row


@transaction.atomic(durable=True)
def remove(payment: PromisedPayment, *, by: Actor, at: datetime, cause: Cause = UNASKED) -> None:
    """Take a payment back; what was booked of it is booked back. Raises Missing, NothingPaid."""
    cause.lock()
    locked = Order.objects.lock(payment.order_id)
    row = _locked(payment)
    row.status, row.removed_at, row.external_id = "fail", at, ""
    _book(row, locked, by=by, at=at)
    row.save()
    cause.mark(_done("payment_gone", locked), about(row), at=at)


@transaction.atomic(durable=True)
def note_external_id(order: Order, external_id: str, *, by: Actor, at: datetime) -> Order:
    """Note by which id a shop knows an order. The same again changes nothing. Raises KnownByAnother."""
    locked = Order.objects.lock(order.pk)
    if locked.external_id == external_id:
        return locked
    taken = Order.objects.filter(channel=locked.channel_id, external_id=external_id).exists()
    if locked.external_id or taken:
        raise KnownByAnother(detail={"number": locked.pk})
    locked.external_id = external_id
    locked.save(update_fields=["external_id"])
    SearchKey.objects.bulk_create(SearchKey(order=locked, key=key) for key in customers.words(external_id))
    journal.record(
        [journal.Entry(changes.EDITED, locked, {"changed": {"external_id": ["", external_id]}, "lines": []})],
        by=by, at=at,
    )  # fmt: skip
    return locked


def about(payment: PromisedPayment) -> str:
    """Name a payment in the inbox."""
    return f"payment:{payment.pk}"


def _done(reason: str, order: Order) -> Verdict:
    state = State.IGNORED if reason == "older" else State.APPLIED
    return Verdict(state, reason, external_id=order.external_id, order=order.pk)


def _locked(payment: PromisedPayment) -> PromisedPayment:
    row = PromisedPayment.objects.locked(pk=payment.pk, removed_at=None).first()
    if row is None:
        raise Missing
    return row


def _book(row: PromisedPayment, order: Order, *, by: Actor, at: datetime) -> None:
    """Book what came in of a payment since it was looked at last."""
    wanted = row.amount_minor if row.status == words.PAID else 0
    if wanted != row.booked_minor:
        payments.book(order, wanted - row.booked_minor, account=Payment.Account.PREPAID, by=by, at=at)
        row.booked_minor = wanted
        PromisedPayment.objects.filter(pk=row.pk).update(booked_minor=wanted)


def _keep_payments(order: Order, wanted: Sequence[NewPayment]) -> None:
    """Keep the payments that came with an order. What of them was paid, intake has booked."""
    if not wanted or PromisedPayment.objects.filter(order=order).exists():
        return
    PromisedPayment.objects.bulk_create(
        [
            PromisedPayment(
                order=order, external_id=one.external_id, type=one.type, status=one.status,
                amount_minor=one.amount_minor, paid_at=one.paid_at,
                booked_minor=one.amount_minor if one.status == words.PAID else 0,
            )
            for one in {payment.external_id or place: payment for place, payment in enumerate(wanted)}.values()
        ]
    )  # fmt: skip


def _keep_customer(order: Order, read: Read, *, at: datetime) -> None:
    """Let the shop know its customer again by the order, unless it does."""
    if order.customer is None or said_of(order).get("customer"):
        return
    known = ShopCustomer.objects.filter(channel=order.channel, customer=order.customer)
    if known.exists():
        return
    try:
        with transaction.atomic():
            _new_customer(order, order.customer, read, at)
    except IntegrityError:  # two orders of one new customer at once: the other one's row is as good
        return


def _new_customer(order: Order, customer: Customer, read: Read, at: datetime) -> None:
    said = said_of(order)
    ShopCustomer.objects.create(
        channel=order.channel, external_id=str(read.customer.get("externalId") or "")[:64], customer=customer,
        first_name=said.get("firstName", ""), last_name=said.get("lastName", ""),
        patronymic=said.get("patronymic", ""), email=order.contact_email,
        phones=[order.contact_phone or order.contact_phone_raw] if order.contact_phone_raw else [], created_at=at,
    )  # fmt: skip


def named_customer(read: Read, channel: Channel) -> ShopCustomer | None:
    """Give the shop's customer that an order names by its id here or by the shop's own; None for an unknown one."""
    rows = ShopCustomer.objects.filter(channel=channel)
    number, own = str(read.customer.get("id") or ""), str(read.customer.get("externalId") or "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        return rows.filter(pk=int(number)).first()
    return rows.filter(external_id=own).first() if own else None
