"""A section of the report as a file: all its parts, however many; CSV, workbook or paper."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Shop
from reports import paper, sections, sectiontables
from reports.masking import hidden
from reports.paper import Reader
from reports.period import GROUPS
from reports.sections import Query, Told
from reports.web.asking import DAYS, WITHOUT, finish_wanted, without_empty
from shopdesk.base.asking import asker
from shopdesk.base.periods import shop_day
from shopdesk.base.strict import QueryReader

CUT = ("group", "only")
TYPES = {
    "csv": "text/csv; charset=utf-8", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@require_safe
@never_cache
def give_file(request: HttpRequest, section: str, ending: str) -> HttpResponse:
    """Give a section of some days as a file, as it was known at the position in the address."""
    shop, at, subject = Shop.current(), timezone.now(), asker(request)
    own = sections.section_of(section)
    reader = QueryReader(without_empty(request.GET), (*CUT, *DAYS))
    group = reader.choice("group", (*GROUPS, *own.groups), own.groups[0])
    only = sections.read_only(reader.text("only"))
    wanted = finish_wanted(reader, shop_day(at, shop.zone, shop.day_cutoff), shop)
    compare = "" if wanted.compare == WITHOUT else wanted.compare
    query = Query(own, wanted.days, group, only, compare, wanted.position, most=sections.ALL)
    told = sections.narrowed(sections.read(query), hidden(subject))
    name = f"{section}-{wanted.days.from_on}-{wanted.until_on}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(
        _written(told, ending, Reader(subject, shop.zone, at)), content_type=TYPES[ending], headers=headers
    )


def _written(told: Told, ending: str, reader: Reader) -> bytes:
    if ending == "csv":
        return b"".join(sectiontables.csv(told))
    if ending == "xlsx":
        return sectiontables.xlsx(told)
    return paper.section_pdf(told, reader)
