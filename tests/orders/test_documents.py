"""Papers: every barcode is read back, every word is there, and nothing that a customer wrote is obeyed."""

import pytest

from orders import changes, documents, packing, stock
from orders.intake import Address, NewLine
from orders.models import Barcode, JournalEvent, Order, Place
from orders.packing import NewParcel
from shopdesk.base.errors import Missing
from shopdesk.base.money import from_minor
from tests import make, printed

pytestmark = pytest.mark.django_db
HOSTILE = '#panic("x") *bold* $x^2$ @preview/a:1 <label> \\ // `code` = [#import "a"] "q"'


def paper(what, *orders, at=make.AT):
    return printed.read(documents.print_papers([order.number for order in orders], what, by=make.BY, at=at))


def named(*items):
    return [NewLine(name, pieces, 100, pieces * 100, sku=sku) for sku, name, pieces in items]


@pytest.fixture
def shop():
    return make.shop(name="Северная лавка", language="ru")


def test_a_label_is_read_by_a_scanner_and_by_a_courier(shop):
    make.courier("own", name="Наши курьеры")
    make.product("A", 10)
    order = make.packed(
        [("A", 2, "129.00")], delivery_method="courier", courier="own",
        address=Address(city="Москва", street="Садовая", house="1", flat="5", postcode="101000"),
    )  # fmt: skip

    (sheet,) = paper("label", order)

    assert sheet.codes == [f"P-{order.number}-1"]
    assert sheet.size_mm == (105, 148)
    assert sheet.widths_mm[0] >= 52
    for words in ("Северная лавка", "Анна Смирнова", "Садовая, 1", "101000 Москва", "Наши курьеры", "258 ₽", "1,00"):
        assert words in sheet.text.replace("\u00a0", " ")


def test_a_paid_order_s_label_names_no_sum(shop):
    make.product("A", 10)
    order = make.packed([("A", 2, "129.00")], payment_method="prepaid", paid_minor=25800)

    (sheet,) = paper("label", order)

    assert "₽" not in sheet.text


def test_every_parcel_has_a_label_and_the_sum_stands_on_the_first_one_only(shop):
    make.product("A", 10)
    order = make.picked([("A", 2, "129.00")])
    boxes = [NewParcel(500, items=[("A", 1)]), NewParcel(700, items=[("A", 1)])]
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)

    first, second = paper("label", order)

    assert (first.codes, second.codes) == ([f"P-{order.number}-1"], [f"P-{order.number}-2"])
    assert "258" in first.text
    assert "258" not in second.text


def test_a_label_of_an_opened_parcel_is_never_printed_again():
    make.product("A", 10)
    order = make.packed([("A", 2, "129.00")])
    packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.AT)

    with pytest.raises(documents.NothingToPrint):
        documents.print_papers([order.number], "label", by=make.BY, at=make.AT)

    assert not JournalEvent.objects.filter(kind="order.printed").exists()
    packing.seal(order.number, [NewParcel(900)], by=make.BY, at=make.AT)
    assert paper("label", order)[0].codes == [f"P-{order.number}-2"]


def test_a_pick_list_goes_by_bins_and_its_barcode_takes_the_order(shop):
    first, second = make.product("A"), make.product("B")
    location = stock.main_location()
    for code in ("Б-02", "А-01"):
        Place.objects.create(kind="bin", location=location, code=code)
    make.fill(first, 5, bin_code="Б-02")
    make.fill(second, 5, bin_code="А-01")
    order = make.confirmed(lines=named(("A", "Кружка «Север»", 2), ("B", "Ваза", 1)))

    (sheet,) = paper("picklist", order)

    assert sheet.codes == [f"O-{order.number}"]
    assert packing.number_in(sheet.codes[0]) == order.number
    assert sheet.text.index("А-01") < sheet.text.index("Б-02")
    assert "Кружка «Север»" in sheet.text
    assert "3 штуки" in sheet.text.replace("\u00a0", " ")


def test_a_batch_is_one_pdf_and_each_order_begins_its_own_count_of_pages():
    make.product("A", 10)
    orders = [make.confirmed([("A", 1, "10.00")]) for _ in range(3)]

    sheets = paper("picklist", *orders)

    assert [sheet.codes for sheet in sheets] == [[f"O-{order.number}"] for order in orders]
    assert all("page 1 of 1" in sheet.text for sheet in sheets)


def test_a_slip_of_675_lines_repeats_its_head_and_loses_no_line():
    for place in range(675):
        make.product(f"SKU{place:04}", 1, name=f"Товар номер {place}")
    order = make.packed([(f"SKU{place:04}", 1, "1.00") for place in range(675)])

    sheets = paper("slip", order)

    words = " ".join(sheet.text for sheet in sheets).split()
    assert {f"SKU{place:04}" for place in range(675)} <= set(words)
    assert len(sheets) > 10
    assert all("SKU Parcel Pieces" in sheet.text for sheet in sheets if "SKU0" in sheet.text)
    assert f"page {len(sheets)} of {len(sheets)}" in sheets[-1].text


def test_a_slip_names_no_sum(shop):
    make.product("A", 10)
    order = make.packed([("A", 2, "129.00")])

    (sheet,) = paper("slip", order)

    assert sheet.codes == [f"O-{order.number}"]
    assert "₽" not in sheet.text
    assert from_minor(order.total_minor, "RUB").split(".")[0] not in sheet.text.replace(str(order.number), "")


@pytest.mark.parametrize("what", ["picklist", "slip", "label"])
def test_what_a_customer_wrote_is_printed_as_it_is(what):
    make.product("A", 10)
    order = make.packed(lines=named(("A", HOSTILE, 2)), name=HOSTILE, address=Address(text=HOSTILE))
    if what == "picklist":
        packing.open_again(order.number, make.packer().pk, by=make.BY, at=make.AT)
        packing.put_down(order.number, by=make.BY, at=make.AT)
        packing.put_back(order.number, [packing.NewScan("b", 2, sku="A")], by=make.BY, at=make.AT)

    (sheet,) = paper(what, order)

    assert "".join(HOSTILE.split()) in "".join(sheet.text.split()).replace("\u200b", "").replace("\ufffe", "-")


def test_long_words_stay_on_the_paper():
    make.product("A", 10)
    order = make.packed(lines=named(("A", "Ш" * 200, 1)), name="Щ" * 200, address=Address(text="Ж" * 900))

    for what in ("slip", "label"):
        (sheet,) = paper(what, order)
        assert sheet.codes


def test_each_print_is_noted_with_what_and_how_many():
    make.product("A", 10)
    order = make.packed([("A", 2, "129.00")])

    paper("label", order)
    paper("label", order)

    noted = JournalEvent.objects.filter(order=order, kind="order.printed")
    assert [event.data for event in noted] == [{"what": "label", "copies": 1}] * 2
    order.refresh_from_db()
    assert order.version == noted.last().seq


def test_an_order_changed_after_its_print_says_so():
    make.product("A", 10)
    order = make.picking([("A", 2, "129.00")])
    assert packing.last_print(order) is None
    paper("picklist", order)
    assert packing.last_print(order).changed_at is None

    order.refresh_from_db()
    edit = changes.Edit(fields={"address_city": "Тверь"})
    changes.edit(order.number, edit, version=order.version, by=make.BY, at=make.after(minutes=5))

    assert packing.last_print(order).changed_at == make.after(minutes=5)
    paper("picklist", order, at=make.after(minutes=6))
    assert packing.last_print(order).changed_at is None


def test_papers_of_orders_that_are_not_there_are_refused():
    with pytest.raises(Missing):
        documents.print_papers([999_999], "label", by=make.BY, at=make.AT)
    with pytest.raises(documents.TooManyPapers):
        documents.print_papers(range(1, 200), "label", by=make.BY, at=make.AT)


def test_papers_ask_as_much_of_the_database_for_five_orders_as_for_one(django_assert_max_num_queries):
    product = make.product("A", 100)
    Barcode.objects.create(code="4600000000017", product=product)
    orders = [make.confirmed([("A", 1, "10.00")]) for _ in range(5)]
    assert Order.objects.count() == 5

    with django_assert_max_num_queries(22):
        documents.print_papers([order.number for order in orders], "picklist", by=make.BY, at=make.AT)
