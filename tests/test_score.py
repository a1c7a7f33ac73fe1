"""The score sheet says what the reports say: good only where all was run and nothing was wrong."""

import json

import pytest

from tests import score
from tests.faults.__main__ import verdict

pytestmark = pytest.mark.once
FAULTS = {
    "database": "sqlite", "faults injected": 300, "wrong": {}, "wrong meanwhile": [], "violations": {},
    "checked": {"S1": 9}, "acknowledged": 7, "worst recovery, s": 3.5,
}  # fmt: skip
GOOD = {
    "faults": [json.dumps(FAULTS)],
    "races": [json.dumps([{"race": "last", "rounds": 1000, "at once": 8, "wrong": []}])],
    "interleavings": ["sqlite: 37 passed, 0 failed, 0 skipped\npostgresql: 37 passed, 0 failed, 0 skipped\n"],
    "controls": ["35 of 35 caught\n"],
    "openapi": ["50000 examples of 90 operations, 0 wrong\n1 passed"],
    "desk": ["{'sequences': 5000, 'asked': 9}\n1 passed, 1 deselected"],
    "bandit": ["\nended with 0"],
    "pip-audit": ["No known vulnerabilities found\nended with 0"],
}


def marks(reports):
    return [line.good for line in score.sheet(reports)]


def test_all_that_is_good_is_good():
    assert set(marks(GOOD)) == {True}


@pytest.mark.parametrize("name", GOOD)
def test_what_nobody_ran_is_missing(name):
    assert None in marks(GOOD | {name: []})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faults", json.dumps(FAULTS | {"wrong": {"acknowledged orders lost (O2)": ["S-1"]}})),
        ("faults", json.dumps(FAULTS | {"wrong": {"orders twice (O1)": ["S-1"]}})),
        ("faults", json.dumps(FAULTS | {"wrong": {"told nobody (E2)": ["S-1"]}})),
        ("faults", json.dumps(FAULTS | {"wrong meanwhile": [{"deed": "stand_by"}]})),
        ("faults", json.dumps(FAULTS | {"violations": {"S1": ["A"]}})),
        ("faults", json.dumps(FAULTS | {"worst recovery, s": 121.0})),
        ("faults", json.dumps(FAULTS | {"faults injected": 299})),
        ("races", json.dumps([{"race": "last", "rounds": 1000, "at once": 8, "wrong": ["round 3: 2 sold"]}])),
        ("races", json.dumps([{"race": "last", "rounds": 9, "at once": 8, "wrong": []}])),
        ("interleavings", "sqlite: 36 passed, 1 failed, 0 skipped\npostgresql: 37 passed, 0 failed, 0 skipped\n"),
        ("interleavings", "sqlite: 37 passed, 0 failed, 0 skipped\n"),
        ("controls", "34 of 35 caught\n"),
        ("controls", "Traceback"),
        ("openapi", "50000 examples of 90 operations, 2 wrong\n1 failed"),
        ("desk", "{'sequences': 5000}\n1 failed"),
        ("bandit", "Issue\nended with 1"),
    ],
)
def test_what_is_wrong_is_wrong(name, text):
    assert False in marks(GOOD | {name: [text]})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, 0), ({"wrong": {"orders twice (O1)": ["S-1"]}}, 1), ({"violations": {"S1": ["A"]}}, 1),
        ({"wrong meanwhile": [{"deed": "stand_by"}]}, 2), ({"worst recovery, s": 121.0}, 2),
        ({"violations": {"S1": ["A"]}, "worst recovery, s": 121.0}, 1),
    ],
)  # fmt: skip
def test_a_broken_promise_is_told_from_a_late_answer(changed, code):
    """The gate tries once more whoever was only late (2), and nobody who lost an order (1)."""
    assert verdict(FAULTS | changed) == code
