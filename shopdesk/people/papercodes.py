"""Codes on paper: for the day when phone and key are lost. Each opens once; only slow hashes are kept (SEC-11)."""

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from shopdesk.people.entrance import RecoveryCode

HOW_MANY = 10
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that is misread on paper
GROUP = 4


def make(person: int, *, at: datetime) -> list[str]:
    """Make ten codes, which are shown once. The ones before stop working. Needs an open transaction."""
    RecoveryCode.objects.filter(person=person).delete()
    texts: dict[str, str] = {}
    while len(texts) < HOW_MANY:
        texts[_group()] = _group() + _group()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person_id=person, label=label, secret_hash=make_password(rest), made_at=at)
        for label, rest in texts.items()
    )
    return [f"{label}-{rest[:GROUP]}-{rest[GROUP:]}" for label, rest in texts.items()]


def spend(person: int, text: str, *, at: datetime) -> bool:
    """Whether this is a code that was not used yet; from now on it is used. Two at once: one of them opens."""
    typed = "".join(letter for letter in text.upper() if letter in LETTERS)
    if len(typed) != 3 * GROUP:
        return False
    row = RecoveryCode.objects.filter(person=person, label=typed[:GROUP], used_at=None).first()
    if row is None or not check_password(typed[GROUP:], row.secret_hash):
        return False
    with transaction.atomic():
        return RecoveryCode.objects.filter(pk=row.pk, used_at=None).update(used_at=at) == 1


def left(person: int) -> int:
    """How many codes are unused."""
    return RecoveryCode.objects.filter(person=person, used_at=None).count()


def _group() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(GROUP))
