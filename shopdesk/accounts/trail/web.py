"""Doors of the audit trail: look, narrow, take it away as a file. None of them changes anything."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders.models import Shop
from orders.web.telling import MACHINES
from shopdesk.accounts.fresh import ask_again
from shopdesk.accounts.trail.reading import Asked, read_asked, read_everything, read_page, time_in_status
from shopdesk.accounts.trail.taking import note_export
from shopdesk.accounts.trail.telling import Told, deeds, doors, tell
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer
from shopdesk.base.asking import asker
from shopdesk.base.spreadsheets import BOM, csv_line
from shopdesk.people.models import User

MOST_ROWS = 200_000
COLUMNS = ("at", "by", "who", "door", "deed", "what", "about", "before", "after", "minutes in status", "request")


@require_safe
@never_cache
def trail(request: HttpRequest) -> HttpResponse:
    """Show the trail, narrowed to what was asked for."""
    subject, asked, zone = asker(request), read_asked(request.GET), Shop.current().zone
    page = read_page(subject, asked, zone=zone)
    shown = {
        "asked": asked,
        "rows": tell(page.facts, subject, time_in_status(page.facts), zone=zone),
        "people": _people(subject),
        "deeds": deeds(subject),
        "doors": doors(),
        "links": {
            "older": asked.path(before=page.older) if page.older else "",
            "newest": "" if asked.is_first_page else asked.path(),
        },
        "here": asked.path(),
    }
    return answer(request, "settings/trail/page.html", shown, fragment="settings/trail/_rows.html")


@require_POST
@ask_again
def export(request: HttpRequest) -> HttpResponseBase:
    """Give the narrowed trail as CSV, by reference: who and what by ids, personal values never."""
    subject, asked = asker(request), read_asked(request.GET)
    note_export(asked, by=subject.actor, at=timezone.now())
    lines = _lines(subject, asked)
    name = f"attachment; filename=trail-{timezone.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _people(subject: Subject) -> list[tuple[str, str]]:
    """Whose deeds can be chosen: people whom the subject sees, and the desk itself."""
    people = User.objects.for_subject(subject).order_by("name").values_list("pk", "name")
    machines = [(f"{kind}:0", str(MACHINES[kind])) for kind in ("sweep", "rule")]
    return [*((f"person:{pk}", name) for pk, name in people), *machines]


def _lines(subject: Subject, asked: Asked) -> Iterator[bytes]:
    yield BOM.encode() + csv_line(COLUMNS)
    zone = Shop.current().zone
    for facts in read_everything(subject, asked, zone=zone, at_most=MOST_ROWS):
        for row in tell(facts, subject, time_in_status(facts), zone=zone):
            yield csv_line(_cells(row))


def _cells(row: Told) -> list[str]:
    """A row as text. What is personal is named and not said."""
    plain = [change for change in row.changes if not change.personal]
    before = "; ".join(f"{change.what}: {change.before}" for change in plain if change.before)
    after = "; ".join(f"{change.what}: {change.after}" for change in plain if change.after)
    named = [change.what for change in row.changes if change.personal]
    what = f"{row.words} ({', '.join(named)})" if named else row.words
    minutes = str(int(row.spent.total_seconds() // 60)) if row.spent is not None else ""
    return [
        row.at.isoformat(), row.by, row.who, row.door, row.deed, what, row.about, before, after, minutes, row.request
    ]  # fmt: skip
