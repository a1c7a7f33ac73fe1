"""Doors of the packing table: the queue, the scanner's station, what was short, and the papers."""

import secrets
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget

from orders import documents, packing, queues, waves
from orders.models import Order, Parcel, Product, Shop
from orders.status import Status
from orders.web.batches import CartForm
from orders.web.printing import size_of
from orders.web.telling import Moment
from orders.web.telling import find_at_table as find
from orders.web.waves import see_waves
from shopdesk.base import access, periods, wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, Missing
from shopdesk.base.formfields import IdentifierField
from shopdesk.base.strict import read_whole
from shopdesk.base.toasts import say

SHOWN = 50  # a queue is worked from its top
SOON = timedelta(hours=1)
BY_HAND = [
    ("no_label", gettext_lazy("it has no barcode")),
    ("bad_label", gettext_lazy("its barcode cannot be read")),
    ("no_scanner", gettext_lazy("the scanner does not work")),
    ("other", gettext_lazy("other")),
]
SHORT = [
    ("missing", gettext_lazy("not in its bin")),
    ("damaged", gettext_lazy("damaged")),
    ("other", gettext_lazy("other")),
]


class ShotForm(forms.Form):
    """One code from the scanner, with what was scanned before."""

    code = IdentifierField(max_length=250)  # a marking code is long
    event_id = IdentifierField(max_length=64)
    bin = IdentifierField(max_length=32, required=False)
    last = IdentifierField(max_length=64, required=False)


class StepForm(forms.Form):
    """Pieces of what is still to be picked; the choices are the order's own."""

    dialog = "step"
    sku = forms.ChoiceField(label=gettext_lazy("Item"))
    quantity = forms.IntegerField(label=gettext_lazy("Pieces"), min_value=1, max_value=100_000)

    def __init__(self, *args: Any, layout: packing.Layout, here: packing.Step | None, **options: Any) -> None:
        first = {"sku": here.line.sku, "quantity": here.left, "bin": here.bin} if here else {}
        options["auto_id"] = f"{self.dialog}_%s"  # both dialogs stand in one page
        options["initial"] = first | options.get("initial", {})
        super().__init__(*args, **options)
        names = {step.line.sku: f"{step.line.sku} · {step.line.name}" for step in layout.steps if step.left}
        self.fields["sku"] = forms.ChoiceField(label=gettext_lazy("Item"), choices=list(names.items()))


class EntryForm(StepForm):
    """An item that is typed, with the reason why it is not scanned."""

    dialog = "entry"
    bin = IdentifierField(label=gettext_lazy("Bin"), max_length=32, required=False)
    by_hand = forms.ChoiceField(label=gettext_lazy("Why not scanned"), choices=lambda: _with_capitals(BY_HAND))
    event_id = IdentifierField(max_length=64, widget=forms.HiddenInput)


class ShortageForm(StepForm):
    """Pieces that are not there, and why."""

    dialog = "short"
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=lambda: _with_capitals(SHORT))


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for the table by cut-off and promise, what lies on whose table, what is to be put back."""
    subject, moment = asker(request), Moment.of(timezone.now())
    seen = Order.objects.for_subject(subject).select_related("courier", "packer")
    wave = request.GET.get("wave", "")
    waiting = waves.in_wave(seen, wave, moment.today) if wave else queues.to_pack(seen, moment.today)
    rows = list(waiting[:SHOWN])
    tables = list(packing.on_tables(seen).order_by("picking_until", "number")[:SHOWN])
    amounts = packing.amounts(rows + tables)
    shown = {
        "rows": [{"order": one, "amount": amounts[one.pk], "cutoff": tell_cutoff(one, moment)} for one in rows],
        "more": queues.capped(waiting) - len(rows) if len(rows) == SHOWN else 0,
        "tables": [
            {"order": one, "amount": amounts[one.pk], "mine": one.packer_id == subject.person,
             "late": moment.is_past(one.picking_until)}
            for one in tables
        ],
        "left_tables": packing.left_tables(seen, at=moment.at),
        "back": queues.capped(queues.to_put_back(seen)),
        "tally": tally_of(subject, moment),
        "moment": moment,
        **_carts(subject, moment),
        **see_waves(subject, moment, wave),
    }  # fmt: skip
    return render(request, "orders/packing/page.html", shown)


@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Take the order whose code was scanned or typed; without a code the first one that waits."""
    subject, moment = asker(request), Moment.of(timezone.now())
    seen = Order.objects.for_subject(subject)
    if code := request.POST.get("code", "").strip():
        number = find(subject, packing.number_in(code[:64])).number
        order = packing.take(number, subject.person, by=subject.actor, at=moment.at)
    else:
        order = packing.take_next(
            queues.to_pack(seen, moment.today), subject.person, by=subject.actor, at=moment.at
        )  # fmt: skip
    return done(request, reverse("packing-station", args=[order.number]))


@require_POST
def take(request: HttpRequest, number: int) -> HttpResponse:
    """Take this order to my table."""
    subject = asker(request)
    find(subject, number)
    packing.take(number, subject.person, by=subject.actor, at=timezone.now())
    return done(request, reverse("packing-station", args=[number]))


@require_safe
def station(request: HttpRequest, number: int) -> HttpResponse:
    """The station for an order on my table; what is in the parcels when it is sealed; else a look at its pick list."""
    subject, moment = asker(request), Moment.of(timezone.now())
    order = find(subject, number)
    page = {Status.PICKING: "station", Status.PACKED: "sealed", Status.CONFIRMED: "station"}.get(Status(order.status))
    if page is None:
        return redirect("packing-back-order", number)
    return render(request, f"orders/packing/{page}.html", VIEWS[page](order, subject, moment))


@require_POST
def hear(request: HttpRequest, number: int) -> HttpResponse:
    """One code from the scanner. A wrong one fills the signal, and the field keeps the focus for the next scan."""
    subject, moment = asker(request), Moment.of(timezone.now())
    find(subject, number)
    bin_code = request.POST.get("bin", "")
    try:
        heard = packing.hear(number, read_shot(request), by=subject.actor, at=moment.at)
    except DomainError as refusal:
        return show_now(request, find(subject, number), moment, {"refusal": refusal, "bin": bin_code})
    return show_now(request, find(subject, number), moment, {"heard": heard, "bin": heard.bin, "last": heard.last})


@require_POST
def enter(request: HttpRequest, number: int) -> HttpResponse:
    """An item typed by hand, with its reason."""
    subject, moment = asker(request), Moment.of(timezone.now())
    layout = packing.lay_out(find(subject, number))
    form = EntryForm(request.POST, layout=layout, here=layout.here())
    if not form.is_valid():
        return _ask_again(request, "entry", {"form": form, "order": layout.order})
    scan = packing.NewScan(**form.cleaned_data)
    order = packing.scan(number, [scan], by=subject.actor, at=moment.at)
    line = next(step.line for step in layout.steps if step.line.sku == scan.sku)
    heard = packing.Heard("item", scan.bin, scan.sku, line, scan.quantity)
    return show_now(request, order, moment, {"heard": heard, "bin": scan.bin, "last": scan.sku})


@require_POST
def report_shortage(request: HttpRequest, number: int) -> HttpResponse:
    """Pieces are not there: the order goes back to the callers, the bin will be counted."""
    subject = asker(request)
    layout = packing.lay_out(find(subject, number))
    form = ShortageForm(request.POST, layout=layout, here=layout.here())
    if not form.is_valid():
        return _ask_again(request, "short", {"form": form, "order": layout.order, "here": layout.here()})
    packing.report_shortage(number, packing.Shortage(**form.cleaned_data), by=subject.actor, at=timezone.now())
    say(request, _("Order %(number)s went to the callers. Put back what was picked.") % {"number": number})
    return done(request, reverse("packing-back-order", args=[number]) if layout.picked else reverse("packing"))


@require_POST
def put_down(request: HttpRequest, number: int) -> HttpResponse:
    """Leave the order to another packer."""
    subject = asker(request)
    find(subject, number)
    packing.put_down(number, by=subject.actor, at=timezone.now())
    undo = reverse("packing-take", args=[number])
    say(request, _("Order %(number)s is put down. What was picked lies on the table.") % {"number": number}, undo=undo)
    return done(request, reverse("packing"))


@require_POST
def print_papers(request: HttpRequest, what: str) -> HttpResponse:
    """The papers of the chosen orders as one PDF, for the browser to print."""
    subject = asker(request)
    numbers = [number for text in request.POST.getlist("number") if (number := read_whole(text)) is not None]
    seen = Order.objects.for_subject(subject).filter(pk__in=numbers[: documents.MOST_ORDERS + 1])
    if what not in documents.PAPERS or seen.count() < len(set(numbers[: documents.MOST_ORDERS + 1])):
        raise Missing
    pdf = documents.print_papers(numbers, what, size=size_of(request), by=subject.actor, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{what}-{numbers[0]}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _carts(subject: Subject, moment: Moment) -> dict[str, Any]:
    """The carts that are on their way and those that were left, for whoever may use them."""
    if not access.may(subject, "packing-carts", "POST"):
        return {"may_carts": False}
    carts = [{"seen": one, "mine": one.batch.picker_id == subject.person} for one in packing.carts_now()]
    left = packing.left_carts(at=moment.at)
    return {"may_carts": True, "carts": carts, "left_carts": left, "cart_form": CartForm()}


def typed_code(request: HttpRequest) -> str:
    """What the scanner typed; the separator inside a marking code as a character that can be seen."""
    return request.POST.get("code", "").replace("\x1d", "␝")


def read_shot(request: HttpRequest) -> packing.Shot:
    """Read a scan. Raises UnreadableCode for what cannot be a code."""
    form = ShotForm(request.POST.dict() | {"code": typed_code(request)})
    if not form.is_valid():
        raise packing.UnreadableCode
    return packing.Shot(**form.cleaned_data)


def show_now(request: HttpRequest, order: Order, moment: Moment, said: dict[str, Any]) -> HttpResponse:
    """Show the station as it is after a scan: the fragment for htmx, the page for everybody else."""
    shown = see_station(order, asker(request), moment, **said)
    if is_htmx(request):
        return render(request, "orders/packing/_now.html", shown)  # 200 for a refusal too: the signal says it
    return render(request, "orders/packing/station.html", shown, status=409 if said.get("refusal") else 200)


def see_station(order: Order, subject: Subject, moment: Moment, **said: Any) -> dict[str, Any]:
    """Read what the station shows. `said`: what the last code meant, or why it was refused; bin and last code."""
    layout = packing.lay_out(order)
    bin_code = layout.still(said.get("bin", ""))
    here = layout.here(bin_code)
    heard = said.get("heard")
    entry = {"event_id": f"hand-{secrets.token_hex(12)}"}
    return {
        "order": order,
        "layout": layout,
        "here": here,
        "bin": bin_code,
        "last": said.get("last", ""),
        "heard": heard,
        "done_of": layout.of(heard.line.sku) if heard and heard.line else None,
        "refusal": tell_refusal(said["refusal"], here, subject) if said.get("refusal") else None,
        "event_id": secrets.token_hex(12),
        "mine": order.status == Status.PICKING and order.packer_id == subject.person,
        "entry": EntryForm(layout=layout, here=here, initial=entry),
        "short": ShortageForm(layout=layout, here=here),
        "cutoff": tell_cutoff(order, moment),
        "printed": packing.last_print(order),
        "tally": tally_of(subject, moment),
        **_codes(order),
        "asks_second": Shop.current().second_check,
        "checked": packing.checked(order),
    }


def _codes(order: Order) -> dict[str, Any]:
    """Which pieces on the table still have no code of their own."""
    found = packing.coded(order)
    return {"coded": [one for one in found if one.left], "codes_left": sum(one.left for one in found)}


def see_sealed(order: Order, subject: Subject, moment: Moment) -> dict[str, Any]:
    """Read what is in the sealed parcels of an order, and which papers were printed."""
    rows = Parcel.objects.for_subject(subject).filter(order=order).exclude(state=Parcel.State.OPENED)
    parcels = list(rows.order_by("position").prefetch_related("items__line"))
    return {
        "order": order,
        "parcels": parcels,
        "closed": any(parcel.on_act == Parcel.OnAct.CLOSED for parcel in parcels),
        "printed": packing.last_print(order),
        "cutoff": tell_cutoff(order, moment),
        "tally": tally_of(subject, moment),
    }


VIEWS: dict[str, Any] = {"station": see_station, "sealed": see_sealed}


def tell_refusal(refusal: DomainError, here: packing.Step | None, subject: Subject) -> dict[str, str]:
    """Put a refused scan into the signal: what is wrong, and what the hand shall do."""
    if not isinstance(refusal, packing.WrongItem):
        return {"why": str(refusal), "next": refusal.fill(refusal.next_step)}
    code = refusal.detail["scanned"]
    held = Product.objects.for_subject(subject).filter(Q(sku=code) | Q(barcodes__code=code)).first()
    words = _("In your hand: %(code)s.") % {"code": f"{held.name} ({held.sku})" if held else code}
    if here is not None:
        wanted = {"sku": here.line.sku, "name": here.line.name, "bin": here.bin or "–"}
        words += " " + _("Wanted: %(name)s (%(sku)s), bin %(bin)s.") % wanted
    return {"why": _("Wrong item. Put it back."), "next": words}


def tell_cutoff(order: Order, moment: Moment) -> tuple[str, str]:
    """Give when the courier comes for it, and the tone of that: near, or missed."""
    if order.ship_on and order.ship_on < moment.today:
        return _("Should have gone %(day)s") % {"day": moment.day(order.ship_on)}, "bad"
    if order.courier is None:
        return "", ""
    there = moment.at.astimezone(ZoneInfo(moment.zone))
    left = datetime.combine(there.date(), order.courier.cutoff, there.tzinfo) - there
    hour = {"hour": f"{order.courier.cutoff:%H:%M}"}
    if left < timedelta(0):
        return _("Courier was due at %(hour)s") % hour, "bad"
    if left <= SOON:
        return _("Courier at %(hour)s, %(left)s left") % (hour | {"left": wording.lasting(left)}), "wait"
    return _("Courier at %(hour)s") % hour, ""


def tally_of(subject: Subject, moment: Moment) -> packing.Tally:
    """Give this person's day at the table."""
    shop = Shop.current()
    return packing.tally(subject.actor, since=periods.day(moment.today, moment.zone, shop.day_cutoff).start)


def _ask_again(request: HttpRequest, name: str, shown: dict[str, Any]) -> HttpResponse:
    """The form with its errors, in the dialog where it stands."""
    response = render(request, f"orders/packing/_{name}.html", shown)
    return reswap(retarget(response, f"#{name}-form"), "outerHTML")


def _with_capitals(choices: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(value, capfirst(str(label))) for value, label in choices]
