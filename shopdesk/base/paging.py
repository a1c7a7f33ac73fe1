"""Lists by keyset: a page begins where the one before ended, however deep, at the same cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.strict import QueryReader

MOST = 200
USUAL = 50

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows of a page; `next` is the cursor of the one after it, `count` only when it was asked for."""

    rows: Sequence[M]
    next: str | None
    count: int | None = None

    def answer(self, results: Sequence[Any]) -> dict[str, Any]:
        """Give the list's JSON."""
        answer: dict[str, Any] = {"results": list(results), "next": self.next}
        return answer if self.count is None else answer | {"count": self.count}


def read_page(
    rows: models.QuerySet[M],
    query: QueryReader,
    *,
    key: str,
    ascending: bool = False,
    within: str = "",
    backwards: str = "",
) -> Page[M]:
    """Read one page by a unique whole-number key, the newest first unless `ascending`.

    `within`: a column that all rows have in common, ahead of the key in an index of both. `backwards`: an alias that is
    the key's negative, in an index behind what these rows have in common: the newest are then found by that index. (By
    the key itself, PostgreSQL walks the whole table for what is rare: its kept plans know no values.)
    Takes `limit`, `cursor` and `count` of the query and finishes it. Raises Malformed for a cursor of another list.
    """
    limit = query.whole("limit", USUAL, min_value=1, max_value=MOST)
    cursor = query.text("cursor")
    counted = query.choice("count", ["exact"])
    query.finish()
    count = rows.count() if counted else None
    if cursor:
        after = _number(cursor)
        beyond = {f"{backwards}__gt": -after} if backwards else {f"{key}__{'gt' if ascending else 'lt'}": after}
        rows = rows.filter(**beyond)
    sign = "" if ascending or backwards else "-"
    found = list(rows.order_by(*(f"{sign}{one}" for one in (within, backwards or key) if one))[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    return Page(found, str(getattr(found[-1], key)) if more else None, count)


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise Malformed([FieldError("?cursor", "invalid_type", _("This cursor is not of this list."))])
    return int(cursor)
