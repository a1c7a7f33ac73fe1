"""What every view of this door has: the key, the site, its own envelope for everything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from orders.models import Channel, Shop
from orders.models.orders import ChannelRows
from shopdesk.base.access import Actor, Kind, Subject
from shopdesk.base.errors import Missing
from shopdesk.people.models import ApiToken
from shopdesk.people.signin import ApiAuthentication
from shopdesk.retailcrm import reading
from shopdesk.retailcrm.refusals import MissingParameter, NoKey, refuse


@dataclass(frozen=True)
class Visit:
    """One call: who asks, when, and by which site. A storefront's key has one site, its own."""

    subject: Subject
    now: datetime
    fields: QueryDict  # of the form
    query: QueryDict
    keys: frozenset[int]  # the asking key, the one it replaces and the one that replaces it

    @property
    def by(self) -> Actor:
        return self.subject.actor

    @property
    def sites(self) -> ChannelRows:
        return Channel.objects.for_subject(self.subject)

    @cached_property
    def shop(self) -> Shop:
        return Shop.current()

    @cached_property
    def site(self) -> Channel | None:
        """The site that is named, or the key's own; None when neither. Raises Missing for a foreign or unknown one."""
        name = reading.sent(self.fields, "site") or reading.sent(self.query, "site")
        if not name and self.subject.kind is not Kind.STOREFRONT:
            return None
        found = self.sites.filter(pk=name or self.subject.code).first()
        if found is None:
            raise Missing
        return found

    @cached_property
    def own_site(self) -> Channel:
        """The site that something new belongs to. Raises MissingParameter when there are several and none is named."""
        if self.site is not None:
            return self.site
        several = list(self.sites.order_by("pk")[:2])
        if len(several) != 1:
            raise MissingParameter("site")
        return several[0]

    @cached_property
    def only_site(self) -> Channel | None:
        """The site that the call is of; None when there are several and what it is about has to tell."""
        try:
            return self.own_site
        except MissingParameter:
            return None

    @cached_property
    def zone(self) -> str:
        return (self.site.zone if self.site else "") or self.shop.zone

    def moment(self, at: datetime | None) -> str | None:
        """Write a moment as the protocol does: in the shop's zone, without an offset."""
        return at.astimezone(ZoneInfo(self.zone)).strftime(reading.MOMENT) if at else None


class KeyAuthentication(ApiAuthentication):
    """The key comes in `X-API-KEY`, or as `apiKey` in the query or the form. A session is nothing here."""

    def authenticate(self, request: Request) -> tuple[Subject, ApiToken | None]:
        """Give the subject of the key. Raises NoKey, AuthenticationFailed."""
        plain = request._request
        key = request.headers.get("X-API-KEY", "") or plain.GET.get("apiKey") or plain.POST.get("apiKey") or ""
        if not key.strip():
            raise NoKey
        return self._by_token(request, "bearer", key.strip())


class Door(APIView):
    """A call of API v5. The description of our own API does not list it."""

    schema = None  # the generator of our own description leaves it out
    authentication_classes = [KeyAuthentication]
    parser_classes = []

    def visit(self, request: Request) -> Visit:
        """Give what this call is."""
        token = request.auth
        keys = {token.pk, token.replaces_id} if isinstance(token, ApiToken) else set()
        if isinstance(token, ApiToken):
            keys |= set(ApiToken.objects.filter(replaces=token).values_list("pk", flat=True))
        subject = request.user
        assert isinstance(subject, Subject)  # noqa: S101  for the type checker: no other authentication is asked here
        plain = request._request
        fields = plain.POST if plain.method == "POST" else QueryDict()
        return Visit(subject, timezone.now(), fields, plain.GET, frozenset(key for key in keys if key))

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[Any, str]:
        """Answer in JSON, whatever the client says it accepts."""
        return JSONRenderer(), "application/json"

    def get_exception_handler(self) -> Callable[..., Any]:
        """Refuse in this protocol's words."""
        return refuse


def paged(rows: QuerySet[Any], limit: int, page: int) -> tuple[list[Any], dict[str, int]]:
    """Give a page of rows and what the protocol says of it. A page behind the last one is empty."""
    pages = Paginator(rows, limit)
    found = list(rows[(page - 1) * limit : page * limit]) if page <= pages.num_pages else []
    return found, told(limit, page, pages.count)


def told(limit: int, page: int, total: int) -> dict[str, int]:
    """Say where in a list one is."""
    return {"limit": limit, "totalCount": total, "currentPage": page, "totalPageCount": -(-total // limit)}
