"""While the suite runs: keep what each test leaves behind, for the search when both passes are over (SEC-72).

Only `manage.py test` asks for it, by the folder in SHOPDESK_LEFT. Kept are the whole log as production writes it, the
letters, what the broker was sent; looked into at once, since they are gone a moment later, are the columns that may
hold nobody (before the test's transaction is rolled back or its database laid anew), the caches and the private files.
"""

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from celery.signals import before_task_publish
from django.conf import settings
from django.core import mail
from django.core.cache import caches
from django.db import DatabaseError, connection

from shopdesk import logs
from shopdesk.people.models import User
from shopdesk.privacy import columns
from tests.afterwards import people

PLACE = "SHOPDESK_LEFT"
TEST = "-- "  # a line of the log that names the test that the next lines are of
CACHES = ("default", "nearby", "template_fragments")
# Files that are made to hold customers, for whoever asked, for a day.
MAY_HOLD_PEOPLE = ("exports/", "imports/")
LETTERS = "letters/"  # reports as they went out: each names the colleague it went to
OF_STAFF = {"staff"}  # columns that hold colleagues: a mail or a name, and no customer's phone


class Gathering:
    """What one worker of a pass has kept and found."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.kept = (folder / f"{worker}.left").open("a", encoding="utf-8", buffering=1)
        self.seen = {"tests": 0, "values": 0, "files": 0}
        self.log = logging.FileHandler(folder / f"{worker}.log", encoding="utf-8")
        last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *logs.LAST]
        self.log.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=logs.SHARED, processors=last))
        before_task_publish.connect(self.keep_task, weak=False)

    def begin(self, test: str) -> None:
        """Hear the log, whatever the test before did to the handlers; say whose lines come now."""
        if self.log not in logging.getLogger().handlers:
            logging.getLogger().addHandler(self.log)
        with self.log.lock:
            if self.log.stream is None:  # whoever configures the logging closes all handlers that are there
                self.log.stream = self.log._open()
            self.log.stream.write(f"{TEST}{test}\n")
            self.log.stream.flush()  # what waits here would be written again by each process that the test forks
        self.kept.flush()

    def end(self, test: str, database: bool) -> None:
        """Keep and look into what lies there now."""
        self.seen["tests"] += 1
        outbox, readable = getattr(mail, "outbox", []), database and not connection.needs_rollback
        colleagues = self.colleagues() if outbox and readable else []
        for letter in outbox:
            to = [*letter.recipients(), *colleagues]
            self.keep("letter", test, to=to, text=f"{letter.subject}\n{letter.body}")
        found = [*self.in_caches(), *self.in_files()]
        if database and not connection.needs_rollback:
            found += self.in_columns()
        for where, what in found:
            self.keep("found", test, where=where, what=what)

    def keep(self, kind: str, test: str, **said: Any) -> None:
        self.kept.write(json.dumps({"kind": kind, "test": test, **said}, ensure_ascii=False, default=str) + "\n")

    def keep_task(self, sender: str = "", body: Any = (), **_: Any) -> None:
        self.keep("task", os.environ.get("PYTEST_CURRENT_TEST", ""), text=f"{sender} {body}")

    def in_columns(self) -> Iterator[tuple[str, list[str]]]:
        """Look into every column that may hold nobody, of every table that is not empty."""
        tables = full_tables()
        for table, names, staff in closed_columns():
            if table not in tables:
                continue
            for row in read(table, names):
                self.seen["values"] += len(row)
                for name, value in zip(names, row, strict=True):
                    if value and (met := set(people.met(value)) - ({"mail", "name"} if name in staff else set())):
                        yield f"{table}.{name}", sorted(met)

    def in_caches(self) -> Iterator[tuple[str, list[str]]]:
        for name in CACHES:
            for key, value in getattr(caches[name], "_cache", {}).items():
                self.seen["values"] += 1
                if met := people.met(value):
                    yield f"cache {name}: {key}", met

    def colleagues(self) -> list[str]:
        """What a letter to a colleague may call them: a name (the tests' names say the mail they had first), a mail."""
        return sorted({said for row in User.objects.values_list("name", "email") for said in row if said}, key=len)[
            ::-1
        ]

    def in_files(self) -> Iterator[tuple[str, list[str]]]:
        folder = Path(settings.MEDIA_ROOT)
        for path in folder.rglob("*") if folder.is_dir() else ():
            name = path.relative_to(folder).as_posix()
            if path.is_file() and not name.startswith(MAY_HOLD_PEOPLE):
                self.seen["files"] += 1
                allowed = {"mail"} if name.startswith(LETTERS) else set()
                if met := sorted(set(people.met(path.read_bytes())) - allowed):
                    yield f"file {name}", met

    def close(self) -> None:
        """Say how much was seen."""
        self.keep("seen", "", **self.seen)
        self.stop()

    def stop(self) -> None:
        before_task_publish.disconnect(self.keep_task)
        logging.getLogger().removeHandler(self.log)
        self.kept.close()
        self.log.close()


def full_tables() -> set[str]:
    """Name the tables in which anything stands."""
    quoted = [(table, connection.ops.quote_name(table)) for table, _, _ in closed_columns()]
    asked = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {name})" for table, name in quoted)
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {table for (table,) in cursor.fetchall()}


def read(table: str, names: list[str]) -> list[tuple[Any, ...]]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(quote(name) for name in names)} FROM {quote(table)}")
        return list(cursor.fetchall())


def closed_columns() -> list[tuple[str, list[str], set[str]]]:
    """Give each table's columns of text that may hold no customer, and those of them that hold colleagues."""
    if not _closed:
        by_table: dict[str, list[str]] = {}
        for table, column in columns.wordy_columns():
            if column not in columns.tables()[table].personal:
                by_table.setdefault(table, []).append(column)
        for table, names in by_table.items():
            classes = columns.tables()[table].classes
            _closed.append((table, names, {name for name in names if classes[name] in OF_STAFF}))
    return _closed


_closed: list[tuple[str, list[str], set[str]]] = []


class Plugin:
    """Gathers before and behind every test."""

    def __init__(self, gathering: Gathering) -> None:
        self.gathering = gathering

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        self.gathering.begin(item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        used = {"db", "transactional_db", "real_commits"} & set(getattr(item, "fixturenames", ()))
        try:
            self.gathering.end(item.nodeid, bool(used or item.get_closest_marker("django_db")))
        except DatabaseError as error:
            self.gathering.keep("unread", item.nodeid, why=type(error).__name__)

    def pytest_sessionfinish(self) -> None:
        self.gathering.close()


def start(config: pytest.Config) -> None:
    """Begin to gather when the run asks for it."""
    place = os.environ.get(PLACE, "")
    if not place or (not hasattr(config, "workerinput") and config.getoption("numprocesses", None)):
        return  # with several workers each gathers its own
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    config.pluginmanager.register(Plugin(Gathering(Path(place), f"{connection.vendor}-{worker}")))
