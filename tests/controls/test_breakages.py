"""Negative controls: with any one thing taken away, the auditor, the database or the deed itself says so.

`python -m tests.controls` tells of each what caught it.
"""

import os
from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from shopdesk.management.commands.audit import all_checks
from tests import make
from tests.controls.breakages import ALL, Breakage, Wrong

pytestmark = pytest.mark.django_db
NAMES = [one.name for one in ALL]


@pytest.fixture(autouse=True)
def near():
    """Let the desk call this machine."""
    make.shop(zone="Europe/Moscow")
    with override_settings(OUTGOING_TO_THIS_MACHINE=True):
        yield


def caught(one: Breakage) -> set[str]:
    """Do the deed. Gives the promises that are broken then, or the name of what it ended in."""
    try:
        with make.undone():
            one.deed()
            return {check.id for check in all_checks() if check.find("default").broken}
    except Wrong as complaint:
        return {str(complaint)}
    except Exception as error:  # that is one of the ways to be caught
        return {type(error).__name__}


def here() -> list[Breakage]:
    return [one for one in ALL if one.only in ("", connection.vendor)]


@pytest.mark.parametrize("one", ALL, ids=NAMES)
def test_taken_away_it_is_missed(one: Breakage) -> None:
    if one not in here():
        return
    assert caught(one) == set(), "the desk as it is goes through it"
    with make.undone(), one.take_away():
        found = caught(one)
    if report := os.environ.get("CONTROLS_REPORT"):
        with Path(report).open("a") as file:
            file.write(f"{connection.vendor:<10} {one.name:<50} {', '.join(sorted(found)) or 'NOT CAUGHT'}\n")
    assert one.caught in found


def test_there_are_enough_of_them() -> None:
    assert len(here()) >= 15
