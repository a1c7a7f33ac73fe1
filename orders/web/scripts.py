"""Doors of the call scripts: the owner's words for each mode, and what must be read back."""

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

from orders import sayings, scripts
from orders.models import CallScript, Mode, Outcome, ScriptLine
from orders.web.callwords import OTHER_SCRIPTS
from orders.web.forms import with_capitals
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import IdentifierField, TextField, read_form
from shopdesk.base.toasts import say

ABOUT = ScriptLine.About


class ScriptForm(forms.Form):
    """The words of one mode, a line a step, and what is read back."""

    text = TextField(required=False, max_length=4_000)
    read_back = forms.MultipleChoiceField(choices=list(scripts.READ_BACK.items()), required=False)


class LineForm(forms.Form):
    """A step that is said besides."""

    about = forms.ChoiceField(
        label=gettext_lazy("When the call is about"), choices=lambda: with_capitals(ABOUT.choices)
    )
    sku = IdentifierField(
        label=gettext_lazy("SKU"), required=False, max_length=64, help_text=gettext_lazy("Of a product only.")
    )
    text = TextField(label=gettext_lazy("Say besides"), max_length=500)


class WordsForm(forms.Form):
    """The shop's own words for the outcomes."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, label in Outcome.choices:
            field = TextField(label=capfirst(str(label)), required=False, max_length=scripts.LONGEST_WORD)
            field.widget.attrs["placeholder"] = capfirst(str(label))
            self.fields[code] = field


@require_safe
def see_scripts(request: HttpRequest) -> HttpResponse:
    """The scripts of all modes."""
    own = scripts.scripts()
    shown = [_tell(Mode(mode), own.get(mode)) for mode in Mode.values]
    told = {
        "scripts": shown,
        "gaps": [f"{{{name}}}" for name in sorted(scripts.GAPS)],
        "lines": scripts.lines(),
        "line_form": LineForm(),
        "words_form": WordsForm(initial=dict(sayings.own_words())),
    }
    return render(request, "orders/calls/scripts.html", told)


@require_POST
def save_script(request: HttpRequest, mode: str) -> HttpResponse:
    """Keep the script of one mode."""
    if mode not in Mode.values:
        raise Missing
    form = ScriptForm(request.POST)
    read_form(form)
    said = form.cleaned_data
    new = scripts.NewScript(mode, said["text"].strip(), said["read_back"])
    scripts.change_script(new, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": Mode(mode).label})
    return done(request, reverse("call-scripts"))


@require_POST
def add_line(request: HttpRequest) -> HttpResponse:
    """Say one step more about some goods or customers."""
    form = LineForm(request.POST)
    read_form(form)
    scripts.add_line(scripts.NewLine(**form.cleaned_data), by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": _("what is said besides")})
    return done(request, reverse("call-scripts"))


@require_POST
def drop_line(request: HttpRequest, line_id: int) -> HttpResponse:
    """Say it no more."""
    scripts.drop_line(line_id, by=asker(request).actor, at=timezone.now())
    say(request, _("It is not said any more."))
    return done(request, reverse("call-scripts"))


@require_POST
def name_outcomes(request: HttpRequest) -> HttpResponse:
    """Call the outcomes as the shop calls them."""
    form = WordsForm(request.POST)
    read_form(form)
    scripts.name_outcomes(form.cleaned_data, by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": _("words of the outcomes")})
    return done(request, reverse("call-scripts"))


def _tell(mode: Mode, own: CallScript | None) -> dict[str, Any]:
    wanted = scripts.to_read_back(mode, own)
    return {
        "mode": mode.value,
        "label": capfirst(str(mode.label)),
        "text": own.text if own else "",
        "is_own": bool(own and own.text),
        "usual": [str(words) for words in OTHER_SCRIPTS.get(mode, ())],
        "agrees": mode in scripts.AGREES,
        "read_back": [(code, capfirst(str(words)), code in wanted) for code, words in scripts.READ_BACK.items()],
    }
