"""Doors of the owner: where personal data stand and how long, one person's data given out or erased, the acts."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders import lookups
from orders.models import Customer, Order, Shop
from orders.status import ENDED
from shopdesk.accounts.fresh import ask_again
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed, Missing
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say
from shopdesk.people.models import User
from shopdesk.privacy import erasure, retention, subject, telling
from shopdesk.privacy.models import Erasure, RetentionRun
from shopdesk.privacy.person import of_key

SHOWN = 20
LONGEST_LIST = 20_000


@require_safe
@never_cache
def overview(request: HttpRequest) -> HttpResponse:
    """Show what is kept for how long, what was erased, and the people found by what was typed."""
    who = asker(request)
    query = QueryReader(request.GET, ("q",))
    text = query.text("q").strip()
    query.finish()
    kept = retention.periods()
    shown = {
        "text": text,
        "found": _find(who, text) if text else [],
        "periods": [(name, words, kept[name], telling.SINCE[name]) for name, words in telling.CLASSES.items()],
        "erasures": Erasure.objects.for_subject(who).select_related("asked_by").order_by("-asked_at")[:SHOWN],
        "runs": RetentionRun.objects.for_subject(who).order_by("-at")[:SHOWN],
        "grounds": Erasure.Ground.choices,
        "four_eyes": Shop.current().four_eyes,
    }
    return render(request, "privacy/page.html", shown)


@require_POST
@ask_again
def set_periods(request: HttpRequest) -> HttpResponse:
    """Set for how many days each class is kept."""
    texts = {name: request.POST.get(name, "") for name in telling.CLASSES}
    wrong = [name for name, text in texts.items() if not (text.isascii() and text.isdigit() and len(text) < 6)]
    if wrong:
        raise Malformed([FieldError(f"/{name}", "invalid_type", _("Between 1 and 3650 days.")) for name in wrong])
    days = {name: int(text) for name, text in texts.items()}
    retention.set_periods(days, by=asker(request).actor, at=timezone.now())
    say(request, _("The periods are set; what is older goes within an hour."))
    return done(request, reverse("privacy"))


@require_safe
@never_cache
def see_person(request: HttpRequest, key: str) -> HttpResponse:
    """Show one person: what is kept, and what erasing would do, before anything is done."""
    who = asker(request)
    person = of_key(key)
    orders = Order.objects.for_subject(who).filter(pk__in=person.orders).order_by("-pk")
    if not orders.exists():
        raise Missing
    counts = erasure.foresee(person)
    shown = {
        "key": key,
        "customer": Customer.objects.for_subject(who).filter(pk__in=person.customers).first(),
        "phones": [phone for phone in person.phones if phone.startswith("+")],
        "mails": person.mails,
        "orders": orders,
        "open": orders.exclude(status__in=ENDED),
        "kept": telling.by_class(counts),
        "values": sum(counts.values()),
        "grounds": Erasure.Ground.choices,
    }
    return render(request, "privacy/person.html", shown)


@require_POST
@ask_again
def give_out(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out all that is kept of a person: JSON for machines, a paper for people. Noted in the trail."""
    at = timezone.now()
    data = subject.export(key, by=asker(request).actor, at=at)
    if request.POST.get("format") == "pdf":
        return _file(telling.own_data_paper(data, at=at), "application/pdf", f"personal-data-{at:%Y-%m-%d}.pdf")
    text = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return _file(text.encode(), "application/json", f"personal-data-{at:%Y-%m-%d}.json")


@require_POST
@ask_again
def erase(request: HttpRequest, key: str) -> HttpResponse:
    """Erase one person for good."""
    row = erasure.erase(key, ground=_ground(request), by=asker(request).actor, at=timezone.now())
    values = sum(row.counts.values())
    say(request, _("Erased: %(values)s values. The act is in the list below.") % {"values": values})
    return done(request, reverse("privacy"))


@require_POST
@ask_again
def ask(request: HttpRequest) -> HttpResponse:
    """Ask to erase the customers of several orders; another owner approves it."""
    numbers = request.POST.get("orders", "")[:LONGEST_LIST].replace(",", " ").split()
    if not numbers or not all(one.isascii() and one.isdigit() and len(one) < 19 for one in numbers):
        raise Malformed([FieldError("/orders", "required", _("Write numbers of orders, with blanks between them."))])
    orders = Order.objects.for_subject(asker(request)).filter(pk__in=numbers, customer__isnull=False)
    customers = sorted(set(orders.values_list("customer", flat=True)))
    if not customers:
        raise Malformed([FieldError("/orders", "required", _("None of these orders has a known customer."))])
    erasure.ask(customers, ground=_ground(request), by=asker(request).actor, at=timezone.now())
    say(request, _("Asked. Nothing is erased before it is approved."))
    return done(request, reverse("privacy"))


@require_POST
@ask_again
def approve(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Carry out what another owner asked for."""
    row = erasure.approve(erasure_id, by=asker(request).actor, at=timezone.now())
    say(request, _("Erased: %(values)s values. The act is in the list below.") % {"values": sum(row.counts.values())})
    return done(request, reverse("privacy"))


@require_POST
def drop(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Take back what was asked for."""
    erasure.drop(erasure_id, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("privacy"))


@require_safe
@never_cache
def erasure_act(request: HttpRequest, erasure_id: int) -> HttpResponse:
    """Give the act of an erasure as PDF."""
    who = asker(request)
    row = Erasure.objects.for_subject(who).filter(pk=erasure_id, state=Erasure.State.DONE).first()
    if row is None:
        raise Missing
    people = User.objects.for_subject(who).filter(pk__in=[row.asked_by_id, row.approved_by_id])
    content = telling.erasure_paper(row, dict(people.values_list("pk", "name")), at=timezone.now())
    return _file(content, "application/pdf", f"erasure-{row.pk}.pdf")


@require_safe
@never_cache
def retention_act(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give the act of a run of retention as PDF."""
    row = RetentionRun.objects.for_subject(asker(request)).filter(pk=run_id).first()
    if row is None:
        raise Missing
    return _file(telling.retention_paper(row, at=timezone.now()), "application/pdf", f"retention-{row.pk}.pdf")


def _find(who: Subject, text: str) -> list[dict[str, Any]]:
    """People by an order's number, a phone, a name or a mail."""
    found = [
        {"key": f"c{one.pk}", "name": one.name, "phones": [row.phone for row in one.phones.all()], "mail": one.email}
        for one in lookups.customers(Customer.objects.for_subject(who), text)
    ]
    if text.isascii() and text.isdigit() and len(text) < 19:
        order = Order.objects.for_subject(who).filter(pk=text).first()
        if order is not None and not any(one["key"] == f"c{order.customer_id}" for one in found):
            key = f"c{order.customer_id}" if order.customer_id else f"o{order.pk}"
            phones = [order.contact_phone] if order.contact_phone else []
            found.insert(0, {"key": key, "name": order.contact_name, "phones": phones, "mail": order.contact_email})
    return found


def _ground(request: HttpRequest) -> Erasure.Ground:
    """The ground that was chosen. Raises Malformed."""
    chosen = request.POST.get("ground", "")
    if chosen not in Erasure.Ground.values:
        raise Malformed([FieldError("/ground", "required", _("Choose the ground of the erasure."))])
    return Erasure.Ground(chosen)


def _file(content: bytes, media_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store, private"
    return response
