"""Scripts of calls: what callers say in each mode, and what they read back before an order counts as agreed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import journal
from orders.models import CallScript, CallTask, Mode, Outcome
from shopdesk.base import placeholders
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed

AGREES: Final = (Mode.CONFIRM, Mode.RECONFIRM)
AGREED: Final = (Outcome.CONFIRMED, Outcome.CONFIRMED_CHANGED)
READ_BACK: Final = {
    "goods": pgettext_lazy("read back", "the goods"),
    "total": pgettext_lazy("read back", "the sum"),
    "day": pgettext_lazy("read back", "the day and the hours"),
    "address": pgettext_lazy("read back", "the address"),
    "payment": pgettext_lazy("read back", "how it is paid"),
    "phone": pgettext_lazy("read back", "the phone"),
}
USUALLY: Final = ("total", "day", "address")
GAPS: Final = frozenset({"name", "shop", "number", "goods", "total", "day", "slot", "address", "due"})
MOST_STEPS: Final = 20


class NotReadBack(DomainError):
    """The order was to be agreed before everything was read back to the customer."""

    sentence = _("Read back to the customer first: %(what)s.")
    next_step = _("Tick each as you read it, then say the outcome again.")


@dataclass(frozen=True, slots=True)
class NewScript:
    """A script as it shall be. An empty text takes the desk's own words again."""

    mode: str
    text: str
    read_back: Sequence[str]


def scripts() -> dict[str, CallScript]:
    """Give the shop's own scripts by mode."""
    return {row.mode: row for row in CallScript.objects.all()}


def to_read_back(mode: str, own: CallScript | None) -> list[str]:
    """Give what is read back in a mode before an order is agreed: as the shop set it, else the usual."""
    if mode not in AGREES:
        return []
    wanted = USUALLY if own is None else own.read_back
    return [code for code in READ_BACK if code in wanted]


def script_of(mode: str) -> CallScript | None:
    """Give the shop's own script of a mode."""
    return CallScript.objects.filter(mode=mode).first()


def refuse_unread(task: CallTask, outcome: str, ticked: Collection[str]) -> None:
    """Refuse to agree an order of which not everything was read back. Raises NotReadBack."""
    if task.order_id is None or outcome not in AGREED:
        return
    missing = [code for code in to_read_back(task.mode, script_of(task.mode)) if code not in ticked]
    if missing:
        raise NotReadBack(detail={"what": ", ".join(str(READ_BACK[code]) for code in missing)})


@transaction.atomic(durable=True)
def change_script(new: NewScript, *, by: Actor, at: datetime) -> None:
    """Keep the script of a mode; the next card shows it. Raises UnknownPlaceholder, TextTooLong, Malformed."""
    _refuse_wrong(new)
    kept = {"text": new.text, "read_back": list(new.read_back), "changed_at": at}
    CallScript.objects.update_or_create(mode=new.mode, defaults=kept)
    told: dict[str, journal.Code] = {"mode": new.mode, "read_back": list(new.read_back), "letters": len(new.text)}
    journal.record([journal.Entry("calls.script", data=told, subject=("call_script", new.mode))], by=by, at=at)


def _refuse_wrong(new: NewScript) -> None:
    placeholders.check(new.text, GAPS)
    if new.mode not in Mode.values:
        raise Malformed([FieldError("/mode", "invalid_choice", _("There is no such mode."))])
    if any(code not in READ_BACK for code in new.read_back):
        raise Malformed([FieldError("/read_back", "invalid_choice", _("There is no such thing to read back."))])
    if len(new.text.splitlines()) > MOST_STEPS:
        raise Malformed([FieldError("/text", "max_length", _("A script has at most 20 steps."))])
