"""Door of the packers' figures: orders an hour and wrong scans, for a day, a week or a month."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orders import packing
from orders.models import Shop
from orders.web.telling import Moment
from shopdesk.base import access, periods
from shopdesk.base.access import Actor, Kind
from shopdesk.base.asking import asker
from shopdesk.people.names import names_of

SPANS = {"day": (1, gettext_lazy("Today")), "week": (7, gettext_lazy("7 days")), "month": (30, gettext_lazy("30 days"))}


@require_safe
def see(request: HttpRequest) -> HttpResponse:
    """Show who packed how much in how many hours. A packer sees their own row."""
    subject, moment = asker(request), Moment.of(timezone.now())
    chosen = request.GET.get("span", "day")
    days, _words = SPANS.get(chosen, SPANS["day"])
    first = moment.today - timedelta(days=days - 1)
    start = periods.day(first, moment.zone, Shop.current().day_cutoff).start
    own = subject.person if subject.kind is Kind.PACKER else 0
    rows = packing.figures(start, moment.at, person=own)
    names = names_of([Actor("person", row.person) for row in rows])
    shown: dict[str, Any] = {
        "rows": [{"name": names.get(Actor("person", row.person), "–"), "row": row} for row in rows],
        "spans": [(name, words, name == chosen) for name, (_days, words) in SPANS.items()],
        "since": first,
        "reports": access.may(subject, "reports-section", "GET"),
    }
    return render(request, "orders/packing/packers.html", shown)
