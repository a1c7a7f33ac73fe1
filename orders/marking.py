"""Marking customers: VIP and block list with reason and source, notes, tags, consent; what the rule adds by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from orders import customers, holds, journal
from orders.models import Customer, MarkRule, Order, Shop
from orders.status import BEFORE_PACKED, HoldReason, Status
from shopdesk.base import phones
from shopdesk.base.access import RULE, Actor
from shopdesk.base.errors import DomainError, Missing

MOST_TAGS, LONGEST_TAG = 20, 40
MOST_LISTED, MOST_TOLD = 500, 20  # lines at once; of those that cannot be read
AT_ONCE = 200  # customers whose orders are looked through in one transaction
Mark, Source = Customer.Mark, Customer.MarkSource


class ReasonMissing(DomainError):
    """Somebody was to be blocked without a word on why."""

    sentence = _("Say why this customer is blocked.")


class TooManyTags(DomainError):
    """More tags, or longer ones, than anybody reads."""

    sentence = _("A customer has at most 20 tags of at most 40 characters.")


class UnreadableContacts(DomainError):
    """Lines of a list are neither a phone nor an e-mail; nobody is put on it, so that nobody is missed silently."""

    sentence = _("Neither a phone nor an e-mail, in these lines: %(lines)s. Nobody was put on the list.")


class TooManyContacts(DomainError):
    """More than are put on a list at once."""

    sentence = _("This list has %(found)s lines; at most %(most)s are put on a list at once.")


class NobodyNamed(DomainError):
    """A list named nobody."""

    sentence = _("There is no phone and no e-mail in this list that can be read.")


@dataclass(frozen=True, slots=True)
class NewMark:
    """A mark with its reason and where it comes from."""

    mark: str
    reason: str = ""
    source: str = Source.MANUAL


@transaction.atomic(durable=True)
def mark(customer_id: int, new: NewMark, *, by: Actor, at: datetime) -> Customer:
    """Put a customer on a list, or take them off. Open orders of a blocked one are held; off the list, freed again.

    Raises Missing, ReasonMissing.
    """
    return _mark_many([customer_id], new, by=by, at=at)[0]


@transaction.atomic(durable=True)
def list_contacts(text: str, new: NewMark, *, by: Actor, at: datetime) -> list[Customer]:
    """Put phones and e-mails on a list, one a line, whether they ever ordered or not; at most 500.

    A person's own mark outranks an outside list. Raises NobodyNamed, TooManyContacts, UnreadableContacts,
    ReasonMissing.
    """
    found = customers.match(_contacts(text), at=at)
    people = [one for one in found if one is not None and (new.source == Source.MANUAL or not one.mark)]
    return _mark_many(sorted({one.pk for one in people}), new, by=by, at=at)


@transaction.atomic(durable=True)
def annotate(customer_id: int, *, note: str, tags: Sequence[str], consent: str, by: Actor, at: datetime) -> Customer:
    """Keep what the staff knows of a customer, and whether they agreed to offers. Raises Missing, TooManyTags."""
    customer = _locked([customer_id])[0]
    wanted = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(wanted) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in wanted):
        raise TooManyTags
    changed = [
        name
        for name, value in {"note": note, "tags": wanted, "consent": consent}.items()
        if getattr(customer, name) != value
    ]
    if consent != customer.consent:
        customer.consent_at = at
    customer.note, customer.tags, customer.consent = note, wanted, consent
    customer.save(update_fields=["note", "tags", "consent", "consent_at"])
    if changed:
        said: dict[str, journal.Code] = {"changed": changed, "consent": consent}
        journal.record([journal.Entry("customer.noted", data=said, subject=("customer", customer.pk))], by=by, at=at)
    return customer


@transaction.atomic(durable=True)
def set_rule(after_returned: int, *, by: Actor, at: datetime) -> MarkRule:
    """Say after how many orders that came back whole a customer is blocked; 0 for never."""
    rule = MarkRule.objects.first() or MarkRule()
    rule.after_returned = after_returned
    rule.save()
    said: dict[str, journal.Code] = {"after_returned": after_returned}
    journal.record([journal.Entry("mark_rule.changed", data=said, subject=("shop", 1))], by=by, at=at)
    return rule


def rule() -> int:
    """Give after how many orders that came back whole a customer is blocked; 0 for never."""
    return MarkRule.objects.values_list("after_returned", flat=True).first() or 0


def look_back(*, at: datetime) -> int:
    """Block by the rule those whose orders had come back before there was one, 200 customers a transaction.

    Gives how many it blocked; a second time finds none. Whom a person took off the list by hand stays off.
    """
    blocked, most = 0, rule()
    while most and (piece := _look_at_some(most, at=at)):
        blocked += piece
    return blocked


@transaction.atomic(durable=True)
def _look_at_some(after_returned: int, *, at: datetime) -> int:
    returned = Order.objects.filter(status=Status.RETURNED, customer__mark="", customer__mark_source="").order_by()
    often = returned.values("customer").annotate(times=Count("pk")).filter(times__gte=after_returned)
    keys = sorted(often.values_list("customer", flat=True)[:AT_ONCE])
    return len(_mark_many(keys, NewMark(Mark.BLOCKED, source=Source.RULE), by=RULE, at=at)) if keys else 0


def _mark_many(keys: Sequence[int], new: NewMark, *, by: Actor, at: datetime) -> list[Customer]:
    if new.mark == Mark.BLOCKED and new.source == Source.MANUAL and not new.reason:
        raise ReasonMissing
    open_orders = Order.objects.filter(customer__in=keys, status__in=BEFORE_PACKED).values_list("pk", flat=True)
    orders = Order.objects.lock_many(list(open_orders))
    people = _locked(keys)
    # A mark that a person took off leaves its source behind: the rule does not put it on again.
    Customer.objects.filter(pk__in=keys).update(mark=new.mark, mark_reason=new.reason, mark_source=new.source)
    for one in people:
        one.mark, one.mark_reason, one.mark_source = new.mark, new.reason, new.source
    said: dict[str, journal.Code] = {"mark": new.mark, "source": new.source}
    journal.record(
        [journal.Entry("customer.marked", data=said, subject=("customer", one.pk)) for one in people], by=by, at=at
    )
    _hold_or_free(orders, new.mark == Mark.BLOCKED, by=by, at=at)
    return people


def _hold_or_free(orders: Sequence[Order], is_blocked: bool, *, by: Actor, at: datetime) -> None:
    if is_blocked:
        changed = holds.open_holds([holds.NewHold(order, HoldReason.HIGH_RISK) for order in orders], by=by, at=at)
    else:
        changed = holds.close(orders, [HoldReason.HIGH_RISK], by=by, at=at)
    held = {hold.order_id for hold in changed}
    kind = "order.held" if is_blocked else "order.hold_released"
    reason = {"reason": str(HoldReason.HIGH_RISK)}
    journal.record([journal.Entry(kind, order, reason) for order in orders if order.pk in held], by=by, at=at)


def _locked(keys: Sequence[int]) -> list[Customer]:
    people: list[Customer] = list(Customer.objects.locked(pk__in=keys))
    if len(people) != len(set(keys)):
        raise Missing
    return people


def _contacts(text: str) -> list[customers.Contact]:
    """Read a list of phones and e-mails, one a line; empty lines count for nothing."""
    lines = [(number, word) for number, line in enumerate(text.splitlines(), start=1) if (word := line.strip())]
    if not lines:
        raise NobodyNamed
    if len(lines) > MOST_LISTED:
        raise TooManyContacts(detail={"found": len(lines), "most": MOST_LISTED})
    country = Shop.current().country
    found = [(number, _contact(word, country)) for number, word in lines]
    if unread := [str(number) for number, one in found if one is None]:
        told = ", ".join(unread[:MOST_TOLD]) + (" …" if len(unread) > MOST_TOLD else "")
        raise UnreadableContacts(detail={"lines": told})
    return [one for _number, one in found if one is not None]


def _contact(word: str, country: str) -> customers.Contact | None:
    if "@" in word:
        return customers.Contact(email=word.casefold()) if _is_mail(word) else None
    known = tuple(phone.e164 for phone in phones.read(word, country) if phone.valid)
    return customers.Contact(phones=known) if known else None


def _is_mail(word: str) -> bool:
    try:
        validate_email(word)
    except ValidationError:
        return False
    return len(word) <= 254
