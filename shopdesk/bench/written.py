"""The rows of an order as it stands when its life is over, or when the seeding ends in the middle of it."""

import hashlib
from datetime import timedelta
from typing import Final

from orders import customers
from shopdesk.base import phones
from shopdesk.bench import tables
from shopdesk.bench.life import AGREE_WITHIN, CURRENCY, DELIVERY_MINOR, LOCATION, Life
from shopdesk.bench.rows import Book
from shopdesk.bench.town import Buyer

METHODS: Final = {"own": "courier", "parcels": "pickup_point", "post": "post"}
HELD: Final = ("bad_address", "high_risk", "duplicate", "other")
HELD_EVERY: Final = 19  # of the orders that nobody agreed yet, one in so many is held
CANCELLED, PROMISED = ("cancelled",), ("new", "confirmed")


def write_buyer(book: Book, buyer: Buyer, life: Life) -> None:
    """Write a customer with the keys by which they are found."""
    book.put(tables.CUSTOMER, (buyer.key, buyer.name, buyer.email, life.at))
    book.put(tables.PHONE, (buyer.key, buyer.phone, buyer.key))
    for key in [*customers.words(buyer.name, buyer.email), *phones.suffixes(buyer.phone)]:
        book.put(tables.KEY, (key, None, buyer.key))


def write(book: Book, life: Life) -> None:
    """Write an order with everything that was kept for it."""
    _write_order(book, life)
    _write_lines(book, life)
    for key in customers.number_keys(life.number) | customers.words(f"W-{life.number}"):
        book.put(tables.KEY, (key, life.number, None))
    if life.task:
        _write_task(book, life)
    if life.parcel:
        _write_parcel(book, life)
    for table, row in life.rows:
        book.put(table, row)
    if life.status == "new" and life.number % HELD_EVERY == 0:
        reason = HELD[life.number // HELD_EVERY % len(HELD)]
        book.put(tables.HOLD, (life.number, reason, life.status_at, "rule:0"))


def _write_order(book: Book, life: Life) -> None:
    buyer = life.buyer
    external = f"W-{life.number}"
    promised = (life.at + timedelta(days=2 + life.number % 3)).date()
    until = life.at + AGREE_WITHIN if life.status == "new" else None
    picking = (life.status_at + timedelta(hours=2)) if life.status == "picking" and life.status_at else None
    book.put(
        tables.ORDER,
        (life.number, life.status, life.version, life.channel, external, hashlib.sha256(external.encode()).hexdigest(),
         LOCATION, life.at, life.at, life.status_at, until, promised, life.slot, life.ship_on, buyer.key, buyer.name,
         buyer.phone, buyer.phone, METHODS[life.courier], life.courier, buyer.address, "RU", buyer.region,
         buyer.postcode, buyer.city, CURRENCY, life.items_minor, DELIVERY_MINOR, life.total_minor, life.total_minor,
         life.money.get("paid", 0), "prepaid" if life.prepaid else "cod", life.packer if picking else None, picking,
         life.cancel_reason),
    )  # fmt: skip


def _write_lines(book: Book, life: Life) -> None:
    ends = {"delivered": (0, 1, 0, 0), "returned": (0, 0, 1, 0), "lost": (0, 0, 0, 1), "cancelled": (1, 0, 0, 0)}
    cancelled, delivered, returned, lost = ends.get(life.status, (0, 0, 0, 0))
    promised = life.status in PROMISED
    picked = not promised and life.status not in CANCELLED
    for position, line in enumerate(life.lines, start=1):
        cost = line.goods.cost_minor if life.shipment else None
        n = line.pieces
        row = (
            line.key, life.number, position, line.product, line.goods.sku, line.goods.name, n, line.goods.price_minor,
            line.total_minor, cost, n * promised, n * picked, n * cancelled, n * delivered, n * returned, n * lost,
        )  # fmt: skip
        book.put(tables.LINE, row)


def _write_task(book: Book, life: Life) -> None:
    is_open = life.status == "new"
    stage = "retry" if life.tries else "new"
    due = life.at + timedelta(hours=3 * life.tries)
    limit = life.at + timedelta(hours=1) if not life.tries else None
    closed = None if is_open else life.at + timedelta(hours=max(life.tries, 1))
    promised = (life.at + timedelta(days=2 + life.number % 3)).date()
    book.put(
        tables.TASK,
        (life.task, life.number, life.buyer.key, life.buyer.phone, "confirm", stage, "taken", due, limit, "ru",
         life.buyer.region.casefold(), promised, life.total_minor, life.at, closed, life.outcome),
    )  # fmt: skip


def _write_parcel(book: Book, life: Life) -> None:
    state, on_act, hands = life.parcel_state
    book.put(
        tables.PARCEL,
        (life.parcel, f"P-{life.number}-1", life.number, 1, state, on_act, hands, life.weight_g, life.total_minor,
         life.due_minor, life.sealed_at),
    )  # fmt: skip
    ends = {"kept": (1, 0, 0), "returned": (0, 1, 0), "lost": (0, 0, 1)}.get(state, (0, 0, 0))
    for line in life.lines:
        book.put(tables.ITEM, (life.parcel, line.key, line.pieces, *(line.pieces * end for end in ends)))
    if life.shipment:
        said, check_at = life.shipment_state
        sums = [life.money.get(kind, 0) for kind in ("due", "reduced", "collected", "remitted", "fee")]
        book.put(
            tables.SHIPMENT,
            (life.shipment, life.number, life.courier, said, life.status_at, check_at, CURRENCY, *sums,
             life.started_at),
        )  # fmt: skip
