"""The lifecycle: the only writer of an order's status, and the tables of what each move means.

MOVES (`orders.status`) says what may follow, GOODS what a move does to the goods, WORK what it opens and closes for
people. A new consequence of a move is a new line here, never an `if` in a desk.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet, Subquery, prefetch_related_objects
from django.utils.translation import gettext_lazy as _

from orders import calltasks, credits, holds, journal, nocall, notices, sales, stock, unmet
from orders.models import (
    CartSlot,
    Channel,
    Customer,
    Hold,
    JournalEvent,
    MarkRule,
    Order,
    OrderLine,
    Parcel,
    Shop,
    StatusLabel,
)
from orders.status import BEFORE_PACKED, MOVES, HoldReason, Status
from shopdesk.base import prepared
from shopdesk.base.access import RULE, SWEEP, Actor
from shopdesk.base.errors import DomainError
from shopdesk.base.periods import shop_day

Consequence = Callable[[Sequence[Order], Sequence[JournalEvent]], object]
NEW_LABEL: Final = prepared.Reading(StatusLabel, "WHERE t.is_default AND t.status = 'new'")


class ForbiddenMove(DomainError):
    """The order is not where this move begins."""

    sentence = _("Order %(number)s is %(status)s, so it cannot become %(to)s.")


class OnClosedAct(DomainError):
    """A parcel of the order stands on a closed act: it may be in the courier's car already."""

    sentence = _("A parcel of order %(number)s is on a closed act.")
    next_step = _("Mark it missing on that act first.")


class Any_:
    """Stands for every status in the tables below."""


ANY: Final = Any_()
Side = Status | Any_ | None


def promise(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Reserve; hold what is short. The order is taken all the same."""
    hold_short(stock.reserve(orders, events), orders, events)


def promise_anew(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Want the cancelled pieces again and reserve them."""
    unmet.take_back_cancelled(orders, events)
    hold_short(stock.revive(orders, events), orders, events)


def promise_again(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Promise again what ran out before the customer agreed."""
    ran_out = [order for order in orders if order.reserved_until is None]
    if ran_out:
        promise(ran_out, events=[event for order, event in zip(orders, events, strict=True) if order in ran_out])


def let_go(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Free what was promised; what was not is demand that was lost."""
    unmet.of_cancelled(orders, events)
    stock.release(orders, events)


def open_parcels(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Take the goods out of their boxes: they lie on the packing table until they are packed or put back."""
    Parcel.objects.filter(order__in=orders, state=Parcel.State.INSIDE).update(state=Parcel.State.OPENED)


GOODS: Mapping[tuple[Side, Side], Consequence] = {
    # There now, with lines that promise nothing yet: what there is gets promised to it, the rest is short. What a
    # door takes in is promised while its lines are written (`writing`).
    (None, Status.NEW): promise,
    # The customer came back: promised anew, as if it had just been taken in.
    (Status.CANCELLED, Status.NEW): promise_anew,
    # Agreed after its time had run out: what was free meanwhile is promised again. Nothing moves when it had not.
    (Status.NEW, Status.CONFIRMED): promise_again,
    # Stopped: its promises are free for others at once. What was picked stays on the table until scanned back.
    (Status.NEW, Status.CANCELLED): let_go,
    (Status.CONFIRMED, Status.CANCELLED): let_go,
    (Status.PICKING, Status.CANCELLED): let_go,
    (Status.PACKED, Status.CANCELLED): let_go,
}


def plan_shipping(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Say on which day the packing table shall see it: the promised day less the courier's days, or today."""
    shop = Shop.current()
    for order, event in zip(orders, events, strict=True):
        today = shop_day(event.at, shop.zone, shop.day_cutoff)
        days = order.courier.days if order.courier else 0
        order.ship_on = max(today, order.promised_on - timedelta(days=days)) if order.promised_on else today
        Order.objects.filter(pk=order.pk).update(ship_on=order.ship_on, reserved_until=None)


def start_confirmation_clock(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Promise goods for as long as it may take to agree. Cash on delivery is not 'unpaid': this clock counts."""
    shop = Shop.current()
    prefetch_related_objects(orders, "channel")
    groups: dict[datetime, list[int]] = {}
    for order, event in zip(orders, events, strict=True):
        order.reserved_until = event.at + timedelta(hours=_hours_to_agree(order, shop))
        groups.setdefault(order.reserved_until, []).append(order.pk)
    for until, numbers in groups.items():
        Order.objects.filter(pk__in=numbers).update(reserved_until=until)


def _hours_to_agree(order: Order, shop: Shop) -> int:
    """Say how long goods are promised: what waits for money, what a person typed in, and the rest have clocks apart."""
    if order.payment_method == Order.PaidBy.PREPAID and order.paid_minor < order.total_minor:
        return shop.pay_within_hours
    return shop.confirm_manual_within_hours if order.channel.kind == Channel.Kind.MANUAL else shop.confirm_within_hours


def hold_unreachable(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Hold what must be agreed again though there is no phone to ring: somebody finds another way."""
    silent = [holds.NewHold(order, HoldReason.BAD_PHONE) for order in orders if not order.contact_phone]
    if silent:
        holds.open_holds(silent, by=SWEEP, at=events[0].at)


def forget_packer(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Nobody packs it any more, and no cart holds it."""
    numbers = [order.pk for order in orders]
    CartSlot.objects.filter(order__in=numbers, freed_at=None).update(freed_at=events[0].at)
    Order.objects.filter(pk__in=numbers).update(packer=None, picking_until=None)


def forget_reason(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """It is not cancelled any more, so there is no reason why."""
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(cancel_reason="")


def keep_reason(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Write on the order why it was cancelled, as the journal has it."""
    for order, event in zip(orders, events, strict=True):
        order.cancel_reason = event.data.get("reason", "")
        Order.objects.filter(pk=order.pk).update(cancel_reason=order.cancel_reason)


def drop_holds(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """A cancelled order waits for nothing."""
    holds.close(orders, list(HoldReason), by=events[0].actor, at=events[0].at)


def list_as_returning(orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Block whose orders came back whole as often as the shop's rule says. What a person said of them outranks it."""
    rule = MarkRule.objects.first()
    if rule is None or not rule.after_returned:
        return
    people = {order.customer_id for order in orders if order.customer_id}
    returned = Order.objects.filter(customer__in=people, status=Status.RETURNED).order_by().values("customer")
    often = returned.annotate(times=Count("pk")).filter(times__gte=rule.after_returned).values("customer")
    unmarked = Customer.objects.filter(pk__in=often, mark="", mark_source="")
    listed = list(unmarked.values_list("pk", flat=True))
    Customer.objects.filter(pk__in=listed).update(mark=Customer.Mark.BLOCKED, mark_source=Customer.MarkSource.RULE)
    waiting = Order.objects.filter(customer__in=listed, status__in=BEFORE_PACKED).order_by("pk")
    holds.open_holds([holds.NewHold(order, HoldReason.HIGH_RISK) for order in waiting], by=RULE, at=events[0].at)


WORK: Mapping[tuple[Side, Side], Sequence[Consequence]] = {
    # Somebody has to ring.
    (None, Status.NEW): (calltasks.open_confirm,),  # `first` has started the clock, before the orders were inserted
    (Status.CANCELLED, Status.NEW): (
        calltasks.open_confirm,
        hold_unreachable,
        start_confirmation_clock,
        forget_reason,
    ),
    # What was agreed holds no longer.
    (Status.CONFIRMED, Status.NEW): (calltasks.open_again, hold_unreachable, start_confirmation_clock),
    # Pieces were not on the shelf: ask what to do.
    (Status.PICKING, Status.NEW): (calltasks.open_short, hold_unreachable, start_confirmation_clock, forget_packer),
    # Agreed: packing sees it on its day.
    (Status.NEW, Status.CONFIRMED): (calltasks.close_agreed, plan_shipping, notices.tell_confirmed),
    # Put down: another packer may take it.
    (Status.PICKING, Status.CONFIRMED): (forget_packer,),
    # Sealed: the table is free.
    (Status.PICKING, Status.PACKED): (forget_packer,),
    # Out of the door: the customer may expect it.
    (Status.PACKED, Status.HANDED_OVER): (notices.tell_handed_over,),
    # The boxes are opened again, whoever asked for it.
    (Status.PACKED, Status.PICKING): (open_parcels,),
    (Status.PACKED, Status.CANCELLED): (open_parcels,),
    # Nothing is left to talk about; money that came in is owed back.
    (ANY, Status.CANCELLED): (keep_reason, calltasks.close_all, drop_holds, forget_packer, credits.open_for_cancelled),
    # It arrived, so nobody rings about the way; some days later somebody asks how it went.
    (ANY, Status.DELIVERED): (calltasks.close_on_the_way, calltasks.open_follow_up),
    # It comes back: there is nothing to fetch, to agree, or to ask about.
    (ANY, Status.RETURNING): (calltasks.close_on_the_way,),
    # Nothing was kept: whose orders come back again and again is put on the list, if the shop has the rule.
    (Status.RETURNING, Status.RETURNED): (list_as_returning,),
    # Its customer waits for what will not come: somebody tells them.
    (ANY, Status.LOST): (calltasks.open_problem,),
    # Postage and fees are sold when the goods are.
    (Status.HANDED_OVER, Status.DELIVERED): (sales.keep_services,),
    (Status.RETURNING, Status.DELIVERED): (sales.keep_services,),
}


@dataclass(frozen=True, slots=True)
class Why:
    """What else the journal shall know of a move: codes and numbers only."""

    kind: str = "order.moved"
    reason: str = ""


PLAIN = Why()


def first(orders: Sequence[Order], *, at: datetime) -> None:
    """Prepare orders that are about to be inserted; `begin` follows once their lines are there."""
    shop, labels = Shop.current(), NEW_LABEL.all()
    for order in orders:
        order.status, order.status_at, order.version = Status.NEW, at, 1
        order.label_id = labels[0].pk if labels else None
        order.reserved_until = at + timedelta(hours=_hours_to_agree(order, shop))


def default_label(status: Status) -> QuerySet[StatusLabel, int]:
    """Find the label that orders get when they enter a status; most shops have none."""
    return StatusLabel.objects.filter(status=status, is_default=True).order_by().values_list("pk", flat=True)


def begin(orders: Sequence[Order], *, by: Actor, at: datetime) -> list[JournalEvent]:
    """Journal that orders were taken in, open their work and promise their goods."""
    events = begin_promised(orders, by=by, at=at)
    _follow_goods(orders, events, None, Status.NEW)
    return events


def begin_promised(orders: Sequence[Order], *, by: Actor, at: datetime) -> list[JournalEvent]:
    """Journal that orders were taken in and open their work. Their lines say already what is promised to them."""
    entries = [journal.Entry("order.taken", order, sums(order), to_status=Status.NEW) for order in orders]
    events = journal.record_first(entries, by=by, at=at)
    _follow_work(orders, events, None, Status.NEW)
    return events


def refuse_unless(order: Order, begins: Collection[Status], to: Status) -> None:
    """Refuse a deed that begins elsewhere, though MOVES may know another way to the same status. Raises ForbiddenMove.

    A packer who puts an order down must not confirm one that nobody agreed (SEC-06).
    """
    if order.status not in begins:
        raise ForbiddenMove(detail={"number": order.number, "status": Status(order.status).label, "to": to.label})


def move(orders: Sequence[Order], to: Status, *, by: Actor, at: datetime, why: Why = PLAIN) -> list[JournalEvent]:
    """Move locked orders to a status: journal all, then WORK for all, then GOODS for all.

    Raises ForbiddenMove when MOVES does not allow it for one of them, OnClosedAct where a parcel may be gone.
    """
    if not orders:
        return []
    for order in orders:
        _check(order, to)
    _refuse_on_closed_act(orders, to)
    reason: dict[str, str | int] = {"reason": why.reason} if why.reason else {}
    entries = [
        journal.Entry(why.kind, order, sums(order) | reason, from_status=order.status, to_status=to) for order in orders
    ]
    events = journal.record(entries, by=by, at=at)
    groups: dict[Status, list[tuple[Order, JournalEvent]]] = {}
    for order, event in zip(orders, events, strict=True):
        groups.setdefault(Status(order.status), []).append((order, event))
    for begins, pairs in groups.items():
        _write(begins, to, pairs, at)
    for begins, pairs in groups.items():
        locked, those = [order for order, _ in pairs], [event for _, event in pairs]
        _follow_work(locked, those, begins, to)
        _follow_goods(locked, those, begins, to)
    return events


def settle(orders: Sequence[Order], *, by: Actor, at: datetime, why: Why = PLAIN) -> None:
    """Derive the status of locked orders from their parcels and move those whose status is another."""
    parcels = Parcel.objects.filter(order__in=orders).exclude(state=Parcel.State.OPENED)
    states: dict[int, set[str]] = {}
    for parcel in parcels:
        states.setdefault(parcel.order_id, set()).add(parcel.state)
    wanted: dict[Status, list[Order]] = {}
    for order in orders:
        status = derived(states.get(order.pk, set()))
        if status is not None and status != order.status:
            wanted.setdefault(status, []).append(order)
    for status, group in wanted.items():
        move(group, status, by=by, at=at, why=why)


def confirm_agreed(order: Order, *, at: datetime) -> None:
    """Confirm a locked order that nothing holds any more, if its channel agreed it or a rule says no call is needed."""
    if order.status != Status.NEW or Hold.objects.filter(order=order, closed_at=None).exists():
        return
    if order.channel.contact == Channel.Contact.OPTIONAL:
        move([order], Status.CONFIRMED, by=RULE, at=at, why=Why(reason="agreed_by_channel"))
    else:
        confirm_by_rule([order], at=at)


def confirm_by_rule(orders: Sequence[Order], *, at: datetime) -> None:
    """Confirm those of new, unheld orders that need no call; the journal and the decision name the rule."""
    groups: dict[int, list[nocall.Decided]] = {}
    for one in nocall.decide(orders):
        groups.setdefault(one.rule.pk, []).append(one)
    for rule, decided in groups.items():
        by = Actor(RULE.kind, rule)
        events = move([one.order for one in decided], Status.CONFIRMED, by=by, at=at, why=Why(reason="no_call_needed"))
        nocall.note(decided, events)


def derived(states: set[str]) -> Status | None:
    """Give the status that these parcel states make, as the design derives it; None without parcels."""
    state = Parcel.State
    if not states:
        return None
    if states == {state.INSIDE}:
        return Status.PACKED
    for present, status in (
        (state.OUT, Status.HANDED_OVER),
        (state.KEPT, Status.DELIVERED),
        (state.RETURNING, Status.RETURNING),
        (state.RETURNED, Status.RETURNED),
        (state.LOST, Status.LOST),
    ):
        if present in states:
            return status
    return Status.PACKED


def sums(order: Order) -> dict[str, str | int]:
    """Give the order's money and way as they are at this move: reports read them here, since an order may change."""
    way = {"courier": order.courier_id, "region": order.address_region_code}
    money = {"total": order.total_minor, "delivery": order.delivery_minor, "discount": order.discount_minor}
    return money | {name: code for name, code in way.items() if code}


def hold_short(lines: Sequence[OrderLine], orders: Sequence[Order], events: Sequence[JournalEvent]) -> None:
    """Hold orders whose lines are short: of stock, or of a product that anybody knows."""
    by_number = {order.pk: order for order in orders}
    wanted = [holds.of_short(by_number[line.order_id], known=line.product_id is not None) for line in lines]
    if wanted:
        holds.open_holds(wanted, by=SWEEP, at=events[0].at)


def _check(order: Order, to: Status) -> None:
    if to not in MOVES[Status(order.status)]:
        raise ForbiddenMove(detail={"number": order.number, "status": Status(order.status).label, "to": to.label})


def _refuse_on_closed_act(orders: Sequence[Order], to: Status) -> None:
    if to not in {Status.CANCELLED, Status.PICKING}:
        return
    on_act = Parcel.objects.filter(Q(order__in=orders), on_act=Parcel.OnAct.CLOSED, state=Parcel.State.INSIDE)
    if parcel := on_act.first():
        raise OnClosedAct(detail={"number": parcel.order_id})


def _write(begins: Status, to: Status, pairs: Sequence[tuple[Order, JournalEvent]], at: datetime) -> None:
    numbers = [order.pk for order, _ in pairs]
    # Compare and set: where there are no row locks (SQLite) this is the guard against a second move at once.
    changed = Order.objects.filter(pk__in=numbers, status=begins).update(
        status=to, status_at=at, label=Subquery(default_label(to))
    )  # a label belongs to its status
    if changed != len(numbers):
        raise ForbiddenMove(detail={"number": numbers[0], "status": begins.label, "to": to.label})
    for order, _event in pairs:
        order.status, order.status_at = to, at
        order.forget_label()


def _follow_work(orders: Sequence[Order], events: Sequence[JournalEvent], begins: Side, ends: Status) -> None:
    for pattern in ((begins, ends), (ANY, ends), (begins, ANY)):
        for consequence in WORK.get(pattern, ()):
            consequence(orders, events)


def _follow_goods(orders: Sequence[Order], events: Sequence[JournalEvent], begins: Side, ends: Status) -> None:
    if goods := GOODS.get((begins, ends)):
        goods(orders, events)
