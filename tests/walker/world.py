"""A desk with two of everything: whatever one subject may see, there is one like it that they may not.

Who sees what is written down here by hand, from promises.md: the scopes and masks of the code are what is tested.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from delivery import copies, photos, returns
from delivery.models import Return
from orders import bills, changes, counts, expecting, payments, receiving, shelf, transfers
from orders.intake import Address
from orders.models import CallTask, Order, Payment
from orders.status import CancelReason, HoldReason
from reports import closing
from shopdesk.base.access import Actor, Kind
from shopdesk.base.periods import day
from shopdesk.exports import making
from shopdesk.limits.models import LimitSet
from shopdesk.people.models import ApiToken, User
from shopdesk.webhooks import endpoints
from tests import make
from tests.walker.couriers import furnish_couriers
from tests.walker.furnish import furnish
from tests.walker.packing import furnish_packing
from tests.walker.shops import furnish_shops
from tests.walker.together import bring_together
from tests.walker.v5 import furnish_v5

MAIN = "MAIN"  # the only location
COST = 777_777  # minor units of what a piece costs the shop: a figure that stands nowhere else
COSTS = ("7777.77", "7777,77", "7 777,77", "7,777.77")
STATUS = {
    "rival": "new", "rival_packed": "packed", "rival_handed": "handed_over", "handed": "handed_over", "narrow": "new",
    "beyond": "new",
}  # fmt: skip
NEXT_DAY = make.after(hours=23)  # Monday's books are closed by then
STAFF = frozenset({"owner", "manager", "costless"})
EVERYBODY = ("owner", "manager", "narrow", "costless", "packer", "rider", "courier", "storefront", "anonymous")
# What each sees of an order that they may see at all. A packer reads names and addresses off the label only.
SEE_COST = {"owner", "manager", "narrow"}
FIELDS = {
    "owner": {"name", "phone", "email", "address", "comment", "note"},
    "manager": {"name", "phone", "email", "address", "comment", "note"},
    "narrow": {"name", "phone", "email", "address", "comment", "note"},
    "costless": {"name", "phone", "email", "address", "comment", "note"},
    "storefront": {"name", "phone", "email", "address", "comment"},
    "courier": {"name", "phone", "address"},
    "rider": {"address"},
    "packer": set(),
    "anonymous": set(),
}


@dataclass(frozen=True)
class Thing:
    """Something with an address of its own, and the labels of those who may see it."""

    kind: str
    key: Any
    seen_by: frozenset[str]
    of: "Thing | None" = None  # the order or act that it belongs to
    status: str = ""
    note: str = ""


@dataclass
class World:
    """The askers and the things."""

    clients: dict[str, Client] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, Kind] = field(default_factory=dict)
    things: list[Thing] = field(default_factory=list)
    secrets: dict[int, dict[str, str]] = field(default_factory=dict)  # order -> field -> what only it says

    def add(self, kind: str, key: Any, seen_by: Iterable[str], **more: Any) -> Thing:
        thing = Thing(kind, key, frozenset(seen_by), **more)
        self.things.append(thing)
        return thing

    def of(self, kind: str, label: str, *, own: bool) -> list[Thing]:
        """Give the things of a kind that a label may see, or may not."""
        return [thing for thing in self.things if thing.kind == kind and (label in thing.seen_by) == own]

    def forbidden(self, label: str) -> list[str]:
        """Give every text that this label must meet nowhere, whatever they ask."""
        seen = {thing.key for thing in self.things if thing.kind == "order" and label in thing.seen_by}
        found = [
            text
            for number, fields in self.secrets.items()
            for name, text in fields.items()
            if number not in seen or name not in FIELDS[label]
        ]
        found += [] if label in SEE_COST else COSTS
        return found


def build() -> World:
    """Make the whole world through the desk's own actions."""
    world = World()
    make.shop(language="en")
    narrow = _people(world)
    _shelf(world)
    orders = _orders(world, narrow)
    _around_orders(world, orders)
    _on_the_road(world, orders)
    _calls(world)
    furnish_v5(world, orders)
    furnish(world, orders)
    furnish_shops(world)
    furnish_couriers(world)
    furnish_packing(world)
    bring_together(world, orders)
    return world


def _people(world: World) -> Actor:
    """Everybody who asks. Gives the manager who sees only what they had to do with, of one channel."""
    people = {
        "owner": make.owner(), "manager": make.manager(), "narrow": make.manager(), "costless": make.manager(),
        "packer": make.packer(),
        "rider": make.courier_person("own"),
    }  # fmt: skip
    LimitSet.objects.create(person=people["narrow"], own_orders=True, channels=["rival"], discount_percent=10)
    LimitSet.objects.create(person=people["costless"], cost=False)
    machines = {"courier": make.courier("own"), "storefront": make.channel("shop")}
    make.courier("other")
    for label in EVERYBODY:
        asker = (people | machines).get(label)
        world.clients[label] = Client(raise_request_exception=False)
        if label in people:
            _sign_in(world.clients[label], people[label])
        world.tokens[label] = make.token(asker) if asker else ""
        kinds = {"narrow": Kind.MANAGER, "costless": Kind.MANAGER, "rider": Kind.COURIER_PERSON}
        world.kinds[label] = kinds.get(label) or Kind(label)
    told, _secret = endpoints.make(
        endpoints.Terms("ERP", "https://erp.example/hook", ["order.taken"]), by=make.BY, at=make.AT
    )
    world.add("endpoint", told.pk, {"owner"})
    world.add("told", endpoints.send_test(told.pk, at=make.AT).pk, {"owner"})
    world.add("person", people["packer"].pk, {"owner"})
    world.add("manager", people["costless"].pk, {"owner"})
    for token in ApiToken.objects.exclude(user=None).select_related("user"):
        label = next(label for label, person in people.items() if person == token.user)
        world.add("key", token.pk, {"owner"})
        world.add("own key", token.pk, {label} - {"rider"})
    for label in ("manager", "costless"):
        export = making.ask(making.Wish({}), subject=people[label].subject, at=make.AT)
        world.add("export", export.code, {"owner", label})
        world.add("file", export.code, {label})
    return Actor("person", people["narrow"].pk)


def _sign_in(client: Client, person: User) -> None:
    """Sign in as if by password a moment ago: nothing asks who they are once more."""
    client.force_login(person)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": NEXT_DAY.timestamp()}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()


def _shelf(world: World) -> None:
    seen = STAFF | {"narrow", "packer", "storefront"}
    inside = seen - {"storefront"}
    for sku in ("A", "B"):
        row = make.product(sku, 100, price="129.00", cost_minor=COST)
        world.add("product", row.pk, inside)
        world.add("sku", sku, seen)
    line = receiving.NewLine("A", 5, COST)
    receipt = receiving.receive(receiving.NewReceipt([line], "Mill"), by=make.BY, at=make.AT).receipt
    world.add("receipt", receipt.pk, inside)
    paper = bills.keep(receipt.pk, b"%PDF-1.4\n%%EOF", by=make.BY, at=make.AT)
    world.add("paper", paper.pk, inside - {"packer"})
    shelf.make_bin(MAIN, "A-1", by=make.BY, at=make.AT)
    carried = shelf.carry(shelf.Pieces("A", 2), location=MAIN, to_bin="A-1", by=make.BY, at=make.AT)
    world.add("move", carried.pk, inside)
    for place in (carried.source_id, carried.target_id):
        world.add("place", place, inside)
    count = counts.start("spot", MAIN, ["A-1"], by=make.BY, at=make.AT)
    counted = counts.count_line(count.pk, counts.Counted("A", "A-1", 2), by=make.BY, at=make.AT)
    world.add("count", count.pk, inside)
    world.add("count line", counted.pk, inside)
    shelf.make_location(shelf.NewLocation("SOUTH", "South", serves=False), by=make.BY, at=make.AT)
    sent = transfers.send([transfers.Sent("A", 2)], source=MAIN, target="SOUTH", by=make.BY, at=make.AT)
    world.add("transfer", sent.pk, inside)
    wanted = expecting.NewExpected([expecting.Wanted("A", 2, COST)], "Mill")
    world.add("expected", expecting.expect(wanted, by=make.BY, at=make.AT).pk, inside)


def _orders(world: World, narrow: Actor) -> dict[str, Order]:
    """Orders in all states that doors ask for; each says things of its customer that no other order says."""
    shop, packer = {"storefront"}, {"packer"}
    rows = {
        "new": (make.order, "shop", shop),
        "rival": (make.order, "rival", set()),
        "confirmed": (make.confirmed, "shop", shop | packer),
        "picking": (make.picked, "shop", shop | packer),
        "packed": (make.packed, "shop", shop | packer),
        "cancelled": (make.order, "shop", shop),
        "handed": (make.handed_over, "shop", shop | {"rider", "courier"}),
        "rival_packed": (make.packed, "rival", packer),
        "rival_handed": (make.handed_over, "rival", set()),
        "delivered": (make.delivered, "shop", shop),
        "narrow": (make.order, "rival", {"narrow"}),
        "beyond": (make.order, "shop", shop),  # narrow worked on it once; it came by a channel that is not theirs
    }  # fmt: skip
    made = {}
    for place, (name, (builder, channel, also)) in enumerate(rows.items(), start=1):
        code = {"rival_handed": {"code": "other"}}.get(name, {})
        secrets = _secrets(place)
        made[name] = builder(
            [("A", 1, "129.00")], channel=make.channel(channel), external_id=f"X-{place}", name=secrets["name"],
            phone=secrets["phone"], email=secrets["email"], comment=secrets["comment"],
            address=_address(secrets["address"]), **code,
        )  # fmt: skip
        world.secrets[made[name].pk] = secrets | {"name": secrets["name"].split()[-1]}
        world.add("order", made[name].pk, STAFF | also, note=name, status=STATUS.get(name, name))
    for name in ("narrow", "beyond"):
        changes.hold(made[name].pk, HoldReason.OTHER, by=narrow, at=make.AT)  # so it is theirs, but for its channel
    return made


def _secrets(place: int) -> dict[str, str]:
    return {
        "name": f"Канарейка Птицына{place}ова", "phone": f"+7916555{place:04}", "email": f"canary{place}z@leak.example",
        "address": f"Канареечная, дом {place}00{place}", "comment": f"canary-comment-{place}z",
        "note": f"canary-of-the-staff-{place}z",
    }  # fmt: skip


def _address(text: str) -> Address:
    return Address(text=text, country="RU", city="Москва")


def _around_orders(world: World, orders: dict[str, Order]) -> None:
    """What hangs on an order: holds, money, customers, parcels."""
    for order in orders.values():
        order.refresh_from_db()
    things = {thing.note: thing for thing in world.things if thing.kind == "order"}
    for name in ("new", "rival", "narrow"):
        changed = changes.hold(
            orders[name].pk, HoldReason.BAD_ADDRESS, note=world.secrets[orders[name].pk]["note"], by=make.BY, at=make.AT
        )
        hold = changed.holds.get(reason=HoldReason.BAD_ADDRESS)
        world.add("hold", hold.pk, things[name].seen_by, of=things[name])
    payments.record(orders["cancelled"].pk, 12_900, account=Payment.Account.ACQUIRER, by=make.BY, at=make.AT)
    changes.cancel(orders["cancelled"].pk, CancelReason.PRICE, by=make.BY, at=make.AT)
    for credit in orders["cancelled"].credits.all():
        world.add("credit", credit.pk, STAFF, of=things["cancelled"])
    for name in ("new", "rival", "narrow"):
        world.add("customer", orders[name].customer_id, things[name].seen_by - {"storefront"})
    for name in ("packed", "rival_packed", "handed", "rival_handed"):
        # Whose parcel comes back, lies before the packer: its number is in their hand.
        seen_by = things[name].seen_by | {"packer"}
        world.add("parcel", make.parcel_of(orders[name]).number, seen_by, of=things[name])


def _on_the_road(world: World, orders: dict[str, Order]) -> None:
    """Acts in every state for two couriers, a signed copy, a return, a closed day."""
    riders = {"rider", "courier"}
    packed = [make.packed([("B", 1, "50.00")], channel=make.channel("rival"), phone="+79160000000") for _ in range(3)]
    world.add("act", make.open_act(make.parcel_of(packed[0]).number).number, STAFF | {"packer"}, status="open")
    act = make.closed_act(packed[1], code="own")
    own = world.add("act", act.number, STAFF | riders, status="closed")
    other = make.closed_act(packed[2], code="other")
    world.add("act", other.number, STAFF, status="closed")
    copy = copies.keep(act.number, b"%PDF-1.4\nsigned\n%%EOF\n", by=make.BY, at=make.AT)
    world.add("copy", copy.pk, STAFF, of=own)
    things = {thing.note: thing for thing in world.things if thing.kind == "order"}
    comeback = returns.NewReturn(
        Return.Kind.AFTER_DELIVERY, [returns.Comeback("A", 1)], order=orders["delivered"].pk
    )  # fmt: skip
    (back,) = returns.announce([comeback], by=make.BY, at=make.AT)
    world.add("return", back.pk, STAFF | {"packer"}, of=things["delivered"])
    photo = photos.keep(back.pk, make.photo(), by=make.BY, at=make.AT)
    world.add("photo", photo.pk, STAFF | {"packer"}, of=things["delivered"])
    closed = closing.close(day(make.AT.date(), "Europe/Moscow"), by=make.BY, at=NEXT_DAY)
    world.add("closing", closed.pk, STAFF)


def _calls(world: World) -> None:
    things = {thing.key: thing for thing in world.things if thing.kind == "order"}
    for task in CallTask.objects.filter(closed_at=None, order__in=list(things)):
        world.add("task", task.pk, things[task.order_id].seen_by & (STAFF | {"narrow"}), of=things[task.order_id])
