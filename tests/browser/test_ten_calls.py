"""Ten calls of a morning, by keyboard alone: agreed, changed, swapped, put off, not answered, declined."""

import statistics
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from orders.models import CallAttempt, CallTask, Order, StockLevel, Substitute
from orders.status import Status
from tests import make
from tests.browser.watching import listen, sit_down

pytestmark = [pytest.mark.browser, pytest.mark.once]
DEEDS = (
    "confirm", "quantity", "swap", "callback", "no_answer", "decline", "confirm", "busy", "thinking", "note",
)  # fmt: skip


@pytest.fixture
def desk(served: str, page: Any) -> Any:
    """A browser in which a manager sits; whatever the browser complains about fails the test."""
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    sit_down(page, served, make.manager())
    page.set_default_timeout(15_000)
    complaints = listen(page)
    page.served = served
    yield page
    assert complaints == []


def press(desk: Any, *keys: str) -> None:
    for key in keys:
        desk.keyboard.press(key)


def read_back(desk: Any) -> None:
    """Tick the sum, the day and the address."""
    press(desk, "r", "r", "r")


def confirm(desk: Any) -> None:
    read_back(desk)
    press(desk, "1")


def change_quantity(desk: Any) -> None:
    press(desk, "e")
    desk.keyboard.type("3")
    press(desk, "Enter")
    desk.locator("#total", has_text="300").wait_for()
    press(desk, "Escape")
    read_back(desk)
    press(desk, "2")


def swap(desk: Any) -> None:
    press(desk, "a")
    desk.wait_for_selector("text=instead of GONE")
    read_back(desk)
    press(desk, "2")


def call_back(desk: Any) -> None:
    press(desk, "3")
    desk.locator("#call-again").wait_for()
    press(desk, "1")


def decline(desk: Any) -> None:
    press(desk, "8")
    desk.locator("#call-decline").wait_for()
    press(desk, "1")


def note(desk: Any) -> None:
    press(desk, "m")
    desk.keyboard.type("after six")
    press(desk, "Escape")
    confirm(desk)


WORK = {
    "confirm": confirm, "quantity": change_quantity, "swap": swap, "callback": call_back, "decline": decline,
    "no_answer": lambda desk: press(desk, "4"), "busy": lambda desk: press(desk, "5"),
    "thinking": lambda desk: press(desk, "7"), "note": note,
}  # fmt: skip
ENDS = {
    "confirm": Status.CONFIRMED, "quantity": Status.CONFIRMED, "swap": Status.CONFIRMED, "note": Status.CONFIRMED,
    "decline": Status.CANCELLED, "callback": Status.NEW, "no_answer": Status.NEW, "busy": Status.NEW,
    "thinking": Status.NEW,
}  # fmt: skip


def take_in(deed: str, place: int) -> Order:
    """Take an order in for one of the ten calls."""
    items = [("GONE", 1, "100.00")] if deed == "swap" else [("CUP", 1, "100.00")]
    at = timezone.now() - timedelta(minutes=5)
    return make.order(items, phone=f"+791600000{place:02}", name=f"Buyer {place}", at=at)


def watch(desk: Any) -> dict[str, list[float]]:
    """Time the server's answers, by what was asked."""
    took: dict[str, list[float]] = defaultdict(list)

    def note_down(request: Any) -> None:
        path = request.url.split("?")[0].rsplit("/", 1)[-1]
        if request.method == "POST" and path in {"next", "outcome", "order"} or path == "calls":
            took[path].append(request.timing["responseStart"])

    desk.on("requestfinished", note_down)
    return took


def test_ten_calls_by_keyboard_alone(desk: Any) -> None:
    cup = make.product("CUP", 50, price="100.00")
    make.product("GONE", 0, price="100.00").substitutes.create(instead=make.product("SPARE", 5, price="90.00"))
    orders = {take_in(deed, place).number: deed for place, deed in enumerate(DEEDS)}
    took = watch(desk)

    desk.goto(f"{desk.served}/calls")
    for left in range(len(orders), 0, -1):
        press(desk, "n")
        desk.wait_for_selector("#call-order")
        number = CallTask.objects.exclude(token="").filter(closed_at=None, taken_by__isnull=False).get().order_id
        WORK[orders[number]](desk)
        desk.wait_for_selector("#recent")
        assert CallAttempt.objects.count() == len(orders) - left + 1

    for order in Order.objects.all():
        assert order.status == ENDS[orders[order.number]], orders[order.number]
    by_deed = {orders[order.number]: order for order in Order.objects.all()}
    assert by_deed["quantity"].total_minor == 300_00
    assert by_deed["swap"].total_minor == 90_00
    assert CallTask.objects.get(order=by_deed["callback"]).stage == CallTask.Stage.CALLBACK
    # Nine cups were ordered, two more were added, the declined one is free again.
    assert StockLevel.objects.get(product=cup).reserved == 9 + 2 - 1
    assert StockLevel.objects.get(product__sku="SPARE").reserved == 1
    assert Substitute.objects.count() == 1
    medians = {path: f"{statistics.median(times):.0f} ms of {len(times)}" for path, times in took.items()}
    print("Median server time per step:", medians)  # noqa: T201
