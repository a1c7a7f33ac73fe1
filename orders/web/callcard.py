"""What the call desk shows: the conversation with all that is open for its customer, or what waits between two."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.text import capfirst

from orders import calls, instead, lookups, tariffs, telephony
from orders.inbox import leads
from orders.models import CallTask, Hold, Order, OrderLine, Product, Shop
from orders.models.calls import Mode
from orders.status import BEFORE_PACKED, ENDED
from orders.web.basket import Basket, Typed, basket_of, free_of
from orders.web.callwords import (
    Scene,
    choices,
    for_another,
    reasons,
    seldom,
    tell_agreed,
    tell_attempt,
    tell_mode,
    tell_rank,
    tell_read_back,
    tell_talk,
    tell_why,
    write_script,
)
from orders.web.telling import Moment, tell_hold
from shopdesk.base import masks, wording
from shopdesk.base.access import Subject

WITH_STOCK = ("product__stock_levels", "product__substitutes__instead__stock_levels")
AGREES = ("confirm", "reconfirm")
MOST_OFFERS = 4
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is instead: its product, how many are free, its price in words with how much it is dearer or cheaper.

    `margin` in words, for those who see what goods cost. `is_like`: nobody ranked it, it is of the same group.
    """

    sku: str
    name: str
    free: int
    price: str
    margin: str = ""
    is_like: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line as it was typed, with what there is for it. `missing` pieces are neither reserved nor picked.

    `stays`: the number in its field is the one that was sent, so the field itself is left alone.
    """

    typed: Typed
    there: int | None = None
    missing: int = 0
    offers: Sequence[Offer] = ()
    instead_of: str = ""
    stays: bool = False

    @property
    def others(self) -> int:
        return max(len(self.offers) - 1, 0)


def see_talk(talk: calls.Conversation, task: CallTask, subject: Subject, moment: Moment) -> dict[str, Any]:
    """Read everything about the conversation; `task` is the one that is looked at."""
    prospect = calls.foresee(task, at=moment.at)
    goods = see_goods(task.order, subject) if task.order else {"rows": [], "held": []}
    scene = Scene(task.mode in AGREES and task.order is not None, prospect, moment, goods["held"])
    others = [one for one in talk.tasks if one.pk != task.pk]
    left = leads.of_call(task, subject) if task.mode == Mode.LEAD else []
    return goods | {
        "task": task,
        "talk": talk,
        "order": task.order,
        "customer": task.customer,
        "name": _name_of(task) or next((lead.said.name for lead in left), ""),
        "about": tell_mode(task),
        "prospect": prospect,
        "way": telephony.way_of(task.phone, subject.person),
        "scene": scene,
        "there": _clock_of(prospect, moment),
        "choices": choices(scene),
        "seldom": seldom(scene),
        "reasons": reasons(),
        "for_another": for_another(),
        "offers": [_offer_hour(at, prospect.zone, moment) for at in prospect.offers],
        "why": tell_why(task, moment),
        "rank": tell_rank(task),
        "script": write_script(task, goods["rows"], Shop.current(), moment),
        "read_back": tell_read_back(task, goods["rows"], moment),
        "others": [(one, tell_mode(one)) for one in others],
        "settles": [one for one in others if one.order_id not in (None, task.order_id)],
        "also": _also(talk, subject, task),
        "past": lookups.past(task.customer_id),
        "leads": left,
        "ordered": list(lookups.ordered_since(Order.objects.for_subject(subject), task.phone, task.opened_at))
        if task.mode == Mode.LEAD
        else [],
        "attempts": _tell_attempts(talk, task, subject, moment),
    }


def see_goods(order: Order, subject: Subject, basket: Basket | None = None) -> dict[str, Any]:
    """Read the lines with what there is for each; `basket` has them as they were typed, else as they are."""
    lines = {str(line.pk): line for line in order.lines.order_by("position").prefetch_related(*WITH_STOCK)}
    shown = basket or basket_of(order, lines.values(), Product.objects.for_subject(subject))
    holds = Hold.objects.for_subject(subject).filter(order=order, closed_at=None).order_by("pk")
    told = [tell_hold(hold.reason) for hold in holds]
    offers = _offers(list(lines.values()), order, subject)
    return {
        "order": order,
        "basket": shown,
        "rows": [_row(typed, lines.get(typed.line), offers) for typed in shown.lines],
        "pieces": shown.pieces,
        "holds": told,
        "held": [words for words, _tone in told],
        "quote": tariffs.quote(tariffs.ToPrice(order, tariffs.weigh(list(lines.values()))), at=timezone.now()),
        "may_edit": order.status in BEFORE_PACKED,
    }


def see_kept(task: CallTask, order: Order, subject: Subject, moment: Moment, sent: Mapping[str, str]) -> dict[str, Any]:
    """Read what a kept change changes on the screen; `sent` has the quantities that were sent, by line, and
    the price of the delivery."""
    goods = see_goods(order, subject)
    goods["rows"] = [replace(row, stays=sent.get(row.typed.line) == row.typed.quantity) for row in goods["rows"]]
    goods["delivery_stays"] = sent.get("delivery") == goods["basket"].delivery
    task.order = order
    script = write_script(task, goods["rows"], Shop.current(), moment)
    read_back = tell_read_back(task, goods["rows"], moment)
    agreed = tell_agreed(task.mode in AGREES, goods["held"])
    return goods | {"task": task, "script": script, "read_back": read_back, "agreed": agreed}


def see_pause(subject: Subject, *, at: datetime) -> dict[str, Any]:
    """Read what there is to see between two calls: the queues, who talks, what this person noted lately."""
    moment = Moment.of(at)
    board = calls.see_board(at=at)
    recent = calls.see_recent(subject, at=at)
    return {
        "board": {"queues": [_tell_queue(queue) for queue in board.queues], "talks": board.talks},
        "ahead": calls.look_ahead(at=at, limits=subject.limits),
        "due": sum(queue.due for queue in board.queues),
        "late": sum(queue.late for queue in board.queues),
        "recent": [(attempt, *tell_attempt(attempt, moment)) for attempt in recent],
        "lost": recent[0] if recent and not recent[0].applied else None,
    }


def _row(typed: Typed, line: OrderLine | None, offers: Mapping[int, list[Offer]]) -> Row:
    """One line."""
    if line is None or line.product is None or not line.is_goods:
        return Row(typed, missing=line.wanted if line else 0)
    there = line.reserved + line.picked + max(free_of(line.product), 0)
    return Row(typed, there, line.wanted, offers.get(line.pk, ()), line.instead_of)


def _offers(lines: Sequence[OrderLine], order: Order, subject: Subject) -> dict[int, list[Offer]]:
    """What may be sold instead and lies on the shelf, by line: what people ranked first, then the like of it."""
    found: dict[int, list[Offer]] = {}
    short = [(line, line.product) for line in lines if line.wanted and line.product is not None]
    ranked = {product.pk: [one.instead for one in product.substitutes.all()] for _line, product in short}
    few = [product for _line, product in short if len(ranked[product.pk]) < MOST_OFFERS]
    like = instead.alike(few)
    for line, product in short:
        named = ranked[product.pk]
        others = [(one, False) for one in named] + [(one, True) for one in like.get(product.pk, ()) if one not in named]
        there = [_offer(one, product, order, subject, is_like) for one, is_like in others if _is_there(one)]
        found[line.pk] = there[:MOST_OFFERS]
    return found


def _is_there(product: Product) -> bool:
    return product.active and free_of(product) > 0


def _offer(one: Product, asked: Product, order: Order, subject: Subject, is_like: bool) -> Offer:
    price, more = wording.money(one.price_minor, order.currency), one.price_minor - asked.price_minor
    differs = f" ({'+' if more > 0 else '−'}{wording.money(abs(more), order.currency)})" if more else ""
    cost = masks.show(subject, "product.cost", one.cost_minor)
    margin = wording.money(one.price_minor - cost, order.currency) if cost else ""
    return Offer(one.sku, one.name, free_of(one), price + differs, margin, is_like)


def _tell_queue(depth: calls.Depth) -> dict[str, Any]:
    """A queue by its mode: what may be rung now, what is for later."""
    return {"label": capfirst(str(Mode(depth.mode).label)), "depth": depth, "later": depth.open - depth.due}


def _also(talk: calls.Conversation, subject: Subject, task: CallTask) -> list[Order]:
    """What else of this customer is under way, beside what the call is about."""
    if task.customer_id is None:
        return []
    about = [one.order_id for one in talk.tasks if one.order_id]
    rows = Order.objects.for_subject(subject).filter(customer=task.customer_id)
    return list(rows.exclude(status__in=ENDED).exclude(pk__in=about).order_by("-number")[:SHOWN])


def _tell_attempts(talk: calls.Conversation, task: CallTask, subject: Subject, moment: Moment) -> list[dict[str, Any]]:
    """What was said to this customer before, as the journal shows it."""
    told: list[dict[str, Any]] = []
    before = None
    attempts = calls.see_attempts(talk.phones, task.customer_id, subject)
    prefetch_related_objects(attempts, "event__personal_values")
    for attempt in attempts:
        said, _followed, tone = tell_attempt(attempt, moment)
        on = attempt.at.astimezone(ZoneInfo(moment.zone)).date()
        day = "" if on == before else moment.day(on)
        before = on
        who = attempt.person.name if attempt.person else ""
        notes = [value.new for value in attempt.event.personal_values.all() if value.field == "note" and value.new]
        talked, listen = tell_talk(attempt)
        note = " · ".join([str(attempt.order_id)] * bool(attempt.order_id) + [talked] * bool(talked) + notes)
        entry = {"day": day, "at": attempt.at, "text": said, "who": who, "note": note, "tone": tone}
        told.append(entry | {"listen": listen})
    return told


def _clock_of(prospect: calls.Prospect, moment: Moment) -> dict[str, Any]:
    """The customer's own clock: where it is, what it shows, until when they may be rung."""
    return {
        "city": wording.city_of(prospect.zone),
        "hour": wording.clock(moment.at, prospect.zone),
        "until": wording.clock(prospect.until, prospect.zone) if prospect.until else "",
        "is_ours": _offset(moment.at, prospect.zone) == _offset(moment.at, moment.zone),
    }


def _offer_hour(at: datetime, zone: str, moment: Moment) -> tuple[str, str]:
    """An hour to agree, on the customer's clock: as a form sends it, and in words."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%Y-%m-%dT%H:%M}", wording.day_and_hour(at, now=moment.at, zone=zone)


def _offset(at: datetime, zone: str) -> Any:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def _name_of(task: CallTask) -> str:
    """Whom to ask for."""
    name = task.order.contact_name if task.order else ""
    return name or (task.customer.name if task.customer else "")
