"""A canary goes through every door, also through those that refuse and break: afterwards it stands in the columns that
are classed personal and nowhere else: no log, no cache, no file, no error report, no answer to somebody else (SEC-72).
"""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.conf import settings
from django.core.cache import caches
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from orders.models import CallTask
from shopdesk import alarms, celery, declared, logs
from shopdesk.exports import making, work
from shopdesk.management.commands.audit import all_checks, run
from shopdesk.privacy import columns, search
from shopdesk.privacy.emptying import personal_columns
from tests import make
from tests.shopdesk.privacy import canaries

# What a door is told: everything that a body, a form or a query may hold of a person.
SAID = {
    "name": canaries.NAME, "phone": canaries.RAW, "email": canaries.MAIL, "q": canaries.RAW, "note": canaries.RAW,
    "comment": f"{canaries.NAME}, {canaries.STREET} 7", "reason": canaries.MAIL, "address": canaries.STREET,
}  # fmt: skip
BREAKS = f"no customer {canaries.NAME} at {canaries.RAW} <{canaries.MAIL}>"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Hear everything that is logged, as it is written in production."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    last = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *logs.LAST]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=logs.SHARED, processors=last))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.setLevel(level)
    root.removeHandler(handler)


@pytest.fixture
def owner():
    make.shop()
    make.product("A", 50)
    return make.owner()


def knock_everywhere(person: Any) -> int:
    """Ask every route with every method for everything, as a page and as a key. Gives how many requests that were."""
    browser, api = Client(raise_request_exception=False), make.client(person)
    browser.force_login(person)
    asked = 0
    for name, pattern in declared.routes():
        if name.startswith(("account_", "mfa_")) or "logout" in name or "end" in name.split("-"):
            continue
        if not (path := path_of(name, pattern)):
            continue
        for method in sorted(declared.methods(pattern)):
            asked += 1
            if name.startswith("api:"):
                query = "" if method == "POST" else f"?q={canaries.PHONE.replace('+', '%2B')}"
                api(method, path.removeprefix("/api/v1/") + query, None if method == "GET" else SAID)
            elif method == "GET":
                browser.get(path, {"q": canaries.RAW})
            else:
                browser.post(path, SAID)
    return asked


def path_of(name: str, pattern: URLPattern) -> str:
    """Give a path of a route, with the number one for whatever it asks."""
    names = pattern.pattern.converters
    kwargs = {one: "c1" if one == "key" else "A" if one in {"sku", "code", "secret"} else 1 for one in names}
    try:
        return reverse(name, kwargs=kwargs)
    except NoReverseMatch:
        return ""


def everywhere(log: io.StringIO) -> dict[str, Any]:
    """Look for the canary outside the columns that may hold it."""
    allowed = {f"{table}.{column}" for table, column in personal_columns()}
    kept = [value for one in ("default", "nearby", "template_fragments") for value in _values(caches[one])]
    written = log.getvalue()
    return {
        "columns": sorted(set(search.in_tables(canaries.TRACES, using="default")) - allowed),
        "caches": [value for value in kept if canaries.TRACES.are_in(value)],
        "files": search.in_files(canaries.TRACES, Path(settings.MEDIA_ROOT)),
        "lines": [line for line in written.splitlines() if canaries.TRACES.are_in(line) or canaries.NAME in line],
    }


def _values(cache: Any) -> list[Any]:
    return list(getattr(cache, "_cache", {}).values())


@pytest.mark.django_db
@pytest.mark.once
def test_canary_is_found_only_in_the_columns_that_may_hold_it(owner, log, settings):
    """V16.2.5."""
    canaries.lived_order(owner.subject.actor)
    again = canaries.order(external_id="CANARY-2")
    assert CallTask.objects.filter(order=again).exists()

    asked = knock_everywhere(owner)

    found = everywhere(log)
    files = found.pop("files")
    assert found == {"columns": [], "caches": [], "lines": []}
    assert not [name for name in files if not name.startswith("exports/")]
    assert asked > 150
    assert log.getvalue().count("request_finished") > 150
    assert [one for one in run(all_checks()) if one["violations"]] == []


@pytest.mark.django_db
@pytest.mark.once
def test_forgotten_log_line_is_found(owner, log):
    """Negative control: a line, a cached value and a column that say too much are all found."""
    canaries.lived_order(owner.subject.actor)
    log.write(f'{{"event": "{canaries.RAW}"}}\n')
    caches["nearby"].set("canary", canaries.MAIL)
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    left = Path(settings.MEDIA_ROOT) / "left.txt"
    left.write_text(canaries.PHONE)
    with make.undone():
        owner.name = canaries.PHONE
        owner.save()
        found = everywhere(log)
    left.unlink()
    caches["nearby"].delete("canary")

    assert {name: len(what) for name, what in found.items()} == {"columns": 1, "caches": 1, "files": 1, "lines": 1}


@pytest.mark.django_db
@pytest.mark.once
def test_what_breaks_is_logged_without_the_person(owner, log, monkeypatch):
    """A bug whose own message, cause and variables name the canary. V16.3.4."""

    def breaks(*_: Any, **__: Any) -> None:
        try:
            raise KeyError(canaries.PHONE)
        except KeyError as error:
            raise ValueError(BREAKS) from error

    monkeypatch.setattr("orders.api.orders.intake.take_in_keyed", breaks)
    api = make.client(make.channel())
    answer = api.post("orders", canaries.body(), idempotency_key="k")

    assert answer.status_code == 500
    assert not canaries.TRACES.are_in(answer.content)
    assert "ValueError" in log.getvalue()
    assert everywhere(log)["lines"] == []


@pytest.mark.django_db
@pytest.mark.once
def test_export_job_says_nothing_of_whom_it_exports(owner, log):
    canaries.order()
    making.ask(making.Wish({"q": canaries.RAW}), subject=owner.subject, at=make.AT)
    while work.make_next(at=make.AT):
        pass

    found = everywhere(log)
    assert (found["lines"], found["columns"]) == ([], [])
    assert len(found["files"]) == 1


def test_error_report_holds_place_and_kind_alone():
    report = {
        "exception": {"values": [{
            "type": "ValueError", "value": BREAKS + "\n" + BREAKS,
            "stacktrace": {"frames": [{"function": "f", "lineno": 1, "vars": {"phone": canaries.PHONE}}]},
        }]},
        "request": {"data": SAID, "query_string": canaries.PHONE, "headers": {"Cookie": "x"}},
        "user": {"email": canaries.MAIL}, "breadcrumbs": {"values": [{"message": canaries.PHONE}]},
        "extra": SAID, "message": BREAKS, "level": "error",
    }  # fmt: skip

    cleaned = alarms.clean_report(report, {})

    said = json.dumps(cleaned, ensure_ascii=False)
    assert not canaries.TRACES.are_in(said)
    assert not {"request", "user", "breadcrumbs", "extra"} & set(cleaned)
    assert cleaned["exception"]["values"][0]["type"] == "ValueError"


def test_nobody_mails_errors_and_no_task_carries_anything():
    """SEC-76: tasks are sweeps without arguments, results are not kept, only JSON travels."""
    handlers = {handler["class"] for handler in settings.LOGGING["handlers"].values()}
    assert handlers == {"logging.StreamHandler"}
    assert settings.ADMINS == []
    assert (celery.app.conf.task_ignore_result, celery.app.conf.accept_content) == (True, ["json"])
    celery.app.loader.import_default_modules()
    for name in celery.SWEEPS:
        code = celery.app.tasks[name].run.__code__
        assert code.co_argcount + code.co_kwonlyargcount == 0, name


def test_every_personal_column_is_in_one_of_four_classes():
    kinds = {table.classes[column] for table in columns.personal_tables() for column in table.personal}
    assert kinds == {"contact", "said", "past", "answer"}
