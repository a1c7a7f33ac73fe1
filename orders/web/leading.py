"""An unfinished order as it would have been typed: what the form of an order begins with."""

from orders.inbox.leads import Lead
from orders.models.catalog import ProductRows
from orders.web.basket import MOST_LINES, Basket, Typed, check, show_stock
from shopdesk.base.money import from_minor


def typed_by(lead: Lead) -> dict[str, str]:
    """Give who left the basket and where it would go."""
    said = lead.said
    return {
        "name": said.name, "phone": said.phone, "email": said.email, "city": said.address.city,
        "postcode": said.address.postcode, "address": said.address.text, "notes": said.address.notes,
        "comment": said.comment,
    }  # fmt: skip


def basket_left(lead: Lead, products: ProductRows) -> Basket:
    """Give the goods that were left, at the prices that the shop showed, with what is free of them."""
    currency = lead.said.currency
    lines = [
        Typed("", sku, line.name, str(line.quantity), from_minor(line.price_minor, currency), line.discount_minor)
        for line, sku in lead.lines
        if line.kind == "goods"
    ]
    basket = Basket(currency, lines[:MOST_LINES])
    check(basket)
    show_stock(basket, products)
    return basket
