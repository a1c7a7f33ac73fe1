"""The shelf on screen: what there is, the ledger behind it, receipts, carrying and taking off."""

from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orders import receiving, shelf
from orders.models import Order, PlaceLevel, Product, Receipt, StockLevel, StockMove
from shopdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def browser(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers or None)
    assert answer.status_code == 200, answer.content[:500]
    return answer.content.decode()


def queries_of(client: Client, path: str) -> int:
    client.get(path)  # sessions and caches are warm
    caches["nearby"].clear()  # but the bar counts anew, however long the test takes
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


@pytest.fixture
def manager() -> Client:
    make.shop()
    return browser(make.manager())


@pytest.fixture
def candle() -> Product:
    return make.product("21730-J", 5, name="Свеча соевая «Можжевельник»", min_stock=8)


# --- the list ---


@pytest.mark.parametrize("typed", ["можж", "МОЖЖ", "свеча соевая", "21730-j", "4600000000017"])
def test_product_is_found_as_people_spell_it(manager, candle, typed):
    candle.barcodes.create(code="4600000000017")
    make.product("OTHER", 1, name="Кружка")

    found = page(manager, f"/stock?q={typed}", **HTMX)

    assert "21730-J" in found
    assert "OTHER" not in found
    assert "<html" not in found  # a fragment, so that the field keeps its focus


def test_what_nobody_has_is_said_with_the_way_out(manager, candle):
    assert "Nothing is found" in page(manager, "/stock?q=тарелка")


def test_views_show_what_is_low_short_and_out(manager, candle):
    make.product("GONE", 0)
    make.product("SHORT", 1)
    make.order([("SHORT", 3, "10.00")])
    make.product("FINE", 9)

    def skus(view: str) -> set[str]:
        text = page(manager, f"/stock?view={view}", **HTMX)
        return {sku for sku in ("21730-J", "GONE", "SHORT", "FINE") if sku in text}

    assert skus("low") == {"21730-J"}
    assert skus("short") == {"SHORT"}
    assert skus("out") == {"GONE"}
    assert skus("all") == {"21730-J", "GONE", "SHORT", "FINE"}
    assert "Short 2" in page(manager, "/stock?view=short")


def test_shelf_of_one_bin(manager, candle):
    shelf.make_bin("", "B-2", by=make.BY, at=make.AT)
    make.fill(make.product("IN-B2"), 3, bin_code="B-2")

    text = page(manager, "/stock?bin=B-2", **HTMX)

    assert "IN-B2" in text
    assert "21730-J" not in text


def test_pages_follow_each_other_by_sku_without_loss(manager):
    skus = [f"S-{n:03}" for n in range(120)]
    for sku in skus:
        make.product(sku)
    seen: list[str] = []
    path = "/stock"
    while path:
        answer = manager.get(path)
        seen += [row.product.sku for row in answer.context["rows"]]
        path = answer.context["older"]
    back = manager.get(f"/stock?before={seen[100]}").context

    assert seen == skus
    assert [row.product.sku for row in back["rows"]] == skus[50:100]
    assert back["newer"]


def test_queries_do_not_grow_with_the_shelf(manager):
    def fill(first: int, last: int) -> None:
        for n in range(first, last):
            make.product(f"S-{n:03}", 2)
            make.order([(f"S-{n:03}", 3, "10.00")])

    fill(0, 1)
    one = queries_of(manager, "/stock")
    fill(1, 20)

    assert queries_of(manager, "/stock") == one
    assert one <= 25  # the bar counts its desks among them


# --- the product and its ledger ---


def test_ledger_stands_behind_every_number(manager, candle):
    order = make.order([("21730-J", 2, "10.00")])
    text = page(manager, f"/stock/{candle.pk}")

    assert "Received" in text
    assert str(order.number) in text  # the promise
    assert "On hand, 30 days" in text


def test_ledger_of_one_place_counts_its_own_way(manager, candle):
    place = PlaceLevel.objects.get(product=candle).place
    shelf.make_bin("", "B-2", by=make.BY, at=make.AT)
    shelf.carry(shelf.Pieces("21730-J", 2), location="MAIN", to_bin="B-2", by=make.BY, at=make.AT)

    here = manager.get(f"/stock/{candle.pk}?place={place.pk}").context["moves"]
    everywhere = manager.get(f"/stock/{candle.pk}").context["moves"]

    assert [move["pieces"] for move in here] == ["−2", "+5"]
    assert [move["pieces"] for move in everywhere] == ["2", "+5"]  # from bin to bin the shelf has as much as before
    assert (everywhere[0]["source_left"], everywhere[0]["target_left"]) == (3, 2)


def test_ledger_queries_do_not_grow_with_moves(manager, candle):
    def receive(times: int) -> None:
        for _ in range(times):
            receiving.receive(receiving.NewReceipt([receiving.NewLine("21730-J", 1)]), by=make.BY, at=make.AT)

    receive(1)
    one = queries_of(manager, f"/stock/{candle.pk}")
    receive(20)

    assert queries_of(manager, f"/stock/{candle.pk}") == one


def test_drawer_shows_places_moves_and_who_waits(manager, candle):
    order = make.order([("21730-J", 7, "10.00")])

    text = page(manager, f"/stock/{candle.pk}/peek", **HTMX)

    assert "Promised, not there" in text
    assert f"Order {order.number}" in text


def test_card_is_changed_with_packs_and_money_by_comma(manager, candle):
    answer = manager.post(
        f"/stock/{candle.pk}/edit",
        {"name": "Свеча", "price_minor": "1 290,50", "barcodes": "460001\n460006 × 6", "min_stock": 3,
         "safety_stock": 1, "weight_g": 200, "substitutes": ""},
    )  # fmt: skip
    candle.refresh_from_db()

    assert answer.status_code == 302
    assert (candle.name, candle.price_minor, candle.min_stock) == ("Свеча", 129050, 3)
    assert dict(candle.barcodes.values_list("code", "pieces")) == {"460001": 1, "460006": 6}
    assert StockLevel.objects.get(product=candle).safety == 1


def test_wrong_card_keeps_what_was_typed_and_changes_nothing(manager, candle):
    sent = {"name": "Новое имя", "price_minor": "12,345", "min_stock": 3, "safety_stock": 0, "weight_g": 0}
    text = manager.post(f"/stock/{candle.pk}/edit", sent, headers=HTMX).content.decode()
    candle.refresh_from_db()

    assert "12,345" in text
    assert "Новое имя" in text
    assert 'aria-invalid="true"' in text
    assert candle.name != "Новое имя"


def test_barcode_of_another_product_is_refused_by_name(manager, candle):
    make.product("OTHER").barcodes.create(code="4601")
    sent = {"name": "x", "price_minor": "1", "barcodes": "4601", "min_stock": 0, "safety_stock": 0, "weight_g": 0}
    answer = manager.post(f"/stock/{candle.pk}/edit", sent, headers=HTMX)

    assert answer.status_code == 409
    assert "OTHER" in answer.content.decode()
    assert not candle.barcodes.exists()


def test_new_product_is_on_the_shelf(manager):
    sent = {"sku": "NEW-1", "kind": "goods", "name": "Ваза", "price_minor": "500", "min_stock": 0, "safety_stock": 0,
            "weight_g": 0}  # fmt: skip
    assert manager.post("/stock/new", sent).status_code == 302
    assert "NEW-1" in page(manager, "/stock")


# --- receipts ---


def lines(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    names = ("sku", "quantity", "cost", "bin")
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def test_each_scan_adds_a_piece_to_its_line(manager, candle):
    candle.barcodes.create(code="46001")
    candle.barcodes.create(code="46006", pieces=6)
    one = manager.post("/stock/receipts/lines", {"code": "46001"}, headers=HTMX)
    rows = one.context["rows"]
    sent = lines(*[tuple(row.data[name] for name in ("sku", "quantity", "cost", "bin")) for row in rows])

    two = manager.post("/stock/receipts/lines", sent | {"code": "46006"}, headers=HTMX).context["rows"]

    assert [(row.data["sku"], row.data["quantity"], row.data["bin"]) for row in two] == [("21730-J", "7", "MAIN")]
    assert not Receipt.objects.exists()  # nothing is stored before it is posted


def test_unknown_code_is_refused_beside_the_scanner(manager, candle):
    answer = manager.post("/stock/receipts/lines", {"code": "NOBODY"}, headers=HTMX)
    assert answer.status_code == 409
    assert "NOBODY" in answer.content.decode()


def test_line_is_dropped(manager, candle):
    make.product("B")
    sent = lines(("21730-J", "1", "", "MAIN"), ("B", "2", "", "MAIN")) | {"drop": "0"}
    rows = manager.post("/stock/receipts/lines", sent, headers=HTMX).context["rows"]
    assert [row.data["sku"] for row in rows] == ["B"]


def test_receipt_is_booked_once_and_leads_to_its_page(manager, candle):
    sent = lines(("21730-J", "10", "45,50", "MAIN")) | {"supplier": "ООО Свет", "reference": "УПД-7"}
    first = manager.post("/stock/receipts/new", sent, headers=HTMX)
    again = manager.post("/stock/receipts/new", sent, headers=HTMX)
    receipt = Receipt.objects.get()
    text = page(manager, f"/stock/receipts/{receipt.pk}")

    assert first["HX-Redirect"] == again["HX-Redirect"] == f"/stock/receipts/{receipt.pk}"
    assert StockLevel.objects.get(product=candle).on_hand == 15
    assert "ООО Свет" in text
    assert "455" in text  # 10 pieces at 45.50
    assert "ООО Свет" in page(manager, "/stock/receipts")


def test_receipt_says_who_still_waits(manager, candle):
    order = make.order([("21730-J", 30, "10.00")])
    manager.post("/stock/receipts/new", lines(("21730-J", "10", "", "MAIN")))
    text = page(manager, f"/stock/receipts/{Receipt.objects.get().pk}")
    assert "Still wait" in text
    assert str(order.number) in text


def test_wrong_line_says_so_and_books_nothing(manager, candle):
    sent = lines(("21730-J", "ten", "", "MAIN"))
    answer = manager.post("/stock/receipts/new", sent, headers=HTMX)
    assert answer.status_code == 200
    assert answer.context["rows"][0].errors
    assert not Receipt.objects.exists()


def test_unknown_bin_is_refused_and_books_nothing(manager, candle):
    answer = manager.post("/stock/receipts/new", lines(("21730-J", "1", "", "NOWHERE")), headers=HTMX)
    assert answer.status_code == 409
    assert not Receipt.objects.exists()


# --- bins ---


def test_goods_are_carried_by_two_scans_and_taken_back_once(manager, candle):
    shelf.make_bin("", "B-2", by=make.BY, at=make.AT)
    state = manager.get("/stock/carry?code=21730-J").context
    state = manager.get(f"/stock/carry?product={state['product'].pk}&code=MAIN").context
    state = manager.get(
        f"/stock/carry?product={state['product'].pk}&source={state['source'].pk}&quantity=1&code=B-2"
    ).context
    sent = {name: state[name].pk for name in ("product", "source", "target")} | {"quantity": 3}
    manager.post("/stock/carried", sent)
    move = StockMove.objects.latest("pk")

    assert (move.source.code, move.target.code, move.quantity) == ("MAIN", "B-2", 3)
    assert f"/stock/moves/{move.pk}/back" in page(manager, "/stock/carry")  # the toast's way back
    assert manager.post(f"/stock/moves/{move.pk}/back").status_code == 302
    assert manager.post(f"/stock/moves/{move.pk}/back").status_code == 409
    assert PlaceLevel.objects.get(product=candle, place=move.source).on_hand == 5


def test_same_product_scanned_again_is_one_more_piece(manager, candle):
    assert manager.get(f"/stock/carry?product={candle.pk}&quantity=2&code=21730-J").context["quantity"] == 3


def test_receipt_cannot_be_taken_back_as_a_carrying(manager, candle):
    assert manager.post(f"/stock/moves/{StockMove.objects.get().pk}/back").status_code == 404


def test_new_bin_is_put_up_once(manager):
    manager.get("/stock/bins")
    assert manager.post("/stock/bins", {"code": "Б-04-1"}).status_code == 302
    assert manager.post("/stock/bins", {"code": "Б-04-1"}).status_code == 409
    assert "Б-04-1" in page(manager, "/stock/bins")


def test_dialog_names_whose_promise_would_be_lost(manager, candle):
    make.order([("21730-J", 2, "10.00")])
    young = make.order([("21730-J", 2, "10.00")], phone="+79160000001")
    asked = f"/stock/{candle.pk}/losers?bin=MAIN&quantity=%d&reason=damaged&how=scrap"

    assert str(young.number) not in page(manager, asked % 1, **HTMX)
    assert manager.get(asked % 2, headers=HTMX).context["orders"] == [young.number]
    assert "Take off the shelf" in page(manager, f"/stock/{candle.pk}/leave", **HTMX)


def test_pieces_are_written_off_and_the_youngest_order_loses_its_promise(manager, candle):
    old = make.order([("21730-J", 3, "10.00")])
    young = make.order([("21730-J", 2, "10.00")], phone="+79160000001")
    manager.post(f"/stock/{candle.pk}/leave", {"bin": "MAIN", "quantity": 1, "reason": "damaged", "how": "scrap"})

    assert StockLevel.objects.get(product=candle).on_hand == 4
    assert Order.objects.get(pk=young.pk).lines.get().reserved == 1
    assert Order.objects.get(pk=old.pk).lines.get().reserved == 3


def test_pieces_are_set_aside(manager, candle):
    manager.post(f"/stock/{candle.pk}/leave", {"bin": "MAIN", "quantity": 2, "reason": "doubtful", "how": "quarantine"})
    assert PlaceLevel.objects.get(product=candle, place__kind="quarantine").on_hand == 2


# --- rights ---


@pytest.mark.parametrize("path", ["/stock", "/stock/bins", "/stock/carry", "/counts"])
def test_packer_reads_the_shelf(candle, path):
    make.shop()
    assert browser(make.packer()).get(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/stock/new", "/stock/receipts", "/stock/receipts/new", "/stock/%d/edit", "/stock/%d/leave"]
)
def test_packer_neither_buys_nor_writes_off(candle, path):
    make.shop()
    path = path % candle.pk if "%d" in path else path
    assert browser(make.packer()).get(path).status_code == 404


def test_packer_sees_no_cost(candle):
    make.shop()
    assert "Cost" not in page(browser(make.packer()), f"/stock/{candle.pk}")
    assert "Cost" in page(browser(make.manager()), f"/stock/{candle.pk}")  # negative control


def test_courier_and_stranger_see_nothing(candle):
    make.shop()
    assert browser(make.courier_person()).get("/stock").status_code == 404
    assert Client().get("/stock").status_code == 302


@pytest.mark.parametrize("path", ["/stock/999", "/stock/999/peek", "/stock/999/edit", "/stock/receipts/999"])
def test_what_is_not_there_is_missing(manager, path):
    assert manager.get(path, headers=HTMX).status_code == 404
