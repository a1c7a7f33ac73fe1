"""The telephone on screen and at its JSON doors."""

import pytest
from django.test import Client
from django.utils import timezone

from orders.models import CallTask, Enquiry, PhoneCall, PhoneLine, PhoneSeat
from tests import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def boss() -> Client:
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")
    client = Client()
    client.force_login(make.owner())
    return client


def tell(api, **said):
    return api.post("telephony/events", {"call_id": "c1", "at": timezone.now().isoformat()} | said)


def test_provider_tells_and_the_page_pops_up_who_rings(boss):
    order = make.order()
    api = make.client(make.manager())
    assert tell(api, state="ringing", phone="8 (916) 123-45-67").json()["state"] == "ringing"

    popped = boss.get("/calls/incoming").content.decode()
    assert "Анна Смирнова" in popped
    assert f"/orders/{order.number}" in popped

    missed = tell(api, state="missed").json()
    assert missed["task"] == CallTask.objects.get(mode="missed_call").pk
    assert "Анна" in boss.get("/calls/telephone").content.decode()


def test_number_is_looked_up_by_another_program():
    order = make.order()
    found = make.client(make.manager()).get("telephony/callers?phone=89161234567").json()
    assert (found["name"], [one["number"] for one in found["orders"]]) == ("Анна Смирнова", [order.number])


def test_storefront_hears_nothing_of_calls():
    assert tell(make.client(make.channel()), state="ringing").status_code in {403, 404}


@pytest.mark.parametrize(
    "wrong", [{"state": "hello"}, {"state": "ringing", "surprise": 1}, {"state": "ringing", "at": "x"}]
)
def test_malformed_event_is_refused(wrong):
    assert tell(make.client(make.manager()), **wrong).status_code == 400
    assert not PhoneCall.objects.exists()


def test_enquiry_on_screen(boss):
    make.product("A", 1, name="Зонт")
    shown = boss.get("/calls/enquiry?find=Зонт&phone=%2B79161234567").content.decode()
    assert "Зонт" in shown
    boss.post("/calls/enquiry", {"asked": "зелёный зонт", "quantity": "2"})
    assert Enquiry.objects.get().came_to == "absent"
    assert "зелёный зонт" in boss.get("/calls/enquiry").content.decode()


def test_ordered_enquiry_leads_to_the_form_of_phone_orders(boss):
    product = make.product("A", 5)
    said = {"product": product.pk, "quantity": "1", "phone": "+79161234567", "ordered": "on"}
    answer = boss.post("/calls/enquiry", said)
    assert answer["Location"].startswith("/orders/new?phone=")


def test_owner_sets_the_line_and_the_extensions(boss):
    person = make.manager()
    assert boss.get("/settings/telephone").status_code == 200
    said = {"dials": "link", "address": "https://pbx.example/{phone}", "missed": "next_day"}
    boss.post("/settings/telephone", said, headers=HTMX)
    boss.post("/settings/telephone/seats", {"person": person.pk, "code": "101"}, headers=HTMX)
    assert (PhoneLine.objects.get().dials, PhoneSeat.objects.get().code) == ("link", "101")


def test_address_without_the_number_is_refused(boss):
    said = {"dials": "link", "address": "https://pbx.example/", "missed": "retry"}
    assert boss.post("/settings/telephone", said, headers=HTMX).status_code == 400
