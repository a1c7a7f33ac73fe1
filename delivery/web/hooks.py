"""The door of couriers' webhooks: kept as they come and acknowledged at once; a sweep understands them."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from delivery import inbox
from delivery.couriers.base import Signed
from shopdesk.base.errors import TooLarge

MOST_BYTES = 1024 * 1024


@csrf_exempt  # a machine signs what it sends; it has no session
@require_POST
def hear(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Keep a courier's message. A wrong signature looks as if there were no such courier."""
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooLarge
    headers = {name.lower(): value for name, value in request.headers.items()}
    inbox.keep(code, Signed(body, headers, key), at=timezone.now())
    return JsonResponse({"received": True}, status=202)
