"""Who is at the call desk: on calls, on a break, off or away, what they can take, and who stands in for whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.calls import leases
from orders.models import Caller, Channel, Shop
from shopdesk.base import places
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing
from shopdesk.base.periods import shop_day
from shopdesk.people.absence import who_is_away
from shopdesk.people.models import Role, User

SILENT_FOR: Final = timedelta(minutes=30)  # without a sign of life somebody is not there, whatever their switch says
NOTED_EVERY: Final = timedelta(minutes=1)
MOST_SKILLS: Final = 50
CALLERS: Final = (Role.OWNER, Role.MANAGER)


class StillTalking(DomainError):
    """A break would leave a customer in nobody's hands."""

    sentence = _("You are in a conversation.")
    next_step = _("Note how it ended or leave it for later, then take your break.")


@dataclass(frozen=True, slots=True)
class Skills:
    """What somebody can take: languages by two letters, codes of channels, regions however they are written."""

    languages: Sequence[str] = ()
    channels: Sequence[str] = ()
    regions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """Who calls at this minute. `stands_in` says who does whose work: away people's substitutes, else themselves."""

    there: frozenset[int]
    stands_in: Mapping[int, int]

    def owners_of(self, person: int) -> list[int]:
        """Give whose customers are this person's to ring first: their own, and those of whom they stand in for."""
        return [owner for owner, who in self.stands_in.items() if who == person]

    def owners_of_others(self, person: int) -> list[int]:
        """Give whose customers somebody else is there to ring first."""
        return [owner for owner, who in self.stands_in.items() if who != person]


@transaction.atomic(durable=True)
def switch(person: int, state: str, *, by: Actor, at: datetime) -> Caller:
    """Say that somebody calls, pauses or has left. The same again changes nothing. Raises StillTalking, Malformed."""
    if state not in Caller.State.values:
        raise Malformed([FieldError("/state", "invalid_choice", _("There is no such state."))])
    if state != Caller.State.ON_CALLS and any(leases.waiting(row.token, at) for row in leases.live(person, at)):
        raise StillTalking
    return seat(person, state, by=by, at=at)


@transaction.atomic(durable=True)
def set_skills(person: int, skills: Skills, *, by: Actor, at: datetime) -> Caller:
    """Say in which languages somebody talks, for which channels and regions; an empty list means any.

    Raises Malformed; Missing for somebody who does not call here.
    """
    if not User.objects.filter(pk=person, is_active=True, role__in=CALLERS).exists():
        raise Missing
    languages, channels = skills.languages, skills.channels
    known = set(Channel.objects.filter(code__in=channels).values_list("code", flat=True))
    if unknown := [code for code in channels if code not in known]:
        raise Malformed([FieldError("/channels", "unknown", _("There is no such channel.")) for _code in unknown])
    if len(languages) > MOST_SKILLS or not all(code.isascii() and code.isalpha() for code in languages):
        raise Malformed([FieldError("/languages", "invalid", _("A language is two letters, such as bg."))])
    row = _row(person, at)
    row.languages, row.channels = sorted({code.lower() for code in languages}), sorted(known)
    row.regions = sorted({places.key_of(region) for region in skills.regions if region.strip()})[:MOST_SKILLS]
    row.save(update_fields=["languages", "channels", "regions"])
    said: dict[str, journal.Code] = {
        "languages": row.languages, "channels": row.channels, "regions": len(row.regions)
    }  # fmt: skip
    journal.record([journal.Entry("call.skills", data=said, subject=("person", person))], by=by, at=at)
    return row


def seat(person: int, state: str, *, by: Actor, at: datetime) -> Caller:
    """Keep what somebody does at the desk, and that they were seen. Needs an open transaction."""
    row = _row(person, at)
    if row.state != state:
        row.state, row.since, row.seen_at = state, at, at
        row.save(update_fields=["state", "since", "seen_at"])
        entry = journal.Entry("call.presence", data={"state": str(state)}, subject=("person", person))
        journal.record([entry], by=by, at=at)
    elif at - row.seen_at >= NOTED_EVERY:
        notice(person, at)
    return row


def notice(person: int, at: datetime) -> None:
    """Note that somebody was seen."""
    Caller.objects.filter(person=person, seen_at__lt=at).update(seen_at=at)


def read_shift(at: datetime, using: str = "default") -> Shift:
    """Give who calls at this minute and who does whose work, in three queries."""
    shop = Shop.current()
    away = who_is_away(shop_day(at, shop.zone, shop.day_cutoff))
    on_calls = Caller.objects.using(using).filter(state=Caller.State.ON_CALLS, seen_at__gt=at - SILENT_FOR)
    seen = set(on_calls.filter(person__is_active=True).values_list("person", flat=True))
    there = frozenset(seen) - away.keys()
    stands_in = {person: person for person in there}
    stands_in |= {person: substitute for person, substitute in away.items() if substitute in there and substitute}
    return Shift(there, stands_in)


def _row(person: int, at: datetime) -> Caller:
    """Give somebody's locked seat, made on first use; two presses at once make it once."""
    if known := Caller.objects.locked(pk=person).first():
        return known
    Caller.objects.bulk_create([Caller(person_id=person, since=at, seen_at=at)], ignore_conflicts=True)
    return Caller.objects.locked(pk=person).get()
