"""Doors of what registers left open: every question with its age and whose it is; the letter that claims the money."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import documents, remittance
from delivery.models import RegisterLine
from delivery.web.registers import TONES, AnswerForm
from orders.models import Courier
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.files import Kind
from shopdesk.base.toasts import say

SHOWN = 200
OLD_AFTER_DAYS = 7


@require_safe
@never_cache
def list_open(request: HttpRequest) -> HttpResponse:
    """Show every line that is still a question, the oldest first."""
    subject, at = asker(request), timezone.now()
    open_lines = RegisterLine.objects.for_subject(subject).filter(is_open=True)
    rows = list(
        open_lines.select_related("register__courier", "shipment", "owner").order_by("register__at", "pk")[:SHOWN]
    )
    shown = {"rows": [_show(line, (at - line.register.at).days) for line in rows], "form": AnswerForm()}
    return render(request, "delivery/registers/open.html", shown | {"me": subject.person, "most": SHOWN})


@require_POST
def take_over(request: HttpRequest, line_id: int) -> HttpResponse:
    """Make a question mine."""
    subject = asker(request)
    if not RegisterLine.objects.for_subject(subject).filter(pk=line_id).exists():
        raise Missing
    remittance.assign(line_id, subject.person, by=subject.actor, at=timezone.now())
    say(request, _("The line is yours now."))
    return done(request, reverse("tracking-questions"))


@require_safe
@never_cache
def print_claim(request: HttpRequest, courier: str, currency: str) -> HttpResponse:
    """Give the letter to a courier with what proves our claim, as PDF."""
    subject = asker(request)
    if not Courier.objects.for_subject(subject).filter(pk=courier).exists():
        raise Missing
    pdf = documents.print_claim(courier, currency, by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type=Kind.PDF.value)
    response["Content-Disposition"] = f'inline; filename="claim-{courier}-{currency}.pdf"'
    return response


def _show(line: RegisterLine, days: int) -> dict[str, Any]:
    words, tone = capfirst(line.get_outcome_display()), TONES.get(line.outcome, "bad")
    return {"line": line, "words": words, "tone": tone, "days": days, "old": days > OLD_AFTER_DAYS}
