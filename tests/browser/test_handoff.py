"""Handing over by hand: parcels scanned on, wrong ones stopped, the act closed and settled; the courier's phone."""

from typing import Any

import pytest
import time_machine

from delivery.models import Handoff
from orders import changes
from orders.models import Order, Parcel
from orders.status import CancelReason
from tests import make
from tests.browser.watching import come_to_rest, listen, sit_down

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _noon() -> Any:
    with time_machine.travel(make.AT, tick=True):
        yield


def packed(pieces: int = 1) -> str:
    """Seal an order of so many pieces. Gives its parcel's number."""
    return make.parcel_of(make.packed([("A", pieces, "100.00")], name="Елена Тодорова")).number


def shoot(screen: Any, code: str) -> None:
    """Scan: the scanner types and presses Enter, once what the last code brought is in its place."""
    come_to_rest(screen)
    screen.keyboard.type(code)
    screen.keyboard.press("Enter")


def fits(screen: Any) -> bool:
    screen.wait_for_load_state()  # without its styles a page is as wide as its widest picture
    return bool(screen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def test_act_is_loaded_closed_and_settled_by_scanner_and_keys(served, page):
    make.shop(language="en")
    make.product("A", 20)
    first, second, stopped = packed(), packed(), packed()
    cancelled = Order.objects.get(parcels__number=stopped)
    changes.cancel(cancelled.number, CancelReason.CHANGED_MIND, by=make.BY, at=make.AT)
    act = make.open_act()
    complaints = listen(page)
    sit_down(page, served, make.manager())
    page.goto(f"{served}/acts/{act.number}")

    page.wait_for_selector("#scan:focus")
    shoot(page, first)
    page.get_by_text(f"{first} is on the act.").wait_for()
    shoot(page, stopped)
    page.get_by_text(f"Parcel {stopped} must not go").wait_for()
    page.wait_for_selector(".refusal:focus")
    page.locator("#scan").focus()
    page.locator("#scan").fill("")
    shoot(page, second)
    page.get_by_text(f"{second} is on the act.").wait_for()
    row = page.locator(f"tr[data-row='{second}']")
    come_to_rest(page)  # a row answers to its keys once the fragment has settled
    row.locator("a.go").focus()
    page.keyboard.press("u")
    page.get_by_text(f"Parcel {second} is off the act.").wait_for()
    page.keyboard.press("F9")
    page.wait_for_selector("#closing[open]")
    page.keyboard.press("F9")
    page.get_by_text("Never changes:").wait_for()

    closed = Handoff.objects.get(pk=act.pk)
    assert list(closed.lines.values_list("parcel__number", flat=True)) == [first]
    page.wait_for_selector("#scan:focus")
    shoot(page, first)
    page.get_by_text("is accepted.").first.wait_for()
    assert Handoff.objects.get(pk=act.pk).accepted_how == "paper"
    assert Parcel.objects.get(number=first).state == "out"
    assert complaints == []


@pytest.mark.parametrize("width", [390, 320])
def test_courier_works_with_the_thumb(served, page, width):
    make.shop(language="ru")
    make.product("A", 20)
    numbers = [packed(2), packed(1)]
    act = make.closed_act(*Order.objects.filter(parcels__number__in=numbers))
    page.set_viewport_size({"width": width, "height": 640})
    complaints = listen(page)
    sit_down(page, served, make.courier_person("own"))
    page.goto(served)

    assert page.url == f"{served}/courier"
    page.locator(f"a[href='/courier/acts/{act.number}']").click()
    assert fits(page)
    page.locator(".thumb .btn").click()
    page.locator("#now").wait_for()
    assert fits(page)
    assert make.PHONE not in page.content()
    page.locator("form[action$='/phone'] button").click()
    page.locator(f"a[href='tel:{make.PHONE}']").wait_for()
    button = page.locator(".thumb .btn")
    box = button.bounding_box()
    assert box["height"] >= 48
    assert box["y"] + box["height"] <= 640  # under the thumb without scrolling
    page.locator("[data-opens=failed]").click()
    page.locator("#failed [value=no_answer]").check()
    page.locator("#failed [type=submit]").click()
    page.locator("#toasts .toast").first.wait_for()
    button.click()
    page.locator("[aria-labelledby=mine] .cash", has_text="100").wait_for()

    assert sorted(Order.objects.values_list("status", flat=True)) == ["delivered", "handed_over"]
    assert fits(page)
    assert complaints == []
