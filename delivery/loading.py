"""What an act is loaded with: the sealed parcels that wait for its courier."""

from datetime import date

from django.db.models import Q, QuerySet

from delivery import queues
from orders import stock
from orders.models import Order, Parcel


def to_go(courier: str, ship_on: date, location: str = "") -> QuerySet[Parcel]:
    """List sealed parcels on no act that a courier takes by that day; of an order without a courier any takes them.

    Without a location: the main one, as an act that is opened without one.
    """
    anybodys = Q(order__courier=None) & ~Q(order__delivery_method=Order.Delivery.PICKUP)
    rows = queues.to_hand_over().filter(order__location=location or stock.main_location().code)
    due = Q(order__ship_on__lte=ship_on) | Q(order__ship_on=None)
    return rows.filter(Q(order__courier=courier) | anybodys).filter(due)
