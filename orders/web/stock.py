"""Doors of the shelf: what there is, the ledger behind every number, and the product's card."""

import re
from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from orders import catalogue, onhand, queues
from orders.models import Order, Place, PlaceLevel, Product, Shop, StockMove
from orders.web.forms import with_capitals
from orders.web.moves import by_day, place_words, show_moves, whole
from shopdesk.base import wording
from shopdesk.base.access import Kind, Subject
from shopdesk.base.answering import answer, done, part_of
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import AmountField, IdentifierField, TextField
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

PAGE = 50
CHART_DAYS = 30
PEEKED_MOVES = 6
MOST_PROMISED = 50
KEPT_S = 15
BUYERS = {Kind.OWNER, Kind.MANAGER}  # see what goods cost, and change the catalogue
PACK = re.compile(r"(?P<code>.+?)\s+[×x*х]\s*(?P<pieces>[0-9]{1,6})")  # the last is the Cyrillic letter
TABS = {
    "all": gettext_lazy("All"),
    "short": gettext_lazy("Promised, not there"),
    "low": gettext_lazy("Low"),
    "out": gettext_lazy("Out"),
}
TONES = {"short": "bad", "low": "wait"}


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """Products with what there is of them; htmx asks for the rows alone while somebody types."""
    subject = asker(request)
    query = QueryReader(request.GET, ("q", "view", "bin", "after", "before"))
    text, code = query.text("q"), query.text("bin")
    view = query.choice("view", onhand.VIEWS, "all") or "all"
    after, before = query.text("after"), query.text("before")
    query.finish()
    goods = Product.objects.for_subject(subject).filter(kind=Product.Kind.GOODS)
    if text or code:
        rows, counts = _look(goods, text, code, view)
    else:
        rows, counts = onhand.in_view(goods, view), _counts(subject, goods)
    page, newer, older = _page_by_sku(rows, after, before)
    tabs = _tabs(counts, view, text, code)
    keep = {"q": text, "view": "" if view == "all" else view, "bin": code}
    shown = {
        "rows": onhand.on_shelf(page), "q": text, "view": view, "bin": code,
        "tabs": tabs, "all": next(tab["count"] for tab in tabs if tab["here"]),
        "newer": _path(keep, before=newer), "older": _path(keep, after=older),
        "buys": subject.kind in BUYERS,
    }  # fmt: skip
    return answer(request, "orders/stock/page.html", shown, fragment="orders/stock/_rows.html")


@require_safe
@part_of("stock-product")
def peek(request: HttpRequest, product_id: int) -> HttpResponse:
    """A product in the drawer beside the list."""
    product = find(asker(request), product_id)
    moves = onhand.ledger_of(whole(StockMove.objects.for_subject(asker(request))), product)
    latest = show_moves(asker(request), list(moves.order_by("-product_id", "-pk")[:PEEKED_MOVES]))
    moved = by_day(latest, at=timezone.now(), zone=Shop.current().zone)
    shown = _facts(asker(request), product) | {"moves": moved}
    return render(request, "orders/stock/_peek.html", shown)


@require_safe
def product_page(request: HttpRequest, product_id: int) -> HttpResponse:
    """A product with its ledger, of all places or of one, and the orders that hold a promise of it."""
    subject = asker(request)
    product = find(subject, product_id)
    query = QueryReader(request.GET, ("place", "cursor"))
    place_id = query.whole("place", 0)
    moves = onhand.ledger_of(whole(StockMove.objects.for_subject(subject)), product)
    if place_id:
        moves = moves.filter(source=place_id) | moves.filter(target=place_id)
    page = read_page(moves, query, key="pk", within="product_id")
    here = Place.objects.for_subject(subject).filter(pk=place_id).first()
    own = f"?place={place_id}&" if place_id else "?"
    shown = _facts(subject, product) | {
        "moves": show_moves(subject, page.rows, here), "here": here,
        "place_words": place_words(here) if here else "", "chart": _chart(product),
        "older": f"{own}cursor={page.next}#ledger" if page.next else "",
        "newer": f"{own}#ledger" if query.text("cursor") else "",
        "barcodes": product.barcodes.order_by("code"), "promised": _promised(subject, product),
    }  # fmt: skip
    return answer(request, "orders/stock/product.html", shown, fragment="orders/stock/_ledger.html")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Put a new product into the catalogue."""
    currency = Shop.current().currency
    form = NewCardForm(request.POST or None, currency=currency, initial={"kind": Product.Kind.GOODS})
    if not form.is_valid():
        return answer(request, "orders/stock/edit.html", {"form": form}, fragment="orders/stock/_edit.html")
    product = catalogue.add(catalogue.Card(**form.card()), by=asker(request).actor, at=timezone.now())
    say(request, _("%(sku)s is in the catalogue.") % {"sku": product.sku})
    return done(request, reverse("stock-product", args=[product.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, product_id: int) -> HttpResponse:
    """Change a product's card."""
    product = find(asker(request), product_id)
    form = CardForm(request.POST or None, currency=Shop.current().currency, initial=_written(product))
    if not form.is_valid():
        shown = {"form": form, "product": product}
        return answer(request, "orders/stock/edit.html", shown, fragment="orders/stock/_edit.html")
    catalogue.change(product.sku, form.card(), by=asker(request).actor, at=timezone.now())
    say(request, _("The card of %(sku)s is changed.") % {"sku": product.sku})
    return done(request, reverse("stock-product", args=[product.pk]))


class CardForm(forms.Form):
    """A product's card as people fill it in."""

    name = TextField(label=gettext_lazy("Name"), max_length=300)
    price_minor = AmountField(label=gettext_lazy("Price"), currency="RUB")
    barcodes = TextField(
        label=gettext_lazy("Barcodes"), required=False, widget=forms.Textarea,
        help_text=gettext_lazy("One a line. A pack's barcode with its pieces: 4601234567890 × 6."),
    )  # fmt: skip
    min_stock = forms.IntegerField(
        label=gettext_lazy("Minimum on the shelf"), min_value=0, max_value=1_000_000, initial=0,
        help_text=gettext_lazy("Below it the product is marked as low."),
    )  # fmt: skip
    lead_days = forms.IntegerField(
        label=gettext_lazy("Days from ordering to the shelf"), min_value=0, max_value=365, required=False,
        help_text=gettext_lazy("What has to be bought is counted with them."),
    )  # fmt: skip
    safety_stock = forms.IntegerField(
        label=gettext_lazy("Kept back"), min_value=0, max_value=1_000_000, initial=0,
        help_text=gettext_lazy("Pieces that are never promised to orders."),
    )  # fmt: skip
    weight_g = forms.IntegerField(label=gettext_lazy("Weight, g"), min_value=0, max_value=10_000_000, initial=0)
    traced = forms.ChoiceField(
        label=gettext_lazy("Each piece has"), choices=lambda: with_capitals(Product.Traced.choices), required=False,
        help_text=gettext_lazy("It is scanned when the piece is packed; without it the order is not sealed."),
    )  # fmt: skip
    substitutes = TextField(
        label=gettext_lazy("May be offered instead"), required=False, widget=forms.Textarea,
        help_text=gettext_lazy("SKUs, one a line, the best first."),
    )  # fmt: skip

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        price = cast(AmountField, self.fields["price_minor"])
        price.currency = currency
        price.label = f"{price.label}, {wording.SYMBOLS.get(currency, currency)}"

    def clean_barcodes(self) -> dict[str, int]:
        """Read the codes and the pieces they stand for."""
        return dict(_code(line) for line in self.cleaned_data["barcodes"].splitlines() if line.strip())

    def clean_substitutes(self) -> tuple[str, ...]:
        """Read the SKUs."""
        return tuple(line.strip() for line in self.cleaned_data["substitutes"].splitlines() if line.strip())

    def card(self) -> dict[str, Any]:
        """Give the fields of the card. Days that nobody named stay as they are."""
        return {name: value for name, value in self.cleaned_data.items() if value is not None}


class NewCardForm(CardForm):
    """A new product's card."""

    sku = IdentifierField(label=gettext_lazy("SKU"), max_length=64)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=lambda: with_capitals(Product.Kind.choices))
    field_order = ["sku", "name", "kind"]


def find(subject: Subject, product_id: int) -> Product:
    """Give a product that the subject may see, with its totals. Raises Missing."""
    product = onhand.with_totals(Product.objects.for_subject(subject)).filter(pk=product_id).first()
    if product is None:
        raise Missing
    return product


def _code(line: str) -> tuple[str, int]:
    pack = PACK.fullmatch(line.strip())
    code = pack["code"] if pack else line.strip()
    if len(code) > 64:
        raise ValidationError(_("This is too long."))
    return code, int(pack["pieces"]) if pack and int(pack["pieces"]) else 1


def _written(product: Product) -> dict[str, Any]:
    """A card as the form shows it."""
    card = catalogue.card_of(product)
    codes = [code if pieces == 1 else f"{code} × {pieces}" for code, pieces in sorted(card.barcodes.items())]
    plain = {
        name: getattr(card, name)
        for name in ("name", "price_minor", "min_stock", "lead_days", "safety_stock", "weight_g", "traced")
    }
    return plain | {"barcodes": "\n".join(codes), "substitutes": "\n".join(card.substitutes)}


def _page_by_sku(rows: Any, after: str, before: str) -> tuple[list[Product], str, str]:
    """Give one page by SKU, and the SKUs that the pages before and after it begin from; empty where there is none."""
    if before:
        found = list(rows.filter(sku__lt=before).order_by("-sku")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return page, page[0].sku if len(found) > PAGE else "", page[-1].sku if page else ""
    found = list((rows.filter(sku__gt=after) if after else rows).order_by("sku")[: PAGE + 1])
    page = found[:PAGE]
    return page, page[0].sku if after and page else "", page[-1].sku if len(found) > PAGE else ""


def _counts(subject: Subject, goods: Any) -> dict[str, int]:
    """Count each view of the whole shelf, some seconds ago: that walks the catalogue, and the page itself does not."""
    name = f"shelf-counts:{subject.kind}:{subject.code}"
    counts: dict[str, int] | None = caches["nearby"].get(name)
    if counts is None:
        counts = {view: queues.capped(onhand.in_view(goods, view)) for view in TABS}
        caches["nearby"].set(name, counts, KEPT_S)
    return counts


def _look(goods: Any, text: str, code: str, view: str) -> tuple[Any, dict[str, int]]:
    """Find products by what was typed, once. Gives those in a view, and the counts of all; of very many of this one."""
    wanted = onhand.found(goods, text)
    wanted = onhand.in_bin(wanted, code) if code else wanted
    few = list(wanted.order_by().values_list("pk", flat=True)[: queues.COUNTED])
    if len(few) < queues.COUNTED:
        rows = goods.filter(pk__in=few)
        return onhand.in_view(rows, view), {name: queues.capped(onhand.in_view(rows, name)) for name in TABS}
    rows = onhand.in_view(wanted, view)
    return rows, {"all": len(few), view: queues.capped(rows)}


def _tabs(counts: Mapping[str, int], view: str, text: str, code: str) -> list[dict[str, Any]]:
    keep = {"q": text, "bin": code}
    return [
        {
            "words": words, "url": _path(keep | {"view": "" if name == "all" else name}), "here": name == view,
            "count": counts.get(name), "tone": TONES.get(name, ""),
        }
        for name, words in TABS.items()
    ]  # fmt: skip


def _path(keep: Mapping[str, str], **more: str) -> str:
    """The shelf's address with what is chosen; empty when there is no such page."""
    if more and not all(more.values()):
        return ""
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in {**keep, **more}.items() if value})
    return f"{reverse('stock')}?{query.urlencode()}" if query else reverse("stock")


def _facts(subject: Subject, product: Product) -> dict[str, Any]:
    """What there is of a product by place, what is short, and whether whoever asks may buy."""
    levels = PlaceLevel.objects.for_subject(subject).filter(product=product, on_hand__gt=0)
    places = list(levels.select_related("place").order_by("place__kind", "place__code"))
    waiting = list(onhand.waiting_lines([product])[:MOST_PROMISED])
    numbers = [line.order_id for line in waiting]
    seen = set(Order.objects.for_subject(subject).filter(pk__in=numbers).values_list("pk", flat=True))
    return {
        "product": product,
        "bins": [level for level in places if level.place.is_sellable],
        "elsewhere": [level for level in places if not level.place.is_sellable],
        "waiting": [line for line in waiting if line.order_id in seen],
        "short": sum(line.wanted for line in waiting),
        "buys": subject.kind in BUYERS,
        "currency": Shop.current().currency,
    }


def _promised(subject: Subject, product: Product) -> list[Any]:
    seen = Order.objects.for_subject(subject).filter(lines__product=product, lines__reserved__gt=0)
    return list(onhand.promised_lines(product).filter(order__in=seen.values("pk"))[:MOST_PROMISED])


def _chart(product: Product) -> dict[str, Any] | None:
    """The balance of the last days as points of a drawing 100 wide and 100 high; None when nothing ever lay here."""
    now, shop = timezone.now(), Shop.current()
    days = onhand.balance_by_day(product, days=CHART_DAYS, at=now, zone=shop.zone)
    most = max(pieces for _day, pieces in days)
    if not most:
        return None
    last = len(days) - 1
    points = [f"{place * 100 // last},{100 - max(pieces, 0) * 90 // most}" for place, (_day, pieces) in enumerate(days)]
    today = days[-1][0]
    return {
        "points": " ".join(points), "most": most, "last": days[-1][1], "at": 92 - max(days[-1][1], 0) * 76 // most,
        "first_day": wording.short_day(days[0][0], today=today), "last_day": wording.short_day(today, today=today),
        "least": min(pieces for _day, pieces in days),
    }  # fmt: skip
