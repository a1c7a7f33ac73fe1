"""Doors of papers in bulk: ask for them, see how far they are, fetch the file; what this station's printer takes."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import printing, queues
from orders.models import Order, PrintRun
from orders.web.telling import Moment
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

SHOWN = 20
STATION = "labels"  # the cookie that binds this station to the labels its printer takes
A_YEAR = timedelta(days=365)


class PrintForm(forms.Form):
    """Which papers; without chosen orders of all that wait for them."""

    what = forms.ChoiceField(
        label=gettext_lazy("Papers"), choices=lambda: [(what, capfirst(what.label)) for what in PrintRun.What]
    )
    size = forms.ChoiceField(label=pgettext_lazy("printed", "Labels"), choices=PrintRun.Size.choices, required=False)


class StationForm(forms.Form):
    """What the printer of this station takes."""

    size = forms.ChoiceField(label=pgettext_lazy("printed", "Labels"), choices=PrintRun.Size.choices)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def prints(request: HttpRequest) -> HttpResponse:
    """Show what was printed in bulk and how far it is; ask for more."""
    subject, moment = asker(request), Moment.of(timezone.now())
    if request.method == "POST":
        return _ask(request, subject, moment)
    rows = list(PrintRun.objects.for_subject(subject).filter(asked_by=subject.person).order_by("-pk")[:SHOWN])
    seen = Order.objects.for_subject(subject)
    shown = {
        "rows": rows,
        "moving": any(run.state == PrintRun.State.ASKED for run in rows),
        "to_pack": queues.capped(queues.to_pack(seen, moment.today)),
        "sealed": queues.capped(printing.unprinted(seen)),
        "form": PrintForm(initial={"what": PrintRun.What.BOTH, "size": size_of(request)}),
        "station": StationForm(initial={"size": size_of(request)}, auto_id="station_%s"),
        "most": printing.MOST_ORDERS,
    }
    return answer(request, "orders/prints/page.html", shown, fragment="orders/prints/_list.html")


@require_POST
def bind_station(request: HttpRequest) -> HttpResponse:
    """Remember on this device what its printer takes."""
    form = StationForm(request.POST)
    read_form(form)
    response = done(request, reverse("packing-prints"))
    response.set_cookie(
        STATION, form.cleaned_data["size"], max_age=A_YEAR, secure=settings.HTTPS, httponly=True, samesite="Strict"
    )
    say(request, _("This station prints labels of %(size)s.") % {"size": _spell(form.cleaned_data["size"])})
    return response


@require_safe
@never_cache
def fetch(request: HttpRequest, code: str) -> FileResponse:
    """Hand the papers to whoever asked for them, for the browser to print."""
    subject = asker(request)
    run = PrintRun.objects.for_subject(subject).filter(code=code, asked_by=subject.person).first()
    if run is None:
        raise Missing
    response = FileResponse(printing.read_run(run).open("rb"), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{run.what}-{run.asked_at:%Y-%m-%d-%H%M}.pdf"'
    response["Cache-Control"] = "no-store, private"
    return response


def size_of(request: HttpRequest) -> str:
    """Give the size of labels at this station."""
    size = request.COOKIES.get(STATION, "")
    return size if size in PrintRun.Size.values else PrintRun.Size.A6


def _ask(request: HttpRequest, subject: Subject, moment: Moment) -> HttpResponse:
    form = PrintForm(request.POST)
    read_form(form)
    what = PrintRun.What(form.cleaned_data["what"])
    size = PrintRun.Size(form.cleaned_data["size"] or size_of(request))
    numbers = _chosen(request, subject, what, moment)
    run = printing.ask(printing.Wish(numbers, what, size), by=subject.actor, at=moment.at)
    say(request, _("Papers of %(n)s orders are being drawn.") % {"n": len(run.numbers)})
    return done(request, reverse("packing-prints"))


def _chosen(request: HttpRequest, subject: Subject, what: PrintRun.What, moment: Moment) -> list[int]:
    """The orders that were ticked; else all that wait for these papers. Raises Missing for one that is not seen."""
    seen = Order.objects.for_subject(subject)
    ticked = [number for text in request.POST.getlist("number") if (number := read_whole(text)) is not None]
    if ticked:
        if seen.filter(pk__in=ticked[: printing.MOST_ORDERS + 1]).count() < len(
            set(ticked[: printing.MOST_ORDERS + 1])
        ):
            raise Missing
        return ticked
    waiting: QuerySet[Order] = (
        queues.to_pack(seen, moment.today) if what == PrintRun.What.PICKLIST else printing.unprinted(seen)
    )
    return list(waiting.values_list("number", flat=True)[: printing.MOST_ORDERS])


def _spell(size: str) -> Any:
    return dict(PrintRun.Size.choices)[size]
