"""Shops are asked for what was lost, compared with day by day, told what became of their orders and of their goods."""

from datetime import timedelta

import pytest

from orders import changes, inbox
from orders.inbox import health, items, polling, reconciling, secrets, stocking, telling
from orders.models import ChannelDay, ChannelItem, Connection, InboundMessage, Order, ShopNote, ShopOrder
from orders.status import CancelReason, Status
from tests import make
from tests.orders.inbox import shops
from tests.orders.inbox.standin import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_shop(settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.shop()


@pytest.fixture
def standin():
    with standing() as shop:
        yield shop


def connected(standin, kind="woocommerce", **fields):
    code = kind[:8]
    keys = {
        "api_key": secrets.sealed(code, "api_key", "ck_1"),
        "api_secret": secrets.sealed(code, "api_secret", "cs_1"),
    }
    channel = shops.shop(kind, address=standin.address, polls=True, **keys, **fields)
    return Connection.objects.select_related("channel").get(pk=channel.pk)


def shopify(number, *, minute=0):
    placed = make.AT - timedelta(hours=1)
    return {
        "id": number, "created_at": placed.isoformat(), "updated_at": (placed + timedelta(minutes=minute)).isoformat(),
        "currency": "USD", "financial_status": "paid", "total_price": "6.00", "gateway": "bogus",
        "line_items": [{"id": 1, "name": "Cup", "sku": "CUP", "product_id": 9, "variant_id": 7, "quantity": 2,
                        "price": "3.00"}],
    }  # fmt: skip


@pytest.mark.once
def test_poll_fetches_what_was_lost_once_and_keeps_its_place(standin):
    own = connected(standin)
    standin.orders = {number: shops.woo(number, minute=number % 50) for number in range(1, 61)}

    assert polling.poll(own, at=make.AT) == 60
    shops.sweep()
    own.refresh_from_db()
    assert (Order.objects.count(), own.polled_until, own.poll_problem) == (60, make.AT, "")

    assert polling.poll(own, at=make.after(minutes=1)) == 0
    assert "modified_after" in standin.asked[0]


def test_poll_that_fails_keeps_the_place_and_says_why(standin):
    own = connected(standin)
    standin.fails = 1

    assert polling.poll_all(at=make.AT) == 0

    own.refresh_from_db()
    assert (own.polled_until, own.poll_problem) == (None, "500")
    standin.orders = {1: shops.woo(1)}
    assert polling.poll_all(at=make.after(minutes=1)) == 1


def test_webhook_and_poll_of_the_same_order_make_one_message(standin):
    own = connected(standin)
    standin.orders = {1: shops.woo(1)}
    shops.hear(own.channel, shops.woo(1), topic="order.created")

    assert polling.poll(own, at=make.AT) == 0
    assert InboundMessage.objects.count() == 1


def test_shopify_is_walked_by_its_own_cursor(standin):
    own = connected(standin, "shopify")
    standin.page = 2
    standin.orders = {number: shopify(number, minute=number) for number in range(1, 6)}

    assert polling.poll(own, at=make.AT) == 5
    shops.sweep()

    assert Order.objects.count() == 5


@pytest.mark.parametrize("kind", ["woocommerce", "shopify"])
def test_day_side_by_side_shows_a_lost_order_and_fetches_it(standin, kind):
    own = connected(standin, kind)
    make_one = shops.woo if kind == "woocommerce" else shopify
    standin.orders = {number: make_one(number) for number in range(1, 5)}
    for number in (1, 2, 3):
        shops.hear(own.channel, make_one(number))

    assert reconciling.reconcile_all(at=make.AT) == 1
    today = ChannelDay.objects.get(day=make.AT.date())
    assert (today.theirs, today.matched, today.missing) == (4, 3, ["4"])
    assert health.of(own, at=make.AT).tone == "bad"

    shops.sweep()
    reconciling.reconcile_all(at=make.after(minutes=15))

    today.refresh_from_db()
    assert (today.matched, today.missing, today.healed, today.healed_at) == (4, [], 1, make.after(minutes=15))


def test_an_order_that_vanished_here_shows_within_one_cycle(standin):
    own = connected(standin)
    standin.orders = {1: shops.woo(1), 2: shops.woo(2)}
    polling.poll(own, at=make.AT)
    shops.sweep()
    InboundMessage.objects.filter(external_id="2").delete()
    ShopOrder.objects.filter(external_id="2").delete()
    Order.objects.filter(external_id="2").update(external_id="")  # by hand, behind the desk's back

    reconciling.reconcile_all(at=make.after(minutes=15))

    assert ChannelDay.objects.get(day=make.AT.date()).missing == ["2"]
    shops.sweep(at=make.after(minutes=16))
    assert Order.objects.filter(external_id="2").exists()


def test_shop_is_told_of_a_cancellation_and_its_echo_is_recognised(standin):
    make.shop(language="ru")
    own = connected(standin, tells_back=True)
    shops.hear(own.channel, shops.woo(1))
    changes.cancel(Order.objects.get().number, CancelReason.PRICE, by=make.BY, at=make.after(minutes=1))

    assert telling.write_notes(at=make.after(minutes=2)) == 1
    assert telling.send_notes(at=make.after(minutes=2)) == 1

    assert standin.told[0][:2] == ("PUT", "/wp-json/wc/v3/orders/1")
    assert standin.told[0][2] == {"status": "cancelled"}
    assert standin.told[1][2] == {"note": "Цена"}, "the reason in the shop's own language, not as a code"
    kept = shops.hear(own.channel, shops.woo(1, status="cancelled", minute=59), at=make.after(minutes=3))
    assert (kept.state, kept.reason) == ("ignored", "echo")
    assert telling.write_notes(at=make.after(minutes=4)) == 0
    assert ShopNote.objects.get().state == "done"


def test_what_the_shop_cancelled_itself_is_not_told_back(standin):
    own = connected(standin, tells_back=True)
    shops.hear(own.channel, shops.woo(1))
    shops.hear(own.channel, shops.woo(1, status="cancelled", minute=1))

    assert telling.write_notes(at=make.AT) == 0


def test_shop_that_does_not_answer_is_told_later_and_given_up_in_sight(standin):
    own = connected(standin, tells_back=True)
    shops.hear(own.channel, shops.woo(1))
    changes.cancel(Order.objects.get().number, CancelReason.PRICE, by=make.BY, at=make.AT)
    telling.write_notes(at=make.AT)
    standin.fails = 99

    assert telling.send_notes(at=make.AT) == 0
    note = ShopNote.objects.get()
    assert (note.state, note.answer, note.due_at > make.AT) == ("waiting", "500", True)
    assert telling.send_notes(at=make.AT) == 0
    assert len(standin.asked) == 1

    for hour in range(1, 12):
        telling.send_notes(at=make.after(hours=12 * hour))
    note.refresh_from_db()
    assert (note.state, note.attempts) == ("dead", 10)
    assert health.of(own, at=make.AT).untold == 1

    standin.fails = 0
    telling.send_again(note.pk, by=make.BY, at=make.after(days=9))
    assert telling.send_notes(at=make.after(days=9)) == 1


def test_tracking_number_goes_to_shopify_as_a_fulfilment(standin):
    own = connected(standin, "shopify", tells_back=True)
    make.product("A", 5)
    order = make.handed_over(channel=own.channel, external_id="450", phone="+12127365000")
    ShopOrder.objects.create(
        channel=own.channel, external_id="450", order=order, was_order=True, changed_at=make.AT
    )  # fmt: skip

    telling.write_notes(at=make.AT)
    telling.send_notes(at=make.AT)

    sent = next(body for _method, path, body in standin.told if path.endswith("/fulfillments.json"))
    assert sent["fulfillment"]["tracking_info"]["number"] == make.parcel_of(order).number


def test_stock_is_told_as_a_number_less_the_buffer_and_only_when_it_changed(standin):
    own = connected(standin, tells_stock=True, buffer=2)
    make.product("CUP", 10)
    shops.hear(own.channel, shops.woo(1, quantity=3))
    assert stocking.tell(own, at=make.AT) == 1
    assert standin.told[-1] == (
        "PUT", "/wp-json/wc/v3/products/93", {"manage_stock": True, "stock_quantity": 5}
    )  # fmt: skip

    assert stocking.tell(own, at=make.after(minutes=2)) == 0
    shops.hear(own.channel, shops.woo(2, quantity=1))
    assert stocking.tell(own, at=make.after(seconds=30)) == 0  # it was told a moment ago
    assert stocking.tell(own, at=make.after(minutes=5)) == 1
    assert standin.told[-1][2]["stock_quantity"] == 4
    assert ChannelItem.objects.get().told_version == 2


def test_stock_that_the_shop_did_not_take_is_told_again(standin):
    own = connected(standin, "shopify", tells_stock=True, stock_place="487838322")
    make.product("CUP", 10)
    shops.hear(own.channel, shopify(1))
    standin.fails = 1
    assert stocking.tell(own, at=make.AT) == 0

    assert stocking.tell(own, at=make.after(minutes=2)) == 1
    assert standin.told[-1] == (
        "POST", "/admin/api/2024-10/inventory_levels/set.json",
        {"location_id": "487838322", "inventory_item_id": "39072856", "available": 8},
    )  # fmt: skip


def test_goods_without_a_sku_are_learnt_once_from_a_person():
    make.product("SINGLE", 5)
    channel = shops.shop()
    shops.hear(channel, shops.read("woocommerce/orders.create_an_order.json"))
    order = Order.objects.get()
    item = ChannelItem.objects.get(product_code="93")

    with pytest.raises(items.UnknownProduct):
        items.learn(item.pk, "NOBODY", by=make.BY, at=make.AT)
    numbers = items.learn(item.pk, "SINGLE", by=make.BY, at=make.AT)
    items.allocate(numbers, at=make.AT)

    assert numbers == [order.pk]
    assert order.lines.get(sku="SINGLE").reserved == 2
    shops.hear(channel, shops.read("woocommerce/orders.create_an_order.json") | {"id": 728})
    assert Order.objects.get(external_id="728").lines.filter(sku="SINGLE", reserved=2).exists()


def test_nothing_is_sent_inside_a_transaction_of_the_order(standin):
    """What is told is kept with its place in the feed; a shop that is down takes nothing from the desk."""
    own = connected(standin, tells_back=True)
    shops.hear(own.channel, shops.woo(1))
    standin.fails = 99

    changes.cancel(Order.objects.get().number, CancelReason.PRICE, by=make.BY, at=make.AT)

    assert Order.objects.get().status == Status.CANCELLED
    assert standin.asked == []
    assert inbox.waiting() == []


def test_demo_says_that_it_asks_nobody(standin):
    own = connected(standin)
    polling.ask(own)

    make.shop(demo=True)
    with pytest.raises(polling.DemoAsksNobody):
        polling.ask(own)
    Connection.objects.update(polls=False)
    make.shop(demo=False)
    own.refresh_from_db()
    with pytest.raises(polling.NobodyToAsk):
        polling.ask(own)
