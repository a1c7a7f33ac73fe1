"""Doors of imports: lay a file down, say what its columns are, see every verdict, take it in, undo it."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders.models import Channel
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader, clean_form_text
from shopdesk.base.toasts import say
from shopdesk.imports import columns, taking
from shopdesk.imports.models import Import, ImportItem

State, Verdict, Fate = Import.State, ImportItem.Verdict, ImportItem.Fate
TONES = {
    State.DONE: "good", State.TRIED: "wait", State.FAILED: "bad", State.TRYING: "", State.APPLYING: "",
}  # fmt: skip
VERDICT_TONES = {Verdict.GOOD: "good", Verdict.NOTED: "wait", Verdict.BAD: "bad", Verdict.KNOWN: "", Verdict.LEFT: ""}
FROM_FILES = ""


class FileForm(forms.Form):
    """A file and what it holds."""

    what = forms.ChoiceField(
        label=gettext_lazy("What is in it"),
        choices=lambda: [(value, capfirst(str(label))) for value, label in Import.What.choices],
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), required=False,
        help_text=gettext_lazy("For orders: whose numbers they are. An order of this channel is never taken in twice."),
    )  # fmt: skip
    file = forms.FileField(label=gettext_lazy("File (CSV, XLSX, YML, CommerceML)"))

    def __init__(self, *args: Any, channels: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen: Any = self.fields["channel"]
        chosen.choices = [(FROM_FILES, _("From files")), *channels]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def imports(request: HttpRequest) -> HttpResponse:
    """Show what was laid down, the newest first; take a new file."""
    subject = asker(request)
    if request.method == "POST":
        return _lay_down(request, subject)
    query = QueryReader(request.GET, ("cursor", "limit"))
    page = read_page(Import.objects.for_subject(subject).select_related("asked_by", "channel"), query, key="id")
    shown = {
        "rows": [{"import": one, "tone": TONES.get(State(one.state), "")} for one in page.rows],
        "older": f"?cursor={page.next}" if page.next else "",
        "moving": any(one.is_moving for one in page.rows) and "cursor" not in request.GET,
        "form": FileForm(channels=_channels(subject)),
    }
    return answer(request, "imports/page.html", shown, fragment="imports/_list.html")


@require_safe
@never_cache
def see(request: HttpRequest, code: str) -> HttpResponse:
    """Show an import: its columns while they are to be named, then every verdict, then what became of each thing."""
    subject = asker(request)
    batch = _find(subject, code)
    query = QueryReader(request.GET, ("verdict", "cursor", "limit"))
    verdict = query.choice("verdict", Verdict.values)
    counts = dict(batch.items.order_by().values_list("verdict").annotate(Count("pk")))
    rows = ImportItem.objects.for_subject(subject).filter(batch=batch)
    page = read_page(rows.filter(verdict=verdict) if verdict else rows, query, key="place", ascending=True)
    shown = {
        "batch": batch,
        "tone": TONES.get(State(batch.state), ""),
        "tabs": [
            {"value": value, "label": label, "count": counts[value], "here": value == verdict}
            for value, label in Verdict.choices
            if value in counts
        ],
        "verdict": verdict,
        "rows": [{"item": item, "tone": VERDICT_TONES[Verdict(item.verdict)]} for item in page.rows],
        "older": f"?verdict={verdict}&cursor={page.next}" if page.next else "",
        "bad": counts.get(Verdict.BAD, 0), "known": counts.get(Verdict.KNOWN, 0), "left": counts.get(Verdict.LEFT, 0),
        "good": counts.get(Verdict.GOOD, 0) + counts.get(Verdict.NOTED, 0),
        "fields": _fields(batch) if batch.state in {State.LAID, State.TRIED} and batch.headings else [],
        **_columns(batch), **_fates(batch),
    }  # fmt: skip
    return answer(request, "imports/card.html", shown, fragment="imports/_card.html")


@require_POST
def try_out(request: HttpRequest, code: str) -> HttpResponse:
    """Try the file with the columns that were chosen."""
    batch = _find(asker(request), code)
    chosen = {
        field.name: clean_form_text(request.POST.get(field.name, ""))
        for field in columns.FIELDS[Import.What(batch.what)]
    }
    taking.try_out(code, chosen, at=timezone.now())
    return done(request, reverse("imports-import", args=[code]))


@require_POST
def take_in(request: HttpRequest, code: str) -> HttpResponse:
    """Take in all of it, or the good ones alone."""
    _find(asker(request), code)
    taking.apply(code, skip_bad=request.POST.get("skip_bad") == "1", at=timezone.now())
    return done(request, reverse("imports-import", args=[code]))


@require_POST
def undo(request: HttpRequest, code: str) -> HttpResponse:
    """Cancel what came by this import and what nobody has worked on."""
    _find(asker(request), code)
    taking.undo(code, at=timezone.now())
    return done(request, reverse("imports-import", args=[code]))


@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Stop it where it is."""
    _find(asker(request), code)
    taking.cancel(code, at=timezone.now())
    return done(request, reverse("imports-import", args=[code]))


def _lay_down(request: HttpRequest, subject: Subject) -> HttpResponse:
    form = FileForm(request.POST, request.FILES, channels=_channels(subject))
    read_form(form)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    if (file.size or 0) > taking.MOST_BYTES:
        raise taking.TooHeavyFile
    channel = Channel.objects.for_subject(subject).filter(code=form.cleaned_data["channel"]).first()
    new = taking.NewFile(
        Import.What(form.cleaned_data["what"]), clean_form_text(file.name or "")[:150], file.read(), channel,
        translation.get_language() or "en",
    )  # fmt: skip
    batch = taking.lay_down(new, subject=subject, at=timezone.now())
    if Import.objects.for_subject(subject).filter(sha256=batch.sha256).exclude(pk=batch.pk).exists():
        say(request, _("This very file was laid down before. What is there already is not doubled."))
    return done(request, reverse("imports-import", args=[batch.code]))


def _fields(batch: Import) -> list[dict[str, Any]]:
    """The fields the desk knows, each with the column that was chosen for it."""
    return [
        {"field": field, "chosen": batch.columns.get(field.name, "")}
        for field in columns.FIELDS[Import.What(batch.what)]
    ]


def _columns(batch: Import) -> dict[str, Any]:
    """Give the file's columns, each with the first thing that stands in it, and those that nothing is taken from."""
    if batch.state not in {State.LAID, State.TRIED} or not batch.headings:
        return {}
    headings = [heading for heading in batch.headings if heading]
    first = taking.samples(batch) if batch.state == State.LAID else {}
    aside = set(headings) - set(batch.columns.values())
    return {
        "headings": [(heading, first.get(heading, "")) for heading in headings],
        "aside": [heading for heading in headings if heading in aside],
    }


def _fates(batch: Import) -> dict[str, Any]:
    """Count what became of what was in the file, once it is through."""
    if batch.state not in {State.DONE, State.CANCELLED, State.UNDONE}:
        return {"taken": 0}
    counts = dict(batch.items.exclude(fate="").order_by().values_list("fate").annotate(Count("pk")))
    return {
        "taken": counts.get(Fate.TAKEN, 0),
        "fates": [(label, counts[value]) for value, label in Fate.choices if value in counts],
    }


def _channels(subject: Subject) -> list[tuple[str, str]]:
    rows = Channel.objects.for_subject(subject).exclude(kind=Channel.Kind.FILE)
    return list(rows.order_by("name").values_list("code", "name"))


def _find(subject: Subject, code: str) -> Import:
    """Give an import that the subject may see. Raises Missing."""
    batch = Import.objects.for_subject(subject).select_related("channel", "asked_by").filter(code=code).first()
    if batch is None:
        raise Missing
    return batch
