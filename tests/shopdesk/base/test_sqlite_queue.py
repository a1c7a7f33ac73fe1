"""Writers of SQLite take turns in the order in which they came: threads, and processes."""

import errno
import os
import threading
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, connection, connections, transaction

from orders.models import Place
from shopdesk.base import refusals
from shopdesk.base.sqlite3 import base, queue

PATIENCE_S = 20


def wait_until(true):
    """Wait for another thread or process to come so far."""
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.001)


def at_work(act):
    """Do something in a thread with a connection of its own."""

    def run():
        try:
            act()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def forked(act):
    """Do something in a process that ends without clearing up, as one that is killed. Gives its id."""
    pid = os.fork()
    if pid:
        return pid
    with suppress(BaseException):
        act()
    os._exit(0)


# --- the queue itself ------------------------------------------------------------------------------------------------


def test_threads_come_in_the_order_in_which_they_asked(tmp_path):
    one, came = queue.Queue(str(tmp_path / "db")), []

    def write(name):
        assert one.enter(PATIENCE_S)
        came.append(name)
        one.leave()

    assert one.enter(0)
    threads = []
    for place in range(8):
        threads.append(at_work(lambda place=place: write(place)))
        wait_until(lambda place=place: len(one._threads._waiting) == place + 1)
    one.leave()
    for thread in threads:
        thread.join()

    assert came == list(range(8))
    assert one.enter(0)


@pytest.mark.parametrize("guarded", [True, False])
def test_processes_come_in_the_order_in_which_they_asked(tmp_path, monkeypatch, guarded):
    """Negative control with it: who does not wait for the one before comes while that one still writes."""
    if not guarded:
        monkeypatch.setattr(queue.Numbers, "_is_free", lambda self, number: True)
    path, log = str(tmp_path / "side"), tmp_path / "log"
    log.touch()

    def write(name):
        own = queue.Numbers(path)
        own.enter(time.monotonic() + PATIENCE_S)
        with log.open("a") as file:
            file.write(f"{name} ")
        own.leave()

    mine = queue.Numbers(path)
    assert mine.enter(time.monotonic())
    children = []
    for place in range(5):
        children.append(forked(lambda place=place: write(place)))
        drawn = queue.NUMBER.pack(place + 2)
        wait_until(lambda drawn=drawn: os.pread(mine._fd, 8, 0) == drawn)
    if not guarded:
        wait_until(log.read_text)
    before = log.read_text()
    mine.leave()
    for child in children:
        os.waitpid(child, 0)

    assert (before == "") is guarded
    assert not guarded or log.read_text() == "0 1 2 3 4 "


def test_a_process_that_dies_in_its_turn_holds_nobody_up(tmp_path):
    path = str(tmp_path / "side")
    mine = queue.Numbers(path)
    child = forked(lambda: queue.Numbers(path).enter(time.monotonic()))
    os.waitpid(child, 0)

    assert os.pread(mine._fd, 8, 0) == queue.NUMBER.pack(1), "it had a turn"
    assert mine.enter(time.monotonic() + PATIENCE_S)


def test_a_side_file_that_was_emptied_mixes_no_turns_up(tmp_path):
    path, go = str(tmp_path / "side"), tmp_path / "go"
    mine = queue.Numbers(path)

    def write():
        queue.Numbers(path).enter(time.monotonic())
        wait_until(go.exists)

    child = forked(write)
    wait_until(lambda: os.pread(mine._fd, 8, 0) == queue.NUMBER.pack(1))
    os.truncate(path, 0)

    assert not mine.enter(time.monotonic())
    go.touch()
    os.waitpid(child, 0)
    assert mine.enter(time.monotonic())


def test_where_files_cannot_be_locked_threads_take_turns(tmp_path, monkeypatch):
    def refuse(*args):
        raise OSError(errno.ENOLCK, "No locks available")

    one = queue.Queue(str(tmp_path / "db"))
    monkeypatch.setattr(queue.fcntl, "lockf", refuse)

    assert one.enter(0)
    assert not one.enter(0)
    one.leave()
    assert one.enter(0)


def test_a_process_that_was_forked_in_the_middle_of_a_turn_has_a_queue_of_its_own(tmp_path):
    path, done = str(tmp_path / "db"), tmp_path / "done"
    assert queue.of_file(path).enter(0)

    def write():
        if queue.of_file(path).enter(PATIENCE_S):
            done.touch()

    child = forked(write)
    wait_until(lambda: os.pread(queue.of_file(path)._processes._fd, 8, 0) == queue.NUMBER.pack(2))
    assert not done.exists(), "between processes it waits all the same"
    queue.of_file(path).leave()
    os.waitpid(child, 0)

    assert done.exists()
    queue.forget(path)


def test_whoever_gives_up_waiting_is_in_nobodys_way(tmp_path):
    one = queue.Queue(str(tmp_path / "db"))
    other = queue.Queue(str(tmp_path / "db"))  # stands for another process's, but for the locks of the file
    assert one.enter(0)
    assert not one.enter(0.01)
    other._processes = None
    assert other.enter(0)
    one.leave()

    assert one.enter(0)
    assert list(one._threads._waiting) == []


# --- the database ----------------------------------------------------------------------------------------------------


def write(code):
    """Write in a transaction with another inside."""
    with transaction.atomic(), transaction.atomic():
        Place.objects.create(kind="bin", code=code)


def codes():
    return list(Place.objects.filter(code__startswith="q").order_by("pk").values_list("code", flat=True))


@pytest.mark.usefixtures("real_commits")
@pytest.mark.parametrize("guarded", [True, False])
def test_a_busy_writer_lets_another_in_after_one_turn(monkeypatch, guarded):
    """Negative control with it: SQLite lets whoever asks all the time go before one who sleeps between two tries."""
    if not guarded:
        monkeypatch.setattr(base.DatabaseWrapper, "_enter", lambda self: None)
    asked = threading.Event()
    tries = []

    def want():
        with transaction.atomic():
            tries.append(len(busy))
            Place.objects.create(kind="bin", code="q-other")

    busy: list[int] = []
    one = queue.of_file(str(connection.settings_dict["NAME"]))
    thread = None
    while thread is None or (not tries and len(busy) < 500):
        with transaction.atomic():
            busy.append(len(busy))
            if len(busy) == 3:
                thread, since = at_work(want), len(busy)
                if guarded:
                    wait_until(lambda: len(one._threads._waiting) == 1)
                else:
                    asked.wait(0.3)  # until it sleeps between two tries
    thread.join()

    assert (tries[0] - since <= 0) is guarded, (tries, since)
    assert codes() == ["q-other"]


@pytest.mark.usefixtures("real_commits")
def test_a_turn_ends_with_its_transaction_however_that_ends():
    with pytest.raises(TypeError), transaction.atomic(), transaction.atomic():
        Place.objects.create(kind="bin", code="q-0", no_such=1)
    at_work(lambda: write("q-1")).join()
    Place.objects.filter(code="q-1").update(code="q-2")  # a statement by itself

    def vanish():
        transaction.atomic().__enter__()
        Place.objects.create(kind="bin", code="q-lost")

    at_work(vanish).join()  # its connection is closed in the middle
    write("q-3")

    assert codes() == ["q-2", "q-3"]
    assert connection._turn is None


@pytest.mark.usefixtures("real_commits")
def test_whoever_waits_too_long_for_a_turn_is_told_that_the_desk_is_busy(monkeypatch):
    refused = []

    def want():
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
        try:
            write("q-4")
        except OperationalError as error:
            refused.append(error)

    with transaction.atomic():
        at_work(want).join()

    assert [refusals.is_busy(error) for error in refused] == [True]
    monkeypatch.undo()
    write("q-5")
    assert codes() == ["q-5"]


@pytest.mark.parametrize(("alias", "takes"), [("default", True), ("reading", False)])
def test_only_writers_take_turns(alias, takes):
    desk = base.DatabaseWrapper(connections.settings[alias])
    desk.get_connection_params()

    assert desk.writes_alone("  update place SET code = ''") is takes
    assert not desk.writes_alone("SELECT 1")


@pytest.mark.django_db
def test_statements_are_spelled_as_the_framework_spells_them():
    with connection.cursor() as cursor:
        for _time in range(2):  # as it was kept, too
            assert cursor.execute("SELECT %s, '100 %%', %s", ["%s", 2]).fetchone() == ("%s", "100 %", 2)
            assert cursor.execute("SELECT %(b)s, %(a)s, '100 %%'", {"a": 1, "b": 2}).fetchone() == (2, 1, "100 %")
            assert cursor.execute("SELECT %(b)s", {"b": 3, "c": 4}).fetchone() == (3,)
            assert cursor.execute("SELECT '100 %'").fetchone() == ("100 %",)
