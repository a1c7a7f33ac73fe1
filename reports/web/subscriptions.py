"""Doors of reports by mail: who gets which, the letters that went out as they were, and those that did not."""

from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.models import Shop
from reports import letters, paper, plans, sending
from reports.models import ReportLetter, Subscription
from reports.sending import NewSubscription
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.periods import KINDS
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say
from shopdesk.people.models import User

SHOWN = 30
WHOLE = "letter.eml"
HOURS = [(hour, f"{hour}:00") for hour in range(24)]
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/")))
TONES = {"sent": "good", "failed": "bad", "unknown": "bad", "written": "wait", "sending": "wait"}
CHANGES = {"pause": Subscription.State.PAUSED, "resume": Subscription.State.ACTIVE, "end": Subscription.State.ENDED}


class SubscribeForm(forms.Form):
    """Who gets a report, how often, at which hour of which clock, in which language."""

    recipient = forms.ChoiceField(label=gettext_lazy("To whom"))
    every = forms.ChoiceField(label=gettext_lazy("How often"), choices=Subscription.Every.choices)
    hour = forms.TypedChoiceField(label=gettext_lazy("At"), choices=HOURS, coerce=int, initial=8)
    zone = forms.ChoiceField(label=gettext_lazy("By the clock of"), choices=[(zone, zone) for zone in ZONES])
    language = forms.ChoiceField(label=gettext_lazy("In which language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, people: list[tuple[int, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["recipient"] = forms.ChoiceField(label=gettext_lazy("To whom"), choices=people)
        words = [(code, capfirst(str(label))) for code, label in Subscription.Every.choices]
        self.fields["every"] = forms.ChoiceField(label=gettext_lazy("How often"), choices=words)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def see_or_subscribe(request: HttpRequest) -> HttpResponse:
    """Show who gets which report and the letters so far; subscribe somebody, managers themselves alone."""
    subject, at = asker(request), timezone.now()
    query = QueryReader(request.GET, ("before",))
    before = query.whole("before", 0, max_value=2**63 - 1)
    query.finish()
    if request.method == "POST":
        said = read_form(_form(subject, request.POST))
        new = NewSubscription(
            int(said["recipient"]), said["every"], said["hour"], said["zone"], said["language"]
        )  # fmt: skip
        sending.subscribe(new, by=subject.actor, at=at)
        say(request, _("Subscribed."))
        return done(request, reverse("reports-subscriptions"))
    shop = Shop.current()
    rows = Subscription.objects.for_subject(subject).exclude(state=Subscription.State.ENDED)
    shown = {
        "form": _form(subject),
        "rows": [_row(one, shop, at) for one in rows.select_related("recipient").order_by("pk")],
        **_history(subject, before),
    }
    return render(request, "reports/subscriptions/page.html", shown)


@require_POST
def change(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Pause a subscription, let it go on, or end it."""
    _find(asker(request), subscription_id)
    wanted = CHANGES.get(request.POST.get("change", ""))
    if wanted is None:
        raise Malformed([FieldError("/change", "invalid_choice", _("Choose pause, resume or end."))])
    sending.change(subscription_id, wanted, at=timezone.now())
    return done(request, reverse("reports-subscriptions"))


@require_POST
def try_out(request: HttpRequest, subscription_id: int) -> HttpResponse:
    """Send a test letter now."""
    found = _find(asker(request), subscription_id)
    sending.try_out(subscription_id, at=timezone.now())
    say(request, _("A test letter is on its way to %(address)s.") % {"address": found.recipient.email})
    return done(request, reverse("reports-subscriptions"))


@require_safe
@never_cache
def show_letter(request: HttpRequest, code: str) -> HttpResponse:
    """Show a letter as it was sent: what was known, its pictures, its files."""
    letter = _letter(asker(request), code)
    kept = letters.read(letter)
    names = letters.parts(kept) if kept else {}
    shown = {
        "letter": letter,
        "subject_line": letters.subject_of(kept) if kept else "",
        "pictures": [name for name in names if name.endswith(".png")],
        "files": [name for name in names if not name.endswith(".png")],
        "days": _days(letter),
        "tone": TONES.get(letter.state, ""),
        "whole": WHOLE,
    }
    return render(request, "reports/letter/page.html", shown)


@require_safe
@never_cache
def give_part(request: HttpRequest, code: str, part: str) -> HttpResponse:
    """Give a letter whole, or what hangs on it, byte for byte as it was sent."""
    letter = _letter(asker(request), code)
    kept = letters.read(letter)
    if kept is None:
        raise Missing
    found = {WHOLE: ("message/rfc822", kept)} | letters.parts(kept)
    if part not in found:
        raise Missing
    kind, content = found[part]
    how = "inline" if kind == "image/png" else "attachment"
    headers = {"Content-Disposition": f'{how}; filename="{part}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers | {"Cache-Control": "no-store, private"})


@require_POST
def settle(request: HttpRequest, code: str) -> HttpResponse:
    """Send a letter that failed again, or let it be."""
    letter = _letter(asker(request), code)
    if request.POST.get("settle") == "again":
        sending.send_again(letter.code, at=timezone.now())
        say(request, _("The letter goes out again."))
    else:
        sending.leave(letter.code)
    return done(request, reverse("reports-subscriptions"))


def _form(subject: Subject, typed: Any = None) -> SubscribeForm:
    """The form with the people whom the subject may subscribe, by their own language and the shop's clock."""
    shop = Shop.current()
    seen = set(User.objects.for_subject(subject).values_list("pk", flat=True))
    people = [(one.pk, f"{one.name}, {one.email}") for one in plans.people() if one.pk in seen]
    me = User.objects.for_subject(subject).filter(pk=subject.person).first()
    language = (me.language if me else "") or shop.language
    initial = {"recipient": subject.person, "zone": shop.zone, "language": language}
    return SubscribeForm(typed, people=people, initial=initial)


def _find(subject: Subject, subscription_id: int) -> Subscription:
    """Give a subscription that the subject may see. Raises Missing."""
    found = Subscription.objects.for_subject(subject).filter(pk=subscription_id).select_related("recipient").first()
    if found is None:
        raise Missing
    return found


def _letter(subject: Subject, code: str) -> ReportLetter:
    """Give a letter that the subject may see. Raises Missing."""
    found = ReportLetter.objects.for_subject(subject).filter(code=code).select_related("recipient").first()
    if found is None:
        raise Missing
    return found


def _row(one: Subscription, shop: Shop, at: datetime) -> dict[str, Any]:
    """A subscription as the page shows it, with its next hour."""
    active = one.state == Subscription.State.ACTIVE
    return {
        "one": one,
        "zone": wording.city_of(one.zone),
        "next": wording.day_and_hour(sending.next_due(one, at=at), now=at, zone=one.zone) if active else "",
        "tone": "good" if active else "wait",
        "language": dict(settings.LANGUAGES).get(one.language, one.language),
    }


def _history(subject: Subject, before: int) -> dict[str, Any]:
    """The letters so far, the newest first, a page at a time."""
    rows = ReportLetter.objects.for_subject(subject).select_related("recipient").order_by("-pk")
    found = list((rows.filter(pk__lt=before) if before else rows)[: SHOWN + 1])
    trouble = ReportLetter.objects.for_subject(subject).filter(sending.in_trouble()).count()
    return {
        "letters": [_told(one) for one in found[:SHOWN]],
        "older": f"?before={found[SHOWN - 1].pk}" if len(found) > SHOWN else "",
        "is_later": bool(before),
        "trouble": trouble,
    }


def _told(letter: ReportLetter) -> dict[str, Any]:
    return {
        "letter": letter,
        "days": _days(letter),
        "tone": TONES.get(letter.state, ""),
        "may_settle": letter.state in {ReportLetter.State.FAILED, ReportLetter.State.UNKNOWN},
    }


def _days(letter: ReportLetter) -> str:
    shop = Shop.current()
    return paper.span_of(KINDS[letter.kind](letter.from_on, shop.zone, shop.day_cutoff))
