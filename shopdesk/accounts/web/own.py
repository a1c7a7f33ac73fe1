"""Doors of everybody: one's own sign-in, its second step and codes on paper, where one is signed in, one's PIN."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shopdesk.accounts import post, secondstep, staff
from shopdesk.accounts.forms import PinForm
from shopdesk.accounts.fresh import ask_again
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.toasts import say
from shopdesk.people import papercodes, sessions
from shopdesk.people.models import Role, Session, User


@require_safe
@never_cache
def my_account(request: HttpRequest) -> HttpResponse:
    """A person's own sign-in, and the way to every other page of the settings."""
    user = _me(request)
    shown = {
        "step": secondstep.has_app_or_key(user),
        "codes": papercodes.left(user.pk),
        "asked": user.role in secondstep.ASKED_OF,
        "packs": user.role == Role.PACKER,
    }
    return render(request, "settings/my_account.html", shown)


@require_safe
@never_cache
def second_step(request: HttpRequest) -> HttpResponse:
    """Lead through the set-up: first an app or a key, then codes on paper."""
    if secondstep.has_app_or_key(_me(request)) and not secondstep.lacks_second_step(request):
        return redirect("mfa_index")
    return render(request, "account/second_step.html", {"step": secondstep.has_app_or_key(_me(request))})


@require_POST
@never_cache
@ask_again
def make_codes(request: HttpRequest) -> HttpResponse:
    """Make codes on paper and show them, once."""
    user = _me(request)
    codes = secondstep.make_codes(user, at=timezone.now())
    post.tell_change(user, post.CODES_MADE)
    return render(request, "account/codes.html", {"codes": codes})


@require_safe
@never_cache
def my_sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    at, mine = timezone.now(), Session.objects.for_subject(asker(request)).filter(person=asker(request).person)
    shown = {
        "sessions": mine.filter(sessions.alive(at)).select_related("device").order_by("-seen_at"),
        "here": sessions.hashed(request.session.session_key),
    }
    return render(request, "settings/sessions.html", shown)


@require_POST
@ask_again
def end_session(request: HttpRequest, key: str) -> HttpResponse:
    """End one of my sessions, or as the owner somebody else's."""
    session = Session.objects.for_subject(asker(request)).filter(pk=key, person__isnull=False).first()
    if session is None:
        raise Missing
    staff.end_session(session, by=asker(request).actor, at=timezone.now())
    mine = session.person_id == asker(request).person
    say(request, _("Signed out there."))
    return done(request, reverse("my-sessions") if mine else reverse("people-person", args=[session.person_id]))


@require_POST
@ask_again
def end_others(request: HttpRequest) -> HttpResponse:
    """End every session of mine but this one."""
    by, at = asker(request).actor, timezone.now()
    staff.end_sessions(asker(request).person, but=request.session.session_key, by=by, at=at)
    say(request, _("You are signed out everywhere else."))
    return done(request, reverse("my-sessions"))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ask_again
def my_pin(request: HttpRequest) -> HttpResponse:
    """A packer chooses a PIN for the packing device."""
    form = PinForm(request.POST or None)
    if not form.is_valid():
        return render(request, "settings/my_pin.html", {"form": form})
    subject = asker(request)
    staff.choose_pin(subject.person, form.cleaned_data["pin"], by=subject.actor, at=timezone.now())
    say(request, _("Your PIN is changed."))
    return done(request, reverse("my-account"))


def _me(request: HttpRequest) -> User:
    """Who asks. Raises Missing for anybody who is no person."""
    if not isinstance(request.user, User):
        raise Missing
    return request.user
