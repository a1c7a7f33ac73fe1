"""Doubts: what a person must look at before an order is packed. Nothing here refuses an order."""

from orders import carrying
from orders.holds import About, NewHold, Says
from orders.models import Channel, Customer, Hold, Order
from orders.status import HoldReason

OWN = (About.TOTALS, About.CARRIER)  # holds for other reasons that a change of data opens and closes
OLD_NOTES = {"totals differ by": About.TOTALS, carrying.OLD_NOTE: About.CARRIER}  # as they were kept once


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
    if why := carrying.obstacles(order):
        wanted.append(NewHold(order, HoldReason.OTHER, Says(About.CARRIER, {"why": why})))
    stated = order.channel_total_minor
    if stated is not None and stated != order.total_minor:
        differs = {"minor": stated - order.total_minor, "currency": order.currency}
        wanted.append(NewHold(order, HoldReason.OTHER, Says(About.TOTALS, differs)))
    return wanted


def about(hold: Hold) -> str:
    """Say which of these an open hold for another reason is; empty for a person's own and for what others close."""
    if hold.code:
        return hold.code if hold.code in OWN else ""
    return next((code for begin, code in OLD_NOTES.items() if hold.note.startswith(begin)), "")


def goes_somewhere(order: Order) -> bool:
    """Tell whether it is known where to, or nobody brings it."""
    at_home = order.delivery_method in {"", Order.Delivery.PICKUP}
    return at_home or bool(order.address_text or order.address_city)
