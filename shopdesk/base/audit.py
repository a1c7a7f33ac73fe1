"""What a promise is to the auditor: an id, what it says, and a query that finds where it does not hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

SHOWN = 20  # first offenders named; the count is of all


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: how many rows it looked at, how many broke the promise, the first of them in words."""

    rows: int
    broken: int = 0
    offenders: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Check:
    """One promise of the desk. `find` reads through the alias that it is given: all checks see one moment."""

    id: str
    says: str
    find: Callable[[str], Finding]


def found(rows: int, offenders: Sequence[object]) -> Finding:
    """Make a finding of all offenders."""
    return Finding(rows, len(offenders), [str(offender) for offender in offenders[:SHOWN]])


def select(alias: str, statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a reading statement of a check. The text is ours, never a user's."""
    with connections[alias].cursor() as cursor:
        cursor.execute(statement, list(params))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
