"""The list of requirements (OWASP ASVS 5.0.0, levels 1 and 2) says nothing that is not so.

`docs/asvs.csv` paraphrases the standard, which is by the OWASP Foundation under CC BY-SA 4.0, in a few words each; the
standard's own words rule.
"""

import ast
import csv
import re
from functools import cache

import pytest

from tests.test_house import ROOT

pytestmark = pytest.mark.once

# How many requirements of level 1 and 2 each section has.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 4, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip
LEVELS = {"1": 70, "2": 183}


@cache
def rows():
    with (ROOT / "docs/asvs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def sources_of(place):
    """Give the source of every test of a file, with its decorators, by name."""
    text = (ROOT / place).read_text(encoding="utf-8")
    lines = text.splitlines()
    return {
        node.name: "\n".join(
            lines[min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1 : node.end_lineno]
        )
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def wrong_in(row):
    """Say what a row promises and does not hold."""
    tests, gap = row["tests"].split(), row["gap"]
    if row["applies"] == "no":
        return ["no reason"] * (not row["where, or why not"]) + ["a test of nothing"] * bool(tests)
    wrong = [] if tests or gap else ["neither tested nor a gap"]
    for named in tests:
        place, _, name = named.partition("::")
        source = sources_of(place).get(name) if (ROOT / place).is_file() else None
        if source is None:
            wrong.append(f"{named} does not exist")
        elif not re.search(re.escape(row["id"]) + r"(?!\d)", source):
            wrong.append(f"{named} does not name it")
    return wrong


def test_every_requirement_of_levels_one_and_two_is_listed_once():
    ids = [row["id"] for row in rows()]
    sections = {}
    for one in ids:
        section = one[1:].rsplit(".", 1)[0]
        sections[section] = sections.get(section, 0) + 1

    assert len(ids) == len(set(ids)) == 253
    assert sections == SECTIONS
    assert {level: sum(row["level"] == level for row in rows()) for level in LEVELS} == LEVELS


def test_every_named_test_exists_and_names_its_requirement(capsys):
    wrong = {row["id"]: found for row in rows() if (found := wrong_in(row))}

    apply = [row for row in rows() if row["applies"] == "yes"]
    tested, gaps = [row for row in apply if row["tests"]], [row for row in apply if row["gap"]]
    with capsys.disabled():
        print(f" ASVS: {len(apply)} apply, {len(tested)} tested, {len(gaps)} with a gap", end="")  # noqa: T201
    assert wrong == {}


def test_gaps_are_named_in_words():
    """A requirement without a test says what is missing; nobody reads that from an empty cell."""
    assert all(row["gap"] for row in rows() if row["applies"] == "yes" and not row["tests"])
    assert all(len(row["gap"].split()) > 2 for row in rows() if row["gap"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tests": "tests/test_asvs.py::test_that_is_not_there"}, "does not exist"),
        ({"tests": "tests/test_house.py::test_files_and_functions_are_short"}, "does not name it"),
        ({"tests": "", "gap": ""}, "neither tested nor a gap"),
        ({"applies": "no", "where, or why not": ""}, "no reason"),
    ],
)
def test_untrue_row_is_noticed(change, said):
    """Negative control."""
    row = {"id": "V3.4.3", "level": "2", "applies": "yes", "where, or why not": "x", "tests": "", "gap": ""}
    assert said in " ".join(wrong_in(row | change))
