"""What a shop installs and runs: locked, listed, checked, and with as few rights as it needs (SEC-80 to SEC-86)."""

import json
import os
import re
import subprocess
import sys
from importlib import import_module
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from shopdesk import safety, sbom
from tests.shopdesk.base.test_wake import broker  # noqa: F401
from tests.test_house import ROOT

pytestmark = pytest.mark.once


def ids(messages):
    return {message.id for message in messages}


def test_every_package_is_listed_and_held_fast(tmp_path):
    """V15.1.2: the bill of materials names what is installed, by hash."""
    out = StringIO()
    call_command("sbom", stdout=out)
    bill = json.loads(out.getvalue())

    listed = {one["name"]: one["version"] for one in bill["components"]}
    assert bill["bomFormat"] == "CycloneDX"
    assert len(listed) > 60
    assert {"django", "cryptography", "pillow", "apprise"} <= set(listed)
    assert all(one["hashes"] for one in bill["components"])


def test_package_without_a_hash_is_noticed(tmp_path):
    """Negative control."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("left-pad==1.0\n")
    with pytest.raises(ValueError, match="left-pad"):
        sbom.read_lock(lock)


def test_django_is_at_its_floor():
    """SEC-83, V15.2.1: below 5.2.8 is CVE-2025-64459."""
    listed = {one["name"]: one["version"] for one in sbom.read_lock(ROOT / "requirements.lock")}
    assert tuple(map(int, listed["django"].split("."))) >= (5, 2, 19)


def test_locks_name_no_index():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert not re.search(r"(?m)^\s*(-i|--index|--extra-index|--find-links)|https?://", (ROOT / lock).read_text())


def test_times_to_mend_are_written_down():
    """V15.1.1: critical 48 hours, high seven days."""
    said = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "48 hours" in said
    assert "seven days" in said
    assert "Supported versions" in said


def test_nothing_but_what_runs_is_in_the_image():
    """V13.4.1, V15.2.3: no `.git`, no tests, no development packages; not as root."""
    said = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"(?m)^COPY (?!--from)(.+)$", said)
    assert copied == ["requirements.lock /tmp/requirements.lock", "manage.py LICENSE ./", *(f"{app} {app}" for app in (
        "shopdesk", "orders", "delivery", "reports"))]  # fmt: skip
    assert re.search(r"(?m)^USER desk$", said)
    locked = {one["name"] for one in sbom.read_lock(ROOT / "requirements.lock")}
    assert not locked & {"pytest", "playwright", "django-debug-toolbar", "ipython", "schemathesis", "mypy"}


@pytest.mark.parametrize(
    "said",
    [
        "NoNewPrivileges=yes", "CapabilityBoundingSet=", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
        "PrivateDevices=yes", "ProtectKernelTunables=yes", "RestrictNamespaces=yes", "RestrictSUIDSGID=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "SystemCallArchitectures=native", "UMask=0077",
        "User=shopdesk", "SystemCallFilter=@system-service",
    ],
)  # fmt: skip
def test_unit_takes_its_rights_away(said):
    """SEC-84, V13.2.2."""
    assert said in (ROOT / "docs/deploy/shopdesk@.service").read_text(encoding="utf-8").splitlines()


READ_THE_DESK = """
import os, threading
from shopdesk.wsgi import application
from django.db import connections
{also}
print([one.alias for one in connections.all() if one.connection], threading.active_count(),
      len(os.listdir("/proc/self/task")))
"""


@pytest.mark.parametrize(
    ("also", "whole"),
    [("", True), ("connections['default'].ensure_connection()", False),
     ("threading.Thread(target=threading.Event().wait, daemon=True).start()", False)],
)  # fmt: skip
def test_parent_of_the_web_workers_holds_nothing_that_a_fork_would_tear(tmp_path, also, whole):
    """Decision 0103: no connection and no thread, once the desk is read. The other two are negative controls."""
    told = subprocess.run(
        [sys.executable, "-c", READ_THE_DESK.format(also=also)], cwd=ROOT, capture_output=True, text=True, check=True,
        env=os.environ
        | {"DATABASE_URL": "", "SHOPDESK_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "shopdesk.settings"},
    )  # fmt: skip
    assert (told.stdout.strip() == "[] 1 1") is whole


def test_web_is_read_once_wherever_it_is_started():
    """Decision 0103."""
    for place in ("Dockerfile", "docs/deploy/run", "shopdesk/management/commands/up.py", "shopdesk/bench/served.py"):
        assert "--preload" in (ROOT / place).read_text(encoding="utf-8"), place


def test_unit_hands_no_secret_on_a_command_line():
    """SEC-23, V13.3.1, V13.3.2: secrets come as files that the unit alone may read."""
    unit = (ROOT / "docs/deploy/shopdesk@.service").read_text(encoding="utf-8")
    assert not re.search(r"(?m)^(Environment=.*(KEY|PASSWORD|URL)=|ExecStart=.*(key|password))", unit)
    told = subprocess.run(["sh", "-n", str(ROOT / "docs/deploy/run")], capture_output=True, check=False)
    assert told.returncode == 0


@pytest.mark.parametrize("path", ["/.git/config", "/.env", "/static/", "/static/../shopdesk/settings.py",
                                  "/static/.git", "/var/secret_key", "/private/", "/media/"])  # fmt: skip
@pytest.mark.django_db
def test_nothing_that_lies_beside_the_pages_is_served(path):
    """V13.4.1, V13.4.3: no source, no secret, no listing of a folder."""
    assert Client().get(path).status_code in {302, 404}


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "DEBUG", "PROPFIND"])
@pytest.mark.django_db
def test_methods_nobody_uses_are_refused(method):
    """V13.4.4, V4.1.4."""
    for path in ("/orders", "/api/v1/orders", "/livez"):
        assert Client(raise_request_exception=False).generic(method, path).status_code in {302, 401, 403, 404, 405}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("TRUSTED_PROXIES", 0, "shopdesk.E003"), ("HTTPS", False, "shopdesk.E004"),
     ("TIME_ZONE", "Europe/Sofia", "shopdesk.E005"),
     ("CACHE_URL", "", "shopdesk.W002")],
)  # fmt: skip
def test_check_names_what_is_unsafe(settings, name, value, said):
    """SEC-80."""
    settings.HTTPS, settings.TRUSTED_PROXIES, settings.CACHE_URL = True, 1, "redis://x"
    settings.PUBLIC_HOST = "desk.shop.example"
    assert safety.check_surroundings(None) == []
    setattr(settings, name, value)
    assert ids(safety.check_surroundings(None)) == {said}


def test_check_asks_the_broker_what_it_keeps(broker, settings):  # noqa: F811
    """Ours in the test keeps nothing; one that is out of reach says nothing here."""
    assert "shopdesk.W003" in ids(safety.check_broker(None))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert safety.check_broker(None) == []


def test_limits_are_those_of_the_code():
    """SEC-41, V2.1.3: the page that people read cannot drift away from what is enforced. V2.1.1 V5.1.1."""
    rows = re.findall(
        r"(?m)^\|[^|]+\| ([\d,]+)[^|]*\| `([\w.]+):(\w+)` \|$", (ROOT / "docs/limits.md").read_text("utf-8")
    )
    assert len(rows) > 20
    wrong = [
        (place, name, said)
        for said, place, name in rows
        if getattr(import_module(place), name) != int(said.replace(",", ""))
    ]
    assert wrong == []


@pytest.mark.parametrize("length", ["12000001", "99999999999999", "-1", "abc", "\u00b2"])
@pytest.mark.parametrize("path", ["/orders/new", "/api/v1/orders", "/accounts/login/"])
@pytest.mark.django_db
def test_announced_flood_is_refused_unread(path, length):
    """V5.2.1, V2.4.1: before the body of an upload fills the disk."""
    answer = Client(raise_request_exception=False).generic("POST", path, b"x", "text/plain", CONTENT_LENGTH=length)
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ("Ways in", ["second factor", "no administration site", "no default account", "no secret question"]),
        ("Ways in", ["lockout.py", "20,000 common", "need not be changed", "name or mail"]),
        ("Sessions", ["Idle 30 minutes", "absolute 12 hours", "several places"]),
        ("What is checked", ["limits.md", "totals with their lines", "What takes long"]),
        ("Whom the desk calls", ["PostgreSQL", "outgoing.py", "Nothing else"]),
        ("Cryptography", ["Argon2id", "AES-256-GCM", "once a year", "FALLBACKS"]),
        ("Logs", ["security log", "standard output", "how long"]),
    ],
)
def test_page_about_security_has_its_parts(part, says):
    """What ASVS wants written down is there: V2.1.1 V2.1.2 V6.1.1 V6.1.2 V6.1.3 V6.2.10 V6.4.2 V7.1.1 V7.1.2."""
    # And: V11.1.1 V11.1.2 V13.1.1 V15.1.3 V16.1.1 V16.2.3.
    page = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    inside = re.split(r"(?m)^## ", page)
    text = " ".join(next(one for one in inside if one.startswith(part)).split())
    assert [word for word in says if word not in text] == []
