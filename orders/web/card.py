"""Doors of one order: its card, the look into it from the list, and what is done to it from there."""

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import calls, changes, holdnotes
from orders.models import Order
from orders.status import CancelReason, HoldReason
from orders.web.forms import CancelForm, HoldForm, WhyForm
from orders.web.seeing import see_card, see_glance
from orders.web.telling import Moment, tell_hold
from shopdesk.base.access import Actor
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say


def find_order(request: HttpRequest, number: int) -> Order:
    """Give an order that the subject may see. Raises Missing: foreign and absent look the same."""
    subject = asker(request)
    beside = ("channel", "courier", "packer", "customer", "parent", "label")
    rows = Order.objects.for_subject(subject).select_related(*beside)
    order = rows.filter(pk=number).first()
    if order is None:
        raise Missing
    return order


@require_safe
@never_cache
def see_order(request: HttpRequest, number: int) -> HttpResponse:
    """Show the whole card."""
    subject = asker(request)
    order = find_order(request, number)
    whole = request.GET.get("journal") == "all"
    moment = Moment.of(timezone.now())
    forms = {"hold_form": HoldForm(prefix="hold"), "cancel_form": CancelForm(prefix="cancel")}
    forms["why_form"] = WhyForm(prefix="confirm")
    return render(request, "orders/card/page.html", see_card(order, subject, moment, whole=whole) | forms)


@require_safe
@never_cache
@part_of("orders-card")
def peek(request: HttpRequest, number: int) -> HttpResponse:
    """Show the order beside the list."""
    subject = asker(request)
    shown = see_glance(find_order(request, number), subject, Moment.of(timezone.now()))
    return render(request, "orders/card/_peek.html", shown)


@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm without a call of ours: the customer agreed by another way, said in words when no talk is noted."""
    find_order(request, number)
    form = WhyForm(request.POST, prefix="confirm")
    read_form(form)
    calls.confirm(number, by=_by(request), at=timezone.now(), why=form.cleaned_data["why"])
    return _done(request, number, _("Order %(number)s is confirmed.") % {"number": number})


@require_POST
def hold(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the order away from packing."""
    find_order(request, number)
    now = timezone.now()
    form = HoldForm(request.POST, prefix="hold") if "hold-reason" in request.POST else HoldForm(request.GET)
    read_form(form)
    asked = form.cleaned_data
    until = asked["until"] and asked["until"].replace(tzinfo=ZoneInfo(Moment.of(now).zone))
    reason = HoldReason(asked["reason"])
    changes.hold(number, reason, note=asked["note"], until=until, by=_by(request), at=now)
    words, _tone = tell_hold(reason)
    return _done(request, number, _("Held: %(reason)s.") % {"reason": words})


@require_POST
def lift(request: HttpRequest, number: int, hold_id: int) -> HttpResponse:
    """Lift one hold; the toast can put it back."""
    order = find_order(request, number)
    row = order.holds.filter(pk=hold_id).first()
    reason = (row.reason, holdnotes.tell(row)) if row else ("other", "")
    changes.release_hold(number, hold_id, by=_by(request), at=timezone.now())
    again = reverse("orders-card-holds", args=[number])
    undo = f"{again}?{urlencode({'reason': reason[0], 'note': reason[1]})}"
    words, _tone = tell_hold(reason[0])
    return _done(request, number, _("Hold “%(reason)s” lifted.") % {"reason": words}, undo)


@require_POST
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Stop the order, with a reason."""
    find_order(request, number)
    form = CancelForm(request.POST, prefix="cancel")
    read_form(form)
    reason = CancelReason(form.cleaned_data["reason"])
    changes.cancel(number, reason, by=_by(request), at=timezone.now())
    return _done(request, number, _("Order %(number)s is cancelled. Its goods are free.") % {"number": number})


@require_POST
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    """Take a cancelled order up again."""
    find_order(request, number)
    changes.reopen(number, by=_by(request), at=timezone.now())
    return _done(request, number, _("Order %(number)s is open again and must be confirmed.") % {"number": number})


@require_POST
def agree_again(request: HttpRequest, number: int) -> HttpResponse:
    """Send a confirmed order back to the callers."""
    find_order(request, number)
    changes.agree_again(number, by=_by(request), at=timezone.now())
    return _done(request, number, _("Order %(number)s goes back to the callers.") % {"number": number})


def _by(request: HttpRequest) -> Actor:
    """Who does it."""
    return asker(request).actor


def _done(request: HttpRequest, number: int, sentence: str, undo: str = "") -> HttpResponse:
    """Back to the card, with a toast of what was done."""
    say(request, sentence, undo=undo)
    return done(request, reverse("orders-card", args=[number]))
