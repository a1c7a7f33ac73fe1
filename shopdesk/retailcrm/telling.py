"""One event of the journal in the words of the history feed: a record for every field that changed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from orders.changes import EDITED
from orders.models import JournalEvent, Order, OrderLine
from shopdesk.retailcrm import words
from shopdesk.retailcrm.showing import amount, said_of, show_item, split_name

Record = dict[str, Any]
Labels = Mapping[str, str]
LABELLED, TAKEN, PAID = "order.labelled", "order.taken", "order.paid"
KINDS = (EDITED, LABELLED, TAKEN, PAID)
NAME = {"firstName": "first_name", "patronymic": "patronymic", "lastName": "last_name"}
# Columns of the desk -> fields as the modules' own map names them (fixtures: protocols/history_field_map.xml).
FIELDS = {
    "contact_phone_raw": "phone", "contact_email": "email", "comment": "customer_comment",
    "address_text": "delivery_address.text", "address_region": "delivery_address.region",
    "address_postcode": "delivery_address.index", "address_city": "delivery_address.city",
    "address_street": "delivery_address.street", "address_house": "delivery_address.building",
    "address_flat": "delivery_address.flat", "address_notes": "delivery_address.notes",
    "address_country": "delivery_address.country", "promised_on": "delivery_date", "slot": "delivery_time",
    "external_id": "external_id",
}  # fmt: skip
SUMS = {"delivery_minor": "delivery_cost", "discount_minor": "discount_manual_amount"}
CODED = {"delivery_method": "delivery_type", "courier_id": "delivery_type"}


def tell(event: JournalEvent, order: Order, labels: Labels) -> list[Record]:
    """Give the records of an event; none where it says nothing to a shop. `labels`: code -> status, of all labels."""
    if event.kind == TAKEN:
        return [{"created": True, "field": "status", "oldValue": None, "newValue": {"code": "new"}}]
    if event.to_status:
        old, new = words.PLAIN[_status(event.from_status)], _code(event.to_status, event)
        return [{"field": "status", "oldValue": {"code": old}, "newValue": {"code": new}}]
    if event.kind == LABELLED:
        return [_labelled(event, order, labels)]
    teller = TELLERS.get(event.kind)
    return list(teller(event, order)) if teller else []


def _labelled(event: JournalEvent, order: Order, labels: Labels) -> Record:
    """A label alone changed: to the shop it is the status that did."""
    named = str(event.data.get("to") or event.data.get("from") or "")
    plain = words.PLAIN[_status(labels.get(named, order.status))]
    old, new = event.data.get("from") or plain, event.data.get("to") or plain
    return {"field": "status", "oldValue": {"code": old}, "newValue": {"code": new}}


def _paid(event: JournalEvent, order: Order) -> Iterator[Record]:
    """Money came in, or was taken back."""
    sum_minor = int(event.data.get("amount", 0))
    code = words.PAID if sum_minor > 0 else "returned"
    mine = next((row for row in order.promised_payments.all() if row.booked_minor == sum_minor), None)
    paid = {"amount": amount(sum_minor, order.currency), "type": mine.type if mine else "bank-card"}
    about = {"id": mine.pk, "externalId": mine.external_id} if mine else {}
    yield {"field": "payments.status", "oldValue": None, "newValue": {"code": code}, "payment": about | paid}


def _edited(event: JournalEvent, order: Order) -> Iterator[Record]:
    changed: Mapping[str, Any] = event.data.get("changed") or {}
    for name, (old, new) in changed.items():
        if name in FIELDS:
            yield _changed(FIELDS[name], old, new)
        elif name in SUMS:
            yield _changed(SUMS[name], amount(old or 0, order.currency), amount(new or 0, order.currency))
        elif name in CODED:
            yield _changed(CODED[name], {"code": old} if old else None, {"code": new} if new else None)
    for value in event.personal_values.all():
        if value.field in FIELDS:
            yield _changed(FIELDS[value.field], value.old or None, value.new or None)
        elif value.field == "contact_name":
            yield from _renamed(value.old, value.new)
    yield from _lines(event, order)


def _renamed(old: str, new: str) -> Iterator[Record]:
    before, after = split_name(old), split_name(new)
    for part, field in NAME.items():
        if before[part] != after[part]:
            yield _changed(field, before[part] or None, after[part] or None)


def _lines(event: JournalEvent, order: Order) -> Iterator[Record]:
    """What became of lines: added, taken off, of another quantity or price."""
    said = said_of(order)
    for told in event.data.get("lines") or ():
        line = _line(order, told)
        if line is None:
            continue
        item = {"item": show_item(line, order, said)}
        old, new = told.get("from") or 0, told.get("to") or 0
        if not old or not new:
            yield _changed("order_product", {"id": line.pk} if old else None, {"id": line.pk} if new else None) | item
        elif old != new:
            yield _changed("order_product.quantity", old, new) | item
        if old and new and told.get("price"):
            before, after = (amount(minor, order.currency) for minor in told["price"])
            yield _changed("order_product.initial_price", before, after) | item


def _line(order: Order, told: Mapping[str, Any]) -> OrderLine | None:
    lines = order.lines.all()
    named = [line for line in lines if line.pk == told.get("line")]
    alike = sorted((line for line in lines if line.sku == told.get("sku")), key=lambda line: line.position)
    if not told.get("from"):  # of two lines of one product the one that was added is the later one
        alike.reverse()
    return next(iter(named or alike), None)


def _changed(field: str, old: Any, new: Any) -> Record:
    return {"field": field, "oldValue": old, "newValue": new}


def _code(status: str, event: JournalEvent) -> str:
    return words.status_code(status, event.data.get("reason", ""))


def _status(status: str) -> Any:
    return next(one for one in words.PLAIN if one == status)


TELLERS: Mapping[str, Callable[[JournalEvent, Order], Iterator[Record]]] = {
    PAID: _paid, EDITED: _edited,
}  # fmt: skip
