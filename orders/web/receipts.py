"""Doors of receiving: what suppliers brought, and a receipt line by line with the scanner."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import onhand, receiving, shelf
from orders.models import ExpectedReceipt, Order, Place, PlaceLevel, Product, Receipt, Shop
from shopdesk.base import masks, wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import AmountField, IdentifierField, TextField, read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader, read_whole
from shopdesk.base.toasts import say
from shopdesk.people.names import names_of

MOST_LINES = 500
MOST_PIECES = 100_000
COLUMNS = ("sku", "quantity", "cost", "bin")


class TooManyLines(DomainError):
    """A receipt longer than a page can bear."""

    sentence = gettext_lazy("A receipt on screen has at most %(lines)d lines.")
    next_step = gettext_lazy("Post this one and begin another.")


class HeadForm(forms.Form):
    """Whose goods they are, and on which paper."""

    supplier = TextField(label=gettext_lazy("Supplier"), max_length=150, required=False)
    reference = IdentifierField(
        label=gettext_lazy("Number of the paper"), max_length=100, required=False,
        help_text=gettext_lazy("The same paper is booked once."),
    )  # fmt: skip
    invoice = IdentifierField(label=gettext_lazy("Number of the bill"), max_length=100, required=False)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)


class ScanForm(forms.Form):
    """What was scanned."""

    code = IdentifierField(max_length=64, required=False)


class LineForm(forms.Form):
    """One line of a receipt. `product` is what its SKU was found to be."""

    sku = IdentifierField(max_length=64, widget=forms.HiddenInput)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_PIECES)
    cost = AmountField(currency="RUB", required=False)
    bin = IdentifierField(max_length=32)
    product: Product | None = None

    def __init__(self, values: dict[str, str], *, place: int, currency: str) -> None:
        super().__init__(values, auto_id=f"line-{place}-%s")
        self.place = place
        self.fields["cost"] = AmountField(currency=currency, required=False)

    def new_line(self) -> receiving.NewLine:
        """Give what the desk takes."""
        values = self.cleaned_data
        return receiving.NewLine(values["sku"], values["quantity"], values["cost"], values["bin"])


@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    """Receipts, the newest first."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor",))
    page = read_page(Receipt.objects.for_subject(subject).select_related("event"), query, key="pk")
    names = names_of(row.event.actor for row in page.rows)
    rows = [{"receipt": row, "who": names.get(row.event.actor, ""), **row.event.data} for row in page.rows]
    shown = {
        "rows": rows, "older": f"?cursor={page.next}" if page.next else "",
        "newer": reverse("stock-receipts") if query.text("cursor") else "",
    }  # fmt: skip
    return render(request, "orders/stock/receipts.html", shown)


@require_safe
def receipt_page(request: HttpRequest, receipt_id: int) -> HttpResponse:
    """A receipt as it was booked, and the orders that still wait for what it brought."""
    subject = asker(request)
    receipt = Receipt.objects.for_subject(subject).select_related("event").filter(pk=receipt_id).first()
    if receipt is None:
        raise Missing
    lines = list(receipt.lines.select_related("product", "place").order_by("pk"))
    products = [line.product for line in lines]
    seen = Order.objects.for_subject(subject)
    shown = {
        "receipt": receipt, "lines": lines, "currency": Shop.current().currency,
        "who": names_of([receipt.event.actor]).get(receipt.event.actor, ""),
        "pieces": sum(line.quantity for line in lines),
        "worth": sum(line.quantity * line.unit_cost_minor for line in lines),
        "served": onhand.served_since(products, receipt.event, at=timezone.now()),
        "waiting": onhand.waiting_lines(products).filter(order__in=seen.values("pk"))[: onhand.SHOWN],
    }  # fmt: skip
    return answer(request, "orders/stock/receipt.html", shown, fragment="orders/stock/_got.html")


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a receipt down and post it."""
    subject = asker(request)
    rows = _rows(request, subject)
    head = HeadForm(request.POST or None, initial=_answers(request, subject))
    if request.method == "POST" and all([head.is_valid(), *(row.is_valid() for row in rows)]):
        lines = [row.new_line() for row in rows]
        said = head.cleaned_data
        wanted = receiving.NewReceipt(
            lines, said["supplier"], said["reference"], invoice=said["invoice"], expected=said["expected"]
        )
        booked = receiving.receive(wanted, by=subject.actor, at=timezone.now())
        words = _("Receipt %(number)d was booked before.") if booked.again else _("Receipt %(number)d is booked.")
        say(request, words % {"number": booked.receipt.pk})
        return done(request, reverse("stock-receipt", args=[booked.receipt.pk]))
    suppliers = Receipt.objects.for_subject(subject).exclude(supplier="").order_by("supplier")
    shown = {
        "form": head, "rows": rows, "unit": _unit(), "bins": bins_of(subject),
        "suppliers": suppliers.values_list("supplier", flat=True).distinct()[:100],
    }  # fmt: skip
    return answer(request, "orders/stock/receive.html", shown, fragment="orders/stock/_receive.html")


@require_POST
def scan(request: HttpRequest) -> HttpResponse:
    """Give the lines with one more scanned, or one dropped. Nothing is stored before the receipt is posted."""
    subject = asker(request)
    values = _values(request)
    form = ScanForm(request.POST)
    read_form(form)
    code = form.cleaned_data["code"]
    if dropped := request.POST.get("drop", ""):
        values = [row for place, row in enumerate(values) if str(place) != dropped]
    elif code:
        values = _with_one_more(subject, values, code)
    rows = _forms(subject, values)
    shown = {"rows": rows, "unit": _unit()}
    return render(request, "orders/stock/_receipt_lines.html", shown)


def bins_of(subject: Subject) -> Any:
    """Give the bins that goods may be put into."""
    return Place.objects.for_subject(subject).filter(kind=Place.Kind.BIN).order_by("code")


def _answers(request: HttpRequest, subject: Subject) -> dict[str, object]:
    """What the form begins with when goods are received that were expected."""
    number = read_whole(request.GET.get("expected", ""))
    rows = ExpectedReceipt.objects.for_subject(subject).filter(state=ExpectedReceipt.State.OPEN)
    found = rows.filter(pk=number).first() if number is not None else None
    return {"expected": found.pk, "supplier": found.supplier} if found else {}


def _unit() -> str:
    """The shop's currency as it is written."""
    currency = Shop.current().currency
    return wording.SYMBOLS.get(currency, currency)


def _rows(request: HttpRequest, subject: Subject) -> list[LineForm]:
    return _forms(subject, _values(request))


def _values(request: HttpRequest) -> list[dict[str, str]]:
    """The lines as they were typed, without costs by somebody who may not write them. Raises TooManyLines."""
    columns = [request.POST.getlist(name) for name in COLUMNS]
    if not masks.may_write(asker(request), "product.cost"):
        columns[COLUMNS.index("cost")] = [""] * len(columns[0])
    if len(columns[0]) > MOST_LINES:
        raise TooManyLines(detail={"lines": MOST_LINES})
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*columns, strict=False)]


def _forms(subject: Subject, values: Sequence[dict[str, str]]) -> list[LineForm]:
    currency = Shop.current().currency
    rows = [LineForm(row, place=place, currency=currency) for place, row in enumerate(values)]
    skus = {row["sku"] for row in values}
    found = {product.sku: product for product in Product.objects.for_subject(subject).filter(sku__in=skus)}
    for row in rows:
        row.product = found.get(row.data["sku"])
    return rows


def _with_one_more(subject: Subject, values: list[dict[str, str]], code: str) -> list[dict[str, str]]:
    """Raise the line of what was scanned, or begin one: in the bin where most of it lies."""
    bins = Place.objects.for_subject(subject).none()
    scanned = onhand.scanned(code, Product.objects.for_subject(subject).filter(kind=Product.Kind.GOODS), bins)
    if scanned.product is None:
        return values
    for row in values:
        if row["sku"] == scanned.product.sku:
            before = read_whole(row["quantity"]) or 0
            return [row | {"quantity": str(before + scanned.pieces)} if one is row else one for one in values]
    lying = PlaceLevel.objects.for_subject(subject).filter(product=scanned.product, place__kind=Place.Kind.BIN)
    home = lying.select_related("place").order_by("-on_hand").first()
    line = {"sku": scanned.product.sku, "quantity": str(scanned.pieces), "cost": ""}
    return [*values, line | {"bin": home.place.code if home else shelf.FIRST_BIN}]
