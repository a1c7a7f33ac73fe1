"""An order changed by its shop over API v5: what differs is edited, a status is a request."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import override

from orders import calls, changes, labels
from orders.holds import About, Says
from orders.intake import NewLine
from orders.models import Hold, Order, OrderLine, StatusLabel
from orders.status import HoldReason, Status
from shopdesk.base.errors import DomainError, Stale
from shopdesk.base.strict import read_whole
from shopdesk.retailcrm import remembered, taking, words
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.reading import Entity, part, rows, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.remembered import Remembered
from shopdesk.retailcrm.showing import code_of, delivery_code, said_of
from shopdesk.retailcrm.taking import Reader

TRIES = 3
NOT_BY_THIS = "The desk cannot be asked for this status: it follows from the work there."


def edit(order: Order, said: Entity, visit: Visit) -> Order:
    """Change what differs, then the status if it was asked for. Raises BadEntity, and what the desk refuses.

    A status that cannot be asked for is refused before anything is changed.
    """
    reader = taking.reader(said, order.channel, visit)
    wanted = reader.status()
    if reader.wrong:
        raise BadEntity(reader.wrong)
    if wanted is not None:
        refuse_work(order, wanted)
    for _try in range(TRIES - 1):
        try:
            order = _edit_once(order, said, visit)
            break
        except Stale:  # somebody changed it between our look and our lock: look again
            order.refresh_from_db()
    else:
        order = _edit_once(order, said, visit)
    return ask_status(order, wanted, visit) if wanted else order


def refuse_work(order: Order, wanted: words.Code) -> None:
    """Refuse a status that only work with goods in hand can bring. Raises BadEntity."""
    same = wanted.status == order.status
    made = wanted.status == Status.CONFIRMED and order.status == Status.NEW
    if not (same or made or wanted.status == Status.CANCELLED):
        raise BadEntity({"status": NOT_BY_THIS})


def ask_status(order: Order, wanted: words.Code, visit: Visit) -> Order:
    """Make the move that a status asks for, or change the label alone. Raises BadEntity with the desk's sentence."""
    if code_of(order) == wanted.code:
        return order
    try:
        if wanted.status != order.status:
            order = _move(order, wanted, visit)
        if wanted.status != Status.CANCELLED:
            labels.put_on(order.pk, _label(wanted, visit), by=visit.by, at=visit.now)
    except DomainError as refusal:
        raise BadEntity({"status": refusal}) from refusal
    return Order.objects.select_related("channel").get(pk=order.pk)


def begin_status(order: Order, wanted: words.Code, visit: Visit) -> Order:
    """Let a new order have the status that it came with; one that only work can bring is left to a person."""
    if wanted.status in {Status.NEW, Status.CONFIRMED, Status.CANCELLED}:
        return ask_status(order, wanted, visit)
    if not Hold.objects.filter(order=order, reason=HoldReason.OTHER, closed_at=None).exists():
        says = Says(About.SHOP_STATUS, {"status": wanted.code})
        return changes.hold(order.pk, HoldReason.OTHER, note=says, by=visit.by, at=visit.now)
    return order


def _move(order: Order, wanted: words.Code, visit: Visit) -> Order:
    if wanted.status == Status.CANCELLED:
        return changes.cancel(order.pk, wanted.reason or "other", by=visit.by, at=visit.now)
    return calls.confirm(order.pk, by=visit.by, at=visit.now, why=f"API v5: {wanted.code}")


def _label(wanted: words.Code, visit: Visit) -> int | None:
    """Give the label of a code, made on first use; None for what orders of the status are called without one."""
    if words.PLAIN[wanted.status] == wanted.code:
        return None
    known = StatusLabel.objects.filter(code=wanted.code).first()
    if known is not None:
        return known.pk if known.is_active else None
    names = {}
    for language in ("ru", "bg"):
        with override(language):
            names[language] = str(wanted.name)
    with override("en"):
        new = labels.NewLabel(wanted.status, str(wanted.name), wanted.code, names)
    return labels.make(new, by=visit.by, at=visit.now).pk


def _edit_once(order: Order, said: Entity, visit: Visit) -> Order:
    reader = taking.reader(said, order.channel, visit)
    known = remembered.of(order, visit)
    fields = {name: value for name, value in _fields(order, reader).items() if not known.is_old(name, value)}
    wanted = changes.Edit(fields, _lines(order, reader, known))
    if reader.wrong:
        raise BadEntity(reader.wrong)
    if not wanted.fields and not wanted.lines:
        return order
    changes.edit(order.pk, wanted, version=order.version, by=visit.by, at=visit.now)
    return Order.objects.select_related("channel").get(pk=order.pk)


def _fields(order: Order, reader: Reader) -> dict[str, Any]:
    """Give the columns that shall be different; what is not sent stays."""
    said, delivery = reader.said, part(reader.said, "delivery")
    fields: dict[str, Any] = _name(order, reader)
    if "phone" in said and reader.phone() not in (order.contact_phone, order.contact_phone_raw):
        fields["contact_phone_raw"] = reader.phone()
    if "email" in said:
        fields["contact_email"] = text(said, "email", 254).casefold()
    if "customerComment" in said or "managerComment" in said:
        fields["comment"] = taking.comment_of(said)
    if "countryIso" in said:
        fields["address_country"] = text(said, "countryIso", 2)
    fields |= {f"address_{name}": value for name, value in taking.address_of(part(delivery, "address")).items()}
    fields |= _delivery(order, reader, delivery)
    if "discountManualAmount" in said or "discountManualPercent" in said:
        fields["discount_minor"] = reader.discount(order.items_minor)
    return {name: value for name, value in fields.items() if getattr(order, name) != value}


def _name(order: Order, reader: Reader) -> dict[str, Any]:
    sent = [name for name in ("firstName", "patronymic", "lastName") if name in reader.said]
    if not sent:
        return {}
    kept = {name: said_of(order).get(name, "") for name in ("firstName", "patronymic", "lastName")}
    whole = kept | {name: " ".join(text(reader.said, name, 90).split()) for name in sent}
    return {"contact_name": " ".join(filter(None, whole.values()))}


def _delivery(order: Order, reader: Reader, delivery: Entity) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if text(delivery, "code", 40) and text(delivery, "code", 40) != delivery_code(order, said_of(order)):
        method, courier = reader.way()
        fields |= {"delivery_method": method, "courier_id": courier or None}
    if "cost" in delivery:
        fields["delivery_minor"] = reader.minor(delivery.get("cost"), "delivery.cost")
    if "date" in delivery:
        fields["promised_on"] = reader.day(text(delivery, "date"))
    if "time" in delivery:
        fields["slot"] = taking.slot_of(delivery)
    return fields


def _lines(order: Order, reader: Reader, known: Remembered) -> Sequence[changes.LineEdit]:
    """Give the lines that differ. A list of items is the whole order: what it does not name is taken off.

    What the desk changed and the shop only remembers stays as the desk has it.
    """
    if "items" not in reader.said:
        return []
    there = [line for line in order.lines.order_by("position") if line.cancelled < line.quantity]
    left = {line.pk: line for line in there}
    edits: list[changes.LineEdit] = []
    for place, item in enumerate(rows(reader.said, "items"), start=1):
        line = _match(item, left, order)
        new = reader.line(item, place)
        if line is not None:
            del left[line.pk]
        if known.is_old_line(line.sku if line else new.sku, new.quantity):
            continue
        if line is None or (new.quantity, new.total_minor) != (line.quantity, line.total_minor):
            edits.append(_as_sent(line, new))
    gone = [line for line in left.values() if not known.is_old_line(line.sku, 0)]
    return [*edits, *(changes.LineEdit(0, id=line.pk) for line in gone)]


def _as_sent(line: OrderLine | None, new: NewLine) -> changes.LineEdit:
    """Give a line as the shop would have it: one that is there, or a new one."""
    if line is None:
        return changes.LineEdit(
            new.quantity, sku=new.sku, name=new.name, price_minor=new.price_minor, discount_minor=new.discount_minor
        )
    return changes.LineEdit(
        new.quantity, id=line.pk, price_minor=new.price_minor, discount_minor=new.discount_minor
    )  # fmt: skip


def _match(item: Entity, left: Mapping[int, OrderLine], order: Order) -> OrderLine | None:
    """Find the line that an item means: by its id, by its outside id, by what it sells."""
    number = read_whole(text(item, "id", 20))
    if number is not None and number in left:
        return left[number]
    outside = {text(one, "value", 100) for one in rows(item, "externalIds")}
    kept = said_of(order).get("items") or {}
    for line in left.values():
        if outside & {one["value"] for one in (kept.get(str(line.position)) or {}).get("externalIds", [])}:
            return line
    codes = set(taking.codes_of(item))
    return next((line for line in left.values() if codes & {line.external_id, line.sku} - {""}), None)
