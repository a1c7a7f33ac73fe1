"""Doubts: what a person must look at before an order is packed. Nothing here refuses an order."""

from orders import carrying
from orders.holds import NewHold
from orders.models import Channel, Customer, Order
from orders.status import HoldReason
from shopdesk.base.money import from_minor

TOTALS = "totals differ by"  # how the note of that hold begins
OWN_NOTES = (TOTALS, carrying.NOTE)  # of holds for other reasons that a change of data opens and closes


def of(order: Order) -> list[NewHold]:
    """Give the holds that an order's own data ask for, as it stands."""
    wanted = []
    if order.channel.contact == Channel.Contact.REQUIRED:
        if not order.contact_phone:
            wanted.append(NewHold(order, HoldReason.BAD_PHONE))
        if not goes_somewhere(order):
            wanted.append(NewHold(order, HoldReason.BAD_ADDRESS))
    if order.payment_method == Order.PaidBy.PREPAID and order.paid_minor < order.total_minor:
        wanted.append(NewHold(order, HoldReason.AWAITING_PAYMENT))
    if order.customer is not None and order.customer.mark == Customer.Mark.BLOCKED:
        wanted.append(NewHold(order, HoldReason.HIGH_RISK))
    if reasons := carrying.obstacles(order):
        wanted.append(NewHold(order, HoldReason.OTHER, note=f"{carrying.NOTE} {'; '.join(reasons)}"))
    stated = order.channel_total_minor
    if stated is not None and stated != order.total_minor:
        differs = from_minor(stated - order.total_minor, order.currency)
        wanted.append(NewHold(order, HoldReason.OTHER, note=f"{TOTALS} {differs} {order.currency}"))
    return wanted


def goes_somewhere(order: Order) -> bool:
    """Tell whether it is known where to, or nobody brings it."""
    at_home = order.delivery_method in {"", Order.Delivery.PICKUP}
    return at_home or bool(order.address_text or order.address_city)
