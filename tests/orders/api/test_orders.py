"""The JSON doors of orders: shapes, scope, idempotency, and what is refused."""

import json

import pytest

from orders.models import Order
from tests import make

pytestmark = pytest.mark.django_db

BODY = {
    "external_id": "S-1042",
    "placed_at": "2026-11-21T10:15:00+03:00",
    "currency": "RUB",
    "customer": {"name": "Анна Смирнова", "phone": "8 (916) 123-45-67", "email": "anna@example.com"},
    "delivery": {
        "method": "courier",
        "courier": "own",
        "date": "2026-11-23",
        "slot": "10:00-14:00",
        "price": "300.00",
        "address": {"text": "Москва, Садовая 1, кв. 5", "country": "RU", "city": "Москва", "notes": "домофон 5"},
    },
    "payment": {"method": "cod", "paid": "0.00"},
    "items": [{"sku": "85123A", "name": "White hanging heart", "quantity": 2, "price": "129.00", "discount": "8.00"}],
    "discount": "10.00",
    "comment": "позвонить после 18",
    "source": {"utm_source": "mail"},
}


@pytest.fixture
def shop():
    make.courier("own")
    make.product("85123A", 10)
    return make.client(make.channel())


def test_order_is_taken_in_and_answered_whole(shop):
    response = shop.post("orders", BODY)

    order = response.json()
    assert response.status_code == 201
    assert (order["items_total"], order["delivery_price"], order["total"]) == ("250.00", "300.00", "540.00")
    assert order["cod_due"] == "540.00"
    assert order["customer"]["phone"] == "+79161234567"
    assert order["items"][0]["reserved"] == 2
    assert order["next"]["step"] == "call"


def test_same_body_again_is_200_and_another_409(shop):
    first = shop.post("orders", BODY).json()

    again = shop.post("orders", BODY)
    other = shop.post("orders", BODY | {"comment": "другое"})

    assert (again.status_code, again.json()["number"]) == (200, first["number"])
    assert (other.status_code, other.json()["code"], other.json()["number"]) == (409, "order_exists", first["number"])
    assert Order.objects.count() == 1


def test_idempotency_key_repeats_the_answer_byte_for_byte(shop):
    first = shop.post("orders", BODY, Idempotency_Key="k1")

    again = shop.post("orders", BODY, Idempotency_Key="k1")
    other = shop.post("orders", BODY | {"comment": "x"}, Idempotency_Key="k1")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


def test_storefront_sees_only_its_own_orders(shop):
    """V8.2.2 V8.4.1."""
    number = shop.post("orders", BODY).json()["number"]
    stranger = make.client(make.channel("other"))

    assert stranger.get(f"orders/{number}").status_code == 404
    assert stranger.get("orders").json()["results"] == []
    foreign, missing = stranger.get(f"orders/{number}").json(), stranger.get("orders/999999").json()
    assert {**foreign, "instance": "", "request_id": ""} == {**missing, "instance": "", "request_id": ""}
    assert stranger.post(f"orders/{number}/cancellation", {"reason": "test"}).status_code == 404
    assert Order.objects.get().status == "new"


def test_nobody_sees_anything(shop):
    assert make.client().get("orders").status_code == 401
    wrong = make.client()
    wrong.headers = {"Authorization": "Bearer nothing"}
    assert wrong.get("orders").status_code == 401


def test_list_is_paged_by_keyset_and_filtered(shop):
    for index in range(5):
        shop.post("orders", BODY | {"external_id": f"S-{index}"})
    manager = make.client(make.manager())

    first = manager.get("orders?limit=2").json()
    second = manager.get(f"orders?limit=2&cursor={first['next']}").json()

    numbers = [order["number"] for order in first["results"] + second["results"]]
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 4
    for text in ("4567", "9161234", "смирн", "S-3", "85123A", "anna@"):
        assert manager.get(f"orders?q={text}").json()["results"], text
    assert manager.get("orders?q=нет такого").json()["results"] == []
    assert manager.get("orders?status=packed").json()["results"] == []
    assert manager.get("orders?nonsense=1").status_code == 400


def test_list_asks_the_same_number_of_questions_however_long(shop, django_assert_num_queries):
    manager = make.client(make.manager())
    manager.get("orders")
    for index in range(12):
        shop.post("orders", BODY | {"external_id": f"S-{index}"})
    with django_assert_num_queries(7):  # token, its person, limits; orders, lines, holds, tasks
        manager.get("orders?limit=12")


def test_edit_changes_totals_and_reservation_by_the_difference(shop):
    order = shop.post("orders", BODY).json()
    manager = make.client(make.manager())
    line = order["items"][0]["id"]

    edited = manager("PATCH", f"orders/{order['number']}", {
        "version": order["version"], "items": [{"id": line, "quantity": 5}], "delivery": {"price": "0.00"},
    })  # fmt: skip

    assert edited.status_code == 200, edited.content
    assert edited.json()["items"][0]["reserved"] == 5
    assert edited.json()["total"] == "627.00"  # 5 x 129.00 - 8.00 - 10.00
    stale = manager("PATCH", f"orders/{order['number']}", {"version": order["version"], "comment": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale")
    assert "delivery_minor" in stale.json()["differs"]


def test_hold_and_release(shop):
    number = shop.post("orders", BODY).json()["number"]
    manager = make.client(make.manager())

    held = manager.post(f"orders/{number}/holds", {"reason": "high_risk", "note": "проверить"})
    hold = held.json()["holds"][0]["id"]
    released = manager("DELETE", f"orders/{number}/holds/{hold}")

    assert held.status_code == 201
    assert released.json()["holds"] == []
    assert manager("DELETE", f"orders/{number}/holds/{hold}").status_code == 404


def test_cancelled_order_frees_its_goods_and_says_why(shop):
    number = shop.post("orders", BODY).json()["number"]

    cancelled = shop.post(f"orders/{number}/cancellation", {"reason": "changed_mind"}).json()

    assert cancelled["status"] == "cancelled"
    assert cancelled["items"][0]["reserved"] == 0
    again = shop.post(f"orders/{number}/cancellation", {"reason": "changed_mind"})
    assert (again.status_code, again.json()["code"]) == (409, "forbidden_move")


def test_batch_rows_stand_alone(shop):
    rows = [BODY, {"external_id": "S-2"}, BODY | {"external_id": "S-3"}, BODY | {"comment": "clash"}]

    results = shop.post("orders/batch", {"orders": rows}).json()["results"]

    assert [row["status"] for row in results] == [201, 400, 201, 409]
    pointers = {error["pointer"] for error in results[1]["errors"]}
    assert {"/currency", "/items"} <= pointers


MALFORMED = [
    ({"items": []}, "/items", "too_few_items"),
    ({"items": [BODY["items"][0]] * 501}, "/items", "too_many_items"),
    ({"items": [BODY["items"][0] | {"quantity": "1"}]}, "/items/0/quantity", "invalid_type"),
    ({"items": [BODY["items"][0] | {"quantity": -1}]}, "/items/0/quantity", "min_value"),
    ({"items": [BODY["items"][0] | {"quantity": 2147483648}]}, "/items/0/quantity", "max_value"),
    ({"items": [BODY["items"][0] | {"price": 129.0}]}, "/items/0/price", "invalid_type"),
    ({"items": [BODY["items"][0] | {"price": "-5.00"}]}, "/items/0/price", "min_value"),
    ({"items": [BODY["items"][0] | {"price": "1e2"}]}, "/items/0/price", "invalid_type"),
    ({"items": [BODY["items"][0] | {"price": "0.001"}]}, "/items/0/price", "too_many_digits"),
    ({"items": [BODY["items"][0] | {"colour": "red"}]}, "/items/0/colour", "unknown_field"),
    ({"placed_at": "2026-11-21T10:15:00"}, "/placed_at", "naive_datetime"),
    ({"external_id": "a\u202eb"}, "/external_id", "invalid_characters"),
    ({"external_id": "a\u0000b"}, "/external_id", "invalid_characters"),
    ({"external_id": ""}, "/external_id", "required"),
    ({"currency": "руб"}, "/currency", "invalid_choice"),
    ({"customer": {}}, "/customer", "required"),
    ({"delivery": {"method": "drone"}}, "/delivery/method", "invalid_choice"),
]


@pytest.mark.parametrize(("change", "pointer", "code"), MALFORMED)
def test_malformed_order_is_refused_by_field_and_nothing_is_stored(shop, change, pointer, code):
    """V2.2.2 V15.3.3."""
    response = shop.post("orders", BODY | change)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert (pointer, code) in {(error["pointer"], error["code"]) for error in response.json()["errors"]}
    assert not Order.objects.exists()


RAW = [
    (b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
    (b'{"external_id": "a", "external_id": "b"}', 400),
    (b'{"external_id": "\\ud83d"}', 400),
    (b'{"discount": NaN}', 400),
    (b'{"discount": 1e400}', 400),
    (b"\xff\xfe{\x00}\x00", 400),
    (b"[1]", 400),
    (b"", 400),
    (b'{"comment": "' + b"x" * 2_000_000 + b'"}', 413),
]


@pytest.mark.parametrize(("raw", "status"), RAW)
def test_hostile_bytes_are_refused_and_nothing_is_stored(shop, raw, status):
    """V2.2.1."""
    response = shop.post("orders", raw)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["code"]
    assert not Order.objects.exists()


def test_other_content_types_are_refused(shop):
    for kind in ("application/xml", "text/plain", "application/json; charset=nonsense"):
        response = shop.client.generic("POST", "/api/v1/orders", b"{}", kind, headers=shop.headers)
        assert response.status_code == 415, kind
