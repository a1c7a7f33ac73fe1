"""Shopify: webhooks of orders, refunds, drafts and checkouts, and the orders of its REST Admin API.

Source: the Admin API's reference (2024-10). Bodies may lack the customer, every phone and the address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from orders.channels import givenback
from orders.channels.givenback import Goods
from orders.channels.reading import Reader, Unreadable, joined, known_currency, pieces, priced
from orders.channels.said import Heard, Said, SaidGone, SaidLine, SaidMany, SaidNothing, SaidRefunded
from orders.intake import Address
from orders.models import Channel, Order, ShopOrder
from shopdesk.base.money import allocate, part_of

Meaning = ShopOrder.Meaning
SIGNATURE, TOPIC, DELIVERY = "X-Shopify-Hmac-Sha256", "X-Shopify-Topic", "X-Shopify-Webhook-Id"
MEANINGS: Final = {"open": Meaning.ORDER, "draft": Meaning.LEAD, "checkout": Meaning.LEAD, "cancelled": Meaning.CANCEL}
PAID = {"paid", "partially_refunded", "refunded"}
AT_THE_DOOR = ("cash_on_delivery", "cash on delivery", "cod")
ORDERS, REFUNDS = "orders/", "refunds/"
UNFINISHED = {"draft_orders/": "draft", "checkouts/": "checkout"}
WRAPPERS = ("order", "refund", "draft_order", "checkout")


def hear(topic: str, body: Any, channel: Channel, at: datetime) -> Heard:
    """Understand a webhook or a polled order. `at`: when it came. Raises Unreadable."""
    said = Reader(body)
    if not said:
        raise Unreadable("not_json")
    if isinstance(said.value.get("orders"), list):
        return SaidMany(said.value["orders"])
    wrapped = next((name for name in WRAPPERS if isinstance(said.value.get(name), dict)), "")
    said = said.inner(wrapped) if wrapped else said
    if wrapped == "refund" or topic.startswith(REFUNDS):
        return _refunded(said, channel)
    unfinished = next((word for begins, word in UNFINISHED.items() if topic.startswith(begins)), "")
    if unfinished or wrapped in {"draft_order", "checkout"}:
        return _unfinished(said, unfinished or wrapped.removesuffix("_order"), channel, at)
    if topic and not topic.startswith(ORDERS):
        return SaidNothing("topic", {"topic": topic})
    external_id = said.text("id", "id")
    if not external_id:
        raise Unreadable("no_id")
    if topic == "orders/delete":
        return SaidGone(external_id)
    return _order(said, external_id, channel, at)


def _refunded(said: Reader, channel: Channel) -> Heard:
    order, key = said.text("order_id", "id"), said.text("id", "id")
    if not order or not key:
        raise Unreadable("no_id")
    given = _given_back(said, channel.currency)
    return SaidRefunded(order, {key: given} if given else {}, _refunded_goods([said], channel.currency))


def _unfinished(said: Reader, word: str, channel: Channel, at: datetime) -> Heard:
    """Keep a draft or a checkout as a lead, until its order comes by itself."""
    finished = said.text("order_id", "id")
    if finished:
        return SaidNothing("finished_draft", {"id": finished})
    key = said.first("id", "token", kind="id")
    if not key:
        raise Unreadable("no_id")
    return replace(_order(said, f"{word[0].upper()}{key}"[:64], channel, at), state=word, paid_minor=0)


def _order(said: Reader, external_id: str, channel: Channel, at: datetime) -> Said:
    currency = known_currency(said.text("currency"), channel.currency)
    with_tax = said.value.get("taxes_included") is True
    lines = _lines(said, currency, with_tax)
    delivery = _delivery(said, currency, with_tax)
    total = said.minor("current_total_price" if "current_total_price" in said.value else "total_price", currency)
    is_cancelled = said.moment("cancelled_at") is not None
    modified = said.moment("updated_at", "created_at")
    to = said.inner("shipping_address") or said.inner("billing_address")
    refunds = {one.text("id", "id"): _given_back(one, currency) for one in said.many("refunds")}
    fulfilled = said.text("fulfillment_status")
    understood = Said(
        external_id=external_id, state="cancelled" if is_cancelled else "open",
        placed_at=said.moment("processed_at", "created_at") or at, currency=currency, modified_at=modified,
        rank=2 * is_cancelled + bool(fulfilled), lines=lines, name=_name(said, to), phone=_phones(said, to),
        email=said.first("email", "contact_email", kind="email").casefold() or said.inner("customer").text("email"),
        address=_address(to), delivery_method=_method(said, to), delivery_minor=delivery,
        discount_minor=_off_the_order(said, lines, delivery, currency), stated_total_minor=total,
        payment_method=_paid_by(said), paid_minor=_paid(said, total, currency),
        comment=said.text("note", "comment"), reason=said.text("cancel_reason", "id"), source=_source(said),
        refunds={key: minor for key, minor in refunds.items() if key and minor},
        refunded=_refunded_goods(said.many("refunds"), currency, said.value.get("taxes_included")),
        is_cleaned=bool(said.cleaned),
    )  # fmt: skip
    return replace(understood, stated_total_minor=_stated(said, understood))


def _stated(said: Reader, understood: Said) -> int:
    """Give what the shop says the order came to before anything went back; what it states is what is left of it."""
    if "current_total_price" not in said.value or givenback.all_went_back(understood, understood.refunded):
        return said.minor("total_price", understood.currency)
    nothing = givenback.after(replace(understood, stated_total_minor=0), understood.refunded)
    return said.minor("current_total_price", understood.currency) - (nothing.stated_total_minor or 0)


def _lines(said: Reader, currency: str, with_tax: bool) -> list[SaidLine]:
    """Give the lines gross. Where only the order names its tax, the lines carry it by what they come to."""
    rows = [row for row in said.many("line_items") if not _was_taken_off(row, said)]
    taxes = [sum(tax.minor("price", currency) for tax in row.many("tax_lines")) for row in rows]
    counts = [_quantity(row, said) for row in rows]
    nets = [_net(row, count, currency) for row, count in zip(rows, counts, strict=True)]
    on_top = said.minor("total_tax", currency)
    if rows and not any(taxes) and on_top:
        shipping = [tax for line in said.many("shipping_lines") for tax in line.many("tax_lines")]
        taxes = allocate(max(on_top - sum(tax.minor("price", currency) for tax in shipping), 0), [n for n, _o in nets])
    return [
        _line(row, count, net if with_tax else net + tax, off, tax)
        for row, count, (net, off), tax in zip(rows, counts, nets, taxes, strict=True)
    ]


def _net(row: Reader, count: Decimal, currency: str) -> tuple[int, int]:
    """Give what a line comes to as the shop writes it, and what was let off."""
    full = row.minor("price", currency) * max(int(count), 0)
    parts = [part.minor("amount", currency) for part in row.many("discount_allocations")]
    applied = row.inner("applied_discount").minor("amount", currency)
    off = sum(parts) or applied or row.minor("total_discount", currency)
    ordered = int(row.number("quantity"))
    if 0 < count < ordered:  # the discount is of all that was ordered, and the shop took some of it off since
        off = part_of(off, int(count), ordered)
    off = min(off, full)
    return full - off, off


def _quantity(row: Reader, said: Reader) -> Decimal:
    """Give how many pieces there were before any went back: what is left now, and what went back since."""
    if "current_quantity" not in row.value:
        return row.number("quantity")
    key = row.text("id", "id")
    back = [line.number("quantity") for one in said.many("refunds") for line in one.many("refund_line_items")
            if line.text("line_item_id", "id") == key]  # fmt: skip
    return row.number("current_quantity") + sum(back, Decimal(0))


def _was_taken_off(row: Reader, said: Reader) -> bool:
    """Tell whether somebody at the shop took a line off the order: it stays in the body, with no pieces."""
    return "current_quantity" in row.value and not _quantity(row, said)


def _line(row: Reader, count: Decimal, total: int, off: int, tax: int) -> SaidLine:
    quantity, name = pieces(count, row.first("name", "title", kind="title"))
    price, off = priced(quantity, total, off)
    return SaidLine(
        external_id=row.text("id", "id"), name=name, quantity=quantity, price_minor=price, discount_minor=off,
        total_minor=total, tax_minor=tax, sku=row.text("sku", "sku"), product_code=row.text("product_id", "id"),
        variant_code=row.text("variant_id", "id"),
    )  # fmt: skip


def _delivery(said: Reader, currency: str, with_tax: bool) -> int:
    """Give what delivery costs, tax included."""
    lines = [*said.many("shipping_lines"), *filter(None, [said.inner("shipping_line")])]
    cost = 0
    for line in lines:
        cost += line.minor("discounted_price" if "discounted_price" in line.value else "price", currency)
        cost += 0 if with_tax else sum(tax.minor("price", currency) for tax in line.many("tax_lines"))
    return cost


def _off_the_order(said: Reader, lines: Sequence[SaidLine], delivery: int, currency: str) -> int:
    """Give what was let off the whole order, beside the lines' own: never more than it comes to."""
    of_lines = any(row.value.get("discount_allocations") for row in said.many("line_items"))
    whole = said.minor("total_discounts", currency) or said.inner("applied_discount").minor("amount", currency)
    return 0 if of_lines else max(min(whole, sum(line.total_minor for line in lines) + delivery), 0)


def _name(said: Reader, to: Reader) -> str:
    person = said.inner("customer")
    full = joined(person.text("first_name"), person.text("last_name"), by=" ")
    return full or to.text("name") or joined(to.text("first_name"), to.text("last_name"), by=" ")


def _phones(said: Reader, to: Reader) -> str:
    """Give every phone that is named, the nearest to the parcel first."""
    places = (to, said, said.inner("customer"), said.inner("billing_address"))
    return joined(*(place.text("phone", "phone") for place in places))[:200]


def _address(to: Reader) -> Address:
    country, province = to.text("country_code")[:2].upper(), to.text("province_code", "region")
    named = to.text("province", "region")
    street, more, city = to.text("address1", "street"), to.text("address2", "street"), to.text("city", "city")
    postcode = to.text("zip", "postcode")
    parts = (to.text("company"), street, more, city, named, postcode, to.text("country"))
    return Address(
        text=joined(*parts)[:1_000], country=country,
        region=f"{country}-{province}" if country and province else named, postcode=postcode, city=city,
        street=joined(street, more)[:200],
    )  # fmt: skip


def _method(said: Reader, to: Reader) -> str:
    codes = [line.first("code", "title").casefold() for line in said.many("shipping_lines")]
    if any("pickup" in code or "pick up" in code for code in codes):
        return Order.Delivery.PICKUP
    return Order.Delivery.COURIER if codes or to else ""


def _paid_by(said: Reader) -> str:
    named = said.value.get("payment_gateway_names")
    gateways = [str(name) for name in named] if isinstance(named, list) else []
    ways = " ".join([*gateways, said.text("gateway")]).casefold()
    return Order.PaidBy.COD if any(word in ways for word in AT_THE_DOOR) else Order.PaidBy.PREPAID


def _paid(said: Reader, total: int, currency: str) -> int:
    """Give what came in, before anything was given back."""
    state = said.text("financial_status", "id")
    if state in PAID:
        return said.minor("total_price", currency) or total
    if state == "partially_paid":
        return max(total - said.minor("total_outstanding", currency), 0)
    return 0


def _given_back(refund: Reader, currency: str) -> int:
    moved = [
        one.minor("amount", known_currency(one.text("currency"), currency))
        for one in refund.many("transactions")
        if one.text("kind") == "refund" and one.text("status") in {"success", ""}
    ]
    return sum(moved)


def _refunded_goods(refunds: Iterable[Reader], currency: str, with_tax: Any = None) -> dict[str, Any]:
    """Give what went back by each refund. `with_tax`: whether its sums have their tax inside; None: it is not said."""
    found = {}
    for one in refunds:
        if not (key := one.text("id", "id")):
            continue
        lines: dict[str, tuple[int, int | None]] = {}
        for line in one.many("refund_line_items"):
            of, count = line.text("line_item_id", "id"), int(line.number("quantity"))
            before, minor = lines.get(of, (0, 0))
            sums = _sum_back(line, currency, with_tax)
            lines[of] = (before + max(count, 0), minor + sums if minor is not None and sums is not None else None)
        shipping = [part for part in one.many("order_adjustments") if part.text("kind") == "shipping_refund"]
        delivery = sum(part.minor("amount", currency) + part.minor("tax_amount", currency) for part in shipping)
        found[key] = Goods(lines, max(-delivery, 0)).stored
    return found


def _sum_back(line: Reader, currency: str, with_tax: Any) -> int | None:
    if "subtotal" not in line.value or not isinstance(with_tax, bool):
        return None
    return line.minor("subtotal", currency) + (0 if with_tax else line.minor("total_tax", currency))


def _source(said: Reader) -> dict[str, str]:
    named = {"name": said.text("name"), "method": said.text("source_name"), "landing": said.text("landing_site")}
    return {key: text for key, text in named.items() if text}
