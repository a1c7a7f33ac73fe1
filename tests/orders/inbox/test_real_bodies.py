"""Every real order body is taken in with what a person read from it: the figures here were worked out by hand."""

from typing import Any

import pytest

from orders import inbox
from orders.channels import hear
from orders.channels.said import Said, SaidRefunded
from orders.models import Credit, InboundMessage, Order, ShopOrder
from orders.status import Status
from tests import make
from tests.orders.inbox import shops

pytestmark = pytest.mark.django_db
WOO = "woocommerce/orders."
MARKET = ("John Doe", "john.doe@example.com", "969 Market, San Francisco, CA, 94103, US", "US-CA", "94103")
BRASIL = ("João Silva", "joao.silva@example.com", "Av. Brasil, 432, Rio de Janeiro, RJ, 12345-000, BR", "BR-RJ",
          "12345-000")  # fmt: skip
BOB = ("Bob Norman", "bob.norman@hostmail.com", "Chestnut Street 92, Louisville, Kentucky, 40202, United States",
       "US-KY", "40202")  # fmt: skip
# Two cups at 3.00 and tax of 0.45: 3.23 a piece, since 3.225 is no price, and the odd cent is a discount.
SINGLE = ("", 2, 323, 1, 645, 45)
IDEA = ("Bar3", 1, 1290, 0, 1290, 90)
NEVER_RINGS = {"bad_phone", "unknown_item"}  # (555) 555-5555 is nobody's number


@pytest.fixture(autouse=True)
def own_shop():
    make.shop()


def told(order: Order) -> dict[str, Any]:
    """Put an order as the tables below do."""
    return {
        "total": order.total_minor, "stated": order.channel_total_minor, "delivery": order.delivery_minor,
        "discount": order.discount_minor, "tax": order.tax_minor, "paid": order.paid_minor, "by": order.payment_method,
        "who": (order.contact_name, order.contact_email, order.address_text, order.address_region,
                order.address_postcode),
        "lines": [(line.sku, line.quantity, line.price_minor, line.discount_minor, line.total_minor, line.tax_minor)
                  for line in order.lines.all()],
        "holds": set(order.holds.filter(closed_at=None).values_list("reason", flat=True)),
    }  # fmt: skip


def woo_727(**fields: Any) -> dict[str, Any]:
    """Order 727: 6.00 + 0.45 and 12.00 + 0.90 with tax, 10.00 for the way: 29.35, paid to the bank."""
    return {
        "total": 2935, "stated": 2935, "delivery": 1000, "discount": 0, "tax": 135, "paid": 2935, "by": "prepaid",
        "who": MARKET, "lines": [SINGLE, IDEA], "holds": NEVER_RINGS,
    } | fields  # fmt: skip


def bodies(name: str) -> list[Any]:
    found = shops.read(f"{WOO}{name}.json")
    if isinstance(found, list):
        return found
    return [found] if "id" in found else [one for group in found.values() for one in group]


# 723: 10 albums at … : 29.00 of goods without tax and 10.00 for the way; 19.00 were given back in two parts.
ALBUM = [("", 1, 2900, 0, 2900, 0)]


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("create_an_order", 0, woo_727()),
        ("retrieve_an_order", 0, woo_727()),
        ("update_an_order", 0, woo_727()),
        ("delete_an_order", 0, woo_727()),
        ("list_all_orders", 0, woo_727()),
        # 12.00 + 1.80 for … see below: 729 has 24.00 and 8.00 with 2.40 of tax and 20.00 for the way.
        ("batch_update_orders", 2, woo_727()),
    ],
)
def test_woocommerce_body(name, place, expected):
    channel = shops.shop()
    kept = shops.hear(channel, bodies(name)[place], topic="order.created")

    assert kept.reason == "taken"
    assert told(Order.objects.get()) == expected
