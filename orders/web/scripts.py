"""Doors of the call scripts: the owner's words for each mode, and what must be read back."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from orders import scripts
from orders.models import CallScript, Mode
from orders.web.callwords import OTHER_SCRIPTS
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.toasts import say


class ScriptForm(forms.Form):
    """The words of one mode, a line a step, and what is read back."""

    text = TextField(required=False, max_length=4_000)
    read_back = forms.MultipleChoiceField(choices=list(scripts.READ_BACK.items()), required=False)


@require_safe
def see_scripts(request: HttpRequest) -> HttpResponse:
    """The scripts of all modes."""
    own = scripts.scripts()
    shown = [_tell(Mode(mode), own.get(mode)) for mode in Mode.values]
    gaps = [f"{{{name}}}" for name in sorted(scripts.GAPS)]
    return render(request, "orders/calls/scripts.html", {"scripts": shown, "gaps": gaps})


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
