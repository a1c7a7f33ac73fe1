"""Giving out at the counter."""

from datetime import datetime

from django.db import transaction

from delivery import departure
from delivery.handoff.refusals import NotAtCounter, WrongSum
from orders.models import Order, Parcel
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor


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
