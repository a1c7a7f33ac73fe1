"""What every test may ask for. Ordinary tests roll back; `real_commits` gives real ones, on both databases."""

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import pytest
import structlog
from django.core.cache import caches
from django.db import connection, connections, transaction
from django.test.testcases import LiveServerThread
from django.test.utils import setup_databases, teardown_databases
from hypothesis import HealthCheck, settings

from tests.afterwards import gather

# A crowded machine is slow, and that is no defect: no test is timed.
settings.register_profile("desk", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("desk")

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM = shutil.which("chromium")
CHROMIUM_WORDS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
NO_CHROMIUM = "There is no Chromium: the browser tests cannot run (Debian: sudo apt install chromium)."
# Pages and what knows no database are tried on SQLite. On PostgreSQL run the desks, ledgers, reports and JSON doors,
# the races, the day in the browser, and the walker, which opens every page and every door there.
ONCE = (
    "tests/orders/web/", "tests/delivery/web/", "tests/reports/test_web.py", "tests/reports/test_charts.py",
    "tests/shopdesk/base/", "tests/shopdesk/accounts/", "tests/shopdesk/test_wording.py",
    "tests/shopdesk/test_openapi.py", "tests/browser/", "tests/test_words.py", "tests/test_house.py",
    "tests/test_secure_house.py", "tests/test_headers.py", "tests/test_deploy.py", "tests/test_asvs.py",
    "tests/test_commands.py",
)  # fmt: skip
ON_BOTH = (
    "tests/browser/test_day.py", "tests/shopdesk/base/test_snapshot.py", "tests/shopdesk/base/test_prepared.py",
    "tests/shopdesk/base/test_gathering.py", "tests/shopdesk/base/test_kept.py", "tests/shopdesk/base/test_wire.py",
)  # fmt: skip
LONGEST = "tests/test_walker.py"  # four minutes in one test: begun last, it would run alone at the end
on_postgresql = os.environ.get("DATABASE_URL", "").startswith("postgres")


def pytest_configure(config: pytest.Config) -> None:
    """Let `manage.py test` hear and keep what the tests leave behind."""
    gather.start(config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect what the other pass runs; without Chromium the browser tests too, loudly, and never in CI."""
    browser = [item for item in items if item.get_closest_marker("browser")]
    if browser and not CHROMIUM and os.environ.get("CI"):
        raise pytest.UsageError(NO_CHROMIUM)
    other_pass = "once" if on_postgresql else "postgres"
    left_out = {item for item in items if item.get_closest_marker(other_pass)}
    left_out |= {item for item in items if runs_once(item)} if on_postgresql else set()
    left_out |= set(browser) if not CHROMIUM else set()
    for item in browser:  # a browser, a server and the test share two cores: once more, and the summary names it
        item.add_marker(pytest.mark.flaky(reruns=1))
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def runs_once(item: pytest.Item) -> bool:
    """Whether a test's file says nothing that PostgreSQL could answer otherwise."""
    path = item.nodeid
    return path.startswith(ONCE) and not path.startswith(ON_BOTH) and item.get_closest_marker("postgres") is None


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: Any, django_db_modify_db_settings: None
) -> Iterator[None]:
    """Make the test database whichever tests were chosen: pytest-django does not see that `real_commits` needs it."""
    with django_db_blocker.unblock():
        migrated = migrated_file()
        known = migrated is not None and migrated.exists()
        if migrated and known:
            shutil.copyfile(migrated, connection.creation._get_test_db_name())
        made = setup_databases(verbosity=0, interactive=False, aliases={"default"}, keepdb=known)
        if migrated and not known:
            keep_file(migrated)
    yield
    with django_db_blocker.unblock():
        close_pools()
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def own_place(settings: Any, tmp_path: Path) -> None:
    """Let snapshots read inside the test's transaction, and files land in the test's own folder."""
    settings.SNAPSHOT_ALIAS = "default"
    settings.MEDIA_ROOT = str(tmp_path / "private")
    # Argon2 is slow on purpose: a fifth of a second a person, for tests in which nobody guesses passwords.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # A logger that some test used before would not be heard by `capture_logs` in a later one.
    structlog.configure(cache_logger_on_first_use=False)
    settings.SECOND_STEP_ASKED = False  # the tests about it ask
    settings.POST_BESIDE_THE_REQUEST = False  # letters lie in the outbox when the request is over
    caches["nearby"].clear()  # what a page counts, and whether it asks for it, is kept some seconds
    caches["reports"].clear()  # positions come again
    caches["default"].clear()  # what the test before counted: ids come again (`shopdesk.base.pace`)


@pytest.fixture
def real_commits(pristine: "list[str] | Path", django_db_blocker: Any, settings: Any) -> Iterator[None]:
    """Let the test commit for real, with the real alias `reading`, and lay the database anew behind it."""
    settings.SNAPSHOT_ALIAS = "reading"
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            lay_anew(pristine)
            close_pools()


@pytest.fixture(scope="session")
def pristine(django_db_setup: None, django_db_blocker: Any) -> Iterator["list[str] | Path"]:
    """Give what `lay_anew` brings back."""
    with django_db_blocker.unblock():
        kept = remember()
    yield kept
    if isinstance(kept, Path):
        kept.unlink()


@pytest.fixture
def served(real_commits: None) -> Iterator[str]:
    """Give the address of a real web server on the test's database."""
    server = LiveServerThread("127.0.0.1", lambda desk: desk)  # whitenoise serves the files, as in production
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://127.0.0.1:{server.port}"
    server.terminate()


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give a page of a fresh Chromium."""
    # Playwright's own loop runs in this thread; Django would take our database calls for asynchronous ones.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # half a second, and most tests need no browser

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_WORDS)
        yield chromium.new_page()
        chromium.close()
        connections.close_all()  # made beside Playwright's loop, out of sight once it ends


def side_by_side(*works: Any) -> list[Any]:
    """Run functions at the same moment, each in a thread with connections of its own. Gives results or exceptions."""
    results: list[Any] = [None] * len(works)
    ready = threading.Barrier(len(works))

    def run(place: int, work: Any) -> None:
        ready.wait()
        try:
            results[place] = work()
        except Exception as error:  # the test decides which are right
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture(name="side_by_side")
def give_side_by_side() -> Any:
    """Give `side_by_side`."""
    return side_by_side


def migrated_file() -> Path | None:
    """Name the SQLite file that these very migrations made in an earlier run: they take half a minute of one core."""
    if connection.vendor != "sqlite":
        return None
    seal = hashlib.sha256(django.__version__.encode())
    for path in sorted(ROOT.glob("**/migrations/*.py")):
        if ".venv" not in path.parts:
            seal.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return Path(tempfile.gettempdir()) / f"shopdesk-migrated-{seal.hexdigest()[:16]}.sqlite3"


def keep_file(migrated: Path) -> None:
    """Keep the database as the migrations left it, whole or not at all."""
    half = migrated.with_suffix(f".{os.getpid()}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(half)])
    half.replace(migrated)


def remember() -> list[str] | Path:
    """Keep what the migrations left: a copy of the file on SQLite, rows in a schema of their own on PostgreSQL."""
    assert "test" in str(connection.settings_dict["NAME"]).rsplit("/", 1)[-1], "never the desk's own database"
    if connection.vendor == "sqlite":
        copy = Path(f"{connection.settings_dict['NAME']}.pristine")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(copy)])
        connections.close_all()
        return copy
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        cursor.execute("CREATE SCHEMA pristine")
        for table in tables:
            cursor.execute(f'CREATE TABLE pristine."{table}" AS TABLE public."{table}"')
    connections.close_all()
    return tables


def lay_anew(pristine: list[str] | Path) -> None:
    """Bring the database back to what `remember` kept. Triggers refuse DELETE; a file copy and TRUNCATE pass them."""
    if isinstance(pristine, Path):
        fresh = pristine.with_suffix(".fresh")
        shutil.copyfile(pristine, fresh)
        name = str(connection.settings_dict["NAME"])
        for leftover in (f"{name}-wal", f"{name}-shm"):
            Path(leftover).unlink(missing_ok=True)
        fresh.replace(name)  # a connection that a thread forgot keeps the old file, and harms nobody
        return
    # In one transaction: foreign keys are looked at when it ends, so that rows may come back in any order.
    with transaction.atomic(), connection.cursor() as cursor:
        quoted = ", ".join(f'public."{table}"' for table in pristine)
        cursor.execute(f"TRUNCATE {quoted} RESTART IDENTITY CASCADE")
        for table in pristine:
            cursor.execute(f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE SELECT * FROM pristine."{table}"')
            if cursor.rowcount:
                continue_numbers(cursor, table)


def close_pools() -> None:
    """Let go of the pooled connections, which would keep the test database from being dropped."""
    connections.close_all()
    for one in connections.all():
        if one.vendor == "postgresql":
            one.close_pool()


def continue_numbers(cursor: Any, table: str) -> None:
    """Let the next id follow the rows that came back."""
    cursor.execute("SELECT pg_get_serial_sequence(%s, attname), attname FROM pg_attribute WHERE attrelid = %s::regclass"
                   " AND attnum > 0 AND NOT attisdropped AND pg_get_serial_sequence(%s, attname) IS NOT NULL",
                   [f'public."{table}"'] * 3)  # fmt: skip
    for sequence, column in cursor.fetchall():
        cursor.execute(f'SELECT setval(%s, (SELECT max("{column}") FROM public."{table}"))', [sequence])
