"""The database backend: Django's own for SQLite, whose writers wait for their turn before they ask for the lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from django.db import OperationalError
from django.db.backends.sqlite3 import base as plain
from django.db.backends.sqlite3.creation import DatabaseCreation as PlainCreation

from shopdesk.base.sqlite3 import queue

WRITES: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")
USUAL_S: Final = 5.0  # SQLite's own patience where none is named


LONG: Final = 10_000  # characters: a statement put together for thousands of values is met once
spell: Any = plain.SQLiteCursorWrapper.convert_query
Plain: Any = plain.DatabaseWrapper  # what the framework's description leaves out is all that matters here
MakesTests: Any = PlainCreation


@lru_cache(maxsize=1_000)
def _spelled(query: str, names: tuple[str, ...] | None) -> str:
    return str(spell(None, query, param_names=names))


class Cursor(plain.SQLiteCursorWrapper):
    """Lets a single statement that writes, outside of any transaction, wait for its turn too."""

    def __init__(self, *args: Any, desk: "DatabaseWrapper") -> None:
        super().__init__(*args)
        self._desk = desk

    def convert_query(self, query: str, *, param_names: Any = None) -> str:
        """Spell a statement as SQLite takes it, once: the desk asks the same few hundred all day."""
        names = None if param_names is None else tuple(param_names)
        return _spelled(query, names) if len(query) < LONG else spell(self, query, param_names=names)

    def execute(self, query: str, params: Any = None) -> Any:
        """As the plain one does."""
        if not self._desk.writes_alone(query):
            return super().execute(query, params)
        with self._desk.turn():
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        """As the plain one does."""
        if not self._desk.writes_alone(query):
            return super().executemany(query, param_list)
        with self._desk.turn():
            return super().executemany(query, param_list)


class DatabaseCreation(MakesTests):  # type: ignore[misc]
    """Takes the side file away with a test's database."""

    def _destroy_test_db(self, test_database_name: str, verbosity: int) -> None:
        super()._destroy_test_db(test_database_name, verbosity)
        queue.forget(str(test_database_name))


class DatabaseWrapper(Plain):  # type: ignore[misc]
    """A connection. Its outermost transaction is one turn, whatever is nested in it; both end with the connection."""

    creation_class = DatabaseCreation
    _turn: queue.Queue | None = None

    def create_cursor(self, name: str | None = None) -> Any:
        """Give a cursor."""
        return self.connection.cursor(factory=lambda connection: Cursor(connection, desk=self))

    def writes_alone(self, query: str) -> bool:
        """Whether a statement is a transaction by itself, and writes."""
        alone = self._turn is None and not self.in_atomic_block and self.transaction_mode == "IMMEDIATE"
        return alone and query.lstrip()[:7].upper().startswith(WRITES)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn around what is done."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode != "IMMEDIATE":
            super()._start_transaction_under_autocommit()
            return
        self._enter()
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        super()._commit()
        self._leave()  # a commit that failed is rolled back: the turn ends then

    def _rollback(self) -> Any:
        try:
            super()._rollback()
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            super()._close()
        finally:
            self._leave()

    def __del__(self) -> None:
        self._leave()  # a thread ended and closed nothing

    def _enter(self) -> None:
        one = queue.of_file(str(self.settings_dict["NAME"]))
        if not one.enter(float(self.settings_dict["OPTIONS"].get("timeout", USUAL_S))):
            raise OperationalError("database is locked: others write since long")
        self._turn = one

    def _leave(self) -> None:
        one, self._turn = self._turn, None
        if one is not None:
            one.leave()
