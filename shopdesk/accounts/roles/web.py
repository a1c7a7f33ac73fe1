"""Doors of the roles: what each may do, and the limits of managers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from orders.models import Channel, Shop
from shopdesk.accounts.fresh import Fresh
from shopdesk.accounts.roles import desk, reading
from shopdesk.accounts.roles.forms import AddressesForm, LimitsForm, OwnLimitsForm
from shopdesk.base.access import Limits
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.toasts import say
from shopdesk.base.whence import address_of
from shopdesk.limits.models import MANAGER, limits_of
from shopdesk.people.models import Role, User


@method_decorator(never_cache, name="dispatch")
class Roles(Fresh):
    """The roles, and how far managers may go."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        return _show(request, _form(request, limits_of(MANAGER, 0)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Limit the role."""
        form = _form(request, limits_of(MANAGER, 0), data=request.POST)
        if not form.is_valid():
            return _show(request, form, status=422)
        desk.limit_role(form.limits(), by=asker(request).actor, at=timezone.now())
        say(request, _("The limits act from the next request on."))
        return redirect("roles")


class RoleAddresses(Fresh):
    """From where each role may be used."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Set the lists. A list that would shut out whoever sets it is refused beside its field."""
        form = AddressesForm(request.POST, lists=reading.addresses_of_roles())
        subject = asker(request)
        if form.is_valid():
            asked = desk.Asked(subject.kind, address_of(request))
            try:
                desk.set_addresses(form.cleaned_data, asked=asked, by=subject.actor, at=timezone.now())
            except desk.LockedOut as refusal:
                form.add_error(subject.kind, f"{refusal} {refusal.fill(refusal.next_step)}")
        if form.errors:
            return _show(request, _form(request, limits_of(MANAGER, 0)), addresses=form, status=422)
        say(request, _("The addresses act from the next request on."))
        return redirect("roles")


@method_decorator(never_cache, name="dispatch")
class OwnLimits(Fresh):
    """The limits of one manager."""

    def get(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Show them; the role's where there are none of their own."""
        person = _find(request, person_id)
        return _show_person(request, person, _own_form(request, person))

    def post(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Limit this person."""
        person = _find(request, person_id)
        form = _own_form(request, person, data=request.POST)
        if not form.is_valid():
            return _show_person(request, person, form, status=422)
        desk.limit_person(person.pk, form.limits(), by=asker(request).actor, at=timezone.now())
        say(request, _("%(name)s has limits of their own now.") % {"name": person.name})
        return redirect("roles")


class OwnLimitsRemoval(Fresh):
    """The end of a person's own limits."""

    def post(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Let the role's limits be theirs again."""
        person = _find(request, person_id)
        desk.lift_own(person.pk, by=asker(request).actor, at=timezone.now())
        say(request, _("%(name)s has the limits of the role again.") % {"name": person.name})
        return redirect("roles")


def _find(request: HttpRequest, person_id: int) -> User:
    person = User.objects.for_subject(asker(request)).filter(pk=person_id, role=Role.MANAGER).first()
    if person is None:
        raise Missing
    return person


def _form(request: HttpRequest, limits: Limits, **options: Any) -> LimitsForm:
    return LimitsForm(currency=Shop.current().currency, limits=limits, channels=_channels(request), **options)


def _own_form(request: HttpRequest, person: User, **options: Any) -> OwnLimitsForm:
    limits = limits_of(MANAGER, person.pk)
    form = OwnLimitsForm(currency=Shop.current().currency, limits=limits, channels=_channels(request), **options)
    form.initial["addresses"] = "\n".join(reading.own_addresses(person))
    return form


def _channels(request: HttpRequest) -> list[tuple[str, str]]:
    return list(Channel.objects.for_subject(asker(request)).order_by("name", "code").values_list("code", "name"))


def _show(
    request: HttpRequest, form: LimitsForm, *, addresses: AddressesForm | None = None, status: int = 200
) -> HttpResponse:
    people = User.objects.for_subject(asker(request)).filter(role=Role.MANAGER, is_active=True).order_by("name")
    shown = {
        "form": form,
        "roles": reading.roles(),
        "managers": reading.with_limits(people),
        "addresses": addresses or AddressesForm(lists=reading.addresses_of_roles()),
        "here": address_of(request),
    }
    return render(request, "settings/roles/page.html", shown, status=status)


def _show_person(request: HttpRequest, person: User, form: LimitsForm, *, status: int = 200) -> HttpResponse:
    shown = {"form": form, "person": person, "own": reading.has_own(person)}
    return render(request, "settings/roles/person.html", shown, status=status)
