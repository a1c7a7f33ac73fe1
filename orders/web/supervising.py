"""Doors of the supervisor: the board of queues and people, calls that change hands, one's own presence, reminders."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import calls
from orders.models import Caller, CallTask, Channel, Reminder
from orders.models.calls import Mode
from orders.web.callorder import find_task
from orders.web.callwords import tell_mode
from shopdesk.base import places, wording
from shopdesk.base.access import Kind, Subject
from shopdesk.base.answering import answer, done, own_path, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say
from shopdesk.people.names import callers_by_name

MOST_CALLS = 200
TONES = {Caller.State.ON_CALLS: "good", Caller.State.BREAK: "wait"}


class GiveForm(forms.Form):
    """Which calls go to whom; to nobody in particular without a person."""

    person = forms.IntegerField(required=False, min_value=1)

    def __init__(self, *args: Any, sent: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = [(one, one) for one in sent if read_whole(one) is not None]
        self.fields["task"] = forms.TypedMultipleChoiceField(coerce=int, choices=chosen)


class SkillsForm(forms.Form):
    """What somebody takes."""

    languages = TextField(
        label=gettext_lazy("Languages"), required=False, max_length=200,
        help_text=gettext_lazy("Two letters each, a comma between: ru, bg. Empty: any."),
    )  # fmt: skip
    regions = TextField(
        label=gettext_lazy("Regions"), required=False, max_length=2_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("By name or code, a comma between: Москва, RU-PRI. Empty: any."),
    )  # fmt: skip

    def __init__(self, *args: Any, subject: Subject, **options: Any) -> None:
        super().__init__(*args, **options)
        rows = Channel.objects.for_subject(subject).order_by("name")
        self.fields["channels"] = forms.MultipleChoiceField(
            label=_("Channels"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=list(rows.values_list("code", "name")),
        )


@require_safe
@never_cache
def board(request: HttpRequest) -> HttpResponse:
    """The queues, the people and the day as they stand now. The page asks again by itself."""
    at = timezone.now()
    shown = see_supervised(request, at)
    return answer(request, "orders/calls/board.html", shown, fragment="orders/calls/_supervised.html")


@require_POST
def give(request: HttpRequest) -> HttpResponse:
    """Give calls to somebody, many at once."""
    form = GiveForm(request.POST, sent=request.POST.getlist("task"))
    if not form.is_valid():
        raise Malformed([FieldError("/task", "required", _("Choose the calls first."))])
    said = form.cleaned_data
    mine = CallTask.objects.for_subject(asker(request)).filter(pk__in=said["task"])
    tasks = list(mine.values_list("pk", flat=True))
    moved = calls.reassign(tasks, said["person"], by=asker(request).actor, at=timezone.now())
    words = ngettext("%(n)d call changed hands.", "%(n)d calls changed hands.", moved)
    say(request, words % {"n": moved})
    return done(request, reverse("calls-board"))


@require_POST
def save_skills(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say what somebody takes: languages, channels, regions; nothing named means anything."""
    form = SkillsForm(request.POST, subject=asker(request))
    read_form(form)
    said = form.cleaned_data
    skills = calls.Skills(_listed(said["languages"]), said["channels"], _listed(said["regions"]))
    calls.set_skills(person_id, skills, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": _("what they take")})
    return done(request, f"{reverse('calls-board')}?of={person_id}")


@require_POST
def take_over(request: HttpRequest, task_id: int) -> HttpResponse:
    """Take over the talk that somebody is in; whoever talked hears of it."""
    find_task(request, task_id)
    calls.take_over(task_id, person=asker(request).person, at=timezone.now())
    say(request, _("The talk is yours. Whoever was in it hears of it within half a minute."))
    return done(request, reverse("calls"))


class Presence(View):
    """Whether one calls, pauses or has left: seen and switched on the call desk, and in the menu of every page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the switch as it stands; whoever opens it in a window of its own is led to the call desk."""
        return _show_presence(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Switch, and go back to where one was."""
        subject = asker(request)
        calls.switch(subject.person, request.POST.get("state", ""), by=subject.actor, at=timezone.now())
        return done(request, own_path(request, request.POST.get("next", "")) or reverse("calls"))


@require_POST
def seen(request: HttpRequest) -> HttpResponse:
    """Say that one has seen one's reminders."""
    subject, at = asker(request), timezone.now()
    told = [number for one in request.POST.getlist("reminder") if (number := read_whole(one)) is not None]
    calls.mark_seen(told, subject=subject, at=at)
    return done(request, reverse("calls"))


def see_supervised(request: HttpRequest, at: datetime) -> dict[str, Any]:
    """Read the board, and the calls of whoever is looked at (of those without anybody, else)."""
    subject = asker(request)
    now = calls.see_board(at=at)
    whose = request.GET.get("of", "")
    owner = read_whole(whose)
    rows = CallTask.objects.for_subject(subject).filter(owner=owner, closed_at=None).select_related("order", "owner")
    tasks = list(rows.order_by("due_at", "pk")[: MOST_CALLS + 1])
    people = callers_by_name()
    return {
        "board": now,
        "queues": [(capfirst(str(Mode(depth.mode).label)), depth) for depth in now.queues],
        "seats": [_seat(seat) for seat in now.seats],
        "tiles": _tiles(now),
        "tasks": [(task, tell_mode(task)) for task in tasks[:MOST_CALLS]],
        "more": len(tasks) > MOST_CALLS,
        "of": whose if owner else "",
        "people": people,
        "whose": dict(people).get(owner or 0, ""),
        "skills": _skills(owner, subject) if owner and subject.kind == Kind.OWNER else None,
    }


def _skills(person: int, subject: Subject) -> SkillsForm:
    """What somebody takes, to be changed."""
    seat = Caller.objects.for_subject(subject).filter(pk=person).first() or Caller(person_id=person)
    first = {
        "languages": ", ".join(seat.languages),
        "regions": ", ".join(map(places.name_of, seat.regions)),
        "channels": seat.channels,
    }
    return SkillsForm(initial=first, subject=subject)


def _listed(text: str) -> list[str]:
    """Read what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _seat(seat: Any) -> tuple[Any, str, str]:
    """Somebody at the desk, their state in words and its tone."""
    state = Caller.State(seat.state)
    return seat, str(state.label), TONES.get(state, "")


def _tiles(now: calls.Board) -> list[dict[str, Any]]:
    """The figures above the board."""
    late, today = sum(depth.late for depth in now.queues), now.today
    return [
        {"label": _("To ring now"), "value": wording.number(sum(depth.due for depth in now.queues))},
        {"label": _("Promised callbacks"), "value": wording.number(sum(depth.callbacks for depth in now.queues))},
        {"label": _("Past the time limit"), "value": wording.number(late), "tone": "bad" if late else ""},
        _rate(_("Reached today"), today.contact_percent, today.spoken, today.rung),
        _rate(_("Confirmed today"), today.confirmation_percent, today.confirmed, today.decided),
    ]


def _rate(label: str, percent: int | None, part: int, whole: int) -> dict[str, Any]:
    """A share of today, with what it is of."""
    value = "–" if percent is None else f"{percent}{wording.NBSP}%"
    return {"label": label, "value": value, "note": _("%(a)s of %(b)s") % {"a": part, "b": whole}}


@part_of("calls")
def _show_presence(request: HttpRequest) -> HttpResponse:
    page = own_path(request, request.headers.get("HX-Current-URL", ""))
    return render(request, "orders/calls/_presence_menu.html", {"page": page, **_presence(asker(request))})


def see_presence(request: HttpRequest) -> dict[str, Any]:
    """Read one's own presence and what one is to be told."""
    subject, at = asker(request), timezone.now()
    told = calls.reminders_for(subject, at=at)[:10]
    reminders = [(row, _what(row), wording.lasting(at - row.due_at)) for row in told]
    return _presence(subject) | {"reminders": reminders}


def _presence(subject: Subject) -> dict[str, Any]:
    """One's own state, and those to choose from."""
    own = Caller.objects.for_subject(subject).filter(pk=subject.person).first()
    choices = [(value, capfirst(str(label))) for value, label in Caller.State.choices]
    return {"presence": own.state if own else Caller.State.OFF.value, "presences": choices}


def _what(row: Reminder) -> str:
    return capfirst(str(Reminder.What(row.what).label))
