"""WooCommerce: order webhooks and the orders of its REST API v3, whose bodies are the same.

Source: the REST API's documentation and WC_Webhook of WooCommerce 9.
"""

from datetime import datetime
from typing import Any, Final

from orders.channels.givenback import Goods
from orders.channels.reading import Reader, Unreadable, joined, known_currency, pieces, priced
from orders.channels.said import Heard, Said, SaidGone, SaidLine, SaidMany, SaidNothing
from orders.intake import Address
from orders.models import Channel, Order, ShopOrder

Meaning = ShopOrder.Meaning
SIGNATURE, TOPIC, DELIVERY = "X-WC-Webhook-Signature", "X-WC-Webhook-Topic", "X-WC-Webhook-Delivery-ID"
MEANINGS: Final = {
    "pending": Meaning.LEAD,
    "checkout-draft": Meaning.LEAD,
    "auto-draft": Meaning.LEAD,
    "failed": Meaning.LEAD,
    "on-hold": Meaning.ORDER,
    "processing": Meaning.ORDER,
    "completed": Meaning.ORDER,
    "cancelled": Meaning.CANCEL,
    "refunded": Meaning.CANCEL,
    "trash": Meaning.CANCEL,
}
# Of two words of one second: an order goes this way.
RANKS = ("checkout-draft", "auto-draft", "pending", "failed", "on-hold", "processing", "completed", "cancelled",
         "refunded", "trash")  # fmt: skip
PAID_STATES = {"processing", "completed"}  # wc_get_is_paid_statuses()
AT_THE_DOOR = {"cod"}
PICKUP = ("local_pickup", "pickup_location")
REFUNDED_LINE = "_refunded_item_id"


def hear(topic: str, body: Any, channel: Channel, at: datetime) -> Heard:
    """Understand a webhook or a polled order. `at`: when it came. Raises Unreadable."""
    if isinstance(body, list):
        return SaidMany(body)
    said = Reader(body)
    if not said:
        raise Unreadable("not_json")
    if topic and not topic.startswith("order."):
        return SaidNothing("topic", {"topic": topic})
    external_id = said.text("id", "id")
    if not external_id:
        return SaidNothing("ping") if "webhook_id" in said.value else _no_id()
    if topic == "order.deleted":
        return SaidGone(external_id)
    return _order(said, external_id, channel, at)


def _no_id() -> Heard:
    raise Unreadable("no_id")


def _order(said: Reader, external_id: str, channel: Channel, at: datetime) -> Said:
    currency = known_currency(said.text("currency"), channel.currency)
    state = said.text("status", "id") or "processing"
    fees = [fee.minor("total", currency) + fee.minor("total_tax", currency) for fee in said.many("fee_lines")]
    placed_at = said.moment("date_created_gmt", "date_created") or at
    total = said.minor("total", currency)
    shipping, billing = said.inner("shipping"), said.inner("billing")
    to = shipping if shipping.first("address_1", "city") else billing
    method = said.text("payment_method", "id")
    return Said(
        external_id=external_id, state=state, placed_at=placed_at, currency=currency,
        modified_at=said.moment("date_modified_gmt", "date_modified"),
        rank=RANKS.index(state) if state in RANKS else 0,
        lines=_lines(said, currency),
        name=_name(billing) or _name(shipping),
        phone=joined(billing.text("phone", "phone"), shipping.text("phone", "phone")),
        email=billing.text("email", "email").casefold(),
        address=_address(to, _name(shipping) if _name(shipping) != _name(billing) else ""),
        delivery_method=_method(said),
        delivery_minor=max(said.minor("shipping_total", currency) + said.minor("shipping_tax", currency), 0),
        fees_minor=sum(fee for fee in fees if fee > 0),
        discount_minor=-sum(fee for fee in fees if fee < 0),  # a fee below nothing is how plugins let off
        stated_total_minor=total,
        payment_method=Order.PaidBy.COD if method in AT_THE_DOOR else Order.PaidBy.PREPAID,
        paid_minor=total if _is_paid(said, state, method) else 0,
        comment=said.text("customer_note", "comment"),
        source={"method": created} if (created := said.text("created_via")) else {},
        refunds=_refunds(said, currency), refunded=_refunded(said, currency),
        lists_refunds=isinstance(said.value.get("refunds"), list), is_cleaned=bool(said.cleaned),
    )  # fmt: skip


def _lines(said: Reader, currency: str) -> list[SaidLine]:
    """Give the lines gross. Where the shop rounds the tax of the whole cart, the largest line carries the odd cent."""
    rows = list(said.many("line_items"))
    taxes = [row.minor("total_tax", currency) for row in rows]
    odd = said.minor("cart_tax", currency) - sum(taxes) if "cart_tax" in said.value else 0
    if rows and 0 < abs(odd) <= len(rows):
        nets = [row.minor("total", currency) for row in rows]
        taxes[nets.index(max(nets))] += odd
    return [_line(row, tax, currency) for row, tax in zip(rows, taxes, strict=True)]


def _line(line: Reader, tax: int, currency: str) -> SaidLine:
    total = line.minor("total", currency) + tax
    let_off = line.minor("subtotal", currency) - line.minor("total", currency)
    full = total + let_off + (line.minor("subtotal_tax", currency) - line.minor("total_tax", currency))
    quantity, name = pieces(line.number("quantity"), line.text("name", "title"))
    price, off = priced(quantity, total, full - total)
    variant = line.text("variation_id", "id")
    return SaidLine(
        external_id=line.text("id", "id"), name=name, quantity=quantity, price_minor=price, discount_minor=off,
        total_minor=total, tax_minor=tax, sku=line.text("sku", "sku"),
        product_code=line.text("product_id", "id"), variant_code="" if variant == "0" else variant,
    )  # fmt: skip


def _name(person: Reader) -> str:
    return joined(person.text("first_name"), person.text("last_name"), by=" ")


def _address(to: Reader, recipient: str) -> Address:
    """Put the shop's address into ours. Its state is a code of ISO 3166-2 without the country, or a plain name."""
    country = to.text("country")[:2].upper()
    state = to.text("state", "region")
    is_code = state.isascii() and state.isalnum() and state.isupper() and len(state) <= 3
    street, more, city = to.text("address_1", "street"), to.text("address_2", "street"), to.text("city", "city")
    postcode = to.text("postcode", "postcode")
    return Address(
        text=joined(to.text("company"), street, more, city, state, postcode, country)[:1_000],
        country=country, region=f"{country}-{state}" if is_code and country else state, postcode=postcode, city=city,
        street=joined(street, more)[:200], notes=recipient,
    )  # fmt: skip


def _method(said: Reader) -> str:
    methods = [line.text("method_id", "id") for line in said.many("shipping_lines")]
    if not methods:
        return ""
    return Order.Delivery.PICKUP if methods[0].startswith(PICKUP) else Order.Delivery.COURIER


def _is_paid(said: Reader, state: str, method: str) -> bool:
    """Tell whether the shop has its money: it wrote the day, or took it before the order went on."""
    if said.moment("date_paid_gmt", "date_paid"):
        return True
    return state in PAID_STATES and method not in AT_THE_DOOR


def _refunds(said: Reader, currency: str) -> dict[str, int]:
    given = {refund.text("id", "id"): abs(refund.minor("total", currency)) for refund in said.many("refunds")}
    return {key: minor for key, minor in given.items() if key and minor}


def _refunded(said: Reader, currency: str) -> dict[str, Any]:
    """Give what went back, of refunds that say it. A webhook names sums alone; the desk asks the shop for the rest."""
    found = {}
    for refund in said.many("refunds"):
        if (key := refund.text("id", "id")) and isinstance(refund.value.get("line_items"), list):
            delivery = sum(_gross(line, currency) for line in refund.many("shipping_lines"))
            found[key] = Goods(_pieces_back(refund, currency), delivery).stored
    return found


def _pieces_back(refund: Reader, currency: str) -> dict[str, tuple[int, int | None]]:
    """Give the lines of a refund, whose pieces and sums are below nothing and name the order's own line beside."""
    lines: dict[str, tuple[int, int | None]] = {}
    for line in refund.many("line_items"):
        named = [meta.text("value", "id") for meta in line.many("meta_data") if meta.text("key") == REFUNDED_LINE]
        if named:
            before, minor = lines.get(named[0], (0, 0))
            lines[named[0]] = (before + abs(int(line.number("quantity"))), (minor or 0) + _gross(line, currency))
    return lines


def _gross(line: Reader, currency: str) -> int:
    return abs(line.minor("total", currency) + line.minor("total_tax", currency))
