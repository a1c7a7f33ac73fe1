"""Builders for tests: everything is made through the desk's own actions, as a day at the desk makes it."""

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import Client
from PIL import Image

from delivery import handoff, tracking
from delivery.models import Handoff
from orders import intake, journal, lifecycle, packing, stock
from orders.intake import NewLine, NewOrder
from orders.models import Channel, Courier, Order, Parcel, Place, Product, Shop
from orders.status import Status
from shopdesk.base.access import Actor
from shopdesk.people import tokens
from shopdesk.people.models import ApiToken, Role, User

AT = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Moscow"))  # a Monday noon
BY = Actor("sweep")
PHONE = "+79161234567"
NAME = "Анна Смирнова"
Item = tuple[str, int, str]  # SKU, quantity, price a piece


def after(**span: int) -> datetime:
    """Give the moment so long after `AT`."""
    return AT + timedelta(**span)


def minor(price: str) -> int:
    """Give the kopecks of "129.00"."""
    whole, _, rest = price.partition(".")
    return int(whole) * 100 + int((rest or "0").ljust(2, "0"))


@contextmanager
def undone() -> Iterator[None]:
    """Undo at the end whatever is done inside: one example of a property, inside the test's transaction."""
    connection, before = transaction.get_connection(), transaction.savepoint()
    waiting = len(connection.run_on_commit)
    try:
        yield
    finally:
        connection.needs_rollback = False
        transaction.savepoint_rollback(before)
        del connection.run_on_commit[waiting:]  # else thousands of examples wait for a commit that never comes


def shop(**fields: Any) -> Shop:
    """Make the shop's settings row; the defaults are those of the environment."""
    row = Shop.current()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def person(role: str, email: str = "", **fields: Any) -> User:
    """Make somebody who works here."""
    mail = email or f"{role}{User.objects.count()}@desk.example"
    return User.objects.create_user(mail, "a long password 7", name=f"{role} {mail}", role=role, **fields)


def owner(**fields: Any) -> User:
    return person(Role.OWNER, **fields)


def manager(**fields: Any) -> User:
    return person(Role.MANAGER, **fields)


def packer(**fields: Any) -> User:
    return person(Role.PACKER, **fields)


def courier_person(code: str = "own", **fields: Any) -> User:
    return person(Role.COURIER, courier_code=code, **fields)


def channel(code: str = "shop", *, contact: str = "required", **fields: Any) -> Channel:
    """Make a channel, or give the one that is there."""
    defaults = {"name": code, "currency": "RUB", "country": "RU", "contact": contact} | fields
    return Channel.objects.get_or_create(code=code, defaults=defaults)[0]


def courier(code: str = "own", **fields: Any) -> Courier:
    """Make a courier, or give the one that is there."""
    return Courier.objects.get_or_create(code=code, defaults={"name": code, "kind": Courier.Kind.OWN} | fields)[0]


def product(sku: str, on_hand: int = 0, *, price: str = "129.00", at: datetime = AT, **fields: Any) -> Product:
    """Make a product and put pieces of it on the shelf."""
    row = Product.objects.create(sku=sku, name=fields.pop("name", sku), price_minor=minor(price), **fields)
    if on_hand:
        fill(row, on_hand, at=at)
    return row


@transaction.atomic
def fill(row: Product, pieces: int, *, bin_code: str = "MAIN", at: datetime = AT) -> None:
    """Put pieces into a bin, as a receipt does."""
    location = stock.main_location()
    event = journal.record([journal.Entry("stock.received")], by=BY, at=at)[0]
    source, target = stock.outside(Place.Kind.SUPPLIER), stock.bin_at(location.code, bin_code)
    stock.move([stock.Move(row.pk, pieces, source, target, "receipt", event)], at=at)


def new_order(items: Sequence[Item] = (("A", 1, "129.00"),), **fields: Any) -> NewOrder:
    """Make what a door hands to intake."""
    lines = [NewLine(sku, quantity, minor(price), quantity * minor(price), sku=sku) for sku, quantity, price in items]
    base: dict[str, Any] = {
        "channel": fields.pop("channel", None) or channel(),
        "placed_at": AT,
        "currency": "RUB",
        "name": NAME,
        "phone": PHONE,
        "lines": lines,
    }
    return NewOrder(**base | fields)


def order(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Take an order in, as a channel's door does."""
    return intake.take_in(new_order(items, **fields), by=BY, at=at).order


def confirmed(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Take an order in and let its customer agree."""
    made = order(items, at=at, **fields)
    with transaction.atomic():
        locked = Order.objects.lock(made.number)
        lifecycle.move([locked], Status.CONFIRMED, by=BY, at=at)
    return locked


def picking(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Bring an order to a packer's table; nothing is scanned yet."""
    return packing.take(confirmed(items, at=at, **fields).number, packer().pk, by=BY, at=at)


def picked(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Bring an order to a table and scan all its goods."""
    made = picking(items, at=at, **fields)
    scans = [
        packing.NewScan(f"scan-{line.pk}", line.quantity, sku=line.sku) for line in made.lines.filter(kind="goods")
    ]
    return packing.scan(made.number, scans, by=BY, at=at)


def packed(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Bring an order into one sealed parcel of a kilogram."""
    made = picked(items, at=at, **fields)
    return packing.seal(made.number, [packing.NewParcel(1000)], by=BY, at=at)


def parcel_of(made: Order) -> Parcel:
    """Give the only parcel of an order."""
    return Parcel.objects.get(order=made, state__in=set(Parcel.State.values) - {Parcel.State.OPENED})


def open_act(*parcels: str, code: str = "own", at: datetime = AT) -> Handoff:
    """Open an act with these parcels."""
    return handoff.open_act(handoff.NewAct(courier(code).code, at.date(), parcels), by=BY, at=at)


def closed_act(*orders: Order, code: str = "own", at: datetime = AT) -> Handoff:
    """Put all parcels of packed orders on an act and close it."""
    numbers = list(Parcel.objects.filter(order__in=orders, state="inside").values_list("number", flat=True))
    new = handoff.NewAct(courier(code).code, at.date(), numbers)
    return handoff.close(handoff.open_act(new, by=BY, at=at).number, by=BY, at=at)


def handed_over(
    items: Sequence[Item] = (("A", 1, "129.00"),), *, code: str = "own", at: datetime = AT, **fields: Any
) -> Order:
    """Bring an order out of the door: sealed, on a closed act, accepted by the courier."""
    made = packed(items, at=at, **fields)
    act = closed_act(made, code=code, at=at)
    numbers = list(act.lines.values_list("parcel__number", flat=True))
    handoff.accept(act.number, handoff.Acceptance(numbers), by=BY, at=at)
    made.refresh_from_db()
    return made


def said(made: Order, code: str, *, at: datetime = AT, courier_code: str = "own", **fields: Any) -> str:
    """Let the courier say something of the order's only parcel. Gives what became of the event."""
    event_id = fields.pop("event_id", f"{made.number}-{code}-{at.isoformat()}")
    event = tracking.CourierEvent(event_id, parcel_of(made).number, code, at, **fields)
    return tracking.take_in(courier_code, [event], by=BY, at=max(at, AT))[0]


def picked_up(*, at: datetime) -> int:
    """Let the sweep read parked news again. Gives how many were applied."""
    return sum(tracking.pick_up(event, at=at) for event in tracking.to_pick_up(500))


def delivered(items: Sequence[Item] = (("A", 1, "129.00"),), *, at: datetime = AT, **fields: Any) -> Order:
    """Bring an order to its customer, whole, and the money to the courier."""
    made = handed_over(items, at=at, **fields)
    said(made, "delivered", at=at)
    made.refresh_from_db()
    return made


def photo(colour: str = "white") -> bytes:
    """Give a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(out, "JPEG")
    return out.getvalue()


def token(who: User | Channel | Courier) -> str:
    """Make a token that asks as a person, a storefront or a courier's machine."""
    if isinstance(who, User):
        return tokens.make(name="test", kind=ApiToken.Owner.USER, user=who, at=AT)[1]
    kind = ApiToken.Owner.CHANNEL if isinstance(who, Channel) else ApiToken.Owner.COURIER
    return tokens.make(name="test", kind=kind, code=who.pk, at=AT)[1]


class Api:
    """A JSON client of the desk, signed in by token."""

    def __init__(self, who: User | Channel | Courier | None = None) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token(who)}"} if who else {}

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask; the path is below /api/v1/. A body of bytes is sent as it is, anything else as JSON."""
        named = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(method, f"/api/v1/{path}", raw, "application/json", headers=named)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)


def client(who: User | Channel | Courier | None = None) -> Api:
    """Give a JSON client that asks as this person, storefront or courier; nobody without one."""
    return Api(who)
