"""What a shop sends is kept first and applied once, whatever it looks like."""

import json

import pytest

from orders import inbox
from orders.models import CallTask, ChannelItem, Connection, InboundMessage, Order, ShopOrder
from orders.status import Status
from tests import make
from tests.orders.inbox import shops

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_shop():
    make.shop()


def only_order() -> Order:
    return Order.objects.get()


def test_signed_message_becomes_an_order():
    channel = shops.shop()
    kept = shops.send(channel, shops.woo(), topic="order.created")
    assert (Order.objects.count(), kept.state) == (0, "received")

    shops.sweep()

    kept.refresh_from_db()
    order = only_order()
    assert (kept.state, kept.reason, kept.order_id) == ("applied", "taken", order.pk)
    assert (order.external_id, order.total_minor, order.status) == ("1", 1600, Status.NEW)
    assert not order.holds.filter(closed_at=None).exclude(reason="unknown_item").exists()


def test_wrong_signature_is_refused_and_nothing_is_kept():
    channel = shops.shop()
    body = json.dumps(shops.woo()).encode()
    for headers in ({}, shops.signed(channel, body + b" "), {"X-WC-Webhook-Signature": "not base64"}):
        with pytest.raises(inbox.NotSigned):
            inbox.keep(inbox.Arrival(channel.code, body, headers), at=make.AT)
    with pytest.raises(inbox.NotSigned):
        inbox.keep(inbox.Arrival("nobody", body, shops.signed(channel, body)), at=make.AT)

    assert not InboundMessage.objects.exists()


def test_signature_is_over_the_bytes_and_not_over_what_they_say():
    """Negative control: the same object written otherwise is another message."""
    channel = shops.shop()
    spaced = json.dumps(shops.woo(), indent=2).encode()
    tight = json.dumps(shops.woo()).encode()

    with pytest.raises(inbox.NotSigned):
        inbox.keep(inbox.Arrival(channel.code, tight, shops.signed(channel, spaced)), at=make.AT)


def test_ping_without_signature_is_answered_and_makes_nothing():
    channel = shops.shop()

    assert inbox.keep(inbox.Arrival(channel.code, b"webhook_id=142", {}), at=make.AT) is None

    assert not InboundMessage.objects.exists()
    assert Connection.objects.get().pinged_at == make.AT


def test_same_delivery_again_is_the_same_message():
    channel = shops.shop()
    first, second = (shops.send(channel, shops.woo(), topic="order.created", delivery="d-1") for _ in range(2))

    assert first.pk == second.pk
    assert InboundMessage.objects.get().times == 2


def test_body_sent_five_times_makes_one_order():
    channel = shops.shop()
    for place in range(5):
        shops.send(channel, shops.woo(), topic="order.created", delivery=f"d-{place}")
    shops.sweep()

    assert Order.objects.count() == 1
    assert list(InboundMessage.objects.order_by("pk").values_list("reason", flat=True)) == ["taken"] + ["same"] * 4


def test_worker_that_dies_in_the_middle_leaves_the_message_waiting(monkeypatch):
    """Applied and marked are one transaction: after a death in between everything is done again, once."""
    channel = shops.shop()
    kept = shops.send(channel, shops.woo())

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("orders.inbox.applying._mark", die)
        with make.undone(), pytest.raises(KeyboardInterrupt):
            inbox.apply_next(kept.pk, at=make.AT)
    assert not Order.objects.exists()

    shops.sweep()

    assert Order.objects.count() == 1


def test_what_trips_the_desk_is_given_up_and_stops_nobody(monkeypatch):
    channel = shops.shop()
    poison, good = shops.send(channel, shops.woo(1)), shops.send(channel, shops.woo(2))
    InboundMessage.objects.filter(pk=poison.pk).update(attempts=3)
    assert inbox.waiting() == [good.pk, poison.pk]

    InboundMessage.objects.filter(pk=poison.pk).update(attempts=5)
    shops.sweep()

    poison.refresh_from_db()
    assert (poison.state, poison.reason) == ("failed", "stumbled")
    assert only_order().external_id == "2"


def test_unreadable_message_fails_in_words_and_is_replayed():
    channel = shops.shop()
    kept = shops.hear(channel, b"\x00\xff{not json")
    assert (kept.state, kept.reason, kept.is_cleaned) == ("failed", "not_json", True)

    assert inbox.replay([kept.pk], by=make.BY, at=make.AT) == 1

    kept.refresh_from_db()
    assert (kept.state, kept.attempts) == ("received", 0)


def test_replay_of_what_stands_changes_nothing():
    channel = shops.shop()
    kept = shops.hear(channel, shops.woo())
    version = only_order().version

    inbox.replay([kept.pk], by=make.BY, at=make.AT)
    shops.sweep()

    kept.refresh_from_db()
    assert (kept.state, kept.reason) == ("ignored", "same")
    assert only_order().version == version


def test_hostile_characters_are_cleaned_and_never_refused():
    channel = shops.shop()
    raw = json.dumps(shops.woo(customer_note="ring\u0000 at\u202e six \ud83d")).encode()
    kept = shops.hear(channel, raw)

    assert (kept.state, kept.is_cleaned) == ("applied", True)
    assert only_order().comment == "ring at six \ufffd"


@pytest.mark.parametrize("amount", ["NaN", "1e400", "-", "١٢", [], {}, None, True, "9" * 60, "12,50", 10**30])
def test_strange_amounts_do_not_lose_the_order(amount):
    channel = shops.shop()
    kept = shops.hear(channel, shops.woo(shipping_total=amount, total=amount, status=amount))

    assert kept.state == "applied", kept.detail
    assert Order.objects.count() == 1


def test_unfinished_order_is_a_lead_until_it_is_ordered():
    channel = shops.shop()
    kept = shops.hear(channel, shops.woo(status="pending"))
    assert (kept.reason, Order.objects.count()) == ("lead", 0)

    shops.hear(channel, shops.woo(status="processing", minute=5))

    assert ShopOrder.objects.get().order == only_order()


def test_status_map_of_the_channel_outranks_what_is_known_of_its_kind():
    channel = shops.shop(meanings={"processing": "lead", "wc-new": "order"})

    shops.hear(channel, shops.woo(1))
    shops.hear(channel, shops.woo(2, status="wc-new"))

    assert only_order().external_id == "2"


def test_cancellation_by_the_shop_stops_the_order_and_may_be_taken_back():
    make.product("CUP", 10)
    channel = shops.shop()
    shops.hear(channel, shops.woo())
    kept = shops.hear(channel, shops.woo(status="cancelled", minute=1))
    assert (kept.reason, only_order().status) == ("stopped", Status.CANCELLED)

    kept = shops.hear(channel, shops.woo(minute=2))

    assert (kept.reason, only_order().status) == ("back", Status.NEW)
    assert only_order().lines.get().reserved == 2


def test_deleted_order_is_stopped_and_comes_back_when_restored():
    channel = shops.shop()
    shops.hear(channel, shops.woo())
    shops.hear(channel, {"id": 1}, topic="order.deleted", at=make.after(minutes=1))
    assert only_order().status == Status.CANCELLED

    shops.hear(channel, shops.woo(), topic="order.restored", at=make.after(minutes=2))

    assert only_order().status == Status.NEW


def test_cancellation_of_what_is_on_its_way_is_rung_about_once():
    channel = shops.shop()
    make.product("A", 5)
    on_its_way = make.handed_over(channel=channel, external_id="77", phone="+12127365000", currency="USD")
    for minute in (1, 2):
        shops.hear(channel, shops.woo(77, status="cancelled", minute=minute))

    on_its_way.refresh_from_db()
    assert on_its_way.status == Status.HANDED_OVER
    assert CallTask.objects.filter(order=on_its_way, mode="delivery_problem").count() == 1


def test_payment_at_the_shop_is_booked_once_and_ends_the_hold():
    channel = shops.shop()
    shops.hear(channel, shops.woo(payment_method="bacs", status="on-hold"))
    assert only_order().holds.filter(closed_at=None, reason="awaiting_payment").exists()

    for minute in (1, 2):
        shops.hear(channel, shops.woo(payment_method="bacs", date_paid_gmt="2026-11-23T08:00:00", minute=minute))

    assert only_order().paid_minor == 1600
    assert not only_order().holds.filter(closed_at=None, reason="awaiting_payment").exists()
    assert only_order().payments.count() == 1


def test_batch_becomes_messages_of_its_own_and_one_bad_order_stops_no_other():
    channel = shops.shop("api")
    good = {"external_id": "A-1", "currency": "USD", "customer": {"name": "Ann", "phone": "(212) 736-5000"},
            "items": [{"sku": "CUP", "name": "Cup", "quantity": 2, "price": "3.00"}]}  # fmt: skip
    kept = shops.hear(channel, {"orders": [good, {"currency": "USD"}, good | {"external_id": "A-2"}]})

    assert (kept.reason, kept.detail) == ("split", {"n": 3})
    assert sorted(Order.objects.values_list("external_id", flat=True)) == ["A-1", "A-2"]
    assert list(kept.parts.order_by("pk").values_list("state", flat=True)) == ["applied", "failed", "applied"]


def test_the_shops_own_number_is_learnt_by_sku_and_kept_as_unknown_without():
    """The real body has product 93 without a SKU; ours names it later."""
    make.product("CUP", 5)
    channel = shops.shop()
    shops.hear(channel, shops.read("woocommerce/orders.create_an_order.json"))
    shops.hear(channel, shops.woo())

    known, unknown = ChannelItem.objects.order_by("product_code").reverse()
    assert (known.product_code, known.sku, known.product.sku) == ("93", "CUP", "CUP")
    assert (unknown.sku, unknown.product) == ("Bar3", None)


def test_an_order_of_more_lines_than_the_desk_takes_is_listed_and_not_cut():
    """SEC-41: it was taken in with its first 5,000 lines, and nobody heard of the others."""
    body = shops.woo()
    kept = shops.hear(shops.shop(), body | {"line_items": body["line_items"] * 5_001})

    assert (kept.state, kept.reason, kept.order_id) == ("failed", "too_many", None)
    assert not Order.objects.exists()
