"""Doors of the rules without a call: their figures, their trial on past orders, and the decisions to look at."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import calls, nocall
from orders.models import NoCallDecision, NoCallRule, Shop
from orders.web.forms import with_capitals
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import AmountField, read_form
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

MOST_SAMPLES = 20
COUNTS = ("least_delivered", "most_refused", "refusal_percent", "sample_percent")
SUMS = ("most_total_minor", "call_minor", "refusal_minor")


class RuleForm(forms.Form):
    """A rule and its figures; sums in the shop's currency."""

    what = forms.ChoiceField(label=gettext_lazy("Which orders"), choices=lambda: with_capitals(NoCallRule.What.choices))
    least_delivered = forms.IntegerField(
        min_value=0, max_value=10_000, label=gettext_lazy("Delivered before, at least")
    )
    most_refused = forms.IntegerField(min_value=0, max_value=10_000, label=gettext_lazy("Refused before, at most"))
    refusal_percent = forms.IntegerField(min_value=0, max_value=100, label=gettext_lazy("Refused of all, %"))
    sample_percent = forms.IntegerField(min_value=0, max_value=100, label=gettext_lazy("Looked at by a person, %"))

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, label in (
            ("most_total_minor", gettext_lazy("Sum of the order, at most")),
            ("call_minor", gettext_lazy("What a call costs")),
            ("refusal_minor", gettext_lazy("What a refused delivery costs")),
        ):
            self.fields[name] = AmountField(currency=currency, required=False, label=label, max_length=20)

    @property
    def figures(self) -> dict[str, int | None]:
        """The figures as the desk takes them; a cost that is left empty is nothing."""
        said: dict[str, Any] = self.cleaned_data
        kept = {name: said[name] or 0 for name in SUMS} | {name: said[name] for name in COUNTS}
        return kept | {"most_total_minor": said["most_total_minor"]}


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules, their last trial, and the sampled decisions that nobody looked at yet."""
    return _show(request)


@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Write a rule; a changed one is off until it is tried again."""
    subject = asker(request)
    form = RuleForm(request.POST, currency=Shop.current().currency)
    read_form(form)
    number = request.POST.get("rule", "")
    rule_id = read_whole(number)
    if rule_id and not NoCallRule.objects.for_subject(subject).filter(pk=rule_id).exists():
        raise Missing
    calls.set_rule(rule_id, what=form.cleaned_data["what"], figures=form.figures, by=subject.actor, at=timezone.now())
    say(request, _("Kept, and off until it is tried."))
    return done(request, reverse("no-call"))


@require_POST
def try_out(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Try a rule on the orders of the last three months, and show what it would have skipped."""
    _find(request, rule_id)
    trial = calls.try_rule(rule_id, at=timezone.now())
    return render(request, "orders/calls/_trial.html", {"trial": trial, "rule": _find(request, rule_id)})


@require_POST
def switch(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Switch a rule on or off."""
    _find(request, rule_id)
    is_on = request.POST.get("on") == "on"
    calls.switch_rule(rule_id, on=is_on, by=asker(request).actor, at=timezone.now())
    say(request, _("The rule is on.") if is_on else _("The rule is off."))
    return done(request, reverse("no-call"))


@require_POST
def judge(request: HttpRequest, decision_id: int) -> HttpResponse:
    """Say whether a sampled decision was right."""
    subject = asker(request)
    if not NoCallDecision.objects.for_subject(subject).filter(pk=decision_id).exists():
        raise Missing
    calls.judge(decision_id, request.POST.get("verdict", ""), person=subject.person, at=timezone.now())
    return done(request, reverse("no-call"))


def _find(request: HttpRequest, rule_id: int) -> NoCallRule:
    rule = NoCallRule.objects.for_subject(asker(request)).filter(pk=rule_id).first()
    if rule is None:
        raise Missing
    return rule


def _show(request: HttpRequest) -> HttpResponse:
    shop = Shop.current()
    rows = list(NoCallRule.objects.for_subject(asker(request)).order_by("pk"))
    chosen = next((row for row in rows if str(row.pk) == request.GET.get("rule", "")), None)
    first = {name: getattr(chosen or NoCallRule(), name) for name in (*COUNTS, *SUMS, "what")}
    shown = {
        "rows": [(row, capfirst(str(NoCallRule.What(row.what).label))) for row in rows],
        "chosen": chosen,
        "form": RuleForm(initial=first, currency=shop.currency),
        "samples": list(nocall.to_look_at()[:MOST_SAMPLES]),
        "currency": shop.currency,
    }
    return render(request, "orders/calls/nocall.html", shown)
