"""What the call desk says: why this customer now, what to say to them, what each outcome leads to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from orders import lookups, sayings, scripts
from orders.calls import RANKS, Prospect
from orders.models import CallAttempt, CallTask, Customer, Order, Outcome, ScriptLine, Shop
from orders.models.calls import Mode
from orders.status import CancelReason, HoldReason, Status
from orders.web.telling import Moment
from shopdesk.base import placeholders, wording

AGREED = {Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED}
BY_KEY = (
    Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED, Outcome.CALLBACK, Outcome.NO_ANSWER, Outcome.BUSY,
    Outcome.UNREACHABLE, Outcome.THINKING, Outcome.DECLINED,
)  # fmt: skip
SELDOM = (
    Outcome.VOICEMAIL, Outcome.DROPPED, Outcome.WRONG_NUMBER, Outcome.DUPLICATE, Outcome.FAKE, Outcome.DO_NOT_CALL,
)  # fmt: skip
ASKS = {Outcome.CALLBACK: "call-again", Outcome.DECLINED: "call-decline"}
REASONS = (
    CancelReason.PRICE, CancelReason.DELIVERY_PRICE, CancelReason.DELIVERY_TIME, CancelReason.BOUGHT_ELSEWHERE,
    CancelReason.CHANGED_MIND, CancelReason.OUT_OF_STOCK, CancelReason.DUPLICATE, CancelReason.TEST, CancelReason.OTHER,
)  # fmt: skip
# What one call may come to for another order of the same customer; what goes for the whole call spreads by itself.
FOR_ANOTHER = (Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED, Outcome.THINKING, Outcome.DUPLICATE)

MODES: Mapping[str, Any] = {
    Mode.CONFIRM: gettext_lazy("Confirm order %(number)s"),
    Mode.RECONFIRM: gettext_lazy("Agree order %(number)s again"),
    Mode.BEFORE_PICKUP: gettext_lazy("Remind of order %(number)s at the pickup point"),
    Mode.DELIVERY_PROBLEM: gettext_lazy("Delivery problem of order %(number)s"),
    Mode.FOLLOW_UP: gettext_lazy("Ask how it went with order %(number)s"),
    Mode.MISSED_CALL: gettext_lazy("Ring back: they rang us"),
    Mode.LEAD: gettext_lazy("An order that was not finished in the shop"),
}
WHY: Mapping[str, Any] = {
    "callback": gettext_lazy("Promised to ring back"),
    "late": gettext_lazy("Past its time limit"),
    "new": gettext_lazy("Not rung yet"),
    "retry": gettext_lazy("Not reached before"),
    "lead": gettext_lazy("To be rung since"),
    "follow_up": gettext_lazy("To ask how it went"),
}
OTHER_SCRIPTS: Mapping[str, Sequence[Any]] = {
    Mode.BEFORE_PICKUP: (
        gettext_lazy("“Your order waits at the pickup point. When will you fetch it?”"),
        gettext_lazy("Say until when it lies there, and the sum to pay."),
    ),
    Mode.DELIVERY_PROBLEM: (
        gettext_lazy("“The courier could not hand over your order. What happened?”"),
        gettext_lazy("Agree the day, the hours and the address of the next try."),
    ),
    Mode.FOLLOW_UP: (
        gettext_lazy("“Did everything arrive whole, and is it what you wanted?”"),
        gettext_lazy("Note what they say in their own words."),
    ),
    Mode.MISSED_CALL: (
        gettext_lazy("“You rang us. How can we help?”"),
        gettext_lazy("A new order goes through the form of phone orders."),
    ),
    Mode.LEAD: (
        gettext_lazy("“You began an order in our shop. May we help you to finish it?”"),
        gettext_lazy("Read back what is in the basket; ask what kept them: price, delivery, payment."),
    ),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides where an outcome leads. `agrees`: the call is to agree an order; `held`: what keeps it meanwhile."""

    agrees: bool
    prospect: Prospect
    moment: Moment
    held: Sequence[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome as a button: its key, what follows, the dialog that asks for more."""

    key: str
    outcome: str
    label: str
    follows: str
    asks: str = ""


def choices(scene: Scene) -> list[Choice]:
    """Give the outcomes 1 to 8 in their fixed order; 9 opens the rest."""
    return [_choice(str(place), outcome, scene) for place, outcome in enumerate(BY_KEY, start=1)]


def seldom(scene: Scene) -> list[Choice]:
    """Give the outcomes that are seldom, as their own dialog counts them."""
    return [_choice(str(place), outcome, scene) for place, outcome in enumerate(SELDOM, start=1)]


def reasons() -> list[tuple[str, str, str]]:
    """Give why somebody declines: key, code, words."""
    return [(str(place), reason.value, capfirst(str(reason.label))) for place, reason in enumerate(REASONS, start=1)]


def for_another() -> list[tuple[str, list[tuple[str, str]]]]:
    """Give what this call may come to for another order of the customer, in groups."""
    ended = [(outcome.value, capfirst(sayings.outcome(outcome.value))) for outcome in FOR_ANOTHER]
    declined = [(f"{Outcome.DECLINED.value}:{code}", words) for _key, code, words in reasons()]
    return [(_("Agreed or not yet"), ended), (capfirst(sayings.outcome(Outcome.DECLINED.value)), declined)]


def _choice(key: str, outcome: Outcome, scene: Scene) -> Choice:
    label = capfirst(sayings.outcome(outcome.value))
    return Choice(key, outcome.value, label, FOLLOWS[outcome](scene), ASKS.get(outcome, ""))


def tell_agreed(agrees: bool, held: Sequence[str]) -> str:
    """Say where an agreed order goes: to packing, or what it waits for first."""
    if not agrees:
        return _("the call is done")
    return _("waits: %(why)s") % {"why": held[0].lower()} if held else _("to packing")


def _agreed(scene: Scene) -> str:
    return tell_agreed(scene.agrees, scene.held)


def _again(scene: Scene) -> str:
    if scene.prospect.again_at is None:
        return _("cancels it: never reached") if scene.agrees else _("the last try")
    return _("again %(when)s") % {"when": tell_moment(scene, scene.prospect.again_at)}


def _cancels(scene: Scene) -> str:
    return _("cancels it") if scene.agrees else _("the call is done")


def _says(words: Any) -> Callable[[Scene], str]:
    return lambda scene: str(words)


FOLLOWS: Mapping[Outcome, Callable[[Scene], str]] = {
    Outcome.CONFIRMED: _agreed,
    Outcome.CONFIRMED_CHANGED: _agreed,
    Outcome.CALLBACK: _says(gettext_lazy("you name the hour")),
    Outcome.NO_ANSWER: _again,
    Outcome.BUSY: _again,
    Outcome.UNREACHABLE: _again,
    Outcome.VOICEMAIL: _again,
    Outcome.DROPPED: _again,
    Outcome.THINKING: _again,
    Outcome.WRONG_NUMBER: _says(gettext_lazy("another phone, or a hold")),
    Outcome.DECLINED: _says(gettext_lazy("needs a reason")),
    Outcome.DUPLICATE: _cancels,
    Outcome.FAKE: _cancels,
    Outcome.DO_NOT_CALL: _cancels,
}


def tell_moment(scene: Scene, at: Any) -> str:
    """Write an instant on the caller's clock, with its day when that is not today."""
    return wording.day_and_hour(at, now=scene.moment.at, zone=scene.moment.zone)


def tell_mode(task: CallTask) -> str:
    """Say what the call is about."""
    if task.order_id is None:
        return str(MODES[Mode.LEAD if task.mode == Mode.LEAD else Mode.MISSED_CALL])
    return str(MODES[task.mode]) % {"number": task.order_id}


def tell_why(task: CallTask, moment: Moment) -> list[tuple[str, str, str]]:
    """Say why this one is rung now: words, figure, tone. The first is its rank, the others decide inside a rank."""
    score = task.score or {}
    why = score.get("why", task.stage)
    since = task.limit_at if why == "late" else task.due_at
    words = str(WHY.get(why, WHY["new"]))
    told = [(words, moment.hour(since or task.due_at), "bad" if why == "late" else "wait" if why == "callback" else "")]
    if task.due_at <= moment.at:
        told.append((_("Waits for"), wording.lasting(moment.at - task.due_at), ""))
    if task.promised_on:
        told.append((_("Promised day"), moment.day(task.promised_on), ""))
    if task.order:
        told.append((_("Sum"), wording.money(task.total_minor, task.order.currency), ""))
    return told


def tell_rank(task: CallTask) -> str:
    """Give the place of its rank: the first is a callback."""
    rank = (task.score or {}).get("rank")
    return _("rank %(rank)d of %(ranks)d") % {"rank": rank + 1, "ranks": len(RANKS)} if isinstance(rank, int) else ""


def write_script(task: CallTask, rows: Sequence[Any], shop: Shop, moment: Moment) -> list[str]:
    """Write what to say, in order: the shop's own words, else the desk's. What is said word for word is in quotes."""
    order = task.order
    own = scripts.script_of(task.mode)
    besides = fill_script(_besides(order, rows), task, rows, shop, moment) if order else []
    if own is not None and own.text:
        return fill_script(own.text.splitlines(), task, rows, shop, moment) + besides
    if order is None or task.mode not in (Mode.CONFIRM, Mode.RECONFIRM):
        return [str(words) for words in OTHER_SCRIPTS.get(task.mode, OTHER_SCRIPTS[Mode.MISSED_CALL])] + besides
    told = [_greet(task, order, shop), _read_back(order, rows)]
    told += [_offer(row) for row in rows if row.missing]
    return [*told, *besides, _tell_delivery(order, moment), _tell_payment(order)]


def _besides(order: Order, rows: Sequence[Any]) -> list[str]:
    """Give the steps that are said about this customer and these goods."""
    lines = scripts.lines()
    if not lines:
        return []
    skus = {row.typed.sku for row in rows if row.typed.pieces}
    marks = _marks(order)
    return [line.text for line in lines if (line.product.sku in skus if line.product else line.about in marks)]


def _marks(order: Order) -> set[str]:
    """Give what there is to be careful about with the customer of an order."""
    about, past = ScriptLine.About, lookups.past(order.customer_id)
    mark = order.customer.mark if order.customer else ""
    risky = order.holds.filter(closed_at=None, reason=HoldReason.HIGH_RISK).exists()
    found = {about.FIRST: past["all"] == 1, about.REFUSED: past["refused"] > 0, about.RISK: risky}
    found |= {about.VIP: mark == Customer.Mark.VIP, about.BLOCKED: mark == Customer.Mark.BLOCKED}
    return {str(code) for code, is_so in found.items() if is_so}


def fill_script(steps: Sequence[str], task: CallTask, rows: Sequence[Any], shop: Shop, moment: Moment) -> list[str]:
    """Fill the gaps of the shop's own steps."""
    order = task.order
    said = read_back_values(order, rows, moment) if order else {}
    values = dict.fromkeys(scripts.GAPS, "") | {"shop": shop.name, "name": task.customer.name if task.customer else ""}
    if order is not None:
        values |= {
            "name": order.contact_name, "number": str(order.number), "slot": order.slot, "goods": said["goods"],
            "total": said["total"], "address": said["address"], "due": wording.money(order.due_minor, order.currency),
            "day": moment.day(order.promised_on) if order.promised_on else "",
        }  # fmt: skip
    return [placeholders.fill_line(line, values) for line in steps if line.strip()]


def tell_read_back(task: CallTask, rows: Sequence[Any], moment: Moment) -> list[tuple[str, str, str, str]]:
    """Give what is to be read back: code, label, value, and a mark that changes when the value does."""
    if task.order is None:
        return []
    values = read_back_values(task.order, rows, moment)
    wanted = scripts.to_read_back(task.mode, scripts.script_of(task.mode))
    marked = [(code, values[code] or _("ask for it")) for code in wanted]
    return [
        (code, capfirst(str(scripts.READ_BACK[code])), value, f"{code}-{crc32(value.encode()):x}")
        for code, value in marked
    ]


def read_back_values(order: Order, rows: Sequence[Any], moment: Moment) -> dict[str, str]:
    """Give what each thing to read back is for an order, in words."""
    goods = [f"{row.typed.label} × {row.typed.pieces}" for row in rows if row.typed.pieces]
    day = moment.day(order.promised_on) if order.promised_on else ""
    return {
        "goods": ", ".join(goods),
        "total": wording.money(order.total_minor, order.currency),
        "day": ", ".join(part for part in (day, order.slot) if part),
        "address": ", ".join(part for part in (order.address_city, order.address_text) if part),
        "payment": capfirst(str(order.get_payment_method_display())),
        "phone": wording.phone(order.contact_phone) if order.contact_phone else "",
    }


def _greet(task: CallTask, order: Order, shop: Shop) -> str:
    named = {"name": order.contact_name, "shop": shop.name, "number": order.number}
    if task.mode == Mode.RECONFIRM:
        return _("“%(name)s, this is %(shop)s. Something changed about your order %(number)s.”") % named
    return _("“%(name)s, this is %(shop)s about your order %(number)s. Can you talk?”") % named


def _read_back(order: Order, rows: Sequence[Any]) -> str:
    shown = [row for row in rows if row.typed.pieces]
    first = shown[0].typed.label if shown else ""
    named = {"first": first, "n": len(shown) - 1, "total": wording.money(order.total_minor, order.currency)}
    if len(shown) < 2:
        return _("“You ordered %(first)s, %(total)s in all. Is that right?”") % named
    words = ngettext(
        "“You ordered %(first)s and %(n)d more line, %(total)s in all. Is that right?”",
        "“You ordered %(first)s and %(n)d more lines, %(total)s in all. Is that right?”",
        len(shown) - 1,
    )
    return words % named


def _offer(row: Any) -> str:
    named = {"name": row.typed.label, "n": row.missing, "other": row.offers[0].name if row.offers else ""}
    if row.offers:
        return _("“Of %(name)s we lack %(n)d. There is %(other)s: will that do?”") % named
    return _("“Of %(name)s we lack %(n)d. Will you wait, or shall we send the rest?”") % named


def _tell_delivery(order: Order, moment: Moment) -> str:
    place = ", ".join(part for part in (order.address_city, order.address_text) if part)
    if not order.promised_on or not place:
        return _("Ask for the day, the hours, the address and the flat, and read them back.")
    named = {"day": moment.day(order.promised_on), "slot": order.slot, "place": place}
    if not order.slot:
        return _("“It comes on %(day)s to %(place)s.” Ask for the hours.") % named
    return _("“It comes on %(day)s, %(slot)s, to %(place)s. Is that right?”") % named


def _tell_payment(order: Order) -> str:
    if not order.due_minor:
        return _("Nothing is to be paid at the door: say so.")
    return _("Repeat the sum: %(sum)s at the door.") % {"sum": wording.money(order.due_minor, order.currency)}


def tell_attempt(attempt: CallAttempt, moment: Moment) -> tuple[str, str, str]:
    """Say what a call came to, what followed, and the tone of that."""
    said = capfirst(sayings.outcome(attempt.outcome))
    if not attempt.applied:
        return said, _("Noted only: the call was not yours any more."), "bad"
    task = attempt.task
    if task.closed_at is None:
        when = wording.day_and_hour(task.due_at, now=moment.at, zone=moment.zone)
        return said, _("Rings again %(when)s") % {"when": when}, ""
    if attempt.order is None:
        return said, "", ""
    status = Status(attempt.order.status)
    return said, capfirst(str(status.label)), "good" if attempt.outcome in AGREED else ""


def tell_talk(attempt: CallAttempt) -> tuple[str, str]:
    """Say how long was rung and talked, and where the recording is; empty where the telephone told of no such call."""
    talk = getattr(attempt, "talk", None)
    if talk is None:
        return "", ""
    call, taken_at = talk.call, talk.call.answered_at
    if not call.talk_seconds:
        return "", call.recording
    talked = _("talked %(clock)s") % {"clock": wording.clocked(call.talk_seconds)}
    waited = int((taken_at - call.began_at).total_seconds()) if taken_at else 0
    rang = _("rang %(clock)s") % {"clock": wording.clocked(waited)} if waited else ""
    return ", ".join(words for words in (rang, talked) if words), call.recording


def tell_done(words: str | Promise, number: int | None) -> str:
    """Put a sentence about an order together, for a toast."""
    return _("Order %(number)s: %(words)s") % {"number": number, "words": words} if number else str(words)
