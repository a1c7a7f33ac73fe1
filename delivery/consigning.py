"""What a courier is told of an order that it shall carry: to whom, which boxes, what to take at the door."""

from collections.abc import Sequence

from delivery.couriers.base import Box, Consignment, Piece
from orders.models import Order, Parcel, ParcelItem
from shopdesk.base.money import part_of


def consign(order: Order, key: str) -> Consignment:
    """Describe the sealed parcels of an order. The pieces add up to what is declared and to what is to be taken."""
    rows = Parcel.objects.filter(order=order).exclude(state=Parcel.State.OPENED).order_by("position")
    parcels = list(rows.prefetch_related("items__line__product"))
    cod = sum(parcel.cod_minor for parcel in parcels)
    delivery = min(order.delivery_minor, cod)
    return Consignment(
        key=key, name=order.contact_name, phone=order.contact_phone or order.contact_phone_raw,
        email=order.contact_email, country=order.address_country, region=order.address_region,
        city=order.address_city, postcode=order.address_postcode, address=_address(order), notes=order.address_notes,
        method=order.delivery_method, pickup_point=str(order.source.get("pickup_point", "")),
        promised_on=order.promised_on, slot=order.slot, currency=order.currency, cod_minor=cod,
        declared_minor=sum(parcel.declared_minor for parcel in parcels), delivery_minor=delivery,
        boxes=_boxes(parcels, cod - delivery),
    )  # fmt: skip


def _address(order: Order) -> str:
    parts = [order.address_street, order.address_house, order.address_flat]
    return ", ".join(part for part in parts if part) or order.address_text


def _boxes(parcels: Sequence[Parcel], cod_minor: int) -> list[Box]:
    """Share what is to be taken for goods over all pieces, rounded on the running sum so that it adds up."""
    worth = sum(_worth(item) for parcel in parcels for item in parcel.items.all())
    run, taken, boxes = 0, 0, []
    for parcel in parcels:
        pieces = []
        items = list(parcel.items.all())
        for item in items:
            run += _worth(item)
            own = part_of(cod_minor, run, worth) - taken if worth else 0
            taken += own
            pieces.append(_piece(item, own, parcel.weight_g // max(len(items), 1)))
        size = (parcel.length_mm, parcel.width_mm, parcel.height_mm)
        whole = None if None in size else (size[0] or 0, size[1] or 0, size[2] or 0)
        boxes.append(Box(parcel.number, parcel.weight_g, whole, pieces))
    return boxes


def _worth(item: ParcelItem) -> int:
    return part_of(item.line.total_minor, item.quantity, item.line.quantity)


def _piece(item: ParcelItem, cod_minor: int, weight_g: int) -> Piece:
    """Give the pieces of a line. What does not divide by their number is told as one piece named "… × n"."""
    worth, pieces, line = _worth(item), item.quantity, item.line
    if worth % pieces or cod_minor % pieces:
        return Piece(line.sku, f"{line.name} × {pieces}", 1, worth, cod_minor, max(weight_g, 1))
    each_g = max(weight_g // pieces, 1)
    return Piece(line.sku, line.name, pieces, worth // pieces, cod_minor // pieces, each_g)
