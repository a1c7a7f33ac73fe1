"""Orders in a file: rows that belong together, read into what intake takes, and judged before anything is written."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from orders.intake import Address, NewLine, NewOrder
from orders.models import Channel, Order, OrderAlias, Product
from shopdesk.base.errors import Malformed, Refusal
from shopdesk.base.strict import form_identifier
from shopdesk.base.tables import Row
from shopdesk.imports import cells
from shopdesk.imports.cells import BadCell
from shopdesk.imports.models import ImportItem

Verdict = ImportItem.Verdict
Thing = dict[str, Any]  # one order of the file, as JSON can hold it

FEWEST_DIGITS = 6  # of anything that may be a phone
DELIVERY = {
    Order.Delivery.PICKUP_POINT: (
        "pickup point",
        "pickup_point",
        "пвз",
        "постамат",
        "пункт выдачи",
        "офис на",
        "автомат",
    ),
    Order.Delivery.PICKUP: ("pickup", "самовывоз", "из магазина", "от магазин"),
    Order.Delivery.POST: ("post", "почта", "почтой", "поща"),
    Order.Delivery.COURIER: ("courier", "курьер", "куриер", "до двери", "до адрес"),
}
PAYMENT = {
    Order.PaidBy.CARD_ON_DELIVERY: (
        "card on delivery",
        "картой при получении",
        "картой курьеру",
        "с карта при доставка",
    ),
    Order.PaidBy.COD: ("cash", "налич", "наложен", "при получении", "в брой", "при доставка"),
    Order.PaidBy.PREPAID: (
        "prepaid",
        "paid",
        "online",
        "онлайн",
        "предоплат",
        "оплачен",
        "картой",
        "платено",
        "paypal",
    ),
    Order.PaidBy.INVOICE: ("invoice", "счёт", "счет", "безнал", "фактура", "банков"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: which heading holds what, whose currency and country it is in, whose clock."""

    columns: Mapping[str, str]  # field -> heading
    channel: Channel
    zone: ZoneInfo
    at: datetime

    def text(self, row: Row, field: str) -> str:
        """Give what a row says of a field, cleaned."""
        heading = self.columns.get(field)
        return row.get(heading.casefold()) if heading else ""

    def first(self, rows: Sequence[Row], field: str) -> str:
        """Give what the rows of an order say of a field: the first that says something."""
        return next((text for row in rows if (text := self.text(row, field))), "")

    def called(self, field: str) -> str:
        """Give the name of a field's column, as a sentence says it."""
        return self.columns.get(field, field)


def understand(rows: Iterable[Row], reading: Reading) -> Iterator[Thing]:
    """Read the orders of a file, in its order. What cannot be read is given too, with the reason in words."""
    alike: Counter[str] = Counter()
    for own, belonging in _grouped(rows, reading):
        words: list[str] = []
        try:
            key = form_identifier(own) or _own_key(belonging, reading, alike)
            order = _order(belonging, reading, words)
            yield {"row": belonging[0].number, "key": key, "words": words, "order": order, "hash": hashed(order)}
        except Malformed as refusal:
            wrong = [str(error.detail) for error in refusal.errors]
            yield {"row": belonging[0].number, "key": own[:64], "words": [*words, *wrong], "bad": True}
        except Refusal as refusal:
            yield {"row": belonging[0].number, "key": own[:64], "words": [*words, str(refusal)], "bad": True}


def judge(things: Sequence[Thing], channel: Channel) -> list[Verdict]:
    """Say of each thing what would become of it; completes its lines from the catalogue. Some three queries a call."""
    skus = {line["sku"] for thing in things if "order" in thing for line in thing["order"]["lines"] if line["sku"]}
    products = {product.sku: product for product in Product.objects.filter(sku__in=skus)}
    keys = {thing["key"] for thing in things}
    known: dict[str, str | None] = dict(
        Order.objects.filter(channel=channel, external_id__in=keys).values_list("external_id", "body_hash")
    )
    merged = OrderAlias.objects.filter(channel=channel, external_id__in=keys).values_list("external_id", flat=True)
    known |= dict.fromkeys(merged)
    verdicts = []
    for thing in things:
        if "order" in thing:
            _complete(thing, products)
        verdicts.append(_verdict(thing, known))
    return verdicts


def revive(thing: Thing, channel: Channel, *, batch: str) -> NewOrder:
    """Give what intake takes, from what the spool kept. The order says which import it came by."""
    kept = dict(thing["order"])
    address = Address(**kept.pop("address"))
    placed_at, promised = datetime.fromisoformat(kept.pop("placed_at")), kept.pop("promised_on")
    lines = [NewLine(**line) for line in kept.pop("lines")]
    return NewOrder(
        channel=channel, external_id=thing["key"], body_hash=thing["hash"], placed_at=placed_at,
        currency=channel.currency, lines=lines, address=address, source={"import": batch},
        promised_on=date.fromisoformat(promised) if promised else None, **kept,
    )  # fmt: skip


def hashed(order: Mapping[str, Any]) -> str:
    """Give what tells a repetition from another order of the same number. The hour does not: it may be ours."""
    said = {name: value for name, value in order.items() if name != "placed_at"}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _grouped(rows: Iterable[Row], reading: Reading) -> list[tuple[str, list[Row]]]:
    """Put rows of one number together, wherever they stand. A row without one continues the order above it."""
    if "external_id" not in reading.columns:
        return [("", [row]) for row in rows]
    found: dict[str, list[Row]] = {}
    last = ""
    for row in rows:
        own = row.raw(reading.columns["external_id"].casefold()).strip() or last
        last = own
        found.setdefault(own, []).append(row)
    return list(found.items())


def _own_key(rows: Sequence[Row], reading: Reading, alike: Counter[str]) -> str:
    """Give a row without a number one of its own: the same file again has the same ones, so nothing is doubled."""
    said = json.dumps([[reading.text(row, field) for field in sorted(reading.columns)] for row in rows])
    own = hashlib.sha256(said.encode()).hexdigest()[:32]
    alike[own] += 1
    return f"file-{own}-{alike[own]}" if alike[own] > 1 else f"file-{own}"


def _order(rows: Sequence[Row], reading: Reading, words: list[str]) -> dict[str, Any]:
    def said(field: str, most: int) -> str:
        return reading.first(rows, field)[:most]

    def sum_of(field: str) -> int | None:
        return cells.amount(reading.first(rows, field), reading.called(field), reading.channel.currency)

    placed = cells.instant(reading.first(rows, "placed_at"), reading.called("placed_at"), reading.zone)
    promised = cells.day(reading.first(rows, "on"), reading.called("on"))
    phone = said("phone", 200)
    if phone and sum(character.isdigit() for character in phone) < FEWEST_DIGITS:
        words.append(_("The phone cannot be read: the order will be held."))
    return {
        "placed_at": (placed or reading.at).isoformat(),
        "promised_on": promised.isoformat() if promised else None,
        "slot": cells.hours(reading.first(rows, "hours")),
        "name": said("person", 300), "phone": phone, "email": said("email", 254), "comment": said("comment", 4_000),
        "address": _address(rows, reading),
        "delivery_method": _chosen(rows, reading, "delivery", DELIVERY, words),
        "payment_method": _chosen(rows, reading, "payment", PAYMENT, words) or Order.PaidBy.COD,
        "delivery_minor": sum_of("delivery_charge") or 0,
        "discount_minor": sum_of("discount") or 0,
        "paid_minor": sum_of("paid") or 0,
        "stated_total_minor": sum_of("total"),
        "lines": [_line(row, reading) for row in rows if reading.text(row, "sku") or reading.text(row, "item")],
    }  # fmt: skip


def _address(rows: Sequence[Row], reading: Reading) -> dict[str, str]:
    most = {
        "country": 2, "region": 100, "postcode": 20, "city": 150, "street": 200, "house": 40, "flat": 40,
    }  # fmt: skip
    parts = {part: reading.first(rows, part)[:length] for part, length in most.items()}
    text = reading.first(rows, "address")[:4_000]
    if len(reading.first(rows, "country")) != 2:
        parts["country"] = reading.channel.country
    parts["country"] = parts["country"].upper()
    if not text:
        named = ("postcode", "region", "city", "street", "house", "flat")
        text = ", ".join(reading.first(rows, part) for part in named if parts[part])
    return {"text": text, **parts}


def _chosen(
    rows: Sequence[Row], reading: Reading, field: str, words: Mapping[Any, tuple[str, ...]], notes: list[str]
) -> str:
    found = cells.choice(reading.first(rows, field), words)
    if found is None:
        notes.append(_("Column “%(column)s” says a word the desk does not know.") % {"column": reading.called(field)})
    return str(found or "")


def _line(row: Row, reading: Reading) -> dict[str, Any]:
    """Read a line; `price_minor` is None while only the catalogue may know it."""
    currency = reading.channel.currency
    quantity = cells.pieces(reading.text(row, "quantity"), reading.called("quantity")) or Decimal(1)
    price = cells.amount(reading.text(row, "price"), reading.called("price"), currency)
    total = cells.amount(reading.text(row, "line_total"), reading.called("line_total"), currency)
    off = cells.amount(reading.text(row, "line_discount"), reading.called("line_discount"), currency) or 0
    sku_column = reading.columns.get("sku", "")
    sku = row.identifier(sku_column.casefold()) if sku_column else ""
    name = reading.text(row, "item")[:400]
    if total is None and price is not None:
        total = int((price * quantity).to_integral_value(ROUND_HALF_UP)) - off
    if total is not None and total < 0:
        raise BadCell(reading.called("line_discount"), _("the discount is larger than the line."))
    if quantity != int(quantity):
        # Pieces are whole: a fraction is one piece named for what it is.
        name, price, quantity = f"{name or sku} × {quantity.normalize():f}", total, Decimal(1)
    return {"sku": sku, "name": name} | _priced(int(quantity), price, total)


def _priced(quantity: int, price: int | None, total: int | None) -> dict[str, int | None]:
    """The line's total is the fact; what does not divide into pieces goes into the discount."""
    if total is None:
        return {"quantity": quantity, "price_minor": None, "discount_minor": 0, "total_minor": 0}
    if price is None or price * quantity < total:
        price = -(-total // quantity)
    return {
        "quantity": quantity, "price_minor": price, "discount_minor": price * quantity - total, "total_minor": total,
    }  # fmt: skip


def _complete(thing: Thing, products: Mapping[str, Product]) -> None:
    """Take from the catalogue what the file leaves open. A line without any price cannot be taken in."""
    lines, unknown, unpriced = thing["order"]["lines"], False, False
    for line in lines:
        product = products.get(line["sku"])
        unknown |= product is None
        if line["price_minor"] is None:
            unpriced |= product is None
            line.update(_priced(line["quantity"], None, (product.price_minor if product else 0) * line["quantity"]))
    if not lines:
        _refuse(thing, _("There is no item in this order."))
    elif unpriced:
        _refuse(thing, _("An item has no price, and the catalogue does not know it."))
    elif unknown:
        thing["words"].append(_("The catalogue does not know every item: the order will be held."))
    if not lines or unpriced:
        return
    order = thing["order"]
    sums = sum(line["total_minor"] for line in lines) + order["delivery_minor"] - order["discount_minor"]
    if order["stated_total_minor"] is not None and order["stated_total_minor"] != sums:
        thing["words"].append(_("The total of the file is not the sum of its lines: the order will be held."))


def _refuse(thing: Thing, sentence: str) -> None:
    thing["words"].append(sentence)
    thing["bad"] = True


def _verdict(thing: Thing, known: Mapping[str, str | None]) -> Verdict:
    if thing.get("left"):
        return Verdict.LEFT
    if thing["key"] in known and "hash" in thing:
        # What would become of a new one is no word about one that is there.
        differs = _("The order is there already, and says something else; it stays as it is.")
        thing["words"] = [differs] if known[thing["key"]] != thing["hash"] else []
        return Verdict.KNOWN
    if thing.get("bad"):
        return Verdict.BAD
    return Verdict.NOTED if thing["words"] else Verdict.GOOD
