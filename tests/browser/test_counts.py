"""Counting in the hand, receiving by scanner, the shelf by keys: a real browser, a scanner that types."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from orders.models import CountLine, Product, Receipt, StockCount, StockLevel
from tests import make
from tests.browser.test_keys import sit
from tests.browser.watching import come_to_rest, listen

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def complaints(page: Any) -> Iterator[None]:
    """Whatever the browser complains about fails the test; a refusal is answered by its own status, as it should."""
    said = listen(page)
    page.set_default_timeout(10_000)
    yield
    assert said == []


def test_bin_is_counted_with_the_scanner_and_closed(served, page, complaints):
    napkins = make.product("22720-BL", 6, name="Салфетки")
    napkins.barcodes.create(code="4600000000017")
    make.product("22721", 4, name="Кольца")
    sit(served, page, make.packer())
    page.set_viewport_size(PHONE)
    page.goto(f"{served}/counts/new")
    page.get_by_role("button", name="Start counting").click()
    page.wait_for_selector("#scan")
    for piece in range(6):
        page.locator("#scan").fill("4600000000017")
        with page.expect_response(lambda answer: "code=" in answer.url):
            page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Салфетки')")
        expect(page.locator("#qty")).to_have_value(str(piece + 1))  # no hand is faster than the page
        come_to_rest(page)
    page.get_by_role("button", name="Write down").click()
    page.wait_for_selector(".stop-list li:has-text('Салфетки') b:has-text('6')")
    page.get_by_role("link", name="Кольца").click()
    page.get_by_role("button", name="+ 6").click()
    page.get_by_role("button", name="Less").click()
    page.get_by_role("button", name="Write down").click()
    page.wait_for_selector(".stop-list li:has-text('Кольца') b:has-text('5')")
    page.get_by_role("button", name="Close the count…").click()
    page.get_by_role("button", name="Close the count", exact=True).click()
    page.wait_for_selector(".toast")

    assert StockCount.objects.get().state == "posted"
    assert sorted(CountLine.objects.values_list("product__sku", "counted")) == [("22720-BL", 6), ("22721", 5)]
    assert StockLevel.objects.get(product__sku="22721").on_hand == 5
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_code_that_nobody_knows_is_refused_and_the_scanner_goes_on(served, page, complaints):
    make.product("22720-BL", 6)
    sit(served, page, make.packer())
    page.goto(f"{served}/counts/new")
    page.get_by_role("button", name="Start counting").click()
    page.locator("#scan").fill("NOBODY")
    page.keyboard.press("Enter")
    page.wait_for_selector(".refusal:has-text('NOBODY')")
    page.locator("#scan").fill("22720-BL")
    page.keyboard.press("Enter")
    page.wait_for_selector("#qty")
    assert page.locator(".refusal").count() == 0


def test_receipt_is_scanned_and_posted_by_keyboard(served, page, complaints):
    make.product("CUP", 1, name="Чашка").barcodes.create(code="4600000000017")
    sit(served, page, make.manager())
    page.goto(f"{served}/stock")
    page.keyboard.press("n")
    page.wait_for_selector("#scan:focus")
    for piece in (1, 2):
        page.keyboard.type("4600000000017")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"input[name=quantity][value='{piece}']")
        page.wait_for_function("document.querySelector('#scan').value === ''")  # cleared once it was taken
    page.keyboard.press("F9")
    page.wait_for_selector(".toast")
    assert Receipt.objects.get().lines.get().quantity == 2
    assert StockLevel.objects.get().on_hand == 3


def test_shelf_is_searched_and_looked_into_by_keys(served, page, complaints):
    make.product("CUP", 1, name="Чашка")
    lamp = make.product("LAMP", 3, name="Лампа настольная")
    sit(served, page, make.manager())
    page.goto(f"{served}/stock")
    page.keyboard.press("f")
    page.keyboard.type("лампа")
    expect(page.locator("#shelf tbody tr")).to_have_count(1)
    page.wait_for_load_state("networkidle")  # a row answers to its keys once the fragment has settled
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".drawer:has-text('Лампа')")
    page.get_by_role("link", name="Take off the shelf…").click()
    page.wait_for_selector("dialog[open]")
    page.get_by_role("button", name="Take it off").click()
    page.wait_for_selector(".toast")
    assert StockLevel.objects.get(product=lamp).on_hand == 2
    assert Product.objects.count() == 2
