"""Doors of one's own e-mail: asked for by somebody who showed who they are, settled by the link of a letter."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from shopdesk.accounts import addresses, door, post
from shopdesk.accounts.forms import EmailForm
from shopdesk.accounts.fresh import ask_again
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.toasts import say
from shopdesk.base.whence import address_of
from shopdesk.people import lockout
from shopdesk.people.models import User


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ask_again
def my_email(request: HttpRequest) -> HttpResponse:
    """Name a new address; a letter with a link goes there."""
    form = EmailForm(request.POST or None)
    if not form.is_valid():
        return render(request, "settings/my_email.html", {"form": form})
    email = form.cleaned_data["email"]
    try:
        asked = addresses.ask(asker(request).person, email, at=timezone.now())
    except lockout.DoorRests as rests:
        return door.show_rest(request, rests)
    _write(request, asked, email)
    say(request, _("A letter is on its way to %(email)s. Its link works for a day.") % {"email": email})
    return done(request, reverse("my-account"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def new_address(request: HttpRequest, secret: str) -> HttpResponse:
    """Open the letter's link: look, then press. Programs that open every link in a letter change nothing."""
    at = timezone.now()
    try:
        if request.method != "POST":
            return render(request, "account/new_address.html", {"wish": addresses.open_wish(secret, at=at)})
        person, before = addresses.settle(secret, at=at)
    except addresses.AddressLinkSpent as spent:
        return render(request, "account/new_address.html", {"spent": spent}, status=404)
    _tell(request, person, post.EMAIL_CHANGED, to=before)
    say(request, _("You sign in with your new e-mail from now on."))
    return redirect("home")


def _write(request: HttpRequest, asked: addresses.Asked, email: str) -> None:
    """Send the link; where the address is somebody's here, tell them instead."""
    if asked.holder is not None:
        _tell(request, asked.holder, post.EMAIL_WANTED)
    else:
        link = settings.PUBLIC_URL + reverse("new-address", args=[asked.secret])
        post.send(asked.person, "post/new_address.txt", {"link": link}, to=email)


def _tell(request: HttpRequest, user: User, what: str | Promise, *, to: str = "") -> None:
    agent = request.headers.get("User-Agent", "")
    post.tell_change(user, what, address=address_of(request), agent=agent, to=to)
