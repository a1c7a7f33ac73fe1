"""Delivery's codes in the desk's words: where a parcel is, why it came back, what somebody has to look at."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from delivery.models import Handoff, HandoffLine, Return
from orders.models import Refusal

Words = str | Promise

STATES: dict[str, tuple[Words, str]] = {
    "unknown": (_("Code not known"), "wait"),
    "ignored": (_("Says nothing of the parcel"), ""),
    "registered": (_("Not with the courier yet"), ""),
    "accepted": (_("The courier has it"), ""),
    "in_transit": (_("On the road"), ""),
    "ready_for_pickup": (_("Waits at the pickup point"), ""),
    "out_for_delivery": (_("Out for delivery"), ""),
    "delivery_failed": (_("Tried in vain"), "wait"),
    "exception": (_("Something happened"), "wait"),
    "cancelled": (_("Stopped by the courier"), "bad"),
    "returning": (_("On its way back"), "wait"),
    "lost": (_("Lost"), "bad"),
    "returned": (_("Given back"), ""),
    "delivered": (_("Delivered"), "good"),
}
FLAGS: dict[str, Words] = {
    "unknown_code": _("A code nobody knows"),
    "contradiction": _("The courier says otherwise"),
    "parcels_disagree": _("Its parcels disagree"),
    "overpaid": _("More money than was due"),
    "oversent": _("More money sent home than was taken"),
}
FAILED = [
    ("not_at_home", _("nobody at home")),
    ("no_answer", _("does not answer the phone")),
    ("another_day", _("asked for another day")),
    ("bad_address", _("the address is wrong")),
    ("no_money", _("has no money today")),
    ("no_attempt", _("I did not get there")),
]
REFUSED = list(Refusal.choices)
# What a courier may say of a parcel by phone, and a person writes down for it.
NEWS = ["out_for_delivery", "ready_for_pickup", "delivery_failed", "delivered", "returning", "lost"]
REASONS: dict[str, Words] = dict([*FAILED, *REFUSED])
ACT_TONES = {
    Handoff.State.OPEN: "wait",
    Handoff.State.LOADING: "wait",
    Handoff.State.CLOSED: "wait",
    Handoff.State.ACCEPTED: "good",
    Handoff.State.DIFFERENT: "bad",
    Handoff.State.VOID: "",
}
LINE_TONES = {
    HandoffLine.State.ON: "wait",
    HandoffLine.State.ACCEPTED: "",
    HandoffLine.State.MISSING: "bad",
    HandoffLine.State.REJECTED: "bad",
    HandoffLine.State.BACK: "",
}
RETURN_TONES = {
    Return.State.ANNOUNCED: "",
    Return.State.ON_THE_WAY: "",
    Return.State.RECEIVED: "wait",
    Return.State.INSPECTED: "good",
}


def tell_state(state: str) -> tuple[Words, str]:
    """Give a shipment's state in words, and its tone."""
    return STATES.get(state, (state, ""))


def tell_reason(reason: str) -> Words:
    """Give a reason in words; what a courier service wrote itself stays as it is."""
    return REASONS.get(reason, reason)


def tell_flag(flag: str) -> Words:
    """Say what somebody has to look at."""
    return FLAGS.get(flag, flag)
