"""The door's own manners: keys, forms, its envelope for everything, whatever comes."""

import json

import pytest
from django.db import OperationalError
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.models import Order
from shopdesk import declared
from shopdesk.base import access, envelope
from shopdesk.people.models import ApiToken
from shopdesk.retailcrm import reading
from tests import make
from tests.shopdesk.retailcrm.speaking import Module

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def module() -> Module:
    make.product("A", 100)
    return Module(make.channel("shop"))


def test_the_key_comes_in_a_header_a_query_or_a_form(module):
    key = module.headers.pop("X-API-KEY")

    assert module.get("orders").json() == {"success": False, "errorMsg": '"apiKey" is missing.'}
    assert module.get("orders", f"apiKey={key}").status_code == 200
    assert module.post("orders/create", apiKey=key, order={}).json()["errorMsg"] == "Errors in the entity format"
    wrong = module.get("orders", "apiKey=" + "k" * 32)
    assert (wrong.status_code, wrong.json()["errorMsg"]) == (403, 'Wrong "apiKey" value.')


def test_a_revoked_key_and_a_session_are_nothing(module):
    ApiToken.objects.update(revoked_at=make.after(days=-30))
    assert module.get("orders").json()["errorMsg"] == 'Wrong "apiKey" value.'
    visitor = Client()
    visitor.force_login(make.owner())
    assert visitor.get("/api/v5/orders").json()["errorMsg"] == '"apiKey" is missing.'


def test_a_keys_scopes_hold_at_this_door(module):
    ApiToken.objects.update(scopes=["orders:read"])

    assert module.get("orders").status_code == 200
    assert module.get("reference/statuses").status_code == 200
    assert module.order().json() == {"success": False, "errorMsg": "Access denied."}
    assert module.get("store/inventories").status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/api/v5/loyalty/accounts", 404, "API method not found"),
        ("GET", "/api/v5/customers-corporate", 404, "API method not found"),
        ("GET", "/api/v5", 404, "API method not found"),
        ("PUT", "/api/v5/orders", 405, "Method Not Allowed"),
        ("POST", "/api/v5/orders/history", 405, "Method Not Allowed"),
        ("POST", "/api/v5/orders/create", 400, "Parameter 'order' is missing"),
        ("GET", "/api/v5/orders?limit=7", 400, "Errors in the input parameters"),
        ("GET", "/api/v5/orders?filter[createdAtFrom]=yesterday", 400, "Errors in the input parameters"),
        ("GET", "/api/v5/orders/S-9", 404, "Not found"),
        ("GET", "/api/v5/orders/S-9?by=name", 400, "Errors in the input parameters"),
        ("GET", "/api/v5/orders/%00", 400, "Invalid data"),
        ("GET", "/api/v5/orders?filter[ids][]=%ff", 400, "Invalid data"),
        ("POST", "/api/v5/users/1/status", 403, "Access denied."),
    ],
)
def test_every_answer_is_json_in_its_own_words(module, method, path, status, message):
    answer = module.client.generic(method, path, headers=module.headers)

    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert (answer.json()["success"], answer.json()["errorMsg"]) == (False, message)


def test_what_breaks_and_who_is_busy_say_so_in_json(module, monkeypatch):
    def broken(*_some, **_more):
        raise ZeroDivisionError

    def locked(*_some, **_more):
        raise OperationalError("database is locked")

    monkeypatch.setattr(reading, "paging", broken)
    assert module.get("orders").json() == {"success": False, "errorMsg": "Internal server error"}
    monkeypatch.setattr(reading, "paging", locked)
    answer = module.get("orders")
    assert (answer.status_code, answer["Retry-After"]) == (503, envelope.RETRY_AFTER_S)


def test_too_many_requests_are_503_as_its_clients_know_it(module, monkeypatch):
    monkeypatch.setattr("shopdesk.base.pace.count", lambda *_: 10**6)
    answer = module.get("orders")
    assert (answer.status_code, answer.json()["errorMsg"]) == (503, "Rate limit exceeded")


def test_multipart_is_read_like_any_form(module):
    lines = [{"offer": {"externalId": "A"}, "initialPrice": "35.0000", "quantity": 2}]
    said = {"externalId": "M-1", "phone": make.PHONE, "items": lines}
    answer = module.client.post("/api/v5/orders/create", {"order": json.dumps(said)}, headers=module.headers)

    assert (answer.status_code, answer.json()["order"]["summ"]) == (201, 70)


@pytest.mark.parametrize(
    "body",
    [
        b"order=%FF%FE", b"order={", b"order=[1]", b"order=null", b'order="text"', b"order=NaN",
        b"order=" + b"[" * 50_000,
        b'order={"items":' + b"[" * 40 + b"]" * 40 + b"}", b"order=%00", b"\x00\xff", b"", b"order=1e999999999",
        b'order={"externalId":"%00a%E2%80%AE","items":[{"quantity":1e400,"initialPrice":-1}]}',
        b'order={"externalId":' + b"9" * 5_000 + b"}", b'order={"items":[{"quantity":"NaN","initialPrice":{}}]}',
        b'order={"items":{"a":{"offer":[]},"b":7},"payments":[[]],"delivery":"x","customer":9,"createdAt":"0000-00-00"}',
        b'order={"\\ud800":"\\udfff","items":[{"productName":"\\ud800","quantity":1}]}',
    ],
)  # fmt: skip
def test_hostile_bytes_are_answered_in_its_envelope(module, body):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml", "x" * 300):
        answer = module.raw("orders/create", body, kind)
        assert answer.status_code in (201, 400, 413), answer.content
        assert answer.json()["success"] is (answer.status_code == 201)


def test_text_is_cleaned_and_never_refused(module):
    answer = module.order(firstName="Ан\u202eна\u0000", customerComment="a\r\nb\u200b\ud800", lastName="И" * 400)

    assert answer.status_code == 201
    made = Order.objects.get()
    assert made.contact_name.startswith("Анна И")
    assert made.comment == "a\nb\ufffd"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just("2026-01-01 10:00:00"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = (
    "externalId", "items", "delivery", "payments", "customer", "status", "createdAt", "phone", "customFields",
    "discountManualAmount", "discountManualPercent", "firstName", "stores", "history", "orders", "order", "phones",
    "address", "type", "quantity", "itemId", "date", "amount",
)  # fmt: skip
ENTITIES = {
    "orders/create": "order", "orders/upload": "orders", "orders/x/edit": "order", "orders/payments/create": "payment",
    "customers/create": "customer", "customers/upload": "customers", "store/inventories/upload": "offers",
    "orders/packs/create": "pack", "telephony/call/event": "event", "telephony/calls/upload": "calls",
    "delivery/generic/own/tracking": "statusUpdate", "delivery/shipments/create": "deliveryShipment",
    "store/prices/upload": "prices", "orders/fix-external-ids": "orders",
}  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(ENTITIES)), st.dictionaries(st.sampled_from(FIELDS), json_values, max_size=5))
def test_whatever_an_entity_says_the_answer_is_well_formed(module_of_owner, path, said):
    rows = path.endswith(("upload", "tracking", "ids"))
    with make.undone():
        answer = module_of_owner.post(path, **{ENTITIES[path]: [said, said] if rows else said})

        assert answer.status_code in (200, 201, 400, 404, 460), (path, said, answer.content)
        assert answer.json()["success"] is (answer.status_code < 400)


@pytest.fixture
def module_of_owner() -> Module:
    make.product("A", 100)
    make.channel("shop")
    make.courier("own")
    make.order(external_id="x", phone="+79161112233")
    return Module(make.owner())


def test_every_call_has_its_right_and_its_area():
    names = [name for name, _pattern in declared.routes() if name.startswith("api:v5-")]
    assert len(names) > 60
    assert set(names) <= set(access.rights())
