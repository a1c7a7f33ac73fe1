"""Statements on the wire: the lower floor of the driver, for texts that are fixed.

A cursor takes a statement apart, looks up whether it is prepared and wraps each answer anew every time; of an intake
that was a third of the processor's time. Here a text is taken apart once, each connection knows what it has prepared,
and values and answers go through the driver's own adaptation, so they are what a cursor passes and gives.

Protocol: PostgreSQL's extended query in pipeline mode, as libpq has it (PostgreSQL documentation, chapter "Pipeline
Mode"). A refusal makes the server skip what follows it up to the end of the trip.
"""

import re
import select
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import count
from typing import Any, Final

from psycopg import Connection, OperationalError, generators
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult
from psycopg_pool import ConnectionPool

Values = Sequence[Any] | dict[str, Any]
MARK: Final = re.compile(r"%(?:(?P<percent>%)|s|\((?P<name>\w+)\)s)")
MOST_PREPARED: Final = 400  # of one connection; what is met later is planned each time
BAD: Final = (ExecStatus.FATAL_ERROR, ExecStatus.PIPELINE_ABORTED)


@dataclass(frozen=True, slots=True)
class Found:
    """What a statement found, and how many rows that are or how many it changed."""

    rows: list[tuple[Any, ...]]
    count: int


@dataclass(frozen=True, slots=True)
class Text:
    """A statement as the server takes it, and the names of its values in their order: none where they have places."""

    sql: bytes
    names: tuple[str, ...]
    many: int


Key = tuple[bytes, tuple[int, ...]]  # a statement and the types of its values


@dataclass(slots=True)
class Kept:
    """What is known of one connection: how it adapts values, and the names of what it has prepared."""

    adapts: Any  # the driver's Transformer, which has two kinds and no type
    prepared: dict[Key, bytes] = field(default_factory=dict)
    names: Iterator[int] = field(default_factory=count)


@dataclass(slots=True)
class Trip:
    """What is going to be sent, and for each answer that will come: the key of what is prepared by it, or what it is.

    An answer that is neither (None) belongs to what the trip itself needs.
    """

    commands: "deque[Callable[[], None]]" = field(default_factory=deque)
    answers: list[Key | bool | None] = field(default_factory=list)
    names: dict[Key, bytes] = field(default_factory=dict)  # of what it prepares, until the server said that it is

    def add(self, command: Callable[[], None], answer: Key | bool | None) -> None:
        self.commands.append(command)
        self.answers.append(answer)


def says_something(connection: "Connection[Any]") -> bool:
    """Whether the server said something, or hung up, on a connection on which nobody asks anything."""
    line = select.poll()
    line.register(connection.pgconn.socket, select.POLLIN)
    return bool(line.poll(0))


def answers(connection: "Connection[Any]") -> bool:
    """Whether the server still answers there."""
    try:
        ConnectionPool.check_connection(connection)
    except OperationalError:
        return False
    return True


def travel(connection: "Connection[Any]", asked: Sequence[tuple[str, Values]]) -> list[Found]:
    """Send statements in one trip, in their order, and give what each found.

    Begins a transaction where one is wanted and none is open. Raises the driver's error of the first that is refused.
    """
    kept, pgconn, trip = _kept(connection), connection.pgconn, Trip()
    if not connection.autocommit and pgconn.transaction_status == TransactionStatus.IDLE:
        trip.add(partial(pgconn.send_query_params, _begins(connection), None), None)
    for statement, values in asked:
        _ask(trip, kept, pgconn, statement, values)
    trip.add(pgconn.pipeline_sync, None)
    answered = [*zip(trip.answers, (results[-1] for results in _sent(connection, trip)), strict=True)]
    good = [(answer, result) for answer, result in answered if result.status not in BAD]
    kept.prepared |= {answer: trip.names[answer] for answer, _result in good if isinstance(answer, tuple)}
    for _answer, result in answered if len(good) < len(answered) else ():
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result, encoding=connection.info.encoding)
    return [_found(kept.adapts, result) for answer, result in good if answer is True]


def _ask(trip: Trip, kept: Kept, pgconn: PGconn, statement: str, values: Values) -> None:
    text = _text(statement)
    listed = [values[name] for name in text.names] if isinstance(values, dict) else values
    passed = kept.adapts.dump_sequence(listed, [PyFormat.TEXT] * text.many)
    key = (text.sql, kept.adapts.types or ())
    name = kept.prepared.get(key) or trip.names.get(key)
    if name is None and len(kept.prepared) < MOST_PREPARED:
        name = trip.names[key] = b"desk%d" % next(kept.names)
        trip.add(partial(pgconn.send_prepare, name, text.sql, param_types=key[1]), key)
    if name is None:
        trip.add(partial(pgconn.send_query_params, text.sql, passed, param_types=key[1]), answer=True)
    else:
        trip.add(partial(pgconn.send_query_prepared, name, passed), answer=True)


def _sent(connection: "Connection[Any]", trip: Trip) -> list[list[PGresult]]:
    """Send the commands and wait for all answers, each a list of results."""
    pgconn = connection.pgconn
    with connection.lock:
        pgconn.enter_pipeline_mode()
        try:
            return connection.wait(_through(pgconn, trip))
        finally:
            if pgconn.status == ConnStatus.OK:
                _end(connection)


def _through(pgconn: PGconn, trip: Trip) -> "PQGen[list[list[PGresult]]]":
    answered: list[list[PGresult]] = yield from generators.pipeline_communicate(pgconn, trip.commands)
    while len(answered) < len(trip.answers):
        answered.append((yield from generators.fetch_many(pgconn)))
    return answered


def _end(connection: "Connection[Any]") -> None:
    """Go back to one statement at a time. Closes a connection on which somebody stopped waiting for answers."""
    try:
        connection.pgconn.exit_pipeline_mode()
    except OperationalError:
        connection.close()
        raise


def _found(adapts: Any, result: PGresult) -> Found:
    if result.status != ExecStatus.TUPLES_OK:
        return Found([], result.command_tuples or 0)
    adapts.set_pgresult(result)
    return Found(adapts.load_rows(0, result.ntuples, tuple), result.ntuples)


def _kept(connection: "Connection[Any]") -> Kept:
    """Give what is known of a connection. It is kept on it, and goes with it."""
    kept: Kept | None = getattr(connection, "desk_kept", None)
    if kept is None:
        kept = connection.desk_kept = Kept(Transformer(connection))  # type: ignore[attr-defined]  # a place of ours
        _forget_with(connection, kept)
    return kept


def _forget_with(connection: "Connection[Any]", kept: Kept) -> None:
    """Forget what is prepared whenever the driver lets the server forget it all: after a rollback, a DROP, an ALTER.

    It has no public word for that; `test_wire.py` tells when it does so otherwise.
    """
    manager = connection._prepared
    clear = manager.clear

    def clear_both() -> bool:
        emptied = clear()
        if emptied:
            kept.prepared.clear()
        return emptied

    manager.clear = clear_both  # type: ignore[method-assign]


def _begins(connection: "Connection[Any]") -> bytes:
    level = connection.isolation_level
    return f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}".encode() if level else b"BEGIN"


@lru_cache(maxsize=1_000)
def _text(statement: str) -> Text:
    """Take a statement apart as a cursor does: `%s` by its place or `%(name)s` by its name, `%%` is a percent."""
    names: dict[str, int] = {}
    places = count(1)

    def mark(found: "re.Match[str]") -> str:
        if found["percent"]:
            return "%"
        name = found["name"]
        return f"${next(places) if name is None else names.setdefault(name, len(names) + 1)}"

    sql = MARK.sub(mark, statement)
    return Text(sql.encode(), tuple(names), len(names) or next(places) - 1)
