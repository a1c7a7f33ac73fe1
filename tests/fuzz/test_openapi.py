"""The JSON doors by their own document, as everybody and as nobody: no 500, and only what the document says.

A fixed share each time; `SCHEMA_EXAMPLES=50000 python -m pytest tests/fuzz/test_openapi.py` is the long run.
"""

import os
from typing import Any

import pytest
import schemathesis
import time_machine
from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from shopdesk.wsgi import application
from tests import make
from tests.fuzz.test_doors import note
from tests.walker import walk
from tests.walker.world import EVERYBODY, NEXT_DAY, World, build

pytestmark = [pytest.mark.django_db, pytest.mark.once]
EXAMPLES, SEED = int(os.environ.get("SCHEMA_EXAMPLES", "200")), int(os.environ.get("FUZZ_SEED", "1"))
HERE = {"REMOTE_ADDR": "127.0.0.1"}
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
]  # fmt: skip


@pytest.fixture
def world():
    for signal in (request_started, request_finished):  # the test's own connection stays open
        signal.disconnect(close_old_connections)
    try:
        with time_machine.travel(NEXT_DAY, tick=False):
            yield build()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def test_every_json_door_keeps_to_its_document_whoever_asks(world):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, environ_overrides=HERE)
    operations = [found.ok() for found in schema.get_all_operations()]
    wrong, asked = [], 0
    for operation in operations:
        each = max(2, -(-EXAMPLES // len(operations)))  # rounded up: at least so many in all
        asked += ask(world, operation, each, wrong)
        note(wrong)
    print(f"\n{asked} examples of {len(operations)} operations, {len(wrong)} wrong")  # noqa: T201
    assert wrong == []


def ask(world: World, operation: Any, number: int, wrong: list[str]) -> int:
    """Ask one operation so many times, by its own examples and against them. Gives how often."""
    asked, fits, spoils = 0, operation.as_strategy(), operation.as_strategy(GenerationMode.NEGATIVE)

    @settings(
        max_examples=number, derandomize=SEED == 1, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=st.one_of(fits, spoils), label=st.sampled_from(EVERYBODY), own=st.booleans())
    def one(case: Any, label: str, own: bool) -> None:
        nonlocal asked
        asked += 1
        for name in {"default", "counters"} & set(caches.settings):
            caches[name].clear()
        if own:
            case.path_parameters = keys_of(world, case.path_parameters or {}, label)
        token = world.tokens[label]
        with make.undone():
            try:
                response = case.call(headers={"Authorization": f"Bearer {token}"} if token else {})
                case.validate_response(response, checks=CHECKS)
            except (Failure, FailureGroup) as failure:
                said = failure.exceptions if isinstance(failure, FailureGroup) else [failure]
                why = "; ".join(f"{type(fault).__name__} {fault.message}" for fault in said)
                wrong.append(f"{operation.label} as {label}: {why} {case.body!r:.200} {case.query!r:.200}")

    one()
    return asked


def keys_of(world: World, named: dict[str, Any], label: str) -> dict[str, Any]:
    """Put things that are there into a path: this asker's own, else anybody's."""
    keys = dict(named)
    for name in named:
        kind = walk.THINGS.get(name)
        things = [one for one in world.things if one.kind == kind]
        mine = [one for one in things if label in one.seen_by] or things
        if mine:
            keys[name] = mine[len(str(named[name])) % len(mine)].key
    return keys


def test_who_takes_something_away_is_promised_what_is_left():
    """The generator's default for DELETE is 204 without a body: each of our doors answers with what it acted on."""
    told = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, environ_overrides=HERE).raw_schema
    doors = {path: one["delete"]["responses"] for path, one in told["paths"].items() if "delete" in one}
    assert len(doors) >= 8
    assert [path for path, answers in doors.items() if "204" in answers] == []
