"""The tables that a seeded shop fills, parents before children."""

from delivery.models import CashEntry, Handoff, HandoffLine, Register, RegisterLine, Shipment, ShipmentEvent
from orders.models import (
    CallAttempt,
    CallTask,
    Customer,
    CustomerPhone,
    Feed,
    FeedHead,
    Hold,
    JournalEvent,
    Order,
    OrderLine,
    Parcel,
    ParcelItem,
    Payment,
    PlaceLevel,
    Sale,
    SearchKey,
    StockLevel,
    StockMove,
)
from shopdesk.bench.rows import Table

CUSTOMER = Table(Customer, "id", "name", "email", "created_at")
PHONE = Table(CustomerPhone, "id", "phone", "customer_id")
ORDER = Table(
    Order,
    "number", "status", "version", "channel_id", "external_id", "body_hash", "location_id", "placed_at", "taken_at",
    "status_at", "reserved_until", "promised_on", "slot", "ship_on", "customer_id", "contact_name", "contact_phone",
    "contact_phone_raw", "delivery_method", "courier_id", "address_text", "address_country", "address_region",
    "address_postcode", "address_city", "currency", "items_minor", "delivery_minor", "total_minor",
    "channel_total_minor", "paid_minor", "payment_method", "packer_id", "picking_until", "cancel_reason",
)  # fmt: skip
LINE = Table(
    OrderLine,
    "id", "order_id", "position", "product_id", "sku", "name", "quantity", "price_minor", "total_minor", "cost_minor",
    "reserved", "picked", "cancelled", "delivered", "returned", "lost",
)  # fmt: skip
KEY = Table(SearchKey, "key", "order_id", "customer_id")
EVENT = Table(
    JournalEvent,
    "id", "order_id", "seq", "kind", "from_status", "to_status", "actor_kind", "actor_id", "subject_kind",
    "subject_id", "data", "at", "recorded_at",
)  # fmt: skip
FEED = Table(Feed, "position", "event_id", "hash")
MOVE = Table(
    StockMove,
    "product_id", "quantity", "source_id", "target_id", "source_version", "source_balance", "target_version",
    "target_balance", "reason", "line_id", "unit_cost_minor", "event_id", "at", "recorded_at",
)  # fmt: skip
TASK = Table(
    CallTask,
    "id", "order_id", "customer_id", "phone", "mode", "stage", "reason", "due_at", "limit_at", "language", "region",
    "promised_on", "total_minor", "opened_at", "closed_at", "outcome",
)  # fmt: skip
ATTEMPT = Table(
    CallAttempt, "task_id", "order_id", "phone_id", "person_id", "outcome", "reason", "applied", "event_id", "at",
    "recorded_at",
)  # fmt: skip
HOLD = Table(Hold, "order_id", "reason", "opened_at", "opened_by")
PARCEL = Table(
    Parcel, "id", "number", "order_id", "position", "state", "on_act", "in_hands_of", "weight_g", "declared_minor",
    "cod_minor", "sealed_at",
)  # fmt: skip
ITEM = Table(ParcelItem, "parcel_id", "line_id", "quantity", "delivered", "returned", "lost")
ACT = Table(
    Handoff, "number", "courier_id", "location_id", "ship_on", "state", "opened_at", "closed_at", "hash", "places",
    "weight_g", "cod_minor", "declared_minor", "currency", "accepted_at", "accepted_how",
)  # fmt: skip
ACT_LINE = Table(HandoffLine, "handoff_id", "parcel_id", "state", "weight_g", "cod_minor", "declared_minor", "state_at")
SHIPMENT = Table(
    Shipment, "id", "order_id", "courier_id", "state", "state_at", "check_at", "currency", "due_minor",
    "reduced_minor", "collected_minor", "remitted_minor", "fees_minor", "started_at",
)  # fmt: skip
SAID = Table(
    ShipmentEvent, "courier_id", "event_id", "parcel_id", "parcel_raw", "code", "state", "journal_id", "at",
    "recorded_at",
)  # fmt: skip
CASH = Table(
    CashEntry, "shipment_id", "kind", "source", "target", "amount_minor", "currency", "event_id", "at", "recorded_at"
)
REGISTER = Table(
    Register, "id", "courier_id", "reference", "currency", "sha256", "total_minor", "fees_minor", "at", "recorded_at"
)
REGISTER_LINE = Table(
    RegisterLine, "register_id", "position", "waybill", "amount_minor", "fee_minor", "shipment_id", "outcome",
    "remitted_minor", "kept_minor",
)  # fmt: skip
SALE = Table(Sale, "line_id", "quantity", "amount_minor", "cost_minor", "currency", "event_id", "at", "recorded_at")
PAYMENT = Table(Payment, "order_id", "account", "amount_minor", "currency", "event_id", "at", "recorded_at")
STOCK = Table(StockLevel, "product_id", "location_id", "on_hand", "reserved")
PLACE = Table(PlaceLevel, "product_id", "place_id", "on_hand", "version")
HEAD = Table(FeedHead, "id", "position", "hash")

ALL = (
    CUSTOMER, PHONE, ORDER, LINE, KEY, EVENT, FEED, MOVE, TASK, ATTEMPT, HOLD, PARCEL, ITEM, ACT, ACT_LINE, SHIPMENT,
    SAID, CASH, REGISTER, REGISTER_LINE, SALE, PAYMENT, STOCK, PLACE, HEAD,
)  # fmt: skip
