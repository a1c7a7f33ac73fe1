"""Acts on screen: what waits, loading by scanner, closing, settling, the signed copy; the counter."""

from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from delivery.models import Handoff, SignedCopy
from orders import changes
from orders.intake import Address
from orders.models import Courier, JournalEvent, Order
from orders.status import CancelReason
from shopdesk.people.models import User
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
PDF = b"%PDF-1.7\n%%EOF\n"


def browser(who: User) -> Client:
    client = Client()
    client.force_login(who)
    return client


def text_of(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode())


def queries_of(client: Client, path: str, **headers: str) -> int:
    client.get(path, headers=headers)  # sessions and caches are warm
    caches["nearby"].clear()  # the bar counts anew each time, however long the test takes
    with CaptureQueriesContext(connection) as caught:
        assert client.get(path, headers=headers).status_code == 200
    return len(caught)


@pytest.fixture(autouse=True)
def shelf():
    make.shop(language="en")
    make.product("A", 200)
    make.courier("own", name="Our couriers")
    with time_machine.travel(make.AT, tick=False):
        yield


@pytest.fixture
def manager() -> Client:
    return browser(make.manager())


def packed(courier: str = "own") -> Order:
    address = Address("ул. Баумана, 1", city="Казань")
    return make.packed(courier=courier, delivery_method="courier", address=address)


def number_of(order: Order) -> str:
    return make.parcel_of(order).number


def test_page_says_what_waits_for_which_courier(manager):
    for _ in range(3):
        packed()
    make.courier("fast", name="Fast ones", kind="service")
    packed("fast")
    make.packed(courier="own", delivery_method="pickup")

    answer = manager.get("/acts")

    assert [(row["name"], row["n"]) for row in answer.context["waiting"]] == [("Fast ones", 1), ("Our couriers", 3)]


def test_act_is_opened_with_all_that_waits(manager):
    parcels = [number_of(packed()) for _ in range(2)]
    other = packed()
    Order.objects.filter(pk=other.pk).update(ship_on="2026-11-30")

    answer = manager.post("/acts/new", {"courier": "own", "ship_on": "2026-11-23", "whole": "on"})

    act = Handoff.objects.get()
    assert answer["Location"] == f"/acts/{act.number}"
    assert sorted(act.lines.values_list("parcel__number", flat=True)) == sorted(parcels)


def test_form_that_cannot_be_read_keeps_what_was_typed(manager):
    text = text_of(manager.post("/acts/new", {"courier": "own", "ship_on": "soon"}))

    assert 'value="soon"' in text
    assert 'aria-invalid="true"' in text
    assert not Handoff.objects.exists()


def test_parcels_are_scanned_on_and_taken_off(manager):
    first, second = number_of(packed()), number_of(packed())
    act = make.open_act()

    text = text_of(manager.post(f"/acts/{act.number}/parcels", {"parcel": f" {first.lower()} "}, headers=HTMX))
    assert f"{first} is on the act." in text
    assert "<html" not in text
    shown = manager.get(f"/acts/{act.number}").context
    assert (shown["n"]["expected"], shown["n"]["planned"], shown["n"]["waiting"], shown["n"]["extra"]) == (2, 1, 1, 0)
    assert [row["parcel"].number for row in shown["waiting"]] == [second]

    off = text_of(manager.post(f"/acts/{act.number}/off", {"parcel": first}, headers=HTMX))
    assert f"/acts/{act.number}/parcels?parcel={first}" in off  # the toast's undo
    assert not act.lines.exists()
    manager.post(f"/acts/{act.number}/parcels?parcel={first}")
    assert act.lines.count() == 1


def test_parcel_that_must_not_go_is_refused_with_its_reason(manager):
    order = packed()
    number = number_of(order)
    changes.cancel(order.number, CancelReason.CHANGED_MIND, by=make.BY, at=make.AT)
    act = make.open_act()

    text = text_of(manager.post(f"/acts/{act.number}/parcels", {"parcel": number}, headers=HTMX), 409)

    assert f"Parcel {number} must not go: order {order.number} is cancelled." in text
    assert "unpack shelf" in text
    assert not act.lines.exists()


def test_parcel_of_another_act_is_refused_by_its_number(manager):
    number = number_of(packed())
    first, second = make.open_act(number), make.open_act()

    text = text_of(manager.post(f"/acts/{second.number}/parcels", {"parcel": number}, headers=HTMX), 409)

    assert f"stands on act {first.number} already" in text
    assert first.lines.count() == 1


def test_unknown_parcel_and_nothing_scanned_are_refused(manager):
    act = make.open_act()

    assert "P-77-1" in text_of(manager.post(f"/acts/{act.number}/parcels", {"parcel": "P-77-1"}, headers=HTMX), 409)
    assert manager.post(f"/acts/{act.number}/parcels", {"parcel": ""}, headers=HTMX).status_code == 400


def test_parcel_planned_with_another_courier_is_shown_as_extra(manager):
    make.courier("fast", name="Fast ones", kind="service")
    number = number_of(packed("fast"))
    act = make.open_act(number)

    text = text_of(manager.get(f"/acts/{act.number}"))

    assert "planned with Fast ones" in text
    assert manager.get(f"/acts/{act.number}").context["n"]["extra"] == 1


def test_everything_that_waits_goes_on_at_once_and_the_act_closes(manager):
    for _ in range(3):
        packed()
    act = make.open_act()
    manager.post(f"/acts/{act.number}/parcels", {"all": "1"})
    manager.post(f"/acts/{act.number}/closing")
    act.refresh_from_db()

    assert (act.state, act.places) == ("closed", 3)
    again = manager.post(f"/acts/{act.number}/parcels", {"parcel": "P-1-1"}, headers=HTMX)
    assert "is closed and cannot change" in text_of(again, 409)


def test_empty_act_does_not_close(manager):
    act = make.open_act()

    assert 'aria-disabled="true"' in text_of(manager.get(f"/acts/{act.number}"))
    assert manager.post(f"/acts/{act.number}/closing", headers=HTMX).status_code == 409


def test_signed_paper_is_settled_parcel_by_parcel(manager):
    orders = [packed() for _ in range(3)]
    act = make.closed_act(*orders)
    numbers = [number_of(order) for order in orders]
    path = f"/acts/{act.number}/acceptance"

    manager.post(path, {"said": "accepted", "parcel": numbers[:2]})
    act.refresh_from_db()
    assert (act.state, act.accepted_how) == ("closed", "paper")
    assert "1</b><span>not settled" in text_of(manager.get(f"/acts/{act.number}"))
    manager.post(path, {"said": "missing", "parcel": numbers[2]})

    act.refresh_from_db()
    assert act.state == "accepted_with_difference"
    assert [Order.objects.get(pk=order.pk).status for order in orders] == ["handed_over", "handed_over", "packed"]
    assert "inside: it goes on another act" in text_of(manager.get(f"/acts/{act.number}"))


def test_courier_took_all_is_one_button_and_extra_is_a_difference(manager):
    order = packed()
    act = make.closed_act(order)
    manager.post(f"/acts/{act.number}/acceptance", {"said": "accepted", "all": "1"})
    act.refresh_from_db()
    assert act.state == "accepted"

    manager.post(f"/acts/{act.number}/acceptance", {"said": "extra", "parcel": "P-900-1"})
    act.refresh_from_db()
    assert act.state == "accepted_with_difference"
    assert "P-900-1" in text_of(manager.get(f"/acts/{act.number}"))


@pytest.mark.parametrize("body", [{}, {"said": "lost", "parcel": "P-1-1"}, {"said": "accepted"}])
def test_settling_without_sense_is_refused(manager, body):
    act = make.closed_act(packed())

    assert manager.post(f"/acts/{act.number}/acceptance", body, headers=HTMX).status_code == 400
    act.refresh_from_db()
    assert act.state == "closed"


def test_signed_copy_is_kept_served_as_a_file_and_missed_where_it_is_not(manager):
    act, bare = make.closed_act(packed()), make.closed_act(packed())
    scan = SimpleUploadedFile("../../etc/passwd.html", PDF, content_type="text/html")

    assert manager.post(f"/acts/{act.number}/copies", {"copy": scan}).status_code == 302

    copy = SignedCopy.objects.get()
    served = manager.get(f"/acts/{act.number}/copies/{copy.pk}")
    assert (served.content, served["Content-Type"], served["X-Content-Type-Options"]) == (
        PDF,
        copy.media_type,
        "nosniff",
    )
    assert served["Content-Disposition"].startswith("attachment")
    assert served["Content-Security-Policy"].startswith("sandbox")
    assert "passwd" not in copy.name
    listed = manager.get("/acts?view=unsigned").context["rows"]
    assert [row["act"].number for row in listed] == [bare.number]


def test_copy_of_another_act_is_not_served_under_this_one(manager):
    act, other = make.closed_act(packed()), make.closed_act(packed())
    manager.post(f"/acts/{act.number}/copies", {"copy": SimpleUploadedFile("a.pdf", PDF)})
    copy = SignedCopy.objects.get()

    assert manager.get(f"/acts/{other.number}/copies/{copy.pk}").status_code == 404


@pytest.mark.parametrize("body", [{}, {"copy": SimpleUploadedFile("a.pdf", b"<script>")}])
def test_what_is_no_scan_is_refused(manager, body):
    act = make.closed_act(packed())

    assert manager.post(f"/acts/{act.number}/copies", body, headers=HTMX).status_code in {400, 409}
    assert not SignedCopy.objects.exists()


def test_paper_is_drawn_and_each_print_is_noted(manager):
    act = make.closed_act(packed())

    paper = manager.get(f"/acts/{act.number}.pdf")

    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF-")
    assert JournalEvent.objects.filter(kind="act.printed", subject_id=str(act.number)).count() == 1
    assert "Printed in two copies" in text_of(manager.get(f"/acts/{act.number}"))


def test_order_is_given_out_for_its_sum_and_for_no_other(manager):
    order = make.packed([("A", 2, "100.50")], delivery_method="pickup")
    assert str(order.number) in text_of(manager.get("/acts/counter"))
    assert "201" in text_of(manager.get(f"/acts/counter?code=p-{order.number}-1"))

    wrong = manager.post(f"/acts/counter/{order.number}", {"taken": "200"}, headers=HTMX)
    assert wrong.status_code == 409
    typed = text_of(manager.post(f"/acts/counter/{order.number}", {"taken": "lots"}, headers=HTMX))
    assert 'value="lots"' in typed
    assert manager.post(f"/acts/counter/{order.number}", {"taken": "201,00"}).status_code == 302

    order.refresh_from_db()
    assert (order.status, order.paid_minor) == ("delivered", 201_00)


@pytest.mark.parametrize("code", ["999999", "ZZZ", "P-1-1-1-1", "99999999999999999999"])
def test_counter_says_when_it_knows_no_such_order(manager, code):
    assert "No sealed order has the number" in text_of(manager.get(f"/acts/counter?code={code}", headers=HTMX), 409)


def test_brought_back_by_scan_is_inside_again(manager):
    order = make.handed_over([("A", 1, "10.00")])
    number = number_of(order)
    assert number in text_of(manager.get("/acts/back"))
    other = number_of(make.handed_over(code="fast", courier="fast"))
    Courier.objects.filter(pk="fast").update(kind="service")
    assert "is not with a courier of ours" in text_of(manager.post("/acts/back", {"parcel": other}, headers=HTMX), 409)

    manager.post("/acts/back", {"parcel": number})

    order.refresh_from_db()
    assert order.status == "packed"


@pytest.mark.parametrize("path", ["/acts", "/acts/new", "/acts/counter", "/acts/back"])
def test_pages_of_acts_are_not_for_a_courier(path):
    assert browser(make.courier_person()).get(path).status_code in {403, 404}


def test_packer_scans_back_but_opens_no_act():
    client = browser(make.packer())

    assert client.get("/acts/back").status_code == 200
    assert client.get("/acts").status_code in {403, 404}
    assert client.post("/acts/new", {"courier": "own", "ship_on": "2026-11-23"}).status_code in {403, 404}
    assert not Handoff.objects.exists()


@pytest.mark.parametrize("path", ["/acts/999", "/acts/999.pdf"])
def test_missing_act_is_404(manager, path):
    assert manager.get(path).status_code == 404


def test_queries_do_not_grow_with_acts_and_parcels(manager):
    def fill(times: int) -> None:
        for _ in range(times):
            make.closed_act(packed())
            packed()
            make.packed(delivery_method="pickup")

    fill(1)
    open_one = make.open_act(number_of(packed()))
    closed_one = make.closed_act(packed())
    paths = ["/acts", f"/acts/{open_one.number}", f"/acts/{closed_one.number}", "/acts/counter", "/acts/back"]
    with_one = [queries_of(manager, path) for path in paths]
    fill(9)
    manager.post(f"/acts/{open_one.number}/parcels", {"all": "1"})
    for _ in range(9):
        packed()

    assert [queries_of(manager, path) for path in paths] == with_one
