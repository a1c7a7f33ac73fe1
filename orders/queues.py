"""What waits at each desk. Reads only; every count stops at a thousand, so none grows with the shop."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from orders import likeness
from orders.models import (
    CallTask,
    Channel,
    Hold,
    Message,
    Mode,
    Order,
    OrderLine,
    Place,
    PlaceLevel,
    Product,
    Reminder,
    SearchKey,
    Shop,
    StockLevel,
)
from orders.models.orders import OrderRows
from orders.models.shop import MissedCallback
from orders.models.sight import calls_for
from orders.status import HoldReason, Status
from shopdesk.base import prepared
from shopdesk.base.access import NO_LIMITS, Kind, Limits, Subject
from shopdesk.base.bulk import among
from shopdesk.base.prepared import Reading

COUNTED = 1_000  # "999+" beyond: nobody reads more, and the database need not count it
FRAGMENT = 4
LINES_OF = Reading(OrderLine, "WHERE t.order_id {numbers} ORDER BY t.order_id, t.position")
BESIDE: tuple[Reading[Any], ...] = (
    LINES_OF,
    Reading(Hold, "WHERE t.order_id {numbers} AND t.closed_at IS NULL ORDER BY t.id"),
    Reading(CallTask, "WHERE t.order_id {numbers} AND t.closed_at IS NULL ORDER BY t.due_at, t.id"),
)
NEWEST = Reading(Order, "WHERE t.number {numbers} ORDER BY t.number DESC")
# Other orders of a customer, the newest first: most have none, and one look into an index says so. Of two that are
# linked somebody has decided what they are to each other.
RIVALS = """
SELECT o.number FROM orders o
WHERE o.customer_id = %s AND o.channel_id = COALESCE(%s, o.channel_id) AND o.number <> %s
  AND o.status NOT IN ('cancelled', 'returned', 'lost')
  AND NOT EXISTS (SELECT 1 FROM order_link l WHERE l.first_id = o.number AND l.second_id = %s)
  AND NOT EXISTS (SELECT 1 FROM order_link l WHERE l.second_id = o.number AND l.first_id = %s)
ORDER BY o.number DESC LIMIT 100
"""
LAST = "\U0010ffff"  # no text goes on with it: the strict parser refuses it


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text finds, as a condition on orders that a page may use more than once."""

    condition: Any
    people: QuerySet[SearchKey] | None = None  # where very many keys begin with it: those of customers

    def are_many(self, rows: OrderRows) -> bool:
        """Whether `COUNTED` of these orders or more are found, as some customers tell it; no walk along all orders."""
        if self.people is None:
            return False
        some = self.people.values("customer").distinct()[:COUNTED]
        return capped(rows.filter(customer__in=some)) == COUNTED


def found(rows: OrderRows, text: str) -> OrderRows:
    """Narrow orders to those found by a number, an outside id, 4+ digits of a phone, the start of a name, a SKU."""
    return rows.filter(sought(text).condition)


def sought(text: str) -> Sought:
    """Look a text up, for `found`.

    What fits few orders is looked up first; what fits very many is met soon by whoever walks the list, newest first.
    """
    folded = text.casefold().strip()
    digits = "".join(character for character in folded if character.isdigit())
    wanted = begins(folded)
    if len(digits) >= FRAGMENT and not any(character.isalpha() for character in folded):
        wanted |= begins(digits)
    keys = SearchKey.objects.filter(wanted)
    lines = OrderLine.objects.filter(product__in=Product.objects.filter(sku=text.strip())).order_by()
    unknown = OrderLine.objects.filter(product=None, sku=text.strip()).order_by()
    few = list(keys.values_list("order", "customer")[:COUNTED])
    sold = list(lines.union(unknown, all=True).values_list("order", flat=True)[:COUNTED])
    numbers, many, people = set(sold), Q(), None
    if len(few) < COUNTED:
        numbers |= _numbers(few)
    else:
        # `IN`, not `EXISTS`: the keys are read once, and the walk along the orders asks a table in memory.
        people = keys.exclude(customer=None)
        many = Q(pk__in=keys.exclude(order=None).values("order")) | Q(customer__in=people.values("customer"))
    if len(sold) == COUNTED:
        many |= Q(Exists(lines.filter(order=OuterRef("pk"))))
    return Sought(many | Q(among("orders.number", sorted(numbers))), people)


def _numbers(keys: Sequence[tuple[int | None, int | None]]) -> set[int]:
    people = sorted({customer for _, customer in keys if customer})
    own = Order.objects.filter(among("orders.customer_id", people)) if people else Order.objects.none()
    return {number for number, _ in keys if number} | set(own.values_list("pk", flat=True))


def begins(text: str) -> Q:
    """Keys that begin with a text, as an index finds them: SQLite has one for a range and none for LIKE."""
    if connection.vendor == "sqlite":
        return Q(key__gte=text, key__lt=text + LAST)
    return Q(key__startswith=text)


def to_call(at: datetime, limits: Limits = NO_LIMITS) -> QuerySet[CallTask]:
    """Give the calls that may be made now, by somebody with these limits."""
    return CallTask.objects.filter(calls_for(limits), closed_at=None, due_at__lte=at)


def to_pack(rows: OrderRows, on: date) -> OrderRows:
    """Give confirmed orders of that day or earlier that nothing holds: by cut-off, then by promise and number."""
    waiting = rows.filter(status=Status.CONFIRMED, ship_on__lte=on).without_open_holds()
    cutoff, promised = F("courier__cutoff").asc(nulls_last=True), F("promised_on").asc(nulls_last=True)
    return waiting.order_by("ship_on", cutoff, promised, "number")


def to_put_back(rows: OrderRows) -> OrderRows:
    """Give orders whose picked goods lie on the table though nobody packs them: put down, sent back or cancelled."""
    # By what lies on a table now: the picked lines of years of orders would be far too many to look through.
    lying = PlaceLevel.objects.filter(place__kind=Place.Kind.PACKING, on_hand__gt=0)
    picked = OrderLine.objects.filter(picked__gt=0, product__in=lying.values("product"))
    off_the_table = [Status.NEW, Status.CONFIRMED, Status.CANCELLED]
    return rows.filter(pk__in=picked.values("order"), status__in=off_the_table).order_by("status_at", "number")


def short(limit: int) -> list[int]:
    """Give the numbers of orders that wait for goods which are there by now, the oldest promise first."""
    free = StockLevel.objects.filter(
        product=OuterRef("product"), location=OuterRef("order__location"), on_hand__gt=F("reserved") + F("safety")
    )
    learnt = Product.objects.filter(sku=OuterRef("sku"))
    wanted = OrderLine.objects.filter(order=OuterRef("pk"), kind="goods").filter(
        Q(reserved__lt=F("quantity") - F("picked") - F("cancelled")) & (Exists(free) | Q(product=None) & Exists(learnt))
    )
    held = Hold.objects.filter(
        order=OuterRef("pk"), closed_at=None, reason__in=[HoldReason.OUT_OF_STOCK, HoldReason.UNKNOWN_ITEM]
    )
    # A new one whose time to agree is over gets nothing until it is agreed.
    on_time = Q(status=Status.CONFIRMED) | Q(status=Status.NEW, reserved_until__isnull=False)
    orders = Order.objects.filter(on_time, Exists(held), Exists(wanted))
    ranked = orders.order_by(F("promised_on").asc(nulls_last=True), "number")
    return list(ranked.values_list("number", flat=True)[:limit])


def idle(using: str = "default") -> OrderRows:
    """Give open orders that have neither an owner nor a next step with an hour. There should be none."""
    held = Exists(Hold.objects.using(using).filter(order=OuterRef("pk"), closed_at=None))
    call = Exists(CallTask.objects.using(using).filter(order=OuterRef("pk"), closed_at=None))
    rows = Order.objects.using(using)
    return rows.filter(
        Q(~held & ~call, status=Status.NEW)
        | Q(~held, status=Status.CONFIRMED, ship_on=None)
        | Q(status=Status.PICKING) & (Q(packer=None) | Q(picking_until=None))
    )


def uncalled(using: str = "default") -> OrderRows:
    """Give unconfirmed orders with a phone about which no call is to come, and of which nobody looks for another phone.

    There should be none.
    """
    agree = CallTask.objects.using(using).filter(closed_at=None, mode__in=[Mode.CONFIRM, Mode.RECONFIRM])
    unreachable = Hold.objects.using(using).filter(closed_at=None, reason=HoldReason.BAD_PHONE)
    here = OuterRef("pk")
    new = Order.objects.using(using).filter(status=Status.NEW, channel__contact=Channel.Contact.REQUIRED)
    return new.exclude(contact_phone="").exclude(
        Exists(agree.filter(order=here)) | Exists(unreachable.filter(order=here))
    )


def overdue(at: datetime, on: date) -> OrderRows:
    """Give orders whose next step is past its time. A queue to work on, not a broken promise of the desk."""
    calls = CallTask.objects.filter(order=OuterRef("pk"), closed_at=None)
    a_while_ago = at - timedelta(minutes=Shop.current().first_call_limit_minutes)
    late_call = Exists(calls.filter(Q(stage="new", limit_at__lt=at) | ~Q(stage="new") & Q(due_at__lt=a_while_ago)))
    late_hold = Exists(Hold.objects.filter(order=OuterRef("pk"), closed_at=None, until__lt=at))
    return Order.objects.filter(
        Q(late_call)
        | Q(late_hold, status__in=[Status.NEW, Status.CONFIRMED])
        | Q(status=Status.CONFIRMED, ship_on__lt=on)
        | Q(status=Status.PICKING, picking_until__lt=at)
    ).order_by("number")


def duplicates(
    order: Order, subject: Subject, *, days: int = likeness.DAYS, lines: Sequence[OrderLine] | None = None
) -> list[dict[str, Any]]:
    """Give orders of the same customer nearby, as far as the subject sees them: how much they look alike (0 to 100),
    and what that may mean. Never acted upon. Those that belong together, and a cancelled one, are no suspicion."""
    if order.customer_id is None or order.status == Status.CANCELLED:
        return []
    newest = [number for (number,) in prepared.rows(*_rivals_of(order, subject))]
    if newest and subject.kind is not Kind.STOREFRONT:
        visible = Order.objects.for_subject(subject).filter(pk__in=newest).order_by("-number")
        newest = list(visible.values_list("pk", flat=True)[:10])
    if not newest:
        return []
    newest = newest[:10]
    with prepared.ahead([(NEWEST, [newest]), (LINES_OF, [newest])]):
        near = [one for one in NEWEST.all(newest) if abs((one.placed_at - order.placed_at).days) <= days]
        goods: dict[int, list[OrderLine]] = {number: [] for number in (order.pk, *newest)}
        for line in (*LINES_OF.all(newest), *(LINES_OF.all([order.pk]) if lines is None else lines)):
            goods[line.order_id].append(line)
    wanted = {number: likeness.goods_of(those) for number, those in goods.items()}
    return [
        {"number": one.number, "status": one.status} | likeness.compare(order, one, wanted[order.pk], wanted[one.pk])
        for one in near
    ]


@dataclass(frozen=True, slots=True)
class Beside:
    """What answers show beside orders, by their numbers: lines, open holds, and open calls by their hour."""

    lines: Mapping[int, Sequence[OrderLine]]
    holds: Mapping[int, Sequence[Hold]]
    tasks: Mapping[int, Sequence[CallTask]]


def beside(orders: Sequence[Order]) -> Beside:
    """Read it for orders, in three statements however many they are."""
    numbers = [order.pk for order in orders]
    grouped: list[Any] = [{number: [] for number in numbers} for _reading in BESIDE]
    for rows, reading in zip(grouped, BESIDE, strict=True) if numbers else ():
        for row in reading.all(numbers):
            rows[row.order_id].append(row)
    return Beside(*grouped)


def asks_of(order: Order, subject: Subject) -> list[prepared.Ask]:
    """Give what `beside` and `duplicates` read of one order whatever they find, to be asked ahead."""
    statement, *values = _rivals_of(order, subject)
    return [*((reading, [[order.pk]]) for reading in BESIDE), (statement, values)]


def _rivals_of(order: Order, subject: Subject) -> tuple[str, int | None, str | None, int, int, int]:
    """Ask for rivals: a storefront's among its own orders, which is all that it sees; for others they are narrowed."""
    own = subject.code if subject.kind is Kind.STOREFRONT else None
    return RIVALS, order.customer_id, own, order.pk, order.pk, order.pk


def capped(rows: QuerySet[Any]) -> int:
    """Count rows, but never more than `COUNTED` of them."""
    return rows.order_by().values("pk")[:COUNTED].count()


def next_step(order: Order, holds: Sequence[Hold], tasks: Sequence[CallTask]) -> dict[str, Any]:
    """Say why the order is here, what happens next, by whom and when, in codes that screens put into words."""
    if order.status == Status.NEW and tasks:
        return {"step": "call", "by": "manager", "at": min(task.due_at for task in tasks)}
    if holds and order.status in {Status.NEW, Status.CONFIRMED}:
        first = holds[0]
        return {"step": f"hold:{first.reason}", "by": first.role, "at": first.until}
    steps: dict[str, dict[str, Any]] = {
        Status.NEW: {"step": "confirm", "by": "manager", "at": order.reserved_until},
        Status.CONFIRMED: {"step": "pick", "by": "packer", "at": order.ship_on},
        Status.PICKING: {"step": "seal", "by": "packer", "at": order.picking_until},
        Status.PACKED: {"step": "hand_over", "by": "manager", "at": order.ship_on},
        Status.HANDED_OVER: {"step": "deliver", "by": "courier", "at": order.promised_on},
        Status.RETURNING: {"step": "receive_back", "by": "packer", "at": None},
    }
    return steps.get(order.status, {"step": "", "by": "", "at": None})


def next_alone(order: Order, holds: Sequence[Hold], tasks: Sequence[CallTask], at: datetime) -> dict[str, Any]:
    """Say what the desk does next by itself: the step, its hour, and the rule that says so; all empty for nothing."""
    steps: list[tuple[datetime, str, str]] = []
    if order.status == Status.NEW and order.reserved_until:
        steps.append((order.reserved_until, "free_goods", "confirmation_clock"))
    for task in tasks:
        if task.stage == CallTask.Stage.CALLBACK and task.reminded_at is None:
            steps.append((task.due_at, "remind_callback", "callback"))
        elif task.stage == CallTask.Stage.NEW and task.limit_at:
            steps.append((task.limit_at, "remind_late", "first_call_limit"))
    steps += [(hold.until, "remind_hold", f"hold:{hold.reason}") for hold in holds if hold.until]
    steps += _missed_promises(tasks) + _written_down(order)
    to_come = sorted(step for step in steps if step[0] > at)
    if not to_come:
        return {"step": "", "at": None, "rule": ""}
    when, step, rule = to_come[0]
    return {"step": step, "at": when, "rule": rule}


def _missed_promises(tasks: Sequence[CallTask]) -> list[tuple[datetime, str, str]]:
    """Give when the shop's rule takes promised hours that nobody kept."""
    promised = [task for task in tasks if task.stage == CallTask.Stage.CALLBACK]
    shop = Shop.current() if promised else None
    if shop is None or shop.missed_callback == MissedCallback.RETRY:
        return []
    after = timedelta(minutes=shop.missed_callback_after_minutes)
    return [(task.due_at + after, "follow_missed", f"missed_callback:{shop.missed_callback}") for task in promised]


def _written_down(order: Order) -> list[tuple[datetime, str, str]]:
    """Give what the desk has written down to do about an order: the owner hears, the customer is written."""
    told = Reminder.objects.filter(order=order, what=Reminder.What.LATE_STILL, state=Reminder.State.WAITING)
    written = Message.objects.filter(order=order, state=Message.State.WAITING)
    steps = [(due_at, "escalate", "first_call_limit") for due_at in told.values_list("due_at", flat=True)]
    return steps + [(due_at, "write", f"message:{kind}") for due_at, kind in written.values_list("due_at", "kind")]


def whose(order: Order, holds: Sequence[Hold], tasks: Sequence[CallTask]) -> int | None:
    """Give the person in whose hands an order is, if it is in anybody's: a packer, a hold's owner, a call's."""
    if order.packer_id and order.status == Status.PICKING:
        return order.packer_id
    people = [hold.owner_id for hold in holds] + [task.owner_id for task in tasks]
    return next((person for person in people if person), None)
