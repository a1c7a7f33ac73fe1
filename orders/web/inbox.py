"""Doors of the inbox: what shops sent, raw and understood, applied again; what a person decides; goods; days."""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from orders import inbox
from orders.columns import tell_columns
from orders.inbox import deciding, items, verdicts
from orders.models import Channel, ChannelDay, ChannelItem, InboundMessage, Order, ShopOrder
from shopdesk.base import wording
from shopdesk.base.access import Subject
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.errors import FieldError, Malformed
from shopdesk.base.paging import read_page
from shopdesk.base.strict import QueryReader, form_identifier, read_whole
from shopdesk.base.toasts import say

State = InboundMessage.State
TONES = {State.RECEIVED: "wait", State.FAILED: "bad"}
DAYS_SHOWN = 60
DECIDED_AT_ONCE = 100
PARTS = ("name", "phone", "email", "delivery_method", "payment_method", "comment", "state", "external_id")
PART_NAMES = {
    "name": gettext_lazy("name"), "phone": gettext_lazy("phone"), "email": gettext_lazy("e-mail"),
    "delivery_method": gettext_lazy("delivery"), "payment_method": gettext_lazy("payment"),
    "comment": gettext_lazy("comment"), "state": gettext_lazy("the shop's status"),
    "external_id": gettext_lazy("the shop's number"),
}  # fmt: skip
CODED = {"delivery_method": Order.Delivery.choices, "payment_method": Order.PaidBy.choices}


@require_safe
def see_inbox(request: HttpRequest) -> HttpResponse:
    """What shops sent, the newest first: all of it, of a state, of a channel, about one of their orders."""
    subject = asker(request)
    query = QueryReader(request.GET, ("state", "channel", "q", "limit", "cursor", "count"))
    state, code, text = query.choice("state", State.values), query.text("channel"), query.text("q")
    rows = InboundMessage.objects.for_subject(subject).select_related("channel")
    for name, value in (("state", state), ("channel", code), ("external_id", text)):
        rows = rows.filter(**{name: value}) if value else rows
    page = read_page(rows.defer("body", "understood"), query, key="pk")
    keep = {name: value for name, value in (("state", state), ("channel", code), ("q", text)) if value}
    shown = {
        "rows": [(row, TONES.get(State(row.state), ""), tell_verdict(row)) for row in page.rows],
        "tabs": [("", _("All")), *((value, label) for value, label in State.choices)],
        "state": state, "code": code, "q": text, "channels": Channel.objects.for_subject(subject).order_by("name"),
        "older": f"?{urlencode({**keep, 'cursor': page.next})}" if page.next else "",
        "newer": f"?{urlencode(keep)}" if query.text("cursor") else "", "first_page": f"?{urlencode(keep)}",
        "is_narrowed": bool(keep), "decisions": decisions(subject), "unknown": unknown(subject),
    }  # fmt: skip
    return render(request, "orders/inbox/page.html", shown)


@require_safe
def see_message(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """One message: as it came beside what was made of it."""
    rows = InboundMessage.objects.for_subject(asker(request)).select_related("channel", "part_of")
    row = get_object_or_404(rows, pk=inbound_id)
    shown = {
        "row": row, "tone": TONES.get(State(row.state), ""), "verdict": tell_verdict(row), "raw": indent(row.body),
        "facts": understood_facts(row.understood), "lines": (row.understood or {}).get("lines", []),
        "address": ((row.understood or {}).get("address") or {}).get("text", ""),
        "currency": (row.understood or {}).get("currency", row.channel.currency),
        "total": (row.understood or {}).get("stated_total_minor"),
        "parts": row.parts.for_subject(asker(request)).order_by("pk")[:DAYS_SHOWN],
    }  # fmt: skip
    return render(request, "orders/inbox/message.html", shown)


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Let messages be applied again: those ticked in the list, or the one of its page."""
    subject, texts = asker(request), request.POST.getlist("message")
    wanted = [number for text in texts if (number := read_whole(text)) is not None]
    seen = InboundMessage.objects.for_subject(subject).filter(pk__in=wanted[: inbox.MOST_REPLAYED])
    keys = list(seen.values_list("pk", flat=True))
    if not keys:
        raise Malformed([FieldError("/message", "required", _("Choose messages in the list first."))])
    count = inbox.replay(keys, by=subject.actor, at=timezone.now())
    say(request, ngettext("%(n)d message is applied again.", "%(n)d messages are applied again.", count) % {"n": count})
    asked = request.POST.get("list", "")
    return done(request, reverse("inbox") + (asked if asked.startswith("?") else ""))


@require_POST
def decide(request: HttpRequest, side_id: int) -> HttpResponse:
    """Let the shop have its way in what it changed, or keep what the desk has."""
    side = get_object_or_404(ShopOrder.objects.for_subject(asker(request)), pk=side_id)
    way = request.POST.get("way", "")
    if way not in {"shop", "desk"}:
        raise Malformed([FieldError("/way", "required", _("Say whose word stands."))])
    deciding.decide(side.pk, way == "shop", by=asker(request).actor, at=timezone.now())
    say(request, _("Decided for order %(number)s.") % {"number": side.order_id})
    return done(request, reverse("inbox"))


@require_safe
def see_items(request: HttpRequest) -> HttpResponse:
    """What shops sell under their own numbers: what nobody knows first."""
    subject = asker(request)
    query = QueryReader(request.GET, ("view", "channel", "limit", "cursor", "count"))
    view, code = query.choice("view", ("unknown", "known"), "unknown"), query.text("channel")
    rows = ChannelItem.objects.for_subject(subject).select_related("channel", "product")
    rows = rows.filter(product__isnull=view == "unknown")
    page = read_page(rows.filter(channel=code) if code else rows, query, key="pk")
    keep = {"view": view} | ({"channel": code} if code else {})
    shown = {
        "rows": page.rows, "view": view, "code": code,
        "channels": Channel.objects.for_subject(subject).order_by("name"),
        "older": f"?{urlencode({**keep, 'cursor': page.next})}" if page.next else "",
        "newer": f"?{urlencode(keep)}" if query.text("cursor") else "",
    }  # fmt: skip
    return render(request, "orders/inbox/items.html", shown)


@require_POST
def learn_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Say which product a shop's number is; orders that waited for it get their goods."""
    item = get_object_or_404(ChannelItem.objects.for_subject(asker(request)), pk=item_id)
    sku, now = form_identifier(request.POST.get("sku", ""), pointer="/sku"), timezone.now()
    numbers = items.learn(item.pk, sku, by=asker(request).actor, at=now)
    items.allocate(numbers, at=now)
    tied = len(numbers)
    words = ngettext("Learnt; %(n)d order was waiting for it.", "Learnt; %(n)d orders were waiting for it.", tied)
    say(request, words % {"n": tied})
    return done(request, reverse("inbox-items"))


@require_safe
def see_days(request: HttpRequest) -> HttpResponse:
    """Shops' own lists of orders beside ours, day by day."""
    rows = ChannelDay.objects.for_subject(asker(request)).select_related("channel").order_by("-day", "channel")
    return render(request, "orders/inbox/days.html", {"rows": rows[:DAYS_SHOWN], "most": DAYS_SHOWN})


def decisions(subject: Subject) -> list[dict[str, Any]]:
    """Give what waits for a person: the shop changed what the desk had changed."""
    rows = ShopOrder.objects.for_subject(subject).exclude(differs={}).select_related("order", "channel")
    return [
        {"side": side, "pairs": [_pair(name, pair, side) for name, pair in sorted(side.differs.items())]}
        for side in rows.order_by("changed_at")[:DECIDED_AT_ONCE]
    ]


def unknown(subject: Subject) -> int:
    """Count what shops sell and nobody knows, up to a hundred."""
    rows = ChannelItem.objects.for_subject(subject).filter(product=None).order_by()
    return rows[:DECIDED_AT_ONCE].count()


def tell_verdict(row: InboundMessage) -> str:
    """Put what became of a message into a sentence."""
    return verdicts.tell(row.reason, row.detail)


def indent(body: str) -> str:
    """Give a raw body for reading: JSON with its lines, anything else as it is."""
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return body


def understood_facts(understood: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """Give what was understood, name by name; what the message does not say is left out."""
    said = dict(understood or {})
    for name, choices in CODED.items():
        said[name] = dict(choices).get(str(said.get(name)), said.get(name))
    return [(str(PART_NAMES[name]), str(said[name])) for name in PARTS if said.get(name)]


def _pair(name: str, pair: list[Any], side: ShopOrder) -> dict[str, str]:
    wanted, ours = (_words(value, name, side) for value in pair)
    label = _("line") if name.startswith("line:") else tell_columns([name])
    return {"label": label, "shop": wanted, "desk": ours}


def _words(value: Any, name: str, side: ShopOrder) -> str:
    """Put one side of a difference into words; a line as its pieces and its name."""
    if isinstance(value, dict):
        return f"{value.get('quantity', '')} × {value.get('name', '')}"
    if value is None or value == "":
        return "–"
    if name.endswith("_minor") and side.order is not None:
        return wording.money(int(value), side.order.currency)
    return str(value)
