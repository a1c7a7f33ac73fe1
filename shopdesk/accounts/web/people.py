"""Doors of the owner: who works here, invitations, roles, absences, where they are signed in."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.models import Shop
from shopdesk.accounts import post, secondstep, staff
from shopdesk.accounts.forms import AbsenceForm, InviteForm, TermsForm
from shopdesk.accounts.fresh import ask_again
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.periods import shop_day
from shopdesk.base.toasts import say
from shopdesk.people import papercodes
from shopdesk.people.models import Absence, Role, Session, User


@require_safe
@never_cache
def list_people(request: HttpRequest) -> HttpResponse:
    """Who works here, who is away, who left."""
    everybody = list(User.objects.for_subject(asker(request)).order_by("name", "pk"))
    today = _today()
    away = dict(Absence.objects.for_subject(asker(request)).covering(today).values_list("person", "until_on"))
    stepped = secondstep.who_have_it(everybody)
    here = [
        {
            "person": one, "away_until": away.get(one.pk), "step": one.pk in stepped,
            "asked": one.role in secondstep.ASKED_OF,
        }
        for one in everybody
        if one.is_active
    ]  # fmt: skip
    left = [one for one in everybody if not one.is_active]
    return render(request, "settings/people/page.html", {"here": here, "left": left})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@ask_again
def invite(request: HttpRequest) -> HttpResponse:
    """Add somebody, and give them a link to choose their password."""
    form = InviteForm(request.POST or None, initial={"role": Role.MANAGER, "language": ""})
    if not form.is_valid():
        return render(request, "settings/people/invite.html", {"form": form})
    said = form.cleaned_data
    by, at = asker(request).actor, timezone.now()
    person, secret = staff.invite(said["email"], said["name"], form.terms(), by=by, at=at)
    return _show_link(request, person, secret)


@require_safe
@never_cache
def show_person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody's card."""
    return render(request, "settings/people/person.html", _card(request, find(request, person_id)))


@require_POST
@ask_again
def change(request: HttpRequest, person_id: int) -> HttpResponse:
    """Another role or language."""
    person = find(request, person_id)
    form = TermsForm(request.POST)
    if not form.is_valid():
        return render(request, "settings/people/person.html", _card(request, person) | {"form": form})
    role = person.role
    person = staff.change(person.pk, form.terms(), by=asker(request).actor, at=timezone.now())
    if person.role != role:
        post.tell_change(person, post.ROLE_CHANGED)
    say(request, _("%(name)s: saved.") % {"name": person.name})
    return done(request, reverse("people-person", args=[person.pk]))


@require_POST
@ask_again
def end(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody left."""
    person = staff.end(find(request, person_id).pk, by=asker(request).actor, at=timezone.now())
    say(request, _("%(name)s cannot sign in any more.") % {"name": person.name})
    return done(request, reverse("people"))


@require_POST
@ask_again
def take_back(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody who left works here again."""
    person, secret = staff.take_back(find(request, person_id).pk, by=asker(request).actor, at=timezone.now())
    return _show_link(request, person, secret)


@require_POST
@ask_again
def invite_again(request: HttpRequest, person_id: int) -> HttpResponse:
    """A new link for somebody who has no password yet."""
    person, secret = staff.invite_again(find(request, person_id).pk, by=asker(request).actor, at=timezone.now())
    return _show_link(request, person, secret)


@require_POST
@ask_again
def take_off_second_step(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody lost phone, key and paper."""
    person = staff.take_off_second_step(find(request, person_id).pk, by=asker(request).actor, at=timezone.now())
    post.tell_change(person, post.STEP_TAKEN_OFF)
    say(request, _("%(name)s sets up the second step at the next sign-in.") % {"name": person.name})
    return done(request, reverse("people-person", args=[person.pk]))


@require_POST
@ask_again
def give_pin(request: HttpRequest, person_id: int) -> HttpResponse:
    """A new PIN for a packer, shown once."""
    person, pin = staff.give_pin(find(request, person_id).pk, by=asker(request).actor, at=timezone.now())
    post.tell_change(person, post.PIN_GIVEN)
    return render(request, "settings/people/pin.html", {"person": person, "pin": pin})


@require_POST
def set_absence(request: HttpRequest, person_id: int) -> HttpResponse:
    """Somebody will be away."""
    person = find(request, person_id)
    form = AbsenceForm(request.POST, person=person)
    if not form.is_valid():
        return render(request, "settings/people/person.html", _card(request, person) | {"absence_form": form})
    said = form.cleaned_data
    substitute = said["substitute"].pk if said["substitute"] else None
    by, at = asker(request).actor, timezone.now()
    staff.set_absence(person.pk, said["from_on"], said["until_on"], substitute, by=by, at=at)
    say(request, _("%(name)s: saved.") % {"name": person.name})
    return done(request, reverse("people-person", args=[person.pk]))


@require_POST
def drop_absence(request: HttpRequest, absence_id: int) -> HttpResponse:
    """Somebody will not be away after all."""
    absence = Absence.objects.for_subject(asker(request)).filter(pk=absence_id).first()
    if absence is None:
        raise Missing
    staff.drop_absence(absence, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("people-person", args=[absence.person_id]))


@require_POST
@ask_again
def end_sessions(request: HttpRequest, person_id: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    person = find(request, person_id)
    staff.end_sessions(person.pk, by=asker(request).actor, at=timezone.now())
    say(request, _("%(name)s is signed out everywhere.") % {"name": person.name})
    return done(request, reverse("people-person", args=[person.pk]))


def find(request: HttpRequest, person_id: int) -> User:
    """Give somebody this subject may see. Raises Missing."""
    person = User.objects.for_subject(asker(request)).filter(pk=person_id).first()
    if person is None:
        raise Missing
    return person


def _card(request: HttpRequest, person: User) -> dict[str, Any]:
    """What a card shows."""
    absences = Absence.objects.for_subject(asker(request)).filter(person=person, until_on__gt=_today())
    terms = {name: getattr(person, name) for name in ("role", "courier_code", "language")}
    return {
        "person": person,
        "form": TermsForm(initial=terms),
        "absence_form": AbsenceForm(person=person),
        "absences": absences.select_related("substitute").order_by("from_on"),
        "sessions": Session.objects.for_subject(asker(request)).filter(person=person).order_by("-seen_at"),
        "joined": person.has_usable_password(),
        "step": secondstep.has_app_or_key(person),
        "codes": papercodes.left(person.pk),
    }


def _show_link(request: HttpRequest, person: User, secret: str) -> HttpResponse:
    """Show the link once, and send it."""
    link = settings.PUBLIC_URL + reverse("invited", args=[secret])
    post.send(person, "post/invited.txt", {"link": link, "shop": Shop.current()})
    return render(request, "settings/people/link.html", {"person": person, "link": link})


def _today() -> date:
    return shop_day(timezone.now(), Shop.current().zone)
