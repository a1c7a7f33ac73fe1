"""Door of the overdue: orders whose next step is past its time, with who is to take it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders import listed, queues
from orders.web.rows import rows_of
from orders.web.telling import Moment
from shopdesk.base.asking import asker

SHOWN = 100


@require_safe
@never_cache
def overdue(request: HttpRequest) -> HttpResponse:
    """The overdue, the oldest first."""
    subject = asker(request)
    moment = Moment.of(timezone.now())
    late = queues.overdue(moment.at, moment.today).values("pk")
    rows = listed.orders(subject).filter(pk__in=late).order_by("number")
    orders = listed.read(rows[: SHOWN + 1])
    shown = {"rows": rows_of(orders[:SHOWN], subject, moment), "more": len(orders) > SHOWN}
    return render(request, "orders/list/overdue.html", shown)
