"""Door of the order during a call: every change is kept at once, and what cannot be is shown beside what was typed."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orders import changes
from orders.models import CallTask, Order, OrderLine, Product
from orders.web.basket import Basket, read_basket
from orders.web.callcard import see_goods, see_kept
from orders.web.callwords import AGREED
from orders.web.card import find_order
from orders.web.edit import edit_of, merge, tell_differences
from orders.web.form import couriers_of
from orders.web.forms import PersonForm
from orders.web.telling import Moment
from shopdesk.base.answering import done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import DomainError, FieldError, Malformed, Missing, Refusal, Stale
from shopdesk.base.strict import clean_form_text, read_whole


class NotKept(DomainError):
    """What was changed during the call is not kept yet, so nothing can be agreed about it."""

    sentence = gettext_lazy("Your changes of the order are not kept yet.")
    next_step = gettext_lazy("Look at what is said above the lines, mend it, then say the outcome again.")


class NothingFound(DomainError):
    """The goods that were looked for are not sold here."""

    sentence = gettext_lazy("Nothing is sold under this name, SKU or barcode.")
    next_step = gettext_lazy("Type the beginning of the name, or the SKU from the shelf.")


def find_task(request: HttpRequest, task_id: int) -> CallTask:
    """Give a call task that the subject may see. Raises Missing: foreign and absent look the same."""
    rows = CallTask.objects.for_subject(asker(request)).select_related("order", "customer")
    task = rows.filter(pk=task_id).first()
    if task is None:
        raise Missing
    return task


def person_form(request: HttpRequest, *args: Any, **options: Any) -> PersonForm:
    """The form of who and where to, with the couriers that work for the shop."""
    return PersonForm(*args, couriers=couriers_of(request), **options)


@require_POST
def change(request: HttpRequest, task_id: int) -> HttpResponse:
    """Keep what differs: lines, a substitute, an added product, address, day, slot, discount."""
    task = find_task(request, task_id)
    order = find_order(request, task.order_id or 0)
    lines = list(order.lines.order_by("position"))
    form, basket = _read(request, order)
    if basket.unfound:
        raise NothingFound
    if not form.is_valid() or not basket.is_right:
        return _refuse(request, task_id, order, form, basket, _why_wrong(form, basket))
    wanted = edit_of(order, form.cleaned_data, basket, lines)
    swap = _swap_of(request.POST, lines)
    wanted = changes.Edit(wanted.fields, [*_without(wanted.lines, swap), *swap])
    subject, at = asker(request), timezone.now()
    try:
        changes.edit(order.number, wanted, version=_version(request), by=subject.actor, at=at)
    except Stale as stale:
        return _show_stale(request, task_id, order.number, stale, basket)
    except (DomainError, Malformed) as refusal:
        return _refuse(request, task_id, order, form, basket, refusal)
    if not is_htmx(request):
        return done(request, reverse("calls"))
    sent = dict(zip(request.POST.getlist("line"), request.POST.getlist("quantity"), strict=False))
    sent["delivery"] = request.POST.get("delivery", "")
    kept = see_kept(task, find_order(request, order.number), subject, Moment.of(at), sent)
    kept["taken"] = next((row.typed for row in kept["rows"] if basket.taken and row.typed.sku == basket.taken), None)
    return render(request, "orders/calls/_kept.html", kept)


def refuse_unkept(request: HttpRequest, task: CallTask, outcome: str) -> None:
    """Refuse to agree an order whose form differs from what is kept. Raises NotKept."""
    if task.order is None or outcome not in AGREED or "version" not in request.POST:
        return
    form, basket = _read(request, task.order)
    if not form.is_valid() or not basket.is_right:
        raise NotKept
    wanted = edit_of(task.order, form.cleaned_data, basket, list(task.order.lines.order_by("position")))
    if wanted.fields or wanted.lines:
        raise NotKept


def _read(request: HttpRequest, order: Order) -> tuple[PersonForm, Basket]:
    """What was typed."""
    products = Product.objects.for_subject(asker(request))
    return person_form(request, request.POST), read_basket(request.POST, products, order.currency)


def _version(request: HttpRequest) -> int:
    """The version of the order that the person saw."""
    version = request.POST.get("version", "")
    return read_whole(version, digits=9) or 0


def _swap_of(post: QueryDict, lines: list[OrderLine]) -> list[changes.LineEdit]:
    """Sell another product for the pieces that a line lacks; what it has stays with it."""
    sku = clean_form_text(post.get("instead", ""))
    line = next((line for line in lines if str(line.pk) == post.get("swap", "")), None)
    if line is None or not sku or not line.wanted:
        return []
    rest = line.quantity - line.cancelled - line.wanted
    return [
        changes.LineEdit(rest, id=line.pk),
        changes.LineEdit(line.wanted, sku=sku, instead_of=line.sku),
    ]


def _without(edits: Any, swap: list[changes.LineEdit]) -> list[changes.LineEdit]:
    """The other edits: the swapped line is decided by the swap."""
    swapped = {edit.id for edit in swap if edit.id}
    return [edit for edit in edits if edit.id is None or edit.id not in swapped]


def _why_wrong(form: PersonForm, basket: Basket) -> Malformed:
    """Everything that cannot be read, for the refusal; each stands beside its field too."""
    told = [(name, text) for name, texts in form.errors.items() for text in texts]
    told += [(name, text) for line in basket.lines for name, text in line.wrong.items()]
    told += list(basket.wrong.items())
    return Malformed([FieldError(f"/{name}", "invalid_type", str(text)) for name, text in told], _("This is not kept:"))


def _show_stale(request: HttpRequest, task_id: int, number: int, stale: Stale, basket: Basket) -> HttpResponse:
    """What differs; what was typed stays, what was left alone becomes what somebody else made of it."""
    order = find_order(request, number)
    form = person_form(request, merge(request.POST, stale, order, basket))
    return _refuse(request, task_id, order, form, basket, stale)


def _refuse(
    request: HttpRequest, task_id: int, order: Order, form: PersonForm, basket: Basket, refusal: Refusal
) -> HttpResponse:
    """The refusal, and the form as it was typed. Without htmx the refusal alone, as a page."""
    if not is_htmx(request):
        raise refusal
    shown: dict[str, Any] = see_goods(order, asker(request), basket) | {"form": form, "task": {"pk": task_id}}
    shown |= {"why": refusal.fill(refusal.sentence), "what_next": refusal.fill(refusal.next_step)}
    shown["wrong"] = [str(error.detail) for error in getattr(refusal, "errors", [])]
    shown["differs"] = tell_differences(refusal, order) if isinstance(refusal, Stale) else []
    return render(request, "orders/calls/_refused.html", shown, status=422 if isinstance(refusal, Malformed) else 409)
