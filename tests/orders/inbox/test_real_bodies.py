"""Every real order body is taken in with what a person read from it: the figures here were worked out by hand."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orders import inbox
from orders.channels import hear
from orders.channels.said import Said, SaidRefunded
from orders.inbox import polling, secrets
from orders.models import Connection, Credit, InboundMessage, Order, ShopOrder
from orders.status import Status
from tests import make
from tests.orders.inbox import shops
from tests.orders.inbox.standin import standing

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


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("create_an_order", 0, woo_727()),
        ("retrieve_an_order", 0, woo_727()),
        ("update_an_order", 0, woo_727()),
        ("delete_an_order", 0, woo_727()),
        ("list_all_orders", 0, woo_727()),
        ("batch_update_orders", 2, woo_727()),
        # 12.00 + 0.90, 20.00 + 1.50, 20.00 for the way.
        ("batch_update_orders", 1, woo_727(
            total=5440, stated=5440, delivery=2000, tax=240, paid=5440, lines=[IDEA, ("", 1, 2150, 0, 2150, 150)])),
        # 9.00 and 20.00 without tax, 10.00 for the way; paid when it was completed, 19.00 given back since, and the
        # body does not say for what: somebody looks.
        ("list_all_orders", 1, woo_727(
            total=3900, stated=3900, tax=0, paid=3900, who=BRASIL,
            holds=NEVER_RINGS | {"other"}, lines=[("", 1, 900, 0, 900, 0), ("", 1, 2000, 0, 2000, 0)])),
        ("batch_update_orders", 3, woo_727(
            total=3900, stated=3900, tax=0, paid=3900, who=BRASIL,
            holds=NEVER_RINGS | {"other"}, lines=[("", 1, 900, 0, 900, 0), ("", 1, 2000, 0, 2000, 0)])),
    ],
)  # fmt: skip
def test_woocommerce_body(name, place, expected):
    channel = shops.shop()
    kept = shops.hear(channel, bodies(name)[place], topic="order.created")

    assert kept.reason == "taken"
    assert told(Order.objects.get()) == expected


def test_woocommerce_refunds_that_the_desk_asked_for_say_what_went_back(settings):
    """723: 9.00 and 20.00, 10.00 for the way. The album went back for 9.00; 10.00 more went back for no goods."""
    settings.OUTGOING_TO_THIS_MACHINE = True
    with standing() as standin:
        keys = {"api_key": secrets.sealed("woocomme", "api_key", "ck"), "address": standin.address, "polls": True}
        shops.shop(**keys)
        standin.orders[723] = bodies("list_all_orders")[1]
        standin.refunds[723] = shops.read("woocommerce/order-refunds.list_all_refunds.json")
        own = Connection.objects.select_related("channel").get()
        Connection.objects.update(polled_until=datetime(2017, 3, 1, tzinfo=UTC))
        own.refresh_from_db()
        polling.poll(own, at=make.AT)
        shops.sweep()

    order = Order.objects.get()
    assert [(line.name, line.quantity - line.cancelled, line.total_minor) for line in order.lines.all()] == [
        ("Woo Ninja", 1, 2000)
    ]
    assert (order.delivery_minor, order.total_minor) == (1000, 3000)
    assert sorted(Credit.objects.values_list("amount_minor", "reason", "state")) == [
        (900, "cancelled", "paid"), (1000, "other", "paid"),
    ]  # fmt: skip


def order_bodies(found: Any) -> int:
    """Count the orders in a file: what has lines and says where to ship, or who pays, however deep it stands."""
    if isinstance(found, dict):
        own = "line_items" in found and bool({"billing", "billing_address"} & found.keys())
        return 1 if own else sum(order_bodies(value) for value in found.values())
    return sum(order_bodies(value) for value in found) if isinstance(found, list) else 0


def test_no_real_order_body_is_left_out_of_these_tests():
    found = {str(path.relative_to(shops.REAL)): json.loads(path.read_text()) for path in shops.REAL.rglob("*.json")}
    orders = {name: n for name, body in found.items() if (n := order_bodies(body))}
    assert orders == {
        f"{WOO}create_an_order.json": 1, f"{WOO}retrieve_an_order.json": 1, f"{WOO}update_an_order.json": 1,
        f"{WOO}delete_an_order.json": 1, f"{WOO}list_all_orders.json": 2, f"{WOO}batch_update_orders.json": 4,
        "shopify/order.json": 1, "shopify/draft_order_completed.json": 1,
    }  # fmt: skip
    # Without lines: its own test below. Documents of CommerceML: one, too.
    assert [one["id"] for one in found["shopify/orders.json"]["orders"]] == [450789469]
    assert [path.name for path in shops.REAL.rglob("*.xml")] == ["carono_orders.xml"]


def test_woocommerce_refunds_are_money_that_went_back():
    shops.hear(shops.shop(), bodies("list_all_orders")[1])

    assert sorted(Credit.objects.values_list("amount_minor", "state")) == [(900, "paid"), (1000, "paid")]


def test_woocommerce_order_that_nobody_paid_yet_is_a_lead_with_the_shops_own_total():
    """728: 15.00, 3.00, 12.00; the tax of the cart is 2.25, though the lines' taxes add up to 2.26."""
    channel = shops.shop()
    shops.hear(channel, bodies("batch_update_orders")[0])
    assert not Order.objects.exists()

    said = Said.of_stored(ShopOrder.objects.get().said)
    assert [line.total_minor for line in said.lines] == [1612, 323, 1290]
    assert (said.delivery_minor, said.stated_total_minor) == (3000, 6225)


def test_shopify_order_whose_figures_do_not_fit_is_taken_with_both():
    """Three players at 199.00, tax 11.94, and a total of 409.94 that fits two of them: 199.00 short."""
    shops.hear(shops.shop("shopify"), shops.read("shopify/order.json"), topic="orders/create")

    assert told(Order.objects.get()) == {
        "total": 60894, "stated": 40994, "delivery": 0, "discount": 0, "tax": 1194, "paid": 0, "by": "prepaid",
        "who": BOB,
        "lines": [(f"IPOD2008{colour}", 1, 20298, 0, 20298, 398) for colour in ("GREEN", "RED", "BLACK")],
        "holds": NEVER_RINGS | {"awaiting_payment", "other"},
    }  # fmt: skip


def test_shopify_order_without_lines_is_taken_and_waits_for_a_person():
    """Its lines were left out of the answer; a phone of the customer can be rung, the address's cannot."""
    channel = shops.shop("shopify")
    kept = shops.hear(channel, shops.read("shopify/orders.json"), topic="orders/updated")
    assert kept.reason == "split"

    order = Order.objects.get()
    assert told(order) == {
        "total": 0, "stated": 59894, "delivery": 0, "discount": 0, "tax": 0, "paid": 59894, "by": "prepaid",
        "who": BOB, "lines": [], "holds": {"other"},
    }  # fmt: skip
    assert order.contact_phone == "+557734881234"


def test_shopify_refund_before_its_order_waits_for_it():
    channel = shops.shop("shopify")
    kept = shops.hear(channel, shops.read("shopify/refund.json"), topic="refunds/create")
    assert (kept.state, ShopOrder.objects.get().refunds) == ("applied", {"509562969": 20900})

    shops.hear(channel, shops.read("shopify/order.json"), topic="orders/create")

    assert list(Credit.objects.values_list("amount_minor", "state")) == [(20900, "paid")]


def test_shopify_finished_draft_points_to_its_order_and_an_open_one_is_a_lead():
    channel = shops.shop("shopify")
    body = shops.read("shopify/draft_order_completed.json")
    kept = shops.hear(channel, body, topic="draft_orders/update")
    assert (kept.reason, kept.detail) == ("finished_draft", {"id": "450789469"})

    shops.hear(channel, {"draft_order": body["draft_order"] | {"order_id": None}}, topic="draft_orders/create")

    side = ShopOrder.objects.get()
    said = Said.of_stored(side.said)
    assert (side.external_id, side.order, Order.objects.count()) == ("D517119332", None, 0)
    # 199.00, and twice 494.14 less 35.38; 20.00 for the way, 1.48 off the whole; the draft says 1,027.41.
    assert [line.total_minor for line in said.lines] == [19900, 95290]
    assert (said.delivery_minor, said.discount_minor, said.stated_total_minor) == (2000, 148, 102741)
    assert (said.name, side.phone) == ("Bob Norman", "+16393721289")


def test_shopify_transactions_and_other_topics_are_not_for_the_desk():
    channel = shops.shop("shopify")
    for name, topic in (("fulfillment", "fulfillments/create"), ("product", "products/update")):
        kept = shops.hear(channel, shops.read(f"shopify/{name}.json"), topic=topic)
        assert (kept.state, kept.reason) == ("ignored", "topic")
    assert isinstance(
        hear(channel, "refunds/create", '{"id": 1, "order_id": 2}', make.AT), SaidRefunded
    )  # fmt: skip


def test_commerceml_order_of_a_shop_in_cyrillic_bytes():
    channel = shops.shop("file", currency="RUB", country="RU", zone="Europe/Moscow")
    raw = (shops.REAL / "commerceml" / "carono_orders.xml").read_bytes()
    shops.hear(channel, raw)

    order = Order.objects.get()
    assert told(order) == {
        "total": 968342, "stated": 968342, "delivery": 34800, "discount": 0, "tax": 0, "paid": 968342, "by": "cod",
        "who": ("Петр Петров", "", "87698", "", ""), "lines": [("", 1, 933542, 0, 933542, 0)],
        "holds": NEVER_RINGS,
    }  # fmt: skip
    assert (order.external_id, order.placed_at.isoformat()) == ("20", "2007-10-16T11:40:40+00:00")
    assert order.lines.get().name == "Комбайн MOULINEX A77 4C"


def test_entities_in_xml_are_never_read():
    channel = shops.shop("file")
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    kept = shops.hear(channel, bomb)

    assert (kept.state, kept.reason) == ("failed", "not_json")
    assert inbox.waiting() == []
    assert InboundMessage.objects.count() == 1
    assert not Order.objects.filter(status=Status.NEW).exists()
