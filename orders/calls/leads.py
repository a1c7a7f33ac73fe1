"""Unfinished orders: who left a basket in the shop is rung after a while, unless they order by themselves (§3.9)."""

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from orders import calltasks, journal
from orders.models import CallTask, Channel, Customer, CustomerPhone, Mode, Order, PhoneLease, Shop, ShopOrder
from orders.models.calls import CallTaskRows
from orders.models.inbox import ShopOrderRows
from shopdesk.base.access import SWEEP

MOST_AT_ONCE: Final = 500
STALE: Final = timedelta(days=3)  # who left a basket longer ago has forgotten it, or bought elsewhere


def ring_leads(*, at: datetime) -> int:
    """Ask to ring whoever left a basket so long ago as the shop says; end what an order made needless. Gives how many.

    A lead is never an order: nothing is reserved for it, and no figure counts it.
    """
    done = sum(end(key, at=at) for key in list(_needless(at).values_list("pk", flat=True)[:MOST_AT_ONCE]))
    after = Shop.current().call_leads_after_minutes
    if not after:
        return done
    keys = _left(at, timedelta(minutes=after)).order_by("placed_at", "pk").values_list("pk", flat=True)
    return done + sum(ring(key, timedelta(minutes=after), at=at) for key in list(keys[:MOST_AT_ONCE]))


@transaction.atomic(durable=True)
def ring(lead_id: int, after: timedelta, *, at: datetime) -> bool:
    """Ask for one call. The second of two at once finds it asked for, and changes nothing."""
    lead = _left(at, after).select_for_update(no_key=True, of=("self",)).filter(pk=lead_id).first()
    if lead is None:
        return False
    known = CustomerPhone.objects.filter(phone=lead.phone).first()
    lead.call = calltasks.open_lead(lead.phone, customer_id=known.customer_id if known else None, at=at)
    lead.save(update_fields=["call"])
    entry = journal.Entry(
        "call.lead", data={"task": lead.call.pk, "channel": lead.channel_id}, subject=("shop_order", lead.pk)
    )
    journal.record([entry], by=SWEEP, at=at)
    return True


@transaction.atomic(durable=True)
def end(task_id: int, *, at: datetime) -> bool:
    """End one call that nobody needs any more. Who is being talked to goes on: the talk is about both then."""
    task = _needless(at).select_for_update(no_key=True, of=("self",)).filter(pk=task_id).first()
    if task is None:
        return False
    task.closed_at, task.token = at, ""
    task.save(update_fields=["closed_at", "token"])
    entry = journal.Entry("call.lead_ordered", data={"task": task.pk}, subject=("call_task", task.pk))
    journal.record([entry], by=SWEEP, at=at)
    return True


def _left(at: datetime, after: timedelta) -> ShopOrderRows:
    """Narrow to baskets that rest long enough and not too long, with a phone of ours to ring that ordered nothing."""
    rows = ShopOrder.objects.filter(
        meaning=ShopOrder.Meaning.LEAD, order=None, was_order=False, call=None, placed_at__lte=at - after,
        placed_at__gt=at - STALE, channel__contact=Channel.Contact.REQUIRED,
    ).exclude(phone="")  # fmt: skip
    blocked = CustomerPhone.objects.filter(phone=OuterRef("phone"), customer__mark=Customer.Mark.BLOCKED)
    gone = rows.filter(deleted_at__isnull=False).exclude(live_at__gte=F("deleted_at"))
    return rows.exclude(_ordered_since("placed_at")).exclude(Exists(blocked)).exclude(pk__in=gone.values("pk"))


def _needless(at: datetime) -> CallTaskRows:
    """Narrow to open calls about a basket whose phone has ordered since, and that nobody is in."""
    talking = PhoneLease.objects.filter(phone=OuterRef("phone"), until__gt=at)
    open_ones = CallTask.objects.filter(_ordered_since("opened_at"), mode=Mode.LEAD, closed_at=None)
    return open_ones.exclude(Exists(talking))


def _ordered_since(when: str) -> Exists:
    """Whether whoever has this phone ordered since, by any phone of theirs. Orders have an index by customer."""
    return Exists(Order.objects.filter(customer__phones__phone=OuterRef("phone"), taken_at__gte=OuterRef(when)))
