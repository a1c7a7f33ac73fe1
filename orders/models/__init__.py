"""One import path for every table from intake to a sealed parcel: `from orders.models import Order`."""

from orders.models.calls import CallAttempt, CallTask, Mode, Outcome, PhoneLease
from orders.models.catalog import Barcode, Product, Substitute
from orders.models.counts import CountLine, StockCount
from orders.models.couriers import Courier
from orders.models.customers import Customer, CustomerPhone, SearchKey
from orders.models.journal import Feed, FeedHead, JournalEvent, PersonalValue, Unplaced
from orders.models.orders import Channel, Hold, IdempotencyKey, Order, OrderAlias, OrderLine, StatusLabel
from orders.models.packing import Parcel, ParcelItem, Scan
from orders.models.payments import Credit, CreditLine, Payment, Sale
from orders.models.receiving import Receipt, ReceiptLine
from orders.models.shop import PeriodLock, Shop
from orders.models.stock import Location, Place, PlaceLevel, StockLevel, StockMove

__all__ = [
    "Barcode",
    "CallAttempt",
    "CallTask",
    "Channel",
    "CountLine",
    "Courier",
    "Credit",
    "CreditLine",
    "Customer",
    "CustomerPhone",
    "Feed",
    "FeedHead",
    "Hold",
    "IdempotencyKey",
    "JournalEvent",
    "Location",
    "Mode",
    "Order",
    "OrderAlias",
    "OrderLine",
    "Outcome",
    "Parcel",
    "ParcelItem",
    "Payment",
    "PeriodLock",
    "PersonalValue",
    "PhoneLease",
    "Place",
    "PlaceLevel",
    "Product",
    "Receipt",
    "ReceiptLine",
    "Sale",
    "Scan",
    "SearchKey",
    "Shop",
    "StatusLabel",
    "StockCount",
    "StockLevel",
    "StockMove",
    "Substitute",
    "Unplaced",
]
