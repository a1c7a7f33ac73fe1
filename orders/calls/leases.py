"""Leases of phones: one customer is talked to by one person, whichever of their phones or orders it is about."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders.calltasks import AGREE
from orders.models import CallTake, CallTask, CustomerPhone, PhoneLease
from orders.models.sight import calls_for
from shopdesk.base import prepared
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError
from shopdesk.people.limits import limits_of_actor

LASTS: Final = timedelta(minutes=10)  # without a heartbeat

# One statement for all phones of the customer, in order of phone: two people who want the same customer wait for each
# other and never deadlock. It takes over what ran out; a live lease of anybody is left alone and gives no row back. It
# waits for nobody who holds one of the leases, only for who is just making one.
LEASE: Final = """
    WITH free AS (SELECT t.phone FROM phone_lease t WHERE t.phone {texts:phones} ORDER BY t.phone{skip})
    INSERT INTO phone_lease (phone, person_id, until, token)
    SELECT wanted.one, %(person)s, %(until)s, %(token)s FROM {each:phones} AS wanted
    WHERE NOT EXISTS (
        SELECT 1 FROM phone_lease l WHERE l.phone {texts:phones} AND l.phone NOT IN (SELECT phone FROM free))
    ON CONFLICT (phone) DO UPDATE
    SET person_id = excluded.person_id, until = excluded.until, token = excluded.token
    WHERE phone_lease.until <= %(at)s
    RETURNING phone
"""
ABOUT_TO_RING: Final = (
    "INSERT INTO call_take (phone, person_id, at) SELECT one, %(person)s, %(at)s FROM {each:rung} AS due RETURNING id"
)


class PhoneBusy(DomainError):
    """Somebody is talking to this customer."""

    sentence = _("Somebody else is talking to this customer right now.")


def lock_free(rows: QuerySet[CallTask]) -> list[CallTask]:
    """Lock tasks without waiting. Raises PhoneBusy when somebody else has one of them in hand: roll back then.

    Whoever takes a customer waits for nobody who holds a row of theirs, so takers and settlers never deadlock.
    """
    free = list(rows.order_by("pk").select_for_update(no_key=True, skip_locked=True, of=("self",)))
    if len(free) < rows.count():
        raise PhoneBusy
    return free


def wish(phones: Sequence[str], token: str, *, person: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Give what asks for a lease of phones until `LASTS` from now, under a new token: for `lease`."""
    return LEASE, {"phones": phones, "person": person, "until": at + LASTS, "token": token, "at": at}


def lease(wanted: tuple[str, dict[str, Any]]) -> None:
    """Lease phones for a person. Raises PhoneBusy: roll back then."""
    if len(prepared.named(*wanted)) < len(wanted[1]["phones"]):
        raise PhoneBusy


def note_takes(phones: Collection[str], *, person: int, at: datetime) -> None:
    """Note that these phones are about to be rung: a worker that dies now may have rung them."""
    prepared.named(*about_to_ring(phones, person=person, at=at))


def about_to_ring(phones: Collection[str], *, person: int, at: datetime) -> tuple[str, dict[str, Any]]:
    """Give what `note_takes` writes, for who sends it ahead."""
    return ABOUT_TO_RING, {"person": person, "at": at, "rung": phones}


def forget_takes(phones: Collection[str], *, person: int) -> None:
    """Forget that a person was about to ring these phones: it is known how that ended."""
    CallTake.objects.filter(phone__in=phones, person=person).delete()


def live(person: int, at: datetime) -> list[PhoneLease]:
    """Give the leases of the conversation that a person is in, by phone."""
    return list(PhoneLease.objects.filter(person=person, until__gt=at).order_by("phone"))


def extend(person: int, token: str, at: datetime) -> int:
    """Let a conversation go on for `LASTS` from now. Gives how many phones it still holds: 0 when it ran out."""
    # Locked in order first: an UPDATE of several rows meets a LEASE on them in whatever order it likes.
    phones = [row.phone for row in PhoneLease.objects.locked(person=person, token=token) if row.until > at]
    return PhoneLease.objects.filter(phone__in=phones).update(until=at + LASTS)


def lock(person: int) -> list[PhoneLease]:
    """Lock every lease of a person, sorted by phone."""
    return list(PhoneLease.objects.locked(person=person))


def release(person: int, token: str) -> None:
    """End a conversation. What somebody else took over meanwhile is theirs."""
    phones = [row.phone for row in PhoneLease.objects.locked(person=person, token=token)]
    PhoneLease.objects.filter(phone__in=phones).delete()


def release_if_done(person: int, token: str, at: datetime) -> None:
    """End a conversation once every task that was due in it has an outcome; those for later are left for later."""
    if token and not waiting(token, at):
        release(person, token)


def of_person(person: int) -> Q:
    """Give what selects the tasks that this person may be given, within the limits of this minute."""
    return calls_for(limits_of_actor(Actor("person", person)))


def waiting(token: str, at: datetime) -> list[CallTask]:
    """Give the due tasks of a conversation that have no outcome yet, what is to be agreed first."""
    tasks = CallTask.objects.filter(token=token, closed_at=None, due_at__lte=at).select_related("order", "customer")
    return sorted(tasks, key=lambda task: (task.mode not in AGREE, task.pk))


def phones_of(task: CallTask) -> list[str]:
    """Give every phone of the task's customer and its own, sorted."""
    known = (
        CustomerPhone.objects.filter(customer=task.customer_id) if task.customer_id else CustomerPhone.objects.none()
    )
    return sorted({task.phone, *known.values_list("phone", flat=True)})


def about(task: CallTask, phones: Sequence[str]) -> Q:
    """Give what selects the open tasks that one call with this customer may settle."""
    return with_them(task, phones) & Q(closed_at=None)


def with_them(task: CallTask, phones: Sequence[str]) -> Q:
    """Give what selects all tasks that are with this customer, ended ones too."""
    same = Q(phone__in=phones)
    if task.customer_id:
        same |= Q(customer=task.customer_id)
    return same
