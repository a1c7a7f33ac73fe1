"""Catalogues from tables, YML and CommerceML; what is expected was read off the files by a person."""

from pathlib import Path

import pytest

from orders.models import Product, StockLevel
from shopdesk.imports import markup, taking
from shopdesk.imports.markup import UnreadableMarkup
from shopdesk.imports.models import Import, ImportItem
from tests import make
from tests.shopdesk.imports.test_orders import laid, worked

pytestmark = [pytest.mark.django_db, pytest.mark.once]  # tried on PostgreSQL too: nothing differs there
FIXTURES = Path(__file__).resolve().parents[4] / "shared" / "fixtures" / "catalog"
State, Fate = Import.State, ImportItem.Fate


@pytest.fixture
def owner():
    make.shop()
    return make.owner()


def tried(owner, name: str, content: bytes | None = None) -> Import:
    batch = laid(owner, content or (FIXTURES / name).read_bytes(), name=name, what="products")
    if batch.state == State.LAID:
        taking.try_out(batch.code, batch.columns, at=make.AT)
    return worked(batch)


def taken(owner, name: str, content: bytes | None = None) -> Import:
    batch = tried(owner, name, content)
    taking.apply(batch.code, skip_bad=True, at=make.AT)
    return worked(batch)


def on_hand(sku: str) -> int:
    return sum(StockLevel.objects.filter(product__sku=sku).values_list("on_hand", flat=True))


def test_goods_of_1c_come_with_their_groups(owner):
    batch = taken(owner, "import.xml")

    assert (batch.form, batch.state, batch.rows) == ("commerceml", State.DONE, 2)
    boots = Product.objects.get(sku="Б-130001")
    assert (boots.name, boots.group, boots.kind) == ("Женские ботфорты коричневые", "Обувь / Обувь", "goods")
    assert list(boots.barcodes.values_list("code", flat=True)) == ["2000018987155"]
    assert Product.objects.get(sku="Б- 130005").name == "Ботинки женские демисезонные"


def test_offers_of_1c_bring_sizes_prices_and_stock(owner):
    taken(owner, "import.xml")
    batch = taken(owner, "offers.xml")

    assert batch.rows == 5
    size = Product.objects.get(sku="Б-130001#90c55447")
    assert (size.name, size.price_minor, on_hand(size.sku)) == ("Женские ботфорты коричневые (38)", 171900, 20)
    other = Product.objects.get(sku="Б-130001#e5a4c316")
    assert (other.price_minor, on_hand(other.sku)) == (149600, 19)
    assert Product.objects.get(sku="Б- 130005#ad5de1b6").price_minor == 127100
    assert on_hand("Б- 130005#90c55449") == 120


def test_offer_that_names_its_id_alone_finds_its_article(owner):
    taken(owner, "import.xml")
    text = (FIXTURES / "offers.xml").read_text("utf-8-sig").replace("<Артикул>Б-130001</Артикул>", "")

    taken(owner, "offers.xml", text.encode())

    assert Product.objects.get(sku="Б-130001#90c55447").price_minor == 171900


def test_goods_without_a_classifier_are_read(owner):
    taken(owner, "import_wo_classifier.xml")

    assert Product.objects.get(sku="Б-130001").group == ""


def test_feed_is_read_in_all_its_kinds(owner):
    batch = taken(owner, "yml_feed.xml")

    assert (batch.form, batch.rows) == ("yml", 8)
    printer = Product.objects.get(sku="ABC1234")
    assert (printer.name, printer.price_minor, printer.weight_g) == ("Принтер Brother 331", 8099000, 3600)
    assert printer.group == "Принтеры"
    assert list(printer.barcodes.values_list("code", flat=True)) == ["4601546021298"]
    assert Product.objects.get(sku="A1234567B").name == "Сэндвичница Brand K220Y9"
    assert Product.objects.get(sku="123144ET").kind == Product.Kind.SERVICE, "nobody lays a ticket on a shelf"
    assert {"755B", "888AB", "1511AT"} < set(Product.objects.values_list("sku", flat=True))


def test_two_offers_of_one_article_keep_their_ids(owner):
    offers = "".join(
        f'<offer id="{own}"><vendorCode>V</vendorCode><name>{own}</name><price>5</price></offer>' for own in ("1", "2")
    )
    taken(owner, "f.xml", f"<yml_catalog><shop><offers>{offers}</offers></shop></yml_catalog>".encode())

    assert set(Product.objects.values_list("sku", flat=True)) == {"1", "2"}


def test_price_in_another_currency_is_left_out(owner):
    offer = '<offer id="1"><name>x</name><price>5</price><currencyId>USD</currencyId></offer>'
    taken(owner, "f.xml", f"<yml_catalog><shop><offers>{offer}</offers></shop></yml_catalog>".encode())

    assert Product.objects.get().price_minor == 0


@pytest.mark.parametrize("name", ["import.xml", "offers.xml", "yml_feed.xml"])
def test_same_file_again_changes_nothing(owner, name):
    taken(owner, name)
    before = list(Product.objects.order_by("sku").values())

    again = tried(owner, name)

    assert set(again.items.values_list("verdict", flat=True)) <= {"known", "noted"}
    if again.items.filter(verdict="noted").exists():
        taking.apply(again.code, skip_bad=True, at=make.AT)
        worked(again)
    assert list(Product.objects.order_by("sku").values()) == before


def test_table_of_a_storefront_is_tried_first(owner):
    make.product("A", price="1.00", name="Old")
    batch = tried(owner, "p.csv", b"sku,name,price,categories\nA,New,2,Coats\nB,Lamp,3,\nC,,x,\n")

    assert list(batch.items.order_by("place").values_list("key", "verdict")) == [
        ("A", "noted"), ("B", "good"), ("C", "bad"),
    ]  # fmt: skip
    assert batch.items.get(key="A").words == ["Changes: Group, Name, Price."]
    assert Product.objects.get().name == "Old"
    taking.apply(batch.code, skip_bad=True, at=make.AT)
    worked(batch)
    assert dict(Product.objects.values_list("sku", "price_minor")) == {"A": 200, "B": 300}
    assert Product.objects.get(sku="A").group == "Coats"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE y [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<yml_catalog><shop><name>&b;</name></shop></yml_catalog>"""
FETCHED = (
    b"""<?xml version="1.0"?><!DOCTYPE y [<!ENTITY a SYSTEM "file:///etc/passwd">]><yml_catalog>&a;</yml_catalog>"""
)


@pytest.mark.parametrize(
    "content",
    [BOMB, FETCHED, b"<html></html>", b"<yml_catalog><shop>", b"<" + b"a>" * 3, b"<yml_catalog>" + b"<a>" * 100],
    ids=["entities", "fetched", "another", "broken", "nonsense", "deep"],
)
def test_hostile_markup_is_refused(owner, content, tmp_path):
    path = tmp_path / "f.xml"
    path.write_bytes(content)

    with pytest.raises(UnreadableMarkup):
        list(markup.read(path, markup.form_of(path) or Import.Form.YML, "RUB"))


def test_broken_end_of_a_file_fails_the_trial_in_a_sentence(owner):
    good = '<offer id="1"><name>x</name></offer>' * 3

    batch = tried(owner, "f.xml", f"<yml_catalog><shop><offers>{good}".encode())

    assert batch.state == State.FAILED
    assert "no YML feed" in batch.trouble
    assert not Product.objects.exists()


def test_large_feed_is_read_with_flat_memory(tmp_path):
    """Every element is let go as soon as it was read: what is held does not grow with the offers."""
    path = tmp_path / "f.xml"
    offer = '<offer id="{0}"><name>Lamp {0}</name><price>5</price><param name="x">y</param></offer>'
    with path.open("w") as file:
        file.write("<yml_catalog><shop><offers>")
        file.writelines(offer.format(number) for number in range(5_000))
        file.write("</offers></shop></yml_catalog>")
    held = []
    for name, element, _depth in markup.walking.walk(path, ("offer",)):
        if name == "offers" and element is not None:
            held.append(len(element))

    assert held == [0]
    assert sum(1 for _ in markup.read(path, Import.Form.YML, "RUB")) == 5_000
