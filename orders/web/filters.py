"""Which orders the list shows: a saved view, filters on top of it, a search, and where the page begins."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import likeness, listed, queues
from orders.models import Hold, Order
from orders.models.orders import OrderRows
from orders.status import BEFORE_PACKED, HoldReason, Status
from orders.web.telling import Moment, Words
from shopdesk.base import periods
from shopdesk.base.access import Subject
from shopdesk.base.bulk import among
from shopdesk.base.strict import QueryReader

ROWS = 50
LARGEST = 9_223_372_036_854_775_807
PLACED = {"today": 0, "week": 6, "month": 29}
PLACED_WORDS: dict[str, Words] = {
    "today": _("Placed today"),
    "week": _("Placed in 7 days"),
    "month": _("Placed in 30 days"),
}
ALIKE = {"goods": likeness.SAME_GOODS, "any": 0}
ALIKE_WORDS: dict[str, Words] = {
    "goods": _("May be there twice"),
    "any": _("Customer has another open order"),
}
NAMES = ("view", "status", "label", "channel", "hold", "courier", "placed", "alike", "q", "before", "after")


@dataclass(frozen=True, eq=False)
class View:
    """A saved view: what it is called, what it narrows to, and what to say when nothing is in it."""

    name: str
    label: Words
    narrow: Callable[[OrderRows, Moment], OrderRows]
    empty: Words
    then: Words


def _to_call(rows: OrderRows, moment: Moment) -> OrderRows:
    """New orders whose call may be made now."""
    return rows.filter(Exists(queues.to_call(moment.at).filter(order=OuterRef("pk"))), status=Status.NEW)


VIEWS = {
    view.name: view
    for view in (
        View(
            "all", pgettext_lazy("orders", "All"), lambda rows, moment: rows, _("No orders yet"),
            _("They come in by themselves from the channels; an order by phone is taken with the button above."),
        ),
        View(
            "call", _("To call"), _to_call, _("Nobody waits for a call"),
            _("New orders stand here once their customers may be rung."),
        ),
        View(
            "held", _("On hold"), lambda rows, moment: rows.filter(status__in=BEFORE_PACKED).with_open_holds(),
            _("Nothing is held"),
            _("An order stands here while something keeps it away from packing: a bad address, missing goods."),
        ),
        View(
            "pack", _("Ready to pack"), lambda rows, moment: queues.to_pack(rows, moment.today), _("Nothing to pack"),
            _("Confirmed orders stand here on the day they must be packed."),
        ),
        View(
            "hand", _("To hand over"), lambda rows, moment: rows.filter(status=Status.PACKED),
            _("Nothing waits for a courier"), _("Sealed orders stand here until a courier takes them on an act."),
        ),
        View(
            "road", _("With the courier"), lambda rows, moment: rows.filter(status=Status.HANDED_OVER),
            _("No courier has anything"), _("Orders stand here from the act until the customer has them."),
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asked the list for. `before` and `after` are the numbers at which a page begins."""

    view: View
    filters: Mapping[str, str]
    text: str
    before: int
    after: int

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filters or self.text)

    @property
    def chosen(self) -> str:
        """The filters in one word, by which what they look like is kept."""
        return urlencode(self.filters)

    def path(self, **changes: str | int) -> str:
        """Give the query of this list with changes; a change to nothing drops it. Pages begin anew."""
        params: dict[str, str | int] = {"view": self.view.name, **self.filters, "q": self.text, **changes}
        params = {name: value for name, value in params.items() if value and (name, value) != ("view", "all")}
        return f"?{urlencode(params)}" if params else "?"


def read_asked(query: QueryDict) -> Asked:
    """Read the list's query. Raises Malformed."""
    filled = QueryDict(mutable=True)
    filled.setlistdefault("view", ["all"])
    for name, values in query.lists():  # an empty choice of a form is no choice
        if values != [""]:
            filled.setlist(name, values)
    reader = QueryReader(filled, NAMES)
    filters = {
        "status": reader.choice("status", Status.values),
        "label": reader.text("label"),
        "channel": reader.text("channel"),
        "hold": reader.choice("hold", HoldReason.values),
        "courier": reader.text("courier"),
        "placed": reader.choice("placed", list(PLACED)),
        "alike": reader.choice("alike", list(ALIKE)),
    }
    view = reader.choice("view", list(VIEWS), "all")
    asked = Asked(
        VIEWS[view], {name: value for name, value in filters.items() if value}, reader.text("q").strip(),
        reader.whole("before", 0, max_value=LARGEST), reader.whole("after", 0, max_value=LARGEST),
    )  # fmt: skip
    reader.finish()
    return asked


def sought(asked: Asked) -> queues.Sought | None:
    """Look up what was typed, once for everything that a page narrows; None when nothing was."""
    return queues.sought(asked.text) if asked.text else None


def narrow(
    rows: OrderRows, asked: Asked, subject: Subject, moment: Moment, found: queues.Sought | None
) -> OrderRows:  # fmt: skip
    """Narrow orders to what was asked for, all pages together. `found` is what `sought` gave."""
    rows = asked.view.narrow(rows, moment)
    wanted = asked.filters
    for name in ("status", "channel", "courier"):
        rows = rows.filter(**{name: wanted[name]}) if name in wanted else rows
    if label := wanted.get("label"):
        rows = rows.filter(label__code=label)
    if reason := wanted.get("hold"):
        holds = Hold.objects.for_subject(subject).filter(order=OuterRef("pk"), reason=reason, closed_at=None)
        rows = rows.filter(Exists(holds))
    if placed := wanted.get("placed"):
        first = moment.today - timedelta(days=PLACED[placed])
        rows = rows.filter(placed_at__gte=periods.day(first, moment.zone).start)
    if alike := wanted.get("alike"):
        # By status first: the index of open orders is what is walked, and each looks into its customer's.
        rows = rows.filter(likeness.at_least(ALIKE[alike]), status__in=likeness.OPEN)
    return rows if found is None else rows.filter(found.condition)


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of the list, the newest first, and where its neighbours begin (nothing: there is none)."""

    orders: list[Order]
    newer: str
    older: str


def cut(rows: OrderRows, numbered: OrderRows, asked: Asked, found: queues.Sought | None) -> Slice:
    """Cut one page of what is found out by keyset: however deep it lies, it costs the same.

    `numbered`: the same rows as plain orders. What very many keys begin with is met by a walk from the newest on, which
    reads numbers alone, from an index.
    """
    bound = {"number__gt": asked.after} if asked.after else {"number__lt": asked.before} if asked.before else {}
    order = "number" if asked.after else "-number"
    if found is not None and found.people is not None:
        met = numbered.filter(found.condition, **bound).order_by(order).values_list("number", flat=True)
        rows = rows.filter(among("orders.number", list(met[: ROWS + 1])))
    elif found is not None:
        rows = rows.filter(found.condition)
    read = listed.read(rows.filter(**bound).order_by(order)[: ROWS + 1])
    more, orders = len(read) > ROWS, read[:ROWS]
    if asked.after:
        orders = orders[::-1]
        older = asked.path(before=orders[-1].number) if orders else asked.path()
        return Slice(orders, asked.path(after=orders[0].number) if more else "", older)
    newer = asked.path(after=orders[0].number if orders else asked.before - 1) if asked.before else ""
    return Slice(orders, newer, asked.path(before=orders[-1].number) if more else "")
