"""Doors of labels: put one on an order or on several, take that back, and the owner's page of all labels."""

from django import forms
from django.contrib import messages
from django.core import signing
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from orders import labels
from orders.labels import Change, NewLabel
from orders.models import Order, StatusLabel
from orders.status import Status
from orders.web.card import find_order
from orders.web.forms import ticked_orders
from orders.web.offering import by_status
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, FieldError, Malformed
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

REFUSALS_SHOWN = 5
UNDO_S = 60 * 60
SALT = "orders.labels"


class LabelForm(forms.Form):
    """A label: its name in the shop's language, in others where the shop has them, how it looks and where it stands."""

    name = TextField(label=gettext_lazy("Name"), max_length=100)
    name_ru = TextField(label=gettext_lazy("Name in Russian"), max_length=100, required=False)
    name_bg = TextField(label=gettext_lazy("Name in Bulgarian"), max_length=100, required=False)
    name_en = TextField(label=gettext_lazy("Name in English"), max_length=100, required=False)
    colour = forms.ChoiceField(label=gettext_lazy("Colour"), choices=StatusLabel.Colour.choices, required=False)
    position = forms.IntegerField(label=gettext_lazy("Place in the list"), min_value=0, max_value=999, initial=0)
    is_default = forms.BooleanField(
        label=gettext_lazy("Put it on every order that enters the status"), required=False
    )  # fmt: skip

    def label_of(self, status: str) -> NewLabel:
        """Give what was typed as a label of this status."""
        typed = self.cleaned_data
        names = {language: typed[f"name_{language}"] for language in ("ru", "bg", "en") if typed[f"name_{language}"]}
        return NewLabel(
            Status(status), typed["name"], "", names, typed["colour"], typed["position"], typed["is_default"]
        )  # fmt: skip


class NewLabelForm(LabelForm):
    """A new label, with the status that it is of."""

    status = forms.ChoiceField(label=gettext_lazy("Status"), choices=Status.choices)
    code = forms.SlugField(
        label=gettext_lazy("Code"), max_length=40, required=False,
        help_text=gettext_lazy("For shops that ask by it. Left empty it is made of the name."),
    )  # fmt: skip
    field_order = ("status", "name")


@require_POST
def put_on(request: HttpRequest, number: int) -> HttpResponse:
    """Put a label on the order of a card, or take it off."""
    find_order(request, number)
    change = labels.put_on(number, _label(request), by=asker(request).actor, at=timezone.now())
    _tell(request, [change] if change.before != change.after else [], [])
    return done(request, reverse("orders-card", args=[number]))


@require_POST
def put_on_many(request: HttpRequest) -> HttpResponse:
    """Put a label on the chosen orders, each on its own: what one refuses does not stop the others."""
    subject, label = asker(request), _label(request)
    changes: list[Change] = []
    refused: list[str] = []
    for number in _seen(subject, ticked_orders(request)):
        try:
            change = labels.put_on(number, label, by=subject.actor, at=timezone.now())
        except DomainError as refusal:
            refused.append(str(refusal))
        else:
            changes += [change] if change.before != change.after else []
    _tell(request, changes, refused)
    asked = request.POST.get("list", "")
    return done(request, reverse("orders") + (asked if asked.startswith("?") else ""))


@require_POST
def put_back(request: HttpRequest) -> HttpResponse:
    """Undo: every order gets the label back that it had, unless somebody changed it since."""
    subject = asker(request)
    try:
        changes = [Change(*one) for one in signing.loads(request.GET.get("done", ""), salt=SALT, max_age=UNDO_S)]
    except signing.BadSignature:
        raise Malformed([FieldError("?done", "invalid_type", _("This can be taken back no more."))]) from None
    seen = set(_seen(subject, [change.number for change in changes]))
    results = {
        change.number: labels.put_back(change, by=subject.actor, at=timezone.now())
        for change in changes
        if change.number in seen
    }
    back = sum(results.values())
    say(request, ngettext("%(n)d order as before.", "%(n)d orders as before.", back) % {"n": back})
    if left := [str(number) for number, was_put in results.items() if not was_put]:
        messages.warning(request, _("Changed by others since: %(numbers)s.") % {"numbers": ", ".join(left)})
    return done(request, reverse("orders"))


@method_decorator(never_cache, name="dispatch")
class Labels(View):
    """The owner's page: all labels by status, and a new one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show them."""
        rows = StatusLabel.objects.for_subject(asker(request)).filter(is_active=True)
        return render(request, "orders/labels/page.html", {"labels": by_status(rows), "form": NewLabelForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one."""
        form = NewLabelForm(request.POST)
        read_form(form)
        typed = form.label_of(form.cleaned_data["status"])
        new = NewLabel(
            typed.status, typed.name, form.cleaned_data["code"], typed.names, typed.colour, typed.position,
            typed.is_default,
        )  # fmt: skip
        label = labels.make(new, by=asker(request).actor, at=timezone.now())
        _offer_now()
        say(request, _("The label “%(name)s” can be put on orders now.") % {"name": label.says})
        return done(request, reverse("labels"))


@method_decorator(never_cache, name="dispatch")
class Label(View):
    """One label."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it for changing."""
        row = _find(request, pk)
        named = {f"name_{language}": name for language, name in row.names.items()}
        shown = {"name": row.name, "colour": row.colour, "position": row.position, "is_default": row.is_default}
        return render(request, "orders/labels/label.html", {"label": row, "form": LabelForm(initial=shown | named)})

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep what was changed."""
        row, form = _find(request, pk), LabelForm(request.POST)
        read_form(form)
        labels.change(pk, form.label_of(row.status), by=asker(request).actor, at=timezone.now())
        _offer_now()
        say(request, _("The label “%(name)s” is kept.") % {"name": form.cleaned_data["name"]})
        return done(request, reverse("labels"))


@require_POST
def take_away(request: HttpRequest, pk: int) -> HttpResponse:
    """Offer a label no more."""
    row = _find(request, pk)
    labels.take_away(pk, by=asker(request).actor, at=timezone.now())
    _offer_now()
    say(request, _("The label “%(name)s” is offered no more.") % {"name": row.says})
    return done(request, reverse("labels"))


def _offer_now() -> None:
    """Let the list read its labels anew; another web process does within seconds by itself."""
    caches["nearby"].clear()


def _find(request: HttpRequest, pk: int) -> StatusLabel:
    return get_object_or_404(StatusLabel.objects.for_subject(asker(request)), pk=pk, is_active=True)


def _label(request: HttpRequest) -> int | None:
    """The label that was chosen; None takes it off. Raises Malformed."""
    chosen = request.POST.get("label", "")
    if not chosen:
        return None
    number = read_whole(chosen)
    if number is None:
        raise Malformed([FieldError("/label", "invalid_choice", _("Choose a label."))])
    return number


def _seen(subject: Subject, numbers: list[int]) -> list[int]:
    """Those that the subject sees, ascending."""
    seen = Order.objects.for_subject(subject).filter(number__in=numbers).order_by("number")
    return list(seen.values_list("number", flat=True))


def _tell(request: HttpRequest, changes: list[Change], refused: list[str]) -> None:
    """A toast for what was done, with its undo; a sentence for each that was refused."""
    if changes:
        packed = signing.dumps([(one.number, one.before, one.after) for one in changes], salt=SALT, compress=True)
        undo = f"{reverse('orders-labels-undo')}?{urlencode({'done': packed})}"
        n = len(changes)
        say(request, ngettext("%(n)d order labelled.", "%(n)d orders labelled.", n) % {"n": n}, undo=undo)
    for sentence in refused[:REFUSALS_SHOWN]:
        messages.warning(request, sentence)
    if more := len(refused[REFUSALS_SHOWN:]):
        messages.warning(request, ngettext("And %(n)d more.", "And %(n)d more.", more) % {"n": more})
