"""Doors of watching: what runs low, what to buy, what nobody wants, and the shelf of any past day."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orders import demand, lost, onhand
from orders.models import Drift, LowStock, Product, Shop, StockMove
from orders.models.stock import Backwards, Family
from orders.web.moves import WHY, show_moves, whole
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer
from shopdesk.base.asking import asker
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader

PAGE = 50
TABS = {
    "buy": gettext_lazy("To buy"),
    "low": gettext_lazy("Fell below the minimum"),
    "dead": gettext_lazy("Not selling"),
    "lost": gettext_lazy("Asked for and absent"),
}


@require_safe
def watch(request: HttpRequest) -> HttpResponse:
    """What is to be bought, what runs low, what lies and is not sold; and whether the books agree with themselves."""
    subject, now = asker(request), timezone.now()
    query = QueryReader(request.GET, ("view",))
    view = query.choice("view", tuple(TABS), "buy") or "buy"
    query.finish()
    rows: Any = READ[view](subject, now)
    shown = {
        "view": view, "rows": rows, "currency": Shop.current().currency, "most": demand.SHOWN,
        "tabs": [{"name": name, "words": words, "here": name == view} for name, words in TABS.items()],
        "drift": Drift.objects.for_subject(subject).filter(ended_at=None).order_by("promise"),
        "together": sum(row.worth_minor for row in rows) if view in {"buy", "dead"} else 0,
        "days": demand.OVER_DAYS, "dead_days": demand.DEAD_AFTER_DAYS,
    }  # fmt: skip
    return render(request, "orders/stock/watch.html", shown)


@require_safe
def then(request: HttpRequest) -> HttpResponse:
    """What lay on the shelf at the end of a past day, product by product."""
    subject, zone = asker(request), Shop.current().zone
    query = QueryReader(request.GET, ("day", "after"))
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    day, after = query.day("day") or today, query.text("after")
    query.finish()
    end = min(datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)), timezone.now())
    goods = Product.objects.for_subject(subject).filter(kind=Product.Kind.GOODS, sku__gt=after).order_by("sku")
    page = list(goods[: PAGE + 1])
    lay = demand.lay_then([product.pk for product in page[:PAGE]], then=end)
    older = f"?{urlencode({'day': day.isoformat(), 'after': page[PAGE - 1].sku})}" if len(page) > PAGE else ""
    shown = {
        "day": day, "today": today, "end": end, "older": older, "after": after, "currency": Shop.current().currency,
        "rows": [{"product": product, "pieces": lay.get(product.pk, 0)} for product in page[:PAGE]],
    }  # fmt: skip
    return answer(request, "orders/stock/then.html", shown, fragment="orders/stock/_then.html")


@require_safe
def moves(request: HttpRequest) -> HttpResponse:
    """The whole ledger, the newest first: all of it, of a reason, or of a product."""
    subject = asker(request)
    query = QueryReader(request.GET, ("q", "why", "cursor"))
    text, why = query.text("q"), query.choice("why", tuple(WHY), "")
    rows = whole(StockMove.objects.for_subject(subject)).select_related("product")
    if why:
        rows = rows.alias(family=Family("reason"), backwards=Backwards("id")).filter(family=why)
    if text:
        goods = Product.objects.for_subject(subject)
        # First the products, then their moves: a join would walk the whole ledger to find the few.
        rows = rows.filter(product__in=list(onhand.found(goods, text).values_list("pk", flat=True)[: onhand.SHOWN]))
    page = read_page(rows, query, key="pk", backwards="backwards" if why else "")
    keep = {name: value for name, value in (("q", text), ("why", why)) if value}
    told = zip(show_moves(subject, page.rows), page.rows, strict=True)
    shown = {
        "moves": [one | {"product": move.product} for one, move in told],
        "q": text, "why": why, "reasons": WHY.items(),
        "older": f"?{urlencode({**keep, 'cursor': page.next})}" if page.next else "",
        "newer": f"{reverse('stock-moves-all')}?{urlencode(keep)}" if query.text("cursor") else "",
    }  # fmt: skip
    return answer(request, "orders/stock/moves.html", shown, fragment="orders/stock/_moves.html")


def _low(subject: Subject) -> list[LowStock]:
    rows = LowStock.objects.for_subject(subject).filter(ended_at=None).select_related("product")
    return list(rows.order_by("-since", "-pk")[: demand.SHOWN])


READ: Mapping[str, Callable[[Subject, datetime], Any]] = {
    "buy": lambda _subject, at: demand.to_buy(at=at),
    "low": lambda subject, _at: _low(subject),
    "dead": lambda _subject, at: demand.dead(at=at),
    "lost": lambda _subject, at: lost.see_lost(at=at),
}
