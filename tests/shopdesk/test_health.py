"""Alive, ready, and who may see the details."""

import pytest

from shopdesk import health

OUTSIDE = {"REMOTE_ADDR": "203.0.113.9"}
THROUGH_A_PROXY = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}


def test_livez_is_open_and_empty(client) -> None:
    answer = client.get("/livez", **OUTSIDE)
    assert (answer.status_code, answer.content) == (200, b"")


def test_readyz_gives_details_to_this_machine(client, db) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["database"]["ok"]
    assert answer.json()["oldest_due"] == {"ok": True, "age_s": 0}


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
