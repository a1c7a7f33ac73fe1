"""A database that takes nothing is read all the same, by keys and by people; what is written is refused (F17)."""

from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from orders.models import Order
from shopdesk.people import sessions, tokens
from shopdesk.people.entrance import Session
from shopdesk.people.models import ApiToken
from tests import make

pytestmark = pytest.mark.django_db
ORDER = {
    "external_id": "S-1", "currency": "RUB", "customer": {"name": make.NAME, "phone": make.PHONE},
    "items": [{"sku": "A", "name": "A", "quantity": 1, "price": "10.00"}],
}  # fmt: skip


@contextmanager
def taking_nothing():
    """Let the database read and not write."""
    sqlite = connection.vendor == "sqlite"
    with make.undone(), connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if sqlite else "SET LOCAL transaction_read_only = on")
        try:
            yield
        finally:
            if sqlite:
                connection.connection.execute("PRAGMA query_only = OFF")  # whatever became of the transaction


def age(minutes):
    """Let what was noted lie so long ago that it is noted again."""
    at = timezone.now() - timedelta(minutes=minutes)
    ApiToken.objects.update(last_used_at=at)
    Session.objects.update(seen_at=at)


@pytest.mark.parametrize("was_used", [False, True])
def test_a_key_reads_and_writes_nothing(was_used):
    ask = make.client(make.channel())
    if was_used:
        age(5)

    with taking_nothing():
        assert ask.get("orders").status_code == 200
        assert ask.post("orders", ORDER).status_code == 503

    before = timezone.now()
    assert ask.post("orders", ORDER).status_code == 201
    assert Order.objects.count() == 1
    assert ApiToken.objects.get().last_used_at >= before, "it is noted the next time"


def test_a_person_reads():
    client = Client(raise_request_exception=False)
    client.force_login(make.owner())
    age(5)

    with taking_nothing():
        assert client.get("/orders").status_code == 200


def test_without_it_a_key_is_turned_away(monkeypatch):
    """Negative control: the note is what turns it away."""
    monkeypatch.setattr(tokens, "in_passing", nullcontext)
    ask = make.client(make.channel())
    with taking_nothing():
        assert ask.get("orders").status_code == 503


def test_without_it_a_person_is_turned_away(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(sessions, "in_passing", nullcontext)
    client = Client(raise_request_exception=False)
    client.force_login(make.owner())
    age(5)
    with taking_nothing():
        assert client.get("/orders").status_code == 503
