"""Reports read a real streaming standby, and never an older desk than the one that was just written to."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections

from orders.models import Order
from shopdesk.base import replica
from shopdesk.base.replica import TRUST, Trust
from shopdesk.base.snapshot import snapshot
from tests import make

pytestmark = pytest.mark.postgres
WAITED_S = 20


class Standby:
    """A copy of the tests' own server that goes on by its journal."""

    def __init__(self, folder: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            data = Path(cursor.fetchone()[0])
            here = cursor.connection.info
        self.folder, self.owner = folder, data.stat().st_uid
        pid = (data / "postmaster.pid").read_text(encoding="ascii").split()[0]
        self.programs = Path(f"/proc/{pid}/exe").resolve().parent
        os.chown(folder, self.owner, -1)
        primary = ["-h", here.host, "-U", here.user]
        self.run("pg_basebackup", *primary, "-D", str(folder / "data"), "-R", "-X", "stream", "-c", "fast")
        self.start()

    def run(self, program: str, *words: str) -> None:
        """Run one of the server's own programs, as whoever the server runs as."""
        command = [str(self.programs / program), *words]
        with (self.folder / "said").open("w+") as said:  # a server that goes on would keep a pipe open
            done = subprocess.run(command, user=self.owner, stdout=said, stderr=said, cwd=self.folder, check=False)
            said.seek(0)
            assert done.returncode == 0, said.read()

    def start(self) -> None:
        place = f"-k {self.folder} -c listen_addresses=''"
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", place, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def end(self) -> None:
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)

    def do(self, statement: str) -> Any:
        """Ask the standby itself."""
        with connections["replica"].cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]


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
