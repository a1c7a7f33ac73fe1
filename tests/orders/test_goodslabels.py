"""Labels of received goods: what is printed on them is what the desk's scanner finds them by."""

import pytest
from django.test import Client

from orders import goodslabels, onhand, receiving
from orders.models import Barcode, JournalEvent, Place, Product, Receipt
from shopdesk.base.errors import Missing
from tests import make, printed

pytestmark = pytest.mark.django_db


def received(*lines: tuple[str, int]) -> Receipt:
    new = receiving.NewReceipt([receiving.NewLine(sku, pieces, 100) for sku, pieces in lines])
    return receiving.receive(new, by=make.BY, at=make.AT).receipt


def labels_of(receipt: Receipt, *, one_each: bool = False) -> list[printed.Sheet]:
    return printed.read(goodslabels.print_labels(receipt.pk, one_each=one_each, by=make.BY, at=make.AT))


def test_every_piece_gets_a_label_that_the_scanner_reads_back_to_its_product():
    cup, lamp = make.product("CUP-7", name="Чашка чайная"), make.product("LAMP", name="Лампа")
    Barcode.objects.create(code="4601234567893", product=lamp)
    Barcode.objects.create(code="14601234567890", product=lamp, pieces=6)
    sheets = labels_of(received(("CUP-7", 2), ("LAMP", 1)))
    assert [sheet.codes for sheet in sheets] == [["CUP-7"], ["CUP-7"], ["4601234567893"]]
    assert {sheet.size_mm for sheet in sheets} == {(58, 40)}
    assert "Чашка чайная" in sheets[0].text
    found = [onhand.scanned(sheet.codes[0], Product.objects.all(), Place.objects.all()) for sheet in sheets]
    assert [(one.product, one.pieces) for one in found] == [(cup, 1), (cup, 1), (lamp, 1)]
    assert JournalEvent.objects.get(kind="stock.labels_printed").data == {"labels": 3}


def test_one_for_each_product_when_the_printer_copies():
    make.product("A")
    assert len(labels_of(received(("A", 40)), one_each=True)) == 1


def test_what_no_bars_can_say_is_printed_in_letters():
    make.product("ЧАШКА-7", name="Чашка")
    (sheet,) = labels_of(received(("ЧАШКА-7", 1)))
    assert sheet.codes == []
    assert "ЧАШКА-7" in sheet.text


def test_too_many_pieces_are_refused_and_nothing_is_noted():
    make.product("A")
    receipt = received(("A", goodslabels.MOST_LABELS + 1))
    with pytest.raises(goodslabels.TooManyLabels):
        goodslabels.print_labels(receipt.pk, by=make.BY, at=make.AT)
    assert not JournalEvent.objects.filter(kind="stock.labels_printed").exists()


def test_labels_of_no_receipt_are_refused():
    with pytest.raises(Missing):
        goodslabels.print_labels(404, by=make.BY, at=make.AT)


def test_door_gives_the_pdf():
    make.product("A")
    receipt, client = received(("A", 1)), Client()
    client.force_login(make.packer())
    answer = client.post(f"/stock/receipts/{receipt.pk}/labels")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.post(f"/stock/receipts/{receipt.pk + 1}/labels").status_code == 404
