"""The shared packing device: enrolled by owner or manager, then packers sign in at it with a PIN (SEC-11)."""

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.people import lockout, sessions
from shopdesk.people.entrance import Device, Session
from shopdesk.people.models import Role, User
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

COOKIE = "__Host-device" if settings.HTTPS else "device"
COOKIE_DAYS = 400  # as long as browsers keep one
DIGITS = 6
NO_HASH = "!"  # takes as long to compare as a real one


class WrongPin(DomainError):
    """Not this person's PIN, or they have none."""

    sentence = _("That is not the PIN.")
    next_step = _("After five tries this door rests for a while. The owner can make a new PIN.")


class OnlyPackers(DomainError):
    """Whoever sees customers signs in with a password."""

    sentence = _("A PIN is for packers only.")


class EasyPin(DomainError):
    """Six digits that everybody tries first."""

    sentence = _("This PIN is too easy to guess.")
    next_step = _("Six digits: not all the same, not in a row.")


@transaction.atomic(durable=True)
def enrol(name: str, use: str, *, by: Actor, at: datetime) -> tuple[Device, str]:
    """Enrol the device in hand. Gives it and its secret, which only its own cookie keeps."""
    secret = secrets.token_urlsafe(32)
    device = Device.objects.create(
        name=name, use=use, secret_hash=sessions.hashed(secret), enrolled_by_id=by.id, enrolled_at=at
    )
    note(Note(Deed.DEVICE_ENROLLED, ("device", device.pk), {}, {"use": use}), by=by, at=at)
    return device, secret


@transaction.atomic(durable=True)
def revoke(device: Device, *, by: Actor, at: datetime) -> None:
    """Nobody signs in at this device any more, and whoever is, is not. A second call changes nothing."""
    if Device.objects.filter(pk=device.pk, revoked_at=None).update(revoked_at=at):
        sessions.end(Session.objects.filter(device=device))
        note(Note(Deed.DEVICE_REVOKED, ("device", device.pk)), by=by, at=at)


def find(secret: str) -> Device | None:
    """Give the device that carries this secret, unless it was revoked."""
    return Device.objects.filter(secret_hash=sessions.hashed(secret), revoked_at=None).first() if secret else None


def packers() -> QuerySet[User]:
    """List who may sign in with a PIN, by name."""
    return User.objects.filter(role=Role.PACKER, is_active=True).exclude(pin_hash="").order_by("name", "pk")


def judge(person_id: int, pin: str, device: Device, *, at: datetime) -> User:
    """Give the packer whose PIN this is. Raises WrongPin, DoorRests."""
    counted = lockout.at_the_device(person_id, device.pk)
    lockout.count(counted, at=at)
    person = packers().filter(pk=person_id).first()
    if not check_password(pin, person.pin_hash if person else NO_HASH) or person is None:
        raise WrongPin
    lockout.take_back(counted, at=at)
    Device.objects.filter(pk=device.pk).update(seen_at=at)
    return person


def set_pin(person: User, pin: str) -> None:
    """Keep a packer's PIN as a slow hash. Needs an open transaction. Raises OnlyPackers, EasyPin."""
    if person.role != Role.PACKER:
        raise OnlyPackers
    if is_easy(pin):
        raise EasyPin
    person.pin_hash = make_password(pin)
    person.save(update_fields=["pin_hash"])


def new_pin() -> str:
    """Make a PIN that is not easy."""
    while is_easy(pin := f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"):
        continue
    return pin


def is_easy(pin: str) -> bool:
    """Whether it is not six digits, has fewer than three different ones, or counts up or down."""
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()) or len(set(pin)) < 3:
        return True
    steps = {int(after) - int(before) for before, after in zip(pin, pin[1:], strict=False)}
    return steps in ({1}, {-1})
