"""Doors of the telephone: who rings now, dialling, what rang, an enquiry, and how the shop's line is set."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import lookups, telephony
from orders.models import Enquiry, PhoneCall, PhoneLine, Product, Shop
from orders.web.callorder import find_task
from orders.web.forms import with_capitals
from shopdesk.base import phones, wording
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import IdentifierField, TextField, read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader, clean_form_text
from shopdesk.base.toasts import say
from shopdesk.people.names import callers_by_name

MOST_PIECES = 100_000


class EnquiryForm(forms.Form):
    """What somebody asked for."""

    asked = TextField(required=False, max_length=300, label=gettext_lazy("In their own words"))
    product = forms.IntegerField(required=False, min_value=1)
    quantity = forms.IntegerField(min_value=1, max_value=MOST_PIECES, label=gettext_lazy("Pieces"))
    phone = TextField(required=False, max_length=40, label=gettext_lazy("Phone"))
    ordered = forms.BooleanField(required=False)


class LineForm(forms.Form):
    """How the shop dials, and what follows a missed call."""

    dials = forms.ChoiceField(choices=lambda: with_capitals(PhoneLine.Dials.choices), label=gettext_lazy("How we dial"))
    address = forms.CharField(
        required=False, max_length=500, label=gettext_lazy("Address of the provider"),
        help_text=gettext_lazy("Begins with https:// and has {phone}, and {seat} where the extension goes."),
    )  # fmt: skip
    missed = forms.ChoiceField(
        choices=lambda: with_capitals(PhoneLine.Missed.choices), label=gettext_lazy("A call that nobody took")
    )


class SeatForm(forms.Form):
    """Who sits at which extension."""

    person = forms.IntegerField(min_value=1)
    code = IdentifierField(required=False, max_length=40)


@require_safe
@never_cache
def incoming(request: HttpRequest) -> HttpResponse:
    """Who rings this person now, with what is open for them. Asked every few seconds."""
    callers = telephony.incoming(asker(request), at=timezone.now())
    return render(request, "orders/phone/_incoming.html", {"callers": callers})


@require_POST
def dial(request: HttpRequest, task_id: int) -> HttpResponse:
    """Have the provider connect this person with the customer of a call."""
    task = find_task(request, task_id)
    telephony.ring(task.phone, asker(request).person)
    say(request, _("Your telephone rings first, then the customer's."))
    return done(request, reverse("calls"))


@require_safe
def phone_log(request: HttpRequest) -> HttpResponse:
    """What rang and what we rang, the newest first, with the recordings."""
    query = QueryReader(request.GET, ["limit", "cursor", "count"])
    rows = PhoneCall.objects.for_subject(asker(request)).select_related("person", "customer", "task")
    page = read_page(rows, query, key="pk")
    shown = {"rows": page.rows, "older": f"?cursor={page.next}" if page.next else ""}
    return render(request, "orders/phone/page.html", shown)


class Enquire(View):
    """Somebody asks whether there is something."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Look for the product, and say what there is of it, instead of it, and when more comes."""
        phone = clean_form_text(request.GET.get("phone", ""))[:40]
        return self._show(request, EnquiryForm(initial={"quantity": 1, "phone": phone}), phone)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Note what was asked for; what is absent is lost demand."""
        form = EnquiryForm(request.POST)
        if not form.is_valid():
            return self._show(request, form, request.POST.get("phone", ""), status=422)
        said = form.cleaned_data
        read = phones.read(said["phone"], Shop.current().country) if said["phone"] else []
        new = telephony.NewEnquiry(
            said["asked"], said["product"], said["quantity"], read[0].e164 if read else "", said["ordered"]
        )
        subject = asker(request)
        noted = telephony.note_enquiry(new, by=subject.actor, person=subject.person, at=timezone.now())
        say(request, _("Noted: %(asked)s, %(how)s.") % {"asked": noted.asked, "how": noted.get_came_to_display()})
        asked_for = {"phone": said["phone"]} if said["phone"] else {}
        if said["ordered"]:
            return done(request, f"{reverse('orders-new')}?{urlencode(asked_for)}")
        return done(request, f"{reverse('enquiry')}?{urlencode(asked_for)}")

    def _show(self, request: HttpRequest, form: EnquiryForm, phone: str, status: int = 200) -> HttpResponse:
        subject = asker(request)
        text = clean_form_text(request.GET.get("find", ""))[:200]
        products = Product.objects.for_subject(subject)
        shown: dict[str, Any] = {
            "form": form, "phone": phone, "text": text, "currency": Shop.current().currency,
            "found": [telephony.see_there_is(one) for one in lookups.products(products, text)] if text else [],
            "recent": Enquiry.objects.for_subject(subject).select_related("product", "person").order_by("-pk")[:10],
        }  # fmt: skip
        return render(request, "orders/phone/enquiry.html", shown, status=status)


class Line(View):
    """How the shop's line is set; the owner's page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show it."""
        own = telephony.line()
        form = LineForm(initial={"dials": own.dials, "address": own.address, "missed": own.missed})
        seats = telephony.seats()
        people = [(person, name, seats.get(person, "")) for person, name in callers_by_name()]
        return render(request, "orders/phone/line.html", {"form": form, "people": people})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep it."""
        form = LineForm(request.POST)
        read_form(form)
        said = form.cleaned_data
        telephony.set_line(said["dials"], said["address"], said["missed"], by=asker(request).actor, at=timezone.now())
        say(request, _("Kept: %(what)s.") % {"what": _("the telephone")})
        return done(request, reverse("phone-line"))


@require_POST
def save_seat(request: HttpRequest) -> HttpResponse:
    """Seat somebody at an extension."""
    form = SeatForm(request.POST)
    read_form(form)
    said = form.cleaned_data
    telephony.set_seat(said["person"], said["code"], by=asker(request).actor, at=timezone.now())
    say(request, _("Kept: %(what)s.") % {"what": _("extension %(code)s") % {"code": said["code"] or wording.MINUS}})
    return done(request, reverse("phone-line"))
