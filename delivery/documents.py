"""Papers for couriers as PDF, in the shop's language: acts in two copies, claims. Whoever prints is noted."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from delivery import claims
from delivery.models import Handoff, Return, ReturnLine
from orders import journal
from orders.models import Location, Shop
from shopdesk.base import papers, wording
from shopdesk.base.access import Actor
from shopdesk.base.errors import Missing
from shopdesk.base.papers import ActLine, ActPaper, breakable


def print_act(number: int, *, by: Actor, at: datetime) -> bytes:
    """Draw both copies of an act and note the print. An open one says that it is a draft. Raises Missing."""
    act = Handoff.objects.filter(pk=number).select_related("courier", "location").first()
    if act is None:
        raise Missing
    pdf = papers.act(_paper(act), at=at)
    _note(act, by=by, at=at)
    return pdf


@transaction.atomic(durable=True)
def _note(act: Handoff, *, by: Actor, at: datetime) -> None:
    journal.record([journal.Entry("act.printed", subject=("act", act.number))], by=by, at=at)


def _paper(act: Handoff) -> ActPaper:
    shop = Shop.current()
    location: Location = act.location
    lines = act.lines.select_related("parcel").order_by("parcel__order_id", "parcel__position")
    return ActPaper(
        number=act.number, shop=shop.name, location=location.name, courier=act.courier.name, ship_on=act.ship_on,
        closed_at=act.closed_at, zone=shop.zone, currency=act.currency, hash=act.hash, language=shop.language,
        lines=[
            ActLine(
                parcel=line.parcel.number, weight_g=line.weight_g, cod_minor=line.cod_minor,
                declared_minor=line.declared_minor,
            )
            for line in lines
        ],
    )  # fmt: skip


def print_claim(courier: str, currency: str, *, by: Actor, at: datetime) -> bytes:
    """Draw the letter that asks a courier for what it owes, with what proves it, and note it.

    Raises Missing, NothingToClaim.
    """
    asked, shop = claims.claim(courier, currency, at=at), Shop.current()
    with translation.override(shop.language):
        pdf = papers.draw("claim", _letter(asked, shop, at), at=at)
    _note_claim(asked, by=by, at=at)
    return pdf


def print_return(return_id: int, *, by: Actor, at: datetime) -> bytes:
    """Draw the act of return: what came back, what was found of it, where it went, and both signatures; note it.

    Raises Missing.
    """
    row = Return.objects.filter(pk=return_id).select_related("order", "parcel", "exchange").first()
    if row is None:
        raise Missing
    shop = Shop.current()
    with translation.override(shop.language):
        pdf = papers.draw("claim", _act_of_return(row, shop, at), at=at)
    _note_return(row, by=by, at=at)
    return pdf


def _act_of_return(row: Return, shop: Shop, at: datetime) -> dict[str, Any]:
    lines = list(row.lines.select_related("product").order_by("pk"))
    about = [str(word) for word in (row.order_id, row.parcel and row.parcel.number, row.waybill, row.reference) if word]
    return {
        "language": shop.language[:2],
        "title": _("Act of return № %(number)s") % {"number": row.pk},
        "facts": [[_("Received by"), breakable(shop.name)], [_("Order, parcel, waybill"), breakable(" · ".join(about))]]
        + [[_("Kind"), str(row.get_kind_display())], [pgettext("letter", "Date"), _day(row.received_at or at, shop)]],
        "says": _("These goods came back. Where each went is said by the inspection."),
        "heads": ["№", _("Item and what was found"), _("Pieces"), _("Good"), _("Doubtful, broken, missing")],
        "lines": [_came_back(line) for line in lines],
        "sum": [_("Pieces in all"), str(sum(line.quantity for line in lines))],
        "asks": _("Both sides have counted the pieces above."),
        "signs": [_("Handed over: name, signature"), _("Received: name, signature")],
        "page": _("Act of return, page {page} of {pages}"),
    }


def _came_back(line: ReturnLine) -> dict[str, Any]:
    others = f"{line.to_quarantine} / {line.to_scrap} / {line.missing}"
    found = [str(line.get_found_display())] if line.found else []
    return {
        "name": breakable(line.product.name), "proofs": [breakable(line.product.sku), *found],
        "taken": str(line.quantity), "home": str(line.to_bin), "owed": others,
    }  # fmt: skip


@transaction.atomic(durable=True)
def _note_return(row: Return, *, by: Actor, at: datetime) -> None:
    journal.record([journal.Entry("return.printed", row.order, subject=("return", row.pk))], by=by, at=at)


@transaction.atomic(durable=True)
def _note_claim(asked: claims.Claim, *, by: Actor, at: datetime) -> None:
    data: dict[str, journal.Code] = {
        "orders": [item.order for item in asked.items], "sum": asked.total_minor, "currency": asked.currency,
    }  # fmt: skip
    journal.record([journal.Entry("claim.printed", data=data, subject=("courier", asked.courier.pk))], by=by, at=at)


def _letter(asked: claims.Claim, shop: Shop, at: datetime) -> dict[str, Any]:
    today = _day(at, shop)
    return {
        "language": shop.language[:2],
        "title": _("Claim for money and parcels"),
        "facts": [[_("From"), breakable(shop.name)], [pgettext("addressee", "To"), breakable(asked.courier.name)]]
        + [[pgettext("letter", "Date"), today]],
        "says": _("By our books you took the sums below at our customers' doors, or lost the parcels below."),
        "heads": ["№", _("Order and what proves it"), _("Taken"), _("Came home"), _("Owed")],
        "lines": [_asked_for(item, asked.currency, shop) for item in asked.items],
        "sum": [_("To be paid"), wording.money(asked.total_minor, asked.currency)],
        "asks": _("Please pay the sum, or name the payment, register and row by which it was paid."),
        "signs": [_("Name, signature"), _("Date and hour")],
        "page": _("Claim, page {page} of {pages}"),
    }


def _asked_for(item: claims.Item, currency: str, shop: Shop) -> dict[str, Any]:
    name = _("Order № %(number)s") % {"number": item.order}
    return {
        "name": f"{name} · {', '.join(item.parcels)}" + (f" · {_('lost')}" if item.lost else ""),
        "proofs": [breakable(proof) for proof in _proofs(item, currency, shop)],
        "taken": wording.money(item.taken_minor, currency),
        "home": wording.money(item.home_minor, currency),
        "owed": wording.money(item.owed_minor, currency),
    }


def _proofs(item: claims.Item, currency: str, shop: Shop) -> list[str]:
    acts = [
        _("Act %(number)s, accepted %(day)s, SHA-256 %(hash)s")
        % {"number": number, "day": _day(accepted, shop) if accepted else "–", "hash": sha[:16]}
        for number, accepted, sha in item.acts
    ]
    events = [
        _("Your event %(event)s: %(code)s, %(day)s") % {"event": event, "code": code, "day": _day(happened, shop)}
        for event, code, happened in item.events
    ]
    registers = [
        _("Your register %(register)s, row %(row)s: %(sum)s")
        % {"register": reference, "row": row, "sum": wording.money(brought, currency)}
        for reference, row, brought in item.registers
    ]
    return acts + events + (registers or [_("In none of your registers.")])


def _day(at: datetime, shop: Shop) -> str:
    """A day with its year: a letter is read years later."""
    day = at.astimezone(ZoneInfo(shop.zone)).date()
    return wording.short_day(day, today=day.replace(month=1, day=1, year=1))
