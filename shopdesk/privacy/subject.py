"""A person's own data, given to them: everything that an erasure would empty, as JSON and on paper (GDPR 15 and 20)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders.models import Order, OrderLine
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.money import from_minor
from shopdesk.privacy.columns import Table, personal_tables
from shopdesk.privacy.emptying import GONE, field_of
from shopdesk.privacy.person import Person, of_key, rows_of
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Code, Note, note

Held = dict[str, list[dict[str, Any]]]


class NothingHeld(DomainError):
    """There is nothing personal of them."""

    sentence = _("Nothing personal is kept of this person.")


@transaction.atomic(durable=True)
def export(key: str, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Give all that is kept of a person, and note that it was given out. Raises Missing, NothingHeld."""
    person = of_key(key)
    found = gather(person)
    if not found:
        raise NothingHeld
    target = ("customer", person.customers[0]) if person.customers else ("order", person.orders[0])
    after: dict[str, Code] = {"orders": len(person.orders), "tables": sorted(found)}
    note(Note(Deed.SUBJECT_EXPORTED, target, after=after), by=by, at=at)
    return {"made_at": at.isoformat(), "kept": found, "orders": list(_orders(person))}


def gather(person: Person) -> Held:
    """Give every filled personal value: table -> rows with their keys. What `empty` would empty, nothing else."""
    found: Held = {}
    for table in personal_tables():
        rows = [_filled_of(table, row) for row in rows_of(table, person).order_by("pk")]
        if said := [row for row in rows if len(row) > 1]:
            found[table.name] = said
    return found


def _filled_of(table: Table, row: Any) -> dict[str, Any]:
    """One row's key and its personal values that say something."""
    said: dict[str, Any] = {"row": row.pk}
    for column in table.personal:
        value = field_of(table, column).value_from_object(row)
        if value not in ("", None, {}, []) and not _is_marker(value):
            said[column] = value
    return said


def _is_marker(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(GONE)


def _orders(person: Person) -> Any:
    """What was bought, so that the rest can be understood."""
    lines: dict[int, list[Mapping[str, Any]]] = {}
    for line in OrderLine.objects.filter(order__in=person.orders).order_by("order_id", "position"):
        lines.setdefault(line.order_id, []).append(
            {"sku": line.sku, "name": line.name, "quantity": line.quantity, "total_minor": line.total_minor}
        )
    for order in Order.objects.filter(pk__in=person.orders).order_by("pk"):
        items = [
            {"sku": one["sku"], "name": one["name"], "quantity": one["quantity"],
             "total": from_minor(one["total_minor"], order.currency)}
            for one in lines.get(order.pk, [])
        ]  # fmt: skip
        yield {
            "number": order.number, "placed_at": _plain(order.placed_at), "status": order.status,
            "total": from_minor(order.total_minor, order.currency), "currency": order.currency, "items": items,
        }  # fmt: skip


def _plain(value: date | datetime) -> str:
    return value.isoformat()
