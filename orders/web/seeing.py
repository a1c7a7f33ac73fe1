"""What the card of an order shows, read in as many queries for one line as for hundreds."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Max, Prefetch, Sum
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders import calls, holdnotes, lookups, queues
from orders.likeness import VERDICTS
from orders.models import CallTask, Hold, JournalEvent, Message, Order, OrderLine, PieceCode
from orders.status import BEFORE_PACKED, ENDED, MOVES, Status
from orders.web.alone import tell_alone
from orders.web.journal import tell_events
from orders.web.offering import by_status, offered
from orders.web.telling import WHY, Moment, tell_hold, tell_next, tell_waiting, tell_way
from shopdesk.base.access import Actor, Subject
from shopdesk.people.names import names_of

LINES = 300  # an order may have five thousand; nobody reads them on a screen
EVENTS = 12
WAY = [Status.NEW, Status.CONFIRMED, Status.PICKING, Status.PACKED, Status.HANDED_OVER, Status.DELIVERED]
MONEY_AT_THE_DOOR = {Order.PaidBy.COD, Order.PaidBy.CARD_ON_DELIVERY}


def see_card(order: Order, subject: Subject, moment: Moment, *, whole: bool = False) -> dict[str, Any]:
    """Read everything the card shows; `whole` asks for the journal without an end."""
    glance = see_glance(order, subject, moment)
    events = JournalEvent.objects.for_subject(subject).filter(order=order)
    latest = list(events.prefetch_related("personal_values").order_by("-seq")[: None if whole else EVENTS])
    attempts = list(order.attempts.select_related("person", "talk__call").order_by("-at")[:10])
    names = names_of([event.actor for event in latest] + [_opener(hold) for hold in glance["open_holds"]])
    recent = Order.objects.for_subject(subject).filter(customer=order.customer_id).exclude(pk=order.pk)
    return glance | {
        "journal": tell_events(latest, names, moment),
        "events": order.version,
        "whole_journal": whole or len(latest) < EVENTS,
        "attempts": attempts,
        "messages_sent": list(Message.objects.for_subject(subject).filter(order=order).order_by("-pk")[:5]),
        "steps": _steps(order, subject, moment),
        "why": WHY[order.status],
        "phones": _phones(order),
        "person_key": f"c{order.customer_id}" if order.customer_id else f"o{order.pk}",
        "recent": list(recent.order_by("-number")[:5]) if order.customer_id else [],
        "duplicates": _alike(order, subject),
        "labels": by_status(offered(subject).filter(status=order.status)),
        "may": _may(order) | _may_confirm(order, subject),
    }


def address_line(order: Order) -> str:
    """Where to, in one line: by its parts where they are known, else as it was written, with what that leaves out."""
    place = (order.address_postcode, order.address_region, order.address_city)
    if order.address_street:
        parts = [*place, order.address_street, order.address_house, order.address_flat]
    else:
        parts = [*(part for part in place if part not in order.address_text), order.address_text]
    return ", ".join(part for part in parts if part)


def _alike(order: Order, subject: Subject) -> list[dict[str, Any]]:
    """Give the orders that look like this one, with what that may mean in words."""
    return [one | {"means": VERDICTS[one["verdict"]]} for one in queues.duplicates(order, subject)]


def see_glance(order: Order, subject: Subject, moment: Moment) -> dict[str, Any]:
    """Read what one sees of an order at a glance: lines, money, what happens next, who it is for."""
    codes = PieceCode.objects.for_subject(subject).filter(released_at=None).order_by("pk")
    held = Prefetch("piece_codes", codes, to_attr="held_codes")
    lines = list(order.lines.order_by("position").prefetch_related(held)[: LINES + 1])
    counts = _count_lines(order, lines)
    holds = list(
        Hold.objects.for_subject(subject).filter(order=order, closed_at=None).select_related("owner").order_by("pk")
    )
    tasks = list(CallTask.objects.for_subject(subject).filter(order=order, closed_at=None).select_related("taken_by"))
    follows = tell_next(order, holds, tasks, moment)
    waits, tone = tell_waiting(order, follows.late, moment)
    return {
        "order": order,
        "lines": lines[:LINES],
        "more_lines": counts["lines"] - min(counts["lines"], LINES),
        "counts": counts,
        "is_open": order.status in BEFORE_PACKED,
        "open_holds": holds,
        "holds": [_tell_open(hold, moment) for hold in holds],
        "next": follows,
        "alone": tell_alone(order, holds, tasks, moment),
        "waits": waits,
        "tone": tone,
        "way": tell_way(order, moment),
        "past": lookups.past(order.customer_id),
        "due_at_the_door": order.payment_method in MONEY_AT_THE_DOOR,
        "address": address_line(order),
    }


def _tell_open(hold: Hold, moment: Moment) -> dict[str, Any]:
    """An open hold: its name and tone, since when and until when."""
    until = moment.when(hold.until) if hold.until else ""
    return {
        "hold": hold, "words": tell_hold(hold.reason), "since": moment.when(hold.opened_at), "until": until,
        "note": holdnotes.tell(hold),
    }  # fmt: skip


def _count_lines(order: Order, lines: Sequence[OrderLine]) -> dict[str, int]:
    """How many lines and pieces; counted in the database only when they are too many to read."""
    if len(lines) <= LINES:
        return {"lines": len(lines), "pieces": sum(line.quantity - line.cancelled for line in lines)}
    return dict(order.lines.aggregate(lines=Count("pk"), pieces=Sum("quantity")))


def _opener(hold: Hold) -> Actor:
    """Who opened a hold."""
    kind, _colon, number = hold.opened_by.partition(":")
    return Actor(kind, int(number) if number.isdigit() else 0)


def _steps(order: Order, subject: Subject, moment: Moment) -> list[dict[str, Any]]:
    """The order's way: done, here, to come, each with its hour."""
    moves = JournalEvent.objects.for_subject(subject).filter(order=order).exclude(to_status="").order_by()
    reached = dict(moves.values_list("to_status").annotate(Max("at")))
    is_on_its_way = order.status in WAY
    end = WAY.index(Status(order.status)) if is_on_its_way else len(WAY)
    way = WAY if is_on_its_way else [status for status in WAY if status in reached] + [Status(order.status)]
    steps = []
    for place, status in enumerate(way):
        here = status == order.status
        state = "here" if here and status not in ENDED else "done" if here or place < end else ""
        at = reached.get(status) if state else None
        note = moment.when(at) if at else _planned(order, status, moment)
        steps.append(
            {"label": _("Taken in") if not place else capfirst(str(status.label)), "state": state, "note": note}
        )
    return steps


def _planned(order: Order, status: Status, moment: Moment) -> str:
    """When a step to come is planned."""
    if status == Status.PACKED and order.ship_on:
        return moment.day(order.ship_on)
    if status == Status.DELIVERED and order.promised_on:
        return f"{moment.day(order.promised_on)}, {order.slot}" if order.slot else moment.day(order.promised_on)
    return ""


def _phones(order: Order) -> list[str]:
    """The phone to ring first, then the customer's others."""
    known = [row.phone for row in order.customer.phones.all()] if order.customer else []
    # What stands in the place of an erased number does not begin with a plus.
    return list(dict.fromkeys([phone for phone in (order.contact_phone, *known) if phone.startswith("+")]))


def _may_confirm(order: Order, subject: Subject) -> dict[str, bool]:
    """Whether it may be confirmed from the card, and whether that asks how the customer agreed."""
    waits = order.status == Status.NEW
    unspoken = waits and calls.needs_reason(order, subject.actor)
    may = waits and (subject.limits.confirm_unspoken or not unspoken)
    return {"confirm": may, "call": waits, "unspoken": unspoken}


def _may(order: Order) -> dict[str, bool]:
    """What may be done from here, as the table of moves says."""
    follows = MOVES[Status(order.status)]
    return {
        "edit": order.status in BEFORE_PACKED,
        "cancel": Status.CANCELLED in follows,
        "reopen": order.status == Status.CANCELLED,
        "agree_again": order.status == Status.CONFIRMED,
    }
