"""A snapshot stands still while the desk works on."""

import itertools

import pytest
from django.conf import settings as real
from django.db import Error, connections

from shopdesk.base.snapshot import once, snapshot
from shopdesk.people.models import User


def add(email: str, using: str = "default") -> None:
    User(email=email, name="Anna", role="owner").save(using=using)


def test_snapshot_stands_still(real_commits, side_by_side) -> None:
    add("a@example.com")
    with snapshot() as alias:
        assert alias == "reading"
        assert User.objects.using(alias).count() == 1
        assert side_by_side(lambda: add("b@example.com")) == [None]  # the writer does not wait for the reader
        assert User.objects.using(alias).count() == 1
        assert User.objects.count() == 2  # without the snapshot the second read differs from the first
    with snapshot() as alias:
        assert User.objects.using(alias).count() == 2


def test_snapshot_refuses_to_write(real_commits) -> None:
    with pytest.raises(Error), snapshot() as alias:
        add("a@example.com", using=alias)
    assert User.objects.count() == 0


def test_ordinary_tests_read_their_own_transaction(db) -> None:
    add("a@example.com")
    with snapshot() as alias:
        assert alias == "default"
        assert User.objects.using(alias).count() == 1


def test_what_was_found_once_is_found_anew_in_the_next_snapshot(db) -> None:
    counted = itertools.count(1)

    def find() -> int:
        return next(counted)

    assert [once("n", find), once("n", find)] == [1, 2], "outside of a snapshot nothing stands still"
    with snapshot():
        assert [once("n", find), once("other", find), once("n", find)] == [3, 4, 3]
        with snapshot():
            assert once("n", find) == 3, "one within another sees the same moment"
    with snapshot():
        assert once("n", find) == 5


def test_both_aliases_are_one_database() -> None:
    assert connections["reading"].settings_dict["NAME"] == connections["default"].settings_dict["NAME"]
    assert set(real.DATABASES) == {"default", "reading"}


@pytest.mark.parametrize("turn", [1, 2])
def test_real_commits_leave_nothing_behind(real_commits, turn: int) -> None:
    assert User.objects.count() == 0
    add("a@example.com")
