"""A caller's hour in a real browser, by keyboard: take, change, agree, next."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders import calls, changes
from orders.models import CallAttempt, CallTask, Order, PersonalValue, PhoneLease, Substitute
from orders.status import Status
from tests import make
from tests.browser.test_keys import sit
from tests.browser.watching import listen

pytestmark = pytest.mark.browser
OTHER = "+79031112233"


@pytest.fixture
def desk(served: str, page: Any) -> Iterator[Any]:
    """The call desk as a manager sees it; whatever the browser complains about fails the test."""
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    sit(served, page, make.manager())
    page.set_default_timeout(10_000)
    # A refusal is an answer: the browser notes its status, and the desk shows it.
    complaints = listen(page)
    page.served = served
    yield page
    assert complaints == []


def is_complaint(said: Any) -> bool:
    return said.type in {"error", "warning"} and "the server responded with a status of 4" not in said.text


def taken_in(items: Any, **fields: Any) -> Order:
    return make.order(items, at=timezone.now() - timedelta(minutes=1), **fields)


def talk(desk: Any) -> None:
    """Come to the desk and take the next call."""
    desk.goto(f"{desk.served}/calls")
    desk.keyboard.press("n")
    desk.wait_for_selector("#call-order")


def read_back(desk: Any) -> None:
    """Tick everything that must be read back, key by key."""
    for _ in range(3):
        desk.keyboard.press("r")


def test_call_by_keyboard(desk: Any) -> None:
    asked = make.product("A", on_hand=1, name="Можжевельник")
    Substitute.objects.create(product=asked, instead=make.product("B", on_hand=9, name="Хвоя", price="99.00"))
    make.product("C", on_hand=9, price="50.00")
    order = taken_in([("C", 1, "50.00"), ("A", 2, "129.00")])
    other = taken_in([("C", 1, "50.00")], phone=OTHER)
    CallTask.objects.filter(order=other).update(stage=CallTask.Stage.RETRY)

    talk(desk)
    desk.keyboard.press("e")
    desk.keyboard.type("3")
    desk.keyboard.press("Enter")
    desk.locator("#total", has_text="408").wait_for()
    assert desk.evaluate("document.activeElement.name") == "quantity"
    desk.keyboard.press("Escape")
    desk.keyboard.press("a")
    desk.wait_for_selector("text=instead of A")
    desk.keyboard.press("m")
    desk.keyboard.type("after six")
    desk.keyboard.press("Escape")
    read_back(desk)
    desk.keyboard.press("2")
    desk.wait_for_selector("#recent")

    order.refresh_from_db()
    sold = {line.sku: line.quantity - line.cancelled for line in order.lines.all()}
    assert (order.status, sold) == (Status.CONFIRMED, {"C": 3, "A": 1, "B": 1})
    assert PersonalValue.objects.get(field="note").new == "after six"

    desk.keyboard.press("n")
    desk.wait_for_selector(f"text=Confirm order {other.number}")
    desk.keyboard.press("3")
    assert desk.locator("#call-again").is_visible()
    desk.keyboard.press("1")
    desk.wait_for_selector("text=Nobody is to be rung right now")
    assert CallTask.objects.get(order=other).stage == CallTask.Stage.CALLBACK


def test_goods_are_added_by_scanner(desk: Any) -> None:
    lamp = make.product("LAMP", on_hand=4, name="Лампа", price="500.00")
    lamp.barcodes.create(code="4600000000017")
    make.product("A", on_hand=9)
    order = taken_in([("A", 1, "129.00")])

    talk(desk)
    desk.keyboard.press("F2")
    desk.keyboard.type("лам")
    desk.locator("#found .outcome").wait_for()
    assert desk.locator("#find-goods").input_value() == "лам"
    desk.locator("#find-goods").fill("4600000000017")
    desk.keyboard.press("Enter")
    desk.wait_for_selector("#call-lines >> text=LAMP")

    desk.wait_for_selector("#found >> text=Лампа is in the order, pieces: 1")
    desk.keyboard.press("Escape")
    assert not desk.locator("#call-goods").is_visible()
    assert set(order.lines.values_list("sku", flat=True)) == {"A", "LAMP"}


def test_goods_scanned_faster_than_the_answers_come_are_all_added(desk: Any) -> None:
    for sku, code in (("CUP", "4600000000017"), ("POT", "4600000000024")):
        make.product(sku, on_hand=20, name=sku.title()).barcodes.create(code=code)
    make.product("A", on_hand=9)
    order = taken_in([("A", 1, "129.00")])
    talk(desk)
    desk.keyboard.press("F2")
    desk.wait_for_selector("#find-goods:focus")

    def wait(route: Any) -> None:
        desk.wait_for_timeout(250)
        route.continue_()

    desk.route("**/order", wait)
    for code in ("4600000000017", "4600000000024", "4600000000017", "4600000000024", "4600000000024"):
        desk.keyboard.insert_text(code)
        desk.keyboard.press("Enter")

    desk.wait_for_selector("#found >> text=Pot is in the order, pieces: 3")
    assert desk.locator("#find-goods").input_value() == ""
    assert dict(order.lines.values_list("sku", "quantity")) == {"A": 1, "CUP": 2, "POT": 3}


def test_scan_waits_for_a_change_that_is_being_kept_and_neither_is_lost(desk: Any) -> None:
    make.product("CUP", on_hand=20).barcodes.create(code="4600000000017")
    make.product("A", on_hand=9)
    order = taken_in([("A", 1, "129.00")])
    talk(desk)

    def wait(route: Any) -> None:
        desk.wait_for_timeout(400)
        route.continue_()

    desk.route("**/order", wait)
    desk.locator("#id_address").fill("Садовая, 1")
    desk.keyboard.press("F2")
    desk.wait_for_selector("#find-goods:focus")
    desk.keyboard.insert_text("4600000000017")
    desk.keyboard.press("Enter")

    desk.wait_for_selector("#found >> text=is in the order, pieces: 1")
    order.refresh_from_db()
    assert order.address_text.endswith("Садовая, 1")
    assert dict(order.lines.values_list("sku", "quantity")) == {"A": 1, "CUP": 1}


def test_stale_change_keeps_what_was_typed_and_says_what_differs(desk: Any) -> None:
    make.product("A", on_hand=9)
    order = taken_in([("A", 1, "129.00")])
    talk(desk)
    changes.edit(
        order.number, changes.Edit({"address_city": "Тверь"}), version=order.version, by=make.BY, at=timezone.now()
    )

    desk.locator("#id_address").fill("Садовая, 1")
    desk.keyboard.press("Tab")
    desk.wait_for_selector("#call-order ~ .refusal, [data-refusals] .refusal")

    assert "Тверь" in desk.locator("[data-refusals] .refusal").inner_text()
    assert desk.locator("#id_address").input_value() == "Садовая, 1"
    assert desk.locator("#id_city").input_value() == "Тверь"
    desk.keyboard.press("F9")
    desk.locator("[data-refusals] .refusal").wait_for(state="detached")
    desk.locator("#id_notes").fill("код 12")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Escape")
    read_back(desk)
    desk.keyboard.press("1")
    desk.wait_for_selector("#recent")

    order.refresh_from_db()
    assert (order.address_text, order.address_city, order.address_notes) == ("Садовая, 1", "Тверь", "код 12")
    assert order.status == Status.CONFIRMED


def test_quick_clicks_lose_no_piece(desk: Any) -> None:
    make.product("A", on_hand=99)
    order = taken_in([("A", 1, "129.00")])
    talk(desk)

    more = desk.locator("#call-lines .qty button").last
    for _ in range(6):
        more.click()
    desk.locator("#total", has_text="903").wait_for()

    assert desk.locator("#call-lines [name=quantity]").input_value() == "7"
    assert order.lines.get().reserved == 7


def test_lost_lease_is_said_without_taking_the_hand_off_the_note(desk: Any) -> None:
    make.product("A", on_hand=9)
    order = taken_in([("A", 1, "129.00")])
    talk(desk)
    PhoneLease.objects.update(until=timezone.now() - timedelta(seconds=1))
    calls.take_next(make.manager().pk, at=timezone.now())

    desk.keyboard.press("m")
    desk.evaluate("htmx.ajax('POST', document.querySelector('#lease').getAttribute('hx-post'), '#lease')")
    desk.wait_for_selector("#lease.refusal, #lease .refusal")
    assert desk.evaluate("document.activeElement.id") == "memo"
    desk.keyboard.press("Escape")
    read_back(desk)
    desk.keyboard.press("1")
    desk.wait_for_selector("text=is noted, but decides nothing")

    order.refresh_from_db()
    assert order.status == Status.NEW
    assert not CallAttempt.objects.get().applied


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_nothing_is_wider_than_the_screen(desk: Any, width: int) -> None:
    make.product("A", on_hand=1, name="Неблагонадёжный покупатель Петропавловск-Камчатский")
    taken_in([("A", 2, "129.00")])
    taken_in([("A", 2, "129.00")])
    desk.set_viewport_size({"width": width, "height": 800})
    talk(desk)

    assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
