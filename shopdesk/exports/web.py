"""Doors of exports: ask for one from the list's filter, see how far it is, cancel it, fetch its file."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopdesk.accounts.fresh import ask_again
from shopdesk.base.access import Kind
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.toasts import say
from shopdesk.exports import files, making, printed
from shopdesk.exports.kinds import KINDS, formats_of, kind_of
from shopdesk.exports.models import Export

SHOWN = 50
TYPES = {
    "csv": "text/csv; charset=utf-8", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@require_safe
@never_cache
def list_exports(request: HttpRequest) -> HttpResponse:
    """Show one's exports, the newest first; the list asks again by itself while one is being made."""
    subject, at = asker(request), timezone.now()
    rows = list(Export.objects.for_subject(subject).select_related("asked_by").order_by("-pk")[:SHOWN])
    shown = {
        "rows": [_row(one, subject.person, at) for one in rows],
        "moving": any(one.is_open and one.state != Export.State.WAITS for one in rows),
        "may_approve": subject.kind is Kind.OWNER,
        "kept_hours": making.KEPT.total_seconds() // 3600,
    }
    return answer(request, "exports/page.html", shown, fragment="exports/_list.html")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ask_again
def ask(request: HttpRequest) -> HttpResponse:
    """Show what the list's filter would give, and take the wish."""
    subject, at = asker(request), timezone.now()
    query = _query(request.POST.get("filter", "") if request.method == "POST" else request.GET.urlencode())
    what = query.pop("what", Export.What.ORDERS.value)
    if what not in KINDS:
        raise Missing
    wish = making.Wish(query, language=translation.get_language() or "en", what=Export.What(what))
    if request.method != "POST":
        count = making.count(wish, subject, at=at)
        shown = {
            "count": min(count, making.MOST_ROWS), "too_many": count > making.MOST_ROWS, "most": making.MOST_ROWS,
            "filter": QueryDict(request.GET.urlencode()).urlencode(), "narrowed": bool(set(query) - {"view"}),
            "formats": formats_of(what), "of_orders": what == Export.What.ORDERS,
            "back": f"{reverse('orders' if what == Export.What.ORDERS else 'reports-rows')}?{urlencode(query)}",
            "says": KINDS[what].say_filter(KINDS[what].read_filter(query)), "most_on_paper": printed.MOST_ROWS,
            "too_many_for_paper": count > printed.MOST_ROWS and what == Export.What.ORDERS,
            "waits": count > making.MASS and subject.kind is not Kind.OWNER,
        }  # fmt: skip
        return render(request, "exports/new.html", shown)
    chosen = request.POST.get("format", "")
    if chosen not in Export.Format.values:
        raise Malformed([FieldError("/format", "required", _("Choose CSV, XLSX or PDF."))])
    made = making.ask(replace(wish, format=Export.Format(chosen)), subject=subject, at=at)
    waits = made.state == Export.State.WAITS
    say(request, _("The owner is asked for this export.") if waits else _("The export is being made."))
    return done(request, reverse("exports"))


@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Stop an export, or delete its file before its day is over."""
    making.cancel(_find(request, code).code, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("exports"))


@require_POST
@ask_again
def approve(request: HttpRequest, code: str) -> HttpResponse:
    """Let a very large export be made."""
    made = making.approve(_find(request, code).code, by=asker(request).actor, at=timezone.now())
    say(request, _("Approved: %(rows)s rows are being written.") % {"rows": made.rows})
    return done(request, reverse("exports"))


@require_safe
@never_cache
@ask_again
def fetch(request: HttpRequest, code: str) -> FileResponse:
    """Hand the file to whoever asked for it."""
    return hand_out(making.fetch(code, subject=asker(request), at=timezone.now()))


def hand_out(export: Export) -> FileResponse:
    """Give the file as a download; its name says what and when, not who."""
    name = f"{export.what}-{export.asked_at:%Y-%m-%d}.{export.format}"
    response = FileResponse(
        files.table(export).open("rb"), as_attachment=True, filename=name, content_type=TYPES[export.format]
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response


def _row(export: Export, person: int, at: Any) -> dict[str, Any]:
    """An export as the list shows it."""
    ready = export.state == Export.State.READY and export.expires_at is not None and export.expires_at > at
    return {
        "export": export,
        "tone": {"ready": "good", "failed": "bad", "waits": "wait"}.get(export.state, ""),
        "own": export.asked_by_id == person,
        "can_fetch": ready and export.asked_by_id == person,
        "can_cancel": export.is_open or ready,
        "is_written": export.state == Export.State.READ,
        "filter": kind_of(export).say_filter(export.filter),
        "searched": "q" in export.filter,
    }


def _find(request: HttpRequest, code: str) -> Export:
    """Give an export that the subject may see. Raises Missing."""
    export = Export.objects.for_subject(asker(request)).filter(code=code).first()
    if export is None:
        raise Missing
    return export


def _query(text: str) -> dict[str, str]:
    """The list's query as names and texts; what the list does not know is refused where it is read."""
    query = QueryDict(text.removeprefix("?"))
    return {name: query.get(name, "") for name in query if query.get(name)}
