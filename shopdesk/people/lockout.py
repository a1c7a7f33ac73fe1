"""The door rests after failed tries, longer each time, and never for good (SEC-12).

A try is counted before the password is looked at and taken back when it was right: many at once guess no more than
one after another. Tries count for the account at this address, for the address, and for the account; in a browser that
the account signed in from before, apart from all that. So a stranger who fails on purpose keeps nobody out of their own
browser.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from shopdesk.base.errors import DomainError
from shopdesk.people.entrance import FailedTry

SHORTEST = timedelta(seconds=30)
LONGEST = timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=2)


@dataclass(frozen=True)
class Counted:
    """What tries are counted for, and how many are free."""

    what: str
    free: int

    @property
    def key(self) -> str:
        """Give the row's key: keyed with our secret, so that the table names nobody."""
        return hmac.new(settings.SECRET_KEY.encode(), f"lockout:{self.what}".encode(), hashlib.sha256).hexdigest()


class DoorRests(DomainError):
    """Too many failed tries. `wait_s` says for how long; the same for accounts that do not exist."""

    sentence = _("Too many tries. This door rests for a while.")
    next_step = _("Wait, then try again. The wait grows with every failed try.")

    def __init__(self, wait_s: int) -> None:
        super().__init__(detail={"wait_s": wait_s})
        self.wait_s = wait_s


def at_the_door(email: str, address: str, *, known: bool) -> list[Counted]:
    """What a password is counted for. A browser that this account signed in from is free of what strangers did.

    Even of those behind the same router: it carries a mark that only the desk can sign, and has a count of its own.
    """
    account = email.strip().casefold()
    if known:
        return [Counted(f"known:{account}:{address}", 5)]
    return [
        Counted(f"both:{account}:{address}", 5),
        Counted(f"address:{address}", 20),
        Counted(f"account:{account}", 10),
    ]


def at_the_second_step(person: int) -> list[Counted]:
    """What a code is counted for: whoever gets here knows the password already."""
    return [Counted(f"code:{person}", 5)]


def at_the_old_password(person: int) -> list[Counted]:
    """What the password of now is counted for, where a signed-in person changes it."""
    return [Counted(f"old:{person}", 5)]


def at_the_post(email: str) -> list[Counted]:
    """What a letter with a new link is counted for: nobody's box is filled by strangers."""
    return [Counted(f"letter:{email.strip().casefold()}", 3)]


def at_a_new_address(person: int, email: str) -> list[Counted]:
    """What a letter to one's new address is counted for: by who asks, and by the box that it would fill."""
    return [Counted(f"address of:{person}", 5), *at_the_post(email)]


def at_the_device(person: int, device: int) -> list[Counted]:
    """What a PIN is counted for; it can be tried on an enrolled device alone."""
    return [Counted(f"pin:{person}:{device}", 5), Counted(f"device:{device}", 15)]


def count(counted: Sequence[Counted], *, at: datetime) -> None:
    """Count a try before it is judged. Raises DoorRests, and counts nothing, while the door rests."""
    keys = {one.key: one for one in counted}
    with transaction.atomic():
        FailedTry.objects.bulk_create([FailedTry(key=key, last_at=at) for key in keys], ignore_conflicts=True)
        rows = list(FailedTry.objects.locked(key__in=keys))
        longest = max(wait_of(row, keys[row.key].free, at=at) for row in rows)
        if longest > timedelta(0):
            raise DoorRests(int(longest.total_seconds()) + 1)
        for row in rows:
            row.failures = 1 if at - row.last_at >= FORGOTTEN_AFTER else row.failures + 1
            row.last_at = at
        FailedTry.objects.bulk_update(rows, ["failures", "last_at"])


def wait_of(row: FailedTry, free: int, *, at: datetime) -> timedelta:
    """How long this key still waits: half a minute after the last free try, doubled with each more, at most 15 min."""
    if row.failures < free or at - row.last_at >= FORGOTTEN_AFTER:
        return timedelta(0)
    pause: timedelta = min(SHORTEST * (1 << min(row.failures - free, 10)), LONGEST)
    return max(row.last_at + pause - at, timedelta(0))


def take_back(counted: Sequence[Counted], *, at: datetime) -> None:
    """It was right: this try does not count, and the account at this address starts anew.

    The address keeps its other failures: whoever owns one account could clear it else, and go on guessing another.
    """
    own, *shared = (one.key for one in counted)
    FailedTry.objects.filter(key=own).delete()
    FailedTry.objects.filter(key__in=shared, failures__gt=0).update(failures=F("failures") - 1)
    FailedTry.objects.filter(last_at__lt=at - FORGOTTEN_AFTER).delete()
