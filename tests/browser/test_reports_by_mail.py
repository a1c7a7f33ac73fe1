"""The owner opens the report, compares it, takes it away, subscribes, and finds in the post what the page said."""

import socket
from datetime import timedelta
from email import message_from_bytes, policy
from io import BytesIO
from typing import Any

import pypdfium2
import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as desk_settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from python_calamine import CalamineWorkbook

from reports import letters, sending
from reports.models import ReportLetter
from tests import make
from tests.browser.watching import listen

pytestmark = pytest.mark.browser


class Box:
    """A mail server's box."""

    def __init__(self) -> None:
        self.received: list[Any] = []

    async def handle_DATA(self, server, session, envelope):
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture
def post(settings):
    """A real mail server on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    yield box
    server.stop()


@pytest.fixture
def desk(served, page):
    """The owner at the report of yesterday, on which an order was delivered; complaints fail the test."""
    at = timezone.now() - timedelta(days=1)
    make.shop()
    make.product("A", 9, at=at)
    make.delivered([("A", 2, "100.50")], at=at, placed_at=at)
    client = Client()
    client.force_login(make.owner())
    cookie = client.cookies[desk_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": desk_settings.SESSION_COOKIE_NAME, "value": cookie, "url": served}])
    complaints = listen(page)
    page.goto(f"{served}/reports")
    yield page
    assert complaints == []


def test_from_the_report_to_the_letter_in_the_post(desk, served, post):
    desk.get_by_role("link", name="Yesterday", exact=True).click()
    desk.locator("select[name=compare]").select_option("year")
    desk.get_by_role("button", name="Show").click()
    desk.wait_for_url("**compare=year**")
    assert "year" in desk.url
    said = desk.locator("main").inner_text().replace("\u00a0", " ")
    assert "201 ₽" in said

    desk.locator("a.figure", has_text="201").first.click()  # and drills
    desk.wait_for_url("**/reports/rows?*")
    assert "201 ₽" in desk.locator("h1").inner_text().replace("\u00a0", " ")
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="CSV").click()
    assert "201.00" in taken.value.path().read_text("utf-8-sig")
    desk.keyboard.press("Escape")
    desk.wait_for_url("**/reports?*")
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="PDF").click()
    with pypdfium2.PdfDocument(taken.value.path()) as paper:
        words = "".join(one.get_textpage().get_text_range() for one in paper)
    assert "201 ₽" in words.replace("\u00a0", " ")

    desk.get_by_role("link", name="Reports by mail").click()
    desk.wait_for_url("**/reports/subscriptions")
    desk.get_by_label("How often").select_option("day")
    desk.get_by_role("button", name="Subscribe").click()
    desk.get_by_text("Subscribed.").wait_for()
    desk.get_by_role("button", name="Send a test").click()
    desk.get_by_text("A test letter is on its way").wait_for()
    assert sending.send_due(at=timezone.now()) == 1

    kept = letters.read(ReportLetter.objects.get())
    envelope = post.received[0]
    assert envelope.content == kept
    message = message_from_bytes(kept, policy=policy.default)
    assert "201\u00a0₽" in message.get_body(("html",)).get_content()
    parts = letters.parts(kept)
    book = next(content for name, (kind, content) in parts.items() if name.endswith(".xlsx"))
    rows = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python()
    assert any(row[3:] == ["Sold", "RUB", 201.0] for row in rows)
    products = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_name("Products").to_python()
    assert products[1][:3] == ["A", 2.0, 2.0]
    sent = next(content for name, (kind, content) in parts.items() if name.endswith(".pdf"))
    with pypdfium2.PdfDocument(sent) as paper:
        words = "".join(one.get_textpage().get_text_range() for one in paper)
    assert "201 ₽" in words.replace("\u00a0", " ")
    with Image.open(BytesIO(parts["picture-2.png"][1])) as picture:
        assert picture.width == 1200

    desk.goto(f"{served}/reports/subscriptions")
    desk.locator("a.go").first.click()
    desk.wait_for_url("**/reports/letters/*")
    shown = desk.locator(".letter img")
    assert shown.count() == 2
    assert shown.first.evaluate("one => one.complete && one.naturalWidth") == 1200


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_is_wider_than_the_screen(desk, served, width):
    desk.set_viewport_size({"width": width, "height": 800})
    for path in ("", "/reports/plan", "/reports/subscriptions"):
        desk.goto(f"{served}{path}")
        assert desk.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
