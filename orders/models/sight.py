"""Which orders a person sees within the limits that the owner set, and what is seen with an order."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from shopdesk.base.access import Limits, Subject
from shopdesk.people.models import ApiToken


def within_limits(subject: Subject) -> Q:
    """Give the orders that the owner lets this person see: in some statuses, or only those they had to do with."""
    found = Q()
    if subject.limits.statuses is not None:
        found &= Q(status__in=subject.limits.statuses)
    if subject.limits.channels is not None:
        found &= Q(channel__in=subject.limits.channels)
    if subject.limits.own_orders:
        found &= Q(Exists(_had_to_do_with(subject.person))) | Q(Exists(_was_given(subject.person)))
    return found


def of_orders(path: str, *, or_none: bool = False) -> Callable[[Subject], Q]:
    """Give the scope of what belongs to an order and is seen with it. `path` leads to the order from the row.

    `or_none`: rows without an order are seen too.
    """

    def seen_with_order(subject: Subject) -> Q:
        if not subject.limits.narrow_orders:
            return Q()
        found = Q(**{f"{path}__in": _rows("Order").for_subject(subject).values("pk")})
        return found | Q(**{f"{path}": None}) if or_none else found

    return seen_with_order


def shop_sides(subject: Subject) -> Q:
    """Give what shops say of the orders that this person sees, and the unfinished ones of the calls given to them."""
    if not subject.limits.narrow_orders:
        return Q()
    return of_orders("order")(subject) | Q(order=None, call__in=_rows("CallTask").for_subject(subject).values("pk"))


def customers_of_orders(subject: Subject) -> Q:
    """Give the customers of the orders that this person sees."""
    if not subject.limits.narrow_orders:
        return Q()
    return Q(pk__in=_rows("Order").for_subject(subject).values("customer"))


def calls_given(subject: Subject) -> Q:
    """Give the calls about orders that this person sees, and those that the desk gave to them."""
    if not subject.limits.narrow_orders:
        return Q()
    return (of_orders("order")(subject) | Q(taken_by=subject.person)) & calls_for(subject.limits)


def calls_for(limits: Limits) -> Q:
    """Give the calls that the desk may give to somebody with these limits.

    Whoever sees own orders only may be given any: it is theirs from then on. A call about no order is of no channel.
    """
    found = Q()
    if limits.statuses is not None:
        found &= Q(order=None) | Q(order__status__in=limits.statuses)
    if limits.channels is not None:
        found &= Q(order__channel__in=limits.channels)
    return found


def of_channels(path: str) -> Callable[[Subject], Q]:
    """Give the scope of what belongs to a channel. `path` leads to it from the row."""

    def seen_with_channel(subject: Subject) -> Q:
        limited = subject.limits.channels
        return Q() if limited is None else Q(**{f"{path}__in": limited})

    return seen_with_channel


def in_courier_hands(subject: Subject) -> Q:
    """Give the orders of which this courier sees a parcel."""
    return Q(Exists(_rows("Parcel").for_subject(subject).filter(order=OuterRef("pk"))))


def _had_to_do_with(person: int) -> Any:
    """Events of the order by this person: they took it in or worked on it, themselves or through a token of theirs."""
    own = Q(actor_kind="person", actor_id=person)
    own |= Q(actor_kind="token", actor_id__in=ApiToken.objects.filter(user=person).values("pk"))
    return _rows("JournalEvent").filter(own, order=OuterRef("pk"))


def _was_given(person: int) -> Any:
    """Calls about the order that the desk gave to this person."""
    return _rows("CallTask").filter(order=OuterRef("pk"), taken_by=person)


def _rows(name: str) -> Any:
    """Rows of a table by its name: the tables themselves import this module."""
    return apps.get_model("orders", name).objects
