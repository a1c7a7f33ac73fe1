"""Rules of messages: which kinds go out, by which ways, and in what words. The owner decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from orders import journal
from orders.messages.wording import ALLOWED, LANGUAGES, default_of, preview
from orders.models import MessageKind, MessageRule, MessageText, Shop
from shopdesk.base import placeholders
from shopdesk.base.access import Actor
from shopdesk.base.errors import DomainError


class NoWayChosen(DomainError):
    """A message is to go out, but by no way."""

    sentence = _("Choose at least one way by which this message goes out.")


@dataclass(frozen=True, slots=True)
class NewRule:
    """How one kind of message is to go out; `routes` in the order in which they are tried."""

    active: bool
    routes: Sequence[str]
    after_tries: int = 1


@dataclass(frozen=True, slots=True)
class NewText:
    """The words of one kind in one language; an empty text takes the desk's own again."""

    kind: str
    language: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class TextSeen:
    """A text as it goes out, and as its customer reads it."""

    language: str
    subject: str
    text: str
    is_own: bool
    reads: str


@dataclass(frozen=True, slots=True)
class RuleSeen:
    """One kind of message: its rule, its gaps, its texts by language."""

    kind: str
    label: str
    active: bool
    routes: Sequence[str]
    after_tries: int
    gaps: Sequence[str]
    texts: Sequence[TextSeen]


def see_rules() -> list[RuleSeen]:
    """Give every kind of message as it is set now."""
    shop = Shop.current()
    rules = MessageRule.objects.in_bulk()
    own = {(text.kind, text.language): text for text in MessageText.objects.all()}
    return [_see(MessageKind(kind), rules.get(kind), own, shop) for kind in MessageKind.values]


@transaction.atomic(durable=True)
def save_rule(kind: str, rule: NewRule, *, by: Actor, at: datetime) -> None:
    """Keep how one kind goes out. What waits already follows the new rule. Raises NoWayChosen."""
    if rule.active and not rule.routes:
        raise NoWayChosen
    kept: dict[str, Any] = {"active": rule.active, "routes": list(rule.routes), "after_tries": rule.after_tries}
    MessageRule.objects.update_or_create(kind=kind, defaults={**kept, "changed_at": at})
    told: dict[str, journal.Code] = {"kind": kind, **kept, "changed_at": at.isoformat()}
    journal.record([journal.Entry("message.rule", data=told, subject=("message_rule", kind))], by=by, at=at)


@transaction.atomic(durable=True)
def save_text(new: NewText, *, by: Actor, at: datetime) -> None:
    """Keep the words of one kind in one language. Raises UnknownPlaceholder, TextTooLong."""
    placeholders.check(new.subject, ALLOWED[new.kind] - {"link"})
    placeholders.check(new.text, ALLOWED[new.kind])
    kept = {"subject": new.subject, "text": new.text, "changed_at": at}
    MessageText.objects.update_or_create(kind=new.kind, language=new.language, defaults=kept)
    told: dict[str, journal.Code] = {"kind": new.kind, "language": new.language, "letters": len(new.text)}
    journal.record([journal.Entry("message.text", data=told, subject=("message_rule", new.kind))], by=by, at=at)


def _see(kind: MessageKind, rule: MessageRule | None, own: dict[tuple[str, str], MessageText], shop: Shop) -> RuleSeen:
    texts = []
    for language in LANGUAGES:
        row = own.get((kind.value, language))
        subject, text = default_of(kind, language)
        is_own = row is not None and bool(row.text)
        if row is not None and row.text:
            subject, text = row.subject or subject, row.text
        texts.append(TextSeen(language, subject, text, is_own, preview(text, kind, shop=shop, language=language)))
    rule = rule or MessageRule(kind=kind, routes=[])
    gaps = [f"{{{name}}}" for name in sorted(ALLOWED[kind])]
    return RuleSeen(kind.value, str(kind.label), rule.active, list(rule.routes), rule.after_tries, gaps, texts)
