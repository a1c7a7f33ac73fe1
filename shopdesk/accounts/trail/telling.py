"""A row of the trail in the desk's words: who, by which door, what, of what, before and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from orders.columns import COLUMNS
from orders.models import JournalEvent
from orders.status import Status
from orders.web.journal import HAPPENED, MOVED, REASONS
from orders.web.telling import MACHINES
from shopdesk.accounts.trail.reading import DOORS, Fact
from shopdesk.base import masks, wording
from shopdesk.base.access import Actor, Kind, Subject
from shopdesk.people.models import ApiToken
from shopdesk.people.names import names_of
from shopdesk.trail.deeds import Deed
from shopdesk.trail.models import TrailEntry

MOST_CHANGES = 12
SEALS = {"hash": 12}  # enough to compare by eye; the whole one stands in the event
Words = str | Promise

OTHER_DEEDS: dict[str, Words] = {
    "act.opened": gettext_lazy("Act opened"),
    "act.parcels_added": gettext_lazy("Parcels put on the act"),
    "act.parcels_removed": gettext_lazy("Parcels taken off the act"),
    "act.closed": gettext_lazy("Act closed"),
    "act.accepted": gettext_lazy("Act accepted"),
    "act.voided": gettext_lazy("Act declared void"),
    "act.printed": gettext_lazy("Act printed"),
    "return.printed": gettext_lazy("The act of return is printed"),
    "order.exchanged": gettext_lazy("What comes back pays for what goes out"),
    "order.partial_decided": gettext_lazy("Decided what becomes of the missing pieces"),
    "act.copy_kept": gettext_lazy("Signed act kept"),
    "stock.received": gettext_lazy("Goods received"),
    "stock.carried": gettext_lazy("Goods carried to another bin"),
    "stock.put_back": gettext_lazy("Goods put back on the shelf"),
    "stock.bin_made": gettext_lazy("Bin put up"),
    "stock.low": gettext_lazy("Few are left"),
    "stock.drift": gettext_lazy("Figures mended"),
    "stock.expected": gettext_lazy("Goods are expected"),
    "stock.expected_closed": gettext_lazy("No more of the expected goods comes"),
    "stock.labels_printed": gettext_lazy("Labels for goods printed"),
    "stock.location_made": gettext_lazy("Location put up"),
    "stock.paper_kept": gettext_lazy("Supplier's paper kept"),
    "stock.quarantine_ended": gettext_lazy("Fit for sale after all"),
    "shop.second_check": gettext_lazy("Second person at packing"),
    "shop.packing_rules": gettext_lazy("Rules of packing changed"),
    "fine.imposed": gettext_lazy("A courier was fined"),
    "fine.ended": gettext_lazy("A courier's fine ended"),
    "act.proof_kept": gettext_lazy("A picture of an act was kept"),
    "act.shift_ended": gettext_lazy("A courier's shift ended"),
    "shop.count_limits": gettext_lazy("Limits of counting changed"),
    "packing.wrong_scan": gettext_lazy("Wrong scan at packing"),
    "transfer.lost": gettext_lazy("Lost on the way to another location"),
    "transfer.sent": gettext_lazy("Transfer sent"),
    "transfer.received": gettext_lazy("Transfer arrived"),
    "product.added": gettext_lazy("Product added"),
    "product.changed": gettext_lazy("Product changed"),
    "count.opened": gettext_lazy("Count began"),
    "count.closed": gettext_lazy("Count closed"),
    "count.posted": gettext_lazy("Count approved"),
    "count.voided": gettext_lazy("Count dropped"),
    "period.closed": gettext_lazy("Period closed"),
    "period.reopened": gettext_lazy("Period reopened"),
    "plan.set": gettext_lazy("Plan of a month set"),
    "call.reassigned": gettext_lazy("A call was given to somebody else"),
    "call.presence": gettext_lazy("A caller came or went"),
    "call.skills": gettext_lazy("What a caller may take was changed"),
    "calls.plan_changed": gettext_lazy("Retry plan changed"),
    "calls.plan_dropped": gettext_lazy("Retry plan taken away"),
    "calls.plan_group_changed": gettext_lazy("Group of retry plans changed"),
    "calls.plan_group_dropped": gettext_lazy("Group of retry plans taken away"),
    "calls.hours": gettext_lazy("Hours and limits of calls changed"),
    "calls.rule_switched": gettext_lazy("Rule without a call switched"),
    "calls.rule_set": gettext_lazy("Rule without a call changed"),
    "calls.script": gettext_lazy("Script of a call changed"),
    "calls.script_line": gettext_lazy("A step to say besides was added"),
    "calls.script_line_dropped": gettext_lazy("A step to say besides was taken away"),
    "calls.outcome_words": gettext_lazy("Outcomes of calls were renamed"),
    "message.text": gettext_lazy("Text of a message changed"),
    "message.rule": gettext_lazy("Rule of a message changed"),
    "phone.seat": gettext_lazy("An extension was set"),
    "channel.item_learnt": gettext_lazy("Goods of a shop learnt"),
    "customer.marked": gettext_lazy("A customer was marked"),
    "customer.noted": gettext_lazy("A note on a customer"),
    "mark_rule.changed": gettext_lazy("Rule of the block list changed"),
    "cash.remitted": gettext_lazy("Money came from a courier"),
    "register.assigned": gettext_lazy("A line of a register got its owner"),
    "register.columns": gettext_lazy("Columns of a courier's registers were said"),
    "register.settled": gettext_lazy("A line of a register was settled"),
    "claim.printed": gettext_lazy("Letter of claim printed"),
    "courier.code_explained": gettext_lazy("A courier's code was explained"),
    "retention.ran": gettext_lazy("What was kept long enough is gone"),
    "phone.line": gettext_lazy("The telephone was set up"),
    "enquiry.noted": gettext_lazy("Enquiry noted"),
}
FIELDS: dict[str, Words] = {
    "kind": gettext_lazy("kind"),
    "code": gettext_lazy("code"),
    "person": gettext_lazy("person"),
    "scopes": gettext_lazy("may"),
    "addresses": gettext_lazy("addresses"),
    "until": gettext_lazy("until"),
    "replaces": gettext_lazy("instead of"),
    "name": gettext_lazy("name"),
    "names": gettext_lazy("names"),
    "colour": gettext_lazy("colour"),
    "position": gettext_lazy("place in the list"),
    "is_default": gettext_lazy("put on by itself"),
    "parcels": gettext_lazy("parcels"),
    "role": gettext_lazy("role"),
    "email": gettext_lazy("e-mail"),
    "filter": gettext_lazy("filter"),
    "channels": gettext_lazy("channels"),
    "address": gettext_lazy("network address"),
} | COLUMNS
# Of no news in a list of changes: reports read an order's sums off its moves.
SUMS = ("total", "delivery", "discount")
THINGS: dict[str, Words] = {
    "order": gettext_lazy("order"),
    "person": gettext_lazy("person"),
    "token": pgettext_lazy("of the API", "key"),
    "label": gettext_lazy("label"),
    "act": gettext_lazy("act"),
    "count": gettext_lazy("count"),
    "courier": gettext_lazy("courier"),
    "credit": gettext_lazy("money back"),
    "product": gettext_lazy("product"),
    "receipt": gettext_lazy("receipt"),
    "return": gettext_lazy("return"),
    "transfer": gettext_lazy("transfer"),
    "period": gettext_lazy("period"),
    "role": gettext_lazy("role"),
    "customer": gettext_lazy("customer"),
    "device": gettext_lazy("device"),
}
PAGES = {"order": "orders-card", "act": "acts-card", "person": "people-person", "label": "labels-label"}
# A personal value of the journal -> the line of the masks that says who sees it.
MASKS = {"contact_name": "order.name", "contact_phone_raw": "order.phone", "contact_email": "order.email"}
ADDRESS = "address_"


@dataclass(frozen=True, slots=True)
class Changed:
    """One thing that changed: what, before, after. Personal values are there until somebody is erased."""

    what: str
    before: str
    after: str
    personal: bool = False

    @property
    def erased(self) -> bool:
        return self.personal and not (self.before or self.after)


@dataclass(frozen=True, slots=True)
class Told:
    """A row."""

    at: datetime
    by: str
    who: str
    door: str
    deed: str
    words: str
    about: str
    thing: str
    url: str
    changes: Sequence[Changed]
    more: int
    spent: timedelta | None
    request: str


def tell(facts: Sequence[Fact], subject: Subject, spent: Mapping[int, timedelta], *, zone: str) -> list[Told]:
    """Tell the facts of a page; names are read once for all of them. Days are the shop's, by its `zone`."""
    names = names_of([fact.actor for fact in facts]) | keys_of([fact.actor for fact in facts])
    return [_tell(fact, subject, names, spent, zone) for fact in facts]


def keys_of(actors: Sequence[Actor]) -> dict[Actor, str]:
    """Name the keys among these actors."""
    wanted = {actor.id for actor in actors if actor.kind == "token"}
    rows = ApiToken.objects.filter(pk__in=wanted).values_list("pk", "name") if wanted else []
    return {Actor("token", pk): name for pk, name in rows}


def deeds(subject: Subject) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the deeds to choose from; those of the desk itself to whoever sees them."""
    moves = [(f"moved:{status}", str(capfirst(str(words)))) for status, (words, _tone) in MOVED.items()]
    journal = [(kind, str(words)) for kind, (words, _tone) in HAPPENED.items()]
    journal += [(kind, str(words)) for kind, words in OTHER_DEEDS.items()]
    groups = [(_("Statuses"), moves), (_("Orders and goods"), journal)]
    if subject.kind is Kind.OWNER:
        groups.append((_("The desk itself"), [(deed.value, str(capfirst(str(deed.label)))) for deed in Deed]))
    return groups


def doors() -> list[tuple[str, str]]:
    """Give the doors to choose from."""
    return [(door, str(capfirst(str(TrailEntry.Source(door).label)))) for door in DOORS]


def _tell(fact: Fact, subject: Subject, names: Mapping[Actor, str], spent: Mapping[int, timedelta], zone: str) -> Told:
    is_event = isinstance(fact, JournalEvent)
    about, thing, url = _thing(fact, zone)
    changes = list(_event_changes(fact, subject) if isinstance(fact, JournalEvent) else _entry_changes(fact))
    return Told(
        at=fact.at,
        by=str(fact.actor),
        who=names.get(fact.actor) or str(capfirst(str(MACHINES.get(fact.actor.kind, fact.actor)))),
        door=str(TrailEntry.Source(fact.source).label) if isinstance(fact, TrailEntry) else _door(fact),
        deed=fact.kind if isinstance(fact, JournalEvent) else fact.deed,
        words=_words(fact),
        about=about,
        thing=thing,
        url=url,
        changes=changes[:MOST_CHANGES],
        more=len(changes[MOST_CHANGES:]),
        spent=spent.get(fact.pk) if is_event else None,
        request=fact.request_id if isinstance(fact, TrailEntry) else "",
    )


def _words(fact: Fact) -> str:
    if isinstance(fact, TrailEntry):
        return str(capfirst(str(Deed(fact.deed).label))) if fact.deed in Deed.values else fact.deed
    if fact.kind in HAPPENED:
        return str(HAPPENED[fact.kind][0])
    if fact.to_status in MOVED:
        return str(capfirst(str(MOVED[fact.to_status][0])))
    return str(OTHER_DEEDS.get(fact.kind, fact.kind))


def _door(event: JournalEvent) -> str:
    kinds = {"person": "screen", "token": "api", "courier": "api"}
    return str(TrailEntry.Source(kinds.get(event.actor_kind, "task")).label)


def _thing(fact: Fact, zone: str) -> tuple[str, str, str]:
    """What it was done to: kind:id, its words, its page."""
    if isinstance(fact, JournalEvent):
        kind, key = ("order", str(fact.order_id)) if fact.order_id else (fact.subject_kind, fact.subject_id)
    else:
        kind, key = fact.target_kind, fact.target_id
    if not kind:
        return "", "", ""
    name = _day(datetime.fromisoformat(key), zone) if kind == "period" else key
    words = f"{capfirst(str(THINGS.get(kind, kind)))} {name}"
    return f"{kind}:{key}", words, _page(PAGES.get(kind, ""), key)


def _day(start: datetime, zone: str) -> str:
    """The shop's day that a period begins with, with its year."""
    return wording.short_day(start.astimezone(ZoneInfo(zone)).date(), today=date.min)


def _page(route: str, key: str) -> str:
    """The page of a thing; empty when it has none."""
    try:
        return reverse(route, args=[key]) if route else ""
    except NoReverseMatch:
        return ""


def _event_changes(event: JournalEvent, subject: Subject) -> Iterator[Changed]:
    """What an event of the journal changed: the status, columns, personal values that are still there, other codes."""
    if event.to_status and event.from_status:
        yield Changed(_("status"), str(Status(event.from_status).label), str(Status(event.to_status).label))
    data: dict[str, Any] = dict(event.data)
    for name, (old, new) in dict(data.pop("changed", None) or {}).items():
        yield Changed(str(FIELDS.get(name, name)), _plain(old), _plain(new))
    lines = data.pop("lines", None)  # of an order; how many they are, of a receipt or a count
    for line in lines if isinstance(lines, list) else []:
        if isinstance(line, Mapping):
            yield Changed(str(line.get("sku", "")), _plain(line.get("from")), _plain(line.get("to")))
    for value in event.personal_values.all():
        yield _personal(value.field, value.old, value.new, subject)
    yield from _other_codes(data)


def _other_codes(data: dict[str, Any]) -> Iterator[Changed]:
    """What else an event says: why, from what to what, numbers by their codes."""
    if reason := data.pop("reason", None):
        yield Changed(_("reason"), "", str(REASONS.get(str(reason), reason)))
    if "from" in data and "to" in data:
        yield Changed("", _plain(data.pop("from")), _plain(data.pop("to")))
    for name, said in data.items():
        if name not in SUMS and _plain(said):
            yield Changed(str(FIELDS.get(name, name)), "", _plain(said)[: SEALS.get(name)])


def _entry_changes(entry: TrailEntry) -> Iterator[Changed]:
    """What differs before and after; what is only after was made, what is only before is gone."""
    before, after = dict(entry.before), dict(entry.after)
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if old != new and (_plain(old) or _plain(new)):
            yield Changed(str(FIELDS.get(name, name)), _plain(old), _plain(new))
    for value in entry.values.all():
        yield Changed(str(FIELDS.get(value.field, value.field)), value.old, value.new, personal=True)


def _personal(name: str, old: str, new: str, subject: Subject) -> Changed:
    """A personal value, as far as it is still there and this subject sees it."""
    what = str(FIELDS.get(name, name))
    mask = "order.address" if name.startswith(ADDRESS) else MASKS.get(name)
    if mask is None:
        seen = subject.kind in {Kind.OWNER, Kind.MANAGER}
        old, new = (old, new) if seen else ("…" if old else "", "…" if new else "")
    else:
        old, new = masks.show(subject, mask, old) or "", masks.show(subject, mask, new) or ""
    return Changed(what, old, new, personal=True)


def _plain(said: Any) -> str:
    """A code as it is written: lists by commas, nothing as a dash."""
    if said is None or said in ("", [], {}):
        return ""
    if isinstance(said, bool):
        return _("yes") if said else _("no")
    if isinstance(said, Mapping):
        return ", ".join(f"{name}: {_plain(inner)}" for name, inner in said.items())
    if isinstance(said, list):
        return ", ".join(_plain(inner) for inner in said)
    return str(said)
