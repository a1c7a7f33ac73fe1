"""What a shop said of an order, in the desk's words: the same whichever kind of shop it is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from orders.intake import Address, NewLine, NewOrder
from orders.models import Channel

FIELDS = (
    "contact_name", "contact_phone_raw", "contact_email", "address_text", "address_country", "address_region",
    "address_postcode", "address_city", "address_street", "address_house", "address_flat", "address_notes", "comment",
    "delivery_method", "delivery_minor", "fees_minor", "discount_minor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SaidLine:
    """A line as the shop has it; `total_minor` is gross. The codes are the shop's own of what is sold."""

    external_id: str
    name: str
    quantity: int
    price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int = 0
    sku: str = ""
    product_code: str = ""
    variant_code: str = ""
    kind: str = "goods"


@dataclass(frozen=True, slots=True)
class Said:
    """An order as the shop has it, before anything of it went back. `state` is the shop's own word.

    `refunds`: the money it gave back, by its ids; `refunded`: what for, of those that say it (see `givenback`).
    """

    external_id: str
    state: str
    placed_at: datetime
    currency: str
    modified_at: datetime | None = None
    rank: int = 0  # of two words of the same second the one further on wins
    lines: Sequence[SaidLine] = ()
    name: str = ""
    phone: str = ""
    email: str = ""
    address: Address = field(default_factory=Address)
    delivery_method: str = ""
    delivery_minor: int = 0
    fees_minor: int = 0
    discount_minor: int = 0
    stated_total_minor: int | None = None
    payment_method: str = "cod"
    paid_minor: int = 0
    comment: str = ""
    reason: str = ""  # why it was cancelled, in the shop's word
    source: Mapping[str, str] = field(default_factory=dict)
    refunds: Mapping[str, int] = field(default_factory=dict)
    refunded: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lists_refunds: bool = False  # it names every refund there is: one that it does not name was deleted
    is_cleaned: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """The order's columns as they will be stored."""
        own = {f"address_{name}": value for name, value in asdict(self.address).items()}
        own |= {"contact_name": self.name, "contact_phone_raw": self.phone, "contact_email": self.email}
        own |= {name: getattr(self, name) for name in FIELDS if name not in own}
        return {name: own[name] for name in FIELDS}

    @property
    def stored(self) -> dict[str, Any]:
        """What is kept of it, to compare the shop's next word with. `of_stored` reads it again."""
        kept = asdict(self)
        kept.pop("lists_refunds")
        kept.pop("refunded")  # it grows beside the shop's words, from whichever message tells it
        kept["placed_at"] = self.placed_at.isoformat()
        kept["modified_at"] = self.modified_at.isoformat() if self.modified_at else None
        return kept

    @classmethod
    def of_stored(cls, kept: Mapping[str, Any]) -> "Said | None":
        """Read what `stored` gave; None when it was erased since."""
        if not kept:
            return None
        own = dict(kept)
        own["placed_at"] = datetime.fromisoformat(own["placed_at"])
        own["modified_at"] = datetime.fromisoformat(own["modified_at"]) if own["modified_at"] else None
        own["lines"] = [SaidLine(**line) for line in own["lines"]]
        own["address"] = Address(**own["address"])
        return cls(**own)

    def order_for(self, channel: Channel, skus: Mapping[str, str]) -> NewOrder:
        """Make what intake takes. `skus`: line id -> the SKU that was learnt for it."""
        return NewOrder(
            channel=channel, placed_at=self.placed_at, currency=self.currency, external_id=self.external_id,
            name=self.name, phone=self.phone, email=self.email, address=self.address,
            delivery_method=self.delivery_method, delivery_minor=self.delivery_minor, fees_minor=self.fees_minor,
            discount_minor=self.discount_minor, stated_total_minor=self.stated_total_minor,
            payment_method=self.payment_method, paid_minor=self.paid_minor, comment=self.comment, source=self.source,
            lines=[
                NewLine(
                    line.name, line.quantity, line.price_minor, line.total_minor,
                    sku=skus.get(line.external_id, line.sku), discount_minor=line.discount_minor,
                    tax_minor=line.tax_minor, external_id=line.external_id, kind=line.kind,
                )
                for line in self.lines
            ],
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SaidGone:
    """The shop deleted an order."""

    external_id: str


@dataclass(frozen=True, slots=True)
class SaidRefunded:
    """The shop gave money back for an order; the order itself is not in the message."""

    external_id: str
    refunds: Mapping[str, int]
    refunded: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SaidMany:
    """Several orders in one message, each raw."""

    parts: Sequence[Any]


@dataclass(frozen=True, slots=True)
class SaidNothing:
    """Nothing for the desk to do; `reason` is a stable word."""

    reason: str
    detail: Mapping[str, str] = field(default_factory=dict)


Heard = Said | SaidGone | SaidRefunded | SaidMany | SaidNothing
