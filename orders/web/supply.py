"""Doors of goods on their way: what suppliers are to bring, and what goes from one location to another."""

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import expecting, shelf, transfers
from orders.models import ExpectedReceipt, Location, Shop, Transfer, TransferLine
from orders.web.receipts import MOST_PIECES, bins_of
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Malformed, Missing
from shopdesk.base.formfields import IdentifierField, TextField
from shopdesk.base.money import to_minor
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader, read_whole
from shopdesk.base.toasts import say

LINE = re.compile(r"(?P<sku>\S{1,64})(?:\s+(?P<pieces>[0-9]{1,6}))?(?:\s+(?P<more>\S{1,32}))?")
MOST_LINES = 500
Typed = tuple[str, int, str]  # SKU, pieces, the rest of the line


class LinesField(TextField):
    """Lines of goods as they are typed or scanned: SKU, pieces, and what else the page asks for."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        """Read the lines; a SKU alone is one piece, the same SKU again one more."""
        text = super().clean(value)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        found: dict[tuple[str, str], int] = {}
        for line in lines[: MOST_LINES + 1]:
            read = LINE.fullmatch(line)
            pieces = int(read["pieces"] or 1) if read else 0
            if read is None or not 1 <= pieces <= MOST_PIECES:
                raise ValidationError(_("This line is not understood: %(line)s") % {"line": line[:60]})
            key = (read["sku"], read["more"] or "")
            found[key] = found.get(key, 0) + pieces
        if len(lines) > MOST_LINES:
            raise ValidationError(_("At most %(most)d lines.") % {"most": MOST_LINES})
        return [(sku, pieces, more) for (sku, more), pieces in found.items()]


class TransferForm(forms.Form):
    """What goes from where to where."""

    source = forms.ChoiceField(label=gettext_lazy("From location"))
    target = forms.ChoiceField(label=gettext_lazy("To location"))
    lines = LinesField(
        label=gettext_lazy("Goods: SKU, pieces, bin"),
        help_text=gettext_lazy("One line for each, such as: CUP 3 B-04. Without pieces it is one, without a bin MAIN."),
    )  # fmt: skip

    def __init__(self, *args: Any, locations: Sequence[Location], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(one.code, f"{one.code} · {one.name}") for one in locations]
        for name, words in (("source", gettext_lazy("From location")), ("target", gettext_lazy("To location"))):
            self.fields[name] = forms.ChoiceField(label=words, choices=choices)


class LocationForm(forms.Form):
    """A new warehouse."""

    code = IdentifierField(label=gettext_lazy("Code of the location"), max_length=32)
    name = TextField(label=gettext_lazy("Name of the location"), max_length=150)
    near = TextField(
        label=gettext_lazy("Near to"), required=False, widget=forms.Textarea,
        help_text=gettext_lazy("Countries, regions and cities, one a line: orders from there are served from here."),
    )  # fmt: skip
    serves = forms.BooleanField(label=gettext_lazy("Orders are packed here"), required=False)


class ArrivalForm(forms.Form):
    """What arrived of a line, and the bin it goes into."""

    line = forms.IntegerField()
    quantity = forms.IntegerField(min_value=1, max_value=MOST_PIECES)
    bin = IdentifierField(max_length=32)


class ExpectForm(forms.Form):
    """What a supplier is to bring."""

    supplier = TextField(label=gettext_lazy("Supplier"), max_length=150)
    reference = IdentifierField(label=gettext_lazy("Number of our order"), max_length=100, required=False)
    due_on = forms.DateField(
        label=gettext_lazy("When it is to come"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    lines = LinesField(
        label=gettext_lazy("Goods: SKU, pieces, cost of a piece"),
        help_text=gettext_lazy("One line for each, such as: CUP 24 129.50. Without a cost it is the average so far."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def locations(request: HttpRequest) -> HttpResponse:
    """The shop's warehouses; put up another one."""
    subject = asker(request)
    form = LocationForm(request.POST or None, initial={"serves": True})
    if form.is_valid():
        made = shelf.make_location(shelf.NewLocation(**form.cleaned_data), by=subject.actor, at=timezone.now())
        say(request, _("Location %(code)s is up.") % {"code": made.code})
        return done(request, reverse("stock-locations"))
    shown = {"form": form, "rows": Location.objects.for_subject(subject).order_by("position", "code")}
    return answer(request, "orders/stock/locations.html", shown, fragment="orders/stock/_location_form.html")


@require_safe
def list_transfers(request: HttpRequest) -> HttpResponse:
    """Transfers, the newest first."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor",))
    rows = Transfer.objects.for_subject(subject).prefetch_related("lines")
    page = read_page(rows, query, key="pk")
    shown = {
        "rows": [
            {
                "transfer": row, "pieces": sum(line.quantity for line in row.lines.all()),
                "left": sum(line.left for line in row.lines.all()),
            }
            for row in page.rows
        ],
        "older": f"?cursor={page.next}" if page.next else "",
        "newer": reverse("stock-transfers") if query.text("cursor") else "",
        "one": Location.objects.for_subject(subject).count() < 2,
    }  # fmt: skip
    return render(request, "orders/stock/transfers.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest) -> HttpResponse:
    """Send goods to another location."""
    subject = asker(request)
    locations = list(Location.objects.for_subject(subject).order_by("position", "code"))
    start = {"source": locations[0].code, "target": locations[-1].code} if locations else {}
    form = TransferForm(request.POST or None, locations=locations, initial=start)
    if not form.is_valid():
        return answer(request, "orders/stock/send.html", {"form": form}, fragment="orders/stock/_send.html")
    values = form.cleaned_data
    pieces = [transfers.Sent(sku, quantity, bin_code or shelf.FIRST_BIN) for sku, quantity, bin_code in values["lines"]]
    by, now = subject.actor, timezone.now()
    sent = transfers.send(pieces, source=values["source"], target=values["target"], by=by, at=now)
    say(request, _("Transfer %(number)d is on the way.") % {"number": sent.pk})
    return done(request, reverse("stock-transfer", args=[sent.pk]))


@require_safe
def see_transfer(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """A transfer with what is still on the way."""
    subject = asker(request)
    transfer = _transfer(subject, transfer_id)
    lines = list(transfer.lines.select_related("product").order_by("pk"))
    bins = list(bins_of(subject).filter(location=transfer.target_id).values_list("code", flat=True))
    shown = {
        "transfer": transfer, "lines": lines, "open": transfer.state == Transfer.State.SENT,
        "bins": bins or [shelf.FIRST_BIN], "usual": shelf.FIRST_BIN, "left": sum(line.left for line in lines),
    }  # fmt: skip
    return render(request, "orders/stock/transfer.html", shown)


@require_POST
def arrive(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Put what arrived of one line into a bin; `all` receives everything that is left."""
    subject = asker(request)
    transfer = _transfer(subject, transfer_id)
    if "all" in request.POST:
        rows = [line for line in transfer.lines.select_related("product") if line.left]
        pieces = [transfers.Arrived(line.product.sku, line.left) for line in rows]
    else:
        form = ArrivalForm(request.POST)
        line = TransferLine.objects.for_subject(subject).filter(transfer=transfer, pk=_whole(request, "line")).first()
        if line is None or not form.is_valid():
            raise Missing
        pieces = [transfers.Arrived(line.product.sku, form.cleaned_data["quantity"], form.cleaned_data["bin"])]
    transfers.receive(transfer.pk, pieces, by=subject.actor, at=timezone.now())
    say(request, _("It is on the shelf of %(location)s now.") % {"location": transfer.target_id})
    return done(request, reverse("stock-transfer", args=[transfer.pk]))


@require_POST
def give_up(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Say that the rest will never arrive."""
    subject = asker(request)
    transfers.give_up(_transfer(subject, transfer_id).pk, by=subject.actor, at=timezone.now())
    say(request, _("What did not arrive is written off as lost."))
    return done(request, reverse("stock-transfer", args=[transfer_id]))


@require_safe
def list_expected(request: HttpRequest) -> HttpResponse:
    """What suppliers are to bring, the newest first."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor",))
    page = read_page(ExpectedReceipt.objects.for_subject(subject).select_related("event"), query, key="pk")
    shown = {
        "rows": [{"expected": row, **row.event.data} for row in page.rows],
        "older": f"?cursor={page.next}" if page.next else "", "today": timezone.now().date(),
        "newer": reverse("stock-expected") if query.text("cursor") else "",
    }  # fmt: skip
    return render(request, "orders/stock/expected.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def expect(request: HttpRequest) -> HttpResponse:
    """Note what a supplier is to bring."""
    form = ExpectForm(request.POST or None, initial={"lines": _wanted(request)})
    if not form.is_valid():
        return answer(request, "orders/stock/expect.html", {"form": form}, fragment="orders/stock/_expect.html")
    values = form.cleaned_data
    lines = [
        expecting.Wanted(sku, pieces, _cost(more, place)) for place, (sku, pieces, more) in enumerate(values["lines"])
    ]
    new = expecting.NewExpected(lines, values["supplier"], values["reference"], due_on=values["due_on"])
    row = expecting.expect(new, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("stock-expected-one", args=[row.pk]))


@require_safe
def see_expected(request: HttpRequest, expected_id: int) -> HttpResponse:
    """What was asked for beside what came."""
    row = _expected(asker(request), expected_id)
    lines = expecting.compare(row)
    shown = {
        "expected": row, "lines": lines, "open": row.state == ExpectedReceipt.State.OPEN,
        "receipts": row.receipts.order_by("pk"), "currency": Shop.current().currency,
        "short": sum(line.short for line in lines), "over": sum(line.over for line in lines),
    }  # fmt: skip
    return render(request, "orders/stock/expected_one.html", shown)


@require_POST
def close_expected(request: HttpRequest, expected_id: int) -> HttpResponse:
    """Say that nothing more will come."""
    subject = asker(request)
    expecting.close(_expected(subject, expected_id).pk, by=subject.actor, at=timezone.now())
    say(request, _("Nothing more is expected of it."))
    return done(request, reverse("stock-expected-one", args=[expected_id]))


def _transfer(subject: Subject, transfer_id: int) -> Transfer:
    found = Transfer.objects.for_subject(subject).filter(pk=transfer_id).first()
    if found is None:
        raise Missing
    return found


def _expected(subject: Subject, expected_id: int) -> ExpectedReceipt:
    found = ExpectedReceipt.objects.for_subject(subject).filter(pk=expected_id).first()
    if found is None:
        raise Missing
    return found


def _whole(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return read_whole(text) or 0


def _wanted(request: HttpRequest) -> str:
    """What the list of goods to buy sends along."""
    return "\n".join(request.GET.getlist("line")[:MOST_LINES])


def _cost(text: str, place: int) -> int | None:
    if not text:
        return None
    minor = to_minor(text.replace(",", "."), Shop.current().currency, pointer=f"/lines/{place}/unit_cost")
    if minor < 0:
        raise Malformed([])
    return minor
