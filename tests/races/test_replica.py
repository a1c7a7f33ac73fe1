"""Reports read a real streaming standby, and never an older desk than the one that was just written to."""

import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from orders.models import Order
from shopdesk.base import replica
from shopdesk.base.replica import TRUST, Trust
from shopdesk.base.snapshot import snapshot
from tests import make
from tests.standby import Standby

pytestmark = pytest.mark.postgres
WAITED_S = 20


@pytest.fixture(scope="module")
def made() -> Iterator[list[Standby]]:
    """Keep the one that was made: the tests' whole server is copied for it."""
    found: list[Standby] = []
    yield found
    for one in found:
        one.end()


@pytest.fixture
def standby(
    real_commits: None, made: list[Standby], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Standby]:
    monkeypatch.setattr(replica, "PATIENCE", timedelta(seconds=WAITED_S))  # a crowded machine follows late
    if not made:
        made.append(Standby(Path(tempfile.mkdtemp(prefix="standby-"))))
    reading = connections.settings["reading"]
    connections.settings["replica"] = reading | {"OPTIONS": reading["OPTIONS"] | {"host": str(made[0].folder)}}
    settings.REPLICA_ALIAS = "replica"
    TRUST.alone_until = 0
    try:
        yield made[0]
    finally:
        connections["replica"].close_pool()
        del connections["replica"]
        del connections.settings["replica"]
        TRUST.alone_until = 0


def seen() -> tuple[str, int]:
    """Say from where a report reads, and how many orders it counts."""
    with snapshot() as alias:
        with snapshot() as within:
            assert within == alias
        return alias, Order.objects.using(alias).count()


def test_what_was_just_written_is_read_from_the_standby(standby: Standby) -> None:
    for many in range(1, 21):
        make.order(external_id=str(many))
        assert seen() == ("replica", many)


def test_a_standby_that_is_believed_is_read_too_early(standby: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: without the look at its place, somebody reads an older desk than they have written to."""
    assert seen() == ("replica", 0)
    monkeypatch.setattr(replica, "HAS", "SELECT true OR %s::pg_lsn IS NULL")
    standby.do("SELECT pg_wal_replay_pause()::text")
    make.order(external_id="1")

    assert seen() == ("replica", 0)
    standby.do("SELECT pg_wal_replay_resume()::text")


def test_within_a_transaction_of_the_primary_the_primary_is_read(standby: Standby) -> None:
    with snapshot() as alias:
        assert alias == "replica"
    TRUST.alone_until = time.monotonic() + 60
    with snapshot() as alias:
        TRUST.alone_until = 0
        assert (alias, Trust().alias()) == ("reading", "reading")


# The last: what was raised is a standby no more.
def test_a_standby_that_is_behind_away_or_raised_is_not_read(standby: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    make.order(external_id="1")
    assert seen() == ("replica", 1)

    standby.do("SELECT pg_wal_replay_pause()::text")
    monkeypatch.setattr(replica, "PATIENCE", timedelta(milliseconds=300))
    make.order(external_id="2")
    began = time.monotonic()
    assert seen() == ("reading", 2)
    assert time.monotonic() - began >= replica.PATIENCE.total_seconds()
    assert TRUST.alone_until > time.monotonic()  # the next do not wait for it
    assert seen() == ("reading", 2)

    monkeypatch.setattr(replica, "PATIENCE", timedelta(seconds=WAITED_S))
    standby.do("SELECT pg_wal_replay_resume()::text")
    TRUST.alone_until = 0
    assert seen() == ("replica", 2)

    standby.stop()
    assert seen() == ("reading", 2)

    standby.start()
    TRUST.alone_until = 0
    assert seen() == ("replica", 2)

    assert standby.do("SELECT pg_promote()") is True
    make.order(external_id="3")
    assert seen() == ("reading", 3)
