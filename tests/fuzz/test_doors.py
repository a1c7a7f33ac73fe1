"""What nobody should send, at every door; a share of it each time, all of it by `BAD_INPUTS=1000000`."""

import os
from pathlib import Path

import pytest
import time_machine
from django.db import connection

from orders.stock.places import walk_key
from shopdesk.base.strict import read_whole
from tests import make
from tests.fuzz import doors
from tests.walker.world import NEXT_DAY, build

pytestmark = pytest.mark.django_db
ONLY = os.environ.get("FUZZ_ONLY", "")
SHARE, SEED = int(os.environ.get("BAD_INPUTS", "500")), int(os.environ.get("FUZZ_SEED", "1"))


def note(wrong: list[str]) -> None:
    """Write what is wrong so far into the file that a long run names."""
    if report := os.environ.get("FUZZ_REPORT"):
        Path(report).write_text("\n".join(wrong))


def test_no_door_breaks_and_no_refusal_stores_anything():
    if connection.vendor == "postgresql":  # one transaction holds all of it, longer than the desk allows its own
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")
    with time_machine.travel(NEXT_DAY, tick=False):
        world, found = build(), doors.Found()
        for question in [one for one in doors.some_questions(world, SEED, SHARE) if ONLY in one.what]:
            doors.ask(world, question, found)
            note(found.wrong)

    print(f"\n{found.asked} bad inputs, {len(found.wrong)} wrong, {dict(found.statuses)}")  # noqa: T201
    assert found.wrong == []


FORM = doors.FORM
FOUND = [  # what broke a door once
    ("POST", "/packing/papers/picklist", b"number=9223372036854775808", FORM, 404),
    ("GET", "/acts/9223372036854775808/copies/1", b"", FORM, 404),
    ("GET", "/api/v1/orders/99999999999999999999", b"", "application/json", 404),
    ("POST", "/orders/many", b"--x", "multipart/form-data", 400),
]


@pytest.mark.parametrize(("method", "path", "body", "kind", "status"), FOUND)
def test_what_broke_a_door_once_is_refused(client, method, path, body, kind, status):
    client.force_login(make.owner())
    assert client.generic(method, path, body, kind).status_code == status


def test_a_superscript_is_no_number():
    """Python calls it a digit and reads no number from it: a bin of that name broke every list of bins."""
    assert walk_key("²") == [(0, "²")]
    assert [read_whole(text) for text in ("²", "١٢", "9" * 19, "-1", "12")] == [None, None, None, None, 12]
