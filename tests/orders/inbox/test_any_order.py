"""Messages in whatever order they come end the same (E5); chaos on the way changes nothing."""

import random
from itertools import permutations

import pytest
from django.db import transaction

from orders import changes, inbox
from orders.inbox import deciding, polling, reconciling, secrets
from orders.models import ChannelDay, Connection, InboundMessage, Order, ShopOrder
from tests import make
from tests.orders.inbox import shops
from tests.orders.inbox.standin import standing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_shop(settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.shop()


def ends() -> list[object]:
    """Say all that counts of every order, whatever its number is."""
    return [
        (
            order.external_id, order.status, order.total_minor, order.channel_total_minor, order.paid_minor,
            order.contact_name, order.contact_phone, order.address_text, order.comment,
            sorted((line.sku, line.quantity - line.cancelled, line.reserved, line.total_minor, line.tax_minor)
                   for line in order.lines.all() if line.cancelled < line.quantity),
            sorted(order.holds.filter(closed_at=None).values_list("reason", "note")),
            sorted(order.credits.values_list("amount_minor", "state", "reason")),
        )
        for order in Order.objects.order_by("external_id")
    ]  # fmt: skip


def a_life() -> list[dict[str, object]]:
    """Created and not paid, paid, changed, cancelled, with part of the money given back."""
    paid = {"payment_method": "bacs", "date_paid_gmt": "2026-11-23T08:10:00"}
    return [
        shops.woo(payment_method="bacs", status="on-hold"),
        shops.woo(minute=1, **paid),
        shops.woo(minute=2, quantity=3, customer_note="ring at six", **paid),
        shops.woo(minute=3, quantity=3, status="cancelled", refunds=[{"id": 9, "total": "-4.00"}], **paid),
    ]


def lived(bodies) -> list[object]:
    """Have one shop say these one after the other, and give what is left; all is undone."""
    with make.undone():
        channel = shops.shop()
        for body in bodies:
            shops.hear(channel, body)
        return ends()


@pytest.mark.once
def test_every_order_of_arrival_ends_the_same():
    make.product("CUP", 10)
    life = a_life()
    for cut, step in ((3, 1), (4, 5)):  # every arrival of three; of four each fifth, the other way round among them
        wanted = lived(life[:cut])
        assert len(wanted) == 1
        for arrival in [*permutations(life[:cut])][::step]:
            assert lived(arrival) == wanted, [body["date_modified_gmt"] for body in arrival]
        assert lived(reversed(life[:cut])) == wanted


def test_control_the_newest_word_stands_only_because_versions_are_compared(monkeypatch):
    """Negative control: when every word counts as the newest, the last to come wins and the order matters."""
    make.product("CUP", 10)
    life = a_life()[1:3]
    count = iter(range(10_000))
    monkeypatch.setattr("orders.inbox.sides.version_of", lambda said, at: f"{next(count):09}")

    assert lived(life) != lived(reversed(life))


def chaos(standin, *, orders: int, seed: int) -> None:
    """Lose 30 % of the messages, double 20 %, shuffle all, repeat some five times, kill the worker in the middle."""
    dice = random.Random(seed)
    keys = {"api_key": secrets.sealed("woocomme", "api_key", "ck"), "address": standin.address, "polls": True}
    channel = shops.shop(**keys)
    shops.send_most(standin, channel, orders, dice)
    for key in inbox.waiting():
        if dice.random() < 0.1:
            die_in_the_middle(key)
        inbox.apply_next(key, at=make.AT)
    own = Connection.objects.select_related("channel").get()
    polling.poll(own, at=make.AT)
    shops.sweep()
    reconciling.reconcile(own, make.AT.date(), at=make.AT)


def die_in_the_middle(key: int) -> None:
    """Do everything a message says, and lose the transaction before it is committed."""
    before = transaction.savepoint()
    inbox.apply(key, at=make.AT)
    transaction.savepoint_rollback(before)


def test_chaos_ends_with_what_the_shop_has_nothing_lost_nothing_doubled():
    make.product("CUP", 1_000)
    with standing() as standin:
        chaos(standin, orders=30, seed=7)

        assert {int(one) for one in Order.objects.values_list("external_id", flat=True)} == set(standin.orders)
        assert Order.objects.count() == len(standin.orders)
        quantities = {int(order.external_id): order.lines.get().quantity for order in Order.objects.all()}
        assert quantities == {key: one["line_items"][0]["quantity"] for key, one in standin.orders.items()}
        day = ChannelDay.objects.get()
        assert (day.matched, day.theirs, day.missing, day.extra) == (30, 30, [], [])
        assert not InboundMessage.objects.filter(state__in=["received", "failed"]).exists()


def test_desk_and_shop_change_different_things_and_both_stand():
    make.product("CUP", 10)
    channel = shops.shop()
    shops.hear(channel, shops.woo())
    order = Order.objects.get()
    edit(order, {"comment": "desk's own word"})

    kept = shops.hear(channel, shops.woo(minute=1, quantity=4))

    order.refresh_from_db()
    assert (kept.reason, order.comment, order.lines.get().quantity) == ("changed", "desk's own word", 4)
    assert ShopOrder.objects.get().differs == {}


def test_desk_and_shop_change_the_same_and_a_person_decides():
    make.product("CUP", 10)
    channel = shops.shop()
    shops.hear(channel, shops.woo())
    order = Order.objects.get()
    edit(order, {"comment": "desk's own word"})
    kept = shops.hear(channel, shops.woo(minute=1, customer_note="the shop's word"))

    order.refresh_from_db()
    side = ShopOrder.objects.get()
    assert (kept.reason, order.comment) == ("differs", "desk's own word")
    assert side.differs == {"comment": ["the shop's word", "desk's own word"]}
    assert order.holds.filter(closed_at=None, reason="other").count() == 1

    deciding.decide(side.pk, True, by=make.BY, at=make.AT)

    order.refresh_from_db()
    assert (order.comment, order.holds.filter(closed_at=None).count()) == ("the shop's word", 0)
    with pytest.raises(deciding.NothingToDecide):
        deciding.decide(side.pk, False, by=make.BY, at=make.AT)


def test_shop_that_comes_round_to_our_word_leaves_nothing_to_decide():
    make.product("CUP", 10)
    channel = shops.shop()
    shops.hear(channel, shops.woo())
    edit(Order.objects.get(), {"comment": "ours"})
    shops.hear(channel, shops.woo(minute=1, customer_note="theirs"))

    shops.hear(channel, shops.woo(minute=2, customer_note="ours"))

    assert ShopOrder.objects.get().differs == {}
    assert not Order.objects.get().holds.filter(closed_at=None).exists()


def test_from_picking_on_a_change_waits_and_a_cancellation_acts():
    make.product("A", 10)
    channel = shops.shop()
    order = make.picking(channel=channel, external_id="5", phone="+12127365000", currency="USD")
    shops.hear(channel, shops.woo(5))
    assert ShopOrder.objects.get().differs

    kept = shops.hear(channel, shops.woo(5, status="cancelled", minute=1))

    order.refresh_from_db()
    assert (kept.reason, order.status) == ("stopped", "cancelled")
    assert order.lines.get().quantity == 1


def test_line_taken_off_by_the_shop_goes_and_a_new_one_comes_even_when_unknown():
    make.product("CUP", 10)
    channel = shops.shop()
    first = shops.woo()
    other = dict(first["line_items"][0]) | {"id": 12, "sku": "POT", "product_id": 94, "name": "Pot"}
    shops.hear(channel, first)

    shops.hear(channel, shops.woo(minute=1, line_items=[other]))

    order = Order.objects.get()
    assert [(line.sku, line.quantity - line.cancelled) for line in order.lines.all()] == [("CUP", 0), ("POT", 2)]
    assert order.holds.filter(closed_at=None, reason="unknown_item").exists()
    assert order.total_minor == 1600


def edit(order, fields):
    order.refresh_from_db()
    changes.edit(order.pk, changes.Edit(fields), version=order.version, by=make.BY, at=make.AT)
