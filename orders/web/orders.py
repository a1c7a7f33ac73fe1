"""Doors of the order list: find, filter, look into a row, hold or cancel several at once."""

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import changes, listed, lookups, queues
from orders.models import Channel, Courier, Order
from orders.models.orders import OrderRows
from orders.status import CancelReason, HoldReason, Status
from orders.web.filters import ALIKE_WORDS, PLACED_WORDS, VIEWS, Asked, Slice, View, cut, narrow, read_asked, sought
from orders.web.forms import ticked_orders
from orders.web.offering import by_status, name_labels, offered
from orders.web.rows import joined, rows_of
from orders.web.telling import Moment
from shopdesk.base import periods
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, FieldError, Malformed
from shopdesk.base.toasts import say

KEPT_S = 5
BEGINNINGS = {view.name: Asked(view, {}, "", 0, 0).path() for view in VIEWS.values()}


@dataclass(frozen=True, eq=False)
class Reasons:
    """Why orders are held or cancelled; one for the whole process, so that what shows them is told by it."""

    hold: list[tuple[str, Any]]
    cancel: list[tuple[str, Any]]


REASONS: Final = Reasons(HoldReason.choices, CancelReason.choices)


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view above the list, its address, and how many wait in it; of all orders nobody counts them."""

    view: View
    url: str
    count: int | None


@require_safe
@never_cache
def list_orders(request: HttpRequest) -> HttpResponse:
    """Show the orders asked for; to htmx only the list, so that the search field keeps its focus."""
    subject = asker(request)
    asked = read_asked(request.GET)
    moment = Moment.of(timezone.now())
    found = sought(asked)
    mine = narrow(Order.objects.for_subject(subject), asked, subject, moment, None)
    page = cut(narrow(listed.orders(subject), asked, subject, moment, None), mine, asked, found)
    written = rows_of(page.orders, subject, moment)
    shown: dict[str, Any] = {
        "asked": asked,
        "rows": written,
        "table": joined(written),
        "page": page,
        "shop": moment.shop,
        "first_page": asked.path(),
        "without_filters": Asked(asked.view, {}, "", 0, 0).path(),
        **_how_many(mine, asked, page, found),
    }
    if request.headers.get("HX-Target") == "list":
        response = render(request, "orders/list/_fragment.html", shown)
        response["HX-Replace-Url"] = request.path + shown["first_page"]
    else:
        response = render(request, "orders/list/page.html", shown | _head(subject, asked, moment))
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@require_POST
def change_many(request: HttpRequest) -> HttpResponse:
    """Hold or cancel the chosen orders, each on its own: what one refuses does not stop the others."""
    subject = asker(request)
    numbers = ticked_orders(request)
    reason = request.POST.get("reason", "")
    deed = {"hold": HoldReason.values, "cancel": CancelReason.values}
    if reason not in deed.get(request.POST.get("deed", ""), []):
        raise Malformed([FieldError("/reason", "required", _("Choose a reason."))])
    known = Order.objects.for_subject(subject).filter(number__in=numbers).values_list("number", flat=True)
    refused = []
    for number in sorted(known):
        try:
            if request.POST["deed"] == "hold":
                changes.hold(number, HoldReason(reason), by=subject.actor, at=timezone.now())
            else:
                changes.cancel(number, reason, by=subject.actor, at=timezone.now())
        except DomainError as refusal:
            refused.append(str(refusal))
    _tell_done(request, len(known) - len(refused), refused)
    return _back(request)


def _head(subject: Subject, asked: Asked, moment: Moment) -> dict[str, Any]:
    """What stands above the list: saved views with what waits in them, and the choices of the filters."""
    name = f"orders-head:{subject.kind}:{subject.code}"
    read: dict[str, Any] | None = caches["nearby"].get(name)
    if read is None:
        read = _read_head(subject, moment)
        caches["nearby"].set(name, read, KEPT_S)
    return {
        "views": tuple(Tab(view, BEGINNINGS[view.name], read["waiting"].get(view.name)) for view in VIEWS.values()),
        "today": read["waiting"]["today"],
        "filters": [
            _filter(asked, "status", _("Any status"), Status.choices),
            *([_filter(asked, "label", _("Any label"), named)] if (named := name_labels(read["labels"])) else []),
            _filter(asked, "channel", _("Any channel"), read["channels"]),
            _filter(asked, "hold", _("Any hold"), HoldReason.choices),
            _filter(asked, "courier", _("Any courier"), read["couriers"]),
            _filter(asked, "placed", _("Placed any day"), list(PLACED_WORDS.items())),
            _filter(asked, "alike", _("Alike or not"), list(ALIKE_WORDS.items())),
        ],
        "labels": by_status(read["labels"]),
        "reasons": REASONS,
    }


def _read_head(subject: Subject, moment: Moment) -> dict[str, Any]:
    """What waits in each view, and who there is to choose from; several people of one role share it."""
    mine = Order.objects.for_subject(subject)
    lists: dict[str, OrderRows] = {name: view.narrow(mine, moment) for name, view in VIEWS.items() if name != "all"}
    lists["today"] = mine.filter(placed_at__gte=periods.day(moment.today, moment.zone).start)
    channels, couriers = Channel.objects.for_subject(subject), Courier.objects.for_subject(subject)
    return {
        "waiting": lookups.counted(lists),
        "channels": _named(channels),
        "couriers": _named(couriers),
        "labels": list(offered(subject)),
    }


def _named(rows: Any) -> list[tuple[str, str]]:
    """Codes and names of a small table."""
    return list(rows.order_by("name").values_list("code", "name"))


def _filter(asked: Asked, name: str, anything: str, choices: list[Any]) -> dict[str, Any]:
    """A filter: its choices, and which is chosen."""
    chosen = asked.filters.get(name, "")
    return {"name": name, "anything": anything, "choices": choices, "chosen": chosen}


def _how_many(rows: OrderRows, asked: Asked, page: Slice, found: queues.Sought | None) -> dict[str, Any]:
    """How many there are in all: counted to a thousand, then about; `more` where only that is known."""
    if not (page.newer or page.older):
        return {"about": 0, "more": 0}
    if asked.view.name == "all" and not asked.is_narrowed:
        return {"about": _newest(rows, asked, page), "more": 0}
    if found is not None and found.are_many(rows):
        return {"about": 0, "more": queues.COUNTED}
    count = queues.capped(rows if found is None else rows.filter(found.condition))
    return {"about": 0, "more": count} if count == queues.COUNTED else {"about": count, "more": 0}


def _newest(rows: OrderRows, asked: Asked, page: Slice) -> int:
    """The newest number: about how many there are, for numbers are never used again. The first page begins with it."""
    if not (asked.before or asked.after):
        return page.orders[0].number
    return rows.order_by("-number").values_list("number", flat=True).first() or 0


def _tell_done(request: HttpRequest, changed: int, refused: list[str]) -> None:
    """A toast for what was done, one for what was refused."""
    if changed:
        say(request, ngettext("%(done)d order changed.", "%(done)d orders changed.", changed) % {"done": changed})
    for sentence in refused[:5]:
        messages.warning(request, sentence)


def _back(request: HttpRequest) -> HttpResponse:
    """Back to the list as it was."""
    asked = request.POST.get("list", "")
    return done(request, reverse("orders") + (asked if asked.startswith("?") else ""))
