"""Writing new orders down: an order with everything that follows from it, in as few statements as it takes."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from orders import (
    carrying,
    customers,
    discounts,
    doubts,
    holds,
    lifecycle,
    nocall,
    slots,
    sourcing,
    stock,
    tariffs,
    whereabouts,
)
from orders.customers import Contact
from orders.models import Channel, Courier, Customer, JournalEvent, Order, OrderLine, Payment, Product, SearchKey
from orders.neworders import NewLine, NewOrder
from orders.status import HoldReason, Status
from shopdesk.base import prepared
from shopdesk.base.access import RULE, SWEEP, Actor
from shopdesk.base.bulk import create, create_unkeyed, insert
from shopdesk.base.fresh import fresh
from shopdesk.base.gathering import Drawing, together

Spot = tuple[int, int]  # the place of an order in its batch, and of a line in its order
LINE_COLUMNS = (
    "order_id", "position", "product_id", "kind", "sku", "name", "external_id", "instead_of", "quantity",
    "price_minor", "discount_minor", "total_minor", "tax_minor", "reserved", "picked", "cancelled", "delivered",
    "returned", "lost",
)  # fmt: skip
BY_SKU = prepared.Reading(Product, "WHERE t.sku {texts}")


def write(wanted: Sequence[tuple[NewOrder, Contact]], *, by: Actor, at: datetime) -> list[Order]:
    """Write orders down that nobody has sent before, with their customers, promises, journal, calls and holds.

    Everything is read and reckoned first. The goods are promised last of all, since whoever wants the same ones waits
    from there on; what is written then is one statement.
    """
    new, contacts = zip(*wanted, strict=True)
    late = _promises_late(new, by=by, at=at)
    people = customers.recognise(contacts, at=at)
    products = _products(new)
    discounts.refuse_new(new, products, by=by)
    orders = _orders([(*pair, who) for *pair, who in zip(new, contacts, people.customers, strict=True)], products, at)
    for order in orders if by.kind == "person" else ():  # a shop's own promise is taken in and held: see doubts
        carrying.refuse_unable(order)
    doubted = [hold for order in orders for hold in doubts.of(order)]
    doubted += [holds.NewHold(orders[place], HoldReason.UNKNOWN_DATE) for place in sorted(late)]
    with prepared.in_one_trip():
        drawing = Drawing({Customer: len(people.new), Order: len(orders), JournalEvent: len(orders)})
        promised = _promise(orders, new, products)
    short = _short(orders, new, products, promised)
    with together(drawing):
        customers.insert_new(people, at=at)
        _insert_orders(orders, new, products, promised)
        events = lifecycle.begin_promised(orders, by=by, at=at)
        create_unkeyed(_payments(orders, events))
        holds.open_first(short, by=SWEEP, at=at)
        holds.open_first(doubted, by=RULE, at=at)
    _confirm_without_call(orders, {hold.order.pk for hold in (*short, *doubted)}, at)
    return orders


def _orders(
    wanted: Sequence[tuple[NewOrder, Contact, Customer | None]], products: Mapping[str, Product], at: datetime
) -> list[Order]:
    """Make the orders as they are to be inserted: where from, what their delivery costs, their status and clock."""
    new = [one for one, _contact, _customer in wanted]
    named = {order.courier for order in new if order.courier}
    couriers = {row.code: row for row in Courier.objects.filter(code__in=named)} if named else {}
    locations = sourcing.assign([_wants(order, products) for order in new])
    orders = [_order(*one, location, at) for one, location in zip(wanted, locations, strict=True)]
    for order, source in zip(orders, new, strict=True):
        if source.courier in couriers:
            order.courier = couriers[source.courier]
    tariffs.settle([tariffs.ToPrice(*pair) for pair in zip(orders, _weights(new, products), strict=True)], at=at)
    lifecycle.first(orders, at=at)
    return orders


def _insert_orders(
    orders: Sequence[Order], new: Sequence[NewOrder], products: Mapping[str, Product], promised: Mapping[Spot, int]
) -> None:
    for order in orders:
        if order.customer_id is None and order.customer is not None:
            order.customer = order.customer  # who is new has a key only now
    create(orders)
    lines = [
        line
        for place, (order, source) in enumerate(zip(orders, new, strict=True))
        for line in _lines(order, source, products, [promised.get((place, at), 0) for at in range(len(source.lines))])
    ]
    insert(OrderLine, LINE_COLUMNS, lines)
    insert(SearchKey, ("order_id", "key"), [(order.pk, key) for order in orders for key in customers.keys_of(order)])


def _promise(orders: Sequence[Order], new: Sequence[NewOrder], products: Mapping[str, Product]) -> dict[Spot, int]:
    """Promise to the lines of goods what there is, before they are written. Gives the pieces of each."""
    spots: list[Spot] = []
    wanted: list[stock.Wanted] = []
    for place, (order, source) in enumerate(zip(orders, new, strict=True)):
        for at, line in enumerate(source.lines):
            product = products.get(line.sku)
            if _kind(line, product) == Product.Kind.GOODS:
                spots.append((place, at))
                wanted.append((order.location_id, product.pk if product else None, line.quantity))
    return dict(zip(spots, stock.grant(wanted), strict=True))


def _short(
    orders: Sequence[Order], new: Sequence[NewOrder], products: Mapping[str, Product], promised: Mapping[Spot, int]
) -> list[holds.NewHold]:
    """Hold orders with lines that are short: of stock, or of a product that anybody knows."""
    found = []
    for (place, at), pieces in promised.items():
        line = new[place].lines[at]
        if pieces < line.quantity:
            found.append(holds.of_short(orders[place], known=line.sku in products))
    return found


def _kind(line: NewLine, product: Product | None) -> str:
    return product.kind if product else line.kind


def _payments(orders: Sequence[Order], events: Sequence[JournalEvent]) -> list[Payment]:
    return [
        Payment(
            order=order, account=Payment.Account.PREPAID, amount_minor=order.paid_minor, currency=order.currency,
            event=event, at=order.placed_at,
        )
        for order, event in zip(orders, events, strict=True)
        if order.paid_minor
    ]  # fmt: skip


def _promises_late(new: Sequence[NewOrder], *, by: Actor, at: datetime) -> set[int]:
    """Refuse a person's promise that cannot be kept; name those of channels: they are taken, and somebody looks."""
    promises = [slots.Promise(order.courier, order.promised_on, order.slot) for order in new]
    if by.kind != "person":
        return slots.unkept(promises, at=at)
    for promise in promises:
        slots.refuse_unkept(promise, at=at)
    return set()


def _products(new: Sequence[NewOrder]) -> dict[str, Product]:
    skus = {line.sku for order in new for line in order.lines if line.sku}
    return {product.sku: product for product in BY_SKU.all(skus)} if skus else {}


def _wants(new: NewOrder, products: Mapping[str, Product]) -> tuple[sourcing.Where, dict[int, int]]:
    """Say where an order goes and which goods it wants, to choose the location that serves it."""
    wants: dict[int, int] = {}
    for line in new.lines:
        product = products.get(line.sku)
        if product and product.is_goods:
            wants[product.pk] = wants.get(product.pk, 0) + line.quantity
    return sourcing.Where(new.address.country, new.address.region, new.address.city), wants


def _order(new: NewOrder, contact: Contact, customer: Customer | None, location: str, at: datetime) -> Order:
    items = sum(line.total_minor for line in new.lines)
    phone = contact.phones[0] if contact.phones else ""
    order = fresh(
        Order, channel=new.channel, external_id=new.external_id, body_hash=new.body_hash, location_id=location,
        placed_at=new.placed_at, taken_at=at, promised_on=new.promised_on, slot=new.slot, customer=customer,
        contact_name=new.name, contact_phone=phone, contact_phone_raw=new.phone, contact_email=contact.email,
        delivery_method=new.delivery_method,
        address_text=new.address.text, address_country=new.address.country, address_region=new.address.region,
        address_postcode=new.address.postcode, address_city=new.address.city, address_street=new.address.street,
        address_house=new.address.house, address_flat=new.address.flat, address_notes=new.address.notes,
        currency=new.currency, items_minor=items, delivery_minor=new.delivery_minor, fees_minor=new.fees_minor,
        discount_minor=new.discount_minor, tax_minor=sum(line.tax_minor for line in new.lines),
        total_minor=items + new.delivery_minor + new.fees_minor - new.discount_minor,
        channel_total_minor=new.stated_total_minor, paid_minor=new.paid_minor, payment_method=new.payment_method,
        comment=new.comment, source=dict(new.source), delivery_by_tariff=new.delivery_by_tariff,
    )  # fmt: skip
    whereabouts.settle(order)
    return order


def _weights(new: Sequence[NewOrder], products: Mapping[str, Product]) -> list[int]:
    return [sum(products[o.sku].weight_g * o.quantity for o in one.lines if o.sku in products) for one in new]


def _lines(
    order: Order, new: NewOrder, products: Mapping[str, Product], promised: Sequence[int]
) -> list[tuple[str | int | None, ...]]:
    rows: list[tuple[str | int | None, ...]] = []
    for position, (line, reserved) in enumerate(zip(new.lines, promised, strict=True), start=1):
        product = products.get(line.sku)
        rows.append((
            order.pk, position, product.pk if product else None, _kind(line, product), line.sku,
            line.name or (product.name if product else line.sku), line.external_id, "", line.quantity,
            line.price_minor, line.discount_minor, line.total_minor, line.tax_minor, reserved, 0, 0, 0, 0, 0,
        ))  # fmt: skip
    return rows


def _confirm_without_call(orders: Sequence[Order], held: Collection[int], at: datetime) -> None:
    """Confirm what a channel has agreed with its customers itself, or a rule says it of, unless something holds it."""
    if not nocall.rules() and all(order.channel.contact != Channel.Contact.OPTIONAL for order in orders):
        return
    free = [order for order in orders if order.pk not in held]
    agreed = [order for order in free if order.channel.contact == Channel.Contact.OPTIONAL]
    lifecycle.move(agreed, Status.CONFIRMED, by=RULE, at=at, why=lifecycle.Why(reason="agreed_by_channel"))
    lifecycle.confirm_by_rule([order for order in free if order.status == Status.NEW], at=at)
