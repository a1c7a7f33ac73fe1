"""Pausing an endpoint: never silently. The owner sees it on the home page, and gets a letter when it was not theirs."""

from datetime import datetime
from functools import partial

from django.conf import settings
from django.db import transaction

from shopdesk.accounts import post
from shopdesk.base.access import Actor, Kind
from shopdesk.people.models import User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note
from shopdesk.webhooks.models import Endpoint


def pause(endpoint: int, why: str, *, by: Actor, at: datetime) -> bool:
    """Send nothing more until somebody resumes it; what happens meanwhile is kept for it. False: it was paused."""
    with transaction.atomic():
        row = Endpoint.objects.locked(pk=endpoint, ended_at=None, paused_at=None).first()
        if row is None:
            return False
        row.paused_at, row.paused_why = at, why
        row.save(update_fields=["paused_at", "paused_why"])
        note(Note(Deed.SETTINGS_CHANGED, ("endpoint", row.pk), after={"paused": str(why)}), by=by, at=at)
        if by.kind != "person":
            transaction.on_commit(partial(_tell_owners, row), robust=True)
    return True


def _tell_owners(row: Endpoint) -> None:
    said = {"endpoint": row, "why": row.get_paused_why_display(), "desk": settings.PUBLIC_URL}
    for owner in User.objects.filter(role=Kind.OWNER, is_active=True):
        post.send(owner, "webhooks/paused.txt", said)
