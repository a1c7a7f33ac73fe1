"""Doors of the pictures beside an act: what shows a difference, and giving a picture back."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import proofs
from delivery.models import ActProof
from delivery.web.seeing import find_act
from shopdesk.base.access import Actor
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.files import MOST_BYTES, as_file
from shopdesk.base.strict import form_identifier
from shopdesk.base.toasts import say

MOST_DRAWN = 400_000  # characters of a drawn signature


@require_POST
def keep(request: HttpRequest, number: int) -> HttpResponse:
    """Keep a photo that shows how an act, or one parcel of it, was."""
    subject = asker(request)
    find_act(subject, number)
    file = request.FILES.get("photo")
    if file is None:
        raise Malformed([FieldError("/photo", "required", _("Choose or take a photo."))])
    parcel = form_identifier(request.POST.get("parcel", ""), max_length=40).upper()
    # One byte more than is kept tells a file that is too large without reading it whole.
    new = proofs.NewProof(ActProof.Kind.PHOTO, file.read(MOST_BYTES + 1), parcel)
    proofs.keep(number, new, by=subject.actor, at=timezone.now())
    say(request, _("The photo of act %(number)s is kept.") % {"number": number})
    return done(request, reverse("acts-card", args=[number]))


@require_safe
@never_cache
def read(request: HttpRequest, number: int, proof_id: int) -> HttpResponse:
    """Give a picture to whoever may see its act; always as a file, never as a page of ours."""
    proof = ActProof.objects.for_subject(asker(request)).filter(pk=proof_id, handoff=number).first()
    if proof is None:
        raise Missing
    return as_file(proofs.read(proof), media_type="image/jpeg", name=f"act-{number}-{proof.kind}-{proof.pk}.jpg")


def keep_what_came(request: HttpRequest, number: int, by: Actor) -> None:
    """Keep the signature and the photo that came along with an acceptance, if any."""
    at = timezone.now()
    if drawn := request.POST.get("signature", ""):
        if len(drawn) > MOST_DRAWN:
            raise proofs.NotAPicture
        proofs.keep(number, proofs.NewProof(ActProof.Kind.SIGNATURE, proofs.read_drawn(drawn)), by=by, at=at)
    if file := request.FILES.get("photo"):
        proofs.keep(number, proofs.NewProof(ActProof.Kind.PHOTO, file.read(MOST_BYTES + 1)), by=by, at=at)
