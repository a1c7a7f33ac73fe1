"""Every page that somebody may open, with work on it, in both themes: axe finds nothing serious in it."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone

from delivery import remittance, returns
from delivery.registers import Said
from orders import calls, changes, counts, expecting, labels, messages, packing, queues, receiving, transfers
from orders.inbox import reconciling
from orders.models import CallTask, Location, Message, Order, Substitute
from orders.packing import NewBatch
from orders.status import CancelReason, Status
from shopdesk.accounts import staff
from shopdesk.base.access import may, rights
from shopdesk.imports import taking
from shopdesk.imports import work as importing
from shopdesk.imports.models import Import
from shopdesk.webhooks import endpoints
from tests import make
from tests.browser.watching import come_to_rest, sit_down
from tests.orders.inbox import shops

pytestmark = [pytest.mark.browser, pytest.mark.once]  # templates and colours know no database
AXE = Axe()
EVERYTHING = {"resultTypes": ["violations"]}
COLOURS = EVERYTHING | {"runOnly": ["color-contrast"]}
GRAVE = {"serious", "critical"}
# What axe judges by: elements in their surroundings. Words, values and addresses are not among it.
KINDS_OF_THINGS = """() => {
  const judged = /^(class|role|type|hidden|tabindex|lang|alt|title|aria-.*)$/, words = /^(alt|title|aria-label)$/
  const told = one => one.tagName + [...one.attributes].filter(({name}) => judged.test(name))
    .map(({name, value}) => name + (words.test(name) ? !value : value.replace(/[0-9]+/g, "0")))
  const all = [...document.querySelectorAll("*")]
  return [...new Set(all.map(one => told(one) + !one.textContent.trim() + told(one.parentElement ?? one)))]
}"""
SEEN: dict[tuple[str, int], set[str]] = {}  # address and width -> what was there, and nothing wrong with it
WHO = {"owner": make.owner, "manager": make.manager, "packer": make.packer, "courier_person": make.courier_person}
# Not pages of their own: parts of a page, files, answers for machines.
PARTS = {
    "livez", "readyz", "metrics", "bar", "calls-incoming", "orders-card-peek", "stock-peek", "orders-new-products",
    "orders-new-customers", "delivery-shipment", "stock-losers", "orders-credits", "acts-paper", "acts-copy",
    "reports-csv", "reports-xlsx", "signed-out", "exports-file", "privacy-erasure-act", "privacy-retention-act",
    "stock-receipt-paper", "returns-photo", "orders-card-sourcing", "orders-card-together", "tracking-claim",
    "returns-paper", "reports-pdf", "reports-rows-csv", "reports-letter", "reports-letter-part", "calls-presence",
    "orders-slots", "packing-print-file", "courier-worker", "reports-section-file", "acts-proof",
}  # fmt: skip
ASKED = {"reports-rows": "?section=funnel&figure=taken"}
# Pages that no test day reaches: without a closed day of the past (the report itself is looked at), or without an
# enrolled device (`test_sign_in.py` sits down at one), or without the link of a letter (`test_addresses.py` opens it).
BEYOND = {"reports-restated", "station-pin", "new-address"}
OWNERS = {"imports-import"}  # of the numbers here: a file is for whoever laid it down, and for the owner


@pytest.fixture
def day(served: str, page: Any) -> Iterator[Any]:
    """A Monday noon with work on every desk. Gives the page, and `page.numbers`: route -> numbers to open it with."""
    with time_machine.travel(make.after(hours=1), tick=True):
        page.set_default_timeout(20_000)
        page.emulate_media(reduced_motion="reduce")  # else axe meets colours that are half way between the themes
        page.served = served
        page.numbers = fill_the_desks()
        yield page


def fill_the_desks() -> dict[str, list[Any]]:
    """Leave work of every kind; everything by the desks' own actions."""
    vase = fill_the_shelf()
    items = [("LAMP", 1, "500.00"), ("CUP", 2, "150.00")]
    short = make.order([("VASE", 3, "300.00")], phone="+79161230003", name="Ольга Ветрова")
    new = make.order(items, phone="+79161230001")
    make.order(items, phone="+79161230002")
    cancelled = make.order(items, phone="+79161230004")
    changes.cancel(cancelled.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    make.confirmed(items)
    make.confirmed(items)
    at_table, all_picked, sealed = (one(items) for one in (make.picking, make.picked, make.packed))
    back = make.picked(items)
    changes.cancel(back.number, CancelReason.CHANGED_MIND, by=make.BY, at=make.AT)
    on_road, failed = make.handed_over(items), make.handed_over(items)
    make.said(failed, "delivery_failed", at=make.after(minutes=5))
    make.delivered(items)
    refused = make.handed_over(items)
    make.said(refused, "returning", at=make.after(minutes=5))
    came = returns.receive_parcels([make.parcel_of(refused).number], by=make.BY, at=make.after(minutes=6))[0]
    open_act, closed_act = make.open_act(make.parcel_of(sealed).number), make.closed_act(make.packed(items))
    make.packed(items)
    count, receipt = begin_count(), receive()
    told, _secret = endpoints.make(
        endpoints.Terms("ERP", "https://erp.example/", ["order.taken"]), by=make.BY, at=make.AT
    )
    hello = endpoints.send_test(told.pk, at=make.AT)
    label = labels.make(labels.NewLabel(Status.NEW, "Ждёт звонка"), by=make.BY, at=make.AT)
    said = [Said(1, str(on_road.number), 500_00), Said(2, "nobody's", 100)]
    register, _new = remittance.take_in(
        remittance.NewRegister("own", "R-1", "RUB", said), by=make.BY, at=make.after(minutes=9)
    )
    wanted = expecting.NewExpected([expecting.Wanted("JUG", 5)], supplier="Светлый мир", reference="TN-78")
    expected = expecting.expect(wanted, by=make.BY, at=make.AT)
    invited, secret = staff.invite("new@shop.example", "Мария", staff.Terms("packer"), by=make.BY, at=timezone.now())
    return {
        "orders-card": [one.number for one in (short, cancelled, on_road)],
        "orders-card-edit": [new.number], "answer": [ask_by_link()],
        "packing-station": [at_table.number, sealed.number], "packing-sealing": [all_picked.number],
        "packing-back-order": [back.number], "packing-cart": [walk_with_a_cart()],
        "acts-card": [open_act.number, closed_act.number], "courier-act": [closed_act.number],
        "courier-part": [on_road.number], "returns-card": [came.pk],
        "counts-count": [count], "counts-review": [count], "stock-receipt": [receipt],
        "customers-card": [new.customer_id], "customers-foresee": [(new.customer_id, short.customer_id)],
        "orders-card-merge": [(new.number, short.number)], "orders-card-split": [new.number],
        "orders-card-copy": [new.number], "imports-import": [lay_down_a_file()],
        "people-person": [invited.pk], "invited": [secret], "reports-section": ["buyout", "cancellations"],
        "roles-person": [make.manager(email="limited@shop.example").pk],
        "privacy-person": [f"c{on_road.customer_id}"], "labels-label": [label.pk], "tracking-register": [register.pk],
        "settings-couriers-card": ["own"], "settings-courier-talk": ["own"], "tracking-failure": [failed.number],
        "stock-transfer": [send_south()], "stock-expected-one": [expected.pk],
        "stock-product": [vase], "stock-edit": [vase], "stock-leave": [vase],
        "webhooks-endpoint": [told.pk], "webhooks-message": [(told.pk, hello.pk)], **hear_a_shop(),
    }  # fmt: skip


def walk_with_a_cart() -> int:
    """Take one order of the queue onto a cart."""
    picker = make.packer(email="cart@shop.example")
    waiting = queues.to_pack(Order.objects.all(), make.AT.date())
    return int(packing.start(waiting, NewBatch("1", 1), picker.pk, by=make.BY, at=make.AT).pk)


def hear_a_shop() -> dict[str, list[Any]]:
    """Connect a shop that says something, and something that cannot be read. Gives what has an address."""
    channel = shops.shop()
    kept = [shops.hear(channel, body) for body in (shops.woo(), b"{broken")]
    reconciling.compare(channel, make.AT.date(), ["1", "2"], at=make.AT)
    return {"inbox-message": [one.pk for one in kept], "channels-channel": [channel.code]}


def lay_down_a_file() -> str:
    """Lay a table of orders before the desk and try it. Gives its code."""
    table = b"Order,SKU,Quantity,Price\nA-1,LAMP,1,500\nA-2,LAMP,many,500\n"
    new = taking.NewFile(Import.What.ORDERS, "orders.csv", table)
    batch = taking.lay_down(new, subject=make.owner(email="files@shop.example").subject, at=make.AT)
    taking.try_out(batch.code, batch.columns, at=make.AT)
    importing.work_on_next(at=make.AT)
    return batch.code


def ask_by_link() -> str:
    """Ring somebody in vain and write to them. Gives the secret of the link in the message."""
    messages.save_rule("not_reached", messages.NewRule(True, ["email"]), by=make.BY, at=make.AT)
    made = make.order(phone="+79161230009", email="anna@example.com")
    task = CallTask.objects.get(order=made)
    calls.settle(task.pk, calls.NewAttempt("no_answer"), by=make.BY, person=0, at=make.AT)
    written = messages.decide(Message.objects.get(order=made).pk, at=make.after(minutes=1))
    assert written is not None
    return written.text.rsplit("/", 1)[1]


def fill_the_shelf() -> int:
    """Open the shop with enough of two things and too little of a third. Gives the third."""
    make.shop(language="en", calls_from="00:00", calls_until="23:59:59.999999")
    make.courier("own", name="Our couriers", days=1)
    for sku, name, price in (("LAMP", "Лампа настольная", "500.00"), ("CUP", "Чашка", "150.00")):
        make.product(sku, 100, name=name, price=price, cost_minor=10_00)
    scarce = make.product("VASE", 1, name="Ваза", price="300.00")
    Substitute.objects.create(product=scarce, instead=make.product("JUG", 9, name="Кувшин", price="280.00"))
    return int(scarce.pk)


def begin_count() -> int:
    """Count a bin with a difference that somebody has to look at."""
    count = counts.start("bin", "MAIN", ["MAIN"], by=make.BY, at=make.AT)
    counts.count_line(count.pk, counts.Counted("CUP", "MAIN", 3), by=make.BY, at=make.after(minutes=50))
    return int(count.pk)


def send_south() -> int:
    """Send something to a second warehouse; it is on the way."""
    Location.objects.create(code="SOUTH", name="South", position=1, near="Сочи")
    return int(transfers.send([transfers.Sent("CUP", 2)], source="", target="SOUTH", by=make.BY, at=make.AT).pk)


def receive() -> int:
    new = receiving.NewReceipt([receiving.NewLine("JUG", 4, 90_00)], supplier="Светлый мир", reference="TN-77")
    return int(receiving.receive(new, by=make.BY, at=make.AT).receipt.pk)


def pages_for(subject: Any, numbers: dict[str, list[Any]]) -> list[str]:
    """Every page this person may open, each with the numbers that stand for it."""
    found = []
    for route in rights():
        if route.startswith("api:") or route in PARTS | BEYOND or not may(subject, route, "GET"):
            continue
        several = [number if isinstance(number, tuple) else (number,) for number in numbers.get(route, [()])]
        paths = [reverse(route, args=those) for those in several]
        found += [f"{path}{ASKED.get(route, '')}" for path in paths]
    return found


def look(page: Any) -> list[str]:
    """Let axe look at the page as it stands; in the dark at its colours only, the rest is the same there."""
    found = []
    page.evaluate(AXE.axe_script)
    for theme, rules in (("light", EVERYTHING), ("dark", COLOURS)):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        for violation in page.evaluate("rules => axe.run(rules)", rules)["violations"]:
            if violation["impact"] in GRAVE:
                where = "; ".join(f"{node['target']} {node['failureSummary']}" for node in violation["nodes"][:3])
                found.append(f"{page.url} {theme} {violation['id']}: {where}")
    return found


def look_at_news(page: Any, path: str) -> list[str]:
    """Let axe look at a page, unless all that is there was looked at when somebody else had it open."""
    things = set(page.evaluate(KINDS_OF_THINGS))
    seen = SEEN.setdefault((path, page.viewport_size["width"]), set())
    found = [] if things <= seen else look(page)
    if not found:
        seen |= things
    return found


def test_no_page_keeps_anybody_out(day: Any) -> None:
    """All roles in one test, one after another: what two of them see alike is looked at once."""
    found: list[str] = []
    for role, make_one in WHO.items():
        person = make_one()
        day.context.clear_cookies()
        sit_down(day, day.served, person)
        if role == "courier_person":
            day.set_viewport_size({"width": 390, "height": 844})
        numbers = day.numbers if role == "owner" else day.numbers | dict.fromkeys(OWNERS, ())
        paths = pages_for(person.subject, numbers)
        for path in paths:
            answer = day.goto(f"{day.served}{path}")
            come_to_rest(day)
            wrong = look_at_news(day, path) if answer.status == 200 else [f"{path}: {answer.status}"]
            found += [f"{role}: {one}" for one in wrong]
        assert len(paths) > (2 if role == "courier_person" else 8)
    assert not found, "\n".join(found)


def test_conversation_keeps_nobody_out(day: Any) -> None:
    person = make.manager()
    calls.take_next(person.pk, at=timezone.now())
    sit_down(day, day.served, person)
    day.goto(f"{day.served}/calls")
    come_to_rest(day)
    assert day.locator("#outcome").count() == 1
    found = look(day)
    assert not found, "\n".join(found)


def test_what_axe_calls_serious_is_found(day: Any) -> None:
    sit_down(day, day.served, make.owner())
    day.goto(f"{day.served}/orders")
    day.evaluate("document.querySelector('h1').insertAdjacentHTML('afterend', '<input><button></button>')")
    assert any(" label: " in one for one in look(day))
    assert any(" button-name: " in one for one in look(day))
