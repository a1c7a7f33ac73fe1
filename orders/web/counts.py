"""Doors of counting: on a phone between the shelves, blind; and the review by somebody who counted none of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from orders import counts, onhand
from orders.models import CountLine, Place, PlaceLevel, Product, Shop, StockCount
from orders.web.forms import with_capitals
from orders.web.receipts import MOST_PIECES, bins_of
from orders.web.stock import BUYERS
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import TextField
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

State = StockCount.State
GOING_ON = (State.COUNTING, State.REVIEW)
TONES = {State.COUNTING: "wait", State.REVIEW: "wait", State.POSTED: "good", State.VOID: ""}
MOST_LEFT = 200


class NotAQuantity(DomainError):
    """What was typed is no number of pieces."""

    sentence = gettext_lazy("A count is a whole number of pieces, 0 or more.")


KINDS = (StockCount.Kind.LIST, StockCount.Kind.BIN, StockCount.Kind.SPOT, StockCount.Kind.CYCLE)


class StartForm(forms.Form):
    """What shall be counted. No bin means all of them."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=lambda: with_capitals((kind, kind.label) for kind in KINDS)
    )
    bins = forms.MultipleChoiceField(label=gettext_lazy("Bins"), required=False)

    def __init__(self, *args: Any, codes: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["bins"] = forms.MultipleChoiceField(
            label=gettext_lazy("Bins"), required=False, choices=[(code, code) for code in codes]
        )


class LineForm(forms.Form):
    """What lies in a bin. `counted_at`: when it was counted on paper, by the shop's clock."""

    product = forms.IntegerField()
    bin = forms.IntegerField()
    quantity = forms.IntegerField(min_value=0, max_value=MOST_PIECES)
    counted_at = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


class AnswerForm(forms.Form):
    """Whether the goods moved before they were counted."""

    line = forms.IntegerField()
    moved = forms.ChoiceField(choices=[("before", ""), ("after", "")])


class ApprovalForm(forms.Form):
    """In a shop of one a reason stands in for the second person."""

    reason = TextField(max_length=300, required=False)


@require_safe
def count_list(request: HttpRequest) -> HttpResponse:
    """Counts, the newest first."""
    subject = asker(request)
    query = QueryReader(request.GET, ("cursor",))
    rows = StockCount.objects.for_subject(subject).select_related("opened_by", "approved_by")
    page = read_page(rows, query, key="pk")
    ids = [count.pk for count in page.rows]
    own = StockCount.objects.for_subject(subject).filter(pk__in=ids)
    bins = dict(own.annotate(n=Count("bins")).values_list("pk", "n"))
    lines = dict(own.annotate(n=Count("lines", filter=Q(lines__replaced_by=None))).values_list("pk", "n"))
    shown = {
        "rows": [
            {"count": count, "bins": bins[count.pk], "lines": lines[count.pk], "tone": TONES[State(count.state)],
             "url": _url_of(subject, count)}
            for count in page.rows
        ],
        "older": f"?cursor={page.next}" if page.next else "",
        "newer": reverse("counts") if query.text("cursor") else "",
    }  # fmt: skip
    return render(request, "orders/counts/page.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Open a count."""
    subject = asker(request)
    codes = list(bins_of(subject).values_list("code", flat=True))
    form = StartForm(request.POST or None, codes=codes, initial=_chosen(request, subject))
    if not form.is_valid():
        shown = {"form": form, "codes": codes, "chosen": form["bins"].value() or []}
        return answer(request, "orders/counts/start.html", shown, fragment="orders/counts/_start.html")
    values = form.cleaned_data
    count = counts.start(values["kind"], "", values["bins"], by=subject.actor, at=timezone.now())
    return done(request, reverse("counts-count", args=[count.pk]))


@require_safe
def counting(request: HttpRequest, count_id: int) -> HttpResponse:
    """The page in the hand: a bin, a product, how many. What the books say is not on it."""
    subject = asker(request)
    count = find(subject, count_id)
    if count.state not in GOING_ON:
        return redirect(_url_of(subject, count))
    query = QueryReader(request.GET, ("bin", "product", "quantity", "code"))
    bin_id, product_id = query.whole("bin", 0), query.whole("product", 0)
    quantity = query.whole("quantity", 0, max_value=MOST_PIECES)
    code = query.text("code").strip()
    query.finish()
    bins = list(count.bins.order_by("code"))
    if code:
        bin_id, product_id, quantity = _scanned(subject, count, bins, code, (bin_id, product_id, quantity))
    place = next((one for one in bins if one.pk == bin_id), None)
    shown = _in_hand(subject, count, bins, place)
    product = Product.objects.for_subject(subject).filter(pk=product_id, kind=Product.Kind.GOODS).first()
    shown |= {"product": product, "quantity": quantity, "written": _written(shown["lines"], product)}
    return answer(request, "orders/counts/count.html", shown, fragment="orders/counts/_count.html")


@require_POST
def write_line(request: HttpRequest, count_id: int) -> HttpResponse:
    """Store what lies in a bin; the same again replaces it."""
    subject = asker(request)
    count = find(subject, count_id)
    values = request.POST.copy()
    if values.get("nothing"):
        values["quantity"] = "0"
    with timezone.override(ZoneInfo(Shop.current().zone)):
        form = LineForm(values)
        if not form.is_valid():
            raise NotAQuantity
    written = form.cleaned_data
    place = count.bins.filter(pk=written["bin"]).first()
    product = Product.objects.for_subject(subject).filter(pk=written["product"]).first()
    if place is None or product is None:
        raise Missing
    at: datetime | None = written["counted_at"]
    counted = counts.Counted(product.sku, place.code, written["quantity"], at)
    counts.count_line(count.pk, counted, by=subject.actor, at=timezone.now())
    return done(request, f"{reverse('counts-count', args=[count.pk])}?bin={place.pk}")


@require_POST
def settle(request: HttpRequest, count_id: int) -> HttpResponse:
    """Say of a line whether the goods moved before it was counted."""
    subject = asker(request)
    count = find(subject, count_id)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Missing
    line = CountLine.objects.for_subject(subject).filter(pk=form.cleaned_data["line"], count=count).first()
    if line is None:
        raise Missing
    before = form.cleaned_data["moved"] == "before"
    counts.answer(line.pk, moved_before=before, by=subject.actor, at=timezone.now())
    return done(request, f"{reverse('counts-count', args=[count.pk])}?bin={line.place_id}")


@require_POST
def close(request: HttpRequest, count_id: int) -> HttpResponse:
    """End the counting: posted at once, or handed over to be approved."""
    subject = asker(request)
    ended = counts.close(find(subject, count_id).pk, by=subject.actor, at=timezone.now())
    if ended.count.state == State.REVIEW:
        say(request, _("Count %(number)d waits for somebody who counted none of it.") % {"number": ended.count.pk})
    else:
        say(request, _posted_words(ended))
    return done(request, _url_of(subject, ended.count) if subject.kind in BUYERS else reverse("counts"))


@require_safe
def review(request: HttpRequest, count_id: int) -> HttpResponse:
    """What differs, line by line, with what moved since; while people count, what the books say stays hidden."""
    subject = asker(request)
    count = find(subject, count_id)
    lines = _review_lines(subject, count)
    differing = [row for row in lines if row["line"].variance]
    shown = {
        "count": count, "lines": lines, "differing": len(differing), "currency": Shop.current().currency,
        "bins": count.bins.order_by("code"), "open": count.state == State.COUNTING,
        "left": len(counts.uncounted(count)) if count.state in GOING_ON else 0,
        "short": sum(row["worth"] for row in differing if row["worth"] < 0),
        "over": sum(row["worth"] for row in differing if row["worth"] > 0),
        "again": [row for row in lines if row["again"]], "asking": [row for row in lines if row["line"].question_id],
        "mine": any(subject.person in row["people"] for row in lines), "four_eyes": Shop.current().four_eyes,
        "tone": TONES[State(count.state)],
    }  # fmt: skip
    return render(request, "orders/counts/review.html", shown)


@require_POST
def approve(request: HttpRequest, count_id: int) -> HttpResponse:
    """Post a count with large variances."""
    subject = asker(request)
    form = ApprovalForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    number = find(subject, count_id).pk
    say(request, _posted_words(counts.approve(number, reason=reason, by=subject.actor, at=timezone.now())))
    return done(request, reverse("counts-review", args=[number]))


@require_POST
def void(request: HttpRequest, count_id: int) -> HttpResponse:
    """Drop a count; nothing is moved."""
    subject = asker(request)
    count = counts.void(find(subject, count_id).pk, by=subject.actor, at=timezone.now())
    say(request, _("Count %(number)d is dropped; nothing was moved.") % {"number": count.pk})
    return done(request, reverse("counts"))


def find(subject: Subject, count_id: int) -> StockCount:
    """Give a count that the subject may see. Raises Missing."""
    rows = StockCount.objects.for_subject(subject).select_related("opened_by", "approved_by")
    count = rows.filter(pk=count_id).first()
    if count is None:
        raise Missing
    return count


def _url_of(subject: Subject, count: StockCount) -> str:
    """Where a count is worked on by this person; a packer has no review."""
    if count.state == State.COUNTING:
        return reverse("counts-count", args=[count.pk])
    if subject.kind in BUYERS:
        return reverse("counts-review", args=[count.pk])
    return reverse("counts-count", args=[count.pk]) if count.state == State.REVIEW else reverse("counts")


def _chosen(request: HttpRequest, subject: Subject) -> dict[str, Any]:
    """What the form begins with: the bins of a product that somebody doubts, as a spot count."""
    product = request.GET.get("product", "")
    if not product.isdecimal():
        return {"kind": StockCount.Kind.LIST}
    lying = PlaceLevel.objects.for_subject(subject).filter(product=int(product), on_hand__gt=0)
    codes = list(lying.filter(place__kind=Place.Kind.BIN).values_list("place__code", flat=True))
    return {"kind": StockCount.Kind.SPOT, "bins": codes}


def _scanned(
    subject: Subject, count: StockCount, bins: Sequence[Place], code: str, hand: tuple[int, int, int]
) -> tuple[int, int, int]:
    """Give bin, product and quantity after a scan: another bin, another product, or the same once more."""
    bin_id, product_id, quantity = hand
    goods = Product.objects.for_subject(subject).filter(kind=Product.Kind.GOODS)
    scanned = onhand.scanned(code, goods, Place.objects.for_subject(subject).filter(location=count.location_id))
    if scanned.bin is not None:
        if scanned.bin.pk not in {one.pk for one in bins}:
            raise counts.NotInCount(detail={"what": scanned.bin.code, "count": count.pk})
        return scanned.bin.pk, 0, 0
    product = scanned.product.pk if scanned.product else 0
    return bin_id, product, scanned.pieces + (quantity if product == product_id else 0)


def _in_hand(subject: Subject, count: StockCount, bins: Sequence[Place], place: Place | None) -> dict[str, Any]:
    """All that the counting page shows but the product: the lines of this bin, what waits there, how far it is."""
    rows = CountLine.objects.for_subject(subject).filter(count=count, replaced_by=None)
    counted, left = rows.count(), counts.shelves_left(count)
    # Counted by the database: a full count of a large shop has more shelves than a page can fetch.
    waiting = dict(left.order_by().values_list("place").annotate(n=Count("pk")))
    in_all = sum(waiting.values())
    place = place or next((one for one in bins if one.pk in waiting), bins[0])
    whole = ("product", "place", "counted_by", "question__line")
    lines = list(rows.filter(place=place).select_related(*whole).order_by("-pk"))
    again = _to_count_again(subject, count)
    # Whoever counts a second time does not see what the first one wrote.
    unseen = {line.pk for line in again if line.counted_by_id != subject.person}
    here = [line for line in lines if line.pk not in unseen]
    return {
        "count": count, "bins": [(one, one.pk in waiting) for one in bins], "place": place, "lines": here,
        "left": list(left.filter(place=place).select_related("product", "place")[:MOST_LEFT]), "left_in_all": in_all,
        "counted": counted, "shelves": counted + in_all,
        "next_bin": next((one for one in bins if one.pk in waiting and one.pk != place.pk), None),
        "again_by_others": [line for line in again if line.counted_by_id == subject.person],
        "again_by_me": [line for line in again if line.pk in unseen],
        "asking": [line for line in here if line.question_id],
    }  # fmt: skip


def _to_count_again(subject: Subject, count: StockCount) -> list[CountLine]:
    """The lines that differ much and that one person only has counted."""
    large = list(counts.large_lines(count).select_related("product", "place").order_by("-pk"))
    people = _people(subject, count, {line.product_id for line in large})
    return [line for line in large if len(people[line.product_id, line.place_id]) < 2]


def _people(subject: Subject, count: StockCount, products: set[int]) -> dict[tuple[int, int], set[int | None]]:
    people: dict[tuple[int, int], set[int | None]] = {}
    rows = CountLine.objects.for_subject(subject).filter(count=count, product__in=products)
    for product, place, who in rows.values_list("product", "place", "counted_by"):
        people.setdefault((product, place), set()).add(who)
    return people


def _written(lines: Sequence[CountLine], product: Product | None) -> CountLine | None:
    return next((line for line in lines if product and line.product_id == product.pk), None)


def _review_lines(subject: Subject, count: StockCount) -> list[dict[str, Any]]:
    """Lines with their variance, what it is worth, who counted, and what moved on that shelf since."""
    rows = CountLine.objects.for_subject(subject).filter(count=count, replaced_by=None)
    lines = list(rows.select_related("product", "place", "counted_by", "question__line"))
    bins, products = {line.place_id for line in lines}, {line.product_id for line in lines}
    levels = PlaceLevel.objects.for_subject(subject).filter(product__in=products, place__in=bins)
    now = {(level.product_id, level.place_id): level for level in levels}
    people = _people(subject, count, products)
    again, shop = {line.pk for line in _to_count_again(subject, count)}, Shop.current()
    shown = []
    for line in sorted(lines, key=lambda line: (-abs(line.variance), line.place.code, line.product.sku)):
        level = now[line.product_id, line.place_id]
        shown.append(
            {
                "line": line, "worth": line.variance * line.product.cost_minor, "large": counts.is_large(line, shop),
                "again": line.pk in again, "people": people[line.product_id, line.place_id],
                "moves": level.version - line.version, "net": level.on_hand - line.book,
            }
        )  # fmt: skip
    return shown


def _posted_words(ended: counts.Ended) -> str:
    words = _("Count %(number)d is posted.") % {"number": ended.count.pk}
    if not ended.orders:
        return words
    orders = ", ".join(str(number) for number in ended.orders)
    return words + " " + _("A promise was lost by: %(orders)s.") % {"orders": orders}
