"""Doors before the desk: an invitation's link, the packing device and its PIN; and the list of enrolled devices."""

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopdesk.accounts import door, staff
from shopdesk.accounts.forms import DeviceForm, PasswordForm, PinForm
from shopdesk.accounts.fresh import ask_again
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.toasts import say
from shopdesk.base.whence import address_of
from shopdesk.people import fence, lockout, station
from shopdesk.people.models import Device, User

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invited(request: HttpRequest, secret: str) -> HttpResponse:
    """Choose the first password by a link that opens once; then sign in with it as everybody does."""
    at = timezone.now()
    try:
        person = staff.open_link(secret, at=at).person
    except staff.LinkSpent as spent:
        return render(request, "account/invited.html", {"spent": spent}, status=404)
    form, refused = PasswordForm(request.POST or None), None
    if form.is_valid():
        try:
            staff.join(secret, form.cleaned_data["password"], at=at)
        except DomainError as refusal:
            refused = refusal
        else:
            logout(request)
            say(request, _("Your password is kept. Sign in with it."))
            return redirect("account_login")
    shown = {"form": form, "person": person, "refused": refused}
    return render(request, "account/invited.html", shown, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose_packer(request: HttpRequest) -> HttpResponse:
    """The packing device's door: who packs now? A POST ends the session of whoever packed before."""
    device = device_of(request)
    if device is None:
        return redirect("account_login")
    if request.method == "POST":
        logout(request)
        return redirect("station")
    return render(request, "account/station.html", {"device": device, "packers": station.packers()})


@sensitive_post_parameters("pin")
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def enter_pin(request: HttpRequest, person_id: int) -> HttpResponse:
    """The PIN of the packer who was chosen."""
    device = device_of(request)
    packer = station.packers().filter(pk=person_id).first() if device else None
    if device is None or packer is None:
        raise Missing
    form, refused = PinForm(request.POST or None), None
    if form.is_valid():
        try:
            person = station.judge(person_id, form.cleaned_data["pin"], device, at=timezone.now())
        except station.WrongPin as wrong:
            refused = wrong
        except lockout.DoorRests as rests:
            return door.show_rest(request, rests)
        else:
            fence.refuse_outside(person.subject, address_of(request), at=timezone.now())
            return _sit_down(request, person, device)
    shown = {"form": form, "packer": packer, "device": device, "refused": refused}
    return render(request, "account/pin.html", shown, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ask_again
def devices(request: HttpRequest) -> HttpResponse:
    """Enrolled devices; a POST enrols the one in hand, and leaves it to those who will work at it."""
    form = DeviceForm(request.POST or None)
    if not form.is_valid():
        rows = Device.objects.for_subject(asker(request)).select_related("enrolled_by").order_by("revoked_at", "-pk")
        return render(request, "settings/devices.html", {"form": form, "rows": rows, "this": device_of(request)})
    said, by = form.cleaned_data, asker(request).actor
    device, secret = station.enrol(said["name"], said["use"], by=by, at=timezone.now())
    logout(request)
    response = redirect("station" if device.use == Device.Use.PACKING else "account_login")
    response.set_cookie(
        station.COOKIE, secret, max_age=station.COOKIE_DAYS * 86_400, secure=settings.HTTPS, httponly=True,
        samesite="Lax",
    )  # fmt: skip
    return response


@require_POST
@ask_again
def revoke(request: HttpRequest, device_id: int) -> HttpResponse:
    """A device was lost, or left the shop."""
    device = Device.objects.for_subject(asker(request)).filter(pk=device_id).first()
    if device is None:
        raise Missing
    station.revoke(device, by=asker(request).actor, at=timezone.now())
    say(request, _("%(name)s is no device of the shop any more.") % {"name": device.name})
    return done(request, reverse("devices"))


def device_of(request: HttpRequest) -> Device | None:
    """Give the enrolled packing device that asks, if it is one."""
    device = station.find(request.COOKIES.get(station.COOKIE, ""))
    return device if device is not None and device.use == Device.Use.PACKING else None


def _sit_down(request: HttpRequest, person: User, device: Device) -> HttpResponse:
    """Sign a packer in at the device, with a new key and the device's ten minutes."""
    logout(request)
    login(request, person, backend=BACKEND)
    record_authentication(request, person, "pin")
    door.begin(request, person, device=device)
    return redirect("packing")


@require_safe
def signed_out(request: HttpRequest) -> HttpResponse:
    """Where whoever signs out comes to: the packing device's door, else the sign-in. What the browser kept goes."""
    response = redirect("station" if station.COOKIE in request.COOKIES else "account_login")
    # Not "cookies": they say which device this is, and which people know this browser.
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response
