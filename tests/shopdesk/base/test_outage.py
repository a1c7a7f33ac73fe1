"""While the database gives no session, one request learns it for all, and none of the others waits."""

import errno
from http import HTTPStatus

import pytest
from django.db import InternalError, OperationalError
from django.http import HttpResponse  # noqa: TID251  # stands for a view
from psycopg.errors import ReadOnlySqlTransaction
from psycopg_pool import PoolTimeout

from shopdesk.base import outage, refusals


def in_vain():
    """What Django raises when nobody gave a session back in time."""
    error = OperationalError("couldn't get a connection after 4.00 sec")
    error.__cause__ = PoolTimeout("couldn't get a connection after 4.00 sec")
    return error


@pytest.fixture
def asked(rf, monkeypatch):
    """Ask a desk of its own; gives what asks, and the paths that came through to the view."""
    sessions, came, fails = outage.Outage(), [], []
    monkeypatch.setattr(refusals, "SESSIONS", sessions)

    def view(request):
        came.append(request.path)
        return refusals.answer(request, fails[0]) if fails else HttpResponse()

    door = refusals.OutageMiddleware(view)
    return (lambda path="/api/v1/orders": door(rf.get(path))), came, fails


def test_after_one_that_waited_in_vain_nobody_else_waits(asked, monkeypatch):
    monkeypatch.setattr(outage, "REST_S", 3600)
    ask, came, fails = asked
    fails.append(in_vain())

    answers = [ask() for _ in range(5)]

    assert came == ["/api/v1/orders"]
    assert {one.status_code for one in answers} == {HTTPStatus.SERVICE_UNAVAILABLE}
    assert {(one["Content-Type"], one["Retry-After"]) for one in answers} == {("application/problem+json", "2")}
    ask("/livez")
    assert came[1:] == ["/livez"]


def test_after_a_rest_one_tries_and_what_it_finds_counts(asked, monkeypatch):
    monkeypatch.setattr(outage, "REST_S", 0)
    ask, came, fails = asked
    fails.append(in_vain())
    ask()
    ask()
    assert len(came) == 2  # the second tried, in vain

    fails.clear()
    assert [ask().status_code for _ in range(3)] == [200, 200, 200]


def test_while_one_tries_the_others_do_not(monkeypatch):
    monkeypatch.setattr(outage, "REST_S", 0)
    sessions = outage.Outage()
    sessions.begin_if_in_vain(in_vain())

    assert [sessions.refuses() for _ in range(3)] == [False, True, True]
    sessions.end()
    assert not sessions.refuses()


def test_a_lock_that_somebody_holds_closes_no_door(asked):
    ask, came, fails = asked
    fails.append(OperationalError("canceling statement due to lock timeout"))
    assert [ask().status_code for _ in range(3)] == [503, 503, 503]
    assert len(came) == 3


def read_only():
    error = InternalError("cannot execute INSERT in a read-only transaction")
    error.__cause__ = ReadOnlySqlTransaction()
    return error


@pytest.mark.parametrize(
    "exc",
    [OSError(errno.ENOSPC, "No space left on device"), OSError(errno.EROFS, "Read-only file system"), read_only()],
)
def test_what_takes_nothing_now_is_busy_and_no_bug(exc, rf):
    answer = refusals.answer(rf.post("/api/v1/orders"), exc)
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")


def test_other_trouble_with_files_is_a_bug():
    assert not refusals.is_busy(OSError(errno.EACCES, "Permission denied"))
    assert not refusals.is_busy(InternalError("something else"))
