"""Every barcode on every paper that the desk prints is read back from its PDF and means what it is printed for."""

from pathlib import Path

import pytest
from django.db import connection

from delivery import documents as acts
from orders import counts, documents, goodslabels, onhand, packing, printing, receiving, shelf, stock
from orders.models import Barcode, Order, Parcel, Place, PrintRun, Product
from orders.packing import NewBatch, NewParcel, slots
from shopdesk.base import papers
from tests import make, printed

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WITH_BARS = {"act", "countsheet", "goods", "label", "picklist", "slip"}  # the sheets that draw bars
HIGH = 9_000_007  # a number that an old shop comes to: bars grow with it
NOW = {"by": make.BY, "at": make.AT}


def codes(pdf: bytes) -> list[list[str]]:
    """Give what a scanner reads on each page."""
    return [sheet.codes for sheet in printed.read(pdf)]


@pytest.fixture
def order():
    """An order with a number of seven digits in two parcels."""
    make.shop(name="Shop", language="en")
    make.product("A", 9)
    first = make.order()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = 'orders'", [HIGH - 1])
    made = make.picked([("A", 2, "129.00")])
    assert (first.number < HIGH, made.number) == (True, HIGH)
    boxes = [NewParcel(500, items=[("A", 1)]), NewParcel(700, items=[("A", 1)])]
    return packing.seal(made.number, boxes, **NOW)


def test_every_sheet_with_bars_is_looked_at_here():
    sheets = Path(papers.__file__).parent / "sheets"
    assert {path.stem for path in sheets.glob("*.typ") if ".barcode" in path.read_text()} == WITH_BARS


@pytest.mark.parametrize("size", PrintRun.Size.values)
def test_labels_of_every_size(order, size):
    assert codes(documents.print_papers([order.number], "label", size=size, **NOW)) == [
        [f"P-{HIGH}-1"], [f"P-{HIGH}-2"],
    ]  # fmt: skip
    assert set(Parcel.objects.values_list("number", flat=True)) == {f"P-{HIGH}-1", f"P-{HIGH}-2"}


def test_slips_and_pick_lists_open_their_order(order):
    other = make.confirmed([("A", 1, "129.00")])

    assert codes(documents.print_papers([order.number], "slip", **NOW)) == [[f"O-{HIGH}"]]
    ((listed,),) = codes(documents.print_papers([other.number], "picklist", **NOW))

    assert packing.number_in(listed) == other.number
    assert packing.number_in(f"O-{HIGH}") == HIGH


def test_slips_and_labels_joined_into_one_file(order):
    printing.ask(printing.Wish([order.number], PrintRun.What.BOTH), by=make.packer().subject.actor, at=make.AT)
    while printing.draw_next(at=make.AT):
        pass

    pdf = printing.read_run(PrintRun.objects.get()).read_bytes()

    assert codes(pdf) == [[f"O-{HIGH}"], [f"P-{HIGH}-1"], [f"P-{HIGH}-2"]]


def test_both_copies_of_an_act_on_each_of_their_pages(order):
    act = make.closed_act(order)

    pages = codes(acts.print_act(act.number, **NOW))

    assert pages == [[f"A-{act.number}"], [f"A-{act.number}"]]


def test_a_count_sheet(order):
    count = counts.start("full", "", **NOW)

    (page,) = codes(documents.print_count_sheet(count.pk, **NOW))

    assert page == [f"C-{count.pk}"]


def test_labels_of_goods_by_their_barcode_and_by_their_sku():
    make.product("A-1")
    Barcode.objects.create(code="4601234567893", product=make.product("LAMP"))
    new = receiving.NewReceipt([receiving.NewLine("A-1", 1, 100), receiving.NewLine("LAMP", 1, 100)])
    receipt = receiving.receive(new, **NOW).receipt

    pages = codes(goodslabels.print_labels(receipt.pk, **NOW))

    assert pages == [["A-1"], ["4601234567893"]]
    found = [onhand.scanned(page[0], Product.objects.all(), Place.objects.all()) for page in pages]
    assert [one.product.sku for one in found] == ["A-1", "LAMP"]


def test_labels_of_bins_name_the_bin_to_the_packing_station():
    main = stock.main_location().code
    bins = [shelf.make_bin(main, code, **NOW) for code in ("B-02", "RACK-12-SHELF-3-BOX-7", "Б-03")]

    pages = codes(goodslabels.print_bins(bins, **NOW))

    assert pages == [["B-02"], ["RACK-12-SHELF-3-BOX-7"], []], "what no bars can say is printed in letters"
    with pytest.raises(goodslabels.NoBins):
        goodslabels.print_bins([], **NOW)
    with pytest.raises(goodslabels.TooManyLabels):
        goodslabels.print_bins(bins * 200, **NOW)


def test_labels_of_a_cart_s_slots_open_the_order_in_them():
    make.product("A", 5)
    number = make.confirmed().number
    batch = packing.start(Order.objects.all(), NewBatch("CART8", 1), make.packer().pk, **NOW)

    pages = codes(goodslabels.print_slots("CART8", 24, **NOW))

    assert pages == [[f"K-CART8-{place}"] for place in range(1, 25)]
    assert slots.order_in(pages[0][0]) == number
    assert batch.cart == "CART8"


def test_a_code_that_is_drawn_wrong_is_seen(order, monkeypatch):
    """Negative control: with one bar left out nothing is read."""
    draw = papers.bars
    monkeypatch.setattr(papers, "bars", lambda text: draw(text) | {"bars": draw(text)["bars"][:-2]})

    assert codes(documents.print_papers([order.number], "label", **NOW)) == [[], []]
