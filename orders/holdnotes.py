"""What a hold says beside its reason, in the reader's language: the desk's own sentence, or a person's words."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import carrying
from orders.columns import tell_columns
from orders.holds import About
from orders.models import Hold
from shopdesk.base import wording

LINE_MARK = "line:"  # of what the shop changed


def tell(hold: Hold) -> str:
    """Give what a hold says. An old row says what was written then."""
    if hold.code not in SENTENCES:
        return hold.note
    sentence, fill = SENTENCES[hold.code]
    return str(sentence) % fill(hold.detail)


def _fields(detail: Mapping[str, Any]) -> dict[str, str]:
    """Name what the shop changed; its lines are one word, however many they are."""
    names = [str(name) for name in detail.get("fields", [])]
    told = tell_columns([name for name in names if not name.startswith(LINE_MARK)])
    lines = _("lines") if any(name.startswith(LINE_MARK) for name in names) else ""
    return {"fields": ", ".join(filter(None, (told, lines)))}


def _money(detail: Mapping[str, Any]) -> dict[str, str]:
    return {"sum": wording.money(int(detail.get("minor", 0)), str(detail.get("currency", "")))}


def _own(*names: str) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    return lambda detail: {name: str(detail.get(name, "")) for name in names}


Sentence = tuple[Promise, Callable[[Mapping[str, Any]], dict[str, str]]]
SENTENCES: Final[Mapping[str, Sentence]] = {
    About.CARRIER: (
        gettext_lazy("The courier cannot carry it: %(why)s."),
        lambda detail: {"why": carrying.in_words(detail.get("why", []))},
    ),
    About.TOTALS: (gettext_lazy("The shop's total differs from ours by %(sum)s."), _money),
    About.SHOP_CHANGED: (gettext_lazy("The shop changed what the desk had changed too: %(fields)s."), _fields),
    About.SHOP_STATUS: (gettext_lazy("The shop says that it is at “%(status)s” already."), _own("status")),
    About.REFUND_UNSAID: (
        gettext_lazy("The shop gave money back without saying for what: refund %(refund)s."),
        _own("refund"),
    ),
}
