"""Alive, ready, and who may see the details."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from orders import feed
from orders.models import Channel, InboundMessage
from shopdesk import health
from shopdesk.webhooks import endpoints
from shopdesk.webhooks.models import Message
from tests import make

OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
THROUGH_A_PROXY = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}


def test_livez_is_open_and_empty(client) -> None:
    answer = client.get("/livez", **OUTSIDE)
    assert (answer.status_code, answer.content) == (200, b"")


def test_readyz_gives_details_to_this_machine(client, db) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"]["ok"]
    assert answer.json()["oldest_due"] == {"ok": True, "age_s": 0, "queues": {"feed": 0, "inbox": 0, "webhooks": 0}}


@pytest.mark.parametrize("from_where", [OUTSIDE, THROUGH_A_PROXY])
def test_strangers_see_no_details(client, db, from_where: dict[str, str]) -> None:
    """V13.4.5."""
    assert client.get("/readyz", **from_where).content == b""
    assert client.get("/metrics", **from_where).status_code == 404


def test_metrics_are_for_this_machine(client, db) -> None:
    """V13.4.5."""
    assert b"django_http_requests" in client.get("/metrics").content


def test_without_a_database_no_other_look_waits_for_one(client, monkeypatch) -> None:
    """F13: each look waits four seconds for a session."""
    monkeypatch.setattr(health, "look_at_database", lambda: {"ok": False})
    answer = client.get("/readyz")
    assert (answer.status_code, set(answer.json())) == (503, {"ready", "database", "broker"})


def test_dead_broker_is_not_ready(client, db, settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert client.get("/readyz").status_code == 503


def left_in_the_feed(at):
    make.product("CUP", on_hand=1, at=at)


def left_in_the_inbox(at):
    make.channel()
    InboundMessage.objects.create(
        channel=Channel.objects.earliest("pk"), source="webhook", body="{}", body_hash="0" * 64, received_at=at
    )


def left_for_a_webhook(at):
    terms = endpoints.Terms("ERP", "https://erp.example/hook", ["order.taken"])
    endpoint, _secret = endpoints.make(terms, by=make.BY, at=at)
    Message.objects.create(endpoint=endpoint, code="m", kind="test", body_hash="0" * 64, due_at=at, made_at=at)
    feed.publish()


@pytest.mark.parametrize(
    ("queue", "leave"),
    [("feed", left_in_the_feed), ("inbox", left_in_the_inbox), ("webhooks", left_for_a_webhook)],
)
def test_a_row_that_no_sweep_takes_is_told_by_its_queue(client, db, queue, leave) -> None:
    leave(timezone.now())
    assert client.get("/readyz").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(seconds=health.LATE_AFTER_S[queue] + 5)):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    ages = answer.json()["oldest_due"]["queues"]
    assert [name for name, age in ages.items() if age > health.LATE_AFTER_S[name]] == [queue]
