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

from orders.models import InboundMessage, Unplaced
from shopdesk.base.access import Kind
from shopdesk.base.outage import SESSIONS
from shopdesk.environment import is_local
from shopdesk.privacy import replay
from shopdesk.webhooks.models import Message

# Each is looked through every 10 s: later than this, nobody does it. What a shop sends in a rush may take minutes.
LATE_AFTER_S = {"feed": 120, "inbox": 600, "webhooks": 600}
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
    """Say how long the oldest row of each queue has waited for its sweep: a worker can stop consuming without a word.

    Only what hangs on nobody else is asked about; what is tried again is due when it is to be tried.
    """
    now = timezone.now()
    inbox = InboundMessage.objects.filter(state=InboundMessage.State.RECEIVED).order_by("pk")
    webhooks = Message.objects.filter(state=Message.State.WAITING, endpoint__paused_at=None).order_by("due_at")
    asked = {
        "feed": Unplaced.objects.order_by("event_id").values_list("event__recorded_at", flat=True),
        "inbox": inbox.values_list("received_at", flat=True),
        "webhooks": webhooks.values_list("due_at", flat=True),
    }
    try:
        oldest: dict[str, datetime | None] = {name: rows.first() for name, rows in asked.items()}
    except DatabaseError:
        return {"ok": False}
    ages_s = {name: max(0, round((now - since).total_seconds())) if since else 0 for name, since in oldest.items()}
    late = [name for name, age_s in ages_s.items() if age_s > LATE_AFTER_S[name]]
    return {"ok": not late, "age_s": max(ages_s.values()), "queues": ages_s}
