"""How moves of the ledger look on pages: which way, what was left, why, for what, by whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders import shelf
from orders.models import Place, Receipt, StockMove
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.wording import MINUS
from shopdesk.people.names import names_of

Kind = Place.Kind
WHY = {
    "receipt": gettext_lazy("received"),
    "picked": gettext_lazy("picked"),
    "put_back": gettext_lazy("put back"),
    "carry": gettext_lazy("carried to another bin"),
    "count": gettext_lazy("count"),
    "reversal": gettext_lazy("taken back"),
    "bring_back": gettext_lazy("fit for sale after all"),
    "handed_over": gettext_lazy("handed over"),
    "given_out": gettext_lazy("given out at the counter"),
    "brought_back": gettext_lazy("brought back by the courier"),
    "delivered": gettext_lazy("delivered"),
    "not_delivered": gettext_lazy("not delivered after all"),
    "lost": gettext_lazy("lost"),
    "not_lost": gettext_lazy("found again"),
    "came_back": gettext_lazy("came back"),
    "restocked": gettext_lazy("inspected, back for sale"),
    "missing": gettext_lazy("missing from the return"),
    "scrap": gettext_lazy("written off"),
    "scrapped": gettext_lazy("inspected, written off"),
    "quarantine": gettext_lazy("set aside"),
    "quarantined": gettext_lazy("inspected, set aside"),
    "sent": gettext_lazy("sent to another location"),
    "arrived": gettext_lazy("arrived from another location"),
}


def whole(moves: "QuerySet[StockMove]") -> "QuerySet[StockMove]":
    """Fetch with moves all that `show_moves` shows of them."""
    return moves.select_related("source", "target", "event", "line", "count_line", "reversed_by")


def show_moves(subject: Subject, moves: Sequence[StockMove], here: Place | None = None) -> list[dict[str, Any]]:
    """Show moves; signs are those of `here`, else of the shelf. At most two queries, however many there are."""
    receipts = Receipt.objects.for_subject(subject).filter(event__in={move.event_id for move in moves})
    by_event = dict(receipts.values_list("event_id", "pk"))
    names = names_of(move.event.actor for move in moves)
    return [
        _show(move, here, by_event.get(move.event_id), names.get(move.event.actor) or _("the desk")) for move in moves
    ]


def by_day(shown: list[dict[str, Any]], *, at: datetime, zone: str) -> list[dict[str, Any]]:
    """Put over the first move of each day which day it was."""
    today, last = at.astimezone(ZoneInfo(zone)).date(), None
    for move in shown:
        day = move["at"].astimezone(ZoneInfo(zone)).date()
        if day != last:
            move["day"] = _("Today") if day == today else wording.short_day(day, today=today)
        last = day
    return shown


def place_words(place: Place) -> str:
    """Name a place: a bin by its code, the others by what they are."""
    if place.kind == Kind.BIN:
        return place.code
    return f"{place.get_kind_display()} {place.code}".strip()


def _show(move: StockMove, here: Place | None, receipt: int | None, who: str) -> dict[str, Any]:
    way = _way(move, here)
    sign = {1: "+", -1: MINUS}.get(way, "")
    words, url = _belongs(move, receipt)
    return {
        "at": move.at, "pieces": f"{sign}{move.quantity}", "way": way,
        "source": place_words(move.source), "source_left": move.source_balance,
        "target": place_words(move.target), "target_left": move.target_balance,
        "why": _why(move.reason), "belongs": words, "url": url, "who": who, "reversed": hasattr(move, "reversed_by"),
        "text": f"{sign}{move.quantity}: {place_words(move.source)} → {place_words(move.target)}",
        "note": " · ".join(part for part in (_why(move.reason), words) if part), "tone": "good" if way > 0 else "",
    }  # fmt: skip


def _way(move: StockMove, here: Place | None) -> int:
    """1 when pieces came, -1 when they went, 0 when they only changed bins."""
    if here is not None:
        return 1 if move.target_id == here.pk else -1
    return int(move.target.is_sellable) - int(move.source.is_sellable)


def _why(reason: str) -> str:
    code, _colon, more = reason.partition(":")
    words = str(WHY.get(code, code))
    known = {str(choice): choice.label for choice in shelf.Reason}
    return f"{words}: {known.get(more, more)}" if more else words


def _belongs(move: StockMove, receipt: int | None) -> tuple[str, str]:
    """What the move belongs to, in words, and its page; empty where there is none yet."""
    if move.line is not None:
        return _("order %(number)d") % {"number": move.line.order_id}, _path("orders-card", move.line.order_id)
    if receipt is not None:
        return _("receipt %(number)d") % {"number": receipt}, _path("stock-receipt", receipt)
    if hasattr(move, "count_line"):
        count = move.count_line.count_id
        return _("count %(number)d") % {"number": count}, _path("counts-review", count)
    return "", ""


def _path(route: str, number: int) -> str:
    try:
        return reverse(route, args=[number])
    except NoReverseMatch:
        return ""
