"""Words and marks of the desk for templates: status, chip, money, when, phone, field. `docs/pages.md` shows each."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.forms import BoundField
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders import sayings
from orders.status import CancelReason, Status
from shopdesk.base import masks, places, wording
from shopdesk.base import unanswered as unanswered_words
from shopdesk.base.access import NOBODY

register = template.Library()


@register.filter
def outcome(code: str) -> str:
    """The shop's word for an outcome of a call."""
    return sayings.outcome(code)


@register.simple_tag
def status(value: str) -> SafeString:
    """The order's dial and its word."""
    return format_html('<span class="status" data-status="{}">{}</span>', value, capfirst(str(Status(value).label)))


@register.simple_tag
def chip(words: object, tone: str = "") -> SafeString:
    """A mark in words; `tone` is good, wait, bad or nothing."""
    if not tone:
        return format_html('<span class="chip">{}</span>', words)
    return format_html('<span class="chip" data-tone="{}">{}</span>', tone, words)


@register.filter
def cancel_reason(code: str) -> str:
    """The name of a reason to cancel."""
    return str(dict(CancelReason.choices).get(code, code))


@register.filter
def unanswered(reason: str) -> str:
    """Why another program did not answer, in words: `{{ own.poll_problem|unanswered }}`."""
    return unanswered_words.tell(reason)


@register.filter
def money(minor: int, currency: str) -> str:
    """Minor units as people write them: `{{ order.total_minor|money:order.currency }}`."""
    return wording.money(minor, currency)


@register.filter
def number(value: int | Decimal) -> str:
    """A number with its groups."""
    return wording.number(value)


@register.filter
def kilograms(weight_g: int) -> str:
    """Grams as kilograms."""
    return wording.kilograms(weight_g)


@register.filter
def percent(share: Decimal) -> str:
    """A share of one as a percentage."""
    return wording.percent(share)


@register.filter
def lasting(span: timedelta) -> str:
    """How long something lasted or waits."""
    return wording.lasting(span)


@register.filter
def clocked(seconds: int) -> str:
    """A short span as a clock counts it: 1:05."""
    return wording.clocked(seconds)


@register.filter
def region(key: str) -> str:
    """A region of which the code is known, by its name."""
    return places.name_of(key)


@register.filter
def upper_first(words: object) -> str:
    """The words with a capital, for a label that stands alone."""
    return capfirst(str(words))


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | date | None, style: str = "") -> SafeString:
    """Today's hour, else the date, in the shop's zone. `style`: `full` has both, `clock` only the hour."""
    if at is None:
        return format_html('<span class="soft">{}</span>', "–")
    now, zone = _now(context), _zone(context)
    if not isinstance(at, datetime):
        today = now.astimezone(ZoneInfo(zone)).date()
        return format_html('<time datetime="{}">{}</time>', at.isoformat(), wording.short_day(at, today=today))
    written = _written(at, style, now=now, zone=zone)
    whole = wording.day_and_hour(at, now=now, zone=zone)
    iso = at.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")
    return format_html('<time datetime="{}" title="{}">{}</time>', iso, whole, written)


@register.simple_tag(takes_context=True)
def waits(context: Context, since: datetime) -> str:
    """How long it waits since that instant."""
    return wording.lasting(_now(context) - since)


@register.simple_tag(takes_context=True)
def long_today(context: Context) -> str:
    """Today's weekday and date in the shop's zone."""
    return wording.long_day(_now(context).astimezone(ZoneInfo(_zone(context))).date())


@register.simple_tag(takes_context=True)
def as_of(context: Context) -> SafeString:
    """The second the page's figures are of, and whose clock that is."""
    zone = _zone(context)
    at = _now(context).astimezone(ZoneInfo(zone))
    words = _("As of %(hour)s · %(city)s") % {"hour": f"{at:%H:%M:%S}", "city": wording.city_of(zone)}
    return format_html('<time datetime="{}">{}</time>', at.isoformat(timespec="seconds"), words)


@register.simple_tag(takes_context=True)
def phone(context: Context, e164: str, css: str = "nowrap") -> SafeString:
    """A link that dials, for those who call; for everybody else the number with its middle hidden."""
    if not e164:
        return format_html('<span class="soft">{}</span>', _("no phone"))
    subject = context.get("subject") or NOBODY
    if not masks.sees_whole(subject, "order.phone"):
        return format_html('<span class="{}">{}</span>', css, masks.show(subject, "order.phone", e164) or "…")
    return format_html('<a class="{}" href="tel:{}">{}</a>', css, e164, wording.phone(e164))


@register.simple_tag(takes_context=True)
def sees(context: Context, field: str) -> bool:
    """Whether whoever looks at the page sees a field of `masks.toml`: `{% sees "product.cost" as costs %}`."""
    return masks.sees(context.get("subject") or NOBODY, field)


@register.simple_tag(takes_context=True)
def who(context: Context, name: str) -> str:
    """A customer's name as whoever looks at the page sees it: whole, or Елена Т."""
    return masks.show(context.get("subject") or NOBODY, "order.name", name) or "–"


@register.inclusion_tag("desk/field.html")
def field(bound: BoundField, *, label: str = "", hint: str | None = None, **attributes: Any) -> dict[str, Any]:
    """A field of a form with its label, hint and error, tied together for screen readers."""
    kind = getattr(bound.field.widget, "input_type", "")
    hint = str(bound.help_text if hint is None else hint)
    described = [f"{bound.id_for_label}-error"] * bool(bound.errors) + [f"{bound.id_for_label}-hint"] * bool(hint)
    attrs: dict[str, Any] = {name.replace("_", "-"): value for name, value in attributes.items()}
    attrs["aria-describedby"] = " ".join(described) or False
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if kind not in {"checkbox", "radio"}:
        attrs["class"] = "input"
    control = bound.as_widget(attrs=attrs)
    return {"field": bound, "control": control, "kind": kind, "label": label or bound.label, "hint": hint}


def _written(at: datetime, style: str, *, now: datetime, zone: str) -> str:
    """The instant in one of the three styles."""
    if style == "clock":
        return wording.clock(at, zone)
    return (wording.day_and_hour if style == "full" else wording.hour_or_day)(at, now=now, zone=zone)


def _now(context: Context) -> datetime:
    """The page's own instant, one for all of its figures."""
    now: datetime = context.get("now") or timezone.now()
    return now


def _zone(context: Context) -> str:
    """The shop's zone."""
    zone: str = getattr(context.get("shop"), "zone", settings.SHOP_TIME_ZONE)
    return zone
