"""What a door hands to intake: an order as it was understood."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from orders.models import Channel, Order, Product


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as the channel sold it: gross minor units; `price_minor` a piece before discount, the total a fact."""

    name: str
    quantity: int
    price_minor: int
    total_minor: int
    sku: str = ""
    discount_minor: int = 0
    tax_minor: int = 0
    external_id: str = ""
    kind: str = Product.Kind.GOODS  # what it is when no product is known by its SKU


@dataclass(frozen=True, slots=True)
class Address:
    """Where to: the raw text and what could be told of its parts."""

    text: str = ""
    country: str = ""
    region: str = ""
    postcode: str = ""
    city: str = ""
    street: str = ""
    house: str = ""
    flat: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as a door understood it. Money in minor units of `currency`; the phone raw, as it was typed."""

    channel: Channel
    placed_at: datetime
    currency: str
    lines: Sequence[NewLine]
    external_id: str = ""
    body_hash: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    address: Address = field(default_factory=Address)
    delivery_method: str = ""
    courier: str = ""
    promised_on: date | None = None
    slot: str = ""
    delivery_minor: int = 0
    delivery_by_tariff: bool = False  # the charge is what the courier's tariff says, where one fits
    fees_minor: int = 0
    discount_minor: int = 0
    stated_total_minor: int | None = None
    payment_method: str = Order.PaidBy.COD
    paid_minor: int = 0
    comment: str = ""
    source: Mapping[str, str] = field(default_factory=dict)
