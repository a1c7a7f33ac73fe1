"""Doors of tracking: what is on the road, who is silent, what a courier said by phone; an order's shipment."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from delivery import failures, news, queues, tracking
from delivery.models import Shipment, Waybill
from delivery.web.courier import new_event
from delivery.web.forms import NewsForm
from delivery.web.telling import tell_flag, tell_reason, tell_state
from orders.models import Order, Parcel
from orders.queues import capped
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.money import from_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

Rows = QuerySet[Shipment]
SHOWN = 50
EVENTS = 8
OUT = (Parcel.State.OUT, Parcel.State.RETURNING)
VIEWS: dict[str, tuple[Any, str, Callable[[Rows, Any], Rows]]] = {
    "road": (gettext_lazy("On the way"), "", lambda rows, at: rows.filter(check_at__isnull=False)),
    "stuck": (gettext_lazy("Silent too long"), "bad", queues.stuck),
    "failed": (gettext_lazy("Tried in vain"), "wait", lambda rows, at: failures.waiting(rows)),
    "untried": (gettext_lazy("No attempt made"), "wait", lambda rows, at: failures.untried(rows)),
    "trouble": (
        gettext_lazy("Stopped on the way"), "wait",
        lambda rows, at: rows.filter(check_at__isnull=False, state__in=["exception", "cancelled"]),
    ),
    "storage": (gettext_lazy("Storage ends"), "bad", queues.storage_ending),
    "pickup": (
        gettext_lazy("At pickup points"), "",
        lambda rows, at: rows.filter(check_at__isnull=False, state="ready_for_pickup"),
    ),
    "back": (
        gettext_lazy("On their way back"), "", lambda rows, at: rows.filter(check_at__isnull=False, state="returning"),
    ),
    "flagged": (gettext_lazy("To be looked into"), "wait", lambda rows, at: rows.exclude(flag="")),
}  # fmt: skip


class NotWithCourier(DomainError):
    """The parcel is in no courier's hands, so none can say anything of it."""

    sentence = gettext_lazy("Parcel %(parcel)s is not with the courier any more.")


@require_safe
def list_shipments(request: HttpRequest) -> HttpResponse:
    """Show what is on the road, or what couriers said of parcels that nobody knows."""
    subject, at = asker(request), timezone.now()
    query = QueryReader(request.GET, ("view", "cursor"))
    view = query.choice("view", [*VIEWS, "parked"], "road")
    mine: Rows = Shipment.objects.for_subject(subject)
    shown: dict[str, Any] = {"view": view, "tabs": _tabs(mine, at)}
    if view == "parked":
        query.finish()
        events = queues.parked().select_related("courier")[:SHOWN]
        shown["events"] = [(event, tell_state(event.state)) for event in events]
        return render(request, "delivery/tracking/page.html", shown)
    rows = VIEWS[view][2](mine, at).select_related("order", "courier")
    page = read_page(rows, query, key="pk")
    keep = {"view": view}
    shown |= {
        "rows": [_row(shipment, at) for shipment in page.rows],
        "decides": view == "failed",
        "older": f"?{urlencode(keep | {'cursor': page.next})}" if page.next else "",
        "newer": f"?{urlencode(keep)}" if query.text("cursor") else "",
    }
    return render(request, "delivery/tracking/page.html", shown)


@require_safe
@part_of("orders-card")
def see_shipment(request: HttpRequest, number: int) -> HttpResponse:
    """An order's parcels on their way, for its card. Nothing when nothing is sealed yet."""
    subject = asker(request)
    order = _find_order(subject, number)
    rows = Parcel.objects.for_subject(subject).filter(order=order).exclude(state=Parcel.State.OPENED)
    parcels = list(rows.order_by("position").prefetch_related("act_lines"))
    shipment = Shipment.objects.for_subject(subject).select_related("courier").filter(order=order).first()
    waybill = Waybill.objects.for_subject(subject).filter(order=order).order_by("-pk").first()
    shown: dict[str, Any] = {"order": order, "parcels": [_parcel(parcel) for parcel in parcels], "shipment": shipment}
    shown["waybill"] = waybill if waybill and waybill.state != Waybill.State.VOID else None
    if shipment is not None:
        latest = news.latest_of(parcels, EVENTS)
        out = [parcel.number for parcel in parcels if parcel.state in OUT]
        form = NewsForm(parcels=out, currency=order.currency, initial={"event_id": new_event()})
        shown |= {
            "state": tell_state(shipment.state),
            "flag": tell_flag(shipment.flag),
            "events": [(event, tell_state(event.state), tell_reason(event.reason)) for event in latest],
            "may_decide": shipment.state == failures.FAILED,
            "returns": list(order.returns.order_by("-pk")[:EVENTS]),
            "form": form if out else None,
        }
    return render(request, "delivery/tracking/_shipment.html", shown)


@require_POST
def take_news(request: HttpRequest, number: int) -> HttpResponse:
    """Write down what a courier said by phone of a parcel of this order."""
    subject = asker(request)
    order = _find_order(subject, number)
    shipment = Shipment.objects.for_subject(subject).filter(order=order).first()
    if shipment is None:
        raise Missing
    parcels = list(order.parcels.filter(state__in=OUT).values_list("number", flat=True))
    form = NewsForm(request.POST, parcels=parcels, currency=order.currency)
    read_form(form)
    told, at = form.cleaned_data, timezone.now()
    taken = Decimal(from_minor(told["taken"], order.currency)) if told["taken"] is not None else None
    event = tracking.CourierEvent(
        told["event_id"], told["parcel"], told["code"], at, cod_taken=taken, reason=told["reason"]
    )
    if tracking.take_in(shipment.courier_id, [event], by=subject.actor, at=at) == [tracking.PARKED]:
        raise NotWithCourier(detail={"parcel": told["parcel"]})
    words, _tone = tell_state(told["code"])
    say(request, _("Order %(number)s: %(state)s.") % {"number": number, "state": words})
    return done(request, reverse("orders-card", args=[number]))


def _tabs(mine: Rows, at: Any) -> list[dict[str, Any]]:
    tabs = [
        {"name": name, "words": words, "tone": tone, "count": capped(narrow(mine, at))}
        for name, (words, tone, narrow) in VIEWS.items()
    ]
    own = queues.never_accepted(at).count() + queues.without_number().count()
    tabs += [
        {"name": "waybills", "words": _("Waybills"), "tone": "wait", "count": own, "url": reverse("tracking-waybills")}
    ]
    parked = {"name": "parked", "words": _("Unknown parcels"), "tone": "wait", "count": capped(queues.parked())}
    return [*tabs, parked]


def _row(shipment: Shipment, at: Any) -> dict[str, Any]:
    words, tone = tell_state(shipment.state)
    late = shipment.check_at is not None and shipment.check_at < at
    return {"shipment": shipment, "order": shipment.order, "words": words, "tone": tone, "late": late} | {
        "flag": tell_flag(shipment.flag), "due": max(shipment.outstanding_minor, 0),
    }  # fmt: skip


def _parcel(parcel: Parcel) -> dict[str, Any]:
    """A parcel with the act that it stands on, or stood on last."""
    lines = sorted(parcel.act_lines.all(), key=lambda line: line.pk)
    return {"parcel": parcel, "act": lines[-1].handoff_id if lines else 0, "state": parcel.get_state_display()}


def _find_order(subject: Subject, number: int) -> Order:
    order = Order.objects.for_subject(subject).filter(pk=number).first()
    if order is None:
        raise Missing
    return order
