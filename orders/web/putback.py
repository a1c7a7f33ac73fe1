"""Doors of putting back: goods that lie on the table though nobody packs them go to their bins, scan by scan."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import packing, queues
from orders.models import Order
from orders.web.packing import SHOWN, read_shot
from orders.web.telling import Moment
from orders.web.telling import find_at_table as find
from shopdesk.base.answering import done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError
from shopdesk.base.toasts import say


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Orders whose goods are to be put back, the oldest first."""
    rows = list(queues.to_put_back(Order.objects.for_subject(asker(request)))[:SHOWN])
    amounts, places = packing.amounts(rows), packing.lying_in([one.pk for one in rows])
    shown = {
        "rows": [{"order": one, "amount": amounts[one.pk], "slot": places.get(one.pk)} for one in rows],
        "moment": Moment.of(timezone.now()),
    }
    return render(request, "orders/packing/back.html", shown)


@require_safe
def station(request: HttpRequest, number: int) -> HttpResponse:
    """The station for goods that go back."""
    order = find(asker(request), number)
    return render(request, "orders/packing/back_order.html", _see(order))


@require_POST
def hear(request: HttpRequest, number: int) -> HttpResponse:
    """One code from the scanner: the bin, or the item that is put into it."""
    subject = asker(request)
    find(subject, number)
    try:
        heard = packing.hear_back(number, read_shot(request), by=subject.actor, at=timezone.now())
    except DomainError as refusal:
        said = {"refusal": {"why": str(refusal), "next": refusal.fill(refusal.next_step)}}
        return _show(request, number, said | {"bin": request.POST.get("bin", "")})
    return _show(request, number, {"heard": heard, "bin": heard.bin, "last": heard.last})


def _show(request: HttpRequest, number: int, said: dict[str, Any]) -> HttpResponse:
    """The station after a scan; when nothing is left, back to the list."""
    rows = Order.objects.for_subject(asker(request))
    if not queues.to_put_back(rows).filter(pk=number).exists():
        say(request, _("Everything of order %(number)s is back on the shelf.") % {"number": number})
        return done(request, reverse("packing-back"))
    shown = _see(find(asker(request), number), **said)
    if is_htmx(request):
        return render(request, "orders/packing/_back_now.html", shown)  # 200 for a refusal too: the signal says it
    return render(request, "orders/packing/back_order.html", shown, status=409 if "refusal" in said else 200)


def _see(order: Order, **said: Any) -> dict[str, Any]:
    layout = packing.lay_out_back(order)
    return {
        "order": order,
        "layout": layout,
        "slot": packing.lying_in([order.pk]).get(order.pk),
        "here": next((step for step in layout.steps if step.bin == said.get("bin")), layout.here()),
        "event_id": secrets.token_hex(12),
        "bin": said.get("bin", ""),
        "last": said.get("last", ""),
        "heard": said.get("heard"),
        "refusal": said.get("refusal"),
    }
