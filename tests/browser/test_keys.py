"""The desk by hand, in a real browser: keys, focus, dialogs, refusals."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests import make
from tests.browser.watching import listen

pytestmark = pytest.mark.browser


@pytest.fixture
def kit(served: str, page: Any) -> Iterator[Any]:
    """The kit as its owner sees it; whatever the browser complains about fails the test."""
    sit(served, page, make.owner())
    complaints = listen(page)
    page.goto(f"{served}/kit")
    assert page.url == f"{served}/kit"
    yield page
    refused = "status of 409"  # what a test asked for
    assert [complaint for complaint in complaints if refused not in complaint] == []


def sit(served: str, page: Any, person: Any) -> None:
    """Give the browser a session of that person."""
    client = Client()
    client.force_login(person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": served}])


def now_at(page: Any) -> str:
    return str(page.evaluate("document.querySelector('tr[aria-current=true]')?.dataset.row || ''"))


def press(page: Any, code: str, key: str) -> None:
    """Press a key by its place, whatever the layout writes there."""
    page.evaluate(
        "([code, key]) => document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {code, key, bubbles: true, cancelable: true}))",
        [code, key],
    )


def test_rows_are_walked_and_selected_by_keys(kit):
    kit.keyboard.press("j")
    kit.keyboard.press("j")
    assert now_at(kit) == "confirmed"
    kit.keyboard.press("k")
    assert now_at(kit) == "new"
    kit.keyboard.press("x")
    assert kit.locator("[data-bulk]").is_visible()
    assert kit.locator("[data-selected]").inner_text() == "1"
    kit.keyboard.press("Escape")
    assert not kit.locator("[data-bulk]").is_visible()


def test_keys_work_on_a_cyrillic_layout(kit):
    press(kit, "KeyJ", "о")
    assert now_at(kit) == "new"


def test_letters_sleep_in_a_field(kit):
    kit.locator("#id_street").focus()
    kit.keyboard.press("j")
    assert now_at(kit) == ""
    assert "j" in kit.locator("#id_street").input_value()


def test_letters_can_be_switched_off(served, page):
    sit(served, page, make.owner(letter_keys=False))
    page.goto(f"{served}/kit")
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert now_at(page) == ""
    assert not page.locator("#keys").is_visible()


def test_question_mark_shows_the_keys_and_escape_closes(kit):
    kit.keyboard.press("?")
    assert kit.locator("#keys").is_visible()
    assert kit.evaluate("document.querySelector('#keys').contains(document.activeElement)")
    kit.keyboard.press("Escape")
    assert not kit.locator("#keys").is_visible()


def test_dialog_gives_the_focus_back(kit):
    opener = kit.locator("[data-opens=sample-dialog]")
    opener.focus()
    kit.keyboard.press("Enter")
    assert kit.locator("#sample-dialog").is_visible()
    kit.keyboard.press("Escape")
    assert opener.evaluate("element => element === document.activeElement")


def test_go_to_a_desk(kit, served):
    kit.keyboard.press("g")
    kit.keyboard.press("h")
    kit.wait_for_url(f"{served}/")
    kit.wait_for_load_state("networkidle")


def test_quantity_is_stepped_and_stays_in_its_bounds(kit):
    less = kit.locator(".qty button").first
    for _ in range(3):
        less.click()
    assert kit.locator(".qty input").first.input_value() == "1"
    kit.locator(".qty button").last.click()
    assert kit.locator(".qty input").first.input_value() == "2"


def test_what_is_disabled_does_nothing(kit):
    kit.evaluate(
        "() => { const b = document.querySelector('button[aria-disabled=true]'); window.pressed = 0;"
        "b.addEventListener('click', () => { window.pressed += 1; }); }"
    )
    kit.locator("button[aria-disabled=true]").click(force=True)
    assert kit.evaluate("window.pressed") == 0


def test_refusal_takes_the_focus_and_loses_nothing(kit):
    """An htmx request that is refused: the sentence stands on the page, and what was typed is still there."""
    kit.evaluate(
        "() => { const f = document.querySelector('main form, main'); const b = document.createElement('button');"
        "b.id = 'refused'; b.setAttribute('hx-post', '/my/choices');"
        "b.setAttribute('hx-vals', JSON.stringify({theme: 'pink'}));"
        "f.append(b); htmx.process(b); }"
    )
    kit.locator("#id_street").fill("ул. Новая, 1")
    kit.evaluate("document.querySelector('#refused').click()")
    refusal = kit.locator(".page-refusals .refusal")
    refusal.wait_for()
    assert refusal.evaluate("element => element === document.activeElement")
    assert kit.locator("#id_street").input_value() == "ул. Новая, 1"


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 3840])
def test_nothing_is_wider_than_the_screen(kit, width):
    kit.set_viewport_size({"width": width, "height": 800})
    assert kit.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
