"""Carts and codes by a scanner that types, and a signature by a finger: what only a real browser does."""

import pytest

from delivery.models import ActProof, Handoff
from orders import shelf, stock
from orders.models import Barcode, CartSlot, Order, OrderLine, PieceCode
from tests import make
from tests.browser.watching import listen, sit_down
from tests.orders.test_marks import FULL, GS, SERIAL

pytestmark = [pytest.mark.browser, pytest.mark.once]
PHONE = {"width": 390, "height": 844}


def shoot(tab, code):
    """Scan: the scanner types, the separator as Ctrl and ], and presses Enter."""
    first, *rest = code.split(GS)
    tab.keyboard.type(first)
    for part in rest:
        tab.keyboard.press("Control+BracketRight")
        tab.keyboard.type(part)
    tab.keyboard.press("Enter")


def test_a_cart_is_picked_and_a_marking_code_taken_by_scanner_alone(real_commits, served, page):
    packer = make.packer()
    shoe = make.product("SHOE", 0, traced="marking")
    shelf.make_bin(stock.main_location().code, "S-01", by=make.BY, at=make.AT)
    make.fill(shoe, 5, bin_code="S-01")
    Barcode.objects.create(code="4600000000015", product=shoe)
    first, second = (make.confirmed([("SHOE", pieces, "900.00")]) for pieces in (1, 2))
    Order.objects.update(ship_on=make.AT.date().replace(year=2020))
    complaints = listen(page)
    page.set_default_timeout(20_000)
    sit_down(page, served, packer)
    page.goto(f"{served}/packing")

    page.keyboard.press("F2")
    page.get_by_text("Go to S-01").wait_for()
    for code, said in (
        ("S-01", "The right bin: S-01"), ("4600000000015", "1 piece in your hand"), ("3", "3 pieces in your hand"),
        ("K-1-2", "2 pieces into slot 2"), ("K-1-2", "wants no SHOE"), ("K-1-1", "1 piece into slot 1"),
    ):  # fmt: skip
        shoot(page, code)
        page.get_by_text(said).first.wait_for()
    page.keyboard.press("F9")
    page.get_by_text("picked: scan a slot to pack its order").wait_for()
    shoot(page, "K-1-1")
    page.get_by_text("Scan the code on each piece:").wait_for()
    shoot(page, FULL)
    page.get_by_text("Code kept").wait_for()

    assert PieceCode.objects.get().text == FULL
    assert PieceCode.objects.get().says == SERIAL
    assert dict(OrderLine.objects.values_list("order", "picked")) == {first.number: 1, second.number: 2}
    assert CartSlot.objects.filter(freed_at=None).count() == 2
    assert complaints == []


def test_a_courier_signs_with_a_finger(real_commits, served, page):
    make.product("A", 5)
    act = make.closed_act(make.packed())
    phone = page.context.browser.new_context(viewport=PHONE)
    tab = phone.new_page()
    tab.set_default_timeout(20_000)
    complaints = listen(tab)
    sit_down(tab, served, make.courier_person())
    tab.goto(f"{served}/courier/acts/{act.number}")

    heads = "[...document.querySelectorAll('.card > header')]"
    assert tab.evaluate(f"{heads}.every(one => one.scrollWidth <= one.clientWidth)"), "nothing sticks out of its card"
    tab.locator("canvas").scroll_into_view_if_needed()
    box = tab.locator("canvas").bounding_box()
    tab.mouse.move(box["x"] + 20, box["y"] + 20)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 150, box["y"] + 60, steps=5)
    tab.mouse.up()
    assert tab.locator("#signature").input_value().startswith("data:image/png;base64,")
    tab.get_by_role("button", name="Sign again").click()
    assert tab.locator("#signature").input_value() == ""
    tab.mouse.move(box["x"] + 20, box["y"] + 60)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 200, box["y"] + 30, steps=5)
    tab.mouse.up()
    tab.get_by_role("button", name="Accept what is ticked").click()
    tab.wait_for_url("**/courier")

    assert Handoff.objects.get().state == "accepted"
    assert ActProof.objects.get().kind == "signature"
    assert complaints == []
