"""From where people come: a role that the owner tied to addresses is used from nowhere else."""

from datetime import datetime

from django.db import transaction

from shopdesk.base.access import Subject
from shopdesk.base.errors import NotFromHere
from shopdesk.people.tokens import is_among
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note


def is_outside(subject: Subject, address: str) -> bool:
    """Tell whether this subject may not be used from an address. An address that nobody knows lies in no network."""
    return bool(subject.limits.addresses) and not is_among(address, subject.limits.addresses)


def refuse_outside(subject: Subject, address: str, *, at: datetime) -> None:
    """Refuse somebody from elsewhere, and note it: whoever has the password or the session is not where they should be.

    Raises NotFromHere.
    """
    if not is_outside(subject, address):
        return
    with transaction.atomic():
        told = Note(Deed.CAME_FROM_ELSEWHERE, ("person", subject.person), personal=[("address", "", address)])
        note(told, by=subject.actor, at=at)
    raise NotFromHere
