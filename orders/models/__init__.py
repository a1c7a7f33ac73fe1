"""One import path for every table from intake to a sealed parcel: `from orders.models import Order`."""

from orders.models.batches import Batch, CartSlot
from orders.models.callrules import Caller, NoCallDecision, NoCallRule, PlanGroup, RetryPlan
from orders.models.calls import CallAttempt, CallTake, CallTask, Mode, Outcome, PhoneLease
from orders.models.callscripts import CallScript, OutcomeWord, ScriptLine
from orders.models.catalog import Barcode, Product, Substitute
from orders.models.counts import CountLine, CountProposal, CountShelf, StockCount
from orders.models.couriers import Courier, Refusal
from orders.models.customers import Customer, CustomerConflict, CustomerJoin, CustomerPhone, MarkRule, SearchKey
from orders.models.inbox import ChannelDay, ChannelItem, Connection, InboundMessage, ShopNote, ShopOrder
from orders.models.journal import Feed, FeedHead, JournalEvent, PersonalValue, Unplaced
from orders.models.links import OrderLink
from orders.models.marks import PieceCode
from orders.models.messages import AnswerLink, Message, MessageKind, MessageRule, MessageText, Route
from orders.models.orders import Channel, Hold, IdempotencyKey, Order, OrderAlias, OrderLine, StatusLabel
from orders.models.packing import PackCheck, Parcel, ParcelItem, Scan
from orders.models.payments import Credit, CreditLine, Payment, Sale
from orders.models.printing import PrintRun
from orders.models.receiving import ExpectedLine, ExpectedReceipt, Receipt, ReceiptLine, ReceiptPaper
from orders.models.reminders import Reminder
from orders.models.shop import PeriodLock, Shop
from orders.models.slots import Slot, SlotDay
from orders.models.stock import Location, Place, PlaceLevel, StockLevel, StockMove, Unmet
from orders.models.tariffs import BuyoutFee, Tariff, Zone
from orders.models.telephony import AttemptCall, Enquiry, PhoneCall, PhoneLine, PhoneSeat
from orders.models.transfers import Transfer, TransferLine
from orders.models.watching import Drift, LowStock

__all__ = [
    "AnswerLink",
    "AttemptCall",
    "Barcode",
    "Batch",
    "BuyoutFee",
    "CallAttempt",
    "CartSlot",
    "CallScript",
    "CallTake",
    "CallTask",
    "Caller",
    "Channel",
    "ChannelDay",
    "ChannelItem",
    "Connection",
    "CountLine",
    "CountProposal",
    "CountShelf",
    "Courier",
    "Credit",
    "CreditLine",
    "Customer",
    "CustomerConflict",
    "CustomerJoin",
    "CustomerPhone",
    "Drift",
    "Enquiry",
    "ExpectedLine",
    "ExpectedReceipt",
    "Feed",
    "FeedHead",
    "Hold",
    "IdempotencyKey",
    "InboundMessage",
    "JournalEvent",
    "Location",
    "LowStock",
    "MarkRule",
    "Message",
    "MessageKind",
    "MessageRule",
    "MessageText",
    "Mode",
    "NoCallDecision",
    "NoCallRule",
    "Order",
    "OrderAlias",
    "OrderLine",
    "OrderLink",
    "Outcome",
    "PackCheck",
    "Parcel",
    "ParcelItem",
    "Payment",
    "PeriodLock",
    "PersonalValue",
    "PhoneCall",
    "PieceCode",
    "PhoneLease",
    "PhoneLine",
    "PhoneSeat",
    "Place",
    "PlaceLevel",
    "PlanGroup",
    "PrintRun",
    "Product",
    "Receipt",
    "ReceiptLine",
    "ReceiptPaper",
    "Refusal",
    "Reminder",
    "RetryPlan",
    "Route",
    "Sale",
    "Scan",
    "SearchKey",
    "Shop",
    "ShopNote",
    "ShopOrder",
    "Slot",
    "SlotDay",
    "StatusLabel",
    "StockCount",
    "StockLevel",
    "StockMove",
    "Substitute",
    "Tariff",
    "Transfer",
    "TransferLine",
    "Unmet",
    "Unplaced",
    "Zone",
    "OutcomeWord",
    "ScriptLine",
]
