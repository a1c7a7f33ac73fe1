"""What a shop gave back leaves the order: pieces, promise, money; once, in whatever order its messages come."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from orders import changes, inbox
from orders.inbox import polling, secrets
from orders.models import Connection, Credit, Order, ShopOrder, StockLevel
from orders.status import Status
from reports import facts
from tests import make
from tests.orders.inbox import shops
from tests.orders.inbox.standin import standing
from tests.orders.inbox.test_any_order import ends

pytestmark = pytest.mark.django_db
PAID = {"payment_method": "bacs", "date_paid_gmt": "2026-11-23T08:10:00"}


@pytest.fixture(autouse=True)
def own_shop(settings):
    settings.OUTGOING_TO_THIS_MACHINE = True
    make.shop()
    make.product("CUP", 10)


def woo_refund(key: int, pieces: int, sum_of: str, *, delivery: str = "0.00", goods: str = "") -> dict[str, Any]:
    """A refund as the shop's own list of refunds has it: `sum_of` went back, `goods` of it for pieces of line 11."""
    line = {"id": 90, "quantity": -pieces, "total": f"-{goods}", "total_tax": "0.00",
            "meta_data": [{"key": "_refunded_item_id", "value": "11"}]}  # fmt: skip
    shipping = [{"id": 91, "total": f"-{delivery}", "total_tax": "0.00"}] if delivery != "0.00" else []
    return {"id": key, "amount": sum_of, "total": f"-{sum_of}", "line_items": [line] if goods else [],
            "shipping_lines": shipping}  # fmt: skip


def stands(order: Order) -> tuple[Any, ...]:
    order.refresh_from_db()
    line = order.lines.get()
    level = StockLevel.objects.get(product__sku="CUP")
    return (line.quantity - line.cancelled, line.total_minor, line.reserved, level.reserved, order.total_minor)


def test_pieces_that_went_back_leave_the_line_its_promise_and_the_total():
    """Four at 3.00 and 10.00 for the way, paid: 22.00. One piece and 2.00 of the way go back, and 0.50 as a gesture."""
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    order = Order.objects.get()
    assert stands(order) == (4, 1200, 4, 4, 2200)

    kept = shops.hear(channel, shops.woo(
        minute=1, quantity=4, refunds=[woo_refund(7, 1, "5.50", goods="3.00", delivery="2.00")], **PAID))  # fmt: skip

    assert (kept.reason, stands(order)) == ("changed", (3, 900, 3, 3, 1700))
    assert (order.delivery_minor, order.channel_total_minor, order.paid_minor) == (800, 1700, 2200)
    credits = Credit.objects.order_by("pk").values_list("reason", "amount_minor", "state")
    assert list(credits) == [("cancelled", 500, "paid"), ("other", 50, "paid")], "only the gesture lowers a later sale"
    assert not order.holds.filter(closed_at=None, reason="other").exists()


def test_same_refund_again_takes_nothing_more():
    channel = shops.shop()
    body = shops.woo(minute=1, quantity=4, refunds=[woo_refund(7, 1, "3.00", goods="3.00")], **PAID)
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    for minute in (1, 2, 3):
        shops.hear(channel, body | {"date_modified_gmt": shops.utc(make.AT + timedelta(minutes=minute))})

    assert stands(Order.objects.get()) == (3, 900, 3, 3, 1900)
    assert Credit.objects.count() == 1


def test_desk_changed_the_line_too_and_a_person_decides():
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    order = Order.objects.get()
    line = order.lines.get()
    changes.edit(order.pk, changes.Edit(lines=[changes.LineEdit(quantity=2, id=line.pk)]),
                 version=order.version, by=make.BY, at=make.AT)  # fmt: skip

    kept = shops.hear(channel, shops.woo(
        minute=1, quantity=4, refunds=[woo_refund(7, 1, "3.00", goods="3.00")], **PAID))  # fmt: skip

    assert (kept.reason, stands(order)[0]) == ("differs", 2)
    assert ShopOrder.objects.get().differs["line:11"][0]["quantity"] == 3


def test_everything_went_back_and_the_order_is_stopped_with_nothing_owed():
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=2, **PAID))
    refunds = [woo_refund(7, 1, "3.00", goods="3.00"), woo_refund(8, 1, "13.00", goods="3.00", delivery="10.00")]

    shops.hear(channel, shops.woo(minute=1, quantity=2, refunds=refunds[:1], **PAID))
    kept = shops.hear(channel, shops.woo(minute=2, quantity=2, refunds=refunds, **PAID))

    order = Order.objects.get()
    assert (kept.reason, order.status) == ("stopped", Status.CANCELLED)
    assert StockLevel.objects.get(product__sku="CUP").reserved == 0
    given = Credit.objects.exclude(state="written_off").values_list("amount_minor", "state")
    assert sorted(given) == [(300, "paid"), (1300, "paid")]


def test_order_on_its_way_keeps_its_lines_and_the_money_is_noted():
    make.product("A", 10)
    channel = shops.shop()
    order = make.handed_over(channel=channel, external_id="5", phone="+12127365000", currency="USD")
    before = list(order.lines.values_list("quantity", "total_minor"))

    shops.hear(channel, shops.woo(5, refunds=[woo_refund(7, 1, "3.00", goods="3.00")], **PAID))

    assert list(order.lines.values_list("quantity", "total_minor")) == before
    assert Credit.objects.values_list("reason", "amount_minor").get() == ("other", 300)


def test_sum_without_goods_holds_the_order_until_the_shop_was_asked():
    with standing() as standin:
        keys = {"api_key": secrets.sealed("woocomme", "api_key", "ck"), "address": standin.address, "polls": True}
        channel = shops.shop(**keys)
        shops.hear(channel, shops.woo(quantity=4, **PAID))
        told = shops.woo(minute=1, quantity=4, refunds=[{"id": 7, "reason": "", "total": "-3.00"}], **PAID)
        shops.hear(channel, told, topic="order.updated")
        order = Order.objects.get()
        held = order.holds.filter(closed_at=None, reason="other").values_list("code", "detail")
        assert list(held) == [("refund_unsaid", {"refund": "7"})]
        assert (stands(order)[0], Credit.objects.count()) == (4, 0)

        standin.orders[1], standin.refunds[1] = told, [woo_refund(7, 1, "3.00", goods="3.00")]
        polling.poll(Connection.objects.select_related("channel").get(), at=make.AT)
        shops.sweep()

    assert stands(order) == (3, 900, 3, 3, 1900)
    assert not order.holds.filter(closed_at=None, reason="other").exists()
    assert Credit.objects.values_list("reason", "amount_minor").get() == ("cancelled", 300)


def test_sum_without_goods_of_a_shop_that_cannot_be_asked_is_asked_of_a_person_once():
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    body = shops.woo(minute=1, quantity=4, refunds=[{"id": 7, "reason": "", "total": "-3.00"}], **PAID)
    shops.hear(channel, body)
    order = Order.objects.get()
    hold = order.holds.get(closed_at=None, reason="other")
    changes.release_hold(order.pk, hold.pk, by=make.BY, at=make.AT)

    shops.hear(channel, body | {"date_modified_gmt": shops.utc(make.AT)})

    assert not order.holds.filter(closed_at=None, reason="other").exists()
    assert Credit.objects.values_list("reason", "amount_minor").get() == ("other", 300)


def shopify(minute: int = 0, *, left: int = 2, refunds: Any = (), total: str = "60.00") -> dict[str, Any]:
    """Two pots at 30.00 of Shopify, paid, of which `left` are left by its own count."""
    at = (make.AT + timedelta(minutes=minute)).isoformat()
    line = {"id": 21, "title": "Cup", "sku": "CUP", "product_id": 1, "variant_id": 2, "quantity": 2, "price": "30.00",
            "current_quantity": left, "total_discount": "0.00"}  # fmt: skip
    to = {"name": "Ann", "phone": "+12127365000", "address1": "1 Main", "city": "NY", "country_code": "US"}
    return {
        "id": 5, "currency": "USD", "created_at": make.AT.isoformat(), "updated_at": at, "total_price": "60.00",
        "current_total_price": total, "financial_status": "paid", "taxes_included": True, "line_items": [line],
        "shipping_address": to, "refunds": list(refunds),
    }  # fmt: skip


def shopify_refund(key: int = 8, pieces: int = 1, money: str = "30.00") -> dict[str, Any]:
    return {
        "id": key, "order_id": 5, "order_adjustments": [],
        "refund_line_items": [{"id": key + 1, "line_item_id": 21, "quantity": pieces}],
        "transactions": [{"id": 1, "kind": "refund", "status": "success", "amount": money, "currency": "USD"}],
    }  # fmt: skip


def test_shopify_refund_of_a_piece_counts_once_whichever_message_tells_it_first():
    """The order's body counts its lines after the refund, the refund's own names the piece: both say the same."""
    messages = [
        ("orders/create", shopify()),
        ("refunds/create", shopify_refund()),
        ("orders/updated", shopify(1, left=1, refunds=[shopify_refund()], total="30.00")),
    ]
    found = []
    for arrival in permutations(messages):
        with make.undone():
            channel = shops.shop("shopify")
            for topic, body in arrival:
                shops.hear(channel, body, topic=topic)
            assert stands(Order.objects.get()) == (1, 3000, 1, 1, 3000), [topic for topic, _ in arrival]
            found.append(ends())
    assert all(one == found[0] for one in found)
    assert found[0][0][-1] == [(3000, "paid", "cancelled")]


def test_shopify_refund_counts_once_its_money_went_through_and_is_never_deleted_by_silence():
    """Shopify deletes no refund. What may happen to one: its money is on its way, goes through, or fails."""
    channel = shops.shop("shopify")
    shops.hear(channel, shopify(), topic="orders/create")
    pending = shopify_refund()
    pending["transactions"][0]["status"] = "pending"
    shops.hear(channel, pending, topic="refunds/create")
    shops.hear(channel, shopify(1, left=1, refunds=[pending], total="30.00"), topic="orders/updated")
    assert stands(Order.objects.get())[:2] == (1, 3000), "the piece is off the order at once"
    assert not Credit.objects.exists(), "no money went back yet"

    shops.hear(channel, shopify(2, left=1, refunds=[shopify_refund()], total="30.00"), topic="orders/updated")
    assert Credit.objects.get().amount_minor == 3000

    shops.hear(channel, shopify(3), topic="orders/updated")
    assert stands(Order.objects.get())[:2] == (1, 3000)
    assert Credit.objects.get().state == "paid", "a body that names no refund takes none back"


def test_shopify_refund_whose_money_failed_gives_nothing_back():
    channel = shops.shop("shopify")
    shops.hear(channel, shopify(), topic="orders/create")
    failed = shopify_refund()
    failed["transactions"][0]["status"] = "failure"
    shops.hear(channel, failed, topic="refunds/create")

    assert not Credit.objects.exists()


def test_shopify_line_that_was_taken_off_at_the_shop_is_no_piece_of_nothing():
    channel = shops.shop("shopify")
    body = shopify(left=2)
    gone = body["line_items"][0] | {"id": 22, "sku": "POT", "current_quantity": 0}
    shops.hear(channel, body | {"line_items": [*body["line_items"], gone]}, topic="orders/create")

    assert [(line.sku, line.quantity) for line in Order.objects.get().lines.all()] == [("CUP", 2)]


def test_refund_in_the_desks_own_words_names_pieces_or_money_alone():
    channel = shops.shop("api")
    item = {"id": "a", "sku": "CUP", "name": "Cup", "quantity": 3, "price": "3.00"}
    body = {"external_id": "5", "updated_at": make.AT.isoformat(), "items": [item], "total": "9.00"}
    shops.hear(channel, body)

    refunds = [{"id": "1", "amount": "3.00", "items": [{"id": "a", "quantity": 1}]}, {"id": "2", "amount": "0.50"}]
    later = (make.AT + timedelta(minutes=1)).isoformat()
    shops.hear(channel, body | {"updated_at": later, "refunds": refunds})

    assert stands(Order.objects.get()) == (2, 600, 2, 2, 600)
    assert sorted(Credit.objects.values_list("amount_minor", "reason")) == [(50, "other"), (300, "cancelled")]
    assert not Order.objects.get().holds.filter(closed_at=None, reason="other").exists()


def test_control_goods_are_taken_off_only_because_what_went_back_is_counted(monkeypatch):
    """Negative control: without it the line stays whole, and a refunded piece is packed."""
    monkeypatch.setattr("orders.channels.givenback.after", lambda said, back: said)
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=[woo_refund(7, 1, "3.00", goods="3.00")], **PAID))

    assert stands(Order.objects.get())[0] == 4
    assert inbox.waiting() == []


REFUND = [woo_refund(7, 1, "5.50", goods="3.00", delivery="2.00")]


def deleted(minute: int, **more: Any) -> dict[str, Any]:
    """The order as the shop tells it once its refund 7 was deleted."""
    return shops.woo(minute=minute, quantity=4, refunds=[], **PAID) | more


def given() -> list[tuple[str, int, str]]:
    return list(Credit.objects.order_by("pk").values_list("reason", "amount_minor", "state"))


def test_refund_that_the_shop_deleted_is_taken_back_once():
    """The piece, its promise, the way and the money stand as before; a list without it said again changes nothing."""
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=REFUND, **PAID))
    order = Order.objects.get()
    assert stands(order) == (3, 900, 3, 3, 1700)

    kept = shops.hear(channel, deleted(2))
    again = shops.hear(channel, deleted(3))

    assert (kept.reason, again.state) == ("changed", "ignored")
    assert stands(order) == (4, 1200, 4, 4, 2200)
    assert (order.delivery_minor, order.channel_total_minor, order.paid_minor) == (1000, 2200, 2200)
    assert given() == [("cancelled", 500, "taken_back"), ("other", 50, "taken_back")]
    assert order.events.filter(kind="credit.taken_back").count() == 2


WORDS = [(0, []), (1, REFUND), (2, []), (3, [])]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_deleted_refund_ends_the_same_in_whatever_order_its_messages_come(order):
    channel = shops.shop()
    for place in order:
        minute, refunds = WORDS[place]
        shops.hear(channel, shops.woo(minute=minute, quantity=4, refunds=refunds, **PAID))

    assert stands(Order.objects.get()) == (4, 1200, 4, 4, 2200)
    assert {state for _reason, _minor, state in given()} <= {"taken_back"}


def test_refund_that_is_there_again_counts_again():
    channel = shops.shop()
    for minute, refunds in enumerate([[], REFUND, [], REFUND]):
        shops.hear(channel, shops.woo(minute=minute, quantity=4, refunds=refunds, **PAID))

    assert stands(Order.objects.get()) == (3, 900, 3, 3, 1700)
    assert [(minor, state) for _reason, minor, state in given()] == [
        (500, "taken_back"), (50, "taken_back"), (500, "paid"), (50, "paid"),
    ]  # fmt: skip


def test_order_of_which_all_had_gone_back_goes_on_when_that_is_deleted():
    channel = shops.shop()
    all_back = [woo_refund(7, 4, "22.00", goods="12.00", delivery="10.00")]
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=all_back, **PAID))
    order = Order.objects.get()
    assert order.status == Status.CANCELLED

    kept = shops.hear(channel, deleted(2))

    assert (kept.reason, stands(order)) == ("back", (4, 1200, 4, 4, 2200))
    assert order.status != Status.CANCELLED
    assert {state for _reason, _minor, state in given()} == {"taken_back", "written_off"}


def test_line_that_had_gone_back_whole_is_there_again():
    channel = shops.shop()
    make.product("POT", 5)
    two = shops.woo(quantity=4, **PAID)
    pot = {**two["line_items"][0], "id": 12, "sku": "POT", "product_id": 9, "name": "Pot", "quantity": 2}
    lines = {"line_items": [two["line_items"][0], pot], "total": "34.00"}
    back = woo_refund(7, 2, "12.00", goods="12.00")
    back["line_items"][0]["meta_data"][0]["value"] = "12"
    shops.hear(channel, two | lines)
    order = Order.objects.get()
    shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=[back], **PAID) | lines)
    assert sum(line.quantity - line.cancelled for line in order.lines.filter(sku="POT")) == 0

    shops.hear(channel, deleted(2, **lines))

    assert sum(line.quantity - line.cancelled for line in order.lines.filter(sku="POT")) == 2
    assert StockLevel.objects.get(product__sku="POT").reserved == 2
    order.refresh_from_db()
    assert order.total_minor == order.channel_total_minor == 3400


def test_refund_deleted_behind_a_parcel_on_its_way_gives_the_money_back_and_touches_no_line():
    make.product("A", 10)
    channel = shops.shop()
    order = make.handed_over(channel=channel, external_id="5", phone="+12127365000", currency="USD")
    before = list(order.lines.values_list("quantity", "total_minor"))
    shops.hear(channel, shops.woo(5, refunds=[woo_refund(7, 1, "3.00", goods="3.00")], **PAID))

    kept = shops.hear(channel, shops.woo(5, minute=1, refunds=[], **PAID))

    assert (kept.reason, given()) == ("unrefunded", [("other", 300, "taken_back")])
    assert list(order.lines.values_list("quantity", "total_minor")) == before


def test_deletion_that_left_the_shops_time_as_it_was_is_found_by_the_next_poll():
    with standing() as standin:
        keys = {"api_key": secrets.sealed("woocomme", "api_key", "ck"), "address": standin.address, "polls": True}
        channel = shops.shop(**keys)
        shops.hear(channel, shops.woo(quantity=4, **PAID))
        shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=REFUND, **PAID))
        standin.orders[1] = deleted(1)

        polling.poll(Connection.objects.select_related("channel").get(), at=make.AT + timedelta(hours=1))
        shops.sweep()

    assert stands(Order.objects.get()) == (4, 1200, 4, 4, 2200)
    assert {state for _reason, _minor, state in given()} == {"taken_back"}


def test_deleted_refund_nets_the_sales_on_its_own_day():
    """What was given stays on the day it was told of; what was taken back is dated for itself."""
    channel = shops.shop()
    shops.hear(channel, shops.woo(quantity=4, **PAID))
    shops.hear(channel, shops.woo(minute=1, quantity=4, refunds=REFUND, **PAID))
    shops.hear(channel, deleted(2))

    for plus, minus, minor in (
        (facts.CREDIT, facts.CREDIT_BACK, 50), (facts.REFUND, facts.REFUND_BACK, 500),
    ):  # fmt: skip
        assert [row.amount_minor for row in plus.rows("default")] == [minor]
        assert [row.amount_minor for row in minus.rows("default")] == [minor]
        assert minus.rows("default").get().settled_event.kind == "credit.taken_back"
