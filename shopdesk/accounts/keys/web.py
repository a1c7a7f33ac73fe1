"""Doors of the keys: the owner's page of all keys, everybody's page of their own."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from orders.models import Channel, Courier, Shop
from shopdesk.accounts.fresh import Fresh, is_fresh
from shopdesk.accounts.keys import desk
from shopdesk.accounts.keys.forms import OVERLAPS, KeyForm, ReplaceForm
from shopdesk.base.access import Subject
from shopdesk.base.answering import done, is_htmx
from shopdesk.base.asking import asker
from shopdesk.base.formfields import read_form
from shopdesk.base.toasts import say
from shopdesk.people.models import ApiToken, KeyRows
from shopdesk.people.scopes import WORDS

ENDED_SHOWN = 20


@method_decorator(never_cache, name="dispatch")
class KeyDoor(Fresh):
    """What every door of the keys knows. `mine`: the keys of whoever asks, else all of the shop."""

    mine = False

    def made(self, request: HttpRequest, text: str) -> HttpResponse:
        """Show a new key's text: beside the list to htmx, else on the page."""
        page = "settings/keys/_made.html" if is_htmx(request) else "settings/keys/page.html"
        return render(request, page, self.shown(request) | {"made": text})

    def form(self, request: HttpRequest, data: QueryDict | None = None) -> KeyForm:
        """Give the form; a person's own page asks for no holder."""
        return KeyForm(data, holders=None if self.mine else _holders(asker(request)))

    def keys(self, request: HttpRequest) -> KeyRows:
        """Give the keys that stand on this page."""
        subject = asker(request)
        keys = ApiToken.objects.for_subject(subject)
        return keys.filter(user=subject.person) if self.mine else keys

    def find(self, request: HttpRequest, pk: int) -> ApiToken:
        """Give a key that stands on this page. Another's is missing."""
        key = self.keys(request).filter(pk=pk).first()
        if key is None:
            raise Http404
        return key

    def shown(self, request: HttpRequest) -> dict[str, Any]:
        """Give the page its rows and names."""
        now, names = timezone.now(), _names(asker(request))
        keys = self.keys(request).select_related("user", "replaces", "replaced_by").order_by("-pk")
        rows = [_row(key, names) for key in keys]
        return {
            "form": self.form(request),
            "is_fresh": is_fresh(request),
            "live": [row for row in rows if desk.is_live(row["key"], now)],
            "ended": [row for row in rows if not desk.is_live(row["key"], now)][:ENDED_SHOWN],
            "mine": self.mine,
            "path": "my-keys" if self.mine else "keys",
            "replace_form": ReplaceForm(),
        }


class Keys(KeyDoor):
    """The list, and the form of a new key."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the keys and the form of a new one."""
        return render(request, "settings/keys/page.html", self.shown(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Make a key and show its text, once."""
        form, subject = self.form(request, request.POST), asker(request)
        read_form(form)
        kind, _colon, code = form.cleaned_data.get("holder", f"user:{subject.person}").partition(":")
        until = form.until_in(Shop.current().zone)
        new = desk.NewKey(form.cleaned_data["name"], (kind, code), form.scopes, form.addresses_given, until)
        _made, text = desk.make(new, by=subject.actor, at=timezone.now())
        return self.made(request, text)


class Replacement(KeyDoor):
    """Another key instead of this one."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make the next key; the old one ends when the overlap is over."""
        key, form = self.find(request, pk), ReplaceForm(request.POST)
        read_form(form)
        overlap = OVERLAPS[form.cleaned_data["overlap"]][0]
        _made, text = desk.replace(key.pk, overlap=overlap, by=asker(request).actor, at=timezone.now())
        return self.made(request, text)


class Revocation(KeyDoor):
    """The end of a key."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Revoke it: its next request is refused."""
        key = self.find(request, pk)
        desk.revoke(key.pk, by=asker(request).actor, at=timezone.now())
        say(request, _("The key “%(name)s” opens nothing any more.") % {"name": key.name})
        return done(request, reverse("my-keys" if self.mine else "keys"))


def _row(key: ApiToken, names: dict[tuple[str, str], str]) -> dict[str, Any]:
    whose = key.user.name if key.user else names.get((key.kind, key.code), key.code)
    areas = [(WORDS.get(area, area), how) for area, _colon, how in (scope.partition(":") for scope in key.scopes)]
    return {"key": key, "whose": whose, "areas": areas, "replaced": getattr(key, "replaced_by", None) is not None}


def _names(subject: Subject) -> dict[tuple[str, str], str]:
    channels = Channel.objects.for_subject(subject).values_list("code", "name")
    couriers = Courier.objects.for_subject(subject).values_list("code", "name")
    return {("channel", code): name for code, name in channels} | {("courier", code): name for code, name in couriers}


def _holders(subject: Subject) -> list[Any]:
    """Give the channels and couriers a key can be made for, in their two groups."""
    groups: dict[str, list[tuple[str, str]]] = {"channel": [], "courier": []}
    for (kind, code), name in sorted(_names(subject).items(), key=lambda named: named[1].casefold()):
        groups[kind].append((f"{kind}:{code}", name))
    return [(_("Channels"), groups["channel"]), (_("Couriers"), groups["courier"])]
