"""Doors of a receipt's papers: the supplier's bill kept and given back, labels for what came."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import bills, goodslabels
from orders.models import Receipt, ReceiptPaper
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.files import MOST_BYTES, as_file
from shopdesk.base.toasts import say


@require_POST
def keep(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """Keep a scan of the bill."""
    subject = asker(request)
    if not Receipt.objects.for_subject(subject).filter(pk=receipt_id).exists():
        raise Missing
    file = request.FILES.get("paper")
    if file is None:
        raise Malformed([FieldError("/paper", "required", _("Choose the scan of the bill."))])
    # One byte more than is kept tells a file that is too large without reading it whole.
    bills.keep(receipt_id, file.read(MOST_BYTES + 1), by=subject.actor, at=timezone.now())
    say(request, _("The bill of receipt %(number)d is kept.") % {"number": receipt_id})
    return done(request, reverse("stock-receipt", args=[receipt_id]))


@require_safe
@never_cache
def read(request: HttpRequest, receipt_id: int, paper_id: int) -> HttpResponse:
    """Give a kept bill to whoever may see what goods cost; always as a file, never as a page of ours."""
    rows = ReceiptPaper.objects.for_subject(asker(request)).filter(receipt=receipt_id)
    paper = rows.filter(pk=paper_id).first()
    if paper is None:
        raise Missing
    suffix = paper.name.rpartition(".")[2]
    return as_file(bills.read(paper), media_type=paper.media_type, name=f"receipt-{receipt_id}-{paper.pk}.{suffix}")


@require_POST
def print_labels(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """The labels of what came, as PDF: one for each piece, or one for each product."""
    subject = asker(request)
    if not Receipt.objects.for_subject(subject).filter(pk=receipt_id).exists():
        raise Missing
    one_each = bool(request.POST.get("one_each"))
    pdf = goodslabels.print_labels(receipt_id, one_each=one_each, by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="labels-{receipt_id}.pdf"'
    response["Cache-Control"] = "no-store"
    return response
