"""Orders on screen: the list, the card, the phone order. Doors show what the desk decided, and decide nothing."""

import re
from datetime import timedelta
from unittest import mock

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from orders import changes
from orders.models import Channel, Hold, Order
from orders.status import HoldReason, Status
from shopdesk import waiting
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk() -> Client:
    client = Client()
    client.force_login(make.manager())
    return client


def words(response) -> str:
    return response.content.decode()


def numbers_of(response) -> list[int]:
    return [int(number) for number in re.findall(r'data-row="(\d+)"', words(response))]


def queries(client: Client, path: str) -> int:
    with mock.patch.object(waiting, "KEPT_S", 600):  # the bar's counts must not run out between the two
        caches["nearby"].clear()
        client.get(path)  # sessions and caches of the first request
        with CaptureQueriesContext(connection) as caught:
            assert client.get(path).status_code == 200
    return len(caught)


def typed(order: Order, **fields: str | list[str]) -> dict:
    """What the edit form of an order sends when nothing was touched, but for these fields."""
    lines = list(order.lines.order_by("position"))
    data = {
        "version": str(order.version), "currency": order.currency, "name": order.contact_name,
        "phone": order.contact_phone_raw, "email": order.contact_email, "method": order.delivery_method,
        "courier": order.courier_id or "", "on": "", "slot": order.slot, "city": order.address_city,
        "postcode": "", "address": order.address_text, "notes": "", "comment": order.comment,
        "line": [str(line.pk) for line in lines], "sku": [line.sku for line in lines],
        "label": [line.name for line in lines], "off": ["0"] * len(lines),
        "quantity": [str(line.quantity) for line in lines],
        "price": [f"{line.price_minor // 100}.00" for line in lines], "delivery": "0", "discount": "0",
    }  # fmt: skip
    return data | fields


def by_phone(**fields: str | list[str]) -> dict:
    """What the phone-order form sends."""
    data = {
        "key": "0123456789", "currency": "RUB", "phone": "8 (916) 123-45-67", "name": "Анна Смирнова", "email": "",
        "method": "courier", "courier": "", "on": "2026-12-01", "slot": "10:00-14:00", "city": "Москва",
        "postcode": "", "address": "Садовая 1, кв. 5", "notes": "", "comment": "", "payment": "cod",
        "line": [""], "sku": ["A"], "label": ["A"], "off": ["0"], "quantity": ["2"], "price": ["129,00"],
        "delivery": "300", "discount": "",
    }  # fmt: skip
    return data | fields


# --- the list ---------------------------------------------------------------------------------------------------------


def test_list_shows_what_happens_next(desk):
    order = make.order([("A", 2, "129.00")], at=timezone.now() - timedelta(days=2))

    page = words(desk.get("/orders"))

    assert f'href="/orders/{order.number}"' in page
    assert "Анна Смирнова" in page
    assert "Call, limit broken" in page


def test_list_costs_the_same_for_one_row_and_for_twenty(desk):
    make.order()
    one = queries(desk, "/orders")
    for n in range(19):
        make.order(phone=f"+791612300{n:02}", at=timezone.now())

    assert queries(desk, "/orders") == one <= 18


def test_views_show_their_own_orders_only(desk):
    make.product("A", on_hand=1)
    make.order()
    held = make.order([("A", 5, "1.00")], phone="+79161230001")

    page = words(desk.get("/orders?view=held"))

    assert f"/orders/{held.number}" in page
    assert page.count("data-row") == 1


def test_pages_follow_each_other_without_loss(desk):
    numbers = [make.order(phone=f"+7916123{n:04}").number for n in range(53)]

    first = desk.get("/orders")
    older = desk.get(f"/orders?before={numbers_of(first)[-1]}")
    newer = desk.get(f"/orders?after={numbers_of(older)[0]}")

    shown = numbers_of(first) + numbers_of(older)
    assert shown == sorted(numbers, reverse=True)
    assert numbers_of(newer) == shown[:50]
    assert first.context["page"].newer == ""
    assert older.context["page"].older == ""


def test_filter_finds_what_may_be_there_twice(desk):
    make.product("A", 10)
    make.product("B", 10)
    twice = [make.order([("A", 1, "10.00")], phone="+79161230001").number for _ in range(2)]
    more = make.order([("B", 1, "10.00")], phone="+79161230001").number
    make.order([("A", 1, "10.00")], phone="+79161230002")

    assert numbers_of(desk.get("/orders?alike=goods")) == twice[::-1]
    assert numbers_of(desk.get("/orders?alike=any")) == [more, *twice[::-1]]
    assert desk.get("/orders?alike=maybe").status_code == 400


@pytest.mark.parametrize("query", ["?status=sold", "?colour=red", "?before=x", "?q=%00"])
def test_query_that_the_list_does_not_know_is_refused(desk, query):
    assert desk.get(f"/orders{query}").status_code == 400


def test_empty_view_says_what_will_come(desk):
    assert "Nobody waits for a call" in words(desk.get("/orders?view=call"))
    assert "Nothing fits this search" in words(desk.get("/orders?q=nobody"))


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("manager", 200), ("packer", 404), ("courier_person", 404)]
)
def test_who_may_see_orders(who, status):
    order = make.order()
    client = Client()
    client.force_login(getattr(make, who)())

    for path in ("/orders", f"/orders/{order.number}", f"/orders/{order.number}/peek", "/orders/new"):
        assert client.get(path, headers=HTMX).status_code == status


def test_nobody_is_sent_to_sign_in():
    assert Client().get("/orders").url.startswith("/accounts/login/")


def test_chosen_orders_are_held_each_on_its_own(desk):
    first, second = make.order(), make.order(phone="+79161230001")
    changes.cancel(second.number, "other", by=make.BY, at=make.AT)

    desk.post("/orders/many", {"deed": "hold", "reason": "high_risk", "number": [first.number, second.number]})

    assert list(Hold.objects.filter(reason="high_risk").values_list("order", flat=True)) == [first.number]


# --- the card ---------------------------------------------------------------------------------------------------------


def test_card_shows_the_whole_order(desk):
    make.product("A", on_hand=1)
    order = make.order([("A", 2, "129.00")])

    page = words(desk.get(f"/orders/{order.number}"))

    assert "short: 1" in page
    assert "Out of stock" in page
    assert "258" in page
    assert "Taken in" in page


def test_card_costs_the_same_for_one_line_and_for_twenty(desk):
    small = make.order([("A", 1, "1.00")])
    large = make.order([(f"S{n}", 1, "1.00") for n in range(20)], phone="+79161230001")

    assert queries(desk, f"/orders/{small.number}") == queries(desk, f"/orders/{large.number}") <= 26


def test_order_that_does_not_exist_is_missing(desk):
    assert desk.get("/orders/999999").status_code == 404
    assert desk.post("/orders/999999/cancellation", {"cancel-reason": "other"}).status_code == 404


def test_confirmed_from_the_card(desk):
    order = make.order()

    answer = desk.post(f"/orders/{order.number}/confirmation", {"confirm-why": "by letter"}, headers=HTMX)

    order.refresh_from_db()
    assert order.status == Status.CONFIRMED
    assert answer["HX-Redirect"] == f"/orders/{order.number}"


def test_second_confirmation_is_refused_where_the_hand_is(desk):
    order = make.order()
    desk.post(f"/orders/{order.number}/confirmation", {"confirm-why": "by letter"})

    answer = desk.post(f"/orders/{order.number}/confirmation", {"confirm-why": "by letter"}, headers=HTMX)

    assert answer.status_code == 409
    assert 'role="alert"' in words(answer)


def test_hold_and_its_undo(desk):
    order = make.order()
    desk.post(f"/orders/{order.number}/holds", {"hold-reason": "bad_address", "hold-note": "which house?"})
    hold = Hold.objects.get(order=order, reason=HoldReason.BAD_ADDRESS)

    desk.post(f"/orders/{order.number}/holds/{hold.pk}")
    hold.refresh_from_db()
    assert hold.closed_at is not None
    page = words(desk.get(f"/orders/{order.number}"))
    undo = f"/orders/{order.number}/holds?reason=bad_address&amp;note=which+house%3F"
    assert undo in page

    desk.post(undo.replace("&amp;", "&"))
    assert Hold.objects.get(order=order, reason=HoldReason.BAD_ADDRESS, closed_at=None).note == "which house?"


def test_cancellation_needs_a_reason(desk):
    order = make.order()

    refused = desk.post(f"/orders/{order.number}/cancellation", {"cancel-reason": ""}, headers=HTMX)
    order.refresh_from_db()
    assert (refused.status_code, order.status) == (400, Status.NEW)

    desk.post(f"/orders/{order.number}/cancellation", {"cancel-reason": "price"})
    order.refresh_from_db()
    assert (order.status, order.cancel_reason) == (Status.CANCELLED, "price")

    desk.post(f"/orders/{order.number}/reopening")
    order.refresh_from_db()
    assert order.status == Status.NEW


def test_hostile_name_is_shown_as_it_is(desk):
    """V1.2.1 V3.2.2."""
    order = make.order(name="<script>alert(1)</script>")

    for path in ("/orders", f"/orders/{order.number}", f"/orders/{order.number}/peek"):
        assert "<script>alert(1)" not in words(desk.get(path, headers=HTMX))


def test_piece_of_a_page_leads_to_the_page_when_it_is_opened_by_itself(desk):
    order = make.order()

    alone, asked_for = desk.get(f"/orders/{order.number}/peek"), desk.get(f"/orders/{order.number}/peek", headers=HTMX)

    assert alone.url == f"/orders/{order.number}"
    assert asked_for.status_code == 200
    assert "HX-Request" in alone["Vary"]
    assert desk.get("/orders/new/products").url == "/orders/new"


# --- the edit ---------------------------------------------------------------------------------------------------------


def test_edit_changes_what_differs_and_nothing_else(desk):
    make.product("A", on_hand=10)
    order = make.order([("A", 2, "129.00")])

    desk.post(f"/orders/{order.number}/edit", typed(order, quantity=["3"], city="Казань", delivery="300"))

    order.refresh_from_db()
    assert (order.address_city, order.delivery_minor, order.items_minor) == ("Казань", 30_000, 38_700)
    event = order.events.get(kind="order.edited")
    assert set(event.data["changed"]) == {"delivery_minor"}
    assert [value.field for value in event.personal_values.all()] == ["address_city"]


def test_stale_edit_shows_what_differs_and_loses_nothing(desk):
    order = make.order()
    form = typed(order, comment="call after six")
    edit = changes.Edit({"address_city": "Тверь"})
    changes.edit(order.number, edit, version=order.version, by=make.BY, at=make.AT)

    answer = desk.post(f"/orders/{order.number}/edit", form)

    page = words(answer)
    assert answer.status_code == 409
    assert "Тверь" in page
    assert "call after six" in page
    order.refresh_from_db()
    assert order.comment == ""
    again = form | {"version": str(order.version), "city": "Тверь"}
    assert desk.post(f"/orders/{order.number}/edit", again).status_code == 302
    order.refresh_from_db()
    assert (order.comment, order.address_city) == ("call after six", "Тверь")


def test_wrong_quantity_is_said_beside_its_field(desk):
    order = make.order()

    answer = desk.post(f"/orders/{order.number}/edit", typed(order, quantity=["two"]))

    assert answer.status_code == 422
    assert "A whole number from 0 to 100,000." in words(answer)
    assert 'value="two"' in words(answer)


# --- the phone order --------------------------------------------------------------------------------------------------


def test_phone_order_is_taken_in_once(desk):
    make.product("A", on_hand=5)

    first = desk.post("/orders/new", by_phone())
    second = desk.post("/orders/new", by_phone(anyway="1"))

    order = Order.objects.get()
    assert first.url == second.url == f"/orders/{order.number}"
    assert (order.channel_id, order.channel.kind) == ("phone", Channel.Kind.MANUAL)
    assert (order.total_minor, order.contact_phone) == (55_800, "+79161234567")
    assert order.lines.get().reserved == 2


def test_open_order_of_the_same_phone_is_shown_before_saving(desk):
    make.product("A", on_hand=5)
    earlier = make.order(phone="+79161234567")

    warned = desk.post("/orders/new", by_phone())

    assert Order.objects.count() == 1
    assert f"/orders/{earlier.number}" in words(warned)
    assert desk.post("/orders/new", by_phone(anyway="1")).status_code == 302
    assert Order.objects.count() == 2


def test_phone_order_without_goods_or_anybody_is_refused_beside_its_fields(desk):
    empty = {name: [] for name in ("line", "sku", "label", "off", "quantity", "price")}

    answer = desk.post("/orders/new", by_phone(phone="", name="", **empty))

    assert answer.status_code == 422
    assert "An order needs a line." in words(answer)
    assert "Write the phone, or at least a name." in words(answer)
    assert Order.objects.count() == 0


@pytest.mark.parametrize(("price", "discount"), [("12.345", ""), ("abc", ""), ("-5", ""), ("129", "9999")])
def test_amounts_that_cannot_be_are_refused(desk, price, discount):
    make.product("A")

    assert desk.post("/orders/new", by_phone(price=[price], discount=discount)).status_code == 422
    assert Order.objects.count() == 0


def test_basket_counts_and_adds_what_was_scanned(desk):
    make.product("A", on_hand=1)
    lamp = make.product("LAMP-1", on_hand=4, name="Лампа настольная", price="500.00")
    lamp.barcodes.create(code="4600000000017")

    counted = desk.post("/orders/new/basket", by_phone(find="4600000000017"), headers=HTMX)

    page = words(counted)
    assert "Лампа настольная" in page
    assert "Only 1 free" in page
    assert counted.context["basket"].total_minor == 2 * 12_900 + 50_000 + 30_000


def test_products_are_found_by_name_sku_and_barcode(desk):
    lamp = make.product("LAMP-1", on_hand=4, name="Лампа настольная")
    lamp.barcodes.create(code="4600000000017")
    make.product("CUP", name="Чашка")

    for text in ("лампа", "Лампа наст", "lamp", "4600000000017"):
        found = words(desk.get("/orders/new/products", {"find": text}, headers=HTMX))
        assert "LAMP-1" in found, text
        assert "CUP" not in found


def test_known_customer_brings_the_last_address(desk):
    make.order(phone="+79161234567", address=make.intake.Address(text="Садовая 1", city="Москва"))
    found = words(desk.get("/orders/new/customers", {"phone": "234567", "name": ""}, headers=HTMX))
    customer = Order.objects.get().customer

    assert reverse("orders-new-customer", args=[customer.pk]) in found
    filled = words(desk.post(f"/orders/new/customers/{customer.pk}", by_phone(comment="", city="", address="")))
    assert "Садовая 1" in filled
    assert "This customer has open orders." in filled
