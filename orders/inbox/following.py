"""Following: what the order here does when the shop's side of it changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from orders import calltasks, changes, doubts, holds, intake, journal, lifecycle, payments
from orders.channels.said import Said
from orders.inbox import items, merging, refunding
from orders.models import Hold, Order, Payment, ShopOrder
from orders.status import BEFORE_PACKED, ENDED, INSIDE, CancelReason, HoldReason, Status
from shopdesk.base.access import RULE, Actor

Meaning = ShopOrder.Meaning
EDITABLE = frozenset({Status.NEW, Status.CONFIRMED})  # from picking on only cancel and payment act
REASONS = {
    "customer": CancelReason.CHANGED_MIND, "fraud": CancelReason.FAKE, "inventory": CancelReason.OUT_OF_STOCK,
    "declined": CancelReason.OTHER,
} | {reason: CancelReason(reason) for reason in CancelReason.values}  # fmt: skip
STOP_ASKED = "order.stop_asked"
WHAT_CAME = ("taken", "stopped", "too_late", "back", "differs", "changed", "paid", "refunded", "unrefunded")


def follow(side: ShopOrder, before: Said | None, newest: Said, *, by: Actor, at: datetime) -> str:
    """Let the order follow the shop's newest word. Gives the most telling of what was done, `same` for nothing.

    `before`: what the shop said until now, the base of the comparison; None for an order that is new here or erased.
    """
    if side.order_id is None and not side.was_order:
        return "lead"
    done: set[str] = set()
    if side.order_id is None:
        order = _take_in(side, newest, by, at)
        done.add("taken")
    else:
        order = Order.objects.select_related("channel", "customer").locked(number=side.order_id).get()
        if newest != before and order.external_id == side.external_id:
            done |= _compare(side, order, before, newest, by, at)
    steps: list[Callable[..., str]] = [refunding.give_back, _stop_or_go_on, refunding.balance]
    for step in steps:
        done.add(step(side, order, newest, by=by, at=at))
    told = next((word for word in WHAT_CAME if word in done), "same")
    return "echo" if told == "same" and side.told.get("state") == newest.state else told


def settle(side: ShopOrder, order: Order, *, by: Actor, at: datetime) -> None:
    """Close what waited for a person's decision about an order that the caller has locked."""
    side.differs = {}
    if side.hold_id:
        Hold.objects.filter(pk=side.hold_id, closed_at=None).update(closed_at=at, closed_by=str(by))
        side.hold = None
        lifecycle.confirm_agreed(order, at=at)


def judge(order: Order, *, at: datetime) -> None:
    """Open and close the holds that an order's own data ask for, now that the data changed."""
    order.refresh_from_db()
    if order.status not in BEFORE_PACKED:
        return
    mine = (HoldReason.BAD_ADDRESS, HoldReason.AWAITING_PAYMENT, HoldReason.OTHER)
    wanted = {(hold.reason, _code(hold.note)): hold for hold in doubts.of(order) if hold.reason in mine}
    for hold in Hold.objects.filter(order=order, closed_at=None, reason__in=mine):
        about = (HoldReason(hold.reason), doubts.about(hold))
        if about == (HoldReason.OTHER, ""):  # a person's own
            continue
        if about in wanted and _says(hold) == wanted[about].note:
            wanted.pop(about)
        elif about not in wanted or about[1]:
            Hold.objects.filter(pk=hold.pk).update(closed_at=at, closed_by=str(RULE))
    holds.open_holds(list(wanted.values()), by=RULE, at=at)
    lifecycle.confirm_agreed(order, at=at)


def _code(note: holds.Note) -> str:
    return note.about if isinstance(note, holds.Says) else ""


def _says(hold: Hold) -> holds.Note:
    return holds.Says(holds.About(hold.code), hold.detail) if hold.code else hold.note


def _take_in(side: ShopOrder, said: Said, by: Actor, at: datetime) -> Order:
    skus = items.skus_of(side, said)
    taken = intake.take_in_within(said.order_for(side.channel, skus), by=by, at=at)
    side.order = taken.order
    return Order.objects.select_related("channel", "customer").lock(taken.order.number)


def _compare(side: ShopOrder, order: Order, before: Said | None, newest: Said, by: Actor, at: datetime) -> set[str]:
    if order.status in ENDED:
        return set()
    lines = list(order.lines.order_by("position"))
    is_here = order.status in INSIDE
    # Once it is out of the door, its pieces come back by the desk of returns and by no word of the shop.
    theirs = newest if is_here else replace(newest, lines=(), delivery_minor=order.delivery_minor)
    merged = merging.merge(before, order, lines, theirs, items.skus_of(side, newest))
    done = {"paid"} if _pay(order, before, newest, by, at) else set()
    if order.status in EDITABLE and merged.changes:
        changes.carry_out(order, merged.edit, by=by, at=at)
        done.add("changed")
    elif merged.changes:
        merged.differs |= _too_late(merged, lines)
    if is_here:
        Order.objects.filter(pk=order.pk).update(channel_total_minor=newest.stated_total_minor)
    if _ask(side, order, merged, by, at):
        done.add("differs")
    judge(order, at=at)
    return done


def _too_late(merged: merging.Merged, lines: Any) -> dict[str, list[Any]]:
    """List what the shop wants changed and what may not be changed any more."""
    wanted: dict[str, list[Any]] = {name: [value, ""] for name, value in merged.edit.fields.items()}
    by_id = {line.pk: line for line in lines}
    for edit in merged.edit.lines:
        key = edit.external_id or by_id[edit.id].external_id
        wanted[f"{merging.LINE_MARK}{key}"] = [{"name": edit.name, "quantity": edit.quantity}, None]
    return wanted


def _ask(side: ShopOrder, order: Order, merged: merging.Merged, by: Actor, at: datetime) -> bool:
    """Keep what a person must decide; the order waits for it while it is not packed. Gives whether anything is new."""
    before = dict(side.differs)
    side.differs = {name: pair for name, pair in before.items() if name not in merged.agrees} | merged.differs
    if before and not side.differs:
        settle(side, order, by=by, at=at)
    if side.differs == before or not side.differs:
        return False
    data: dict[str, journal.Code] = {"fields": sorted(side.differs)}
    journal.record([journal.Entry("order.shop_differs", order, data)], by=by, at=at)
    if side.hold_id is None and order.status in BEFORE_PACKED:
        says = holds.Says(holds.About.SHOP_CHANGED, {"fields": sorted(side.differs)})
        side.hold = holds.open_holds([holds.NewHold(order, HoldReason.OTHER, says)], by=by, at=at)[0]
    return True


def _pay(order: Order, before: Said | None, newest: Said, by: Actor, at: datetime) -> bool:
    """Book what came in at the shop since its last word; what the desk has booked by hand is not booked again."""
    more = newest.paid_minor - (before.paid_minor if before else order.paid_minor)
    missing = max(newest.paid_minor - order.paid_minor, 0)
    amount = min(more, missing)
    if amount <= 0:
        return False
    payments.book(order, amount, account=Payment.Account.PREPAID, by=by, at=at)
    return True


def _stop_or_go_on(side: ShopOrder, order: Order, newest: Said, *, by: Actor, at: datetime) -> str:
    """Cancel what the shop cancelled, deleted or gave back whole; take up again what it cancelled and took back."""
    stops = side.meaning == Meaning.CANCEL or side.is_deleted or refunding.is_all_back(side)
    if stops and order.status != Status.CANCELLED and order.external_id == side.external_id:
        return _stop(side, order, newest, by=by, at=at)
    if not stops and side.is_stopped and order.status == Status.CANCELLED:
        lifecycle.move([order], Status.NEW, by=by, at=at)
        side.is_stopped = False
        judge(order, at=at)
        return "back"
    return ""


def _stop(side: ShopOrder, order: Order, newest: Said, *, by: Actor, at: datetime) -> str:
    why = lifecycle.Why(reason=REASONS.get(newest.reason, CancelReason.OTHER))
    if order.status in INSIDE:
        try:
            lifecycle.move([order], Status.CANCELLED, by=by, at=at, why=why)
        except lifecycle.OnClosedAct:
            return _ring(order, by, at)
        side.is_stopped, side.differs, side.hold = True, {}, None
        return "stopped"
    return _ring(order, by, at)


def _ring(order: Order, by: Actor, at: datetime) -> str:
    """Its parcel may be on the way: somebody rings, once."""
    if order.status in ENDED or order.events.filter(kind=STOP_ASKED).exists():
        return ""
    events = journal.record([journal.Entry(STOP_ASKED, order)], by=by, at=at)
    calltasks.open_problem([order], events)
    return "too_late"
