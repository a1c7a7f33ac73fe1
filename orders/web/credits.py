"""Doors of money owed back: what is due, for how long and by whom, and that it was given or never will be."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import payments
from orders.models import Credit
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.toasts import say

SHOWN = 50
OLD_AFTER_DAYS = 7


@require_safe
@part_of("returns")
def list_due(request: HttpRequest) -> HttpResponse:
    """What is owed back to customers, the oldest first: a fragment for the page of returns."""
    subject, at = asker(request), timezone.now()
    due = Credit.objects.for_subject(subject).filter(state=Credit.State.DUE)
    found = list(due.select_related("order", "owner").order_by("at")[: SHOWN + 1])
    rows = [(credit, (at - credit.at).days) for credit in found[:SHOWN]]
    shown = {"rows": rows, "more": len(found) > SHOWN, "me": subject.person, "old_after": OLD_AFTER_DAYS}
    return render(request, "orders/credits/_due.html", shown)


@require_POST
def pay(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Say that the money was given back."""
    subject = _may_settle(request, credit_id)
    credit = payments.pay(credit_id, by=subject.actor, at=timezone.now())
    given = wording.money(credit.amount_minor, credit.currency)
    say(request, _("%(sum)s given back is noted.") % {"sum": given})
    return done(request, reverse("returns"))


@require_POST
def write_off(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Say that the money will never be given back: nobody asked for it, or nobody can be found."""
    subject = _may_settle(request, credit_id)
    credit = payments.write_off(credit_id, by=subject.actor, at=timezone.now())
    owed = wording.money(credit.amount_minor, credit.currency)
    say(request, _("%(sum)s is written off.") % {"sum": owed})
    return done(request, reverse("returns"))


@require_POST
def take_over(request: HttpRequest, credit_id: int) -> HttpResponse:
    """Make it my work to give the money back."""
    subject = _may_settle(request, credit_id)
    payments.take_credit(credit_id, subject.person, by=subject.actor, at=timezone.now())
    say(request, _("It is yours to give back now."))
    return done(request, reverse("returns"))


def _may_settle(request: HttpRequest, credit_id: int) -> Subject:
    """Give who asks. Raises Missing for a credit that they do not see."""
    subject = asker(request)
    if not Credit.objects.for_subject(subject).filter(pk=credit_id).exists():
        raise Missing
    return subject
