"""Doors of the retry plans: each mode's and outcome's own, and what a change would do to today's queue."""

from typing import Any

from django import forms
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from orders import calls, sayings
from orders.calls.plans import IN_VAIN
from orders.models import Channel, Mode, PlanGroup, RetryPlan, Shop
from orders.web.callwords import tell_mode
from orders.web.forms import with_capitals
from orders.web.telling import Moment
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

MOST_TURNS = 50
IN_ORDER = (F("group__name").asc(nulls_first=True), "mode", "outcome")  # the usual ones first
STEPS = {"next_day": gettext_lazy("on the next day"), "other_part": gettext_lazy("in another part of the day")}
SPANS = {
    "m": gettext_lazy("after %(n)s min"), "h": gettext_lazy("after %(n)s h"), "d": gettext_lazy("after %(n)s d"),
}  # fmt: skip


class PlanForm(forms.Form):
    """A plan: for which orders and calls, its steps, its cap and its end."""

    group = forms.TypedChoiceField(required=False, label=gettext_lazy("Group"), coerce=int, empty_value=None)
    mode = forms.ChoiceField(required=False, label=gettext_lazy("Kind of call"), choices=lambda: _modes())
    outcome = forms.ChoiceField(required=False, label=gettext_lazy("Outcome"), choices=lambda: _outcomes())
    steps = TextField(
        max_length=300, required=False, label=gettext_lazy("Steps"),
        help_text=gettext_lazy(
            "After the first call, a space between two: +15m, +2h, +1d, next_day, other_part (of the day)."
        ),
    )  # fmt: skip
    most_in_all = forms.IntegerField(min_value=1, max_value=30, label=gettext_lazy("Calls in all"))
    ends = forms.ChoiceField(
        label=gettext_lazy("When it is used up"), choices=lambda: with_capitals(RetryPlan.End.choices)
    )

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        groups = PlanGroup.objects.for_subject(subject)
        chosen: Any = self.fields["group"]
        chosen.choices = [("", _("usual plans")), *((str(one.pk), one.name) for one in groups)]

    @property
    def plan(self) -> calls.NewPlan:
        """The plan as the desk takes it. Raises Malformed when the form cannot be read."""
        read_form(self)
        said = self.cleaned_data
        return calls.NewPlan(
            said["mode"], said["outcome"], said["steps"].replace(",", " ").split(), said["most_in_all"], said["ends"],
            said["group"],
        )  # fmt: skip


class GroupForm(forms.Form):
    """A group of plans: its name, and the channels that follow it."""

    name = TextField(max_length=60, label=gettext_lazy("Name"))
    channels = forms.MultipleChoiceField(
        required=False, label=gettext_lazy("Channels"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        channels = Channel.objects.for_subject(subject).order_by("name")
        chosen: Any = self.fields["channels"]
        chosen.choices = list(channels.values_list("code", "name"))


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """The plans there are, and the form of one."""
    subject = asker(request)
    rows = list(RetryPlan.objects.for_subject(subject).select_related("group").order_by(*IN_ORDER))
    groups = list(PlanGroup.objects.for_subject(subject).prefetch_related("channels"))
    group = next((one for one in groups if str(one.pk) == request.GET.get("group", "")), None)
    chosen = next((row for row in rows if str(row.pk) == request.GET.get("plan", "")), None)
    usual = (
        chosen
        or next((row for row in rows if not row.mode and not row.outcome and not row.group_id), None)
        or RetryPlan()
    )
    first = {
        "group": usual.group_id, "mode": usual.mode, "outcome": usual.outcome, "steps": " ".join(usual.steps),
        "ends": usual.ends, "most_in_all": usual.most_in_all,
    }  # fmt: skip
    shown = {
        "rows": [(row, _mode(row), _outcome(row), [_step(one) for one in row.steps]) for row in rows],
        "form": PlanForm(initial=first, subject=subject),
        "groups": groups,
        "group": group,
        "group_form": GroupForm(initial=_first(group), auto_id="id_group_%s", subject=subject),
    }
    return render(request, "orders/calls/plans.html", shown | {"shop": Shop.current()})


@require_POST
def keep_group(request: HttpRequest) -> HttpResponse:
    """Make a group of plans, or change the one that is named."""
    form = GroupForm(request.POST, subject=asker(request))
    read_form(form)
    said, sent = form.cleaned_data, request.POST.get("group", "")
    group_id = read_whole(sent)
    if sent and group_id is None:
        raise Missing
    by, at = asker(request).actor, timezone.now()
    calls.keep_group(group_id, name=said["name"], channels=said["channels"], by=by, at=at)
    say(request, _("Kept: %(what)s.") % {"what": _("the group of plans")})
    return done(request, reverse("retry-plans"))


@require_POST
def drop_group(request: HttpRequest, group_id: int) -> HttpResponse:
    """Take a group away with its plans: its channels follow the usual ones."""
    calls.drop_group(group_id, by=asker(request).actor, at=timezone.now())
    say(request, _("The group is taken away; its channels follow the usual plans."))
    return done(request, reverse("retry-plans"))


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What the plan would do to today's queue. Changes nothing."""
    at = timezone.now()
    found = calls.preview(PlanForm(request.POST, subject=asker(request)).plan, at=at)
    moment = Moment.of(at)
    turns = [
        (turn, tell_mode(turn.task), _hour(turn.before, moment), _hour(turn.after, moment)) for turn in found.turns
    ]
    shown = {"found": found, "turns": turns[:MOST_TURNS], "more": len(turns) > MOST_TURNS}
    return render(request, "orders/calls/_preview.html", shown)


@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Keep the plan."""
    calls.change_plan(PlanForm(request.POST, subject=asker(request)).plan, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": _("the retry plan")})
    return done(request, reverse("retry-plans"))


@require_POST
def drop(request: HttpRequest, plan_id: int) -> HttpResponse:
    """Take a plan away: the next wider one counts."""
    calls.drop_plan(plan_id, by=asker(request).actor, at=timezone.now())
    say(request, _("The plan is taken away; the next wider one counts."))
    return done(request, reverse("retry-plans"))


def _first(group: PlanGroup | None) -> dict[str, Any]:
    return {"name": group.name, "channels": [one.pk for one in group.channels.all()]} if group else {}


def _modes() -> list[tuple[str, str]]:
    """The kinds of call, any of them first."""
    return [("", _("any call")), *with_capitals(Mode.choices)]


def _outcomes() -> list[tuple[str, str]]:
    """The outcomes after which somebody is rung again, any of them first."""
    return [("", _("any outcome")), *((one.value, capfirst(sayings.outcome(one.value))) for one in IN_VAIN)]


def _step(code: str) -> str:
    """A step of a plan in words; its code is what one writes."""
    if code in STEPS:
        return str(STEPS[code])
    return str(SPANS[code[-1]]) % {"n": code[1:-1]}


def _mode(row: RetryPlan) -> str:
    return capfirst(str(row.get_mode_display())) if row.mode else _("any call")


def _outcome(row: RetryPlan) -> str:
    return capfirst(sayings.outcome(row.outcome)) if row.outcome else _("any outcome")


def _hour(at: Any, moment: Moment) -> str:
    return wording.day_and_hour(at, now=moment.at, zone=moment.zone) if at else _("the end of the plan")
