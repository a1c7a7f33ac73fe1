"""The catalogue: one SKU, one product; files are loaded row by row, as often as one likes."""

import io
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import CommandError, call_command

from orders import catalogue
from orders.catalogue import Card
from orders.models import Barcode, JournalEvent, Product, StockLevel, StockMove
from orders.tasks import allocate
from shopdesk.base.errors import Missing
from tests import make

pytestmark = pytest.mark.django_db
FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures"


def add(sku: str = "A", **fields: Any) -> Product:
    return catalogue.add(Card(**{"sku": sku, "name": sku} | fields), by=make.BY, at=make.AT)


def change(sku: str = "A", **fields: Any) -> Product:
    return catalogue.change(sku, fields, by=make.BY, at=make.AT)


def load(path: Path) -> str:
    out = io.StringIO()
    call_command("load_products", path, stdout=out)
    return out.getvalue()


def load_text(tmp_path: Path, text: str, *, encoding: str = "utf-8") -> str:
    path = tmp_path / "products.csv"
    path.write_bytes(text.encode(encoding))
    return load(path)


def test_product_has_its_card() -> None:
    add("B")
    product = add("A", price_minor=12900, barcodes={"460": 1, "461": 6}, safety_stock=2, substitutes=["B"])
    assert product.price_minor == 12900
    assert catalogue.card_of(product).barcodes == {"460": 1, "461": 6}
    assert StockLevel.objects.get(product=product).safety == 2
    assert catalogue.card_of(product).substitutes == ("B",)


def test_sku_is_taken_once() -> None:
    add("A")
    with pytest.raises(catalogue.ProductExists):
        add("A")


def test_skus_that_differ_in_case_are_two_products_and_pointed_out() -> None:
    add("ab-1")
    add("AB-1")
    assert catalogue.look_alikes("AB-1") == ["ab-1"]


def test_change_leaves_what_it_does_not_name() -> None:
    add("A", price_minor=100, barcodes={"460": 1}, weight_g=5)
    product = change(price_minor=200)
    assert (product.price_minor, product.weight_g, Barcode.objects.count()) == (200, 5, 1)


def test_saying_the_same_again_changes_and_journals_nothing() -> None:
    add("A", price_minor=100, barcodes={"460": 1}, safety_stock=1)
    change(price_minor=100, barcodes={"460": 1}, safety_stock=1)
    assert not JournalEvent.objects.filter(kind="product.changed").exists()


def test_what_changed_is_journalled_in_codes() -> None:
    add("A", price_minor=100)
    change(price_minor=200, min_stock=3)
    assert JournalEvent.objects.get(kind="product.changed").data["changed"] == ["price_minor", "min_stock"]


def test_unknown_product_is_missing() -> None:
    with pytest.raises(Missing):
        change("X", name="x")


def test_barcode_belongs_to_one_product() -> None:
    add("A", barcodes={"460": 1})
    with pytest.raises(catalogue.BarcodeTaken, match="460 belongs to A"):
        add("B", barcodes={"460": 1})
    assert not Product.objects.filter(sku="B").exists()


def test_unknown_substitutes_and_the_product_itself_are_named() -> None:
    with pytest.raises(catalogue.UnknownSubstitutes, match="A, X"):
        add("A", substitutes=["A", "X"])


def test_goods_on_the_shelf_do_not_become_a_service() -> None:
    make.product("A", on_hand=1)
    with pytest.raises(catalogue.KindFixed):
        change(kind="service")


def test_order_that_waited_for_an_unknown_sku_finds_it() -> None:
    order = make.order([("NEW", 1, "129.00")])
    make.fill(add("NEW"), 5)
    allocate()
    assert order.lines.get().reserved == 1


def test_safety_stock_may_be_set_below_what_is_promised() -> None:
    make.product("A", on_hand=5)
    make.order([("A", 5, "129.00")])
    change(safety_stock=3)
    assert StockLevel.objects.get().available == 0


def test_file_is_loaded_and_loading_it_again_changes_nothing(tmp_path: Path) -> None:
    text = (
        "sku,name,price,cost,barcode,kind,weight_g,on_hand\n"
        "A,Lamp,1290.00,500,460;461,goods,250,7\n"
        "P,Postage,300,,,service,,\n"
    )
    assert "2 added" in load_text(tmp_path, text)
    lamp = Product.objects.get(sku="A")
    assert (lamp.price_minor, lamp.cost_minor, lamp.weight_g, lamp.barcodes.count()) == (129000, 50000, 250, 2)
    assert StockLevel.objects.get(product=lamp).on_hand == 7
    assert "2 unchanged" in load_text(tmp_path, text)
    assert StockMove.objects.count() == 1


def test_bad_rows_are_named_and_the_others_loaded(tmp_path: Path) -> None:
    text = "sku,name,price\nA,Lamp,12x\nB,Shade,-1\n,Nameless,1\nC,Bulb,90\n"
    out = io.StringIO()
    path = tmp_path / "products.csv"
    path.write_text(text)
    with pytest.raises(CommandError, match="3 rows"):
        call_command("load_products", path, stdout=out)
    assert [line.partition(",")[0] for line in out.getvalue().splitlines()[:3]] == ["row 2", "row 3", "row 4"]
    assert list(Product.objects.values_list("sku", flat=True)) == ["C"]


def test_file_as_people_save_it_is_read(tmp_path: Path) -> None:
    load_text(tmp_path, "\ufeffSKU;Name;Price\r\nА-1;Лампа;1 290,50\r\n\r\n")
    assert Product.objects.get(sku="А-1").price_minor == 129050


def test_file_in_the_old_cyrillic_encoding_is_read(tmp_path: Path) -> None:
    load_text(tmp_path, "sku,name\nA,Лампа\n", encoding="cp1251")
    assert Product.objects.get().name == "Лампа"


def test_file_that_is_no_table_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(b"\x00\x01sku")
    with pytest.raises(CommandError, match="neither a CSV nor an XLSX"):
        load(path)


def test_missing_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        load(tmp_path / "nothing.csv")


def test_invisible_characters_in_a_sku_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        load_text(tmp_path, "sku,name\nA\u200bB,Lamp\n")
    assert not Product.objects.exists()


def test_books_win_over_the_file_and_it_is_said(tmp_path: Path) -> None:
    make.product("A", on_hand=5)
    assert "the books have 5 pieces, the file says 9" in load_text(tmp_path, "sku,name,on_hand\nA,A,9\n")
    assert StockLevel.objects.get().on_hand == 5


def test_substitutes_may_stand_further_down(tmp_path: Path) -> None:
    load_text(tmp_path, "sku,name,substitutes\nA,Lamp,B;C\nB,Lamp,\nC,Lamp,\n")
    assert catalogue.card_of(Product.objects.get(sku="A")).substitutes == ("B", "C")


def test_lookalikes_are_pointed_out(tmp_path: Path) -> None:
    assert "easily taken for ab" in load_text(tmp_path, "sku,name\nab,Lamp\nAB,Lamp\n")


def test_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "products.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["sku", "name", "price", "on_hand"])
        sheet.write_row(1, 0, [85123, "Heart", 2.55, 6])
    load(path)
    assert Product.objects.get(sku="85123").price_minor == 255
    assert StockLevel.objects.get().on_hand == 6


def test_what_is_no_spreadsheet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "products.xlsx"
    path.write_bytes(b"PK\x03\x04not a zip")
    with pytest.raises(CommandError, match="cannot be unpacked"):
        load(path)


def test_storefronts_own_product_file_is_read() -> None:
    out = load(FIXTURES / "catalog" / "woocommerce_sample_products.csv")
    assert "20 added" in out
    assert "4 skipped" in out
    assert Product.objects.get(sku="cc-beanie").price_minor == 2000
    assert Product.objects.get(sku="cc-album").kind == "service"
    assert not Product.objects.filter(sku="cc-hoodie").exists()
