"""Doors of messages to customers: what went out and what did not, sending one again, the owner's rules and words."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import messages
from orders.models import Message, MessageKind, Route
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

TONES = {
    Message.State.WAITING: "wait",
    Message.State.SENT: "good",
    Message.State.FAILED: "bad",
    Message.State.UNKNOWN: "bad",
}
LANGUAGES = {"en": "English", "ru": "Русский", "bg": "Български"}
MOST_WAYS = 3


class RuleForm(forms.Form):
    """How one kind of message goes out: the ways in the order in which they are tried."""

    active = forms.BooleanField(required=False)
    first = forms.ChoiceField(choices=[("", ""), *Route.choices], required=False)
    second = forms.ChoiceField(choices=[("", ""), *Route.choices], required=False)
    third = forms.ChoiceField(choices=[("", ""), *Route.choices], required=False)
    after_tries = forms.IntegerField(min_value=1, max_value=20, required=False)

    @property
    def routes(self) -> list[str]:
        """The chosen ways, each once."""
        chosen = [self.cleaned_data[place] for place in ("first", "second", "third")]
        return list(dict.fromkeys(way for way in chosen if way))


class WordsForm(forms.Form):
    """The words of one kind in one language."""

    language = forms.ChoiceField(choices=list(LANGUAGES.items()))
    subject = TextField(required=False, max_length=200)
    text = TextField(required=False, max_length=2_000)


@require_safe
def message_log(request: HttpRequest) -> HttpResponse:
    """What customers were written, the newest first."""
    query = QueryReader(request.GET, ["state", "limit", "cursor", "count"])
    state = query.choice("state", Message.State.values)
    rows = Message.objects.for_subject(asker(request)).select_related("order")
    page = read_page(rows.filter(state=state) if state else rows, query, key="pk")
    shown = {
        "rows": [(row, TONES.get(Message.State(row.state), ""), _may_repeat(row)) for row in page.rows],
        "older": _path_of(state, page.next) if page.next else "",
        "state": state,
        "states": [("", _("All")), *[(value, capfirst(str(label))) for value, label in Message.State.choices]],
    }
    return render(request, "orders/messages/page.html", shown)


@require_POST
def send_again(request: HttpRequest, message_id: int) -> HttpResponse:
    """Send a message again that failed, was dropped, or of which nobody knows."""
    subject = asker(request)
    if not Message.objects.for_subject(subject).filter(pk=message_id).exists():
        raise Missing
    messages.repeat(message_id, by=subject.actor, at=timezone.now())
    say(request, _("The message waits to be sent again."))
    return done(request, reverse("messages"))


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Which messages go out, by which ways, in what words."""
    ways = [("", _("no further way")), *[(value, capfirst(str(label))) for value, label in Route.choices]]
    shown = {"rules": [_tell_rule(rule) for rule in messages.see_rules()], "ways": ways, "languages": LANGUAGES}
    return render(request, "orders/messages/rules.html", shown)


@require_POST
def save_rule(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep whether and how one kind goes out."""
    form = RuleForm(request.POST)
    _check(form, kind)
    said = form.cleaned_data
    rule = messages.NewRule(said["active"], form.routes, said["after_tries"] or 1)
    messages.save_rule(kind, rule, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": MessageKind(kind).label})
    return done(request, reverse("message-rules"))


@require_POST
def save_words(request: HttpRequest, kind: str) -> HttpResponse:
    """Keep the words of one kind in one language; empty ones take the desk's own again."""
    form = WordsForm(request.POST)
    _check(form, kind)
    said = form.cleaned_data
    new = messages.NewText(kind, said["language"], said["subject"], said["text"].strip())
    messages.save_text(new, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": MessageKind(kind).label})
    return done(request, reverse("message-rules"))


def _may_repeat(message: Message) -> bool:
    return message.state in (Message.State.FAILED, Message.State.UNKNOWN, Message.State.DROPPED)


def _path_of(state: str, cursor: str) -> str:
    kept = f"state={state}&" if state else ""
    return f"?{kept}cursor={cursor}"


def _tell_rule(rule: messages.RuleSeen) -> dict[str, Any]:
    """A rule with its ways laid out in three places."""
    ways = [*rule.routes, "", "", ""][:MOST_WAYS]
    named = [(name, way) for name, way in zip(("first", "second", "third"), ways, strict=True)]
    counts = rule.kind == MessageKind.NOT_REACHED
    return {"rule": rule, "ways": named, "counts_tries": counts, "label": capfirst(rule.label)}


def _check(form: forms.Form, kind: str) -> None:
    """Refuse a form that cannot be read. Raises Missing for a kind that is none, Malformed."""
    if kind not in MessageKind.values:
        raise Missing
    read_form(form)
