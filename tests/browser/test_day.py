"""One order's whole day on screen: from the phone to the report, each at their own desk, by keyboard."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine

from delivery.models import Handoff, Return
from orders import tasks
from orders.models import Order, Parcel, PlaceLevel
from shopdesk.management.commands.audit import all_checks, run
from tests import make
from tests.browser.watching import come_to_rest, listen, sit_down

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
LAMP, CUP, STRANGER = "4600000000017", "4600000000024", "4600000000031"
PATIENCE_MS = 20_000
Seat = Callable[..., Any]


@pytest.fixture
def shop(served: str) -> Iterator[str]:
    """A shop with lamps and cups on its shelf, on a Monday at noon. Gives its address."""
    with time_machine.travel(make.AT, tick=True):
        make.shop(language="en", name="Shopdesk")
        make.courier("own", name="Our couriers", days=1)
        for sku, name, price, barcode in (("LAMP", "Лампа настольная", "500.00", LAMP), ("CUP", "Чашка", "150.00", CUP),
                                          ("VASE", "Ваза", "90.00", STRANGER)):  # fmt: skip
            make.product(sku, 10, name=name, price=price, cost_minor=40_00).barcodes.create(code=barcode)
        yield served


@pytest.fixture
def seat(shop: str, page: Any) -> Iterator[Seat]:
    """Give a seat at the desk: a screen of one's own. Whatever any screen complained about fails the test."""
    complaints: list[list[str]] = []

    def give(person: Any, **screen: Any) -> Any:
        """Sit down at a screen of one's own."""
        own = page.context.browser.new_context(**screen).new_page()
        own.set_default_timeout(PATIENCE_MS)
        complaints.append(listen(own))
        sit_down(own, shop, person)
        own.goto(shop)
        own.address = shop
        return own

    yield give
    assert [said for one in complaints for said in one] == []


def type_line(screen: Any, text: str) -> None:
    """Type as a scanner does: the code, then Enter."""
    rest(screen)
    screen.keyboard.type(text)
    screen.keyboard.press("Enter")


def rest(screen: Any) -> None:
    """Wait until all is in its place, as whoever works there does: before that, keys go to what was there."""
    screen.wait_for_load_state()
    come_to_rest(screen)


def press(screen: Any, *keys: str) -> None:
    rest(screen)
    for key in keys:
        screen.keyboard.press(key)


def expect(screen: Any, words: str) -> None:
    screen.get_by_text(words).first.wait_for()


def go(screen: Any, letter: str, path: str) -> None:
    """Go to a desk by g and its letter, once all parts of this page are there."""
    screen.wait_for_load_state("networkidle")
    press(screen, "g", letter)
    screen.wait_for_url(f"**{path}")


def in_plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def take_the_order(manager: Any) -> Order:
    """The manager takes two lamps and a cup by phone."""
    go(manager, "o", "/orders")
    press(manager, "o")
    manager.wait_for_selector("#id_phone:focus")
    manager.keyboard.type("8 916 123-45-67")
    press(manager, "Tab")
    manager.keyboard.type("Анна Смирнова")
    for field, text in (("#id_courier", "Our"), ("#id_city", "Москва"), ("#id_address", "Садовая, 1, кв. 5")):
        manager.locator(field).focus()
        manager.keyboard.type(text)
    press(manager, "F2")
    type_line(manager, LAMP)
    manager.wait_for_selector("#basket tbody tr")
    press(manager, "F2")
    type_line(manager, CUP)
    manager.wait_for_selector("#basket tbody tr:nth-child(2)")
    manager.locator("#quantity-1").select_text()
    manager.keyboard.type("2")
    press(manager, "Tab")
    expect(manager.locator("#total"), "150")
    press(manager, "F9")
    manager.wait_for_selector(".status[data-status=new]")
    return Order.objects.get()


def ring(manager: Any) -> None:
    """Next call; the customer agrees."""
    go(manager, "c", "/calls")
    press(manager, "n")
    manager.wait_for_selector("#outcome")
    for _ in range(3):  # the sum, the day and the address are read back
        press(manager, "r")
    press(manager, "1")
    manager.wait_for_selector("#recent")


def pack(packer: Any, order: Order) -> str:
    """Scan the pick list, a wrong thing, the right ones; seal, print. Gives the parcel's number."""
    assert packer.url.endswith("/packing")
    type_line(packer, f"O-{order.number}")
    packer.wait_for_url(f"**/packing/{order.number}")
    type_line(packer, STRANGER)
    expect(packer, "Wrong item. Put it back.")
    for code in (LAMP, LAMP, CUP):
        type_line(packer, code)
    expect(packer, "Everything is on the table.")
    press(packer, "F9")
    packer.get_by_label("Weight, grams").and_(packer.locator(":focus")).wait_for()
    type_line(packer, "2400")
    parcel = f"P-{order.number}-1"
    expect(packer, parcel)
    for key, paper in (("F2", "label"), ("F4", "slip")):
        assert opened_pdf(packer, key, f"/papers/{paper}")
        packer.bring_to_front()
    return parcel


def opened_pdf(screen: Any, key: str, path: str) -> bool:
    """Press the key of a paper once the page hears keys, and tell whether a PDF was opened beside the desk."""
    screen.wait_for_load_state("networkidle")
    with screen.context.expect_event("response", lambda answer: path in answer.url) as answered:
        press(screen, key)
    return bool(answered.value.headers["content-type"] == "application/pdf")


def hand_over(manager: Any, parcel: str) -> Handoff:
    """An act for the courier, the parcel put on it by scan; closed and printed."""
    go(manager, "a", "/acts")
    press(manager, "n")
    manager.locator("#id_whole").focus()
    press(manager, "Space", "Enter")
    manager.wait_for_selector("#scan:focus")
    type_line(manager, parcel)
    expect(manager, f"{parcel} is on the act.")
    press(manager, "F9")
    manager.wait_for_selector("#closing[open]")
    press(manager, "F9")
    expect(manager, "Never changes:")
    manager.wait_for_load_state("networkidle")
    assert opened_pdf(manager, "F2", ".pdf")
    return Handoff.objects.get()


def bring(courier: Any) -> None:
    """On a phone, by touch: accept the act; the customer keeps a lamp and the cup, pays for them, refuses a lamp."""
    courier.get_by_role("link", name="Accept").tap()
    courier.get_by_role("button", name="Accept what is ticked").tap()
    expect(courier, "Now: Анна С.")
    courier.get_by_role("link", name="In part").tap()
    lamps = courier.locator(".kept", has_text="Лампа")
    lamps.get_by_role("button", name="Less").tap()
    courier.locator("#sum .cash", has_text="650").wait_for()
    courier.get_by_label("it does not fit").check()
    assert courier.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    courier.get_by_role("button", name="Delivered in part").tap()
    expect(courier, "1 delivered today")
    assert "650 ₽" in in_plain(courier.locator("[aria-labelledby=mine]").inner_text())


def take_back(packer: Any, parcel: str) -> None:
    """The parcel is scanned in; the lamp is good and goes back to its bin."""
    packer.goto(f"{packer.address}/returns")
    type_line(packer, parcel)
    packer.wait_for_url("**/returns/*")
    press(packer, "F4")
    packer.wait_for_url("**/returns")


def read_the_day(owner: Any, order: Order) -> None:
    """The report shows what was sold; the figure opens its rows, and a row the order."""
    go(owner, "r", "/reports")
    row = owner.locator(".figures tr[data-row=RUB-sold]")
    assert in_plain(row.locator("a.go").inner_text()) == "650 ₽"
    row.locator("a.go").focus()
    press(owner, "Enter")
    owner.wait_for_url("**/reports/rows?*")
    assert "650 ₽" in in_plain(owner.locator("h1").inner_text())
    press(owner, "j", "Enter")
    owner.wait_for_url(f"**/orders/{order.number}")
    owner.wait_for_selector(".status[data-status=delivered]")
    owner.wait_for_load_state("networkidle")


def test_one_order_goes_through_its_whole_day_on_screen(shop: str, seat: Seat) -> None:
    manager, packer = seat(make.manager()), seat(make.packer())
    order = take_the_order(manager)
    ring(manager)
    packer.reload()
    parcel = pack(packer, order)
    act = hand_over(manager, parcel)
    bring(seat(make.courier_person(), viewport=PHONE, has_touch=True, is_mobile=True))
    take_back(packer, parcel)
    tasks.publish()
    read_the_day(seat(make.owner()), order)

    order.refresh_from_db()
    act.refresh_from_db()
    assert (order.status, order.paid_minor, act.state) == ("delivered", 650_00, "accepted")
    assert {line.sku: (line.quantity, line.delivered) for line in order.lines.all()} == {"LAMP": (2, 1), "CUP": (1, 1)}
    assert (Parcel.objects.get().weight_g, Return.objects.get().state) == (2400, "inspected")
    assert PlaceLevel.objects.get(product__sku="LAMP", place__code="MAIN", place__kind="bin").on_hand == 9
    assert [check for check in run(all_checks()) if check["violations"]] == []


def test_complaint_of_any_screen_is_heard(shop: str, page: Any) -> None:
    complaints = listen(page)
    sit_down(page, shop, make.manager())
    page.goto(f"{shop}/orders")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">red</p>')")
    page.evaluate("setTimeout(() => { throw new Error('broken') })")
    page.wait_for_timeout(300)

    assert any("Content Security Policy" in said for said in complaints)
    assert any("broken" in said for said in complaints)
