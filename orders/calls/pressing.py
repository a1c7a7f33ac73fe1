"""What somebody's press on "next call" has to know: read in one trip, once no other press of theirs is under way."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orders.calls.presence import NOTED_EVERY
from orders.models import Caller, Shop
from orders.models.shop import FIRST_SHOP
from shopdesk.base import prepared
from shopdesk.base.access import NO_LIMITS, Limits
from shopdesk.base.kept import Kept
from shopdesk.base.prepared import Ask, Reading
from shopdesk.limits.models import limits_of

LOCK: Final = "SELECT t.role FROM person t WHERE t.id = %s{lock}"
# Beside a seat: whether the person holds a phone, in time or not; whether any call is of somebody's customer; whether
# there are limits at all. Where there are none, and that is mostly so, nobody asks for more.
SEAT: Final = Reading(
    Caller,
    "WHERE t.person_id = %s",
    extra=(
        "EXISTS (SELECT 1 FROM phone_lease l WHERE l.person_id = t.person_id)",
        "EXISTS (SELECT 1 FROM call_task o WHERE o.closed_at IS NULL AND o.owner_id IS NOT NULL)",
        "EXISTS (SELECT 1 FROM limit_set)",
    ),
)
SHOP: Final = Kept(FIRST_SHOP)


@dataclass(frozen=True, slots=True)
class Press:
    """Who presses, when, and what holds for them. `holds`: leases of theirs are there, run out or not."""

    person: int
    at: datetime
    shop: Shop
    limits: Limits
    seat: Caller | None
    holds: bool
    owned: bool  # some open calls are of customers that somebody owns

    @property
    def is_plain(self) -> bool:
        """Whether they sit at the desk, were seen this minute, and hold nobody: nothing is to be kept but the call."""
        seat = self.seat
        seated = seat is not None and seat.state == Caller.State.ON_CALLS and self.at - seat.seen_at < NOTED_EVERY
        return seated and not self.holds


@contextmanager
def pressed(person: int, at: datetime, beside: Sequence[Ask] = ()) -> Iterator[Press]:
    """Lock somebody, so that a second press of theirs waits, and read what a call is chosen by.

    `beside`: what else is asked in the same trip, for whoever asks it in this block.
    """
    with prepared.ahead([(LOCK, [person]), (SEAT, [person]), (SHOP.statement, []), *beside]), SHOP.held():
        role = next((role for (role,) in prepared.rows(LOCK, person)), "")
        found = next(iter(SEAT.rows(person)), None)
        shop = Shop.current()
        # Without a seat nobody knows yet: as if it were so.
        holds, owned, limited, seat = found or (True, True, True, None)
        limits = limits_of(role, person) if limited else NO_LIMITS
        yield Press(person, at, shop, limits, seat, bool(holds), bool(owned))


def read(person: int, at: datetime) -> Press:
    """Do the same for who asks nothing beside."""
    with pressed(person, at) as press:
        return press
