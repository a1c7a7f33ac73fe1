"""What we say to CDEK is what its public client says, and what that client reads we read: `cdek` 1.2.0's own models.

The client is not installed: its models, written out as JSON schemas by themselves, lie beside this file
(docs/decisions/0086). Requests are closed: a field that the client does not know is wrong.
"""

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from django.utils import timezone

from delivery import accounts, codes, inbox, waybills
from delivery.accounts import NewAccount
from delivery.couriers.cdek import Cdek
from delivery.models import CourierMessage, ShipmentEvent
from orders import packing
from orders.intake import Address
from orders.models import Courier
from tests import make
from tests.delivery.standin import NUMBER, UUID, account, furnish, listening
from tests.delivery.test_inbox import post

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MODELS = json.loads((Path(__file__).parent / "cdek_1_2_0.json").read_text())
FIXTURES = Path("../shared/fixtures/couriers")
AT = "2026-11-24T12:41:43+07:00"
ATTRIBUTES = {
    "ORDER_STATUS": {"is_return": False, "is_reverse": False, "is_client_return": False, "cdek_number": NUMBER,
                     "code": "TAKEN_BY_COURIER", "status_code": "11", "status_date_time": AT},
    "ORDER_MODIFIED": {"modification_type": "DELIVERY_SUM_CHANGED", "new_value": {"type": "FLOAT", "value": "10.5"}},
    "PRINT_FORM": {"type": "BARCODE", "url": "https://api.cdek.ru/v2/print/barcodes/1.pdf"},
    "RECEIPT": {"any": "thing"},
    "DOWNLOAD_PHOTO": {"cdek_number": NUMBER, "link": "https://api.cdek.ru/photo"},
    "PREALERT_CLOSED": {"prealert_number": "1", "closed_date": AT, "fact_shipment_point": "MSK1"},
    "ACCOMPANYING_WAYBILL": {"cdek_number": NUMBER, "client_name": "Shop", "planned_departure_date_time": AT},
    "OFFICE_AVAILABILITY": {"type": "UNAVAILABLE_OFFICE", "code": "MSK1"},
    "DELIV_PROBLEM": {"cdek_number": NUMBER, "code": "13", "create_date": AT},
    "DELIV_AGREEMENT": {"delivery_uuid": UUID, "date_time": AT, "cdek_number": NUMBER, "source": "WEB_SITE",
                        "type": "DOOR", "date": "2026-11-26"},
    "COURIER_INFO": {"task_type": "DELIVERY", "cdek_number": NUMBER, "courier": {"name": "Иван"}},
}  # fmt: skip


def wrong(name, body):
    """Say what the client's model has against a body."""
    found = jsonschema.Draft202012Validator(MODELS[name]).iter_errors(body)
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}" for error in found]


@pytest.fixture(autouse=True)
def shelf(settings):
    furnish(settings)


@pytest.fixture
def machine():
    with listening() as found:
        found.numbered = True
        yield found


def to_the_door():
    return make.picked(
        [("A", 2, "33.33"), ("B", 1, "50.00")], email="anna@example.com", delivery_minor=30000,
        address=Address(city="Москва", region="Москва", street="Садовая", house="1", postcode="101000"),
    )  # fmt: skip


def prepaid():
    return make.picked([("A", 1, "33.33")], payment_method="prepaid", paid_minor=3333)


@pytest.mark.parametrize("order_of", [to_the_door, prepaid])
@pytest.mark.parametrize("options", [{}, {"tariff_code": "136", "shipment_point": "MSK5"}])
def test_every_order_that_we_send_is_one_that_the_client_would_send(machine, order_of, options):
    account(machine, options=options)
    order = order_of()
    sku, pieces = ("A", 2) if order.lines.count() > 1 else ("A", 1)
    boxes = [packing.NewParcel(500, items=[(sku, pieces)], length_mm=301, width_mm=200, height_mm=99)]
    boxes += [packing.NewParcel(700, items=[("B", 1)])] if order.lines.count() > 1 else []
    packing.seal(order.number, boxes, by=make.BY, at=make.AT)
    type(order).objects.filter(pk=order.pk).update(courier=Courier.objects.get(pk="cdek"))
    waybills.wish_for_packed(10, at=make.AT)
    waybills.speak(10, at=make.AT)

    (sent,) = machine.made("POST /orders")

    assert wrong("order", sent) == []
    assert len(sent["packages"]) == len(boxes)
    for spoilt in spoil(sent):
        assert wrong("order", spoilt), "the models see what is wrong"


def spoil(sent):
    """Give the same order with one thing wrong each time."""
    for path, value in (
        (("packages", 0, "weight"), "500"), (("packages", 0, "items", 0, "amount"), 1.5), (("recipient",), None),
        (("packages", 0, "items", 0, "payment"), 10), (("recipient", "phones", 0, "number"), "7" * 25),
        (("cod",), True), (("tariff_code",), "one"),
    ):  # fmt: skip
        whole = copy.deepcopy(sent)
        place = whole
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        yield whole


def test_the_stand_in_answers_as_the_client_expects_cdek_to(machine):
    account(machine)
    order = make.packed()
    type(order).objects.filter(pk=order.pk).update(courier="cdek")
    waybills.wish_for_packed(10, at=make.AT)
    machine.statuses = [{"code": "CREATED", "name": "Создан", "date_time": "2026-11-23T10:00:00+0000"}]
    machine.related = [{"type": "return_order".upper(), "cdek_number": "99", "uuid": UUID}]
    waybills.speak(10, at=make.AT)
    row = accounts.open_line(accounts.CourierAccount.objects.get(), at=make.AT)
    assert Cdek().label(row, UUID, NUMBER)
    assert Cdek().poll(row, NUMBER)
    machine.refuses = "No such city."
    other = make.packed()
    type(other).objects.filter(pk=other.pk).update(courier="cdek")
    waybills.wish_for_packed(10, at=make.AT)
    waybills.speak(10, at=make.AT)

    told = machine.told
    assert {name for name, _body in told} == {"POST /orders", "GET /orders", "POST /print/barcodes"}
    for name, body in told:
        model = {"POST /orders": "answer", "GET /orders": "order_answer", "POST /print/barcodes": "answer"}
        assert wrong(model[name], body) == [], name
    for body in machine.made("POST /print/barcodes"):
        assert wrong("barcode", body) == []


def webhook(kind):
    return {"type": kind, "date_time": AT, "uuid": UUID, "attributes": ATTRIBUTES[kind]}


def test_each_kind_of_news_that_the_client_knows_is_here():
    assert set(ATTRIBUTES) == set(MODELS["webhook"]["discriminator"]["mapping"])


@pytest.mark.parametrize("kind", sorted(ATTRIBUTES))
def test_each_kind_of_news_that_the_client_reads_is_taken_and_none_stops_the_next(kind):
    body = webhook(kind)
    assert wrong("webhook", body) == []
    accounts.set_up("cdek", NewAccount("cdek"), by=make.BY, at=make.AT)
    codes.take_over("cdek", "cdek", by=make.BY, at=make.AT)
    key = accounts.renew_hook_secret("cdek", by=make.BY, at=make.AT)

    assert post(f"cdek/{key}", json.dumps(body)).status_code == 202
    inbox.read_next(inbox.waiting(9)[0], at=timezone.now())

    told = CourierMessage.objects.get()
    about_a_parcel = kind in {"ORDER_STATUS", "DELIV_PROBLEM"}
    assert (told.state, told.events, told.why) == ("applied" if about_a_parcel else "ignored", int(about_a_parcel), "")
    assert ShipmentEvent.objects.count() == about_a_parcel


def test_cdek_s_published_bodies_are_the_client_s_too():
    """Of the published print form the client wants the kind in capitals; the rest is as published."""
    status, form = json.loads((FIXTURES / "cdek_v2_webhooks.json").read_text(encoding="utf-8"))
    assert wrong("webhook", status) == []
    form["attributes"]["type"] = form["attributes"]["type"].upper()
    assert wrong("webhook", form) == []
    assert wrong("webhook", status | {"attributes": {}})
