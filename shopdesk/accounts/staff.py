"""People of the shop: invited, changed, away, ended. Everything goes into the trail."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing
from shopdesk.people import sessions, station
from shopdesk.people.models import Absence, ApiToken, Invitation, RecoveryCode, Role, Session, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

INVITED_FOR = timedelta(hours=72)
CHANGED = ("role", "language", "courier_code")


class MailTaken(DomainError):
    """Somebody with this e-mail is here already."""

    sentence = _("Somebody with this e-mail is here already.")
    next_step = _("If they left, open their card and take them back.")


class LastOwner(DomainError):
    """A shop without an owner could never make one again."""

    sentence = _("This is the last owner of the shop.")
    next_step = _("Make somebody else an owner first.")


class LinkSpent(DomainError):
    """The invitation was used, or is too old."""

    sentence = _("This link has been used, or is older than three days.")
    next_step = _("Ask the owner for a new one.")


class WeakPassword(DomainError):
    """The password is short, common, or like the person's name."""

    sentence = _("Choose another password.")


class AlreadyJoined(DomainError):
    """Who has a password needs no invitation."""

    sentence = _("This person has a password already.")
    next_step = _("They can ask for a new one at the sign-in.")


class WrongDays(DomainError):
    """The absence ends before it begins, or names its own person as substitute."""

    sentence = _("The day back must come after the first day away, and somebody else must stand in.")


@dataclass(frozen=True)
class Terms:
    """What somebody does here: the role, the courier service of a courier, the language they read."""

    role: str
    language: str = ""
    courier_code: str = ""


@transaction.atomic(durable=True)
def invite(email: str, name: str, terms: Terms, *, by: Actor, at: datetime) -> tuple[User, str]:
    """Add a person who cannot sign in yet. Gives them and the secret of their link. Raises MailTaken."""
    if User.objects.filter(email__iexact=email).exists():
        raise MailTaken
    person = User.objects.create_user(email, name=name, **vars(terms))
    personal = [("email", "", person.email), ("name", "", name)]
    note(Note(Deed.PERSON_INVITED, _target(person), {}, {"role": terms.role}, personal), by=by, at=at)
    return person, _new_link(person, at=at)


@transaction.atomic(durable=True)
def invite_again(person_id: int, *, by: Actor, at: datetime) -> tuple[User, str]:
    """Make a new link; the one before stops working. Raises AlreadyJoined."""
    person = lock(person_id)
    if person.has_usable_password():
        raise AlreadyJoined
    note(Note(Deed.PERSON_INVITED, _target(person), {}, {"role": person.role}), by=by, at=at)
    return person, _new_link(person, at=at)


@transaction.atomic(durable=True)
def join(secret: str, password: str, *, at: datetime) -> User:
    """Choose the first password by the link; it opens once. Raises LinkSpent, WeakPassword."""
    link = open_link(secret, at=at)
    person = lock(link.person_id)
    try:
        validate_password(password, person)
    except ValidationError as weak:
        raise WeakPassword(next_step=" ".join(weak.messages)) from None
    if not Invitation.objects.filter(pk=link.pk, used_at=None).update(used_at=at):
        raise LinkSpent
    person.set_password(password)
    person.save(update_fields=["password"])
    note(Note(Deed.PERSON_JOINED, _target(person)), by=person.subject.actor, at=at)
    return person


def open_link(secret: str, *, at: datetime) -> Invitation:
    """Give the invitation that this secret opens now. Raises LinkSpent."""
    links = Invitation.objects.select_related("person").filter(used_at=None, expires_at__gt=at, person__is_active=True)
    link = links.filter(secret_hash=sessions.hashed(secret)).first()
    if link is None:
        raise LinkSpent
    return link


@transaction.atomic(durable=True)
def change(person_id: int, terms: Terms, *, by: Actor, at: datetime) -> User:
    """Change what somebody does here; with another role they sign in anew, and a PIN is gone. Raises LastOwner."""
    person = lock(person_id)
    if person.role == Role.OWNER and terms.role != Role.OWNER:
        _keep_an_owner(person)
    before = {name: getattr(person, name) for name in CHANGED}
    after = {name: value for name, value in vars(terms).items() if value != before[name]}
    if not after:
        return person
    for name, value in after.items():
        setattr(person, name, value)
    if {"role", "courier_code"} & after.keys():
        person.pin_hash = ""
        sessions.end_all(person.pk)
    person.save(update_fields=[*after, "pin_hash"])
    was = {name: before[name] for name in after}
    note(Note(Deed.PERSON_CHANGED, _target(person), was, after), by=by, at=at)
    return person


@transaction.atomic(durable=True)
def end(person_id: int, *, by: Actor, at: datetime) -> User:
    """Somebody left: sessions, keys, PIN and links die now. A second call changes nothing. Raises LastOwner."""
    person = lock(person_id)
    if not person.is_active:
        return person
    if person.role == Role.OWNER:
        _keep_an_owner(person)
    person.is_active, person.ended_at, person.pin_hash = False, at, ""
    person.save(update_fields=["is_active", "ended_at", "pin_hash"])
    sessions.end_all(person.pk)
    keys = ApiToken.objects.filter(user=person, revoked_at=None).update(revoked_at=at)
    Invitation.objects.filter(person=person, used_at=None).update(used_at=at)
    note(Note(Deed.PERSON_ENDED, _target(person), {"role": person.role}, {"keys": keys}), by=by, at=at)
    return person


@transaction.atomic(durable=True)
def take_back(person_id: int, *, by: Actor, at: datetime) -> tuple[User, str]:
    """Somebody who left works here again, with a new link: the old password opens nothing. Twice makes two links."""
    person = lock(person_id)
    person.is_active, person.ended_at = True, None
    person.set_unusable_password()
    person.save(update_fields=["is_active", "ended_at", "password"])
    note(Note(Deed.PERSON_INVITED, _target(person), {}, {"role": person.role}), by=by, at=at)
    return person, _new_link(person, at=at)


@transaction.atomic(durable=True)
def take_off_second_step(person_id: int, *, by: Actor, at: datetime) -> User:
    """Somebody lost phone, key and paper: they set the second step up anew. They are signed out everywhere."""
    person = lock(person_id)
    Authenticator.objects.filter(user=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    sessions.end_all(person.pk)
    note(Note(Deed.SECOND_FACTOR_REMOVED, _target(person)), by=by, at=at)
    return person


@transaction.atomic(durable=True)
def end_session(session: Session, *, by: Actor, at: datetime) -> None:
    """End one place where somebody is signed in. A second call does nothing."""
    if sessions.end(Session.objects.filter(pk=session.pk)) and session.person_id:
        note(Note(Deed.SESSION_ENDED, ("person", session.person_id), {}, {"sessions": 1}), by=by, at=at)


@transaction.atomic(durable=True)
def end_sessions(person_id: int, *, but: str | None = None, by: Actor, at: datetime) -> int:
    """End every place where somebody is signed in, except the one with that key. Gives how many."""
    ended = sessions.end_all(person_id, but=but)
    if ended:
        note(Note(Deed.SESSION_ENDED, ("person", person_id), {}, {"sessions": ended}), by=by, at=at)
    return ended


@transaction.atomic(durable=True)
def set_absence(
    person_id: int, from_on: date, until_on: date, substitute: int | None, *, by: Actor, at: datetime
) -> Absence:
    """Somebody will be away from a day of the shop until the day back. Raises WrongDays."""
    person = lock(person_id)
    if until_on <= from_on or substitute == person.pk:
        raise WrongDays
    if substitute is not None and not User.objects.filter(pk=substitute, is_active=True).exists():
        raise Missing
    days = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat(), "substitute": substitute}
    note(Note(Deed.ABSENCE_CHANGED, _target(person), {}, days), by=by, at=at)
    return Absence.objects.create(person=person, from_on=from_on, until_on=until_on, substitute_id=substitute)


@transaction.atomic(durable=True)
def drop_absence(absence: Absence, *, by: Actor, at: datetime) -> None:
    """They will not be away after all. A second call does nothing."""
    days = {"from_on": absence.from_on.isoformat(), "until_on": absence.until_on.isoformat()}
    if Absence.objects.filter(pk=absence.pk).delete()[0]:
        note(Note(Deed.ABSENCE_CHANGED, ("person", absence.person_id), days, {}), by=by, at=at)


@transaction.atomic(durable=True)
def give_pin(person_id: int, *, by: Actor, at: datetime) -> tuple[User, str]:
    """Make a PIN for a packer, shown once; the one before stops working. Raises OnlyPackers."""
    person = lock(person_id)
    pin = station.new_pin()
    station.set_pin(person, pin)
    note(Note(Deed.PIN_CHANGED, _target(person)), by=by, at=at)
    return person, pin


@transaction.atomic(durable=True)
def choose_pin(person_id: int, pin: str, *, by: Actor, at: datetime) -> None:
    """A packer chooses their own PIN. Raises OnlyPackers, EasyPin."""
    person = lock(person_id)
    station.set_pin(person, pin)
    note(Note(Deed.PIN_CHANGED, _target(person)), by=by, at=at)


def lock(person_id: int) -> User:
    """Lock somebody's row, and with it all owners', by key: two owners who end each other wait in line.

    Raises Missing.
    """
    rows = User.objects.select_for_update(no_key=True).filter(Q(pk=person_id) | Q(role=Role.OWNER)).order_by("pk")
    person = next((row for row in rows if row.pk == person_id), None)
    if person is None:
        raise Missing
    return person


def _keep_an_owner(person: User) -> None:
    """Refuse to lose the last owner who can sign in. All owners are locked by then."""
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=person.pk)
    if not any(owner.has_usable_password() for owner in others):
        raise LastOwner


def _new_link(person: User, *, at: datetime) -> str:
    """Make the secret of a link that opens once, within three days; links before it stop working."""
    Invitation.objects.filter(person=person, used_at=None).update(used_at=at)
    secret = secrets.token_urlsafe(32)
    Invitation.objects.create(
        person=person, secret_hash=sessions.hashed(secret), made_at=at, expires_at=at + INVITED_FOR
    )
    return secret


def _target(person: User) -> tuple[str, object]:
    return "person", person.pk
