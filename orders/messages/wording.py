"""The words of messages: the shop's own, else the desk's, with gaps from a short list filled for one order."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import MessageKind, MessageText, Order, Shop
from shopdesk.base import phones, placeholders, wording
from shopdesk.base.periods import shop_day

HOLES: Final = re.compile(r" {2,}")
LANGUAGES: Final = ("en", "ru", "bg")
GAPS: Final = frozenset({"shop", "name", "number", "total", "due", "day", "slot", "city"})
# Which gaps each kind fills. Only who was not reached gets the link by which they answer.
ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    MessageKind.NOT_REACHED: GAPS | {"link"},
    MessageKind.CONFIRMED: GAPS,
    MessageKind.HANDED_OVER: GAPS,
    MessageKind.WAITING: GAPS,
}
SUBJECTS: Final = {
    MessageKind.NOT_REACHED: _("We could not reach you: order {number}"),
    MessageKind.CONFIRMED: _("Order {number} is confirmed"),
    MessageKind.HANDED_OVER: _("Order {number} is on its way"),
    MessageKind.WAITING: _("Order {number} waits for you"),
}
TEXTS: Final = {
    MessageKind.NOT_REACHED: pgettext_lazy(
        "message to a customer",
        "{shop}: we could not reach you about order {number}, {total}. Confirm, choose another hour or cancel: {link}",
    ),
    MessageKind.CONFIRMED: pgettext_lazy(
        "message to a customer", "{shop}: order {number} is confirmed. {day} {slot} To pay: {due}."
    ),
    MessageKind.HANDED_OVER: pgettext_lazy(
        "message to a customer", "{shop}: the courier has your order {number}. {day} {slot} To pay: {due}."
    ),
    MessageKind.WAITING: pgettext_lazy(
        "message to a customer", "{shop}: order {number} waits for you at the pickup point. To pay: {due}."
    ),
}


def text_of(kind: str, language: str) -> tuple[str, str]:
    """Give the subject and the text of a kind in a language: the shop's own, else the desk's."""
    own = MessageText.objects.filter(kind=kind, language=language).first()
    if own is not None and own.text:
        return own.subject or default_of(kind, language)[0], own.text
    return default_of(kind, language)


def default_of(kind: str, language: str) -> tuple[str, str]:
    """Give the desk's own subject and text of a kind in a language."""
    with translation.override(language):
        return str(SUBJECTS[MessageKind(kind)]), str(TEXTS[MessageKind(kind)])


def write(kind: str, order: Order, shop: Shop, *, link: str, at: datetime) -> tuple[str, str]:
    """Write one message: its subject line and its text, in the customer's language."""
    language = language_of(order, shop)
    subject, text = text_of(kind, language)
    with translation.override(language):
        values = values_of(order, shop, at) | ({"link": link} if "link" in ALLOWED[kind] else {})
        # A gap that is empty for this order leaves no hole.
        return placeholders.fill_line(subject, values), HOLES.sub(" ", placeholders.fill(text, values)).strip()


def language_of(order: Order, shop: Shop) -> str:
    """Give the language in which a customer is written to: their country's where the desk speaks it."""
    theirs = phones.language_of(order.contact_phone, shop.language) if order.contact_phone else shop.language
    return theirs if theirs in LANGUAGES else shop.language


def values_of(order: Order, shop: Shop, at: datetime) -> dict[str, str]:
    """Give what fills the gaps for an order, in the language that is switched on."""
    today = shop_day(at, shop.zone, shop.day_cutoff)
    return {
        "shop": shop.name,
        "name": order.contact_name,
        "number": str(order.number),
        "total": wording.money(order.total_minor, order.currency),
        "due": wording.money(order.due_minor, order.currency),
        "day": wording.short_day(order.promised_on, today=today) if order.promised_on else "",
        "slot": order.slot,
        "city": order.address_city,
    }


def preview(text: str, kind: str, *, shop: Shop, language: str) -> str:
    """Show a text as a customer would get it, with made-up values. Raises UnknownPlaceholder, TextTooLong."""
    with translation.override(language):
        values = {
            "shop": shop.name, "name": "Анна Смирнова", "number": "1042", "city": "Москва", "slot": "10:00-14:00",
            "total": wording.money(846_000, shop.currency), "due": wording.money(846_000, shop.currency),
            "day": "23.11", "link": "https://…",
        }  # fmt: skip
        placeholders.check(text, ALLOWED[kind])
        return placeholders.fill(text, {name: values[name] for name in ALLOWED[kind]})
