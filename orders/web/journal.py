"""The order's journal in the desk's words: what happened, who did it, when. Codes become sentences here alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import sayings
from orders.columns import tell_columns
from orders.models import JournalEvent
from orders.status import CancelReason, HoldReason, Status
from orders.web.telling import Moment, Words, tell_actor
from shopdesk.base import wording
from shopdesk.base.access import Actor

MOVED: dict[str, tuple[Words, str]] = {
    Status.NEW: (gettext_lazy("Back to the callers"), "bad"),
    Status.CONFIRMED: (Status.CONFIRMED.label, "good"),
    Status.PICKING: (gettext_lazy("Picking began"), ""),
    Status.PACKED: (gettext_lazy("Sealed"), ""),
    Status.HANDED_OVER: (Status.HANDED_OVER.label, ""),
    Status.DELIVERED: (Status.DELIVERED.label, "good"),
    Status.RETURNING: (gettext_lazy("On its way back"), "bad"),
    Status.RETURNED: (gettext_lazy("Back and inspected"), ""),
    Status.LOST: (Status.LOST.label, "bad"),
    Status.CANCELLED: (Status.CANCELLED.label, "bad"),
}
HAPPENED: dict[str, tuple[Words, str]] = {
    "order.taken": (gettext_lazy("Taken in"), ""),
    "order.edited": (gettext_lazy("Changed"), ""),
    "order.held": (gettext_lazy("Held"), ""),
    "order.hold_released": (gettext_lazy("Hold lifted"), ""),
    "order.labelled": (gettext_lazy("Label"), ""),
    "order.allocated": (gettext_lazy("Goods came for it"), "good"),
    "order.picked": (gettext_lazy("Pieces picked"), ""),
    "order.lifted_off": (gettext_lazy("Taken off the cart to be packed"), ""),
    "order.code_kept": (gettext_lazy("The code of a piece was kept"), ""),
    "order.checked": (gettext_lazy("A second person checked it"), "good"),
    "order.weight_confirmed": (gettext_lazy("It weighs otherwise than expected, and was answered for"), "wait"),
    "order.unchecked": (gettext_lazy("The check was taken back"), ""),
    "order.handed_on": (gettext_lazy("Picked on a cart and handed to packing"), ""),
    "order.left_on_table": (gettext_lazy("Its packer had left it on the table: it waits to be packed again"), "bad"),
    "order.taken_back": (gettext_lazy("Its picker had left the cart: it waits to be packed again"), "bad"),
    "order.put_back": (gettext_lazy("Pieces put back"), ""),
    "order.short": (gettext_lazy("Pieces were not on the shelf"), "bad"),
    "order.promise_lost": (gettext_lazy("Its reserved pieces went elsewhere"), "bad"),
    "order.paid": (gettext_lazy("Money received"), "good"),
    "order.printed": (gettext_lazy("Printed"), ""),
    "order.agreed_otherwise": (gettext_lazy("The customer agreed otherwise"), ""),
    "call.taken_over": (gettext_lazy("The talk was taken over"), ""),
    "call.reassigned": (gettext_lazy("A call was given to somebody else"), ""),
    "call.promise_missed": (gettext_lazy("Nobody rang at the promised hour"), "bad"),
    "call.attempted": (gettext_lazy("Call"), ""),
    "call.lead": (gettext_lazy("Somebody did not finish an order in the shop: they are to be rung"), ""),
    "call.lead_ordered": (gettext_lazy("They ordered by themselves: no call is needed"), ""),
    "call.missed": (gettext_lazy("The customer rang and nobody answered"), "bad"),
    "call.late": (gettext_lazy("A call is late"), "bad"),
    "call.late_still": (gettext_lazy("A call is late, and the owner was told"), "bad"),
    "hold.late": (gettext_lazy("A hold is past its time"), "bad"),
    "call.skipped": (gettext_lazy("Call put off"), ""),
    "call.asked_for": (gettext_lazy("The customer chose another hour for our call"), ""),
    "message.sent": (gettext_lazy("A message to the customer"), ""),
    "message.again": (gettext_lazy("A message is sent again"), ""),
    "call.due": (gettext_lazy("Somebody was reminded to call"), ""),
    "parcel.accepted": (gettext_lazy("The courier accepted the parcel"), ""),
    "cash.remitted": (gettext_lazy("Its money came home from the courier"), "good"),
    "fine.imposed": (gettext_lazy("A courier was fined for it"), "bad"),
    "parcel.event": (gettext_lazy("News from the courier"), ""),
    "parcel.event_understood": (gettext_lazy("News from the courier, understood later"), ""),
    "parcel.waybill_wished": (gettext_lazy("A waybill was asked for"), ""),
    "parcel.waybill": (gettext_lazy("The waybill has its number"), ""),
    "parcel.waybill_refused": (gettext_lazy("The courier refused the waybill"), "bad"),
    "parcel.waybill_taken_back": (gettext_lazy("The waybill is taken back"), ""),
    "parcel.waybill_void": (gettext_lazy("The courier took the waybill back"), ""),
    "parcel.failure_decided": (gettext_lazy("Decided after a try in vain"), ""),
    "parcel.came_back": (gettext_lazy("The parcel came back"), ""),
    "parcel.brought_back": (gettext_lazy("The courier brought it back for another day"), ""),
    "parcel.given_out": (gettext_lazy("Given out at the counter"), "good"),
    "phone.revealed": (gettext_lazy("The courier looked at the phone"), ""),
    "order.merged": (gettext_lazy("Another order was merged into it"), ""),
    "order.partial_decided": (gettext_lazy("Decided what becomes of the missing pieces"), ""),
    "order.exchanged": (gettext_lazy("What comes back pays for what goes out"), ""),
    "return.printed": (gettext_lazy("The act of return is printed"), ""),
    "order.split": (gettext_lazy("A part of it was cut off into an order of its own"), ""),
    "order.linked": (gettext_lazy("Linked with another order"), ""),
    "order.unlinked": (gettext_lazy("A link with another order was taken away"), ""),
    "order.reservation_ended": (gettext_lazy("Its reservation ran out"), "bad"),
    "order.rerouted": (gettext_lazy("Goods come from another place"), ""),
    "order.shop_differs": (gettext_lazy("The shop changed what the desk changed too"), "bad"),
    "order.shop_settled": (gettext_lazy("Decided between the shop's words and ours"), ""),
    "order.stop_asked": (gettext_lazy("The shop asks to stop it"), "bad"),
    "order.paid_elsewhere": (gettext_lazy("Its money went along to the order it was merged into"), ""),
    "customer.joined": (gettext_lazy("Its customer's card was joined with another"), ""),
    "customer.split_off": (gettext_lazy("Its customer's card was taken apart again"), ""),
    "person.erased": (gettext_lazy("Personal data erased"), ""),
    "return.announced": (gettext_lazy("A return is announced"), ""),
    "return.received": (gettext_lazy("The return is here"), ""),
    "return.inspected": (gettext_lazy("The return was inspected"), ""),
    "credit.opened": (gettext_lazy("Money is owed back"), "bad"),
    "credit.taken": (gettext_lazy("Somebody took it on to give the money back"), ""),
    "return.photo_kept": (gettext_lazy("A photo of the return was kept"), ""),
    "pack.made": (gettext_lazy("A program packed a line"), ""),
    "pack.changed": (gettext_lazy("A program changed a packed line"), ""),
    "pack.removed": (gettext_lazy("A program unpacked a line"), ""),
    "credit.paid": (gettext_lazy("Money was given back"), ""),
    "credit.taken_back": (gettext_lazy("The shop deleted a refund: the money was not given back"), ""),
    "credit.written_off": (gettext_lazy("What was owed back is written off"), ""),
}
OTHER_ORDER = {"order.merged": "from", "order.split": "cut_off", "order.linked": "with", "order.paid_elsewhere": "to"}
REASONS: dict[str, Words] = {str(choice): choice.label for kind in (HoldReason, CancelReason) for choice in kind}
REASONS |= {
    "agreed_by_channel": gettext_lazy("agreed by the channel"),
    "short": gettext_lazy("pieces were missing"),
    "by_link": gettext_lazy("by the link in our message"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of the journal; `day` stands only where a new day begins."""

    at: datetime
    day: str
    text: str
    tone: str
    who: str
    note: str


def tell_events(events: Sequence[JournalEvent], names: Mapping[Actor, str], moment: Moment) -> list[Told]:
    """Tell events, the newest first, with a headline where the day changes."""
    told, last = [], None
    for event in events:
        on = event.at.astimezone(ZoneInfo(moment.zone)).date()
        text, tone = _words(event)
        who = tell_actor(event.actor, names)
        told.append(Told(event.at, _headline(on, moment) if on != last else "", text, tone, who, _note(event)))
        last = on
    return told


def _headline(on: date, moment: Moment) -> str:
    """Today, else the weekday and the date."""
    return _("Today") if on == moment.today else wording.long_day(on)


def _words(event: JournalEvent) -> tuple[str, str]:
    """What happened, and its tone."""
    if event.kind == "call.attempted":
        outcome = str(event.data.get("outcome", ""))
        return _("Call: %(outcome)s") % {"outcome": sayings.outcome(outcome)}, "good" if outcome.startswith(
            "confirmed"
        ) else ""
    if event.kind in HAPPENED:
        words, tone = HAPPENED[event.kind]
        return str(words), tone
    if event.to_status in MOVED:
        words, tone = MOVED[event.to_status]
        return str(capfirst(str(words))), tone
    return event.kind, ""


def _note(event: JournalEvent) -> str:
    """What else is known of it: a reason, what was changed, how many pieces."""
    data: dict[str, Any] = event.data
    parts = []
    if reason := data.get("reason"):
        parts.append(str(REASONS.get(str(reason), reason)))
    if event.kind == "order.edited":
        names = [*data.get("changed", {}), *(value.field for value in event.personal_values.all())]
        parts += [_line(line) for line in data.get("lines", [])[:5]]
        parts.append(tell_columns(names))
    if event.kind == "order.agreed_otherwise":
        parts += [value.new for value in event.personal_values.all()]
    if event.kind == "order.labelled":
        parts.append(f"{data.get('from') or '–'} → {data.get('to') or '–'}")
    if other := data.get(OTHER_ORDER.get(event.kind, "")):
        parts.append(_("order %(number)s") % {"number": other})
    if pieces := data.get("pieces"):
        parts.append(_("pieces: %(pieces)s") % {"pieces": pieces})
    parts.append(str(data.get("slot", "")))
    return capfirst(" · ".join(part for part in parts if part))


def _line(line: Mapping[str, Any]) -> str:
    """A changed line: A-1: 2 → 3."""
    return f"{line.get('sku')}: {line.get('from')} → {line.get('to')}"
