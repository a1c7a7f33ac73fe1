"""Doors of the photos of returns: keep one, and give it back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import photos
from delivery.models import ReturnPhoto
from delivery.web.returns import find
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.files import MOST_BYTES, as_file
from shopdesk.base.toasts import say


@require_POST
def keep(request: HttpRequest, return_id: int) -> HttpResponse:
    """Keep a photo of what came back."""
    subject = asker(request)
    find(subject, return_id)
    file = request.FILES.get("photo")
    if file is None:
        raise Malformed([FieldError("/photo", "required", _("Choose or take a photo."))])
    # One byte more than is kept tells a file that is too large without reading it whole.
    photos.keep(return_id, file.read(MOST_BYTES + 1), by=subject.actor, at=timezone.now())
    say(request, _("The photo of return %(number)s is kept.") % {"number": return_id})
    return done(request, reverse("returns-card", args=[return_id]))


@require_safe
@never_cache
def read(request: HttpRequest, return_id: int, photo_id: int) -> HttpResponse:
    """Give a photo to whoever may see the return; always as a file, never as a page of ours."""
    rows = ReturnPhoto.objects.for_subject(asker(request)).filter(parent=return_id)
    photo = rows.filter(pk=photo_id).first()
    if photo is None:
        raise Missing
    return as_file(photos.read(photo), media_type=photo.media_type, name=f"return-{return_id}-{photo.pk}.jpg")
