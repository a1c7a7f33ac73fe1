"""A packer at the station with a scanner that types: an order goes from the queue to its papers without a mouse."""

import pytest
from django.conf import settings
from django.test import Client

from orders import packing, stock
from orders.models import Barcode, JournalEvent, Order, Parcel, Place, Scan
from tests import make, printed
from tests.browser.watching import listen

pytestmark = pytest.mark.browser
PATIENCE_MS = 15_000


@pytest.fixture
def packer(real_commits):
    return make.packer()


@pytest.fixture
def order(packer):
    for code, sku, barcode in (("А-01", "MUG", "4600000000017"), ("Б-02", "VASE", "4600000000024")):
        Place.objects.create(kind="bin", location=stock.main_location(), code=code)
        product = make.product(sku)
        make.fill(product, 10, bin_code=code)
        Barcode.objects.create(code=barcode, product=product)
    Barcode.objects.create(code="4600000000031", product=make.product("OTHER", 5))
    made = make.confirmed([("MUG", 2, "129.00"), ("VASE", 1, "50.00")])
    Order.objects.update(ship_on=make.AT.date().replace(year=2020))
    return made


@pytest.fixture
def desk(served, page, packer):
    """The packer's own page, with what the browser complained about."""
    client = Client()
    client.force_login(packer)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": served}])
    page.set_default_timeout(PATIENCE_MS)
    page.complaints = listen(page)
    page.address = served
    yield page
    assert page.complaints == []


def scan(page, code, *, delay=0):
    """A scanner: it types and presses Enter, wherever the focus is."""
    page.keyboard.type(code, delay=delay)
    page.keyboard.press("Enter")


def expect(page, words):
    page.get_by_text(words).first.wait_for()


def test_an_order_goes_from_the_queue_to_its_papers_by_scanner_and_f_keys(desk, order, packer):
    desk.goto(f"{desk.address}/packing")
    scan(desk, f"O-{order.number}")
    expect(desk, "Go to А-01")

    scan(desk, "А-01")
    expect(desk, "The right bin: А-01")
    scan(desk, "4600000000031")
    expect(desk, "Wrong item. Put it back.")
    assert desk.evaluate("document.activeElement.id") == "scan"
    scan(desk, "4600000000017")
    expect(desk, "1 of 2.")
    scan(desk, "4600000000017")
    expect(desk, "The line is complete.")
    scan(desk, "4600000000024")
    expect(desk, "Everything is on the table.")

    desk.keyboard.press("F9")
    desk.get_by_label("Weight, grams").wait_for()
    scan(desk, "640")
    expect(desk, f"P-{order.number}-1")

    parcel = Parcel.objects.get()
    assert (parcel.weight_g, parcel.items.count()) == (640, 2)
    assert packing.tally(packer.subject.actor, since=make.after(days=-30)).wrong == 1


def test_scans_faster_than_the_network_are_all_counted_once_and_in_order(desk, order, packer):
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.AT)
    desk.goto(f"{desk.address}/packing/{order.number}")
    expect(desk, "Go to А-01")

    for code in ("4600000000017", "4600000000017", "4600000000024"):
        scan(desk, code)

    expect(desk, "Everything is on the table.")
    assert Scan.objects.count() == 3


def test_a_scan_that_the_network_lost_is_sent_again_and_counts_once(desk, order, packer):
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.AT)
    desk.goto(f"{desk.address}/packing/{order.number}")
    lost = []

    def lose_the_answer(route):
        if lost:
            return route.continue_()
        lost.append(route.request)
        route.fetch()  # the desk heard it, the answer never came back
        return route.abort()

    desk.route("**/scans", lose_the_answer)
    scan(desk, "4600000000017")

    expect(desk, "Scanned already")
    assert Scan.objects.count() == 1
    desk.complaints = [said for said in desk.complaints if "ERR_FAILED" not in said and "htmx:" not in said]


def test_letters_are_never_commands_at_the_station(desk, order, packer):
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.AT)
    desk.goto(f"{desk.address}/packing/{order.number}")
    expect(desk, "Go to А-01")
    desk.evaluate("document.activeElement.blur()")

    scan(desk, "gho/?jMUG")

    expect(desk, "Wrong item. Put it back.")
    assert desk.url.endswith(f"/packing/{order.number}")


def test_typing_in_what_has_no_label_asks_why(desk, order, packer):
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.AT)
    desk.goto(f"{desk.address}/packing/{order.number}")
    desk.keyboard.press("F2")
    dialog = desk.locator("#entry")
    dialog.get_by_label("Pieces").wait_for()

    dialog.get_by_label("Pieces").fill("2")
    dialog.get_by_label("Why not scanned").select_option("no_label")
    desk.get_by_role("button", name="Put it on the table").press("Enter")

    expect(desk, "2 of 2.")
    assert JournalEvent.objects.get(kind="order.picked").data["by_hand"] == ["no_label"]
    assert desk.evaluate("document.activeElement.id") == "scan"


def test_a_label_comes_out_of_the_browser_as_it_was_drawn(desk, order, packer):
    packing.take(order.number, packer.pk, by=packer.subject.actor, at=make.AT)
    scans = [packing.NewScan("e1", 2, sku="MUG"), packing.NewScan("e2", 1, sku="VASE")]
    packing.scan(order.number, scans, by=packer.subject.actor, at=make.AT)
    packing.seal(order.number, [packing.NewParcel(700)], by=packer.subject.actor, at=make.AT)
    desk.goto(f"{desk.address}/packing/{order.number}")

    with desk.context.expect_event("response", lambda answer: "/papers/label" in answer.url) as answered:
        desk.keyboard.press("F2")

    assert answered.value.headers["content-type"] == "application/pdf"
    assert JournalEvent.objects.get(kind="order.printed").data == {"what": "label", "copies": 1}
    token = desk.evaluate("JSON.parse(document.body.getAttribute('hx-headers'))['X-CSRFToken']")
    body = desk.request.post(
        f"{desk.address}/packing/papers/label",
        form={"number": str(order.number), "csrfmiddlewaretoken": token},
        headers={"Referer": desk.address},
    ).body()
    assert printed.read(body)[0].codes == [f"P-{order.number}-1"]
