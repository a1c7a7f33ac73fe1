"""Joining customers: two cards that are one person become one, seen before, and taken apart again if that was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Customer, CustomerConflict, CustomerJoin, CustomerPhone, Order
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError, Missing

JOINED, SPLIT = "customer.joined", "customer.split_off"
OWN = (CustomerConflict, CustomerJoin, Customer)  # what remembers that there were two
TAKEN_MARK = ("mark", "mark_reason", "mark_source")


class SameCustomer(DomainError):
    """A card was to be joined with itself, or with one that it is part of already."""

    sentence = _("These two are one card already.")


class JoinedElsewhere(DomainError):
    """One of the two is part of a third card."""

    sentence = _("One of these cards is part of another one by now.")
    next_step = _("Open that one and join with it.")


class NotJoined(DomainError):
    """There is nothing to take apart."""

    sentence = _("These cards are apart already.")


@dataclass(frozen=True, slots=True)
class Preview:
    """What joining would do: how many rows of each kind move, which phones, which mark the card would have."""

    kept: Customer
    gone: Customer
    orders: int
    phones: tuple[str, ...]
    mark: str


def foresee(kept_id: int, gone_id: int) -> Preview:
    """Say what joining would do; changes nothing. Raises Missing, SameCustomer, JoinedElsewhere."""
    people = {one.pk: one for one in Customer.objects.filter(pk__in=[kept_id, gone_id])}
    kept, gone = _pair(people, kept_id, gone_id)
    phones = CustomerPhone.objects.filter(customer=gone).order_by("pk").values_list("phone", flat=True)
    return Preview(kept, gone, Order.objects.filter(customer=gone).count(), tuple(phones), kept.mark or gone.mark)


@transaction.atomic(durable=True)
def join(kept_id: int, gone_id: int, *, by: Actor, at: datetime) -> CustomerJoin:
    """Make one card of two: everything of `gone` belongs to `kept` from now on, and each order says so.

    Raises Missing, SameCustomer, JoinedElsewhere.
    """
    orders = Order.objects.lock_many(list(Order.objects.filter(customer=gone_id).values_list("pk", flat=True)))
    people = {one.pk: one for one in Customer.objects.locked(pk__in=[kept_id, gone_id])}
    kept, gone = _pair(people, kept_id, gone_id)
    moved: dict[str, Any] = {}
    for model, field in _tables():
        rows = model._base_manager.filter(**{field: gone})
        if keys := list(rows.order_by("pk").values_list("pk", flat=True)):
            moved[model._meta.db_table] = keys
            rows.update(**{field: kept})
    moved |= _take_mark(kept, gone)
    gone.joined_into = kept
    gone.save(update_fields=["joined_into"])
    CustomerConflict.objects.filter(_about(kept_id, gone_id)).update(closed_at=at, closed_by=str(by))
    joined = CustomerJoin.objects.create(kept=kept, gone=gone, moved=moved, at=at, by=str(by))
    _record(JOINED, orders, kept_id, gone_id, by=by, at=at)
    return joined


@transaction.atomic(durable=True)
def split_off(join_id: int, *, by: Actor, at: datetime) -> CustomerJoin:
    """Take two cards apart again: what moved goes back, and what came since by the phones that go back with it.

    Raises Missing, NotJoined.
    """
    joined = CustomerJoin.objects.filter(pk=join_id).first()
    if joined is None:
        raise Missing
    back = _orders_to_go_back(joined)
    orders = Order.objects.lock_many(back)
    people = {one.pk: one for one in Customer.objects.locked(pk__in=[joined.kept_id, joined.gone_id])}
    kept, gone = people[joined.kept_id], people[joined.gone_id]
    if gone.joined_into_id != kept.pk or joined.undone_at is not None:
        raise NotJoined
    for model, field in _tables():
        keys = joined.moved.get(model._meta.db_table, [])
        keys = back if model is Order else keys
        model._base_manager.filter(**{"pk__in": keys, field: kept}).update(**{field: gone})
    _give_mark_back(kept, joined.moved)
    gone.joined_into = None
    gone.save(update_fields=["joined_into"])
    joined.undone_at, joined.undone_by = at, str(by)
    joined.save(update_fields=["undone_at", "undone_by"])
    _record(SPLIT, orders, kept.pk, gone.pk, by=by, at=at)
    return joined


@transaction.atomic(durable=True)
def keep_apart(conflict_id: int, *, by: Actor, at: datetime) -> CustomerConflict:
    """Say that two cards are two people; it is not asked again. Raises Missing. A second time changes nothing."""
    asked: CustomerConflict | None = CustomerConflict.objects.locked(pk=conflict_id).first()
    if asked is None:
        raise Missing
    if asked.closed_at is None:
        asked.closed_at, asked.closed_by, asked.are_two = at, str(by), True
        asked.save(update_fields=["closed_at", "closed_by", "are_two"])
    return asked


def buyout(customer_id: int) -> list[dict[str, Any]]:
    """Give how the orders of each phone of a customer ended: all, delivered, came back; in one query."""
    ended = Order.objects.filter(customer=customer_id).exclude(contact_phone="").order_by()
    rows = ended.values("contact_phone").annotate(
        all=Count("pk"),
        delivered=Count("pk", filter=Q(status="delivered")),
        refused=Count("pk", filter=Q(status__in=["returning", "returned"])),
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    return sorted(found, key=lambda row: -row["all"])


def _pair(people: Mapping[int, Customer], kept_id: int, gone_id: int) -> tuple[Customer, Customer]:
    if kept_id not in people or gone_id not in people:
        raise Missing
    kept, gone = people[kept_id], people[gone_id]
    if kept.pk == gone.pk or gone.joined_into_id == kept.pk or kept.joined_into_id == gone.pk:
        raise SameCustomer
    if kept.joined_into_id or gone.joined_into_id:
        raise JoinedElsewhere
    return kept, gone


def _tables() -> list[tuple[type[models.Model], str]]:
    """Give every table whose rows belong to a customer, with the column that says whose: none is forgotten."""
    found = [(relation.related_model, relation.field.name) for relation in Customer._meta.related_objects]
    return [(model, field) for model, field in found if isinstance(model, type) and model not in OWN]


def _take_mark(kept: Customer, gone: Customer) -> dict[str, Any]:
    """A card without a mark takes the other's. Gives what is to be remembered of it."""
    if kept.mark or not gone.mark:
        return {}
    for name in TAKEN_MARK:
        setattr(kept, name, getattr(gone, name))
    kept.save(update_fields=list(TAKEN_MARK))
    return {"mark": gone.mark}


def _give_mark_back(kept: Customer, moved: Mapping[str, Any]) -> None:
    if moved.get("mark") and kept.mark == moved["mark"]:
        Customer.objects.filter(pk=kept.pk).update(mark="", mark_reason="", mark_source="")


def _orders_to_go_back(joined: CustomerJoin) -> list[int]:
    phones = CustomerPhone.objects.filter(pk__in=joined.moved.get("customer_phone", [])).values("phone")
    since = Order.objects.filter(customer=joined.kept_id, taken_at__gte=joined.at, contact_phone__in=phones)
    return sorted({*joined.moved.get("orders", []), *since.values_list("pk", flat=True)})


def _about(one: int, other: int) -> Q:
    return Q(known=min(one, other), other=max(one, other), closed_at=None)


def _record(kind: str, orders: list[Order], kept: int, gone: int, *, by: Actor, at: datetime) -> None:
    """Write it on the card that stays and on every order that changed hands."""
    said: dict[str, journal.Code] = {"kept": kept, "gone": gone, "orders": len(orders)}
    entries = [journal.Entry(kind, data=said, subject=("customer", kept))]
    entries += [journal.Entry(kind, order, {"kept": kept, "gone": gone}) for order in orders]
    journal.record(entries, by=by, at=at)
