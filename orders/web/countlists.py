"""Doors of counting by list: what to count today, the sheet to print, and the table that comes back."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import counts, documents
from orders.models import CountProposal, Location, Shop, StockCount
from orders.web.counts import find
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError
from shopdesk.base.formfields import TextField
from shopdesk.base.periods import shop_day
from shopdesk.base.tables import Row, read_table
from shopdesk.base.toasts import say

MOST_BYTES = 10_000_000
SUFFIXES = {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods"}
MOST_SKUS = 2_000
LITTLE = 5  # points that every shelf has
WHY = {
    "turnover": gettext_lazy("sold"),
    "never": gettext_lazy("never counted"),
    "age": gettext_lazy("long not counted"),
    "worth": gettext_lazy("worth much"),
    "wrong": gettext_lazy("was wrong"),
    "surprise": gettext_lazy("a packer missed it"),
}


class NoTable(DomainError):
    """Nothing was sent, or no table."""

    sentence = gettext_lazy("Choose a CSV or XLSX file of at most 10 MB.")


class ListForm(forms.Form):
    """Products to be counted, wherever they lie."""

    skus = TextField(
        label=gettext_lazy("SKUs, one a line"), widget=forms.Textarea,
        help_text=gettext_lazy("Each is counted in every bin where it lies."),
    )  # fmt: skip


@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """What is worth counting today, and why."""
    subject = asker(request)
    rows = _proposals(subject).select_related("product", "place", "count").order_by("location", "-score", "pk")
    shown = [
        {
            "row": row,
            "why": ", ".join(str(WHY[name]) for name in _told(row.parts)),
        }
        for row in rows
    ]
    waiting = sorted({row.location_id for row in rows if row.count_id is None})
    return render(request, "orders/counts/today.html", {"rows": shown, "waiting": waiting})


@require_POST
def start_today(request: HttpRequest) -> HttpResponse:
    """Open the cycle count of a location's proposals."""
    subject, now = asker(request), timezone.now()
    location = request.POST.get("location", "")
    known = Location.objects.for_subject(subject).filter(pk=location).values_list("pk", flat=True).first() or ""
    count = counts.start_proposed(known, day=_today(), by=subject.actor, at=now)
    return done(request, reverse("counts-count", args=[count.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def start_list(request: HttpRequest) -> HttpResponse:
    """Open a count of named products."""
    subject = asker(request)
    form = ListForm(request.POST or None)
    if not form.is_valid():
        return answer(request, "orders/counts/list.html", {"form": form}, fragment="orders/counts/_list.html")
    skus = form.cleaned_data["skus"].split()[:MOST_SKUS]
    shelves = counts.shelves_of("", skus)
    if not shelves:
        raise counts.NoShelf
    count = counts.start(StockCount.Kind.LIST, "", shelves=shelves, by=subject.actor, at=timezone.now())
    return done(request, reverse("counts-count", args=[count.pk]))


@require_POST
def print_sheet(request: HttpRequest, count_id: int) -> HttpResponse:
    """The sheet of what is left to count, as PDF: no books on it."""
    subject = asker(request)
    count = find(subject, count_id)
    pdf = documents.print_count_sheet(count.pk, by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="count-{count.pk}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def take_table(request: HttpRequest, count_id: int) -> HttpResponse:
    """Write down a table of counted quantities, all rows or none."""
    subject = asker(request)
    count = find(subject, count_id)
    rows = _rows(request)
    counted = counts.read_rows(count, rows, zone=Shop.current().zone)
    if not counted:
        raise counts.NothingCounted
    lines = counts.count_lines(count.pk, counted, by=subject.actor, at=timezone.now())
    asking = sum(line.question_id is not None for line in lines)
    words = ngettext("%(n)d line is written down.", "%(n)d lines are written down.", len(lines)) % {"n": len(lines)}
    if asking:
        words += " " + ngettext("%(n)d asks a question.", "%(n)d ask a question.", asking) % {"n": asking}
    say(request, words)
    return done(request, reverse("counts-count", args=[count.pk]))


def _told(parts: dict[str, int]) -> list[str]:
    """The rules that speak for a shelf, the strongest first. That it is sold at all says nothing."""
    return [name for name in sorted(parts, key=lambda name: -parts[name]) if parts[name] > LITTLE]


def _proposals(subject: Subject) -> Any:
    return CountProposal.objects.for_subject(subject).filter(day=_today())


def _today() -> Any:
    shop = Shop.current()
    return shop_day(timezone.now(), shop.zone, shop.day_cutoff)


def _rows(request: HttpRequest) -> Sequence[Row]:
    """Read the table that was sent. Raises NoTable, UnreadableTable."""
    file = request.FILES.get("table")
    suffix = Path(file.name or "").suffix.casefold() if file else ""
    if file is None or suffix not in SUFFIXES or (file.size or 0) > MOST_BYTES:
        raise NoTable
    with tempfile.NamedTemporaryFile(suffix=suffix) as kept:
        kept.write(file.read())
        kept.flush()
        return list(read_table(Path(kept.name)))
