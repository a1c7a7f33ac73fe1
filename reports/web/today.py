"""Today in words, for the home page: decisions that wait, figures so far, a fortnight of orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from orders.models import ChannelDay, Shop
from reports import cash, decisions, today
from reports.cash import Held
from reports.decisions import Decision
from reports.today import Today
from reports.web import telling
from reports.web.asking import path_to
from reports.web.meanings import Words
from reports.web.telling import Column
from shopdesk.base import wording
from shopdesk.base.access import Kind, Subject
from shopdesk.base.periods import shop_day

ORDERS = gettext_lazy("Orders a day")
BAD, WAIT, QUIET = "bad", "wait", "quiet"


@dataclass(frozen=True, slots=True)
class Told:
    """A decision in words: its figure, what it is about, a detail, and the one button."""

    tone: str
    figure: str
    text: str
    note: str
    url: str
    button: Words


@dataclass(frozen=True, slots=True)
class Wording:
    """How one kind of decision is put: its tone, sentence, button, and the page that settles it."""

    tone: str
    text: Words  # a phrase behind the figure; it may name `count`
    button: Words
    route: str
    query: str = ""
    is_of_one: bool = False  # the page of the first one, by its number


WORDINGS: Mapping[str, Wording] = {
    "cash_out": Wording(
        BAD, gettext_lazy("Cash on delivery with couriers for more than a week"),
        gettext_lazy("Look at the money"), "reports-cash",
    ),
    "late_calls": Wording(
        BAD, ngettext_lazy(
            "order waits for its call past the time limit",
            "orders wait for their call past the time limit",
            "count",
        ),
        gettext_lazy("Open the calls"), "calls",
    ),
    "flagged": Wording(
        BAD, ngettext_lazy(
            "shipment does not add up: a strange code, or money that differs",
            "shipments do not add up: strange codes, or money that differs",
            "count",
        ),
        gettext_lazy("Open the first"), "orders-card", is_of_one=True,
    ),
    "acts": Wording(
        BAD, ngettext_lazy(
            "act was closed and not accepted within a day",
            "acts were closed and not accepted within a day",
            "count",
        ),
        gettext_lazy("Open the acts"), "acts",
    ),
    "late_holds": Wording(
        WAIT, ngettext_lazy(
            "hold has run out, and its order still waits",
            "holds have run out, and their orders still wait",
            "count",
        ),
        gettext_lazy("Open the held orders"), "orders", "?view=held",
    ),
    "counts": Wording(
        WAIT, ngettext_lazy(
            "count waits for approval",
            "counts wait for approval",
            "count",
        ),
        gettext_lazy("Look at it"), "counts-review", is_of_one=True,
    ),
    "reopenings": Wording(
        WAIT, ngettext_lazy(
            "wish to open closed books waits for a second owner",
            "wishes to open closed books wait for a second owner",
            "count",
        ),
        gettext_lazy("Look at it"), "reports-books",
    ),
    "short": Wording(
        WAIT, ngettext_lazy(
            "product was sold and is not there",
            "products were sold and are not there",
            "count",
        ),
        gettext_lazy("Open the shelf"), "stock", "?view=short",
    ),
    "credits": Wording(
        WAIT, ngettext_lazy(
            "To give back to %(count)d customer",
            "To give back to %(count)d customers",
            "count",
        ),
        gettext_lazy("Open the first"), "orders-card", is_of_one=True,
    ),
    "parked": Wording(
        QUIET, ngettext_lazy(
            "courier's message is about a parcel we do not know",
            "couriers' messages are about parcels we do not know",
            "count",
        ),
        gettext_lazy("Open tracking"), "tracking",
    ),
}  # fmt: skip


def see_today(subject: Subject, *, at: datetime) -> dict[str, Any]:
    """Give what the home page of owner and manager shows; the day's figures are the owner's."""
    shop = Shop.current()
    shown: dict[str, Any] = {"decisions": [_tell(one, shop, at) for one in decisions.read(subject, at=at)]}
    if subject.kind is not Kind.OWNER:
        return shown
    found = today.read(at=at)
    on = shop_day(at, shop.zone, shop.day_cutoff)
    return shown | {
        "tiles": [*_tiles(found, shop.currency, cash.held(subject, at=at)), *_shops_tile(subject, on)],
        "beside": _("▲ ▼ beside: %(day)s, until %(hour)s")
        % {"day": wording.long_day(on - today.A_WEEK), "hour": wording.clock(at, shop.zone)},
        "orders": telling.draw_orders(str(ORDERS), found.fortnight, [], on),
        "fortnight": telling.span_of(telling.whole(found.fortnight), on),
        "yesterday": path_to("day", found.yesterday.from_on, found.yesterday.from_on, "previous"),
        "yesterday_name": telling.title_of(found.yesterday, on),
        "is_yesterday_closed": found.is_yesterday_closed,
    }


def _tell(one: Decision, shop: Shop, at: datetime) -> Told:
    put = WORDINGS[one.code]
    figure = wording.money(one.amount_minor, one.currency) if one.currency else wording.number(one.count)
    notes = [", ".join(one.names)] if one.names else []
    if one.since:
        since = wording.day_and_hour(one.since, now=at, zone=shop.zone)
        notes.append(_("since %(when)s, %(waited)s") % {"when": since, "waited": wording.lasting(at - one.since)})
    return Told(
        put.tone, figure, str(put.text % {"count": one.count}), " · ".join(notes), _path_of(put, one), put.button
    )


def _path_of(put: Wording, one: Decision) -> str:
    """The page that settles it; empty while that page does not exist, or when it has no order to open."""
    if put.is_of_one and not one.target:
        return ""
    try:
        return reverse(put.route, args=[one.target] if put.is_of_one else []) + put.query
    except NoReverseMatch:
        return ""


def _tiles(found: Today, currency: str, held: Sequence[Held]) -> list[dict[str, Any]]:
    """Give today's figures, each beside the same weekday a week ago; the money that is out stands beside them."""
    now = Column(found.day, found.sheet, found.position)
    before = Column(found.day, found.week_ago, found.position)
    noted = [
        ("funnel", "taken", now.words("money", "ordered", currency)),
        ("funnel", "confirmed", now.words("money", "confirmed", currency)),
        ("funnel", "handed_over", now.words("money", "shipped", currency)),
        ("funnel", "delivered", now.words("money", "sold", currency)),
        ("money", "paid", ""),
    ]
    tiles = [telling.tile_of(section, code, note, currency, (now, before)) for section, code, note in noted]
    return [*tiles, _cash_tile(currency, held)]


def _shops_tile(subject: Subject, on: date) -> list[dict[str, Any]]:
    """Say how many of the orders that the shops list for today the desk has; nothing where no shop was compared."""
    days = list(ChannelDay.objects.for_subject(subject).filter(day=on))
    if not days:
        return []
    ours, theirs = sum(row.matched for row in days), sum(row.theirs for row in days)
    missing = theirs - ours
    tile = {
        "label": _("Orders from shops"), "value": f"{wording.number(ours)} / {wording.number(theirs)}",
        "url": reverse("inbox-days"), "delta": wording.number(-missing) if missing else "",
        "tone": BAD if missing else "", "note": _("ours / theirs"),
    }  # fmt: skip
    return [tile]


def _cash_tile(currency: str, held: Sequence[Held]) -> dict[str, Any]:
    own = [one for one in held if one.currency == currency]
    late = sum(one.late_minor for one in own)
    return {
        "label": _("Cash with couriers"),
        "value": wording.money(sum(one.out_minor for one in own), currency),
        "url": reverse("reports-cash"),
        "delta": wording.money(late, currency) if late else "",
        "tone": BAD if late else "",
        "note": _("older than %(days)d days") % {"days": cash.LATE_AFTER_DAYS} if late else "",
    }
