"""The search after the suite finds a person wherever one was left, and says where (SEC-72)."""

import logging

import pytest

from tests import make
from tests.afterwards import search
from tests.afterwards.gather import Gathering
from tests.afterwards.people import met

pytestmark = pytest.mark.once
MAIL = "anna@example.com"


@pytest.fixture
def gathering(tmp_path):
    """Gather in a folder of its own: what is left here on purpose must not be found in the run's."""
    folder = tmp_path / "left"
    folder.mkdir()
    made = Gathering(folder, "gw0")
    made.begin("test_one")
    yield made
    made.stop()


def searched(gathering, capsys) -> tuple[int, str]:
    gathering.seen["tests"] = 1
    gathering.close()
    code = search.main(gathering.folder)
    return code, capsys.readouterr().out


def log(gathering, text: str) -> None:
    gathering.log.handle(logging.LogRecord("orders.intake", logging.INFO, "", 1, text, None, None))


def test_people_of_the_tests_are_known_in_any_spelling():
    said = ["8 (916) 123-45-67", "+359 88 812 3456", f"<{MAIL}>", make.PHONE, make.NAME, "Иван Смирнов", "Emma Baker"]
    assert [met(text) for text in said] == [["phone"], ["phone"], ["mail"], ["phone"], ["name"], ["name"], ["name"]]
    for harmless in ("order 1042", "4601234567893", "2026-11-22T00:07:26.326061Z", "Анна", "9f86d0818916123456"):
        assert met(harmless) == []


def test_what_says_nobody_is_clean(gathering, capsys):
    log(gathering, f"{make.PHONE} asked, {MAIL} too")  # both are hidden by the log itself
    gathering.keep("letter", "test_one", to=[MAIL], text=f"Dear {MAIL}")

    code, told = searched(gathering, capsys)

    assert (code, "1 lines, 1 letters, 1 tests: 0 finds" in told) == (0, True)


def test_forgotten_log_line_is_named_by_file_and_number(gathering, capsys):
    """Negative control. V16.2.5."""
    log(gathering, "taken in")
    log(gathering, f"taken in for {make.NAME}")

    code, told = searched(gathering, capsys)

    assert code == 1
    assert "gw0.log:3 says a name (test_one): orders.intake" in told


def test_letter_to_another_and_task_are_found(gathering, capsys):
    gathering.keep("letter", "test_one", to=["boss@desk.example"], text=f"call {make.PHONE}")
    gathering.keep_task("orders.tasks.x", ((make.NAME,), {}, {}))

    code, told = searched(gathering, capsys)

    assert code == 1
    assert "a letter says a phone" in told
    assert "a task says a name" in told


@pytest.mark.django_db
def test_column_that_may_hold_nobody_is_named(gathering, capsys):
    make.order()  # its own columns may
    with make.undone():
        make.product("A", name=f"for {make.NAME}")
        gathering.end("test_one", database=True)

    code, told = searched(gathering, capsys)

    assert code == 1
    assert "product.name says a name (test_one)" in told
    assert "1 finds" in told


def test_run_that_heard_nothing_shows_nothing(gathering, capsys):
    """A gathering that is broken is not taken for a clean one."""
    gathering.seen["tests"] = 1
    assert searched(gathering, capsys)[0] == 0

    (gathering.folder / "gw0.log").write_text("")

    assert search.main(gathering.folder) == 1
