"""Doors of money owed back: what is due, and that it was given."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Credit
from shopdesk.base import wording
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.toasts import say

SHOWN = 50


@require_safe
@part_of("returns")
def list_due(request: HttpRequest) -> HttpResponse:
    """What is owed back to customers, the oldest first: a fragment for the page of returns."""
    due = Credit.objects.for_subject(asker(request)).filter(state=Credit.State.DUE)
    rows = list(due.select_related("order").order_by("at")[: SHOWN + 1])
    return render(request, "orders/credits/_due.html", {"rows": rows[:SHOWN], "more": len(rows) > SHOWN})


@require_POST
def pay(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Say that the money was given back."""
    subject = asker(request)
    if not Credit.objects.for_subject(subject).filter(pk=credit_id).exists():
        raise Missing
    credit = payments.pay(credit_id, by=subject.actor, at=timezone.now())
    given = wording.money(credit.amount_minor, credit.currency)
    say(request, _("%(sum)s given back is noted.") % {"sum": given})
    return done(request, reverse("returns"))
