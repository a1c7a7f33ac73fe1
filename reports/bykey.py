"""Sums by a key (a product, a person …) as a relation in the database: what is shown is picked there, and not here.

A shop of a hundred thousand products has as many sums a month. Kept days lie in the database anyway; what was learnt
after them, or where days cannot tell it (an earlier place, two things told apart) everything, is handed to it as JSON.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connections

from reports import rollups
from reports.facts import IN_MONEY
from reports.figures import AsOf, Cut, Part, Tally
from shopdesk.base.periods import Period

CELLS: Mapping[str, str] = {
    "postgresql": (
        "SELECT cell ->> 0 AS key, cell ->> 1 AS currency, cell ->> 2 AS code, (cell ->> 3)::bigint AS value "
        "FROM jsonb_array_elements(%s::jsonb) AS cell"
    ),
    "sqlite": (
        "SELECT value ->> 0 AS key, value ->> 1 AS currency, value ->> 2 AS code, value ->> 3 AS value "
        "FROM json_each(%s)"
    ),
}
HEAVIEST = """
WITH cells AS ({cells}),
ranked AS (
  SELECT key, max(CASE WHEN code IN ({money}) THEN abs(value) ELSE 0 END) AS sums,
    max(CASE WHEN code IN ({money}) THEN 0 ELSE abs(value) END) AS counts, count(*) OVER () AS many
  FROM cells WHERE value <> 0 GROUP BY key ORDER BY 2 DESC, 3 DESC, key LIMIT %s OFFSET %s)
SELECT c.key, c.currency, c.code, c.value, r.many FROM ranked r JOIN cells c ON c.key = r.key
ORDER BY r.sums DESC, r.counts DESC, c.key
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A SELECT of key, currency, code and value, with its parameters: each sum once."""

    sql: str
    params: Sequence[Any]


def relation(parts: Sequence[Part], days: Period, as_of: AsOf, alias: str, cut: Cut) -> Relation:
    """Give what parts come to on some days, by the key that the cut tells apart."""
    found = rollups.kept_where(parts, days, as_of, alias, cut)
    if found is None:
        return _told(rollups.tally(parts, [days], as_of, alias, cut), alias)
    where, params, tail = found
    rows, values = f"SELECT key, currency, code, value FROM figure_delta WHERE {where}", list(params)  # noqa: S608
    if tail:
        late = _told(tail, alias)
        rows, values = f"{rows} UNION ALL {late.sql}", [*values, *late.params]
    sums = f"SELECT key, currency, code, sum(value) AS value FROM ({rows}) AS one GROUP BY key, currency, code"  # noqa: S608
    return Relation(sums, values)


def heaviest(
    parts: Sequence[Part], days: Period, known: tuple[AsOf, str], cut: Cut, *, begin: int, most: int
) -> tuple[Tally, list[str], int]:
    """Give the sums of the keys with the most, these keys in order, and how many there are: some from a rank on.

    By money where there is some (of any currency), else by counts.
    """
    money = sorted({part.code for part in parts if part.measure in IN_MONEY}) or [""]
    cells = relation(parts, days, *known, cut)
    sql = HEAVIEST.format(cells=cells.sql, money=", ".join(["%s"] * len(money)))
    rows = select(sql, [*cells.params, *money, *money, most, begin], known[1])
    sums: Tally = {(0, key, currency, code): int(value) for key, currency, code, value, _many in rows}
    return sums, list(dict.fromkeys(row[0] for row in rows)), rows[0][-1] if rows else 0


def select(sql: str, params: Iterable[Any], alias: str) -> list[tuple[Any, ...]]:
    """Read rows."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, list(params))
        return list(cursor.fetchall())


def _told(sums: Mapping[tuple[int, str, str, str], int], alias: str) -> Relation:
    rows = [[key, currency or "", code, int(value)] for (_index, key, currency, code), value in sums.items()]
    return Relation(CELLS[connections[alias].vendor], [json.dumps(rows)])
