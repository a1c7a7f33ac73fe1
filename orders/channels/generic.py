"""The desk's own shape of an order (`docs/connect-a-shop.md`), sent as a signed message by shops of any kind.

Beside the fields of the JSON API: `status` (order, lead, cancelled, deleted or a word of the status map), `updated_at`,
and `id`, `product_id`, `variant_id` of a line.
"""

from datetime import datetime
from typing import Any, Final

from orders.channels.givenback import Goods
from orders.channels.reading import Reader, Unreadable, joined, known_currency, pieces, priced
from orders.channels.said import Heard, Said, SaidGone, SaidLine, SaidMany, SaidNothing
from orders.intake import Address
from orders.models import Channel, Order, ShopOrder

Meaning = ShopOrder.Meaning
SIGNATURE, TOPIC, DELIVERY = "X-Shopdesk-Signature", "X-Shopdesk-Topic", "X-Shopdesk-Delivery"
MEANINGS: Final = {"order": Meaning.ORDER, "lead": Meaning.LEAD, "cancelled": Meaning.CANCEL}
PARTS = ("text", "country", "region", "postcode", "city", "street", "house", "flat", "notes")


def hear(topic: str, body: Any, channel: Channel, at: datetime) -> Heard:
    """Understand an order or a batch of them. `at`: when it came. Raises Unreadable."""
    if isinstance(body, list):
        return SaidMany(body)
    said = Reader(body)
    if not said:
        raise Unreadable("not_json")
    if isinstance(said.value.get("orders"), list):
        return SaidMany(said.value["orders"])
    if topic == "test" or said.value.get("test") is True:
        return SaidNothing("test")
    external_id = said.text("external_id", "id")
    if not external_id:
        raise Unreadable("no_id")
    if said.text("status", "id") == "deleted":
        return SaidGone(external_id)
    return _order(said, external_id, channel, at)


def _order(said: Reader, external_id: str, channel: Channel, at: datetime) -> Said:
    currency = known_currency(said.text("currency"), channel.currency)
    customer, delivery, payment = said.inner("customer"), said.inner("delivery"), said.inner("payment")
    method, paid_by = delivery.text("method", "id"), payment.text("method", "id")
    refunds = {one.text("id", "id"): one.minor("amount", currency) for one in said.many("refunds")}
    source = said.inner("source")
    return Said(
        external_id=external_id, state=said.text("status", "id") or "order",
        placed_at=said.moment("placed_at") or at, modified_at=said.moment("updated_at") or at, currency=currency,
        lines=[_line(line, place, currency) for place, line in enumerate(said.many("items"), start=1)],
        name=customer.text("name"), phone=customer.text("phone", "phone"),
        email=customer.text("email", "email").casefold(), address=_address(delivery.inner("address")),
        delivery_method=method if method in Order.Delivery.values else "",
        delivery_minor=max(delivery.minor("price", currency), 0), fees_minor=max(said.minor("fees", currency), 0),
        discount_minor=max(said.minor("discount", currency), 0),
        stated_total_minor=said.minor("total", currency) if "total" in said.value else None,
        payment_method=paid_by if paid_by in Order.PaidBy.values else Order.PaidBy.COD,
        paid_minor=max(payment.minor("paid", currency), 0), comment=said.text("comment", "comment"),
        reason=said.text("cancel_reason", "id"), source={key: source.text(key) for key in list(source.value)[:20]},
        refunds={key: minor for key, minor in refunds.items() if key and minor > 0},
        refunded={one.text("id", "id"): _pieces_back(one).stored for one in said.many("refunds")},
        is_cleaned=bool(said.cleaned),
    )  # fmt: skip


def _pieces_back(refund: Reader) -> Goods:
    """Give the pieces that a refund takes off its order; one that names none is money alone."""
    rows = [(item.text("id", "id"), max(int(item.number("quantity")), 0)) for item in refund.many("items")]
    lines: dict[str, tuple[int, int | None]] = {}
    for key, count in rows:
        lines[key] = (lines.get(key, (0, None))[0] + count, None)
    return Goods(lines)


def _line(line: Reader, place: int, currency: str) -> SaidLine:
    quantity, name = pieces(line.number("quantity"), line.first("name", "sku", kind="title"))
    off = line.minor("discount", currency)
    whole = line.minor("price", currency) * quantity - off
    total = max(line.minor("total", currency) if "total" in line.value else whole, 0)
    price, off = priced(quantity, total, off)
    return SaidLine(
        external_id=line.text("id", "id") or str(place), name=name, quantity=quantity, price_minor=price,
        discount_minor=off, total_minor=total, tax_minor=line.minor("tax", currency), sku=line.text("sku", "sku"),
        product_code=line.text("product_id", "id"), variant_code=line.text("variant_id", "id"),
    )  # fmt: skip


def _address(to: Reader) -> Address:
    parts = {name: to.text(name, name if name != "country" else "name") for name in PARTS}
    parts["country"] = parts["country"][:2].upper()
    if not parts["text"]:
        parts["text"] = joined(*(parts[name] for name in ("street", "house", "flat", "city", "region", "postcode")))
    return Address(**parts)
