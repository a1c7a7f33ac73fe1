"""The house's rules of safety, looked up in the sources: one way out, no trusted markup, SQL where it is listed."""

import ast
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, SessionBase

from shopdesk import celery, logs, safety
from shopdesk.people import papercodes
from tests.test_house import ROOT, doors, shown, sources

pytestmark = pytest.mark.once

# Who may speak HTTP to others (SEC-60): the one client, and the command that asks its own web process whether it is up.
WAYS_OUT = {"requests", "httpx", "aiohttp", "urllib3", "urllib.request", "http.client", "ftplib", "smtplib", "apprise"}
# Messages go out in the worker: by the settings' mail server, and by apprise to the providers that the settings name.
MAY_GO_OUT = {
    "shopdesk/base/outgoing.py": {"http.client"},
    "shopdesk/management/commands/up.py": {"urllib.request"},
    "shopdesk/bench/served.py": {"http.client"},  # to the desk that it has just started on this machine
    "orders/messages/sending.py": {"apprise", "smtplib"},
    "shopdesk/accounts/post.py": {"smtplib"},
    "reports/sending.py": {"smtplib"},
}

# Who may say that a text is markup (SEC-33): the components, by fixed patterns, and the rows of the list, which escape
# each value by hand for speed.
MARKUP = {"format_html", "format_html_join", "mark_safe", "SafeString", "SafeText", "SafeData", "html_safe"}
MAY_MAKE_MARKUP = {
    "shopdesk/templatetags/desk.py", "shopdesk/templatetags/kept.py", "orders/web/rows.py", "reports/web/cells.py",
}  # fmt: skip

# Who may write SQL (SEC-42), each with parameters.
MAY_WRITE_SQL = {
    "orders/audit_feed.py", "orders/calls/leases.py", "orders/demand.py", "orders/lookups.py",
    "orders/stock/promises.py", "reports/bykey.py", "reports/collecting.py", "reports/figures.py",
    "reports/folding.py", "reports/rollups.py",
    "shopdesk/base/audit.py", "shopdesk/base/bulk.py", "shopdesk/base/gathering.py", "shopdesk/base/indexes.py",
    "shopdesk/base/prepared.py", "shopdesk/base/replica.py",
    "shopdesk/base/sqlite3/base.py", "shopdesk/base/triggers.py", "shopdesk/backups.py",
    "shopdesk/bench/limits.py", "shopdesk/bench/rows.py", "shopdesk/health.py",
    "shopdesk/management/commands/demo.py", "shopdesk/safety.py",
}  # fmt: skip
SQL = {"raw", "extra", "RawSQL", "execute", "executemany", "send_sql"}


# Who may touch XML (V1.5.1): two write pictures and tables, one reads the report that our own tests have just written;
# two name the type of what defusedxml reads from outside, and read nothing with it.
MAY_USE_XML = {
    "reports/charts.py", "reports/pictures.py", "shopdesk/exports/workbook.py", "shopdesk/management/commands/test.py",
    "shopdesk/imports/markup/walking.py", "orders/channels/commerceml.py",
}  # fmt: skip
AS_IT_CAME = ("request.GET", "request.POST", "request.data", "request.query_params", "request.FILES", "request.META")


@cache
def parsed() -> dict[Path, list[ast.AST]]:
    """Give every module's tree, read once, as the list of its nodes."""
    return {path: list(ast.walk(ast.parse(path.read_text(encoding="utf-8")))) for path in sources()}


def names_imported(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def ways_out(nodes: list[ast.AST], allowed: frozenset[str] = frozenset()) -> list[int]:
    """Give the lines that import a way out other than these."""
    return [
        line
        for line, name in names_imported(nodes)
        for way in WAYS_OUT - allowed
        if name == way or name.startswith(f"{way}.")
    ]


def markup(nodes: list[ast.AST]) -> list[int]:
    """Give the lines that call a text markup, or build it from anything but a fixed pattern."""
    return [
        node.lineno
        for node in nodes
        if (isinstance(node, ast.Name) and node.id in MARKUP)
        or (isinstance(node, ast.Attribute) and node.attr in MARKUP)
    ]


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_one_module_goes_out():
    """SEC-60, V13.2.4: every call to the world passes the look at the address."""
    loose = [
        shown(path, line)
        for path, nodes in parsed().items()
        for line in ways_out(nodes, frozenset(MAY_GO_OUT.get(place(path), ())))
    ]
    assert loose == []


@pytest.mark.parametrize(
    "text", ["import requests", "from urllib import request", "import urllib.request", "from http.client import X",
             "import apprise", "from httpx import get", "def f():\n    import http.client as h"],
)  # fmt: skip
def test_other_way_out_is_noticed(text):
    """Negative control for the test above."""
    assert ways_out(list(ast.walk(ast.parse(text))))


def test_few_say_that_a_text_is_markup():
    """SEC-33, V1.2.1, V3.2.2: everything else is escaped by the templates. V1.1.2."""
    loose = [
        shown(path, line)
        for path, nodes in parsed().items()
        if place(path) not in MAY_MAKE_MARKUP
        for line in markup(nodes)
    ]
    assert loose == []


def test_components_are_built_from_fixed_patterns():
    """The first argument of `format_html` is written in the source, never put together (V1.2.1)."""
    loose = []
    for path, nodes in parsed().items():
        for node in nodes:
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"format_html", "format_html_join"}:
                pattern = node.args[-2 if node.func.id == "format_html_join" else 0]
                if not (isinstance(pattern, ast.Constant) and isinstance(pattern.value, str)):
                    loose.append(shown(path, node.lineno))
    assert loose == []


def test_scripts_write_no_markup():
    """V1.3.2, V3.2.2: no text of a page or of an answer is run or parsed as markup by our own script.

    V1.2.3 V3.7.1 V15.3.6.
    """
    risky = [".innerHTML", ".outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
             "javascript:", "setTimeout(\"", "DOMParser", "createContextualFragment"]  # fmt: skip
    loose = [
        f"{shown(path, number)} {sign}"
        for path in (ROOT / "shopdesk/static").rglob("*.js")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        for sign in risky
        if sign in line
    ]
    assert loose == []


def test_sql_is_written_in_listed_places_only():
    """SEC-42, V1.2.4."""
    writers = {
        place(path)
        for path, nodes in parsed().items()
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SQL
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in {"self", "row"})
    }  # fmt: skip
    assert writers <= MAY_WRITE_SQL


def test_doors_hand_no_request_to_the_database_as_it_came():
    """SEC-42, V15.3.3 (CVE-2025-64459): no `**` of a query or a body, no ordering or lookup named by the request."""
    loose = [
        shown(path, node.lineno)
        for path in doors()
        for node in parsed()[path]
        if isinstance(node, ast.Call)
        and any(word.arg is None and ast.unparse(word.value).startswith(AS_IT_CAME) for word in node.keywords)
    ]
    assert loose == []


def test_serializers_and_forms_list_their_fields():
    """SEC-03, V15.3.1."""
    loose = [
        shown(path, number)
        for path in sources()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if "__all__" in line and "fields" in line
    ]
    assert loose == []


def test_no_code_is_made_from_text():
    """V1.3.2, V1.5.2: nothing evaluates, unpickles or loads code that came as data. V1.5.1."""
    risky = {"eval", "exec", "compile", "__import__"}
    loose = [
        shown(path, node.lineno)
        for path, nodes in parsed().items()
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in risky
    ]
    loose += [
        shown(path, line)
        for path, nodes in parsed().items()
        for line, name in names_imported(nodes)
        if name.split(".")[0] in {"pickle", "marshal", "shelve", "dill", "yaml"}
        or (name.startswith(("xml.", "lxml.")) and place(path) not in MAY_USE_XML)
    ]  # fmt: skip
    assert loose == []


def test_desk_that_others_reach_calls_nobody_at_home():
    """SEC-24, SEC-60: the setting for trying things out refuses to start where strangers type addresses."""
    safety.refuse_calls_home(True, "localhost")
    safety.refuse_calls_home(False, "desk.shop.example")
    with pytest.raises(safety.ImproperlyConfigured, match="this machine only"):
        safety.refuse_calls_home(True, "desk.shop.example")


def calls(nodes: list[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    yield from ((node, ast.unparse(node.func)) for node in nodes if isinstance(node, ast.Call))


def test_no_shell_is_asked():
    """V1.2.5: programs are started by a list of words, never by a line for a shell."""
    loose = [
        shown(path, node.lineno)
        for path, nodes in parsed().items()
        for node, called in calls(nodes)
        if called in {"os.system", "os.popen", "subprocess.getoutput", "pty.spawn"}
        or any(word.arg == "shell" and ast.unparse(word.value) != "False" for word in node.keywords)
    ]
    assert loose == []


def test_no_expression_is_made_from_input():
    """V1.2.9: patterns are written in the source; the one place that looks for what a person typed escapes it."""
    made = {
        place(path)
        for path, nodes in parsed().items()
        for node, called in calls(nodes)
        if called in {"re.compile", "re.search", "re.match", "re.fullmatch", "re.sub", "re.findall", "re.split"}
        and any(isinstance(inner, ast.Name | ast.Attribute | ast.FormattedValue) for inner in ast.walk(node.args[0]))
    }
    from_words_of_ours = {"shopdesk/base/strict/text.py"}
    from_a_librarys_tables = {"shopdesk/base/dialling.py"}  # how each country dials
    assert made <= from_words_of_ours | from_a_librarys_tables | {"shopdesk/privacy/traces.py"}
    assert "re.escape(" in (ROOT / "shopdesk/privacy/traces.py").read_text(encoding="utf-8")


def test_messages_are_json(settings):
    """V1.5.2, SEC-76: the worker unpacks nothing but JSON."""
    assert celery.app.conf.accept_content == ["json"]
    assert celery.app.conf.task_serializer == "json"
    assert settings.SESSION_ENGINE != "django.contrib.sessions.backends.signed_cookies"
    assert "Pickle" not in settings.SESSION_SERIALIZER


def test_cryptography_is_of_known_make():
    """V11.2.1 V11.2.3 V11.3.1 V11.3.2 V11.4.1: AES-GCM, SHA-256, HMAC, Argon2id; no other cipher, mode or hash."""
    known = {"AESGCM", "HKDF", "SHA256", "Hash", "InvalidTag", "hashes"}
    used, hashed = set(), set()
    for nodes in parsed().values():
        used |= {name.rsplit(".", 1)[1] for _line, name in names_imported(nodes) if name.startswith("cryptography.")}
        for node in nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib":
                hashed.add(node.attr)
    assert used <= known
    assert hashed <= {"sha256", "scrypt"}


def test_chance_is_the_systems():
    """V11.5.1: outside the made-up shop nobody throws dice that could be foretold. V6.5.3."""
    loose = [
        shown(path, line)
        for path, nodes in parsed().items()
        if not place(path).startswith(("shopdesk/demo/", "shopdesk/bench/"))
        for line, name in names_imported(nodes)
        if name == "random" or name.startswith(("random.", "numpy"))
    ]
    assert loose == []


def test_browsers_store_little():
    """V14.3.3: nothing of a customer lies in a browser's storage.

    `courier.js` keeps what a courier said at doors while there was no network: numbers of parcels, codes, sums.
    """
    loose = [
        f"{shown(path, number)}"
        for path in (ROOT / "shopdesk/static").rglob("*.js")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if any(word in line for word in ("localStorage", "sessionStorage", "indexedDB", "document.cookie ="))
        and not (path.name == "courier.js" and "indexedDB" in line)
    ]
    assert loose == []


class Keys(SessionBase):
    """The framework's keys of sessions, asked for without a table."""

    def exists(self, session_key):
        return False


def test_codes_are_long_enough():
    """V6.5.3 V6.5.4 V7.2.3: paper codes of 20 bits and more, keys of sessions of 128, by the system's chance."""
    assert len(papercodes.LETTERS) ** (2 * papercodes.GROUP) > 2**20
    keys = {Keys()._get_new_session_key() for _ in range(20)}
    assert len(keys) == 20
    assert all(len(VALID_KEY_CHARS) ** len(key) > 2**128 for key in keys)


def test_line_of_the_log_is_json_and_utc():
    """V16.2.2 V16.2.4: whatever wrote it, ours or a library's."""
    described = dict(logs.to_stream("INFO")["formatters"]["json"])
    formatter = described.pop("()")(**described)
    for name in ("django.request", "security"):
        line = formatter.format(logging.LogRecord(name, logging.INFO, "x.py", 1, "met %s", ("it\nthere",), None))
        told = json.loads(line)
        assert "\n" not in line
        assert datetime.fromisoformat(told["at"]).utcoffset() == timedelta(0)
