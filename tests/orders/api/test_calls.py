"""The call desk's JSON doors."""

from datetime import timedelta

import pytest
from django.utils import timezone

from orders import calltasks
from orders.models import CallAttempt, CallTask, JournalEvent, Order, Shop
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna():
    return make.client(make.manager())


@pytest.fixture(autouse=True)
def round_the_clock():
    """The doors read the clock, and these tests run at any hour."""
    make.shop(calls_from="00:00", calls_until="23:59:59.999999")


def taken_in(**fields):
    return make.order(at=timezone.now() - timedelta(minutes=1), **fields)


def test_next_call_comes_with_its_orders_leased(anna):
    order = taken_in()

    answer = anna.post("calls/next")

    body = answer.json()
    assert answer.status_code == 200
    assert [one["number"] for one in body["orders"]] == [order.pk]
    assert (body["id"], body["mode"], body["number"]) == (order.call_tasks.get().pk, "confirm", order.pk)
    assert (body["customer"], body["phone"]) == ({"name": order.contact_name, "phones": [make.PHONE]}, make.PHONE)
    assert body["why"]["why"] == "new"
    assert len(body["token"]) == 32
    assert anna.post("calls/next").json()["token"] == body["token"]
    assert make.client(make.manager()).post("calls/next").status_code == 204


def test_queue_without_a_due_call_answers_204(anna):
    answer = anna.post("calls/next")

    assert (answer.status_code, answer.content) == (204, b"")


def test_attempt_answers_the_order_and_what_happens_next(anna):
    taken_in()
    task = anna.post("calls/next").json()

    answer = anna.post(f"calls/{task['id']}/attempts", {"outcome": "no_answer", "note": "rang long"})

    body = answer.json()
    assert (answer.status_code, body["applied"]) == (201, True)
    assert body["orders"][0]["status"] == "new"
    assert body["orders"][0]["next"]["step"] == "call"
    assert body["results"][0]["due_at"] == CallTask.objects.get().due_at.isoformat()
    assert CallAttempt.objects.get().outcome == "no_answer"


def test_one_attempt_settles_several_orders(anna):
    first, second = taken_in(), taken_in()
    task = anna.post("calls/next").json()

    body = {
        "outcome": "confirmed",
        "token": task["token"],
        "orders": [
            {"number": first.pk, "outcome": "confirmed"},
            {"number": second.pk, "outcome": "declined", "reason": "price"},
        ],
    }
    answer = anna.post(f"calls/{task['id']}/attempts", body).json()

    assert [order["status"] for order in answer["orders"]] == ["confirmed", "cancelled"]
    assert anna.post("calls/next").status_code == 204


def test_outcome_of_a_call_that_somebody_else_has_is_told_as_not_applied(anna):
    order = taken_in()
    task = anna.post("calls/next").json()
    CallTask.objects.update(taken_by=make.manager(), token="of somebody else")

    answer = anna.post(f"calls/{task['id']}/attempts", {"outcome": "confirmed", "token": task["token"]})

    assert (answer.status_code, answer.json()["applied"]) == (201, False)
    assert Order.objects.get(pk=order.pk).status == "new"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"outcome": "declined"}, "/reason"),
        ({"outcome": "declined", "reason": "because"}, "/reason"),
        ({"outcome": "callback"}, "/callback_at"),
        ({"outcome": "callback", "callback_at": "2026-01-01T10:00:00"}, "/callback_at"),
        ({"outcome": "callback", "callback_at": "2026-01-01T10:00:00Z"}, "/callback_at"),
        ({"outcome": "shouted"}, "/outcome"),
        ({}, "/outcome"),
        ({"outcome": "confirmed", "orders": [{"number": 999_999, "outcome": "confirmed"}]}, "/orders/0/number"),
        ({"outcome": "confirmed", "mood": "good"}, "/mood"),
    ],
)
def test_attempt_that_says_too_little_or_wrong_is_refused_whole(anna, body, pointer):
    taken_in()
    task = anna.post("calls/next").json()

    answer = anna.post(f"calls/{task['id']}/attempts", body)

    assert answer.status_code == 400
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert not CallAttempt.objects.exists()


def test_callback_at_night_is_refused_in_a_sentence(anna):
    make.shop(calls_from="09:00", calls_until="20:00")
    task = CallTask.objects.get(order=taken_in())
    tonight = calltasks.hours_of("", Shop.current()).next(timezone.now() + timedelta(days=1)).replace(hour=1)

    body = {"outcome": "callback", "callback_at": (tonight + timedelta(days=1)).isoformat()}
    answer = anna.post(f"calls/{task.pk}/attempts", body)

    assert (answer.status_code, answer.json()["code"]) == (409, "quiet_then")
    assert anna.post(f"calls/{task.pk}/attempts", body | {"asked_by_customer": True}).status_code == 201


def test_skip_needs_a_reason_and_a_call_of_mine(anna):
    taken_in()
    task = anna.post("calls/next").json()

    assert anna.post(f"calls/{task['id']}/skip", {}).status_code == 400
    assert make.client(make.manager()).post(f"calls/{task['id']}/skip", {"reason": "no"}).status_code == 409
    assert not JournalEvent.objects.filter(kind="call.skipped").exists()
    assert anna.post(f"calls/{task['id']}/skip", {"reason": "speaks French"}).status_code == 204
    assert anna.post("calls/next").status_code == 204


def test_heartbeat_prolongs(anna):
    taken_in()
    task = anna.post("calls/next").json()

    answer = anna.post(f"calls/{task['id']}/heartbeat")

    assert answer.status_code == 200
    assert answer.json()["lease_until"] > task["lease_until"]
    assert make.client(make.owner()).post(f"calls/{task['id']}/heartbeat").status_code == 409


def test_board_shows_depth_and_leases(anna):
    taken_in()
    anna.post("calls/next")

    board = anna.get("calls").json()

    assert (board["queues"][0]["mode"], board["queues"][0]["due"]) == ("confirm", 1)
    assert len(board["leases"]) == 1
    assert make.PHONE not in str(board)


def test_order_is_confirmed_without_a_call(anna):
    order = taken_in()

    assert anna.post(f"orders/{order.pk}/confirmation").json()["code"] == "nobody_talked"
    assert anna.post(f"orders/{order.pk}/confirmation", {"reason": "by letter"}).json()["status"] == "confirmed"
    assert anna.post("calls/next").status_code == 204
    assert anna.post(f"orders/{order.pk}/confirmation").json()["code"] == "forbidden_move"


@pytest.mark.parametrize("who", [make.packer, make.courier_person, make.channel, make.courier])
def test_calls_are_for_owners_and_managers(who):
    task = CallTask.objects.get(order=taken_in())
    client = make.client(who())

    for method, path in (("GET", "calls"), ("POST", "calls/next"), ("POST", f"calls/{task.pk}/attempts"),
                         ("POST", f"calls/{task.pk}/skip"), ("POST", f"calls/{task.pk}/heartbeat")):  # fmt: skip
        assert client(method, path, {} if method == "POST" else None).status_code == 403
    task.refresh_from_db()
    assert task.taken_by is None


def test_missing_call_is_missing(anna):
    assert anna.post("calls/999/attempts", {"outcome": "confirmed"}).status_code == 404
    assert anna.post("calls/999/skip", {"reason": "x"}).status_code == 404
    assert anna.post("calls/999/heartbeat").status_code == 404
