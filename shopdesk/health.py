"""Is the desk alive, is it ready, and what do its meters say? Details are for staff and for this machine only."""

from datetime import datetime
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_prometheus.exports import ExportToDjangoView
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from orders.models import Unplaced
from shopdesk.base.access import Kind
from shopdesk.base.outage import SESSIONS
from shopdesk.environment import is_local
from shopdesk.privacy import replay

LATE_AFTER_S = 120  # the feed is placed every 10 s; after two minutes nobody is doing it
STAFF = {Kind.OWNER, Kind.MANAGER}
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Answer that the process lives. Asks nobody, says nothing."""
    return HttpResponse(status=200)


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when database and broker work, no due row is late, nobody is to be erased again; else 503."""
    found = {"database": look_at_database(), "broker": look_at_broker()}
    if found["database"]["ok"]:  # else each look would wait for a session
        found |= {"oldest_due": look_at_due_rows(), "erasures": look_at_erasures()}
    ready = all(one["ok"] for one in found.values())
    status = 200 if ready else 503
    if not is_insider(request):
        return HttpResponse(status=status)
    return JsonResponse({"ready": ready, **found}, status=status)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Show the meters to staff and to this machine; to others the page does not exist."""
    if not is_insider(request):
        return HttpResponse(status=404)
    answer: HttpResponse = ExportToDjangoView(request)
    return answer


def is_insider(request: HttpRequest) -> bool:
    """Tell whether this is staff, or a program on this machine. What came through a proxy is from outside."""
    subject = getattr(request, "subject", None)
    if subject is not None and subject.kind in STAFF:
        return True
    proxied = any(header in request.META for header in FORWARDED)
    return not proxied and is_local(request.META.get("REMOTE_ADDR", ""))


class Insider(BasePermission):
    """For the pages about the API: staff, or a program on this machine."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Ask the same question as the other pages here."""
        return is_insider(request._request)


def look_at_database() -> dict[str, object]:
    """Ask the database something, and say how long it took."""
    started = monotonic()
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        SESSIONS.begin_if_in_vain(error)
        return {"ok": False}
    return {"ok": True, "ms": round((monotonic() - started) * 1000)}


def look_at_broker() -> dict[str, object]:
    """Ping the broker. Without one the timers do everything, later."""
    if not settings.REDIS_URL:
        return {"ok": True, "used": False}
    started = monotonic()
    try:
        with Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as broker:
            broker.ping()
    except RedisError:
        return {"ok": False}
    return {"ok": True, "ms": round((monotonic() - started) * 1000)}


def look_at_erasures() -> dict[str, object]:
    """Say how many erasures a restored database lacks: it serves nobody before they are replayed (A7)."""
    try:
        waiting = len(replay.waiting())
    except (DatabaseError, OSError, ValueError):
        return {"ok": False}
    return {"ok": not waiting, "to_replay": waiting}


def look_at_due_rows() -> dict[str, object]:
    """Say how long the oldest row has waited for its sweep: a worker can stop consuming without a word."""
    try:
        oldest: datetime | None = (
            Unplaced.objects.order_by("event_id").values_list("event__recorded_at", flat=True).first()
        )
    except DatabaseError:
        return {"ok": False}
    age_s = max(0, round((timezone.now() - oldest).total_seconds())) if oldest else 0
    return {"ok": age_s <= LATE_AFTER_S, "age_s": age_s}
