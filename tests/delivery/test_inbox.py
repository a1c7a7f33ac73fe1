"""What couriers' machines send: signed, kept, understood once, in whatever order and however often it comes."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from django.test import Client
from django.utils import timezone

from delivery import accounts, codes, inbox, tracking
from delivery.accounts import NewAccount
from delivery.couriers.cdek import Cdek
from delivery.couriers.easypost import EasyPost
from delivery.models import CourierAccount, CourierMessage, NextWaybill, Shipment, ShipmentEvent
from orders.models import Parcel
from orders.status import Status
from shopdesk.base import tries
from shopdesk.logs import LINK
from tests import make
from tests.delivery.test_tracking import state_of

pytestmark = pytest.mark.django_db
FIXTURES = Path("../shared/fixtures/couriers")
CDEK = json.loads((FIXTURES / "cdek_v2_webhooks.json").read_text(encoding="utf-8"))
TRACKERS = ["easypost_event-body.json", "easypost_tracking-webhook.json", "easypost_tracking_webhook_response.json"]


@pytest.fixture(autouse=True)
def shelf():
    make.product("A", 50)
    make.product("B", 50)


def account(adapter, *, learned="", code="fast"):
    make.courier(code, kind="service")
    accounts.set_up(code, NewAccount(adapter), by=make.BY, at=make.AT)
    if learned:
        codes.take_over(code, learned, by=make.BY, at=make.AT)
    return accounts.renew_hook_secret(code, by=make.BY, at=make.AT)


def post(path, body, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(enforce_csrf_checks=True).post(f"/hooks/couriers/{path}", body, "application/json", headers=named)


def on_its_way(waybill, code="fast"):
    order = make.handed_over([("A", 2, "100.00"), ("B", 1, "50.00")], code=code)
    Parcel.objects.filter(order=order).update(waybill=waybill)
    return order


def read():
    rows = inbox.waiting(100)
    for row in rows:
        inbox.read_next(row, at=make.after(days=9))
    return len(rows)


def status(code, at="2026-11-24T12:41:43+0700", number="1106153417", **more):
    named = {"is_return": False, "is_reverse": False, "is_client_return": False, "cdek_number": number, "code": code}
    attributes = named | {"status_code": "4", "status_date_time": at} | more
    return json.dumps({"type": "ORDER_STATUS", "date_time": at, "uuid": "u", "attributes": attributes})


def test_cdek_s_own_bodies_are_kept_acknowledged_and_understood():
    key = account("cdek", learned="cdek")
    order = on_its_way("1106153417")

    for body in CDEK:
        assert post(f"fast/{key}", json.dumps(body)).status_code == 202
        assert post(f"fast/{key}", json.dumps(body)).status_code == 202
    assert not ShipmentEvent.objects.exists(), "kept first, understood later"
    assert (read(), read()) == (2, 0)

    order.refresh_from_db()
    assert order.status == Status.DELIVERED
    assert list(CourierMessage.objects.order_by("pk").values_list("state", "events", "times")) == [
        ("applied", 1, 2), ("ignored", 0, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("name", TRACKERS)
def test_easypost_s_own_bodies_are_understood_once(name):
    secret = account("easypost", learned="easypost")
    body = (FIXTURES / name).read_bytes()
    tracker = json.loads(body)["result"]
    order = on_its_way(tracker["tracking_code"])
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    assert post("fast", body, x_hmac_signature=f"hmac-sha256-hex={signature}").status_code == 202
    other = body + b"\n"
    signature = hmac.new(secret.encode(), other, hashlib.sha256).hexdigest()
    assert post("fast", other, x_hmac_signature=f"hmac-sha256-hex={signature}").status_code == 202
    assert read() == 2

    details = {(row["status"], row["datetime"], row["message"]) for row in tracker["tracking_details"]}
    assert ShipmentEvent.objects.count() == len(details)
    order.refresh_from_db()
    assert (order.status == Status.DELIVERED) == any(row[0] == "delivered" for row in details)


@pytest.mark.once
@pytest.mark.parametrize("name", TRACKERS)
def test_a_tracker_s_history_in_any_order_and_again_has_one_end(name):
    """Each detail in a body of its own, shuffled, with the whole history said again in between."""
    account("easypost", learned="easypost")
    whole = json.loads((FIXTURES / name).read_text())
    details = whole["result"]["tracking_details"]
    order = on_its_way(whole["result"]["tracking_code"])
    bodies = [whole | {"result": whole["result"] | {"tracking_details": [detail]}} for detail in details]
    ends = set()
    for seed in range(6):
        told = [*bodies, *bodies[:2], whole]
        Random(seed).shuffle(told)
        with make.undone():
            for body in told:
                tracking.take_in("fast", EasyPost().read(json.dumps(body).encode()), by=make.BY, at=make.after(days=9))
            ends.add(state_of(order, "fast"))
            assert ShipmentEvent.objects.count() == len({(d["status"], d["datetime"], d["message"]) for d in details})
    assert len(ends) == 1
    assert {end[4] for end in ends} == {"delivered" if whole["result"]["status"] == "delivered" else "in_transit"}


@pytest.mark.once
def test_cdek_s_news_in_every_order_has_one_end():
    account("cdek", learned="cdek")
    order = on_its_way("1106153417")
    told = [
        status("TAKEN_BY_COURIER", "2026-11-24T09:00:00+0000"),
        status("NOT_DELIVERED", "2026-11-25T09:00:00+0000"),
        status("CREATED", "2026-11-25T10:00:00+0000", "77", is_return=True,
               related_entities=[{"type": "direct_order", "cdek_number": "1106153417", "uuid": "x"}]),
        status("DELIVERED", "2026-11-28T09:00:00+0000", "77", is_return=True),
    ]  # fmt: skip
    ends = set()
    for arrival in permutations(told):
        with make.undone():
            for body in (*arrival, arrival[0]):
                tracking.take_in("fast", Cdek().read(body.encode()), by=make.BY, at=make.after(days=9))
            while make.picked_up(at=make.after(days=9)):
                pass
            ends.add(state_of(order, "fast"))
            assert NextWaybill.objects.get().number == "77"
    assert {(end[0], end[4], end[8]) for end in ends} == {(Status.RETURNING, "returned", "")}
    assert len(ends) == 1


def test_our_own_protocol_is_signed_as_standard_webhooks_says():
    secret = account("http")
    order = on_its_way("W1")
    event = {"event_id": "e1", "parcel": "W1", "code": "delivered", "at": "2026-11-24T10:00:00+03:00",
             "cod_taken": "100.00", "lines": [{"sku": "A", "delivered": 1}]}  # fmt: skip
    body = json.dumps({"events": [event]}).encode()

    assert post("fast", body, **sign(secret, body)).status_code == 202
    read()

    shipment = Shipment.objects.get(order=order)
    assert (shipment.state, shipment.collected_minor, shipment.reduced_minor) == ("delivered", 10000, 15000)


def sign(secret, body, stamp=None):
    said = str(stamp or int(timezone.now().timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, f"m1.{said}.".encode() + body, "sha256")).decode()
    return {"webhook_id": "m1", "webhook_timestamp": said, "webhook_signature": f"v1,{signed}"}


def test_what_is_not_signed_leaves_nothing_and_learns_nothing():
    secret, key = account("http"), account("cdek", code="cdek")
    account("own", code="own")
    body = b'{"events": []}'
    old, right = sign(secret, body, stamp=1_700_000_000), sign(secret, body)

    for path, headers in [
        ("fast", {}), ("fast", old), ("fast", right | {"webhook_signature": "v1,AAAA"}),
        ("fast", sign("whsec_AAAA", body)),
        ("fast", right | {"webhook_id": "m2"}), ("cdek", {}), ("cdek/wrong", {}), (f"fast/{key}", {}), ("own", {}),
        ("nobody", right),
    ]:  # fmt: skip
        answer = post(path, body, **headers)
        assert (path, answer.status_code) == (path, 404)
        assert answer.json()["code"] == "missing"
    assert post("fast", body + b" ", **right).status_code == 404, "over the raw bytes"
    assert not CourierMessage.objects.exists()
    assert set(CourierAccount.objects.values_list("heard_at", flat=True)) == {None}


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"type": "ORDER_STATUS"}', b"\xff\x00", b'{"type": "ORDER_STATUS", "attributes": []}',
     b'{"type": "ORDER_STATUS", "attributes": {"cdek_number": "1", "code": "X", "status_date_time": "soon"}}',
     b"[" * 100_000],
)  # fmt: skip
def test_what_cannot_be_read_is_kept_and_says_why(body):
    key = account("cdek")

    assert post(f"fast/{key}", body).status_code == 202
    read()

    row = CourierMessage.objects.get()
    assert (row.state, bool(row.why)) == ("failed", True)
    assert not ShipmentEvent.objects.exists()


def test_what_failed_is_read_again_after_a_crash_and_when_somebody_asks():
    key = account("cdek", learned="cdek")
    order = on_its_way("1106153417")
    post(f"fast/{key}", status("DELIVERED"))
    row = CourierMessage.objects.get()
    inbox.read(row, at=make.after(days=9))
    CourierMessage.objects.update(state="received")  # the crash came after the events, before their message was marked

    assert read() == 1
    assert inbox.read_again(row.pk, at=make.after(days=9)).state == "applied"

    assert ShipmentEvent.objects.count() == 1
    order.refresh_from_db()
    assert (order.status, order.paid_minor) == (Status.DELIVERED, 25000)


@pytest.mark.parametrize("said", [{"cod_taken": "9" * 25}, {"cod_taken": "1E+900"}, {"at": "0001-01-01T00:00+14:00"}])
def test_a_sum_or_a_moment_that_nobody_can_mean_is_listed_and_stops_no_other(said):
    account("http")
    order = on_its_way("W-1")
    news = {"event_id": "1", "parcel": "W-1", "code": "delivered", "at": "2026-11-24T12:00:00Z"}
    for place, event in enumerate((news | said, news | {"event_id": "2"})):
        body = json.dumps({"events": [event]})
        CourierMessage.objects.create(courier_id="fast", sha256=str(place), body=body, at=make.AT)

    read()

    assert list(CourierMessage.objects.order_by("pk").values_list("state", flat=True)) == ["failed", "applied"]
    order.refresh_from_db()
    assert order.status == Status.DELIVERED


def test_a_message_that_trips_the_desk_is_given_up_and_stops_no_other(monkeypatch):
    """F21: counted before each try, so that also what kills the worker ends in the list."""
    account("http")
    order = on_its_way("W-1")
    take_in = tracking.take_in

    def stumble(courier, events, **options):
        if events[0].event_id == "poison":
            raise MemoryError
        return take_in(courier, events, **options)

    monkeypatch.setattr(tracking, "take_in", stumble)
    for event_id in ("poison", "2"):
        news = {"event_id": event_id, "parcel": "W-1", "code": "delivered", "at": "2026-11-24T12:00:00Z"}
        body = json.dumps({"events": [news]})
        CourierMessage.objects.create(courier_id="fast", sha256=event_id, body=body, at=make.AT)

    for _sweep in range(7):
        with suppress(MemoryError):
            read()

    poison = CourierMessage.objects.get(sha256="poison")
    assert (poison.state, poison.tries) == ("failed", tries.MOST)
    order.refresh_from_db()
    assert order.status == Status.DELIVERED


def test_what_another_sweep_has_read_meanwhile_stays_read():
    """F20: of two sweeps with the same list the later one called what the first had applied a stumble."""
    account("http")
    order = on_its_way("W-1")
    news = {"event_id": "1", "parcel": "W-1", "code": "delivered", "at": "2026-11-24T12:00:00Z"}
    CourierMessage.objects.create(courier_id="fast", sha256="1", body=json.dumps({"events": [news]}), at=make.AT)
    listed = CourierMessage.objects.select_related("courier__account").get()
    read()

    inbox.read_next(listed, at=make.after(days=9))

    row = CourierMessage.objects.get()
    assert (row.state, row.why, row.events, row.tries) == ("applied", "", 1, 1)
    order.refresh_from_db()
    assert order.status == Status.DELIVERED


def test_a_status_that_cdek_takes_back_is_a_person_s_to_look_at():
    key = account("cdek", learned="cdek")
    order = on_its_way("1106153417")

    post(f"fast/{key}", status("DELIVERED"))
    post(f"fast/{key}", status("DELIVERED", deleted=True))
    read()

    shipment = Shipment.objects.get(order=order)
    assert (shipment.state, shipment.flag) == ("delivered", "unknown_code")


def test_the_key_in_a_path_is_in_no_log():
    assert LINK.sub(r"\1…", "POST /hooks/couriers/cdek/s3cret") == "POST /hooks/couriers/cdek/…"
    assert LINK.sub(r"\1…", "POST /hooks/couriers/fast") == "POST /hooks/couriers/fast"


def test_a_body_too_large_is_refused():
    key = account("cdek")
    assert post(f"fast/{key}", b" " * (1024 * 1024 + 1)).status_code == 413
    assert not CourierMessage.objects.exists()
