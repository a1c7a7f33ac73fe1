"""The courier's phone at 390 px with the network cut in between: nothing is lost, nothing counts twice."""

from datetime import timedelta

import pytest

from delivery.models import Shipment, ShipmentEvent
from orders.intake import Address
from orders.models import Parcel
from tests import make
from tests.browser.line import Line
from tests.browser.watching import sit_down

pytestmark = [pytest.mark.browser, pytest.mark.once]
PHONE = {"width": 390, "height": 844}
STREETS = ("Садовая", "Лесная", "Речная")


@pytest.fixture
def round_of_three(real_commits):
    make.product("A", 20)
    make.product("B", 20)
    items = [("A", 2, "100.00"), ("B", 1, "50.00")]
    return [
        make.handed_over(
            items, address=Address(city="Москва", street=street, house="1"), phone=f"+7916123000{place}", name="Анна"
        )
        for place, street in enumerate(STREETS)
    ]


@pytest.fixture
def line(served):
    with Line(served) as line:
        yield line


def test_what_is_said_without_a_network_is_told_once_when_it_is_back(round_of_three, line, page):
    whole, part, failed = round_of_three
    phone = page.context.browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)
    tab = phone.new_page()
    tab.set_default_timeout(20_000)
    sit_down(tab, line.address, make.courier_person())
    tab.goto(f"{line.address}/courier")
    tab.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    tab.reload()  # from here on the worker looks after the page
    ahead = [f"/courier?stop={failed.number}", f"/courier/stops/{failed.number}/part"]
    ahead += [f"/courier?stop={part.number}", f"/courier/stops/{part.number}/part"]
    for address in ahead:
        read = f"caches.open('round-pages').then(c => c.match('{address}')).then(Boolean)"
        while not tab.evaluate(read):
            tab.wait_for_timeout(50)

    line.cut()  # the browser's own switch reaches the page at once, but its worker only a moment later
    phone.set_offline(True)
    tab.get_by_role("button", name="Delivered, 250").tap()  # whole
    tab.get_by_text("Kept on this phone: 1").wait_for()
    tab.wait_for_url(f"**/courier?stop={part.number}")  # led on to the next door
    tab.get_by_role("link", name="In part").tap()
    tab.locator(".kept input").first.fill("1")
    tab.locator("[name=taken]").fill("150")
    tab.get_by_label("it does not fit").check()
    tab.get_by_role("button", name="Delivered in part").tap()
    tab.get_by_text("Kept on this phone: 2").wait_for()
    tab.wait_for_url(f"**/courier?stop={failed.number}")
    tab.get_by_role("button", name="Not there").tap()
    tab.locator("#failed [name=reason]").first.check()
    tab.get_by_role("button", name="Note it").tap()
    tab.get_by_text("Kept on this phone: 3").wait_for()
    assert ShipmentEvent.objects.count() == 0

    line.mend()
    phone.set_offline(False)
    tab.evaluate("window.dispatchEvent(new Event('online'))")
    tab.get_by_text("2 delivered today").wait_for()

    states = dict(Shipment.objects.values_list("order", "state"))
    assert states == {whole.number: "delivered", part.number: "delivered", failed.number: "delivery_failed"}
    assert ShipmentEvent.objects.count() == 3
    assert Shipment.objects.get(order=whole).collected_minor == 25000
    assert Shipment.objects.get(order=part).collected_minor == 15000
    said = ShipmentEvent.objects.get(parcel__order=whole)
    assert timedelta() < said.recorded_at - said.at < timedelta(minutes=5)
    assert Parcel.objects.get(order=failed).state == "out"
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
