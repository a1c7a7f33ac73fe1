"""The door of a period's report on paper."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Shop
from reports import paper
from reports.paper import Reader
from reports.web.asking import read_wanted
from shopdesk.base.asking import asker
from shopdesk.base.periods import shop_day


@require_safe
@never_cache
def give_pdf(request: HttpRequest) -> HttpResponse:
    """Give the days as PDF with the page's pictures, as they were known at the position in the address."""
    shop, at = Shop.current(), timezone.now()
    wanted = read_wanted(request.GET, shop_day(at, shop.zone, shop.day_cutoff))
    written = paper.write(wanted.asked, Reader(asker(request), shop.zone, at))
    name = f"report-{wanted.days.from_on}-{wanted.until_on}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(paper.pdf(written, at=at), content_type="application/pdf", headers=headers)
