"""Doors of webhooks: the owner's list of endpoints, and what each was told."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from orders.models import Channel
from shopdesk.accounts.fresh import Fresh, ask_again, is_fresh
from shopdesk.base.answering import answer, done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.errors import Missing
from shopdesk.base.formfields import read_form
from shopdesk.base.strict import QueryReader
from shopdesk.base.toasts import say
from shopdesk.webhooks import endpoints
from shopdesk.webhooks.forms import EndpointForm
from shopdesk.webhooks.kinds import TEST, Kind
from shopdesk.webhooks.models import Attempt, Endpoint, Message

SHOWN = 50
ENDED_SHOWN = 20
DEAD_AT_ONCE = 1_000


@method_decorator(never_cache, name="dispatch")
class Endpoints(Fresh):
    """The list, and the form of a new endpoint."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the endpoints."""
        return render(request, "webhooks/page.html", _shown(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make one and show its secret, once."""
        form = _read(request)
        made, secret = endpoints.make(form.terms, by=asker(request).actor, at=timezone.now())
        page = "webhooks/_made.html" if is_htmx(request) else "webhooks/page.html"
        return render(request, page, _shown(request) | {"made": made, "secret": secret})


@method_decorator(never_cache, name="dispatch")
class OneEndpoint(Fresh):
    """One endpoint: its terms, and what it was told, the newest first."""

    def get(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        """Show it. `before` is the number of the message that the page begins behind."""
        row = _find(request, endpoint_id)
        query = QueryReader(request.GET, ("before", "state"))
        before = query.whole("before", 0, max_value=2**63 - 1)
        state = query.choice("state", Message.State.values)
        query.finish()
        return answer(
            request, "webhooks/endpoint.html", _told(request, row, before, state), fragment="webhooks/_told.html"
        )

    def post(self, request: HttpRequest, endpoint_id: int) -> HttpResponse:
        """Change where it is told, and of what."""
        row, form = _find(request, endpoint_id), _read(request)
        endpoints.change(row.pk, form.terms, by=asker(request).actor, at=timezone.now())
        say(request, _("Kept."))
        return done(request, reverse("webhooks-endpoint", args=[row.pk]))


@require_POST
@ask_again
def change_secret(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Make a new secret and show it, once."""
    row = _find(request, endpoint_id)
    row, secret = endpoints.change_secret(row.pk, by=asker(request).actor, at=timezone.now())
    shown = _told(request, row, 0, "") | {"made": row, "secret": secret}
    return render(request, "webhooks/_secret.html" if is_htmx(request) else "webhooks/endpoint.html", shown)


@require_POST
def pause(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send nothing more until it is resumed."""
    row = _find(request, endpoint_id)
    endpoints.pause(row.pk, Endpoint.Paused.BY_HAND, by=asker(request).actor, at=timezone.now())
    return done(request, reverse("webhooks-endpoint", args=[row.pk]))


@require_POST
def resume(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send again, what was kept meanwhile first."""
    row = _find(request, endpoint_id)
    endpoints.resume(row.pk, by=asker(request).actor, at=timezone.now())
    say(request, _("It is told again, beginning with what was kept meanwhile."))
    return done(request, reverse("webhooks-endpoint", args=[row.pk]))


@require_POST
@ask_again
def end(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Tell it nothing any more."""
    row = _find(request, endpoint_id)
    endpoints.end(row.pk, by=asker(request).actor, at=timezone.now())
    say(request, _("“%(name)s” is told nothing any more.") % {"name": row.name})
    return done(request, reverse("webhooks"))


@require_POST
def send_test(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Say hello to it."""
    row = _find(request, endpoint_id)
    endpoints.send_test(row.pk, at=timezone.now())
    say(request, _("A test message is on its way; how it went stands in the list in a moment."))
    return done(request, reverse("webhooks-endpoint", args=[row.pk]))


@require_POST
def send_again(request: HttpRequest, endpoint_id: int) -> HttpResponse:
    """Send one ended message once more, or with `all` those that were not taken."""
    row = _find(request, endpoint_id)
    if request.POST.get("all"):
        dead = Message.objects.for_subject(asker(request)).filter(endpoint=row, state=Message.State.DEAD)
        dead = dead.exclude(body="")
        chosen = list(dead.order_by("pk").values_list("pk", flat=True)[:DEAD_AT_ONCE])
    else:
        chosen = [_number(request.POST.get("message", ""))]
        if not Message.objects.for_subject(asker(request)).filter(endpoint=row, pk__in=chosen).exists():
            raise Missing
    times = endpoints.send_again(row.pk, chosen, at=timezone.now())
    say(request, ngettext("%(n)d message is sent again.", "%(n)d messages are sent again.", times) % {"n": times})
    return done(request, reverse("webhooks-endpoint", args=[row.pk]))


@require_safe
@never_cache
def see_message(request: HttpRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    """Look into one message: what it says, and each try."""
    row = _find(request, endpoint_id)
    message = Message.objects.for_subject(asker(request)).filter(endpoint=row, pk=message_id).first()
    if message is None:
        raise Missing
    tries = Attempt.objects.for_subject(asker(request)).filter(message=message).order_by("-pk")[:SHOWN]
    shown = {"endpoint": row, "message": message, "tries": tries, "words": _words(message.kind)}
    return answer(request, "webhooks/message.html", shown, fragment="webhooks/_message.html")


def _find(request: HttpRequest, pk: int) -> Endpoint:
    row = Endpoint.objects.for_subject(asker(request)).filter(pk=pk, ended_at=None).first()
    if row is None:
        raise Missing
    return row


def _channels(request: HttpRequest) -> list[tuple[str, str]]:
    return list(Channel.objects.for_subject(asker(request)).order_by("name").values_list("code", "name"))


def _read(request: HttpRequest) -> EndpointForm:
    """Read the form, or refuse it with everything that is wrong in it. Raises Malformed."""
    form = EndpointForm(request.POST, channels=_channels(request))
    read_form(form)
    return form


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Missing
    return int(text)


def _shown(request: HttpRequest) -> dict[str, Any]:
    subject = asker(request)
    rows = Endpoint.objects.for_subject(subject)
    waits, dead = Q(messages__state=Message.State.WAITING), Q(messages__state=Message.State.DEAD)
    live = rows.filter(ended_at=None).annotate(
        waits=Count("messages", filter=waits), dead=Count("messages", filter=dead),
        failing=Count("messages", filter=waits & Q(messages__attempts__gt=0)),
    )  # fmt: skip
    return {
        "form": EndpointForm(channels=_channels(request), initial={"kinds": [Kind.ORDER_TAKEN, Kind.STATUS_CHANGED]}),
        "is_fresh": is_fresh(request),
        "live": [{"row": row, "kinds": [Kind(kind).label for kind in row.kinds]} for row in live.order_by("pk")],
        "ended": rows.exclude(ended_at=None).order_by("-ended_at")[:ENDED_SHOWN],
    }


def _told(request: HttpRequest, row: Endpoint, before: int, state: str) -> dict[str, Any]:
    messages = Message.objects.for_subject(asker(request)).filter(endpoint=row)
    dead = messages.filter(state=Message.State.DEAD).exists()
    messages = messages.filter(state=state) if state else messages
    found = list((messages.filter(pk__lt=before) if before else messages).order_by("-pk")[: SHOWN + 1])
    page = found[:SHOWN]
    older = QueryDict(mutable=True)
    older.update(
        {name: str(value) for name, value in (("state", state), ("before", page[-1].pk if page else 0)) if value}
    )
    initial = {"name": row.name, "url": row.url, "channel": row.channel_id or "", "kinds": row.kinds}
    return {
        "endpoint": row, "rows": [{"message": one, "words": _words(one.kind)} for one in page],
        "older": f"?{older.urlencode()}" if len(found) > SHOWN else "",
        "newer": reverse("webhooks-endpoint", args=[row.pk]) if before else "", "dead": dead, "state": state,
        "states": Message.State.choices, "form": EndpointForm(channels=_channels(request), initial=initial),
        "is_fresh": is_fresh(request),
    }  # fmt: skip


def _words(kind: str) -> str:
    return str(_("a test message") if kind == TEST else Kind(kind).label)
