"""What the walker sends to the door of API v5, how, and what of its own that door is about."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from orders.models import Order
from shopdesk.retailcrm import buyers, keeping, packs
from shopdesk.retailcrm.models import Pack
from shopdesk.retailcrm.taking import NewPayment
from tests import make

if TYPE_CHECKING:
    from tests.walker.world import World

Pick = Callable[[str], Any]
ROUTES = "api:v5-"
STAFF = frozenset({"owner", "manager", "costless"})
ITEM = {"offer": {"externalId": "A"}, "initialPrice": 129, "quantity": 1}
OF_ROUTE = {
    "api:v5-order": {"uid": "order"}, "api:v5-order-edit": {"uid": "order"},
    "api:v5-customer": {"uid": "shop customer"}, "api:v5-customer-edit": {"uid": "shop customer"},
    "api:v5-payment-edit": {"uid": "promised payment"}, "api:v5-payment-delete": {"uid": "promised payment"},
    "api:v5-pack": {"pack_id": "pack"}, "api:v5-pack-edit": {"pack_id": "pack"},
    "api:v5-pack-delete": {"pack_id": "pack"}, "api:v5-shipment": {"number": "act"},
    "api:v5-shipment-edit": {"number": "act"}, "api:v5-shipments-edit": {"number": "act"},
    "api:v5-user-status": {"user_id": "person"}, "api:v5-site-edit": {"code": "site"},
    "api:v5-tracking": {"code": "courier code"},
}  # fmt: skip
WANTED_NOTE = {"api:v5-shipments-create": "packed"}
QUERIES = {"api:v5-order": "?by=id", "api:v5-customer": "?by=id", "api:v5-inventories": "?filter[details]=1",
           "api:v5-phone-manager": "?phone=%2B79165550001", "api:v5-orders-statuses": "?externalIds[]=X-2"}  # fmt: skip


def fields(**entities: Any) -> Callable[[Pick], dict[str, Any]]:
    """Form fields that name nothing."""
    return lambda pick: entities


SHOP = {"site": "shop"}
FORMS: dict[str, Callable[[Pick], dict[str, Any]]] = {
    "api:v5-orders-create": fields(order={"externalId": "N-1", "items": [ITEM]}, **SHOP),
    "api:v5-orders-upload": fields(orders=[{"externalId": "N-1", "items": [ITEM]}], **SHOP),
    "api:v5-order-edit": fields(order={"customerComment": "да"}, by="id"),
    "api:v5-orders-ids": lambda pick: {"orders": [{"id": pick("order"), "externalId": "X-1"}]},
    "api:v5-payments-create": lambda pick: {"payment": {"type": "cash", "order": {"id": pick("order")}}},
    "api:v5-payment-edit": fields(payment={"amount": 2}, by="id"),
    "api:v5-customers-create": fields(customer={"externalId": "N-1"}, **SHOP),
    "api:v5-customers-upload": fields(customers=[{"externalId": "N-1"}], **SHOP),
    "api:v5-customer-edit": fields(customer={"lastName": "Ли"}, by="id"),
    "api:v5-customers-ids": fields(customers=[]),
    "api:v5-inventories-upload": fields(offers=[{"externalId": "B", "stores": [{"code": "MAIN", "available": 90}]}]),
    "api:v5-prices-upload": fields(prices=[{"externalId": "B", "prices": [{"price": 3}]}]),
    "api:v5-packs-create": lambda pick: {"pack": {"itemId": pick("order line"), "quantity": 1}},
    "api:v5-pack-edit": fields(pack={"invoiceNumber": "7"}),
    "api:v5-call-event": fields(event={"phone": "+79165550001", "type": "in", "callExternalId": "w"}),
    "api:v5-calls-upload": fields(calls=[{"date": "2026-11-20 10:00:00", "type": "in", "phone": "+79165550001"}]),
    "api:v5-tracking": lambda pick: {"statusUpdate": [{"trackNumber": pick("parcel"), "history": [{"code": "x"}]}]},
    "api:v5-shipments-create": lambda pick: {
        "deliveryShipment": {"orders": [{"id": pick("order")}], "deliveryType": "own"}
    },
    "api:v5-shipment-edit": fields(deliveryShipment={"status": ""}),
    "api:v5-shipments-edit": fields(deliveryShipment={"status": ""}),
    "api:v5-user-status": fields(status="free"),
    "api:v5-module-edit": fields(integrationModule={"code": "x"}),
}


def send(client: Any, method: str, path: str, key: str, form: dict[str, Any]) -> Any:
    """Ask as a module does: its key in a header, entities as JSON in the fields of a form."""
    plain = {name: value if isinstance(value, str) else json.dumps(value) for name, value in form.items()}
    headers = {"X-API-KEY": key} if key else {}
    kind = "application/x-www-form-urlencoded"
    return client.generic(method, path, urlencode(plain).encode() if method == "POST" else b"", kind, headers=headers)


def furnish_v5(world: "World", orders: dict[str, Order]) -> None:
    """Add what this door alone keeps: of the walker's own shop, and of its rival."""
    for code, also in (("shop", {"storefront"}), ("rival", set())):
        seen = STAFF | also
        site = make.channel(code)
        said = buyers.read({"externalId": f"c-{code}", "firstName": "Анна"})
        world.add("shop customer", buyers.make(said, channel=site, by=make.BY, at=make.AT).pk, seen)
        world.add("site", code, seen)
        order = Order.objects.get(pk=orders["new" if code == "shop" else "rival"].pk)
        row = keeping.promise(order, NewPayment("cash", "not-paid", 100), by=make.BY, at=make.AT)
        world.add("promised payment", row.pk, seen)
        line = order.lines.get()
        free = orders["confirmed" if code == "shop" else "rival_packed"].lines.get()
        world.add("order line", free.pk, seen)
        pack = Pack(line=line, location_id=order.location_id, quantity=1)
        world.add("pack", packs.keep(pack, by=make.BY, at=make.AT).pk, seen)
    world.add("courier code", "own", STAFF | {"courier"})
    world.add("courier code", "other", STAFF)
