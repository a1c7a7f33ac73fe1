"""How acts, parcels and returns look in answers. One shape for every JSON door."""

from datetime import datetime
from typing import Any

from delivery.models import Handoff, Return
from delivery.wayback import who_pays
from orders.models import Order, Parcel
from shopdesk.base import masks
from shopdesk.base.access import Subject
from shopdesk.base.money import from_minor

ADDRESS = ("text", "country", "region", "postcode", "city", "street", "house", "flat", "notes")
WHOM = {"name": "order.name", "phone": "order.phone", "address": "order.address"}


def show_act(act: Handoff) -> dict[str, Any]:
    """Show an act with its parcels and what became of each."""
    lines = sorted(act.lines.all(), key=lambda line: line.parcel.number)
    return {
        "number": act.number,
        "state": act.state,
        "courier": act.courier_id,
        "location": act.location_id,
        "ship_date": act.ship_on.isoformat(),
        "places": act.places or len(lines),
        "weight_g": act.weight_g or sum(line.weight_g for line in lines),
        "cod_total": from_minor(act.cod_minor or sum(line.cod_minor for line in lines), act.currency),
        "declared_total": from_minor(act.declared_minor or sum(line.declared_minor for line in lines), act.currency),
        "currency": act.currency,
        "hash": act.hash or None,
        "closed_at": _at(act.closed_at),
        "accepted_at": _at(act.accepted_at),
        "accepted_how": act.accepted_how or None,
        "parcels": [
            {"parcel": line.parcel.number, "state": line.state, "weight_g": line.weight_g,
             "cod": from_minor(line.cod_minor, act.currency)}
            for line in lines
        ],
    }  # fmt: skip


def show_parcel(parcel: Parcel, subject: Subject) -> dict[str, Any]:
    """Show a parcel to a courier: whom to and where while it is in hand, what to take; nothing else of the order."""
    order = parcel.order
    shown = {
        "parcel": parcel.number,
        "state": parcel.state,
        "waybill": parcel.waybill,
        "weight_g": parcel.weight_g,
        "cod": from_minor(parcel.cod_minor, order.currency),
        "declared": from_minor(parcel.declared_minor, order.currency),
        "currency": order.currency,
        "payment": order.payment_method,
        "date": order.promised_on.isoformat() if order.promised_on else None,
        "slot": order.slot,
        "items": [
            {"sku": item.line.sku, "name": item.line.name, "quantity": item.quantity} for item in parcel.items.all()
        ],
    }
    return shown | _to_whom(order, subject) if parcel.in_hands_of == subject.code else shown


def _to_whom(order: Order, subject: Subject) -> dict[str, Any]:
    """Name, phone and address; a person sees them masked, and reveals a phone one by one."""
    whom = {
        "name": order.contact_name,
        "phone": order.contact_phone or order.contact_phone_raw,
        "address": {part: getattr(order, f"address_{part}") for part in ADDRESS},
    }
    return masks.visible(subject, whom, WHOM)


def show_return(row: Return) -> dict[str, Any]:
    """Show a return with its lines and where they went."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "state": row.state,
        "order": row.order_id,
        "parcel": row.parcel.number if row.parcel else None,
        "reference": row.reference,
        "reason": row.reason,
        "exchange": row.exchange_id,
        "way_back_paid_by": who_pays(row, row.lines.all()).value,
        "waits_since": _at(row.waits_since),
        "order_status": row.order.status if row.order else None,
        "lines": [
            {"sku": line.product.sku, "quantity": line.quantity, "to_bin": line.to_bin, "to_scrap": line.to_scrap,
             "to_quarantine": line.to_quarantine, "missing": line.missing, "reason": line.found}
            for line in sorted(row.lines.all(), key=lambda line: line.pk)
        ],
    }  # fmt: skip


def _at(when: datetime | None) -> str | None:
    return when.isoformat() if when else None
