"""The raw door of the shops: a message is checked, kept and acknowledged; nothing is made of it here."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from orders import inbox
from shopdesk.base import securitylog
from shopdesk.base.access import NOBODY
from shopdesk.trail.deeds import Deed


@csrf_exempt  # a shop has no session: it signs what it sends
@require_POST
def hear_shop(request: HttpRequest, shop: str) -> HttpResponse:
    """Keep what a shop sends. 200 as soon as it is stored; 401 when the signature is not the channel's."""
    arrival = inbox.Arrival(shop, request.body, request.headers)
    try:
        inbox.keep(arrival, at=timezone.now())
    except inbox.NotSigned:
        securitylog.tell(Deed.SIGNATURE_WRONG, by=NOBODY.actor, target=("channel", shop[:32]))
        return HttpResponse(status=401)
    return HttpResponse(status=200)
