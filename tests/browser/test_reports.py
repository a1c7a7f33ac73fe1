"""The reports by keyboard, in a real browser: from home to the rows behind a figure, and to the order."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from orders import changes
from orders.status import CancelReason
from tests import make
from tests.browser.watching import listen

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(served: str, page: Any) -> Iterator[Any]:
    """The owner's home after a day with a delivered, a cancelled and a new order; complaints fail the test."""
    at = timezone.now()
    make.product("A", 9, at=at)
    make.delivered([("A", 2, "100.00")], at=at, placed_at=at)
    changes.cancel(make.order(at=at, placed_at=at).number, CancelReason.PRICE, by=make.BY, at=at)
    client = Client()
    client.force_login(make.owner())
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": served}])
    complaints = listen(page)
    page.goto(served)
    yield page
    assert complaints == []


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_from_home_to_the_order_behind_a_figure(desk):
    press(desk, "g", "r")
    desk.wait_for_url("**/reports")
    press(desk, "j", "j", "j")
    row = desk.locator(".figures tr[aria-current=true]")
    assert row.locator(".under").is_visible()  # what the figure counts
    assert desk.locator(".figures tr .under:visible").count() == 1
    press(desk, "Enter")
    desk.wait_for_url("**/reports/rows?*")
    assert "₽" in desk.locator("h1").inner_text()
    press(desk, "j", "Enter")
    desk.wait_for_url("**/orders/*")


def test_periods_are_walked_by_keys(desk, served):
    desk.goto(f"{served}/reports?span=month&from=2020-03-01&until=2020-03-31")
    press(desk, "[")
    desk.wait_for_url("**from=2020-02-01&until=2020-02-29*")
    assert desk.locator("h1").inner_text() == "February 2020"
    press(desk, "]")
    desk.wait_for_url("**from=2020-03-01&until=2020-03-31*")
    press(desk, "d")
    desk.wait_for_url("**span=day&from=2020-03-31*")
    assert desk.locator("h1").inner_text() == "Tuesday, 31 March 2020"


def test_two_dates_and_a_file(desk, served):
    desk.goto(f"{served}/reports")
    desk.locator("#from").fill("2020-05-04")
    desk.locator("#until").fill("2020-05-10")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**from=2020-05-04&until=2020-05-10*")
    assert desk.locator("h1").inner_text().replace("\u00a0", " ") == "4–10 May 2020"
    desk.locator("h1").click()
    with desk.expect_download() as download:
        press(desk, "x")
    assert download.value.suggested_filename == "report-2020-05-04-2020-05-10.xlsx"


def test_the_way_back_from_rows_is_escape(desk, served):
    desk.goto(f"{served}/reports/rows?figure=taken&from=2020-05-04&until=2020-05-10")
    press(desk, "Escape")
    desk.wait_for_url("**/reports?*from=2020-05-04&until=2020-05-10*")


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440])
def test_nothing_is_wider_than_the_screen(desk, served, width):
    desk.set_viewport_size({"width": width, "height": 800})
    for path in ("", "/reports", "/reports/rows?section=money&figure=ordered&from=2026-01-01", "/reports/cash"):
        desk.goto(f"{served}{path}")
        assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
