"""The alarm of webhooks: whatever page the owner opens says that somebody is not told, until that is settled."""

from typing import Any

from django.core.cache import caches
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from shopdesk.base.access import NOBODY, Kind, Subject
from shopdesk.webhooks.models import Endpoint

KEPT_S = 5
NAME = "webhooks-paused"


def dress(request: HttpRequest) -> dict[str, Any]:
    """Give pages the endpoints that the desk itself paused (a context processor). Lazily: fragments need none."""
    subject: Subject = getattr(request, "subject", NOBODY)
    return {"untold": SimpleLazyObject(lambda: _untold(subject))}


def _untold(subject: Subject) -> list[dict[str, Any]]:
    if subject.kind is not Kind.OWNER:
        return []
    found: list[dict[str, Any]] | None = caches["nearby"].get(NAME)
    if found is None:
        rows = Endpoint.objects.for_subject(subject).filter(ended_at=None, paused_at__isnull=False)
        rows = rows.exclude(paused_why=Endpoint.Paused.BY_HAND).order_by("pk")
        found = [{"pk": row.pk, "name": row.name, "why": row.paused_why} for row in rows]
        caches["nearby"].set(NAME, found, KEPT_S)
    return [one | {"says": Endpoint.Paused(one["why"]).label} for one in found]
