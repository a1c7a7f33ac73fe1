"""Nobody asks faster than the desk answers: per client, person and address, over all web processes (SEC-45, V2.4.1)."""

import signal
import subprocess
import time
from contextlib import suppress

import pytest
import time_machine
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.test import Client, RequestFactory
from structlog.testing import capture_logs

from shopdesk import declared
from shopdesk.base import pace, sharedcache
from shopdesk.base.access import NOBODY, Kind, Subject
from shopdesk.base.errors import Busy, TooFast
from shopdesk.base.pace import Pace
from tests import make
from tests.orders.api.test_orders import BODY
from tests.shopdesk.base.test_wake import broker  # noqa: F401

NOW = make.AT
ONE, OTHER = Subject(Kind.STOREFRONT, code="a", token=1), Subject(Kind.STOREFRONT, code="b", token=2)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Give a table that a test reaches the end of, and forget what was counted."""
    sharedcache.try_again()
    caches["counters"].clear()
    monkeypatch.setattr(
        pace,
        "paces",
        lambda: {
            "POST api:orders": Pace("orders-in", who=2, address=5, seconds=60, refuse_when_broken=False),
            "GET orders": Pace("search", who=2, address=5, seconds=60, refuse_when_broken=False),
            "POST courier-phone": Pace("reveal", who=2, address=5, seconds=60, refuse_when_broken=True),
        },
    )
    with time_machine.travel(NOW, tick=False):
        yield


def ask(subject=ONE, route="api:orders", address="203.0.113.5"):
    pace.keep_pace(RequestFactory().post("/", REMOTE_ADDR=address), subject, route)


def test_third_request_of_a_client_waits():
    """V2.4.1."""
    ask()
    ask()
    with pytest.raises(TooFast) as refused:
        ask()

    assert 0 < refused.value.wait_s <= 60
    ask(OTHER)  # another client is not held up
    ask(route="api:order-confirmation")  # nor a door that the table does not name


def test_next_window_is_open_again():
    ask()
    ask()
    with time_machine.travel(make.after(minutes=1), tick=False):
        ask()


def test_one_address_is_counted_whoever_signs_in():
    """Also strangers: they have nothing else to be counted by."""
    for _ in range(5):
        ask(NOBODY)
    with pytest.raises(TooFast):
        ask(ONE)
    ask(NOBODY, address="203.0.113.6")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "198.51.100.1", "203.0.113.5"),
        (1, "", "unknown"),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (2, "6.6.6.6, 198.51.100.1, 10.0.0.9", "198.51.100.1"),
        (2, "198.51.100.1", "unknown"),
        (1, "nonsense", "unknown"),
        (1, "2a00:1450:4001:1:2:3:4:5", "2a00:1450:4001:1::/64"),
    ],
)
def test_address_is_what_the_trusted_proxies_saw(settings, proxies, forwarded, seen):
    """V4.1.3: what a stranger writes into the header chooses nothing. V15.3.4."""
    settings.TRUSTED_PROXIES = proxies
    more = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}

    assert pace.network_of(RequestFactory().get("/", REMOTE_ADDR="203.0.113.5", **more)) == seen


@pytest.mark.django_db
def test_client_is_told_in_its_own_words_when_to_come_again():
    """A storefront's order is refused whole, and taken when it comes again: nothing is lost."""
    shop, body = make.client(make.channel()), BODY | {"external_id": "S-7"}

    def send():
        return shop.post("orders", body)

    answers = [send() for _ in range(3)]

    assert [one.status_code for one in answers] == [201, 200, 429]
    assert answers[2]["Content-Type"] == "application/problem+json"
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert answers[2].json()["code"] == "too_many_requests"
    with time_machine.travel(make.after(minutes=1), tick=False):
        assert send().status_code == 200


@pytest.mark.django_db
def test_person_is_told_on_the_page_when_to_come_again():
    client = Client()
    client.force_login(make.owner())

    answers = [client.get("/orders") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[2]["Retry-After"]) <= 60
    assert "wait a little" in answers[2].content.decode()


@pytest.mark.once
def test_processes_share_the_counters(broker, settings):  # noqa: F811
    """Two clients of one broker, as two web processes have. When it freezes each counts for itself, or says no.

    V2.4.1 V16.5.2 V16.5.3.
    """
    first, second = (RedisCache(settings.REDIS_URL, {"OPTIONS": {"socket_timeout": 0.3}}) for _ in range(2))
    with using(first):
        ask()
    with using(second):
        ask()
        with pytest.raises(TooFast):
            ask()
        broker.send_signal(signal.SIGSTOP)
        started = time.perf_counter()
        for _ in range(2):
            ask()  # F08: intake goes on
        with pytest.raises(TooFast):
            ask()  # and is still counted
        with pytest.raises(Busy):
            ask(route="courier-phone")  # SEC-44: what is asked for sparingly waits
        assert time.perf_counter() - started < 2, "the frozen broker is asked once, not at every request"
    assert isinstance(broker, subprocess.Popen)


def test_without_the_count_everything_passes(monkeypatch):
    """Negative control."""
    monkeypatch.setattr(pace, "count", lambda *_: 1)
    for _ in range(20):
        ask()


@pytest.mark.once
def test_table_names_routes_that_are_there(monkeypatch):
    monkeypatch.undo()
    there = {f"{method} {name}" for name, pattern in declared.routes() for method in declared.methods(pattern)}
    assert set(pace.paces()) <= there


@pytest.mark.once
def test_doors_that_give_much_away_are_in_the_table(monkeypatch):
    """A new door that reveals, exports or takes hooks cannot forget its pace."""
    monkeypatch.undo()
    there = {f"{method} {name}" for name, pattern in declared.routes() for method in declared.methods(pattern)}
    telling = ("reveal", "export", "csv", "xlsx", "hook", "courier-phone")
    quiet = {"POST exports-cancel", "POST exports-approve"}  # these give nothing away, nor do those of hooks out
    quiet |= {door for door in there if door.startswith("POST webhooks") and door != "POST webhooks-secret"}
    wanted = {door for door in there - quiet if any(word in door for word in telling)}
    assert {door for door in wanted if door.startswith("POST") or door.endswith(("csv", "xlsx", "-file"))} <= set(
        pace.paces()
    )


def test_limit_is_told_to_the_security_log_once():
    """V16.3.3: not at every refusal, or whoever asks a million times fills the log."""
    with capture_logs() as lines:
        for _ in range(5):
            with suppress(TooFast):
                ask()
    told = [line for line in lines if line.get("deed") == "limit.reached"]
    assert [(line["target_id"], line["by_id"]) for line in told] == [("api:orders", 1)]


class using:
    """Put a cache in the place of the shared one."""

    def __init__(self, cache):
        self.cache = cache

    def __enter__(self):
        self.before = caches["default"]
        caches["default"] = self.cache

    def __exit__(self, *_):
        caches["default"] = self.before
