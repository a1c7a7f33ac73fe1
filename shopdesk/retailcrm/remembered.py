"""What the desk changed since the shop looked: a module that sends its whole order again must not undo it.

A value that the desk changed away from and the shop sends once more is what the shop remembers, no wish of its own
(domain.md, 3.9: applied where the desk has not changed the field since). Anything else that it sends is new, and wins.
"""

from dataclasses import dataclass, field

from orders.changes import EDITED
from orders.models import JournalEvent, Order
from shopdesk.retailcrm.door import Visit


@dataclass
class Remembered:
    """Column -> the value, SKU -> the pieces, that the shop knew before the desk's last change of them."""

    columns: dict[str, str] = field(default_factory=dict)
    pieces: dict[str, int] = field(default_factory=dict)

    def is_old(self, column: str, value: object) -> bool:
        """Tell whether a value is only what the shop still remembers."""
        return column in self.columns and self.columns[column] == written(value)

    def is_old_line(self, sku: str, pieces: int) -> bool:
        """Tell whether a line's pieces are only what the shop still remembers; none: it knew no such line."""
        return self.pieces.get(sku) == pieces


def of(order: Order, visit: Visit) -> Remembered:
    """Read the journal, the newest first: what was changed last by the shop itself is no memory."""
    found, seen = Remembered(), set[str]()
    events = JournalEvent.objects.filter(order=order, kind=EDITED).prefetch_related("personal_values").order_by("-seq")
    for event in events:
        by_shop = event.actor_kind == "token" and event.actor_id in visit.keys
        for name, old in _columns(event).items():
            if name not in seen and not by_shop:
                found.columns[name] = old
            seen.add(name)
        for line in event.data.get("lines") or ():
            sku = str(line.get("sku", ""))
            if f"line {sku}" not in seen and not by_shop:
                found.pieces[sku] = int(line.get("from") or 0)
            seen.add(f"line {sku}")
    return found


def written(value: object) -> str:
    """Write a value as the journal keeps it."""
    return "" if value is None else str(value)


def _columns(event: JournalEvent) -> dict[str, str]:
    plain = {name: written(old) for name, (old, _new) in (event.data.get("changed") or {}).items()}
    return plain | {value.field: value.old for value in event.personal_values.all()}
