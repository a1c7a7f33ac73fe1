"""Doors of the books: which days are closed, and opening them again with a second pair of eyes."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from orders.models import Shop
from reports import reopening
from reports.models import Closing, Reopening
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import TextField
from shopdesk.base.periods import shop_day
from shopdesk.base.toasts import say

MOST_DAYS = 92  # closed days to choose from: a quarter; older ones through the API of closings
SHOWN = 20


class AskForm(forms.Form):
    """From which day on the books are to be open, and why."""

    closing = forms.ChoiceField(label=gettext_lazy("Open from"))
    reason = TextField(label=gettext_lazy("Why"), max_length=200)

    def __init__(self, *args: Any, days: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["closing"] = forms.ChoiceField(label=gettext_lazy("Open from"), choices=days)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def see_or_ask(request: HttpRequest) -> HttpResponse:
    """Show how far the books are closed and what was asked; take a wish to open them."""
    subject, shop, at = asker(request), Shop.current(), timezone.now()
    until = reopening.closed_until()
    closed = Closing.objects.for_subject(subject).filter(end__lte=until or at).order_by("-start")[:MOST_DAYS]
    days = [(one.pk, _day_of(one.start, shop, at)) for one in closed]
    form = AskForm(request.POST or None, days=days)
    if form.is_valid():
        closing_id, reason = int(form.cleaned_data["closing"]), form.cleaned_data["reason"]
        reopening.ask(closing_id, reason, by=subject.actor, at=at)
        say(request, _("Asked. The books stay closed until another owner agrees."))
        return done(request, reverse("reports-books"))
    asked = Reopening.objects.for_subject(subject).select_related("asked_by", "settled_by").order_by("-pk")[:SHOWN]
    shown = {
        "form": form,
        "days": days,
        "until": _day_of(until, shop, at) if until and days else "",
        "rows": [_tell(one, subject, shop, at) for one in asked],
    }
    return render(request, "reports/books/page.html", shown, status=422 if form.is_bound else 200)


@require_POST
def agree(request: HttpRequest, reopening_id: int) -> HttpResponse:
    """Open the books as another owner asked."""
    subject = asker(request)
    row = reopening.agree(_find(subject, reopening_id), by=subject.actor, at=timezone.now())
    day = _day_of(row.start, Shop.current(), timezone.now())
    say(request, _("The books are open from %(day)s until the next day is closed.") % {"day": day})
    return done(request, reverse("reports-books"))


@require_POST
def drop(request: HttpRequest, reopening_id: int) -> HttpResponse:
    """Take a wish back."""
    subject = asker(request)
    reopening.drop(_find(subject, reopening_id), by=subject.actor, at=timezone.now())
    return done(request, reverse("reports-books"))


def _find(subject: Subject, reopening_id: int) -> int:
    """Give the number of a wish that the subject may see. Raises Missing."""
    if not Reopening.objects.for_subject(subject).filter(pk=reopening_id).exists():
        raise Missing
    return reopening_id


def _tell(row: Reopening, subject: Subject, shop: Shop, at: datetime) -> dict[str, Any]:
    """A wish as the page shows it."""
    waits = row.state == Reopening.State.ASKED
    return {
        "row": row,
        "day": _day_of(row.start, shop, at),
        "waits": waits,
        "may_agree": waits and (row.asked_by_id != subject.person or not shop.four_eyes),
    }


def _day_of(moment: datetime, shop: Shop, at: datetime) -> str:
    """The shop's day that begins then."""
    return wording.short_day(
        shop_day(moment, shop.zone, shop.day_cutoff), today=shop_day(at, shop.zone, shop.day_cutoff)
    )  # fmt: skip
