"""Where a customer lives: their region by its code, and the clock they are rung by."""

from orders.models import Order
from shopdesk.base import phones
from shopdesk.base.places import region_in, region_of

LONGEST = 500  # of an address in one line


def settle(order: Order) -> None:
    """Write the region's code and the zone on an order: by its region, else by a phone that tells it, else the shop's.

    The region as it was written, else the city that is one, else what the line of the address says. One that nobody can
    read stays as it was written, without a code.
    """
    country = order.address_country or order.channel.country
    region = (
        region_of(order.address_region, country)
        or region_in(order.address_city, country)
        or region_in(order.address_text[:LONGEST], country)
    )
    order.address_region_code = region.code if region else ""
    by_address = region.zone if region else ""
    order.zone = by_address or phones.zone_of(order.contact_phone) or order.channel.zone
