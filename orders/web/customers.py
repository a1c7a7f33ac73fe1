"""Doors of customers: found, looked at, marked, noted, joined and taken apart."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import joining, lookups, marking
from orders.marking import NewMark
from orders.models import Customer, CustomerConflict, CustomerJoin, Order
from orders.web.forms import with_capitals
from shopdesk.base.access import Subject
from shopdesk.base.answering import answer, done
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import TextField, read_form
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say

VIEWS = {
    "": gettext_lazy("All customers"), "vip": gettext_lazy("VIP"), "blocked": gettext_lazy("Blocked"),
    "doubts": gettext_lazy("One or two?"),
}  # fmt: skip
TONES = {"vip": "good", "blocked": "bad"}
ORDERS_SHOWN = 20


class MarkForm(forms.Form):
    """On which list a customer is, and why."""

    mark = forms.ChoiceField(
        label=gettext_lazy("Mark"), required=False, choices=lambda: with_capitals(Customer.Mark.choices)
    )
    reason = TextField(label=gettext_lazy("Why"), required=False, max_length=300)


class NoteForm(forms.Form):
    """What the staff knows of a customer."""

    note = TextField(
        label=gettext_lazy("Note"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3})
    )
    tags = TextField(
        label=gettext_lazy("Tags"), required=False, max_length=900, help_text=gettext_lazy("Separated by commas.")
    )
    consent = forms.ChoiceField(
        label=gettext_lazy("Agrees to offers"), required=False, choices=lambda: with_capitals(Customer.Consent.choices)
    )


class ListForm(forms.Form):
    """Phones and mails that go on a list."""

    contacts = TextField(
        label=gettext_lazy("Phones or e-mails, one a line"), max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    mark = forms.ChoiceField(
        label=gettext_lazy("Mark"), choices=lambda: with_capitals(c for c in Customer.Mark.choices if c[0])
    )
    reason = TextField(label=gettext_lazy("Why"), max_length=300)
    source = forms.ChoiceField(
        label=gettext_lazy("Where it comes from"),
        choices=lambda: with_capitals(
            [(one.value, one.label) for one in (Customer.MarkSource.MANUAL, Customer.MarkSource.EXTERNAL)]
        ),
    )


class RuleForm(forms.Form):
    """When the desk blocks by itself."""

    after_returned = forms.IntegerField(
        label=gettext_lazy("Block after so many orders that came back whole"), min_value=0, max_value=100,
        help_text=gettext_lazy("0: never. What a person said of a customer outranks the rule."),
    )  # fmt: skip


@require_safe
@never_cache
def list_customers(request: HttpRequest) -> HttpResponse:
    """Show customers: all, those on a list, those of whom nobody knows whether they are one; or find them."""
    subject = asker(request)
    query = QueryReader(request.GET, ("view", "q", "cursor", "limit"))
    view, text = query.choice("view", list(VIEWS)), query.text("q").strip()
    rows = Customer.objects.for_subject(subject).filter(joined_into=None)
    shown: dict[str, Any] = {"views": VIEWS.items(), "view": view, "text": text}
    if view == "doubts":
        conflicts = CustomerConflict.objects.for_subject(subject).filter(closed_at=None)
        page: Any = read_page(conflicts.select_related("known", "other"), query, key="id")
        shown["doubts"] = page.rows
    elif text:
        query.finish()
        shown["rows"], page = list(lookups.customers(rows, text)), None
    else:
        page = read_page(lookups.with_past(rows.filter(mark=view) if view else rows), query, key="id")
        shown["rows"] = page.rows
    if page is not None and page.next:
        shown["older"] = f"?view={view}&cursor={page.next}"
    return answer(request, "orders/customers/page.html", shown, fragment="orders/customers/_list.html")


@require_safe
@never_cache
def see_customer(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the card: orders, how each phone's orders ended, marks, notes, what was joined."""
    subject = asker(request)
    customer = _find(request, customer_id)
    if customer.joined_into_id:
        return redirect("customers-card", customer.joined_into_id)
    query = QueryReader(request.GET, ("cursor", "limit", "same"))
    orders = Order.objects.for_subject(subject).filter(customer=customer).select_related("channel")
    page = read_page(orders, query, key="number")
    conflicts = CustomerConflict.objects.for_subject(subject).filter(closed_at=None)
    doubts = [*conflicts.filter(known=customer), *conflicts.filter(other=customer)]
    bought = joining.buyout(customer.pk)
    shown = {
        "customer": customer,
        "tone": TONES.get(customer.mark, ""),
        "past": lookups.past(customer.pk),
        "buyout": [row | {"share": _share(row)} for row in bought],
        "phones": list(customer.phones.values_list("phone", flat=True)),
        "orders": page.rows,
        "older": f"?cursor={page.next}" if page.next else "",
        "doubts": [(one, one.other_id if one.known_id == customer.pk else one.known_id) for one in doubts],
        "joins": CustomerJoin.objects.for_subject(subject).filter(kept=customer, undone_at=None).select_related("gone"),
        **_same(customer, query.text("same"), subject),
        "mark_form": MarkForm(initial={"mark": customer.mark, "reason": customer.mark_reason}),
        "note_form": NoteForm(
            initial={"note": customer.note, "tags": ", ".join(customer.tags), "consent": customer.consent}
        ),
        "person_key": f"c{customer.pk}",
    }
    return render(request, "orders/customers/card.html", shown)


@require_POST
def mark(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Put a customer on a list, or take them off it."""
    said = read_form(MarkForm(request.POST))
    customer = _find(request, customer_id)
    marking.mark(customer.pk, NewMark(said["mark"], said["reason"]), by=asker(request).actor, at=timezone.now())
    return _back(request, customer.pk, _("Kept."))


@require_POST
def annotate(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Keep the note, the tags, the consent."""
    said = read_form(NoteForm(request.POST))
    customer = _find(request, customer_id)
    marking.annotate(
        customer.pk, note=said["note"], tags=said["tags"].split(","), consent=said["consent"],
        by=asker(request).actor, at=timezone.now(),
    )  # fmt: skip
    return _back(request, customer.pk, _("Kept."))


@require_safe
@never_cache
def foresee(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Show what joining two cards would do, before it is done."""
    kept, gone = _find(request, customer_id), _find(request, other_id)
    preview = joining.foresee(kept.pk, gone.pk)
    bought = {one.pk: lookups.past(one.pk) for one in (kept, gone)}
    shown: dict[str, Any] = {"preview": preview, "past": bought[kept.pk], "other_past": bought[gone.pk]}
    shown["own_phones"] = list(kept.phones.values_list("phone", flat=True))
    shown["mark"] = dict(Customer.Mark.choices).get(preview.mark) if preview.mark else ""
    return render(request, "orders/customers/joining.html", shown)


@require_POST
def join(request: HttpRequest, customer_id: int, other_id: int) -> HttpResponse:
    """Make one card of two; the toast takes it apart again."""
    kept, gone = _find(request, customer_id), _find(request, other_id)
    joined = joining.join(kept.pk, gone.pk, by=asker(request).actor, at=timezone.now())
    undo = reverse("customers-split", args=[kept.pk, joined.pk])
    return _back(request, kept.pk, _("The two cards are one now."), undo)


@require_POST
def split_off(request: HttpRequest, customer_id: int, join_id: int) -> HttpResponse:
    """Take two cards apart again."""
    customer = _find(request, customer_id)
    joined = CustomerJoin.objects.for_subject(asker(request)).filter(pk=join_id, kept=customer).first()
    if joined is None:
        raise Missing
    joining.split_off(joined.pk, by=asker(request).actor, at=timezone.now())
    return _back(request, customer.pk, _("The cards are apart again."))


@require_POST
def keep_apart(request: HttpRequest, conflict_id: int) -> HttpResponse:
    """Say that two cards are two people."""
    asked = CustomerConflict.objects.for_subject(asker(request)).filter(pk=conflict_id).first()
    if asked is None:
        raise Missing
    joining.keep_apart(asked.pk, by=asker(request).actor, at=timezone.now())
    say(request, _("They are two; it is not asked again."))
    return done(request, f"{reverse('customers')}?view=doubts")


@require_safe
@never_cache
def lists(request: HttpRequest) -> HttpResponse:
    """Show how customers come on the lists: by a person, by an outside list, by the rule."""
    rule = RuleForm(initial={"after_returned": marking.rule()})
    return render(request, "orders/customers/lists.html", {"form": ListForm(), "rule": rule})


@require_POST
def put_on_list(request: HttpRequest) -> HttpResponse:
    """Put phones and mails on a list."""
    said = read_form(ListForm(request.POST))
    new = NewMark(said["mark"], said["reason"], said["source"])
    listed = marking.list_contacts(said["contacts"], new, by=asker(request).actor, at=timezone.now())
    say(request, _("%(count)s are on the list.") % {"count": len(listed)})
    return done(request, f"{reverse('customers')}?view={said['mark']}")


@require_POST
def set_rule(request: HttpRequest) -> HttpResponse:
    """Say when the desk blocks by itself; the sweep looks back over the orders there are."""
    said = read_form(RuleForm(request.POST))
    marking.set_rule(said["after_returned"], by=asker(request).actor, at=timezone.now())
    say(request, _("Kept."))
    return done(request, reverse("customers-lists"))


def _same(customer: Customer, text: str, subject: Subject) -> dict[str, Any]:
    """Look for another card of the same person, by a phone, a name or a mail."""
    others = Customer.objects.for_subject(subject).filter(joined_into=None).exclude(pk=customer.pk)
    return {"same": text, "candidates": list(lookups.customers(others, text)) if text else []}


def _find(request: HttpRequest, customer_id: int) -> Customer:
    """Give a customer that the subject may see. Raises Missing: foreign and absent look the same."""
    rows = Customer.objects.for_subject(asker(request)).select_related("person").prefetch_related("phones")
    customer = rows.filter(pk=customer_id).first()
    if customer is None:
        raise Missing
    return customer


def _share(row: dict[str, int]) -> int | None:
    """Of what ended at the door, how much was kept, in percent; None while nothing ended."""
    ended = row["delivered"] + row["refused"]
    return round(100 * row["delivered"] / ended) if ended else None


def _back(request: HttpRequest, customer_id: int, sentence: str, undo: str = "") -> HttpResponse:
    say(request, sentence, undo=undo)
    return done(request, reverse("customers-card", args=[customer_id]))
