"""An order by phone, from the first digit to the confirmed card, by keyboard alone; and the list by keys."""

from collections.abc import Iterator
from typing import Any

import pytest

from orders.models import Order
from orders.status import Status
from tests import make
from tests.browser.test_keys import now_at, sit
from tests.browser.watching import listen

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(served: str, page: Any) -> Iterator[Any]:
    """The desk as a manager sees it; whatever the browser complains about fails the test."""
    sit(served, page, make.manager())
    complaints = listen(page)
    page.set_default_timeout(10_000)
    page.goto(f"{served}/orders")
    yield page
    # A refusal is answered by its own status, which a browser reports in the console; everything else is ours.
    assert [text for text in complaints if "409" not in text and "422" not in text] == []


def lines_of(order: Order) -> list[tuple[str, int]]:
    return list(order.lines.values_list("sku", "quantity"))


def test_order_by_phone_is_taken_and_confirmed_by_keyboard(desk):
    make.product("LAMP-1", on_hand=4, name="Лампа настольная", price="500.00").barcodes.create(code="4600000000017")
    make.product("CUP", on_hand=9, name="Чашка", price="150.00")
    keys = desk.keyboard
    keys.press("o")
    desk.wait_for_selector("#id_phone:focus")
    keys.type("8 916 123-45-67")
    keys.press("Tab")
    keys.type("Анна Смирнова")
    keys.press("F2")
    keys.type("чашк")
    desk.wait_for_selector("#found .outcome")
    keys.press("Enter")
    desk.wait_for_selector("#basket tbody tr")
    keys.type("4600000000017")  # a scanner types and ends with Enter
    keys.press("Enter")
    desk.wait_for_selector("#basket tbody tr:nth-child(2)")
    assert "650" in desk.locator("#total").inner_text()
    desk.locator("#quantity-1").select_text()
    keys.type("3")
    keys.press("Tab")
    desk.locator("#total", has_text="950").wait_for()
    keys.press("F9")
    desk.wait_for_selector(".toast")

    order = Order.objects.get()
    assert lines_of(order) == [("CUP", 3), ("LAMP-1", 1)]
    assert order.contact_phone == "+79161234567"

    keys.press("c")
    desk.wait_for_selector(".status[data-status=confirmed]")
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


def test_list_is_worked_by_keys(desk):
    first = make.order(phone="+79161230001", name="Пётр Первый")
    second = make.order(phone="+79161230002", name="Анна Вторая")
    desk.reload()
    keys = desk.keyboard
    keys.press("j")
    assert now_at(desk) == str(second.number)
    keys.press("j")
    keys.press("i")
    desk.wait_for_selector(".drawer")
    assert "Пётр Первый" in desk.locator(".drawer").inner_text()
    keys.press("Escape")
    assert desk.locator(".drawer").count() == 0
    keys.press("/")
    keys.type("0002")
    desk.locator(f"[data-row='{first.number}']").wait_for(state="detached")
    assert desk.locator("#narrow:focus").input_value() == "0002"
    assert desk.url.endswith("q=0002")
    keys.press("Escape")
    keys.press("j")
    keys.press("Enter")
    desk.wait_for_url(f"**/orders/{second.number}")
    keys.press("Escape")
    desk.wait_for_url("**/orders")


def test_chosen_orders_are_held_from_the_list(desk):
    order = make.order()
    desk.reload()
    keys = desk.keyboard
    keys.press("j")
    keys.press("x")
    keys.press("h")
    desk.wait_for_selector("#many-hold[open]")
    desk.locator("#many-hold-reason").select_option("high_risk")
    desk.locator("#many-hold [type=submit]").click()
    desk.wait_for_selector(".toast")

    assert [hold.reason for hold in order.holds.filter(closed_at=None) if hold.reason == "high_risk"] == ["high_risk"]


def test_cancel_asks_for_a_reason_and_can_be_left(desk, served):
    order = make.order()
    desk.goto(f"{served}/orders/{order.number}")
    desk.get_by_role("button", name="Cancel…").click()
    desk.keyboard.press("Escape")
    assert not desk.locator("#cancel").is_visible()
    desk.get_by_role("button", name="Cancel…").click()
    desk.locator("#id_cancel-reason").select_option("price")
    desk.locator("#cancel [type=submit]").click()
    desk.wait_for_selector(".status[data-status=cancelled]")

    order.refresh_from_db()
    assert order.status == Status.CANCELLED


def test_nothing_scrolls_sideways_on_a_small_phone(desk, served):
    make.product("LONG", name="Подвеска «Неблагонадёжный покупатель Петропавловска-Камчатского» 140×200")
    order = make.order([("LONG", 2, "129.00")], name="Владислава Константинопольская")
    desk.set_viewport_size({"width": 320, "height": 640})
    for path in ("/orders", f"/orders/{order.number}", f"/orders/{order.number}/edit", "/orders/new"):
        desk.goto(f"{served}{path}")
        assert desk.evaluate("document.documentElement.scrollWidth") <= 320, path
