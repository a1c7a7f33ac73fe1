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
from orders.models import Channel, Order
from shopdesk.base import prepared
from shopdesk.base.errors import Malformed, Refusal
from shopdesk.base.strict import form_identifier
from shopdesk.base.tables import Row
from shopdesk.imports import cells
from shopdesk.imports.cells import BadCell
from shopdesk.imports.models import ImportItem

Verdict = ImportItem.Verdict
Thing = dict[str, Any]  # one order of the file, as JSON can hold it

FEWEST_DIGITS = 6  # of anything that may be a phone
LONGEST = {"country": 2, "region": 100, "postcode": 20, "city": 150, "street": 200, "house": 40, "flat": 40}
IN_A_LINE = ("postcode", "region", "city", "street", "house", "flat")
AS_SAID = json.JSONEncoder(sort_keys=True, ensure_ascii=False)
PRICES = "SELECT sku, price_minor FROM product WHERE sku {texts}"
# What an order was merged into comes last and counts: whatever the file says, it is there, and says something else.
# An id is never empty: said in the words of the index of ids, so that it serves. Else each id walks over all orders of
# the channel; SQLite knows its own words only. The channel comes out of a list as well: of one that PostgreSQL believes
# to be empty, it would rather read all orders for each id.
THERE_ALREADY = """
SELECT o.external_id, o.body_hash, 1 AS rank FROM {each} c CROSS JOIN {each} w CROSS JOIN {lateral} orders o
WHERE o.channel_id = c.one AND o.external_id = w.one AND NOT (o.external_id = ''){end}
UNION ALL SELECT external_id, NULL, 2 FROM order_alias WHERE channel_id = %s AND external_id {texts}
ORDER BY rank
"""
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


Words = Mapping[Any, tuple[str, ...]]
Said = Mapping[str, str]  # field -> what a row says of it, cleaned; only fields that have a column


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read: which heading holds what, whose currency and country it is in, whose clock."""

    columns: Mapping[str, str]  # field -> heading
    channel: Channel
    zone: ZoneInfo
    at: datetime

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Give the fields that have a column, each with what rows know its column by."""
        return [(field, heading.casefold()) for field, heading in self.columns.items() if heading]

    def called(self, field: str) -> str:
        """Give the name of a field's column, as a sentence says it."""
        return self.columns.get(field, field)


def understand(rows: Iterable[Row], reading: Reading) -> Iterator[Thing]:
    """Read the orders of a file, in its order. What cannot be read is given too, with the reason in words."""
    alike: Counter[str] = Counter()
    keys = reading.keys
    for own, belonging in _grouped(rows, reading):
        words: list[str] = []
        try:
            each = [{field: row.get(key) for field, key in keys} for row in belonging]
            key = form_identifier(own) or _own_key(each, alike)
            order = _order(belonging, each, reading, words)
            yield {"row": belonging[0].number, "key": key, "words": words, "order": order, "hash": hashed(order)}
        except Malformed as refusal:
            wrong = [str(error.detail) for error in refusal.errors]
            yield {"row": belonging[0].number, "key": own[:64], "words": [*words, *wrong], "bad": True}
        except Refusal as refusal:
            yield {"row": belonging[0].number, "key": own[:64], "words": [*words, str(refusal)], "bad": True}


def judge(things: Sequence[Thing], channel: Channel) -> list[Verdict]:
    """Say of each thing what would become of it; completes its lines from the catalogue. Two queries a call."""
    complete(things)
    keys = {thing["key"] for thing in things}
    there = prepared.rows(THERE_ALREADY, [channel.pk], keys, channel.pk, keys)
    known: dict[str, str | None] = {key: said for key, said, _rank in there}
    return [_verdict(thing, known) for thing in things]


def complete(things: Sequence[Thing]) -> None:
    """Take from the catalogue, as it is now, what the file leaves open; what cannot be taken in becomes bad."""
    orders = [thing for thing in things if "order" in thing]
    skus = {line["sku"] for thing in orders for line in thing["order"]["lines"] if line["sku"]}
    prices = dict(prepared.rows(PRICES, skus)) if skus else {}
    for thing in orders:
        _complete(thing, prices)


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
    return hashlib.sha256(AS_SAID.encode(said).encode()).hexdigest()


def _grouped(rows: Iterable[Row], reading: Reading) -> list[tuple[str, list[Row]]]:
    """Put rows of one number together, wherever they stand. A row without one continues the order above it."""
    if "external_id" not in reading.columns:
        return [("", [row]) for row in rows]
    found: dict[str, list[Row]] = {}
    last, column = "", reading.columns["external_id"].casefold()
    for row in rows:
        own = row.raw(column).strip() or last
        last = own
        found.setdefault(own, []).append(row)
    return list(found.items())


def _own_key(each: Sequence[Said], alike: Counter[str]) -> str:
    """Give a row without a number one of its own: the same file again has the same ones, so nothing is doubled."""
    said = json.dumps([[row[field] for field in sorted(row)] for row in each])
    own = hashlib.sha256(said.encode()).hexdigest()[:32]
    alike[own] += 1
    return f"file-{own}-{alike[own]}" if alike[own] > 1 else f"file-{own}"


def _order(rows: Sequence[Row], each: Sequence[Said], reading: Reading, words: list[str]) -> dict[str, Any]:
    first = each[0] if len(each) == 1 else _first(each)

    def said(field: str, most: int) -> str:
        return first.get(field, "")[:most]

    def sum_of(field: str) -> int | None:
        text = first.get(field, "")
        return cells.amount(text, reading.called(field), reading.channel.currency) if text else None

    placed = cells.instant(first.get("placed_at", ""), reading.called("placed_at"), reading.zone)
    promised = cells.day(first.get("on", ""), reading.called("on"))
    phone = said("phone", 200)
    if phone and sum(map(str.isdigit, phone)) < FEWEST_DIGITS:
        words.append(_("The phone cannot be read: the order will be held."))
    return {
        "placed_at": (placed or reading.at).isoformat(),
        "promised_on": promised.isoformat() if promised else None,
        "slot": cells.hours(first.get("hours", "")),
        "name": said("person", 300), "phone": phone, "email": said("email", 254), "comment": said("comment", 4_000),
        "address": _address(first, reading),
        "delivery_method": _chosen(first, reading, "delivery", DELIVERY, words),
        "payment_method": _chosen(first, reading, "payment", PAYMENT, words) or Order.PaidBy.COD.value,
        "delivery_minor": sum_of("delivery_charge") or 0,
        "discount_minor": sum_of("discount") or 0,
        "paid_minor": sum_of("paid") or 0,
        "stated_total_minor": sum_of("total"),
        "lines": [
            _line(row, one, reading)
            for row, one in zip(rows, each, strict=True)
            if one.get("sku") or one.get("item")
        ],
    }  # fmt: skip


def _first(each: Sequence[Said]) -> Said:
    """Give what the rows of an order say of each field: the first that says something."""
    return {field: next((said[field] for said in each if said[field]), "") for field in each[0]}


def _address(first: Said, reading: Reading) -> dict[str, str]:
    parts = {part: first.get(part, "")[:length] for part, length in LONGEST.items()}
    text = first.get("address", "")[:4_000]
    if len(first.get("country", "")) != 2:
        parts["country"] = reading.channel.country
    parts["country"] = parts["country"].upper()
    if not text:
        text = ", ".join(first[part] for part in IN_A_LINE if parts[part])
    return {"text": text, **parts}


def _chosen(first: Said, reading: Reading, field: str, words: Words, notes: list[str]) -> str:
    found = cells.choice(first.get(field, ""), words)
    if found is None:
        notes.append(_("Column “%(column)s” says a word the desk does not know.") % {"column": reading.called(field)})
    return str(found or "")


def _line(row: Row, said: Said, reading: Reading) -> dict[str, Any]:
    """Read a line; `price_minor` is None while only the catalogue may know it."""

    def sum_of(field: str) -> int | None:
        text = said.get(field, "")
        return cells.amount(text, reading.called(field), reading.channel.currency) if text else None

    quantity = cells.pieces(said.get("quantity", ""), reading.called("quantity")) or Decimal(1)
    price, total, off = sum_of("price"), sum_of("line_total"), sum_of("line_discount") or 0
    sku_column = reading.columns.get("sku", "")
    sku = row.identifier(sku_column.casefold()) if sku_column else ""
    name = said.get("item", "")[:400]
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


def _complete(thing: Thing, prices: Mapping[str, int]) -> None:
    """Take from the catalogue what the file leaves open. A line without any price cannot be taken in."""
    lines, unknown, unpriced = thing["order"]["lines"], False, False
    for line in lines:
        price = prices.get(line["sku"])
        unknown |= price is None
        if line["price_minor"] is None:
            unpriced |= price is None
            line.update(_priced(line["quantity"], None, (price or 0) * line["quantity"]))
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
