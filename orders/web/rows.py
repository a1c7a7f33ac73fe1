"""A row of the order list, written in one piece: the list is the page that is asked for all day (speed.md, row 8).

Fifty rows of a template with sixteen cells each took four times as long as everything else on the page together.
"""

from collections.abc import Sequence
from html import escape

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from orders import listed
from orders.models import CallTask, Hold, Order
from orders.status import HoldReason, Status
from orders.web.presence import who_looks
from orders.web.telling import URGENT, Moment, tell_next, tell_waiting, tell_way
from shopdesk.base import wording
from shopdesk.base.access import Subject

ROW = (
    '<tr data-row="{number}" hx-get="{url}/peek" hx-trigger="click target:td, click target:span">'
    '<td><input type="checkbox" name="number" value="{number}" data-select aria-label="{select} {number}"></td>'
    '<th scope="row" class="num at-1"><a class="go" href="{url}">{number}</a>'
    '<button class="hush" type="button" tabindex="-1" data-key="i" hx-get="{url}/peek">{look} {number}</button></th>'
    '<td class="at-2"><span class="status" data-status="{status}">{words}</span>{label}</td>'
    '<td class="clip s at-3">{name}</td>'
    '<td class="nowrap">{phone}</td>'
    '<td class="clip wide-only">{city} <span class="soft">{way}</span></td>'
    '<td class="clip s wide-only"><span class="soft">{pieces} ·</span> {goods}</td>'
    '<td class="num at-4">{total}</td>'
    '<td class="num"><span{tone}>{waits}</span></td>'
    '<td class="clip l at-5">{chip}{what} <span class="soft">{who}</span></td></tr>'
)
CHIP = '<span class="chip" data-tone="{}">{}</span> '
LATE = ' class="tone" data-tone="bad"'
SELECT, LOOK = gettext_lazy("Select"), gettext_lazy("Look into")
ALIKE = (
    gettext_lazy("another order"),
    gettext_lazy("another order: address"),
    gettext_lazy("twice? goods"),
    gettext_lazy("twice? goods, address"),
)
MINUTE_S = 60
Said = tuple[Order, list[Hold], list[CallTask], list[str]]  # an order, what holds it, its calls, who has it open
# The rows of this minute, by language and clock, and by everything that a row says: a change makes another row.
_written: dict[tuple[object, ...], dict[object, SafeString]] = {}


def rows_of(orders: Sequence[Order], subject: Subject, moment: Moment) -> list[SafeString]:
    """Write the rows of one page: two queries beside the orders' own, however many they are."""
    shown = [order.pk for order in orders]
    holds: dict[int | None, list[Hold]] = {}
    for hold in listed.open_holds(subject, shown):
        holds.setdefault(hold.order_id, []).append(hold)
    tasks: dict[int | None, list[CallTask]] = {}
    for task in listed.open_calls(subject, shown):
        tasks.setdefault(task.order_id, []).append(task)
    looked = who_looks(shown, subject.person, at=moment.at)
    base = reverse("orders")
    written = _written_in(moment, base)
    return [
        _kept(written, (order, holds.get(number, []), tasks.get(number, []), looked.get(number, [])), moment, base)
        for number, order in zip(shown, orders, strict=True)
    ]


def joined(rows: Sequence[SafeString]) -> SafeString:
    """Put the rows of a page below each other."""
    return SafeString("".join(f"{row}\n" for row in rows))


def _written_in(moment: Moment, base: str) -> dict[object, SafeString]:
    """Give what was written in this minute for this language; what is older is forgotten."""
    minute = int(moment.at.timestamp()) // MINUTE_S
    for old in [of for of in _written if of[0] != minute]:
        _written.pop(old, None)
    return _written.setdefault((minute, get_language(), moment.zone, moment.today, base), {})


def _kept(written: dict[object, SafeString], said: Said, moment: Moment, base: str) -> SafeString:
    """The row that somebody was shown in this minute, if it says the same; else a new one."""
    order, holds, tasks, looked = said
    plain: object = order
    if not isinstance(plain, listed.ListedOrder):  # a model is told apart by its number alone
        return _row(said, moment, base)
    says = (plain._replace(label_names=None), _label(order), tuple(holds), tuple(tasks), tuple(looked))
    row = written.get(says)
    if row is None:
        row = written[says] = _row(said, moment, base)
    return row


def _row(said: Said, moment: Moment, base: str) -> SafeString:
    """One row. What people typed or translated is escaped here by name; the rest are numbers and codes of ours.

    `format_html` asks seventeen times a row whether a value is lazy, safe or text: a third of the time of the rows.
    """
    order, holds, tasks, looked = said
    follows = tell_next(order, holds, tasks, moment)
    waits, tone = tell_waiting(order, follows.late, moment)
    way = tell_way(order, moment)
    row = ROW.format(
        number=order.number,
        url=f"{base}/{order.number}",
        select=escape(moment.say("select", SELECT)),
        look=escape(moment.say("look", LOOK)),
        status=escape(order.status),
        words=escape(_capital(order.status, Status(order.status).label, moment)),
        label=_label(order),
        name=escape(order.contact_name),
        phone=escape(wording.phone(order.contact_phone) if order.contact_phone else order.contact_phone_raw),
        city=escape(order.address_city or order.address_text),
        way=escape(f"· {way}") if way else "",
        pieces=order.pieces or 0,  # type: ignore[attr-defined]  # read by `listed`
        goods=escape(order.goods or ""),  # type: ignore[attr-defined]
        total=escape(wording.money(order.total_minor, order.currency)),
        waits=escape(waits),
        tone=LATE if tone else "",
        chip=_open_to(looked) + (_chip(holds[0].reason, moment) if holds else "") + _alike(order.alike, holds, moment),  # type: ignore[attr-defined]
        what=escape(follows.what),
        who=escape(f"· {follows.who}") if follows.who else "",
    )
    return SafeString(row)


def _alike(common: int | None, holds: list[Hold], moment: Moment) -> str:
    """A quiet mark: the customer has another open order, and what the two have in common. A hold may say it already."""
    if common is None or (holds and holds[0].reason == HoldReason.DUPLICATE):
        return ""
    return CHIP.format("", escape(moment.say(f"alike {common}", ALIKE[common])))


def _open_to(names: list[str]) -> str:
    """Who else has the order open right now."""
    return CHIP.format("wait", escape(_("open: %(names)s") % {"names": ", ".join(names)})) if names else ""


def _chip(reason: str, moment: Moment) -> str:
    """The first thing that holds the order."""
    words = _capital(reason, HoldReason(reason).label, moment)
    return CHIP.format("bad" if reason in URGENT else "wait", escape(words))


def _label(order: Order) -> str:
    """The shop's own name for where the order is in its status."""
    return " " + CHIP.format(order.label.colour, escape(order.label.says)) if order.label else ""


def _capital(code: str, label: object, moment: Moment) -> str:
    """A label with a capital, translated once a page."""
    key = ("capital", code)
    if key not in moment.words:
        moment.words[key] = str(capfirst(str(label)))
    return moment.words[key]
