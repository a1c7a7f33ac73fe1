"""Retention: every class of personal data is kept so long and no longer; each run that empties something has its act.

Values with a clock of their own go value by value. `contact` goes person by person: a customer is kept as long as one
of their orders is open or ended less than the period ago.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.models import Customer, Order
from orders.status import ENDED
from shopdesk.base.access import SWEEP, Actor
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.privacy.columns import Table, classes, personal_tables
from shopdesk.privacy.emptying import empty_column, empty_person, field_of, filled
from shopdesk.privacy.models import RetentionPeriod, RetentionRun
from shopdesk.privacy.person import of_customers, of_order
from shopdesk.trail.deeds import Deed
from shopdesk.trail.ledger import Note, note

BY_PERSON = "contact"
PEOPLE_AT_ONCE = 200
VALUES_AT_ONCE = 5_000
SHORTEST_DAYS, LONGEST_DAYS = 1, 3_650


def periods() -> dict[str, int]:
    """Give the days for which each personal class is kept, as the owner set them."""
    chosen = dict(RetentionPeriod.objects.values_list("name", "days"))
    return {name: chosen.get(name, one.days) for name, one in classes().items() if one.days}


@transaction.atomic(durable=True)
def set_periods(days: Mapping[str, int], *, by: Actor, at: datetime) -> None:
    """Set for how many days classes are kept. Raises Malformed for an unknown class or too few or many days."""
    before = periods()
    wrong = [name for name, n in days.items() if name not in before or not SHORTEST_DAYS <= n <= LONGEST_DAYS]
    if wrong:
        sentence = _("Between 1 and 3650 days.")
        raise Malformed([FieldError(f"/{name}", "out_of_range", sentence) for name in wrong])
    for name, n in days.items():
        RetentionPeriod.objects.update_or_create(name=name, defaults={"days": n})
    changed = {name: n for name, n in days.items() if before[name] != n}
    if changed:
        was = {name: before[name] for name in changed}
        note(Note(Deed.SETTINGS_CHANGED, ("settings", "retention"), was, changed), by=by, at=at)


@transaction.atomic(durable=True)
def run(*, at: datetime) -> RetentionRun | None:
    """Empty what is older than its class allows, as much as fits into a task. None when there was nothing.

    A second run right after finds nothing or goes on where the first one stopped.
    """
    kept, counts = periods(), Counter[str]()
    people = _forget_people(at - timedelta(days=kept[BY_PERSON]), counts)
    for table in personal_tables():
        for column in table.personal:
            kind = table.classes[column]
            if table.clock and kind != BY_PERSON:
                older = rows_older(table, at - timedelta(days=kept[kind]))
                counts[f"{table.name}.{column}"] += _empty_some(table, column, older)
    said = {name: count for name, count in sorted(counts.items()) if count}
    return _write_act(said, people, at) if said else None


def rows_older(table: Table, before: datetime) -> QuerySet[Any]:
    """Give the rows of a table whose clock is older. A value of an order is kept as long as the order is open."""
    rows = table.rows.filter(**{f"{table.clock}__lt": before})
    if lookup := table.roads.get("orders"):
        ended = Q(**{f"{'' if lookup == 'pk' else lookup + '__'}status__in": ENDED})
        rows = rows.filter(ended if lookup == "pk" else ended | Q(**{f"{lookup}__isnull": True}))
    return rows


def customers_over(before: datetime) -> QuerySet[Customer]:
    """Give customers of whom something is left and whose every order ended before then."""
    own = Order.objects.filter(customer=OuterRef("pk"))
    in_use = own.filter(~Q(status__in=ENDED) | Q(status_at__gte=before))
    left = Q(name__gt="") | Q(email__gt="") | Q(phones__phone__startswith="+")
    old = Customer.objects.filter(left, created_at__lt=before)
    return old.filter(~Exists(in_use)).distinct().order_by("pk")


def orders_over(before: datetime) -> QuerySet[Order]:
    """Give ended orders of nobody we know, older than that, that still say a name, a phone or an address."""
    left = Q(contact_name__gt="") | Q(contact_phone_raw__gt="") | Q(address_text__gt="") | Q(address_street__gt="")
    return Order.objects.filter(left, customer=None, status__in=ENDED, status_at__lt=before).order_by("pk")


def seal(counts: Mapping[str, int], people: int, at: datetime) -> str:
    """Give the hash over what the act of a run says."""
    return hashlib.sha256(json.dumps([dict(counts), people, at.timestamp()], sort_keys=True).encode()).hexdigest()


def _forget_people(before: datetime, counts: Counter[str]) -> int:
    """Empty customers who have not come for so long, and lone orders. Gives how many."""
    customers = list(customers_over(before).values_list("pk", flat=True)[:PEOPLE_AT_ONCE])
    if customers:
        person = of_customers(customers)
        Order.objects.lock_many(list(person.orders))
        list(Customer.objects.locked(pk__in=customers))
        counts.update(empty_person(person))
    lone = list(orders_over(before).values_list("pk", flat=True)[:PEOPLE_AT_ONCE])
    Order.objects.lock_many(lone)
    for number in lone:
        counts.update(empty_person(of_order(number)))
    return len(customers) + len(lone)


def _empty_some(table: Table, column: str, rows: QuerySet[Any]) -> int:
    """Empty a column of the oldest rows that say something, in order of their key."""
    field: models.Field[Any, Any] = field_of(table, column)
    keys = list(filled(rows, field).order_by("pk").values_list("pk", flat=True)[:VALUES_AT_ONCE])
    return empty_column(table, column, table.rows.filter(pk__in=keys)) if keys else 0


def _write_act(counts: dict[str, int], people: int, at: datetime) -> RetentionRun:
    values = sum(counts.values())
    event = journal.record([journal.Entry("retention.ran", data={"values": values})], by=SWEEP, at=at)[0]
    row = RetentionRun.objects.create(at=at, counts=counts, people=people, hash=seal(counts, people, at), event=event)
    note(Note(Deed.RETENTION_RAN, ("retention", row.pk), after={"people": people, "values": values}), by=SWEEP, at=at)
    return row
