"""The lines of an order while somebody types them: with stock, totals at once, and errors beside what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from orders import bringing, instead, intake, lookups, tariffs
from orders.models import Order, OrderLine, Product
from orders.models.catalog import ProductRows
from shopdesk.base.formfields import AmountField
from shopdesk.base.money import from_minor
from shopdesk.base.strict import clean_form_text, read_whole

MOST_PIECES = 100_000
MOST_INSTEAD = 2
MOST_LINES = 200  # a person does not type more; files and channels bring the large orders
COLUMNS = ("line", "sku", "label", "quantity", "price", "off")


@dataclass(slots=True)
class Typed:
    """A line as it was typed. `line` is the id of one that the order has already, `off` its own discount."""

    line: str
    sku: str
    label: str
    quantity: str
    price: str
    off: int = 0
    free: int | None = None  # pieces that nobody was promised; None where nothing is kept in stock
    wrong: dict[str, str] = field(default_factory=dict)
    instead: list[tuple[Product, int]] = field(default_factory=list)  # what lies there in its place, and how much
    pieces: int = 0
    price_minor: int = 0

    @property
    def total_minor(self) -> int:
        return max(self.price_minor * self.pieces - self.off, 0)

    @property
    def is_short(self) -> bool:
        return self.free is not None and not self.line and self.pieces > self.free


@dataclass(slots=True)
class Basket:
    """All lines and what they come to, in minor units of one currency."""

    currency: str
    lines: list[Typed]
    delivery: str = ""
    discount: str = ""
    delivery_minor: int = 0
    discount_minor: int = 0
    wrong: dict[str, str] = field(default_factory=dict)
    quote: tariffs.Price | None = None  # what the courier's tariff says, when nothing is typed
    unfound: str = ""  # what was looked for and not found
    taken: str = ""  # SKU of what was looked for, and is in it now

    @property
    def items_minor(self) -> int:
        return sum(line.total_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.items_minor + self.delivery_minor - self.discount_minor

    @property
    def by_tariff(self) -> bool:
        return not self.delivery.strip()

    @property
    def pieces(self) -> int:
        return sum(line.pieces for line in self.lines)

    @property
    def is_right(self) -> bool:
        return not self.wrong and not any(line.wrong for line in self.lines)


def read_basket(post: QueryDict, products: ProductRows, currency: str) -> Basket:
    """Read the lines that were typed; `find` and `pick` add one more. What is wrong stands in `wrong`."""
    columns = [[clean_form_text(text) for text in post.getlist(name)] for name in COLUMNS]
    lines = [
        Typed(line, sku, label, quantity, price, read_whole(off, digits=12) or 0)
        for line, sku, label, quantity, price, off in zip(*columns, strict=False)
    ]
    basket = Basket(currency, lines[:MOST_LINES], post.get("delivery", ""), post.get("discount", ""))
    _add_found(basket, products, clean_form_text(post.get("pick", "")), clean_form_text(post.get("find", "")))
    check(basket)
    show_stock(basket, products)
    return basket


def basket_of(order: Order, lines: Iterable[OrderLine], products: ProductRows) -> Basket:
    """Give the basket of an order that is there already, without the lines that were taken off."""
    typed = [typed_of(line, order.currency) for line in lines if line.cancelled < line.quantity]
    delivery = from_minor(order.delivery_minor, order.currency)
    basket = Basket(order.currency, typed, delivery, from_minor(order.discount_minor, order.currency))
    check(basket)
    show_stock(basket, products)
    return basket


def typed_of(line: OrderLine, currency: str) -> Typed:
    """Give a line as it would have been typed."""
    price = from_minor(line.price_minor, currency)
    return Typed(str(line.pk), line.sku, line.name, str(line.quantity), price, line.discount_minor)


def check(basket: Basket) -> None:
    """Read the numbers of a basket and say what is wrong with them, each beside its field."""
    amount = AmountField(currency=basket.currency, required=False)
    for line in basket.lines:
        line.pieces = _whole(line)
        line.price_minor = _amount(amount, line.price, line.wrong, "price")
    basket.delivery_minor = _amount(amount, basket.delivery, basket.wrong, "delivery")
    basket.discount_minor = _amount(amount, basket.discount, basket.wrong, "discount")
    if basket.total_minor < 0 and "discount" not in basket.wrong:
        basket.wrong["discount"] = _("The discount is larger than the order.")


def show_stock(basket: Basket, products: ProductRows) -> None:
    """Put beside each line what is free of its product."""
    skus = [line.sku for line in basket.lines]
    known = {product.sku: product for product in products.filter(sku__in=skus).prefetch_related("stock_levels")}
    for line in basket.lines:
        product = known.get(line.sku)
        line.free = free_of(product) if product and product.is_goods else None
        if product is None and not line.line:
            line.wrong["quantity"] = _("There is no product with this SKU.")


def show_instead(basket: Basket, products: ProductRows) -> None:
    """Put beside each line that is short what lies there instead: what people ranked, then goods like it."""
    skus = [line.sku for line in basket.lines if line.is_short]
    if not skus:
        return
    short = products.filter(sku__in=skus).prefetch_related("substitutes__instead__stock_levels")
    known = {product.sku: product for product in short}
    like = instead.alike(list(known.values()))
    for line in basket.lines:
        if product := known.get(line.sku) if line.is_short else None:
            ranked = [one.instead for one in product.substitutes.all() if one.instead.active]
            others = list(dict.fromkeys([*ranked, *like.get(product.pk, ())]))
            line.instead = [(one, free) for one in others if (free := free_of(one)) > 0][:MOST_INSTEAD]


def free_of(product: Product) -> int:
    """Pieces of a product that nobody was promised, in all locations."""
    return sum(level.available for level in product.stock_levels.all())


def show_price(basket: Basket, post: QueryDict, products: ProductRows, *, at: datetime) -> None:
    """Put the tariff's price beside the field, and into the sum when nothing is typed: the order is priced so."""
    typed = {name: clean_form_text(post.get(name, ""))[:150] for name in ("courier", "city", "postcode", "on")}
    weights = dict(products.filter(sku__in=[line.sku for line in basket.lines]).values_list("sku", "weight_g"))
    order = Order(
        channel=intake.phone_channel(), courier_id=typed["courier"][:32] or None, currency=basket.currency,
        address_city=typed["city"], address_postcode=typed["postcode"], promised_on=_day(typed["on"]),
        items_minor=basket.items_minor, discount_minor=basket.discount_minor, total_minor=basket.total_minor,
    )  # fmt: skip
    weight = sum(weights.get(line.sku, 0) * line.pieces for line in basket.lines)
    basket.quote = bringing.quote(order, weight, at=at)
    if basket.by_tariff and basket.quote:
        basket.delivery_minor = basket.quote.charged_minor


def changed(basket: Basket, lines: Sequence[OrderLine]) -> list[Typed]:
    """Give the typed lines that differ from the order's own."""
    own: Mapping[str, OrderLine] = {str(line.pk): line for line in lines}
    return [
        typed
        for typed in basket.lines
        if (line := own.get(typed.line)) is None
        or (typed.pieces, typed.price_minor) != (line.quantity, line.price_minor)
    ]


def _add_found(basket: Basket, products: ProductRows, pick: str, find: str) -> None:
    """Add the picked product, or the first one that the text finds; one that is there gets one piece more."""
    if not pick and not find:
        return
    found = products.filter(sku=pick, active=True).first() if pick else lookups.products(products, find).first()
    if found is None:
        basket.unfound = pick or find
        return
    basket.taken = found.sku
    there = next((line for line in basket.lines if line.sku == found.sku), None)
    if there is None:
        price = from_minor(found.price_minor, basket.currency)
        basket.lines.append(Typed("", found.sku, found.name, "1", price))
    elif there.quantity.isascii() and there.quantity.isdigit():
        there.quantity = str(int(there.quantity[:7]) + 1)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _whole(line: Typed) -> int:
    """The pieces of a line; a line that the order has may be set to none."""
    text = line.quantity
    least = 0 if line.line else 1
    if text.isascii() and text.isdigit() and len(text) < 8 and least <= int(text) <= MOST_PIECES:
        return int(text)
    line.wrong["quantity"] = _("A whole number from %(least)d to 100,000.") % {"least": least}
    return 0


def _amount(amount: AmountField, text: str, wrong: dict[str, str], name: str) -> int:
    """An amount in minor units; nothing typed is nothing."""
    try:
        return amount.clean(text) or 0
    except ValidationError as refusal:
        wrong[name] = " ".join(refusal.messages)
        return 0
