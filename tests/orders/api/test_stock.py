"""The JSON doors of the shelf, of counting and of the catalogue."""

from typing import Any

import pytest

from orders import receiving
from orders.models import Product, StockCount, StockLevel, StockMove
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> make.Api:
    return make.client(make.manager())


@pytest.fixture
def packer() -> make.Api:
    return make.client(make.packer())


def receipt(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"supplier": "Mill", "reference": "7", "lines": list(lines)} | fields


def test_stock_is_shown_by_location_and_place(manager: make.Api) -> None:
    make.product("A", on_hand=5)
    make.order([("A", 2, "129.00")])
    (shown,) = manager.get("stock?sku=A").json()["results"]
    assert (shown["on_hand"], shown["reserved"], shown["available"]) == (5, 2, 3)
    assert shown["places"] == [{"place": "MAIN", "kind": "bin", "location": "MAIN", "on_hand": 5}]


def test_storefront_sees_what_is_available_but_no_places() -> None:
    make.product("A", on_hand=5)
    (shown,) = make.client(make.channel()).get("stock?sku=A").json()["results"]
    assert (shown["available"], shown["places"]) == (5, [])


def test_unknown_sku_is_an_empty_list_and_its_ledger_is_missing(manager: make.Api) -> None:
    assert manager.get("stock?sku=X").json() == {"results": [], "next": None}
    assert manager.get("stock/X/moves").status_code == 404


def test_stock_is_listed_page_by_page(manager: make.Api) -> None:
    for sku in "ABC":
        make.product(sku)
    first = manager.get("stock?limit=2").json()
    assert [row["sku"] for row in first["results"]] == ["A", "B"]
    second = manager.get(f"stock?limit=2&cursor={first['next']}").json()
    assert ([row["sku"] for row in second["results"]], second["next"]) == (["C"], None)


def test_ledger_shows_every_move_with_its_balances(manager: make.Api) -> None:
    make.product("A/1 б", on_hand=5)
    (move,) = manager.get("stock/A/1%20%D0%B1/moves").json()["results"]
    assert (move["source"], move["target"], move["quantity"]) == ("supplier", "MAIN", 5)
    assert (move["source_balance"], move["target_balance"], move["by"]) == (None, 5, "sweep:0")


def test_receipt_is_booked_once(manager: make.Api) -> None:
    make.product("A")
    body = receipt({"sku": "A", "quantity": 3, "unit_cost": "12.50", "bin": "MAIN"})
    first, again = manager.post("stock/receipts", body), manager.post("stock/receipts", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["lines"] == [{"sku": "A", "quantity": 3, "bin": "MAIN", "unit_cost": "12.50"}]
    assert StockLevel.objects.get().on_hand == 3


def test_receipt_that_says_something_else_is_refused(manager: make.Api) -> None:
    make.product("A")
    manager.post("stock/receipts", receipt({"sku": "A", "quantity": 3}))
    answer = manager.post("stock/receipts", receipt({"sku": "A", "quantity": 4}))
    assert (answer.status_code, answer.json()["code"]) == (409, "already_received")


def test_every_unknown_sku_of_a_receipt_is_named(manager: make.Api) -> None:
    answer = manager.post("stock/receipts", receipt({"sku": "X", "quantity": 3}, {"sku": "Y", "quantity": 1}))
    assert (answer.status_code, answer.json()["code"]) == (409, "unknown_skus")
    assert "X, Y" in answer.json()["detail"]


@pytest.mark.parametrize("quantity", [0, -1, 1.0, "1", 2**31, True, None])
def test_nonsense_quantities_are_malformed(manager: make.Api, quantity: Any) -> None:
    make.product("A")
    answer = manager.post("stock/receipts", receipt({"sku": "A", "quantity": quantity}))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/lines/0/quantity"


def test_cost_with_too_many_digits_is_malformed(manager: make.Api) -> None:
    make.product("A")
    answer = manager.post("stock/receipts", receipt({"sku": "A", "quantity": 1, "unit_cost": "1.001"}))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/lines/0/unit_cost")
    assert not StockMove.objects.exists()


def test_packer_and_storefront_receive_nothing(packer: make.Api) -> None:
    make.product("A")
    for who in (packer, make.client(make.channel())):
        assert who.post("stock/receipts", receipt({"sku": "A", "quantity": 1})).status_code == 403
    assert not StockMove.objects.exists()


def test_count_is_blind_for_whoever_counts(packer: make.Api) -> None:
    make.product("A", on_hand=5)
    opened = packer.post("stock/counts", {"kind": "bin", "location": "MAIN", "bins": ["MAIN"]})
    assert opened.status_code == 201
    number = opened.json()["id"]
    line = packer.post(f"stock/counts/{number}/lines", {"sku": "A", "bin": "MAIN", "quantity": 4})
    assert line.status_code == 201
    assert not {"book", "variance"} & set(line.json())
    closed = packer.post(f"stock/counts/{number}/close")
    assert (closed.json()["state"], closed.json()["promises_lost"]) == ("posted", [])
    assert not {"book", "variance"} & set(closed.json()["lines"][0])
    assert StockLevel.objects.get().on_hand == 4


def test_large_variance_is_approved_by_somebody_else(packer: make.Api, manager: make.Api) -> None:
    make.product("A", on_hand=50)
    number = packer.post("stock/counts", {"kind": "full"}).json()["id"]
    for who in (packer, make.client(make.packer())):
        who.post(f"stock/counts/{number}/lines", {"sku": "A", "bin": "MAIN", "quantity": 4})
    assert packer.post(f"stock/counts/{number}/close").json()["state"] == "review"
    assert packer.post(f"stock/counts/{number}/approval", {}).status_code == 403
    (line,) = manager.get(f"stock/counts/{number}").json()["lines"]
    assert (line["book"], line["variance"], line["large"]) == (50, -46, True)
    assert manager.post(f"stock/counts/{number}/approval", {}).json()["state"] == "posted"
    assert StockLevel.objects.get().on_hand == 4


def test_second_count_of_a_bin_is_refused_by_name(packer: make.Api) -> None:
    packer.post("stock/counts", {"kind": "full"})
    answer = packer.post("stock/counts", {"kind": "spot", "bins": ["MAIN"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_counted")


def test_uncounted_shelves_are_named_without_their_quantities(packer: make.Api) -> None:
    make.product("A", on_hand=5)
    shown = packer.post("stock/counts", {"kind": "full"}).json()
    assert shown["uncounted"] == [{"sku": "A", "bin": "MAIN"}]


def test_question_of_a_late_count_is_answered(packer: make.Api) -> None:
    make.product("A")
    receiving.receive(
        receiving.NewReceipt([receiving.NewLine("A", 5)]), by=make.BY, at=make.AT - make.timedelta(days=40)
    )
    counted_at = (make.AT - make.timedelta(days=40)).isoformat()
    number = packer.post("stock/counts", {"kind": "full"}).json()["id"]
    body = {"sku": "A", "bin": "MAIN", "quantity": 0, "counted_at": counted_at}
    line = packer.post(f"stock/counts/{number}/lines", body).json()
    assert line["question"]["pieces"] == 5
    assert packer.post(f"stock/counts/{number}/close").json()["code"] == "question_open"
    answer = packer.post(f"stock/counts/{number}/answers", {"line": line["id"], "moved_before": False})
    assert (answer.status_code, answer.json()["question"]) == (201, None)
    assert packer.post(f"stock/counts/{number}/close").json()["state"] == "posted"
    assert StockLevel.objects.get().on_hand == 5


def test_dropped_count_moves_nothing(packer: make.Api, manager: make.Api) -> None:
    number = packer.post("stock/counts", {"kind": "full"}).json()["id"]
    assert packer("DELETE", f"stock/counts/{number}").status_code == 403
    assert manager("DELETE", f"stock/counts/{number}").json()["state"] == "void"
    assert StockCount.objects.get().state == "void"


def test_unknown_count_is_missing(packer: make.Api) -> None:
    assert packer.get("stock/counts/7").status_code == 404
    assert packer.post("stock/counts/7/close").status_code == 404


def test_product_is_added_listed_and_changed(manager: make.Api) -> None:
    body = {
        "sku": "A", "name": "Лампа", "price": "1290.00", "cost": "500.00", "barcodes": ["460"], "weight_g": 250,
        "packs": [{"barcode": "461", "pieces": 6}], "min_stock": 3, "safety_stock": 1, "substitutes": [], "traced": "",
    }  # fmt: skip
    added = manager.post("products", body)
    assert added.status_code == 201
    assert added.json() == body | {"kind": "goods", "currency": "RUB", "similar": []}
    changed = manager("PUT", "products/A", {"price": "990.00"})
    assert (changed.json()["price"], changed.json()["barcodes"]) == ("990.00", ["460"])
    assert manager.get("products?sku=A").json()["results"] == [changed.json()]


def test_what_it_costs_is_not_for_packers_and_storefronts(packer: make.Api, manager: make.Api) -> None:
    make.product("A", cost_minor=500)
    assert manager.get("products/A").json()["cost"] == "5.00"
    for who in (packer, make.client(make.channel())):
        assert "cost" not in who.get("products/A").json()
        assert who("PUT", "products/A", {"price": "1.00"}).status_code == 403
    assert Product.objects.get().price_minor == 12900


def test_storefront_does_not_see_what_is_no_longer_sold() -> None:
    make.product("A", active=False)
    shop = make.client(make.channel())
    assert shop.get("products/A").status_code == 404
    assert shop.get("products").json()["results"] == []


def test_taken_sku_and_barcode_are_refused(manager: make.Api) -> None:
    manager.post("products", {"sku": "A", "name": "a", "barcodes": ["460"]})
    assert manager.post("products", {"sku": "A", "name": "a"}).json()["code"] == "product_exists"
    assert manager.post("products", {"sku": "B", "name": "b", "barcodes": ["460"]}).json()["code"] == "barcode_taken"


@pytest.mark.parametrize(
    ("field", "value"),
    [("price", "1e2"), ("price", "-5.00"), ("price", 5), ("price", "1.001"), ("sku", "A\u202eB"), ("kind", "kit"),
     ("colour", "red"), ("weight_g", "5")],
)  # fmt: skip
def test_hostile_cards_are_malformed(manager: make.Api, field: str, value: Any) -> None:
    answer = manager.post("products", {"sku": "A", "name": "a"} | {field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/{field}"
    assert not Product.objects.exists()
