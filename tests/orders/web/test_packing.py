"""The packing table on screen: the queue, the scanner's station, sealing, papers, and what goes back."""

import re

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders import changes, packing, stock
from orders.models import Barcode, JournalEvent, Order, Parcel, Place, Scan
from orders.status import CancelReason, Status
from tests import make, printed

pytestmark = pytest.mark.django_db
TWO = [("A", 2, "129.00"), ("B", 1, "50.00")]
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def shelf():
    for sku in ("A", "B", "C"):
        row = make.product(sku, 30, name=f"Thing {sku}", weight_g=100)
        Barcode.objects.create(code=f"460000000000{sku}", product=row)


@pytest.fixture
def packer():
    return make.packer()


def sign_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client(packer):
    return sign_in(packer)


def taken(packer, items=TWO):
    return packing.take(make.confirmed(items).number, packer.pk, by=packer.subject.actor, at=make.AT)


def shoot(client, order, code, event_id="", **fields):
    said = {"code": code, "event_id": event_id or f"e-{code}-{Scan.objects.count()}", **fields}
    return client.post(reverse("packing-scans", args=[order.number]), said, headers=HTMX)


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def test_the_queue_goes_by_cut_off_and_then_by_promise(client):
    make.courier("late", cutoff="18:00")
    make.courier("early", cutoff="12:00")
    late, early = make.confirmed(TWO, courier="late"), make.confirmed(TWO, courier="early")
    Order.objects.update(ship_on=make.AT.date().replace(year=2020))

    page = client.get(reverse("packing")).content.decode()

    assert page.index(f'data-row="{early.number}"') < page.index(f'data-row="{late.number}"')
    assert "3 pieces" in page


def test_the_queue_names_whose_table_an_order_is_on(client, packer):
    other = make.packer()
    mine, theirs = taken(packer), taken(other)

    shown = text(client.get(reverse("packing")))

    assert "On your table" in shown
    assert other.name in shown
    assert str(mine.number) in shown
    assert str(theirs.number) in shown


def test_next_takes_the_first_that_waits_and_gives_back_what_is_on_my_table(client, packer):
    order, other = make.confirmed(TWO), make.confirmed(TWO)
    Order.objects.update(ship_on=make.AT.date().replace(year=2020))

    first = client.post(reverse("packing-next"))
    again = client.post(reverse("packing-next"))

    assert first.url == again.url == reverse("packing-station", args=[order.number])
    order.refresh_from_db()
    assert (order.status, order.packer_id) == (Status.PICKING, packer.pk)
    other.refresh_from_db()
    assert other.status == Status.CONFIRMED


@pytest.mark.parametrize("written", ["O-{}", "{}", "№ {}", "o-{}", "Щ-{}"])
def test_an_order_is_taken_by_its_barcode_or_number(client, written):
    order = make.confirmed(TWO)

    response = client.post(reverse("packing-next"), {"code": written.format(order.number)})

    assert response.url == reverse("packing-station", args=[order.number])


def test_a_code_that_is_no_order_s_is_refused_in_words(client):
    response = client.post(reverse("packing-next"), {"code": "4600000000017-x"}, headers=HTMX)

    assert response.status_code == 409
    assert "is no order" in text(response)


def test_a_right_scan_counts_on_the_server(client, packer):
    order = taken(packer)

    shown = text(shoot(client, order, "460000000000A"))

    assert "Right: A" in shown
    assert "1 of 2." in shown
    assert "1 of 3 pieces" in shown
    assert Scan.objects.count() == 1


def test_a_wrong_scan_fills_the_signal_and_changes_nothing(client, packer):
    order = taken(packer)

    response = shoot(client, order, "460000000000C")

    assert response.status_code == 200  # the field keeps the focus: the signal says it, not a refusal's region
    assert 'class="signal stop"' in response.content.decode()
    assert "Wrong item. Put it back. In your hand: Thing C (C). Wanted: A (A), bin MAIN." in text(response)
    assert not Scan.objects.exists()
    order.refresh_from_db()
    assert order.version == taken_version(order)
    wrong = JournalEvent.objects.get(kind="packing.wrong_scan")
    assert (wrong.subject_id, wrong.data) == (str(packer.pk), {"order": order.number, "why": "wrong_item"})
    assert packing.tally(packer.subject.actor, since=make.after(days=-30)).wrong == 1


def taken_version(order):
    return JournalEvent.objects.filter(order=order).latest("seq").seq


def test_without_scripts_a_wrong_scan_is_a_refused_page(client, packer):
    order = taken(packer)

    response = client.post(reverse("packing-scans", args=[order.number]), {"code": "C", "event_id": "e1"})

    assert response.status_code == 409
    assert "Wrong item" in text(response)
    assert "<!doctype html>" in response.content.decode()


def test_a_scan_that_comes_twice_counts_once(client, packer):
    order = taken(packer)

    shoot(client, order, "A", "same")
    shown = text(shoot(client, order, "A", "same"))

    assert "Scanned already" in shown
    assert Scan.objects.count() == 1
    assert "1 of 3 pieces" in shown


def test_bin_then_item_then_quantity(client, packer):
    bins = {code: Place.objects.create(kind="bin", location=stock.main_location(), code=code) for code in ("A-1", "Z")}
    make.fill(make.product("D"), 10, bin_code="A-1")
    make.fill(make.product("E"), 10, bin_code="Z")
    order = taken(packer, [("D", 3, "10.00"), ("E", 1, "10.00")])

    pointed = shoot(client, order, "a-1")
    assert "The right bin: A-1" in text(pointed)
    assert 'name="bin" value="A-1"' in pointed.content.decode()
    shoot(client, order, "D", bin="A-1")
    shown = shoot(client, order, "3", bin="A-1", last="D")

    assert "3 of 3. The line is complete." in text(shown)
    assert 'name="bin" value=""' in shown.content.decode()  # nothing more is to be taken from that bin
    assert "Go to bin Z." in text(shoot(client, order, "MAIN"))
    assert order.lines.get(sku="D").picked == 3
    assert bins["A-1"].levels.get().on_hand == 7


def test_a_scanner_on_a_cyrillic_layout_is_understood(client, packer):
    order = taken(packer)

    shown = text(shoot(client, order, "Ф"))  # the key of A

    assert "Right: A" in shown


def test_typing_needs_a_reason(client, packer):
    order = taken(packer)
    path = reverse("packing-entries", args=[order.number])

    refused = client.post(path, {"sku": "A", "quantity": "2", "event_id": "h1", "by_hand": ""}, headers=HTMX)
    assert refused["HX-Retarget"] == "#entry-form"
    assert not Scan.objects.exists()

    said = {"sku": "A", "quantity": "2", "event_id": "h1", "by_hand": "bad_label", "bin": ""}
    shown = text(client.post(path, said, headers=HTMX))

    assert "2 of 2." in shown
    assert JournalEvent.objects.get(kind="order.picked").data["by_hand"] == ["bad_label"]


def test_what_is_not_there_sends_the_order_to_the_callers_and_me_to_putting_back(client, packer):
    order = taken(packer)
    shoot(client, order, "A")

    said = {"sku": "B", "quantity": "1", "reason": "missing"}
    response = client.post(reverse("packing-shortages", args=[order.number]), said)

    assert response.url == reverse("packing-back-order", args=[order.number])
    order.refresh_from_db()
    assert order.status == Status.NEW


def test_put_down_can_be_taken_back_at_once(client, packer):
    order = taken(packer)

    client.post(reverse("packing-down", args=[order.number]))
    shown = client.get(reverse("packing")).content.decode()

    assert reverse("packing-take", args=[order.number]) in shown
    client.post(reverse("packing-take", args=[order.number]))
    order.refresh_from_db()
    assert order.status == Status.PICKING


def complete(client, packer, items=TWO):
    order = taken(packer, items)
    for sku, pieces, _price in items:
        for _ in range(pieces):
            shoot(client, order, sku)
    return order


def test_sealing_one_parcel_shows_its_papers(client, packer):
    order = complete(client, packer)

    said = {"places": "1", "p0-weight_g": "540", "p0-length_mm": "200", "p0-width_mm": "", "p0-height_mm": ""}
    response = client.post(reverse("packing-sealing", args=[order.number]), said, follow=True)

    parcel = Parcel.objects.get()
    assert (parcel.weight_g, parcel.length_mm, parcel.width_mm) == (540, 200, None)
    assert parcel.number in text(response)
    assert "Print the label" in text(response)


def test_a_second_parcel_asks_for_contents_and_keeps_what_was_typed(client, packer):
    order = complete(client, packer)
    path = reverse("packing-sealing", args=[order.number])

    asked = client.post(path, {"places": "1", "p0-weight_g": "640", "places_wanted": "2"}, headers=HTMX)
    assert 'value="640"' in asked.content.decode()
    assert not Parcel.objects.exists()

    said = {
        "places": "2", "p0-weight_g": "400", "p0-pieces_0": "2", "p0-pieces_1": "0", "p1-weight_g": "300",
        "p1-pieces_0": "0", "p1-pieces_1": "1",
    }  # fmt: skip
    client.post(path, said)

    first, second = Parcel.objects.order_by("position")
    assert [(item.line.sku, item.quantity) for item in first.items.all()] == [("A", 2)]
    assert [(item.line.sku, item.quantity) for item in second.items.all()] == [("B", 1)]


def test_a_parcel_without_weight_is_asked_again_beside_the_field(client, packer):
    order = complete(client, packer)

    response = client.post(reverse("packing-sealing", args=[order.number]), {"places": "1", "p0-weight_g": ""})

    assert 'class="error"' in response.content.decode()
    assert not Parcel.objects.exists()


def test_contents_that_do_not_add_up_are_refused(client, packer):
    order = complete(client, packer)
    said = {
        "places": "2", "p0-weight_g": "400", "p0-pieces_0": "1", "p0-pieces_1": "0", "p1-weight_g": "300",
        "p1-pieces_0": "0", "p1-pieces_1": "1",
    }  # fmt: skip

    response = client.post(reverse("packing-sealing", args=[order.number]), said, headers=HTMX)

    assert response.status_code == 409
    assert not Parcel.objects.exists()


def test_papers_come_as_pdf_and_are_noted(client, packer):
    order = complete(client, packer)
    packing.seal(order.number, [packing.NewParcel(500)], by=packer.subject.actor, at=make.AT)

    response = client.post(reverse("packing-papers", args=["label"]), {"number": order.number})

    assert response["Content-Type"] == "application/pdf"
    assert response["Cache-Control"] == "no-store"
    assert printed.read(response.content)[0].codes == [f"P-{order.number}-1"]
    noted = JournalEvent.objects.get(kind="order.printed")
    assert (noted.actor_id, noted.data) == (packer.pk, {"what": "label", "copies": 1})


def test_the_station_says_that_the_order_was_changed_after_its_print(client, packer):
    order = taken(packer)
    client.post(reverse("packing-papers", args=["picklist"]), {"number": order.number})
    words = "The order was changed after it was printed."
    assert words not in text(client.get(reverse("packing-station", args=[order.number])))

    order.refresh_from_db()
    edit = changes.Edit(fields={"address_city": "Тверь"})
    changes.edit(order.number, edit, version=order.version, by=make.BY, at=make.AT)

    assert words in text(client.get(reverse("packing-station", args=[order.number])))


def test_goods_of_a_cancelled_order_are_put_back_where_they_came_from(client, packer):
    order = complete(client, packer, [("A", 2, "129.00")])
    changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
    path = reverse("packing-back-scans", args=[order.number])

    listed = text(client.get(reverse("packing-back")))
    assert f"{order.number} Cancelled" in listed
    assert "2 pieces" in listed
    shown = text(client.post(path, {"code": "A", "event_id": "b1"}, headers=HTMX))
    assert "Back on the shelf: A" in shown
    repeated = text(client.post(path, {"code": "A", "event_id": "b1"}, headers=HTMX))
    assert "Scanned already" in repeated
    wrong = client.post(path, {"code": "B", "event_id": "b2"}, headers=HTMX)
    assert 'class="signal stop"' in wrong.content.decode()
    last = client.post(path, {"code": "A", "event_id": "b3"}, headers=HTMX)

    assert last["HX-Redirect"] == reverse("packing-back")
    assert order.lines.get().picked == 0
    assert "Nothing to put back" in text(client.get(reverse("packing-back")))


ROUTES = {
    "packing": "get", "packing-back": "get", "packing-station": "get", "packing-back-order": "get",
    "packing-sealing": "get", "packing-scans": "post", "packing-take": "post", "packing-down": "post",
    "packing-entries": "post", "packing-shortages": "post", "packing-opening": "post", "packing-back-scans": "post",
    "packing-next": "post",
}  # fmt: skip
WITHOUT_NUMBER = {"packing", "packing-back", "packing-next"}


@pytest.mark.parametrize("route", ROUTES)
def test_couriers_have_nothing_at_the_packing_table(route):
    order = make.confirmed(TWO)
    path = reverse(route) if route in WITHOUT_NUMBER else reverse(route, args=[order.number])

    response = getattr(sign_in(make.courier_person()), ROUTES[route])(path)

    assert response.status_code == 404
    order.refresh_from_db()
    assert order.status == Status.CONFIRMED


@pytest.mark.parametrize("route", sorted(set(ROUTES) - WITHOUT_NUMBER))
def test_an_order_that_a_packer_may_not_see_looks_missing(client, route):
    order = make.order(TWO)  # nobody has agreed it: not the table's

    foreign = getattr(client, ROUTES[route])(reverse(route, args=[order.number]))
    absent = getattr(client, ROUTES[route])(reverse(route, args=[999_999]))

    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert foreign.content == absent.content


def test_papers_of_an_order_that_a_packer_may_not_see_look_missing(client):
    order = make.order(TWO)

    for what, number in (("label", order.number), ("picklist", order.number), ("picklist", 999_999), ("lie", 1)):
        assert client.post(reverse("packing-papers", args=[what]), {"number": number}).status_code == 404

    assert not JournalEvent.objects.filter(kind="order.printed").exists()


def test_a_packer_reads_neither_phone_nor_sum_at_the_table(client, packer):
    order = taken(packer)

    for page in (reverse("packing"), reverse("packing-station", args=[order.number])):
        shown = client.get(page).content.decode()
        assert "9161234567" not in shown
        assert "Анна" not in shown
        assert "₽" not in shown


def asked(client, path):
    client.get(path)  # the first request of a session writes to it
    cache.clear()
    caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("page", ["packing", "packing-back"])
def test_a_list_asks_as_much_for_twenty_orders_as_for_one(client, packer, page):
    def grow(times):
        for _ in range(times):
            make.confirmed([("C", 1, "1.00")], courier=make.courier("own").code)
            order = make.picked([("A", 1, "1.00")])
            changes.cancel(order.number, CancelReason.PRICE, by=make.BY, at=make.AT)
            taken(packer, [("B", 1, "1.00")])
        Order.objects.filter(status="confirmed").update(ship_on=make.AT.date().replace(year=2020))

    grow(1)
    one = asked(client, reverse(page))
    grow(19)

    twenty = asked(client, reverse(page))
    assert len(twenty) == len(one), twenty


@pytest.mark.parametrize("route", ["packing-station", "packing-sealing"])
def test_a_station_asks_as_much_for_twenty_lines_as_for_one(client, packer, route):
    counted = []
    for lines in (1, 20):
        skus = [f"L{lines}-{place}" for place in range(lines)]
        for sku in skus:
            make.product(sku, 5)
        order = taken(packer, [(sku, 1, "1.00") for sku in skus])
        shoot(client, order, skus[0])
        counted.append(asked(client, reverse(route, args=[order.number])))

    assert len(counted[0]) == len(counted[1]), counted[1]
