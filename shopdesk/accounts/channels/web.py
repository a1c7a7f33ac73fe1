"""Doors of the channels' pages: all of the owner."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from orders.channels import dialect
from orders.inbox import calling, connecting, health, polling, telling
from orders.models import Channel, Connection, Shop, ShopNote
from shopdesk.accounts.channels.forms import MEANS, AccessForm, NewChannelForm, SecretForm, TermsForm
from shopdesk.accounts.fresh import Fresh, is_fresh
from shopdesk.base.answering import done
from shopdesk.base.asking import asker
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say

NOTES_SHOWN = 20


@method_decorator(never_cache, name="dispatch")
class ChannelDoor(Fresh):
    """What every door of the channels knows."""

    def find(self, request: HttpRequest, code: str) -> Connection:
        """Give a channel that a shop is connected by."""
        own = Connection.objects.for_subject(asker(request)).select_related("channel").filter(pk=code).first()
        if own is None:
            raise Http404
        return own

    def show(self, request: HttpRequest, own: Connection, secret: str = "") -> HttpResponse:
        """Show a channel's page; `secret` is shown this once."""
        notes = ShopNote.objects.for_subject(asker(request)).filter(shop_order__channel=own.channel)
        notes, form = notes.exclude(state=ShopNote.State.DONE), TermsForm(own)
        shown = {
            "own": own, "channel": own.channel, "secret": secret, "address": hook_address(request, own.channel),
            "speaks": dialect(own.channel), "form": form,
            "access": AccessForm(initial=_access(own), kind=own.channel.kind),
            "meanings": [field for field in form.visible_fields() if field.name.startswith(MEANS)],
            "secret_form": SecretForm(), "is_fresh": is_fresh(request), "health": health.of(own, at=timezone.now()),
            "can_be_called": calling.can_be_called(own), "is_called": own.channel.kind in calling.SHOPS,
            "notes": notes.select_related("shop_order").order_by("-pk")[:NOTES_SHOWN],
        }  # fmt: skip
        return render(request, "settings/channels/channel.html", shown)


class Channels(ChannelDoor):
    """The list, and the form of a new one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the channels with how each is doing."""
        subject, shop = asker(request), Shop.current()
        rows = Channel.objects.for_subject(subject).select_related("connection").order_by("name")
        new = {"currency": shop.currency, "country": shop.country}
        shown = {"rows": health.of_all(list(rows), at=timezone.now()), "form": NewChannelForm(initial=new),
                 "is_fresh": is_fresh(request)}  # fmt: skip
        return render(request, "settings/channels/page.html", shown)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Connect a shop and show its secret, once."""
        form = NewChannelForm(request.POST)
        read_form(form)
        channel, secret = connecting.connect(form.new, by=asker(request).actor, at=timezone.now())
        return self.show(request, self.find(request, channel.code), secret)


class OneChannel(ChannelDoor):
    """A channel."""

    def get(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Show it."""
        return self.show(request, self.find(request, channel))

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Keep how it is understood and what it is told."""
        own = self.find(request, channel)
        form = TermsForm(own, request.POST)
        read_form(form)
        connecting.change(own.pk, form.terms, by=asker(request).actor, at=timezone.now())
        say(request, _("Kept: %(what)s.") % {"what": form.cleaned_data["name"]})
        return done(request, reverse("channels-channel", args=[own.pk]))


class Access(ChannelDoor):
    """Where its shop is."""

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Keep the address and the keys."""
        own = self.find(request, channel)
        form = AccessForm(request.POST, kind=own.channel.kind)
        read_form(form)
        connecting.give_keys(own.pk, form.keys, by=asker(request).actor, at=timezone.now())
        say(request, _("The shop's address and keys are kept."))
        return done(request, reverse("channels-channel", args=[own.pk]))


class Secret(ChannelDoor):
    """Its secret."""

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Make the next one, or take the shop's; the former goes on for a day."""
        own, form = self.find(request, channel), SecretForm(request.POST)
        read_form(form)
        given = form.cleaned_data["given"].strip()
        secret = connecting.renew_secret(own.pk, given, by=asker(request).actor, at=timezone.now())
        return self.show(request, self.find(request, own.pk), "" if given else secret)


class Test(ChannelDoor):
    """A test message."""

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Send one all the way through the inbox."""
        own = self.find(request, channel)
        kept = connecting.send_test(own.pk, at=timezone.now())
        say(request, _("The test message was kept and applied.") if kept.state == "applied" else _("It waits."))
        return done(request, reverse("channels-channel", args=[own.pk]))


class Poll(ChannelDoor):
    """Fetching now."""

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Fetch what changed in the shop since the last time."""
        own = self.find(request, channel)
        polling.ask(own)
        say(request, _("The desk fetches what changed; it takes some seconds."))
        return done(request, reverse("channels-channel", args=[own.pk]))


class Notes(ChannelDoor):
    """What the shop was not told."""

    def post(self, request: HttpRequest, channel: str) -> HttpResponse:
        """Tell it again."""
        own, number = self.find(request, channel), request.POST.get("note", "")
        notes = ShopNote.objects.for_subject(asker(request)).filter(shop_order__channel=own.channel)
        key = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
        if not notes.filter(pk=key).exists():
            raise Http404
        telling.send_again(key, by=asker(request).actor, at=timezone.now())
        say(request, _("The shop is told again."))
        return done(request, reverse("channels-channel", args=[own.pk]))


def hook_address(request: HttpRequest, channel: Channel) -> str:
    """Give the address that the shop sends to."""
    path = reverse("hooks-shop", args=[channel.code])
    base = str(getattr(settings, "PUBLIC_URL", "") or "").rstrip("/")
    return f"{base}{path}" if base else request.build_absolute_uri(path)


def _access(own: Connection) -> dict[str, Any]:
    return {"address": own.address, "stock_place": own.stock_place}
