"""How orders look in answers. One shape for every JSON door."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import prefetch_related_objects

from orders import holdnotes, queues
from orders.models import Hold, JournalEvent, Order, OrderLine
from shopdesk.base import masks, prepared
from shopdesk.base.access import Subject
from shopdesk.base.errors import FieldError
from shopdesk.base.money import from_minor


def show_order(order: Order, subject: Subject) -> dict[str, Any]:
    """Show one order whole, with the rivals that look like its duplicates, as far as the subject may see them."""
    with prepared.ahead(queues.asks_of(order, subject)):
        beside = queues.beside([order])
        alike = queues.duplicates(order, subject, lines=beside.lines[order.pk])
    return _show(order, beside, subject) | {"duplicates": alike}


def show_orders(orders: Sequence[Order], subject: Subject) -> list[dict[str, Any]]:
    """Show a page of orders in four queries, however many they are."""
    prefetch_related_objects(orders, "label")
    beside = queues.beside(orders)
    return [_show(order, beside, subject) for order in orders]


def show_event(event: JournalEvent) -> dict[str, Any]:
    """Show a journal event. Personal values stay where they are."""
    return {
        "seq": event.seq,
        "kind": event.kind,
        "from": event.from_status or None,
        "to": event.to_status or None,
        "by": str(event.actor),
        "at": event.at.isoformat(),
        "data": event.data,
    }


def show_error(error: FieldError) -> dict[str, str]:
    """Show one error of a row in a batch."""
    return {"pointer": error.pointer, "code": error.code, "detail": str(error.detail)}


def _show(order: Order, beside: queues.Beside, subject: Subject) -> dict[str, Any]:
    holds, tasks = beside.holds[order.pk], beside.tasks[order.pk]

    def money(minor: int) -> str:
        return from_minor(minor, order.currency)

    return {
        "number": order.number,
        "status": order.status,
        "label": {"code": order.label.code, "name": order.label.says} if order.label else None,
        "version": order.version,
        "channel": order.channel_id,
        "external_id": order.external_id,
        "placed_at": order.placed_at.isoformat(),
        "taken_at": order.taken_at.isoformat(),
        "customer": {"name": order.contact_name, "phone": order.contact_phone or order.contact_phone_raw,
                     "email": order.contact_email},
        "delivery": _delivery(order),
        "payment": {"method": order.payment_method, "paid": money(order.paid_minor)},
        "items": [_line(line, order.currency) for line in beside.lines[order.pk]],
        "items_total": money(order.items_minor),
        "discount": money(order.discount_minor),
        "delivery_price": money(order.delivery_minor),
        "fees": money(order.fees_minor),
        "total": money(order.total_minor),
        "cod_due": money(order.due_minor),
        "currency": order.currency,
        "comment": order.comment,
        "holds": [_hold(hold, subject) for hold in holds],
        "duplicates": [],
        "next": {**(step := queues.next_step(order, holds, tasks)), "at": _at(step["at"])},
        "links": {"self": f"/api/v1/orders/{order.number}", "history": f"/api/v1/orders/{order.number}/history"},
    }  # fmt: skip


def _hold(hold: Hold, subject: Subject) -> dict[str, Any]:
    shown = {"id": hold.pk, "reason": hold.reason, "note": holdnotes.tell(hold), "until": _at(hold.until)}
    return masks.visible(subject, shown, {"note": "hold.note"})


def _delivery(order: Order) -> dict[str, Any]:
    parts = ("text", "country", "region", "postcode", "city", "street", "house", "flat", "notes")
    return {
        "method": order.delivery_method,
        "courier": order.courier_id,
        "date": _at(order.promised_on),
        "slot": order.slot,
        "ship_on": _at(order.ship_on),
        "price": from_minor(order.delivery_minor, order.currency),
        "tax": from_minor(order.delivery_tax_minor, order.currency) if order.delivery_tax_minor is not None else None,
        "address": {part: getattr(order, f"address_{part}") for part in parts},
    }


def _line(line: OrderLine, currency: str) -> dict[str, Any]:
    return {
        "id": line.pk,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "reserved": line.reserved,
        "picked": line.picked,
        "cancelled": line.cancelled,
        "delivered": line.delivered,
        "returned": line.returned,
        "price": from_minor(line.price_minor, currency),
        "discount": from_minor(line.discount_minor, currency),
        "total": from_minor(line.total_minor, currency),
    }


def _at(when: datetime | date | None) -> str | None:
    return when.isoformat() if when else None
