"""A scanner that does not wait for the network: every code counts once, in its turn."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from orders.models import Receipt, Substitute
from tests import make
from tests.browser.test_keys import sit
from tests.browser.watching import listen

pytestmark = pytest.mark.browser
CUP, POT = "4600000000017", "4600000000024"


@pytest.fixture
def complaints(page: Any) -> Iterator[None]:
    """Whatever the browser complains about fails the test."""
    said = listen(page)
    page.set_default_timeout(10_000)
    yield
    assert said == []


@pytest.fixture(autouse=True)
def goods(served):
    make.product("CUP", 20, name="Чашка").barcodes.create(code=CUP)
    make.product("POT", 20, name="Горшок").barcodes.create(code=POT)


def scan(page: Any, *codes: str) -> None:
    """Type codes as a scanner does: at once, each with its Enter."""
    for code in codes:
        page.keyboard.insert_text(code)
        page.keyboard.press("Enter")


def slow(page: Any, part: str) -> None:
    """Let answers come late, so that several codes are typed before the first."""

    def wait(route: Any) -> None:
        page.wait_for_timeout(150)
        route.continue_()

    page.route(part, wait)


def quantities(page: Any) -> dict[str, str]:
    rows = page.locator("#basket tbody tr").all()
    return {row.locator("input[name=sku]").input_value(): row.locator("input[name=quantity]").input_value()
            for row in rows}  # fmt: skip


def test_receipt_counts_every_scan_however_fast_they_come(served, page, complaints):
    sit(served, page, make.manager())
    page.goto(f"{served}/stock/receipts/new")
    page.wait_for_selector("#scan:focus")
    slow(page, "**/lines")

    scan(page, CUP, CUP, POT, CUP, POT)

    expect(page.locator("#receipt-lines tbody tr")).to_have_count(2)
    expect(page.locator("#scan")).to_have_value("")
    pieces = page.locator("#receipt-lines input[name=quantity]")
    expect(pieces.first).to_have_value("3")
    expect(pieces.last).to_have_value("2")
    page.keyboard.press("F9")
    page.wait_for_selector(".toast")
    lines = Receipt.objects.get().lines.order_by("product__sku").values_list("product__sku", "quantity")
    assert list(lines) == [("CUP", 3), ("POT", 2)]


def test_unknown_code_among_many_is_refused_and_the_others_count(served, page):
    sit(served, page, make.manager())
    page.goto(f"{served}/stock/receipts/new")
    page.wait_for_selector("#scan:focus")

    scan(page, CUP, "NOBODY", POT)

    expect(page.locator("#receipt-lines tbody tr")).to_have_count(2)


def test_phone_order_takes_every_scan_however_fast_they_come(served, page, complaints):
    """Each code is the one that was typed, never the first found of the one before."""
    sit(served, page, make.manager())
    page.goto(f"{served}/orders/new")
    page.locator("#find-goods").focus()

    scan(page, CUP, POT, CUP, POT, POT)

    pieces = page.locator("#basket input[name=quantity]")
    expect(pieces).to_have_count(2)
    expect(pieces.first).to_have_value("2")
    expect(pieces.last).to_have_value("3")
    assert quantities(page) == {"CUP": "2", "POT": "3"}
    expect(page.locator("#find-goods")).to_have_value("")
    page.wait_for_timeout(500)
    assert page.locator("#found .outcome").count() == 0, "what was found for a code that was taken is gone"


def test_first_found_is_taken_by_enter_and_a_code_typed_over_it_is_not(served, page, complaints):
    """The answer for the first text is on the screen while another code is typed over it."""
    sit(served, page, make.manager())
    page.goto(f"{served}/orders/new")
    page.locator("#find-goods").focus()
    page.keyboard.type("Чаш")
    page.wait_for_selector("#found .outcome:has-text('Чашка')")
    page.locator("#find-goods").select_text()

    scan(page, POT)

    page.wait_for_selector("#basket tbody tr")
    assert quantities(page) == {"POT": "1"}
    page.keyboard.type("Чаш")
    page.wait_for_selector("#found .outcome:has-text('Чашка')")
    page.keyboard.press("Enter")
    expect(page.locator("#basket tbody tr")).to_have_count(2)
    assert quantities(page) == {"POT": "1", "CUP": "1"}


def test_what_lies_there_instead_of_a_short_line_is_added_by_one_click(served, page, complaints):
    """What people ranked comes first, what is like it behind; what is not there either is not offered."""
    lamp = make.product("LAMP", 0, name="Лампа")
    for rank, (sku, there) in enumerate((("GONE", 0), ("OTHER", 3)), start=1):
        Substitute.objects.create(product=lamp, instead=make.product(sku, there, name=sku.title()), rank=rank)
    sit(served, page, make.manager())
    page.goto(f"{served}/orders/new")
    page.locator("#find-goods").focus()
    page.keyboard.type("LAMP")
    page.keyboard.press("Enter")

    offered = page.locator("#basket .under button")
    expect(offered).to_have_count(1)
    expect(offered).to_contain_text("Other")
    offered.click()

    expect(page.locator("#basket tbody tr")).to_have_count(2)
    assert quantities(page) == {"LAMP": "1", "OTHER": "1"}


def late_codes(page: Any) -> None:
    """Let the answers to scanned codes come after those to what the basket asked by itself, however the two began."""

    def wait(route: Any) -> None:
        page.wait_for_timeout(900 if "event_id" in (route.request.post_data or "") else 200)
        route.continue_()

    page.route("**/orders/new/basket", wait)


@pytest.mark.parametrize("first", ["the city", "the code"])
def test_a_price_that_is_asked_meanwhile_takes_no_scanned_goods_away(served, page, complaints, first):
    """A city changes what delivery costs, so the basket asks anew, and its answer puts a new basket there."""
    sit(served, page, make.manager())
    page.goto(f"{served}/orders/new")
    page.wait_for_selector("#id_phone:focus")
    page.wait_for_load_state("networkidle")
    late_codes(page)

    def move_there() -> None:
        page.locator("#id_city").focus()
        page.keyboard.insert_text("Москва")
        page.keyboard.press("F2")  # leaves the field: it changed

    if first == "the city":
        move_there()
        scan(page, CUP)
    else:
        page.keyboard.press("F2")
        scan(page, CUP)
        move_there()
        scan(page, POT)

    page.wait_for_timeout(3_000)
    assert quantities(page) == ({"CUP": "1"} if first == "the city" else {"CUP": "1", "POT": "1"})
