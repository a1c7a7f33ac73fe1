"""The database backend: Django's own for PostgreSQL, over which several statements travel in one trip.

Beside cursors a connection takes statements whose text is fixed (`send_sql`). They go to the server when somebody asks
what one of them found, before anything else is asked, and at the latest with the commit. So the last statement of a
transaction needs no trip of its own, and what it is refused for is raised by the commit.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, cast

from django.db.backends.base.base import debug_transaction  # type: ignore[attr-defined]  # left out of its description
from django.db.backends.postgresql import base as plain
from django.db.backends.postgresql import psycopg_any

from shopdesk.base.postgresql import wire
from shopdesk.base.postgresql.wire import Values

COMMIT: Final = "COMMIT"
Plain: Any = plain.DatabaseWrapper  # what the framework's description leaves out is all that matters here
Loader: Any = psycopg_any.BaseTzLoader


class Instants(Loader):  # type: ignore[misc]
    """Reads an instant as the server spells it in UTC; what has another shape, the framework's own way.

    A page of orders has some three hundred of them, and that way takes each apart by a pattern.
    """

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """Give the instant."""
        try:
            return datetime.fromisoformat(str(data, "ascii"))
        except ValueError:  # before the year 1, or after 9999
            return cast(datetime, super().load(data))


class Sent:
    """A statement that is on its way, or has been."""

    __slots__ = ("_line", "found")

    def __init__(self, line: "DatabaseWrapper") -> None:
        self._line = line
        self.found: wire.Found | None = None

    def rows(self) -> list[tuple[Any, ...]]:
        """Give what it found."""
        return self._arrived().rows

    def count(self) -> int:
        """Give how many rows it found or changed."""
        return self._arrived().count

    def _arrived(self) -> wire.Found:
        if self.found is None:
            self._line.arrive()
        if self.found is None:
            raise RuntimeError("the trip of this statement ended in an error, which somebody passed over")
        return self.found


class DatabaseWrapper(Plain):  # type: ignore[misc]
    """A connection."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting: list[tuple[Sent, str, Values]] = []
        self._held = 0

    def send_sql(self, statement: str, values: Values, *, may_wait: bool = False) -> Sent:
        """Send a statement of a fixed text, with placeholders as a cursor takes them.

        `may_wait`: nobody asks what it did, so within a transaction it goes along with what comes next.
        """
        self.ensure_connection()
        self.validate_no_broken_transaction()
        sent = Sent(self)
        self._through_wrappers(partial(self._wait, sent), statement, values)
        if not self._held and not (may_wait and self.in_atomic_block):
            self.arrive()
        return sent

    @contextmanager
    def one_trip(self) -> Iterator[None]:
        """Let the statements of this block travel together, when it ends or somebody asks what one of them found.

        Where there is no transaction to roll back, what a failing block leaves behind is forgotten.
        """
        self._held += 1
        try:
            yield
        except BaseException:
            if not self.in_atomic_block:
                self._waiting.clear()
            raise
        finally:
            self._held -= 1
        if not self._held:
            self.arrive()

    def arrive(self) -> None:
        """Send what waits, and take in what is answered. Raises the first refusal."""
        if self._waiting:
            self._travel()

    def _travel(self, *ending: tuple[Sent, str, Values]) -> None:
        going, self._waiting = [*self._waiting, *ending], []
        with self.wrap_database_errors:
            found = wire.travel(self.connection, [(statement, values) for _sent, statement, values in going])
        for (sent, *_asked), one in zip(going, found, strict=True):
            sent.found = one

    def _wait(self, sent: Sent, statement: str, values: Values, _many: bool, _context: Any) -> None:
        if self.queries_logged:
            self.queries_log.append({"sql": self.ops.last_executed_query(None, statement, values), "time": "0.000"})
        self._waiting.append((sent, statement, values))

    def _through_wrappers(self, wait: Any, statement: str, values: Values) -> None:
        for wrapper in reversed(self.execute_wrappers):
            wait = partial(wrapper, wait)
        wait(statement, values, False, {"connection": self, "cursor": None})

    def _configure_connection(self, connection: Any) -> Any:
        configured = super()._configure_connection(connection)
        if self.timezone == UTC:
            connection.adapters.register_loader("timestamptz", Instants)
        return configured

    def get_new_connection(self, conn_params: Any) -> Any:
        """Take a connection out of the pool that still has a server at its other end.

        The pool would ask each with a statement: a trip more for every page. One that nobody hung up has nothing to
        say while it is idle; only one that has is asked.
        """
        connection = super().get_new_connection(conn_params)
        while self.pool and wire.says_something(connection) and not wire.answers(connection):
            connection.close()
            self.pool.putconn(connection)
            connection = super().get_new_connection(conn_params)
        return connection

    def _cursor(self, name: str | None = None) -> Any:
        self.arrive()
        return super()._cursor(name)

    def _commit(self) -> None:
        if not self._waiting:
            super()._commit()
            return
        with debug_transaction(self, COMMIT):
            self._travel((Sent(self), COMMIT, ()))

    def _rollback(self) -> None:
        self._waiting.clear()
        super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        self._waiting.clear()  # what came before the savepoint has travelled with it
        super()._savepoint_rollback(sid)

    def _close(self) -> None:
        self._waiting.clear()
        super()._close()
