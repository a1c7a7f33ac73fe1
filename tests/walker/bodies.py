"""What the walker sends. `pick(kind)` gives the thing's key that this call is about: one's own, a foreign or none."""

from collections.abc import Callable
from typing import Any

Pick = Callable[[str], Any]
Body = Callable[[Pick], dict[str, Any]]

LINE = {"sku": "A", "quantity": 1}
PERSON = {
    "name": "Анна", "phone": "+79031112233", "email": "", "payment": "cod", "method": "courier", "courier": "",
    "on": "", "slot": "", "city": "", "postcode": "", "address": "", "notes": "", "comment": "",
}  # fmt: skip
BASKET = {
    "currency": "RUB", "line": [""], "sku": ["A"], "label": ["A"], "off": ["0"], "quantity": ["1"], "price": ["129.00"],
}  # fmt: skip
MONEY = {"delivery": "0", "discount": "0"}


def plainly(**body: Any) -> Body:
    """A body that names nothing."""
    return lambda pick: body


# JSON doors; a key "method route" where the methods differ.
JSON: dict[str, Body] = {
    "api:orders": plainly(
        channel="shop", external_id="W-1", currency="RUB", customer={"name": "Анна"}, items=[LINE | {"price": "129.00"}]
    ),
    "api:orders-batch": plainly(orders=[{"external_id": "W-2"}]),
    "api:order": plainly(version=1_000, comment="позвонить"),
    "api:order-cancellation": plainly(reason="price"),
    "api:order-confirmation": plainly(reason="by letter"),
    "api:order-holds": plainly(reason="high_risk"),
    "api:call-attempts": plainly(outcome="no_answer"),
    "api:call-skip": plainly(reason="по-французски"),
    "api:reports-closings": lambda pick: {"from": "2026-11-24", "to": "2026-11-25"},
    "PUT api:reports-plan": plainly(orders=30, revenue=[{"currency": "RUB", "amount": "100.00"}]),
    "api:stock-receipts": plainly(lines=[LINE]),
    "api:stock-transfers": plainly(source="MAIN", target="SOUTH", lines=[{"sku": "B", "quantity": 1}]),
    "api:stock-transfer-arrival": plainly(lines=[LINE]),
    "api:stock-expected": plainly(supplier="Mill", lines=[LINE]),
    "api:stock-bins": plainly(code="Z-8"),
    "api:stock-counts": plainly(kind="list", bins=["MAIN"]),
    "api:stock-count-lines": plainly(sku="A", bin="A-1", quantity=2),
    "api:stock-count-answers": lambda pick: {"line": pick("count line"), "moved_before": True},
    "api:products": plainly(sku="NEW", name="New"),
    "api:product": plainly(name="Renamed"),
    "api:order-scans": plainly(event_id="w1", sku="A"),
    "api:order-put-back": plainly(event_id="w1", sku="A"),
    "api:order-shortages": plainly(sku="A", quantity=1),
    "api:order-parcels": plainly(parcels=[{"weight_g": 500}]),
    "api:order-payments": plainly(amount="1.00"),
    "api:credits": lambda pick: {
        "order": pick("order"),
        "reason": "goodwill",
        "currency": "RUB",
        "lines": [{"name": "a fee", "amount": "1.00"}],
    },
    "api:acts": lambda pick: {"courier": "own", "ship_date": "2026-11-24", "parcels": [pick("parcel")]},
    "api:act-parcels": lambda pick: {"parcels": [pick("parcel")]},
    "api:act-acceptance": plainly(accepted=[]),
    "api:courier-act-acceptance": plainly(accepted=[]),
    "api:parcels-back": lambda pick: {"parcels": [pick("parcel")]},
    "api:order-counter": plainly(cod_taken="129.00"),
    "api:courier-events": lambda pick: {
        "events": [{"event_id": "w1", "parcel": pick("parcel"), "code": "in_transit", "at": "2026-11-24T08:00:00Z"}]
    },
    "api:returns": lambda pick: {"order": pick("order"), "lines": [LINE]},
    "api:returns-receipt": lambda pick: {"parcels": [pick("parcel")]},
    "api:return-inspection": plainly(lines=[LINE | {"to": "bin"}]),
    "api:parcel-inspection": plainly(lines=[LINE | {"to": "bin"}]),
}
FORMS: dict[str, Body] = {
    "choose": plainly(language="en"),
    "calls-outcome": plainly(outcome="no_answer"),
    "calls-order": plainly(**(PERSON | BASKET | MONEY)),
    "calls-skills": plainly(languages="ru"),
    "call-hours": plainly(
        calls_from="09:00",
        calls_until="20:00",
        calls_weekdays=["1", "2"],
        calls_a_day="3",
        contacts_a_day="5",
        own_first_minutes="10",
        first_call_limit_minutes="60",
        escalate_after_minutes="60",
        follow_up_after_days="7",
        call_leads_after_minutes="60",
        missed_callback="retry",
        missed_callback_after_minutes="60",
        confirm_within_hours="72",
        pay_within_hours="72",
        confirm_manual_within_hours="168",
    ),
    "calls-skip": plainly(why="по-французски"),
    "orders-many": lambda pick: {"deed": "hold", "reason": "high_risk", "number": [pick("order")]},
    "orders-new": plainly(**(PERSON | BASKET | MONEY)),
    "orders-new-basket": plainly(**BASKET),
    "orders-new-customer": plainly(**PERSON),
    "orders-card-edit": plainly(version="1", **(PERSON | BASKET | MONEY)),
    "orders-card-confirmation": lambda pick: {"confirm-why": "by letter"},
    "orders-card-holds": lambda pick: {"hold-reason": "high_risk"},
    "orders-card-cancellation": lambda pick: {"cancel-reason": "price"},
    "stock-new": plainly(sku="NEW", name="New", kind="goods", price_minor="1.00"),
    "stock-receive": plainly(sku=["A"], quantity=["1"], cost=[""], bin=["MAIN"]),
    "stock-receive-lines": plainly(code="A"),
    "stock-bins": plainly(code="Z-9"),
    "stock-carried": lambda pick: {
        "product": pick("product"),
        "source": pick("place"),
        "target": pick("place"),
        "quantity": "1",
    },
    "stock-edit": plainly(name="A", price_minor="129.00", min_stock="0", safety_stock="0", weight_g="0"),
    "stock-leave": plainly(bin="MAIN", quantity="1", reason="damaged"),
    "counts-new": plainly(kind="list", bins=["MAIN"]),
    "orders-card-partial": plainly(policy="wait"),
    "orders-card-location": plainly(location="MAIN"),
    "counts-today-start": plainly(location="MAIN"),
    "counts-list": plainly(skus="B"),
    "stock-locations": plainly(code="NORTH", name="North"),
    "stock-send": plainly(source="MAIN", target="SOUTH", lines="B 1"),
    "stock-transfer-arrival": plainly(all="1"),
    "stock-expect": plainly(supplier="Mill", lines="B 3"),
    "counts-line": plainly(sku="A", bin="A-1", quantity="2"),
    "counts-settle": lambda pick: {"line": pick("count line"), "moved": "after"},
    "webhooks": plainly(name="ERP", url="https://erp.example/hook", kinds=["order.taken"]),
    "webhooks-endpoint": plainly(name="ERP", url="https://erp.example/hook", kinds=["order.taken"]),
    "webhooks-again": plainly(all="1"),
    "packing-next": lambda pick: {"code": str(pick("order"))},
    "packing-papers": lambda pick: {"number": [pick("order")]},
    "packing-back-scans": plainly(code="A", event_id="w1"),
    "packing-scans": plainly(code="A", event_id="w1"),
    "packing-entries": plainly(sku="A", quantity="1", event_id="w1", by_hand="no_label"),
    "packing-shortages": plainly(sku="A", quantity="1", reason="missing"),
    "packing-sealing": lambda pick: {"places": "1", "p0-weight_g": "500"},
    "acts-new": plainly(courier="own", ship_on="2026-11-24"),
    "acts-parcels": lambda pick: {"parcel": pick("parcel")},
    "acts-off": lambda pick: {"parcel": pick("parcel")},
    "acts-acceptance": lambda pick: {"said": "accepted", "parcel": [pick("parcel")]},
    "acts-void": plainly(why="mistake"),
    "acts-given": plainly(taken="129.00"),
    "acts-back": lambda pick: {"parcel": pick("parcel")},
    "courier-acceptance": lambda pick: {"parcel": [pick("parcel")]},
    "courier-delivery": plainly(event_id="w1", taken="129.00"),
    "courier-part": plainly(event_id="w1", taken="0", reason="changed_mind"),
    "courier-refusal": plainly(event_id="w1", reason="changed_mind"),
    "courier-failure": plainly(event_id="w1", reason="nobody_home"),
    "privacy-erase": plainly(ground="request"),
    "imports-trial": plainly(sku="SKU", name="Name"),
    "customers-mark": plainly(mark="vip", reason="pays at once"),
    "customers-note": plainly(note="rings back", tags="wholesale", consent="given"),
    "customers-listing": plainly(contacts="+79160000013", mark="blocked", reason="fake", source="external"),
    "customers-rule": plainly(after_returned="3"),
    "orders-card-merge": plainly(strategy="sum"),
    "orders-card-links": lambda pick: {"other": pick("order")},
    "tracking-news": lambda pick: {"parcel": pick("parcel"), "code": "in_transit", "event_id": "w1"},
    "returns-new": lambda pick: {"order": pick("order"), "kind": "after_delivery"},
    "returns-scan": lambda pick: {"code": pick("parcel")},
}
# Lists that are asked for with a search, so that the search too is walked.
NOVEMBER = "from=2026-11-01&to=2026-11-30"
QUERIES = {
    "api:orders": "?q=5550", "orders": "?q=5550", "orders-new-products": "?find=A",
    "orders-new-customers": "?phone=+7916555", "acts-counter": "?code=5550", "customers": "?q=5550",
    "reports-rows": "?section=funnel&figure=taken", "reports-rows-csv": "?section=funnel&figure=taken",
    "api:reports-section": f"?{NOVEMBER}", "api:reports-section-rows": f"?figure=shipped&{NOVEMBER}",
    "api:reports-funnel-rows": f"?figure=taken&{NOVEMBER}",
    "api:reports-money-rows": f"?figure=margin&currency=RUB&{NOVEMBER}", "api:reports-period": f"?{NOVEMBER}",
    "api:reports-funnel": f"?{NOVEMBER}", "api:reports-money": f"?{NOVEMBER}",
    "api:reports-period-csv": f"?{NOVEMBER}", "api:reports-period-xlsx": f"?{NOVEMBER}",
}  # fmt: skip
