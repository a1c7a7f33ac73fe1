"""Doors of a closed act: what the signed paper says, the scan of it, and the paper itself."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from delivery import copies, documents, handoff, proofs, voiding
from delivery.models import HandoffLine, SignedCopy
from delivery.web.forms import SettleForm, VoidForm
from delivery.web.seeing import find_act
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.files import MOST_BYTES, Kind, as_file
from shopdesk.base.formfields import read_form
from shopdesk.base.strict import form_identifier
from shopdesk.base.toasts import say

MOST = 1_000


@require_POST
def settle(request: HttpRequest, number: int) -> HttpResponse:
    """Say of parcels of a closed act that the courier took them, or did not, or has one that is not listed."""
    subject = asker(request)
    act = find_act(subject, number)
    form = SettleForm(request.POST)
    read_form(form)
    word = form.cleaned_data["said"]
    if "all" in request.POST:
        left = act.lines.filter(state=HandoffLine.State.ON)
        parcels = list(left.values_list("parcel__number", flat=True)[:MOST])
    else:
        parcels = _named(request)
    how = "paper"
    if code := request.POST.get("code", "").strip():
        proofs.judge_code(act, code[:20], at=timezone.now())
        how = "code"
    said = handoff.Acceptance(**{word: parcels}, how=how)
    settled = handoff.accept(number, said, by=subject.actor, at=timezone.now())
    say(request, _("Act %(number)s is %(state)s.") % {"number": number, "state": settled.get_state_display()})
    return done(request, reverse("acts-card", args=[number]))


@require_POST
def void(request: HttpRequest, number: int) -> HttpResponse:
    """Declare an act void of which the courier took nothing."""
    subject = asker(request)
    find_act(subject, number)
    form = VoidForm(request.POST)
    read_form(form)
    voiding.void(number, voiding.Why(form.cleaned_data["why"]), by=subject.actor, at=timezone.now())
    say(request, _("Act %(number)s is void. Its parcels wait for another one.") % {"number": number})
    return done(request, reverse("acts-card", args=[number]))


@require_POST
def keep_copy(request: HttpRequest, number: int) -> HttpResponse:
    """Keep a scan of the signed act."""
    subject = asker(request)
    find_act(subject, number)
    file = request.FILES.get("copy")
    if file is None:
        raise Malformed([FieldError("/copy", "required", _("Choose the scan of the signed act."))])
    # One byte more than is kept tells a file that is too large without reading it whole.
    copies.keep(number, file.read(MOST_BYTES + 1), by=subject.actor, at=timezone.now())
    say(request, _("The signed copy of act %(number)s is kept.") % {"number": number})
    return done(request, reverse("acts-card", args=[number]))


@require_safe
@never_cache
def read_copy(request: HttpRequest, number: int, copy_id: int) -> HttpResponse:
    """Give a signed copy to whoever may see its act; always as a file, never as a page of ours."""
    copy = SignedCopy.objects.for_subject(asker(request)).filter(pk=copy_id, handoff=number).first()
    if copy is None:
        raise Missing
    name = f"act-{number}-{copy.pk}.{copies.SUFFIXES[Kind(copy.media_type)]}"
    return as_file(copies.read_copy(copy), media_type=copy.media_type, name=name)


@require_safe
@never_cache
def print_act(request: HttpRequest, number: int) -> HttpResponse:
    """Give both copies of the act as PDF."""
    subject = asker(request)
    find_act(subject, number)
    pdf = documents.print_act(number, by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type=Kind.PDF.value)
    response["Content-Disposition"] = f'inline; filename="act-{number}.pdf"'
    return response


def _named(request: HttpRequest) -> list[str]:
    """The parcels that were ticked or scanned. Raises Malformed."""
    texts = [text for text in request.POST.getlist("parcel") if text.strip()]
    if not texts or len(texts) > MOST:
        raise Malformed([FieldError("/parcel", "required", _("Scan a parcel, or tick it in the list."))])
    return [form_identifier(text, max_length=40).upper() for text in texts]
