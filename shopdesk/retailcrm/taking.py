"""From an order as API v5 sends it to what intake takes."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from orders.intake import Address, NewLine, NewOrder
from orders.models import Channel, Courier, Order, Product
from shopdesk.base.errors import Malformed
from shopdesk.base.money import round_to_minor
from shopdesk.retailcrm import reading, words
from shopdesk.retailcrm.door import Visit
from shopdesk.retailcrm.reading import Entity, part, rows, text
from shopdesk.retailcrm.refusals import BadEntity
from shopdesk.retailcrm.showing import SAID

MOST_LINES = 5_000
MOST_PIECES = 100_000
HUNDRED = Decimal(100)
WRONG = "This value is not valid."
UNKNOWN = "This value is unknown."
LENGTHS = {
    "text": 1_000, "country": 2, "region": 100, "postcode": 20, "city": 150, "street": 200, "house": 40, "flat": 40,
    "notes": 1_000,
}  # fmt: skip
ADDRESS = {
    "text": "text", "countryIso": "country", "region": "region", "index": "postcode", "city": "city",
    "street": "street", "building": "house", "house": "house", "flat": "flat", "notes": "notes",
}  # fmt: skip


@dataclass(frozen=True)
class NewPayment:
    """A payment as the shop says it."""

    type: str
    status: str
    amount_minor: int
    external_id: str = ""
    paid_at: Any = None


@dataclass(frozen=True)
class Read:
    """An order as it was understood: what intake takes, and what is done beside it."""

    new: NewOrder
    payments: Sequence[NewPayment] = ()
    status: words.Code | None = None
    customer: Entity = field(default_factory=dict)


@dataclass
class Reader:
    """Reads one order; everything that is wrong with it is collected, by field."""

    said: Entity
    site: Channel
    visit: Visit
    couriers: Sequence[Courier]
    products: Mapping[str, Product]
    wrong: dict[str, str] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def read(self) -> Read:
        """Read it whole. Raises BadEntity."""
        lines = self.lines()
        method, courier = self.way()
        payments = [self.payment(row, f"payments[{place}]") for place, row in enumerate(rows(self.said, "payments"))]
        status = self.status()
        delivery = part(self.said, "delivery")
        delivery_minor = self.minor(delivery.get("cost"), "delivery.cost")
        discount = self.discount(sum(line.total_minor for line in lines))
        whole = sum(line.total_minor for line in lines) + delivery_minor - discount
        payments = [p if p.amount_minor else worth(p, whole) for p in payments]
        new = NewOrder(
            channel=self.site, external_id=self.external_id(), body_hash=said_hash(self.said),
            placed_at=self.moment(text(self.said, "createdAt"), "createdAt") or self.visit.now,
            currency=self.site.currency, lines=lines, name=self.name(), phone=self.phone(),
            email=text(self.said, "email", 254), address=self.address(part(delivery, "address")),
            delivery_method=method, courier=courier, promised_on=self.day(text(delivery, "date")),
            slot=slot_of(delivery), delivery_minor=delivery_minor, discount_minor=discount,
            payment_method=words.PAYMENT_TYPES[payments[0].type][1] if payments else Order.PaidBy.COD,
            paid_minor=sum(one.amount_minor for one in payments if one.status == words.PAID),
            comment=comment_of(self.said), source={SAID: json.dumps(self.beyond(), cls=DjangoJSONEncoder)},
        )  # fmt: skip
        if self.wrong:
            raise BadEntity(self.wrong)
        return Read(new, payments, status, part(self.said, "customer"))

    def external_id(self) -> str:
        """Give the shop's own number; one too long to be kept is refused, never cut to another's."""
        found = text(self.said, "externalId", 1_000)
        if len(found) > reading.LONGEST_ID:
            self.wrong["externalId"] = WRONG
        return found

    def name(self) -> str:
        """Put the parts of the name together, and keep them apart beside."""
        for name in ("firstName", "patronymic", "lastName"):
            if found := " ".join(text(self.said, name, 90).split()):
                self.kept[name] = found
        return " ".join(self.kept[n] for n in ("firstName", "patronymic", "lastName") if n in self.kept)

    def phone(self) -> str:
        """Give the phones in one text, as a person would have written them."""
        found = [text(self.said, "phone", 90), text(self.said, "additionalPhone", 90)]
        return ", ".join(dict.fromkeys(filter(None, found)))

    def address(self, said: Entity) -> Address:
        """Give the address in its parts; `text` is made of them where the shop sends none."""
        found = address_of(said)
        found.setdefault("country", text(self.said, "countryIso", 2))
        return Address(**found)

    def way(self) -> tuple[str, str]:
        """Give the way of delivery and the courier; both empty for none."""
        code = text(part(self.said, "delivery"), "code", 40)
        found = words.delivery_of(code, self.couriers) if code else ("", "")
        if found is None:
            self.wrong["delivery.code"] = UNKNOWN
        return found or ("", "")

    def status(self) -> words.Code | None:
        """Give what the status asks for."""
        code = text(self.said, "status", 60)
        found = words.find_status(code) if code else None
        if code and found is None:
            self.wrong["status"] = UNKNOWN
        return found

    def lines(self) -> list[NewLine]:
        """Give the lines; an order without any is refused."""
        found = rows(self.said, "items")
        if not found or len(found) > MOST_LINES:
            self.wrong["items"] = "An order has 1 to 5000 items."
            return []
        return [self.line(item, place) for place, item in enumerate(found, start=1)]

    def line(self, item: Entity, place: int) -> NewLine:
        """Read one line: (price - discount a piece) x quantity, less its percentage."""
        pointer, currency = f"items[{place - 1}]", self.site.currency
        try:
            price = reading.number(item.get("initialPrice")) or Decimal(0)
            off = reading.number(item.get("discountManualAmount")) or Decimal(0)
            percent = reading.number(item.get("discountManualPercent")) or Decimal(0)
            quantity = Decimal(1) if (found := reading.number(item.get("quantity"))) is None else found
            if not 0 < quantity <= MOST_PIECES or price < 0 or not 0 <= percent <= HUNDRED or not 0 <= off <= price:
                raise ValueError("out of bounds")
            total = round_to_minor((price - off) * quantity * (HUNDRED - percent) / HUNDRED, currency)
            whole = quantity == quantity.to_integral_value()
            pieces = int(quantity) if whole else 1
            each = round_to_minor(price if whole else price * quantity, currency)
            each += each * pieces < total  # a price finer than the currency: what is over goes into the discount
        except (ValueError, Malformed):
            self.wrong[pointer] = WRONG
            return NewLine("?", 1, 0, 0)
        code, sku = offer_of(item, self.products)
        name = text(item, "productName", 480) or text(part(item, "offer"), "name", 480) or code
        if not name:
            self.wrong[f"{pointer}.offer"] = "An item names what it sells."
        self.keep_item(item, place, None if whole else (quantity, price))
        return NewLine(
            name if whole else f"{name} × {quantity.normalize():f}", pieces, each, total, sku=sku, external_id=code,
            discount_minor=max(each * pieces - total, 0),
        )  # fmt: skip

    def keep_item(self, item: Entity, place: int, fraction: tuple[Decimal, Decimal] | None) -> None:
        """Keep what a line is answered with and the desk does not know: outside ids, and a fraction as it was sent."""
        kept: dict[str, Any] = {}
        ids = [{"code": text(one, "code", 60), "value": text(one, "value", 100)} for one in rows(item, "externalIds")]
        if ids:
            kept["externalIds"] = ids[:5]
        if fraction:
            kept |= {"quantity": str(fraction[0]), "price": str(fraction[1])}
        if kept:
            self.kept.setdefault("items", {})[str(place)] = kept

    def discount(self, items: int) -> int:
        """Give the discount on the whole order: an amount and a percentage of the items."""
        amount = self.minor(self.said.get("discountManualAmount"), "discountManualAmount")
        try:
            percent = reading.number(self.said.get("discountManualPercent")) or Decimal(0)
            if not 0 <= percent <= HUNDRED:
                raise ValueError("out of bounds")
        except ValueError:
            self.wrong["discountManualPercent"] = WRONG
            return 0
        share = int((Decimal(items) * percent / HUNDRED).quantize(Decimal(1), ROUND_HALF_UP))
        if amount + share > items:
            self.wrong["discountManualAmount"] = "More than the items come to."
        return amount + share

    def payment(self, said: Entity, pointer: str) -> NewPayment:
        """Read one payment."""
        kind = text(said, "type", 40) or "cash"
        status = text(said, "status", 40) or "not-paid"
        for name, value, known in (("type", kind, words.PAYMENT_TYPES), ("status", status, words.PAYMENT_STATUSES)):
            if value not in known:
                self.wrong[f"{pointer}.{name}"] = UNKNOWN
        paid_at = self.moment(text(said, "paidAt"), f"{pointer}.paidAt")
        if status == words.PAID:
            paid_at = min(paid_at or self.visit.now, self.visit.now)
        kind = kind if kind in words.PAYMENT_TYPES else "cash"
        amount = self.minor(said.get("amount"), f"{pointer}.amount")
        return NewPayment(kind, status, amount, text(said, "externalId", reading.LONGEST_ID), paid_at)

    def minor(self, value: Any, pointer: str) -> int:
        """Read an amount."""
        try:
            return reading.minor(value, self.site.currency)
        except (ValueError, Malformed):
            self.wrong[pointer] = WRONG
            return 0

    def moment(self, written: str, pointer: str) -> Any:
        """Read a moment; None for none."""
        try:
            return reading.moment(written, self.site.zone or self.visit.shop.zone) if written else None
        except (ValueError, OverflowError):
            self.wrong[pointer] = WRONG
            return None

    def day(self, written: str) -> date | None:
        """Read the promised day; None for none."""
        try:
            return reading.day(written) if written else None
        except ValueError:
            self.wrong["delivery.date"] = WRONG
            return None

    def beyond(self) -> dict[str, Any]:
        """Give what is answered again and has no column here."""
        delivery = part(self.said, "delivery")
        service = part(delivery, "service")
        more = {
            "number": text(self.said, "number", 40), "orderMethod": text(self.said, "orderMethod", 40),
            "customFields": small(part(self.said, "customFields")), "deliveryCode": text(delivery, "code", 40),
            "deliveryService": {name: text(service, name, 100) for name in ("name", "code") if text(service, name)},
        }  # fmt: skip
        return self.kept | {name: value for name, value in more.items() if value}


def with_customer(source: Mapping[str, str], number: int) -> dict[str, str]:
    """Keep beside an order which of its shop's customers it named."""
    return {**source, SAID: json.dumps(json.loads(source[SAID]) | {"customer": number})}


def reader(said: Entity, site: Channel, visit: Visit, products: Mapping[str, Product] | None = None) -> Reader:
    """Give the reader of one order."""
    couriers = list(Courier.objects.filter(active=True).order_by("pk"))
    return Reader(said, site, visit, couriers, products_of([said]) if products is None else products)


def products_of(orders: Sequence[Entity]) -> dict[str, Product]:
    """Find the products that some orders name, by any of the codes they name them by."""
    codes = {code for one in orders for item in rows(one, "items") for code in codes_of(item)}
    return {row.sku: row for row in Product.objects.filter(sku__in=codes)}


def codes_of(item: Entity) -> list[str]:
    """Give the codes by which an item names its product, the surest first."""
    offer = part(item, "offer")
    found = [text(offer, "xmlId", 64), text(offer, "externalId", 64), text(offer, "article", 64)]
    return [code for code in dict.fromkeys(found) if code]


def offer_of(item: Entity, products: Mapping[str, Product]) -> tuple[str, str]:
    """Give the shop's own id of what is sold, and the SKU: that of a known product, else the shop's id."""
    codes = codes_of(item)
    own = text(part(item, "offer"), "externalId", 64) or (codes[0] if codes else "")
    return own, next((code for code in codes if code in products), own)


def address_of(said: Entity) -> dict[str, str]:
    """Give the parts of an address that were sent, as the desk names them; their text where there is none."""
    found: dict[str, str] = {}
    for theirs, ours in ADDRESS.items():
        if value := text(said, theirs, LENGTHS[ours]):
            found.setdefault(ours, value)
    if found and "text" not in found:
        parts = [found.get(name, "") for name in ("postcode", "region", "city", "street", "house", "flat")]
        found["text"] = ", ".join(filter(None, parts))
    return found


def slot_of(delivery: Entity) -> str:
    """Give the hours of delivery as the desk writes them."""
    hours = part(delivery, "time")
    begins, ends = text(hours, "from", 5), text(hours, "to", 5)
    return f"{begins}-{ends}"[:20] if begins or ends else text(delivery, "time", 20)


def comment_of(said: Entity) -> str:
    """Give what the customer and the shop wrote."""
    return "\n".join(filter(None, (text(said, "customerComment", 3_000), text(said, "managerComment", 1_000))))


def said_hash(said: Entity) -> str:
    """Give the hash of what an order says, however its JSON was written."""
    plain = json.dumps(said, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()


def small(fields: Entity) -> dict[str, Any]:
    """Keep a shop's own fields, as far as they are plain and few."""
    plain = {text({"n": name}, "n", 60): value for name, value in list(fields.items())[:50]}
    return {
        name: value if isinstance(value, bool) or value is None else str(value)[:300]
        for name, value in plain.items()
        if not isinstance(value, dict | list)
    }


def worth(payment: NewPayment, whole: int) -> NewPayment:
    """Give a payment its sum where it has none: it is of the whole."""
    return NewPayment(payment.type, payment.status, max(whole, 0), payment.external_id, payment.paid_at)
