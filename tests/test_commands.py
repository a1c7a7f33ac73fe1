"""The two commands, the settings they start with, and what keeps the desk's processes together."""

import os
import re
import signal
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError

import manage
from shopdesk import bootstrap, environment, logs, safety
from shopdesk.celery import SWEEPS, app
from shopdesk.crew import Crew, GaveUp, Member
from shopdesk.management.commands.up import only_desk_in, refuse_taken_port
from shopdesk.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
GOOD_SECRET = "Zk3-9sQwErTyUiOpAsDfGhJkLzXcVbNm1234567890_x"
HERE = ["localhost", "127.0.0.1"]


# --- manage.py before there is anything ------------------------------------------------------------------------------


def test_old_python_is_told_in_a_sentence() -> None:
    with pytest.raises(SystemExit, match=r"needs Python 3.11 or newer, and this is 3.10\."):
        manage.refuse_old_python((3, 10))
    manage.refuse_old_python((3, 11))


@pytest.mark.parametrize(
    ("words", "stream"),
    [
        (["manage.py", "create_token", "shop"], "stderr"), (["/srv/manage.py", "audit", "--json"], "stderr"),
        (["manage.py", "up"], "stdout"), (["/venv/bin/gunicorn", "shopdesk.wsgi"], "stdout"), ([], "stdout"),
    ],
)  # fmt: skip
def test_what_a_command_prints_is_its_answer_alone(words: list[str], stream: str) -> None:
    assert logs.stream_of(words) == stream
    handler = logs.to_stream("INFO", stream)["handlers"]["all"]
    assert handler["stream"] == f"ext://sys.{stream}"


def test_environment_without_django_is_told_in_a_sentence(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    told = subprocess.run([tmp_path / "bare/bin/python", ROOT / "manage.py", "check"], capture_output=True, text=True)
    assert told.returncode == 1
    assert "has no Django" in told.stderr
    assert "Traceback" not in told.stderr


def test_python_without_ensurepip_is_told_the_one_line_to_type(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv"):
        bootstrap.empty_environment(sys.executable, tmp_path / "new")


def test_scripts_name_the_final_folder(tmp_path: Path) -> None:
    script = tmp_path / ".venv.new-7" / "bin" / "pytest"
    script.parent.mkdir(parents=True)
    script.write_text(f"#!{script.parent}/python\n")
    bootstrap.point_scripts_at(tmp_path / ".venv.new-7", tmp_path / ".venv")
    assert script.read_text() == f"#!{tmp_path}/.venv/bin/python\n"


def test_changed_lock_is_seen(tmp_path: Path) -> None:
    lock = tmp_path / "a.lock"
    lock.write_text("one==1")
    before = bootstrap.stamp_of(lock)
    lock.write_text("one==2")
    assert bootstrap.stamp_of(lock) != before
    assert bootstrap.read_stamp(tmp_path / "nothing") == ""


def test_up_names_the_data_folder_before_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOPDESK_DATA", "before")
    bootstrap.adopt_data_folder(["manage.py", "migrate", "--data", "other"])
    assert os.environ["SHOPDESK_DATA"] == "before"
    bootstrap.adopt_data_folder(["manage.py", "up", "--port", "1", "--data", "there"])
    assert os.environ["SHOPDESK_DATA"] == "there"
    bootstrap.adopt_data_folder(["manage.py", "up", "--data=elsewhere"])
    assert os.environ["SHOPDESK_DATA"] == "elsewhere"


def test_locks_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")]
        pins = [place for place, line in enumerate(lines) if "==" in line]
        assert all("--hash=sha256:" in lines[place + 1] for place in pins)
        assert len(pins) > 60


# --- settings --------------------------------------------------------------------------------------------------------


def test_settings_come_from_files_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """V13.3.1."""
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))
    assert environment.text("THING") == "from the file"
    monkeypatch.setenv("THING", "from the environment")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        environment.text("THING")


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: environment.flag("THING", False), "perhaps"),
        (lambda: environment.whole("THING", 1), "1.5"),
        (lambda: environment.whole("THING", 1), "-1"),
        (lambda: environment.whole("THING", 1), "١"),
        (lambda: environment.zone("THING", "UTC"), "Europe/Nowhere"),
        (lambda: environment.zone("THING", "UTC"), "../../etc/passwd"),
        (lambda: environment.one_of("THING", ("en", "ru"), "en"), "xx"),
    ],
)
def test_wrong_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch, read, value: str) -> None:
    monkeypatch.setenv("THING", value)
    with pytest.raises(ImproperlyConfigured, match="THING"):
        read()


def test_missing_setting_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImproperlyConfigured, match="THING is not set"):
        environment.text("THING")
    monkeypatch.setenv("THING_FILE", "/nowhere/at/all")
    with pytest.raises(ImproperlyConfigured, match="cannot be read"):
        environment.text("THING")


def test_kept_secret_is_made_once(tmp_path: Path) -> None:
    """V13.3.2."""
    first = environment.kept_secret("SECRET_KEY", tmp_path)
    assert environment.kept_secret("SECRET_KEY", tmp_path) == first
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [file.name for file in tmp_path.iterdir()] == ["secret_key"]


POSTGRESQL = {"ENGINE": "django.db.backends.postgresql", "HOST": "db", "PASSWORD": "k2h3-kj4h-23kj"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"hosts": ["*"]}, "ALLOWED_HOSTS"),
        ({"debug": True, "hosts": ["shop.example"]}, "DEBUG"),
        ({"secrets": ["short"]}, "must be random"),
        ({"secrets": ["a" * 60]}, "must be random"),
        ({"secrets": [f"django-insecure-{GOOD_SECRET}"]}, "must be random"),
        ({"databases": {"default": POSTGRESQL | {"PASSWORD": "postgres"}}}, "password"),
        ({"broker": "redis://broker:6379/0"}, "REDIS_URL"),
    ],
)
def test_unsafe_settings_are_refused(changed: dict[str, object], reason: str) -> None:
    """V13.2.1 V13.2.3."""
    safe = {
        "debug": False, "hosts": ["shop.example"], "secrets": [GOOD_SECRET], "databases": {"default": POSTGRESQL},
        "broker": "redis://:k2h3-kj4h-23kj@broker:6379/0",
    }  # fmt: skip
    safety.refuse_unsafe(**safe)
    with pytest.raises(ImproperlyConfigured, match=reason):
        safety.refuse_unsafe(**(safe | changed))


def test_debug_is_for_this_machine_only() -> None:
    """V13.4.2."""
    assert safety.refuse_hosts(True, [*HERE, "[::1]"]) == []


def test_sqlite_on_a_network_disk_is_refused(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/sda1 / ext4 rw 0 0\nserver:/x /srv/desk nfs4 rw 0 0\n")
    assert safety.file_system_of(Path("/srv/desk/a.sqlite3"), mounts) in safety.NETWORK_FILE_SYSTEMS
    assert safety.file_system_of(Path("/srv/desktop/a.sqlite3"), mounts) == "ext4"


@pytest.mark.parametrize(
    ("env", "reason"),
    [
        ({"DEBUG": "yes", "ALLOWED_HOSTS": "shop.example"}, "DEBUG"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS"),
        ({"DATABASE_URL": "postgres://desk:k2h3-kj4h@db/desk"}, "SECRET_KEY is not set"),
        ({"DEBUG": "si"}, "DEBUG must be yes or no"),
    ],
)
def test_start_with_unsafe_settings_ends_in_a_sentence(tmp_path: Path, env: dict[str, str], reason: str) -> None:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    told = subprocess.run(
        [sys.executable, "-c", "import shopdesk.settings"],
        env={**clean, "SHOPDESK_DATA": str(tmp_path), **env}, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 1
    assert reason in told.stderr.splitlines()[-1]


def test_production_cookies_and_headers(tmp_path: Path) -> None:
    env = {**os.environ, "PUBLIC_URL": "https://desk.shop.example", "SHOPDESK_DATA": str(tmp_path), "DATABASE_URL": ""}
    show = "import shopdesk.settings as s; print(s.SESSION_COOKIE_NAME, s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE)"
    told = subprocess.run([sys.executable, "-c", show], env=env, cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["__Host-session", "31536000", "True"]


# They look over the whole shelf and tell a person; nothing is due by them at a minute.
NOT_URGENT = {
    "orders.tasks.propose_counts", "orders.tasks.watch_books", "orders.tasks.poll_shops",
    "orders.tasks.reconcile_shops", "orders.tasks.look_back",
}  # fmt: skip


def test_sweeps_expire_after_one_interval() -> None:
    for name, every in SWEEPS.items():
        entry = app.conf.beat_schedule[name]
        assert entry == {"task": name, "schedule": every, "options": {"expires": every}}
        assert every <= 300 or name in NOT_URGENT


def test_containers_have_no_default_secret_and_no_unknown_setting() -> None:
    """V6.3.2."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    read = (ROOT / "shopdesk/settings.py").read_text()
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            assert "PASSWORD" not in name or ":?" in value
            assert service.get("build") is None or name == "WEB_CONCURRENCY" or f'"{name}"' in read
    text = (ROOT / "docker-compose.yml").read_text()
    assert not re.findall(r"\$\{\w*(?:PASSWORD|KEY)\w*(?::-[^}]*)?\}", text)


def test_contracts_are_the_design() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert len(contracts) >= 9


# --- logs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "canary",
    ["+79161234567", "8 (916) 123-45-67", "0888 123 456 7", "anna@example.com", "Bearer abc.def", "apiKey=abc123"],
)
def test_personal_values_never_reach_the_log(canary: str) -> None:
    """V14.2.1 V16.2.5."""
    written = logs.hide_personal(None, "", {"event": f"met {canary} today", "list": [{"x": canary}]})
    assert canary not in str(written)
    assert "met" in written["event"]


def test_personal_fields_are_blanked_by_name() -> None:
    """V16.2.5."""
    event = {"event": "x", "customer_name": "Анна", "request": "GET /orders?q=Smirnova", "order": 1042}
    written = logs.hide_personal(None, "", event)
    assert written == {
        "event": "x",
        "customer_name": logs.HIDDEN,
        "request": f"GET /orders?{logs.HIDDEN}",
        "order": 1042,
    }


def test_exceptions_are_written_without_values() -> None:
    try:
        raise ValueError('duplicate key: "Анна"\nDETAIL: Key (phone)=(+79161234567) exists')
    except ValueError as error:
        written = logs.name_exception(None, "", {"event": "x", "exc_info": (ValueError, error, None)})
    assert "Анна" not in str(written)
    assert "7916" not in str(written)
    assert written["error"] == "ValueError"
    assert "test_exceptions_are_written_without_values" in written["error_at"][0]


def test_order_numbers_and_hashes_stay_readable() -> None:
    for harmless in ("order 1042", "2026-11-22T00:07:26.326061Z", "127.0.0.1:8000", "9f86d081884c7d65"):
        assert logs.clean_text(harmless) == harmless


def test_a_log_line_stays_a_line() -> None:
    """V16.4.1."""
    assert logs.clean_text("a\u2028b\x9bc") == "a\\u2028b\\u009bc"


# --- up --------------------------------------------------------------------------------------------------------------


def test_taken_port_is_told_before_anything_starts() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} on 127.0.0.1 cannot be used: .*--port {port + 1}"):
            refuse_taken_port("127.0.0.1", port)
    refuse_taken_port("127.0.0.1", port)


def test_two_desks_do_not_share_a_folder(tmp_path: Path) -> None:
    first = only_desk_in(tmp_path)
    with pytest.raises(CommandError, match="Another desk is running"):
        only_desk_in(tmp_path)
    first.close()
    only_desk_in(tmp_path).close()


@pytest.fixture
def crew():
    before = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    lines: list[str] = []
    made = Crew(lines.append)
    made.lines = lines
    yield made
    made.stop()
    for one, handler in before.items():
        signal.signal(one, handler)


def test_crew_starts_a_fallen_member_again(crew, tmp_path: Path) -> None:
    crew.start(Member("web", ["sh", "-c", f"echo x >> {tmp_path}/starts; exec sleep 60"], dict(os.environ)))
    crew.wait(until=(tmp_path / "starts").exists)
    os.kill(crew.members[0].process.pid, signal.SIGKILL)
    crew.wait(until=lambda: (tmp_path / "starts").read_text() == "x\nx\n")
    assert any("started again" in line for line in crew.lines)


def test_crew_gives_up_on_a_member_that_never_stands(crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shopdesk.crew.LONGEST_PAUSE_S", 0)
    crew.start(Member("web", ["sh", "-c", "echo no; exit 3"], dict(os.environ)))
    with pytest.raises(GaveUp, match=r"web ended 5 times in a row \(code 3\)"):
        crew.wait()


def test_crew_stops_the_last_started_first_and_leaves_nobody(crew, tmp_path: Path) -> None:
    for name in ("broker", "web"):
        script = f"trap 'echo {name} >> {tmp_path}/ends; exit' TERM; sleep 61 & touch {tmp_path}/{name}; wait"
        crew.start(Member(name, ["sh", "-c", script], dict(os.environ)))
    crew.wait(until=lambda: (tmp_path / "broker").exists() and (tmp_path / "web").exists())
    family = psutil.Process().children(recursive=True)
    crew.stop()
    assert (tmp_path / "ends").read_text() == "web\nbroker\n"
    assert not [one for one in family if "61" in cmdline(one)]


@pytest.mark.once
def test_up_leaves_no_orphans(tmp_path: Path) -> None:
    """However it is ended; and the same folder is begun with again."""
    for end in (signal.SIGTERM, signal.SIGINT, signal.SIGKILL):
        up_and_down(tmp_path, end)


def up_and_down(folder: Path, end: signal.Signals) -> None:
    """Let a desk stand up, end it, and look whether anybody of it is left."""
    port = free_port()
    env = {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "SHOPDESK_DATA": str(folder), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port), "--data", str(folder / "desk")]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as desk:
        lines = []
        for line in desk.stdout:
            lines.append(line)
            if "answers at" in line:
                break
        family = psutil.Process(desk.pid).children(recursive=True)
        assert len(family) >= 6, "".join(lines)
        desk.send_signal(end)
        rest = desk.stdout.read()
    assert psutil.wait_procs(family, timeout=45)[1] == [], end.name
    if end != signal.SIGKILL:
        assert desk.returncode == 0
        assert rest.rstrip().endswith("Stopped.")
    refuse_taken_port("127.0.0.1", port)


def cmdline(process: psutil.Process) -> str:
    """Give a process's command line; empty when it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
