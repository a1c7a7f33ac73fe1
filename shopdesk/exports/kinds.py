"""What can be exported, and who knows how: each kind counts, reads and writes its own rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from shopdesk.base.access import Subject
from shopdesk.exports import figures, orders
from shopdesk.exports.models import Export


class Kind(Protocol):
    """What a kind of export does. Reading happens in one snapshot; writing knows the language of whoever asked."""

    def read_filter(self, query: Mapping[str, str]) -> dict[str, str]: ...

    def say_filter(self, query: Mapping[str, str]) -> list[str]: ...

    def count(self, query: Mapping[str, str], subject: Subject, at: datetime, *, most: int) -> int: ...

    def read_rows(
        self, query: Mapping[str, str], subject: Subject, at: datetime, *, using: str
    ) -> Iterator[list[Any]]: ...

    def headings(self) -> list[str]: ...

    def write_row(self, values: Sequence[Any], zone: ZoneInfo) -> list[str]: ...


KINDS: Mapping[str, Kind] = {Export.What.ORDERS: orders, Export.What.ROWS: figures}
ON_PAPER = frozenset({Export.What.ORDERS})


def kind_of(export: Export) -> Kind:
    """Give the kind of an export."""
    return KINDS[export.what]


def formats_of(what: str) -> list[tuple[str, str]]:
    """Give the formats of a kind, with their names."""
    return [one for one in Export.Format.choices if what in ON_PAPER or one[0] != Export.Format.PDF]
