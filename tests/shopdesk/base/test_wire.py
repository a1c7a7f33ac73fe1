"""What travels together on PostgreSQL: the same values as by a cursor, in order, all or nothing."""

import time as time_module
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError, connection, transaction

from orders.models import Customer, CustomerPhone
from shopdesk.base import prepared
from shopdesk.base.bulk import insert
from shopdesk.base.postgresql import base, wire
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]
NOTES = ("name", "email", "note", "mark", "mark_reason", "mark_source", "zone", "tags", "consent", "created_at")


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note what each trip takes along."""
    made: list[list[str]] = []
    plain = wire.travel

    def travel(line: Any, asked: Any) -> Any:
        made.append([statement for statement, _values in asked])
        return plain(line, asked)

    monkeypatch.setattr(base.wire, "travel", travel)
    return made


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bigint", 2**40), ("bigint", 7), ("bigint", None), ("text", 'Ё "a" \\b % %% \t\n😀'), ("text", ""),
        ("boolean", True), ("numeric", Decimal("12.50")), ("date", date(2026, 12, 1)), ("time", time(9, 30)),
        ("timestamptz", datetime(2026, 12, 1, 9, 30, 15, 123456, tzinfo=UTC)), ("jsonb", '{"a": [1, "ё"]}'),
        ("bigint[]", [1, 2, 3]), ("text[]", ["a", 'b"\\', "NULL"]), ("bytea", b"\x00\xff"), ("double precision", 1.5),
    ],
)  # fmt: skip
def test_a_value_goes_out_and_comes_back_as_by_a_cursor(kind: str, value: Any) -> None:
    statement = f"SELECT %s::{kind}, 100 %% 7, now() IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(statement, [value])
        by_cursor = cursor.fetchall()
    for _again in range(3):  # prepared, and then found prepared
        answer = prepared.send(statement, [value])
        assert answer.rows() == by_cursor
        assert [list(map(type, row)) for row in answer.rows()] == [list(map(type, row)) for row in by_cursor]
    assert (
        prepared.send(statement.replace("%s", "%(one)s") + ", %(one)s", {"one": value}).rows()[0][0] == by_cursor[0][0]
    )


@pytest.mark.parametrize(
    "spelled",
    ["2026-12-01 09:30:15.123456+00", "2026-12-01 09:30:15.1+00", "2028-02-29 00:00:00+00", "0001-01-01 00:00:00+00"],
)
def test_an_instant_is_read_as_the_framework_reads_it(spelled: str) -> None:
    def read(loader: Any) -> Any:
        with connection.cursor() as cursor:
            cursor.adapters.register_loader("timestamptz", loader)
            return cursor.execute("SELECT %s::timestamptz", [spelled]).fetchone()

    class Plain(base.Loader):  # type: ignore[misc]
        timezone = UTC

    assert read(base.Instants) == read(Plain)


def test_an_instant_that_no_datetime_holds_is_refused_as_before() -> None:
    with pytest.raises(DataError, match="10K"), transaction.atomic():
        prepared.rows("SELECT 'infinity'::timestamptz")


def test_values_by_name_are_passed_once_each() -> None:
    found = prepared.send("SELECT %(b)s::text, %(a)s::text, %(b)s::text", {"a": "1", "b": "2", "c": "never asked"})
    assert found.rows() == [("2", "1", "2")]


def test_it_counts_what_was_changed() -> None:
    Customer.objects.bulk_create(Customer(name=name, created_at=make.AT) for name in "abc")
    assert prepared.send("UPDATE customer SET note = 'x' WHERE name <> %s", ["a"]).count() == 2
    assert prepared.send("SELECT name FROM customer", []).count() == 3


def test_what_nobody_asks_about_goes_along_with_the_next(trips: list[list[str]]) -> None:
    insert(Customer, NOTES, [row("a")])
    assert trips == []
    assert prepared.rows("SELECT name FROM customer") == [("a",)]
    assert [len(one) for one in trips] == [2]


def test_a_query_set_finds_what_waited(trips: list[list[str]]) -> None:
    insert(Customer, NOTES, [row("a")])
    assert Customer.objects.get().name == "a"
    assert [len(one) for one in trips] == [1]


def test_it_waits_no_longer_than_its_savepoint() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(CustomerPhone, ("phone", "customer_id"), [("+1", None)])
    assert CustomerPhone.objects.count() == 0  # the transaction around it goes on


def test_what_is_rolled_back_never_travels(trips: list[list[str]]) -> None:
    with pytest.raises(KeyError):
        write_and_fail()
    assert (trips, Customer.objects.count(), CustomerPhone.objects.count()) == ([], 0, 0)


@transaction.atomic
def write_and_fail() -> None:
    insert(CustomerPhone, ("phone", "customer_id"), [("+1", None)])
    raise KeyError


def test_an_error_in_the_middle_names_the_first_and_leaves_the_connection_well() -> None:
    sent: list[prepared.Answer] = []
    with pytest.raises(DataError, match="not-a-number"):
        send_three(sent)
    with pytest.raises(RuntimeError):
        sent[-1].rows()
    assert prepared.send("SELECT 2 AS two", []).rows() == [(2,)]
    assert prepared.send("SELECT %s::bigint", ["5"]).rows() == [(5,)]


def send_one_and_fail() -> None:
    with prepared.in_one_trip():
        insert(Customer, NOTES, [row("a")])
        raise KeyError


@transaction.atomic
def send_three(sent: list[prepared.Answer]) -> None:
    with prepared.in_one_trip():
        sent.append(prepared.send("SELECT 1 AS one", []))
        sent.append(prepared.send("SELECT %s::bigint", ["not-a-number"]))
        sent.append(prepared.send("SELECT 2 AS two", []))


def test_a_trip_that_never_left_has_prepared_nothing() -> None:
    for _again in range(2):
        with pytest.raises(DataError, match="NUL"), transaction.atomic():
            send_what_no_text_holds()
    assert prepared.send("SELECT 3 AS three", []).rows() == [(3,)]


def send_what_no_text_holds() -> None:
    with prepared.in_one_trip():
        prepared.send("SELECT 3 AS three", [])
        prepared.send("SELECT %s::text", ["a\0b"])


def test_a_statement_that_makes_no_sense_is_refused_each_time() -> None:
    for _again in range(2):
        with pytest.raises(ProgrammingError), transaction.atomic():
            prepared.send("SELECT nothing_of_that_name", [])


def test_prepared_statements_are_made_anew_when_the_driver_drops_them() -> None:
    assert dropped_and_asked_again() == [(1,)]


@pytest.fixture
def on_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let nobody look at what the driver lets the server forget, on this connection, until the test is over."""
    monkeypatch.setattr(wire, "_forget_with", lambda line, kept: None)
    begin_anew()
    vars(connection.connection._prepared).pop("clear", None)
    yield
    begin_anew()


def begin_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    vars(connection.connection).pop("desk_kept", None)


@pytest.mark.usefixtures("on_its_own")
def test_without_looking_at_the_driver_they_would_be_missed() -> None:
    """Negative control."""
    with pytest.raises(ProgrammingError, match="does not exist"), transaction.atomic():
        dropped_and_asked_again()


def dropped_and_asked_again() -> list[tuple[Any, ...]]:
    """Let the driver prepare something, and go back to a savepoint: then it lets the server forget everything."""
    for _again in range(4):
        prepared.send("SELECT 1 WHERE %s = 'a'", ["a"])
        Customer.objects.count()
    with pytest.raises(KeyError), transaction.atomic():
        raise KeyError
    return prepared.send("SELECT 1 WHERE %s = 'a'", ["a"]).rows()


def test_more_than_are_kept_prepared_are_planned_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MOST_PREPARED", 0)
    monkeypatch.setattr(
        connection.connection, "desk_kept", wire.Kept(wire.Transformer(connection.connection)), raising=False
    )
    assert [prepared.send("SELECT 41 + %s::bigint", [1]).rows() for _again in range(3)] == [[(42,)]] * 3


def test_wrappers_and_whoever_counts_see_each_statement() -> None:
    seen: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look), prepared.in_one_trip():
        prepared.send("SELECT 1", [])
        prepared.send("SELECT 2", [])
    assert seen == ["SELECT 1", "SELECT 2"]


class TestWithRealCommits:
    pytestmark = pytest.mark.django_db(transaction=True)

    @pytest.fixture(autouse=True)
    def own_pool(self) -> None:
        """Begin with a pool in which nobody left a connection."""
        connection.close()
        connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL has one

    def test_the_last_statement_travels_with_the_commit(self, trips: list[list[str]]) -> None:
        told: list[str] = []
        with transaction.atomic():
            insert(Customer, NOTES, [row("a")])
            transaction.on_commit(lambda: told.append("committed"))
        assert [len(one) for one in trips] == [2]
        assert trips[0][-1] == "COMMIT"
        assert (Customer.objects.get().name, told) == ("a", ["committed"])

    def test_what_the_commit_refuses_leaves_nothing_and_tells_nobody(self) -> None:
        told: list[str] = []

        @transaction.atomic
        def write() -> None:
            Customer.objects.create(name="a", created_at=make.AT)
            insert(CustomerPhone, ("phone", "customer_id"), [("+1", None)])
            transaction.on_commit(lambda: told.append("committed"))

        with pytest.raises(IntegrityError):
            write()
        assert (Customer.objects.count(), told) == (0, [])

    def test_a_foreign_key_that_is_looked_at_by_the_commit_is_refused(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(CustomerPhone, ("phone", "customer_id"), [("+1", 404)])
        assert CustomerPhone.objects.count() == 0

    def test_outside_of_a_transaction_nothing_waits(self, trips: list[list[str]]) -> None:
        insert(Customer, NOTES, [row("a")])
        assert [len(one) for one in trips] == [1]

    def test_a_trip_that_is_given_up_outside_of_a_transaction_never_begins(self, trips: list[list[str]]) -> None:
        with pytest.raises(KeyError):
            send_one_and_fail()
        assert Customer.objects.count() == 0
        assert trips == []

    def test_one_that_the_server_hung_up_is_not_taken_out_of_the_pool(self) -> None:
        assert asked_after_the_server_hung_up() == [(1,)]

    def test_without_looking_it_would_be_taken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Negative control."""
        monkeypatch.setattr(wire, "says_something", lambda line: False)
        with pytest.raises(OperationalError):
            asked_after_the_server_hung_up()
        connection.close()

    def test_one_on_which_the_server_only_told_something_stays(self) -> None:
        with another() as other:
            other.execute("LISTEN desk_test")
            prepared.rows("NOTIFY desk_test")
            time_module.sleep(0.1)
            assert wire.says_something(other.connection)
            assert wire.answers(other.connection)
            assert not wire.says_something(other.connection)
            other.execute("UNLISTEN desk_test")

    def test_a_connection_that_is_gone_is_told_and_the_next_one_works(self) -> None:
        ((pid,),) = prepared.rows("SELECT pg_backend_pid()")
        with another() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        with pytest.raises(OperationalError):
            prepared.rows("SELECT 1")
        connection.close()
        assert prepared.rows("SELECT 1") == [(1,)]


@contextmanager
def another() -> Iterator[Any]:
    """Give a cursor of a connection of its own, taken while the test has its."""
    line = connection.copy()
    try:
        with line.cursor() as cursor:
            yield cursor
    finally:
        line.close()


def asked_after_the_server_hung_up() -> list[tuple[Any, ...]]:
    """Give a connection back to the pool, end it at its other end, and ask again."""
    ((pid,),) = prepared.rows("SELECT pg_backend_pid()")
    with another() as other:
        connection.close()
        other.execute("SELECT pg_terminate_backend(%s)", [pid])
    time_module.sleep(0.2)
    return prepared.rows("SELECT 1")


def row(name: str) -> tuple[Any, ...]:
    """Give a customer's values by `NOTES`."""
    return (name, "", "", "", "", "", "", "[]", "unknown", make.AT)
