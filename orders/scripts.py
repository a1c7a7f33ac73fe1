"""Scripts of calls: what callers say in each mode, and what they read back before an order counts as agreed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import journal, sayings
from orders.models import CallScript, CallTask, Mode, Outcome, OutcomeWord, Product, ScriptLine
from shopdesk.base import placeholders
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing

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
MOST_LINES: Final = 200
LONGEST_WORD: Final = 60


class NotReadBack(DomainError):
    """The order was to be agreed before everything was read back to the customer."""

    sentence = _("Read back to the customer first: %(what)s.")
    next_step = _("Tick each as you read it, then say the outcome again.")


class TooManyLines(DomainError):
    """Nobody reads more than that, and each card looks through them all."""

    sentence = _("At most 200 steps are said besides.")
    next_step = _("Take away some that nobody needs any more.")


class NoSuchProduct(DomainError):
    """A step was to be said about goods that are not in the catalogue."""

    sentence = _("There is no product %(sku)s.")


@dataclass(frozen=True, slots=True)
class NewLine:
    """A step to be said besides: what it is about (`sku` for a product), and the words."""

    about: str
    text: str
    sku: str = ""


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


def lines() -> list[ScriptLine]:
    """Give the steps that are said besides, those of products last."""
    order_of = {about: place for place, about in enumerate(ScriptLine.About.values)}
    rows = ScriptLine.objects.select_related("product")
    return sorted(rows, key=lambda line: (line.about == ScriptLine.About.PRODUCT, order_of[line.about], line.pk))


@transaction.atomic(durable=True)
def add_line(new: NewLine, *, by: Actor, at: datetime) -> ScriptLine:
    """Say one step more with some products or customers. Raises NoSuchProduct, TooManyLines, UnknownPlaceholder."""
    placeholders.check(new.text, GAPS)
    if new.about not in ScriptLine.About.values:
        raise Malformed([FieldError("/about", "invalid_choice", _("There is nothing like that to speak about."))])
    if ScriptLine.objects.count() >= MOST_LINES:
        raise TooManyLines
    product = Product.objects.filter(sku=new.sku).first() if new.about == ScriptLine.About.PRODUCT else None
    if product is None and new.about == ScriptLine.About.PRODUCT:
        raise NoSuchProduct(detail={"sku": new.sku[:64]})
    line = ScriptLine.objects.create(about=new.about, product=product, text=new.text)
    told: dict[str, journal.Code] = {
        "about": new.about,
        "sku": product.sku if product else "",
        "letters": len(new.text),
    }
    journal.record([journal.Entry("calls.script_line", data=told, subject=("script_line", line.pk))], by=by, at=at)
    return line


@transaction.atomic(durable=True)
def drop_line(line_id: int, *, by: Actor, at: datetime) -> None:
    """Say it no more. Raises Missing for one that is not there."""
    line = ScriptLine.objects.locked(pk=line_id).first()
    if line is None:
        raise Missing
    entry = journal.Entry("calls.script_line_dropped", data={"about": line.about}, subject=("script_line", line_id))
    line.delete()
    journal.record([entry], by=by, at=at)


@transaction.atomic(durable=True)
def name_outcomes(names: Mapping[str, str], *, by: Actor, at: datetime) -> None:
    """Call outcomes as the shop calls them; an empty name is the desk's own word again. Rules go by the code.

    The same again is not noted. Raises Malformed.
    """
    if any(code not in Outcome.values or len(name) > LONGEST_WORD for code, name in names.items()):
        raise Malformed([FieldError("/names", "invalid_choice", _("There is no such outcome."))])
    wanted = {code: name for code, name in names.items() if name}
    if wanted == dict(OutcomeWord.objects.values_list("outcome", "name")):
        return
    OutcomeWord.objects.all().delete()
    OutcomeWord.objects.bulk_create(OutcomeWord(outcome=code, name=name) for code, name in wanted.items())
    told: dict[str, journal.Code] = {"names": wanted}
    journal.record([journal.Entry("calls.outcome_words", data=told, subject=("shop", ""))], by=by, at=at)
    transaction.on_commit(sayings.forget)


def _refuse_wrong(new: NewScript) -> None:
    placeholders.check(new.text, GAPS)
    if new.mode not in Mode.values:
        raise Malformed([FieldError("/mode", "invalid_choice", _("There is no such mode."))])
    if any(code not in READ_BACK for code in new.read_back):
        raise Malformed([FieldError("/read_back", "invalid_choice", _("There is no such thing to read back."))])
    if len(new.text.splitlines()) > MOST_STEPS:
        raise Malformed([FieldError("/text", "max_length", _("A script has at most 20 steps."))])
