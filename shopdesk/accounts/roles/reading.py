"""What the page of the roles reads: what each role is for, and which managers have limits of their own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shopdesk.limits.models import LimitSet
from shopdesk.people.models import Role, User


@dataclass(frozen=True, slots=True)
class Told:
    """A role in words."""

    name: str | Promise
    sees: str | Promise
    never: str | Promise


ROLES = (
    Told(
        Role.OWNER.label, _("Everything: all desks, the figures, people, keys and settings."), _("Anybody's password.")
    ),
    Told(
        Role.MANAGER.label,
        _("Orders, customers, calls, the shelf, acts, returns and reports, within the limits below."),
        _("People, secrets, erasure."),
    ),
    Told(
        Role.PACKER.label,
        _("Orders on the packing table, the shelf, counts, what comes back. Addresses on the label only."),
        _("Customers, their phones and mails, sums, lists of orders, files."),
    ),
    Told(
        Role.COURIER.label,
        _("Acts and parcels in their hands: where to, what to take. A phone is shown one by one, and noted."),
        _("Other couriers' parcels, what left their hands, lists of people."),
    ),
)


def roles() -> tuple[Told, ...]:
    """Give the roles in words, the widest first."""
    return ROLES


def with_limits(people: Iterable[User]) -> list[dict[str, Any]]:
    """Give people with whether they have limits of their own."""
    own = set(LimitSet.objects.exclude(person=None).values_list("person", flat=True))
    return [{"person": person, "own": person.pk in own} for person in people]


def has_own(person: User) -> bool:
    """Tell whether a person has limits of their own."""
    return LimitSet.objects.filter(person=person).exists()


def own_addresses(person: User) -> list[str]:
    """Give the addresses of a person's own list."""
    row = LimitSet.objects.filter(person=person).first()
    return list(row.addresses or ()) if row else []


def addresses_of_roles() -> dict[str, list[str]]:
    """Give from where each role may be used; an empty list is from everywhere."""
    rows = {row.role: row for row in LimitSet.objects.filter(person=None)}
    return {role: list(rows[role].addresses or ()) if role in rows else [] for role in Role.values}
