"""One's own e-mail, changed by oneself: a link goes to the new address, and only whoever opens it there changes it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from shopdesk.accounts.staff import lock
from shopdesk.base.errors import DomainError
from shopdesk.people import lockout, sessions
from shopdesk.people.models import EmailChange, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

OPENS_FOR = timedelta(hours=24)


class SameAddress(DomainError):
    """It is the e-mail that they sign in with already."""

    sentence = _("That is your e-mail already.")


class AddressLinkSpent(DomainError):
    """The link was used, is too old, or a newer one was asked for; or somebody else has the address by now."""

    sentence = _("This link has been used, or is older than a day.")
    next_step = _("Ask for a new one on the page of your account.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked, and the secret of the link for the new address; or who has that address already."""

    person: User
    secret: str = ""
    holder: User | None = None


@transaction.atomic(durable=True)
def ask(person_id: int, email: str, *, at: datetime) -> Asked:
    """Keep the wish and make the secret of its link. The wish before it is dropped.

    No wish is kept where somebody else here has that address: whoever asks must not learn of it, its holder is told.
    Raises SameAddress, lockout.DoorRests.
    """
    person = lock(person_id)
    if person.email.casefold() == email.casefold():
        raise SameAddress
    lockout.count(lockout.at_a_new_address(person.pk, email), at=at)
    _drop_wishes(person, at=at)
    if holder := holder_of(email):
        return Asked(person, holder=holder)
    secret = secrets.token_urlsafe(32)
    EmailChange.objects.create(
        person=person, email=email, secret_hash=sessions.hashed(secret), made_at=at, expires_at=at + OPENS_FOR
    )
    return Asked(person, secret)


@transaction.atomic(durable=True)
def settle(secret: str, *, at: datetime) -> tuple[User, str]:
    """Whoever opened the link signs in with that address from now on. Gives them, and the address of before.

    A second call is refused. Raises AddressLinkSpent.
    """
    wish = open_wish(secret, at=at)
    person, email = lock(wish.person_id), wish.email
    if not EmailChange.objects.filter(pk=wish.pk, used_at=None).update(used_at=at, email=""):
        raise AddressLinkSpent
    # Every change of an address locks the owners' rows as well: of two who want the same one the second sees the first.
    if holder_of(email) is not None:
        raise AddressLinkSpent
    before, person.email = person.email, email
    person.save(update_fields=["email"])
    personal = [("email", before, email)]
    note(Note(Deed.EMAIL_CHANGED, ("person", person.pk), {}, {}, personal), by=person.subject.actor, at=at)
    return person, before


def open_wish(secret: str, *, at: datetime) -> EmailChange:
    """Give the wish that this secret opens now. Raises AddressLinkSpent."""
    wishes = EmailChange.objects.select_related("person").filter(used_at=None, expires_at__gt=at)
    wish = wishes.filter(secret_hash=sessions.hashed(secret), person__is_active=True).first()
    if wish is None:
        raise AddressLinkSpent
    return wish


def holder_of(email: str) -> User | None:
    """Give whoever signs in with this address."""
    return User.objects.filter(email__iexact=email).first()


def _drop_wishes(person: User, *, at: datetime) -> None:
    EmailChange.objects.filter(person=person, used_at=None).update(used_at=at, email="")
