"""A snapshot stands still while the desk works on."""

import pytest
from django.conf import settings as real
from django.db import Error, connections

from shopdesk.base.snapshot import snapshot
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


def test_both_aliases_are_one_database() -> None:
    assert connections["reading"].settings_dict["NAME"] == connections["default"].settings_dict["NAME"]
    assert set(real.DATABASES) == {"default", "reading"}


@pytest.mark.parametrize("turn", [1, 2])
def test_real_commits_leave_nothing_behind(real_commits, turn: int) -> None:
    assert User.objects.count() == 0
    add("a@example.com")
