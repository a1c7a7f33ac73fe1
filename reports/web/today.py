"""Today in words, for the home page: decisions that wait, figures so far, a fortnight of orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from orders.models import ChannelDay, LowStock, Shop
from reports import cash, charts, decisions, today
from reports.cash import Held
from reports.charts import Picture, Point
from reports.decisions import Decision
from reports.planning import Course
from reports.plans import Progress
from reports.today import Today
from reports.web import plans as plan_pages
from reports.web import telling
from reports.web.asking import path_to
from reports.web.meanings import Words
from reports.web.plans import path_to_plan, written
from reports.web.telling import Column
from shopdesk.base import wording
from shopdesk.base.access import Kind, Subject
from shopdesk.base.periods import shop_day

ORDERS = gettext_lazy("Orders a day")
BAD, WAIT, QUIET = "bad", "wait", "quiet"
MOST_SHOPS, MOST_COURIERS = 6, 6  # tiles and bars that one screen takes; all of them stand on their own pages


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
    "letters": Wording(
        WAIT, ngettext_lazy(
            "report did not go out by mail as it should",
            "reports did not go out by mail as they should",
            "count",
        ),
        gettext_lazy("Look at it"), "reports-subscriptions",
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
    found, held = today.read(at=at), cash.held(subject, at=at)
    on = shop_day(at, shop.zone, shop.day_cutoff)
    return shown | {
        "tiles": [*plan_tiles(found.plan, shop.currency), *_tiles(found, shop.currency, held), *_stock_tile(subject)],
        "plan_url": path_to_plan(on),
        "is_planned": found.plan.plan is not None,
        "shops": _shops_tiles(subject, on, at, shop.zone),
        "pace": _pace(found.plan, shop.currency),
        "money_out": _money_out(held, shop.currency),
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


def plan_tiles(found: Progress, currency: str) -> list[dict[str, Any]]:
    """Give today so far against what today has to bring: its own part, and what the days before it missed."""
    if found.plan is None or found.orders is None or found.so_far is None:
        return []
    courses: list[tuple[str, Course, int]] = []
    if found.plan.orders:
        courses.append(("", found.orders, found.so_far.orders))
    if currency in found.revenue:
        courses.append((currency, found.revenue[currency], found.so_far.revenue.get(currency, 0)))
    return [_plan_tile(found, *course) for course in courses]


def _plan_tile(found: Progress, currency: str, course: Course, so_far: int) -> dict[str, Any]:
    wanted = course.rolled[0] if course.rolled else 0
    share = wording.percent(Decimal(so_far) / wanted, places=0) if wanted else ""
    return {
        "label": _("Orders agreed, of today's plan") if not currency else _("Net sales, of today's plan"),
        "value": written(so_far, currency),
        "url": path_to_plan(found.today),
        "delta": share,
        "tone": "good" if so_far >= wanted else "",
        "note": _("of %(today)s · the month: %(done)s of %(plan)s")
        % {
            "today": written(wanted, currency),
            "done": written(course.reached + so_far, currency),
            "plan": written(course.total, currency),
        },
    }


def _shops_tiles(subject: Subject, on: date, at: datetime, zone: str) -> list[dict[str, Any]]:
    """Say for each shop how many of the orders that it lists for today the desk has, and when that was compared."""
    days = ChannelDay.objects.for_subject(subject).filter(day=on).select_related("channel").order_by("channel__name")
    return [
        {
            "label": row.channel.name, "value": f"{wording.number(row.matched)} / {wording.number(row.theirs)}",
            "url": reverse("inbox-days"),
            "delta": wording.number(row.matched - row.theirs) if row.matched < row.theirs else "",
            "tone": BAD if row.matched < row.theirs else "",
            "note": _("compared at %(hour)s") % {"hour": wording.day_and_hour(row.checked_at, now=at, zone=zone)},
        }
        for row in days[:MOST_SHOPS]
    ]  # fmt: skip


def _stock_tile(subject: Subject) -> list[dict[str, Any]]:
    """Say how many products fell below their minimum, and which was the last."""
    low = LowStock.objects.for_subject(subject).filter(ended_at=None)
    newest = low.select_related("product").order_by("-since", "-pk").first()
    return [
        {
            "label": _("Products below their minimum"), "value": wording.number(low.count()) if newest else "0",
            "url": reverse("stock") + "?view=low", "delta": "", "tone": "",
            "note": _("the last: %(product)s") % {"product": newest.product.name} if newest else "",
        }
    ]  # fmt: skip


def _pace(found: Progress, currency: str) -> dict[str, Any] | None:
    """Draw whether the month is reached: orders, else the shop's revenue."""
    if found.plan is None or found.orders is None:
        return None
    use = "" if found.plan.orders else currency
    course = found.orders if found.plan.orders else found.revenue.get(currency)
    if course is None:
        return None
    return {"picture": plan_pages.draw(found, course, use), "title": telling.title_of(found.month, found.today)}


def _money_out(held: Sequence[Held], currency: str) -> Picture | None:
    """Draw what each courier holds of the shop's own currency."""
    own = [one for one in held if one.currency == currency]
    if not own:
        return None
    points = [Point(one.out_minor, one.courier, wording.money(one.out_minor, currency)) for one in own[:MOST_COURIERS]]
    sentence = _("%(sum)s is still with couriers.") % {
        "sum": wording.money(sum(one.out_minor for one in own), currency)
    }  # fmt: skip
    return charts.bars(_("Cash with couriers"), sentence, points)


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
