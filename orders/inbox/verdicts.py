"""What became of a message, in words: a stable code, and the sentence the pages show for it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from shopdesk.base import retold

SENTENCES = {
    "older": _("A newer word of the shop about this order was applied before."),
    "same": _("It says what the desk knows already."),
    "echo": _("It repeats what the desk told the shop."),
    "lead": _("Not an order yet: it is kept and not counted."),
    "ping": _("The shop asked whether the desk is there."),
    "test": _("A test message: the shop and the desk understand each other."),
    "finished_draft": _("A finished draft: its order is %(id)s and comes by itself."),
    "topic": _("The desk has no use for messages about “%(topic)s”."),
    "not_json": _("This is neither JSON nor anything else the desk reads."),
    "too_many": _("It lists more at once than the desk takes: 5,000 lines of an order at most."),
    "no_id": _("It does not say which order it is about."),
    "emptied": _("Its text was erased, so it cannot be applied any more."),
    "stumbled": _("The desk stumbled over it %(times)s times; its makers should see it."),
    "refused": "%(sentence)s",  # what the desk said against it
    "split": _("A batch: each of its %(n)s parts became a message of its own."),
    "taken": _("A new order was taken in."),
    "changed": _("The order was changed as the shop wants it."),
    "differs": _("The shop changed what the desk had changed too; a person decides."),
    "stopped": _("The shop cancelled it."),
    "back": _("The shop took its cancellation back."),
    "refunded": _("Money went back to the customer."),
    "unrefunded": _("The shop deleted a refund; what it took off is there again."),
    "paid": _("Money came in."),
    "payment": _("A payment was noted, and booked as far as it is paid."),
    "payment_gone": _("A payment was taken back, and what was booked of it."),
    "customer": _("The shop's customer was noted."),
    "pack": _("A pack was noted."),
    "pack_gone": _("A pack was taken away; its goods stay with the order."),
    "too_late": _("The shop cancelled it, but the parcel is on its way; somebody rings."),
}


def tell(reason: str, detail: Mapping[str, Any]) -> str:
    """Put what became of a message into a sentence, in the reader's language. An old refusal says what was written."""
    sentence = str(SENTENCES.get(reason, ""))
    if "%(" not in sentence:
        return sentence
    if kept := detail.get("told"):
        return sentence % {"sentence": "; ".join(filter(None, (_part(one) for one in kept)))}
    return sentence % detail


def _part(kept: Mapping[str, Any]) -> str:
    """Tell one thing that was wrong: of a field where it names one."""
    named = str(kept.get("field", ""))
    return f"{named}: {retold.tell(kept)}" if named else retold.tell(kept)
