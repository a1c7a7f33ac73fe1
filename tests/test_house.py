"""The house keeps its own rules: rights declared, doors that decide nothing, one writer per fact."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from shopdesk import declared
from shopdesk.base import access, triggers

ROOT = Path(__file__).resolve().parent.parent
APPS = ("orders", "delivery", "reports", "shopdesk")
FORBIDDEN = {"utils", "helpers", "common", "misc", "services", "managers", "handlers", "data", "info", "process"}
DOORS = ("web", "api")
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


def sources() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def doors() -> list[Path]:
    return [path for path in sources() if path.stem in DOORS or path.parent.name in DOORS]


def shown(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def test_every_route_declares_its_right():
    """V6.3.4 V8.1.1."""
    assert declared.undeclared() == []


def test_route_that_is_not_declared_is_refused(monkeypatch):
    """Negative control: without its line the route is named. V8.2.1."""
    without = {name: methods for name, methods in access.rights().items() if name != "api:orders"}
    monkeypatch.setattr(declared, "rights", lambda: without)

    assert "api:orders is not declared" in declared.undeclared()


def test_modules_have_names_that_say_something():
    named = [path for path in sources() if path.stem in FORBIDDEN or path.parent.name in FORBIDDEN]
    assert named == []


def test_files_and_functions_are_short():
    long = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        if text.count("\n") > LONGEST_FILE:
            long.append(shown(path, text.count("\n")))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION:
                long.append(f"{shown(path, node.lineno)} {node.name}")
    assert long == []


def test_doors_read_only_what_their_subject_may_see():
    """`.objects` in a door is followed by `for_subject`, else it would show somebody else's rows. V8.3.1."""
    loose = []
    for path in doors():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"\.objects\b(?!\.for_subject\()", line):
                loose.append(shown(path, number))
    assert loose == []


@pytest.mark.parametrize(
    "deed", [r"\.save\(", r"\.delete\(\)", r"\batomic\b", r"bulk_create\(", r"\bif order\.status\b"]
)
def test_doors_decide_and_write_nothing(deed):
    wrong = [
        shown(path, number)
        for path in doors()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(deed, line) and not line.strip().startswith(("#", '"""'))
    ]
    assert wrong == []


def test_lifecycle_alone_writes_the_status_of_an_order():
    writers = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if re.search(r"update\((.*\W)?status=|\.status = |order\.status, order\.status_at = ", path.read_text("utf-8"))
    }
    assert writers <= {"orders/lifecycle.py"}


def test_nobody_catches_everything_in_the_domain():
    wrong = []
    for path in sources():
        if path.parts[len(ROOT.parts)] == "shopdesk":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"except( Exception| BaseException)?:|suppress\(Exception", line):
                wrong.append(shown(path, number))
    assert wrong == []


def test_public_functions_say_what_they_do():
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(f"{shown(path, node.lineno)} {node.name}")
    assert silent == []


def test_markup_is_never_trusted():
    risky = re.compile(r"mark_safe|\|\s*safe\b|autoescape off|\.innerHTML|style=\"|<script>|\son\w+=\"")
    wrong = []
    for pattern in ("*.html", "*.js", "*.py"):
        for app in APPS:
            for path in (ROOT / app).rglob(pattern):
                for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                    if risky.search(line) and "house:" not in line:
                        wrong.append(shown(path, number))
    assert wrong == []


@pytest.mark.django_db
def test_append_only_tables_are_guarded():
    assert triggers.missing(connection) == []
