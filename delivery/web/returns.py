"""Doors of returns: scanned in, inspected piece by piece, announced by customers."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery import documents, exchanges, returns
from delivery.models import Return, ReturnLine
from delivery.queues import ENDING_DAYS
from delivery.wayback import ON_ITS_WAY, storage, who_pays
from delivery.web.forms import OUT_ROWS, ComebackForm, ParcelForm
from delivery.web.telling import RETURN_TONES, Words, tell_reason
from orders.models import Courier, Order, Place, Shop
from orders.queues import capped
from shopdesk.base.access import Kind, Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.paging import read_page
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import QueryReader, form_identifier
from shopdesk.base.toasts import say

State = Return.State
MANAGE = {Kind.OWNER, Kind.MANAGER}
VIEWS: dict[str, tuple[Any, Q]] = {
    "inspect": (gettext_lazy("To be inspected"), Q(state=State.RECEIVED)),
    "coming": (gettext_lazy("On their way"), Q(state__in=ON_ITS_WAY, waits_since=None)),
    "take": (gettext_lazy("To be taken at the courier"), Q(state__in=ON_ITS_WAY, waits_since__isnull=False)),
    "done": (gettext_lazy("Inspected"), Q(state=State.INSPECTED)),
}
PLACES = ("bin", "quarantine", "scrap", "missing")


@require_safe
def list_returns(request: HttpRequest) -> HttpResponse:
    """Show what came back and waits to be looked at, what is coming, what was done."""
    subject, at, shop = asker(request), timezone.now(), Shop.current()
    query = QueryReader(request.GET, ("view", "cursor"))
    views = {name: view for name, view in VIEWS.items() if name != "done" or subject.kind in MANAGE}
    view = query.choice("view", list(views), "inspect")
    mine = Return.objects.for_subject(subject)
    rows = mine.filter(views[view][1]).select_related("parcel", "order__shipment__courier")
    rows = rows.prefetch_related("lines__product")
    page = read_page(rows, query, key="pk")
    keep = {"view": view}
    shown = {
        "view": view,
        "tabs": [
            {"name": name, "words": words, "count": capped(mine.filter(which)) if name != "done" else None}
            for name, (words, which) in views.items()
        ],
        "rows": [_row(row, at, shop) for row in page.rows],
        "manages": subject.kind in MANAGE,
        "older": f"?{urlencode(keep | {'cursor': page.next})}" if page.next else "",
        "newer": f"?{urlencode(keep)}" if query.text("cursor") else "",
    }
    return render(request, "delivery/returns/page.html", shown)


@require_POST
def receive_parcel(request: HttpRequest) -> HttpResponse:
    """Scan in a parcel that came back for good, and lead on to its inspection."""
    subject = asker(request)
    form = ParcelForm(request.POST)
    read_form(form)
    number = form.cleaned_data["parcel"].upper()
    row = returns.receive_parcels([number], by=subject.actor, at=timezone.now())[0]
    say(request, _("Parcel %(parcel)s is here.") % {"parcel": number})
    return done(request, reverse("returns-card", args=[row.pk]))


@require_POST
def receive(request: HttpRequest, return_id: int) -> HttpResponse:
    """Take in what a customer sent or brought."""
    subject = asker(request)
    find(subject, return_id)
    returns.receive([return_id], by=subject.actor, at=timezone.now())
    say(request, _("Return %(number)s is here.") % {"number": return_id})
    return done(request, reverse("returns-card", args=[return_id]))


@require_http_methods(["GET", "HEAD", "POST"])
def inspect(request: HttpRequest, return_id: int) -> HttpResponse:
    """Look at the pieces of a return, and say where each goes."""
    subject = asker(request)
    row = find(subject, return_id)
    if request.method == "POST":
        returns.inspect(return_id, _inspected(request, row), by=subject.actor, at=timezone.now())
        say(request, _("Return %(number)s is inspected.") % {"number": return_id})
        return done(request, reverse("returns"))
    bins = Place.objects.for_subject(subject).filter(location=row.location_id, kind=Place.Kind.BIN)
    shown = _row(row, timezone.now(), Shop.current()) | {
        "lines": sorted(row.lines.all(), key=lambda line: line.pk),
        "bins": bins.order_by("code").values_list("code", flat=True),
        "open": row.state != State.INSPECTED,
        "words": ReturnLine.Found.choices,
        "photos": row.photos.order_by("pk"),
        "manages": subject.kind in MANAGE,
    }
    return render(request, "delivery/returns/card.html", shown)


@require_safe
@never_cache
def print_return(request: HttpRequest, return_id: int) -> HttpResponse:
    """Give the act of return as PDF."""
    subject = asker(request)
    find(subject, return_id)
    pdf = documents.print_return(return_id, by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="return-{return_id}.pdf"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def announce(request: HttpRequest) -> HttpResponse:
    """Note what a customer sends back of an order."""
    subject = asker(request)
    order = _order_of(request, subject)
    lines = list(order.lines.filter(kind="goods", delivered__gt=0).order_by("position")) if order else []
    form = ComebackForm(request.POST or None, lines=lines)
    shown: dict[str, Any] = {"form": form, "order": order}
    shown["lines"] = [(line, form[f"line-{line.pk}"]) for line in lines]
    shown["out"] = [(form[f"sku-{n}"], form[f"out-{n}"]) for n in range(OUT_ROWS)]
    if order is None or not form.is_valid():
        return answer(request, "delivery/returns/new.html", shown, fragment="delivery/returns/_new.html")
    asked = form.cleaned_data
    pieces = [returns.Comeback(line.sku, number) for line, number in form.pieces()]
    if not pieces:
        raise Malformed([FieldError("/lines", "required", _("Say of which line something comes back."))])
    new = returns.NewReturn(
        Return.Kind(asked["kind"]), pieces, order=order.number, reason=asked["reason"], waybill=asked["waybill"]
    )
    if new.kind == Return.Kind.EXCHANGE:
        instead = [exchanges.Instead(sku, pieces) for sku, pieces in form.instead()]
        row = exchanges.exchange(new, instead, by=subject.actor, at=timezone.now())
        say(request, _("Order %(number)s goes out instead.") % {"number": row.exchange_id})
    else:
        row = returns.announce([new], by=subject.actor, at=timezone.now())[0]
        say(request, _("Return %(number)s is announced.") % {"number": row.pk})
    return done(request, reverse("returns-card", args=[row.pk]))


def find(subject: Subject, return_id: int) -> Return:
    """Give a return that the subject may see. Raises Missing."""
    rows = Return.objects.for_subject(subject).select_related("order", "parcel").prefetch_related("lines__product")
    row = rows.filter(pk=return_id).first()
    if row is None:
        raise Missing
    return row


def _row(row: Return, at: datetime, shop: Shop) -> dict[str, Any]:
    lines = list(row.lines.all())
    return {
        "row": row,
        "tone": RETURN_TONES[State(row.state)],
        "reason": _tell_why(row),
        "late": row.check_at is not None and row.check_at < at,
        "pieces": sum(line.quantity for line in lines),
        "names": [line.product.name for line in lines[:3]],
        "payer": who_pays(row, lines).label,
        "storage": _storage(row, at, shop),
        "free_days": _free_days(row),
    }


def _storage(row: Return, at: datetime, shop: Shop) -> dict[str, Any] | None:
    """Until when it waits at the courier for nothing, and what it costs since."""
    today = shop_day(at, shop.zone, shop.day_cutoff)
    found = storage(row, courier, today, shop) if (courier := _courier(row)) else None
    if found is None:
        return None
    tone = "bad" if today > found.free_until else "wait" if (found.free_until - today).days <= ENDING_DAYS else ""
    return {"until": found.free_until, "cost": found.cost_minor, "currency": shop.currency, "tone": tone}


def _free_days(row: Return) -> int | None:
    """How many days it will wait there for nothing, when it is on its way still."""
    courier = _courier(row)
    return courier.return_free_days if courier and row.state in ON_ITS_WAY else None


def _courier(row: Return) -> Courier | None:
    """Who brings it back; nobody does what a customer brings."""
    shipment = getattr(row.order, "shipment", None) if row.parcel_id else None
    return shipment.courier if shipment else None


def _inspected(request: HttpRequest, row: Return) -> list[returns.Inspected]:
    """Where the pieces of each line go, as it was typed, and what was found of them. Raises Malformed."""
    found = []
    for line in row.lines.all():
        word = request.POST.get(f"found-{line.pk}", "")
        if word not in ["", *ReturnLine.Found.values]:
            raise Malformed([FieldError(f"/found-{line.pk}", "invalid_choice", _("Choose one of the list."))])
        for place in PLACES:
            pieces = _pieces(request, f"{place}-{line.pk}")
            code = form_identifier(request.POST.get(f"code-{line.pk}", ""), max_length=32) if place == "bin" else ""
            if pieces:
                found.append(returns.Inspected(line.product.sku, pieces, place, code, word))
    return found


def _pieces(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "").strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        raise Malformed([FieldError(f"/{name}", "invalid_type", _("Pieces are a whole number."))])
    return int(text)


def _order_of(request: HttpRequest, subject: Subject) -> Order | None:
    """The order whose number was given; none when nobody gave one. Raises Missing."""
    text = (request.POST if request.method == "POST" else request.GET).get("order", "").strip()
    if not text:
        return None
    digits = text.upper().removeprefix("O-")
    digits = digits if digits.isascii() and digits.isdigit() and len(digits) < 19 else "0"
    order = Order.objects.for_subject(subject).filter(number=int(digits)).first()
    if order is None:
        raise Missing
    return order


def _tell_why(row: Return) -> Words:
    """Why it came back, where that is more than the kind of return says by itself."""
    return "" if row.reason == row.kind else tell_reason(row.reason)
