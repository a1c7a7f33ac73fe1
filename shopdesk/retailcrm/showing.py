"""How orders and customers look to a client of API v5. One query each for what hangs on a page of orders."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, prefetch_related_objects

from orders.models import Order, OrderAlias, OrderLine, Parcel
from orders.status import CancelReason, Status
from shopdesk.base.money import from_minor
from shopdesk.retailcrm import words
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.models import PromisedPayment, ShopCustomer

SAID = "v5"  # under this key an order's `source` keeps what the shop said and the desk has no column for
Shown = dict[str, Any]


def said_of(order: Order) -> Mapping[str, Any]:
    """Give what the shop said of an order beyond what the desk keeps itself; empty for orders by other doors."""
    kept = (order.source or {}).get(SAID)
    found = json.loads(kept) if isinstance(kept, str) and kept else {}
    return found if isinstance(found, dict) else {}


def show_order(order: Order, visit: Visit) -> Shown:
    """Show one order whole."""
    return show_orders([order], visit)[0]


def show_orders(orders: Sequence[Order], visit: Visit) -> list[Shown]:
    """Show a page of orders; what they need is read at once for all of them."""
    prepare(orders)
    beside = Beside.of(orders)
    return [_show(order, said_of(order), beside, visit) for order in orders]


def prepare(orders: Sequence[Order]) -> None:
    """Read what every answer shows beside an order."""
    prefetch_related_objects(
        orders,
        "label",
        "channel",
        Prefetch("lines", OrderLine.objects.select_related("product").order_by("position")),
        Prefetch("parcels", Parcel.objects.exclude(state=Parcel.State.OPENED).order_by("position")),
        Prefetch("promised_payments", PromisedPayment.objects.filter(removed_at=None).order_by("pk")),
    )


@dataclass(frozen=True)
class Beside:
    """The shops' customers of some orders, and the survivors of those that were merged away."""

    customers: Mapping[tuple[str, int], ShopCustomer]
    by_id: Mapping[int, ShopCustomer]
    survivors: Mapping[tuple[str, str], Order] = field(default_factory=dict)

    @classmethod
    def of(cls, orders: Sequence[Order]) -> "Beside":
        """Read them."""
        channels = {order.channel_id for order in orders}
        rows = ShopCustomer.objects.filter(
            channel__in=channels, customer__in={order.customer_id for order in orders if order.customer_id}
        ).order_by("-pk")
        named = {int(number) for order in orders if str(number := said_of(order).get("customer", "")).isdigit()}
        by_id = {row.pk: row for row in ShopCustomer.objects.filter(channel__in=channels, pk__in=named)}
        gone = [order for order in orders if _is_merged(order)]
        aliases = OrderAlias.objects.filter(
            channel__in=channels, external_id__in={order.external_id for order in gone}
        ).select_related("order__label")
        survivors = {(one.channel_id, one.external_id): one.order for one in aliases} if gone else {}
        return cls({(row.channel_id, row.customer_id): row for row in rows}, by_id, survivors)

    def customer(self, order: Order) -> ShopCustomer | None:
        """Give the customer whom the shop named, else the one whom it knows by the order's phone."""
        named = self.by_id.get(int(said_of(order).get("customer") or 0))
        if named is not None and named.channel_id == order.channel_id:
            return named
        return self.customers.get((order.channel_id, order.customer_id or 0))


def code_of(order: Order, survivor: Order | None = None) -> str:
    """Give the status code of an order; of one that was merged away its survivor's."""
    one = survivor or order
    return words.status_code(one.status, one.cancel_reason, one.label.code if one.label else "")


def survivor_of(order: Order, beside: Beside) -> Order | None:
    """Give the order that an order was merged into."""
    found = beside.survivors.get((order.channel_id, order.external_id))
    return found if found is not None and found.pk != order.pk and _is_merged(order) else None


def show_status(order: Order, beside: Beside) -> Shown:
    """Show an order's status alone."""
    survivor = survivor_of(order, beside)
    code = code_of(order, survivor)
    shown = {"id": order.pk, "status": code, "group": words.group_of(code, (survivor or order).status)}
    return shown | ({"externalId": order.external_id} if order.external_id else {})


def show_customer(row: ShopCustomer, visit: Visit) -> Shown:
    """Show a customer as their shop knows them."""
    shown = {
        "type": "customer", "id": row.pk, "isContact": False, "createdAt": visit.moment(row.created_at), "vip": False,
        "bad": False, "site": row.channel_id, "contragent": {"contragentType": "individual"}, "customFields": {},
        "firstName": row.first_name, "lastName": row.last_name, "patronymic": row.patronymic, "email": row.email,
        "phones": [{"number": phone} for phone in row.phones], "address": dict(row.address),
    }  # fmt: skip
    return _filled(shown) | ({"externalId": row.external_id} if row.external_id else {})


def amount(minor: int, currency: str) -> int | float:
    """Write an amount as this protocol does, as a JSON number: here alone, at the very edge, it is no integer."""
    written = Decimal(from_minor(minor, currency))
    return int(written) if written == written.to_integral_value() else float(written)


def names_of(order: Order, said: Mapping[str, Any]) -> Shown:
    """Give the parts of a name as the shop sent them; where the desk changed the name, as they can be told apart."""
    sent = {part: said.get(part, "") for part in ("firstName", "patronymic", "lastName")}
    if " ".join(filter(None, sent.values())) == order.contact_name:
        return sent
    return split_name(order.contact_name)


def split_name(name: str) -> Shown:
    """Tell a name's parts apart: the first word, the last one, and what stands between."""
    first, *rest = name.split() or [""]
    last = rest.pop() if rest else ""
    return {"firstName": first, "patronymic": " ".join(rest), "lastName": last}


def show_address(order: Order) -> Shown:
    """Show where an order goes."""
    return _filled({
        "index": order.address_postcode, "countryIso": order.address_country, "region": order.address_region,
        "city": order.address_city, "street": order.address_street, "building": order.address_house,
        "flat": order.address_flat, "notes": order.address_notes, "text": order.address_text,
    })  # fmt: skip


def delivery_code(order: Order, said: Mapping[str, Any]) -> str:
    """Give the code of an order's delivery: the courier's where one is chosen, else the way."""
    return order.courier_id or order.delivery_method or str(said.get("deliveryCode", ""))


def show_item(line: OrderLine, order: Order, said: Mapping[str, Any]) -> Shown:
    """Show one line. A fractional quantity is answered as it was sent; the desk counts it as one piece."""
    sent = (said.get("items") or {}).get(str(line.position)) or {}
    quantity: Any = line.quantity
    price: Any = amount(line.price_minor, order.currency)
    discount = amount(line.discount_minor // max(line.quantity, 1), order.currency)
    if "quantity" in sent and line.quantity == 1:
        quantity, price = float(sent["quantity"]), float(sent["price"])
    code = line.external_id or line.sku
    offer = {"id": line.product_id, "externalId": code, "xmlId": line.sku or code, "name": line.name,
             "displayName": line.name, "article": line.sku}  # fmt: skip
    shown = {
        "id": line.pk, "initialPrice": price, "discountTotal": discount, "quantity": quantity,
        "prices": [{"price": price - discount, "quantity": quantity}], "status": item_status(line),
        "offer": _filled(offer), "properties": [], "externalIds": sent.get("externalIds") or [],
    }  # fmt: skip
    return {name: value for name, value in shown.items() if name != "externalIds" or value}


def item_status(line: OrderLine) -> str:
    """Say how far a line is."""
    for pieces, code in (
        (line.cancelled, "cancel"), (line.returned, "returned"), (line.delivered, "sale"), (line.picked, "assembled"),
        (line.reserved, "in-reserve"),
    ):  # fmt: skip
        if pieces >= line.quantity:
            return code
    return "new"


def show_payment(row: PromisedPayment, visit: Visit) -> Shown:
    """Show one payment."""
    shown = {
        "id": row.pk, "externalId": row.external_id, "type": row.type, "status": row.status,
        "amount": amount(row.amount_minor, row.order.currency), "paidAt": visit.moment(row.paid_at),
    }  # fmt: skip
    return {name: value for name, value in shown.items() if value not in (None, "")}


def _show(order: Order, said: Mapping[str, Any], beside: Beside, visit: Visit) -> Shown:
    customer = beside.customer(order)
    for row in order.promised_payments.all():
        row.order = order
    shown = {
        "slug": order.pk, "id": order.pk, "number": said.get("number") or str(order.pk),
        "externalId": order.external_id, "orderMethod": said.get("orderMethod") or "shopping-cart",
        "orderType": "eshop-individual", "privilegeType": "none", "countryIso": order.address_country,
        "createdAt": visit.moment(order.placed_at), "statusUpdatedAt": visit.moment(order.status_at),
        "summ": amount(order.items_minor - order.discount_minor, order.currency),
        "totalSumm": amount(order.total_minor, order.currency),
        "prepaySum": amount(order.paid_minor, order.currency), "purchaseSumm": 0, "currency": order.currency,
        **names_of(order, said), "phone": order.contact_phone or order.contact_phone_raw,
        "email": order.contact_email, "call": False, "expired": False, "customerComment": order.comment,
        "contragent": {"contragentType": "individual"}, "site": order.channel_id,
        "status": code_of(order, survivor_of(order, beside)),
        "customer": show_customer(customer, visit) if customer else _unknown(order, said),
        "discountManualAmount": amount(order.discount_minor, order.currency),
        "shipmentStore": order.location_id, "fromApi": order.channel.kind != order.channel.Kind.MANUAL,
        "shipped": order.status in _SHIPPED, "customFields": said.get("customFields") or {},
    }  # fmt: skip
    items = [show_item(line, order, said) for line in order.lines.all() if _is_there(line, order)]
    payments = {str(row.pk): show_payment(row, visit) for row in order.promised_payments.all()}
    delivery = {"delivery": _delivery(order, said), "contact": shown["customer"]}
    return _filled(shown) | delivery | {"items": items, "payments": payments, "customFields": shown["customFields"]}


_SHIPPED = frozenset({Status.HANDED_OVER, Status.DELIVERED, Status.RETURNING, Status.RETURNED, Status.LOST})


def _delivery(order: Order, said: Mapping[str, Any]) -> Shown:
    tracks = [parcel.waybill or parcel.number for parcel in order.parcels.all()]
    begins, _to, ends = order.slot.partition("-")
    shown = {
        "code": delivery_code(order, said), "service": said.get("deliveryService") or {},
        "date": order.promised_on.isoformat() if order.promised_on else "",
        "time": _filled({"from": begins, "to": ends}), "data": {"trackNumber": tracks[0]} if tracks else {},
    }  # fmt: skip
    cost = amount(order.delivery_minor, order.currency)
    return _filled(shown) | {"cost": cost, "netCost": 0, "address": show_address(order)}


def _is_there(line: OrderLine, order: Order) -> bool:
    """A line that was taken off stays as evidence at the desk; the shop sees it no more."""
    return line.cancelled < line.quantity or order.status == Status.CANCELLED


def _is_merged(order: Order) -> bool:
    return order.status == Status.CANCELLED and order.cancel_reason == CancelReason.DUPLICATE


def _unknown(order: Order, said: Mapping[str, Any]) -> Shown:
    """The customer of an order that came by another door: as the order itself names them."""
    phone = order.contact_phone or order.contact_phone_raw
    shown = {"type": "customer", **names_of(order, said), "email": order.contact_email, "site": order.channel_id}
    return _filled(shown | {"phones": [{"number": phone}] if phone else []})


def _filled(shown: Shown) -> Shown:
    """Leave out what says nothing, as the original does; a number and a flag always say something."""
    return {name: value for name, value in shown.items() if value not in (None, "", [], {})}
