"""How often one client, person or address may ask (SEC-45). The whole table is `pace.toml` beside this file."""

import hashlib
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from shopdesk.base import securitylog, sharedcache
from shopdesk.base.access import NOBODY, Subject
from shopdesk.base.errors import Busy, TooFast
from shopdesk.base.refusals import answer
from shopdesk.base.whence import address_of

PROCESS, SHARED = "counters", "default"


@dataclass(frozen=True, slots=True)
class Pace:
    """One line of the table."""

    name: str
    who: int
    address: int
    seconds: int
    refuse_when_broken: bool


@cache
def paces() -> dict[str, Pace]:
    """Give the table: `POST api:orders` -> its pace. Raises KeyError for a line that lacks something."""
    lines = tomllib.loads(Path(__file__).with_name("pace.toml").read_text(encoding="utf-8"))
    return {
        route: Pace(name, line["who"], line["address"], line["seconds"], line["broken"] == "refuse")
        for name, line in lines.items()
        for route in line["routes"]
    }


def keep_pace(request: HttpRequest, subject: Subject, route: str) -> None:
    """Count this request where the table says so. HEAD counts as GET. Raises TooFast, Busy."""
    method = "GET" if request.method == "HEAD" else request.method
    pace = paces().get(f"{method} {route}")
    if pace is None:
        return
    counted = [(f"address:{network_of(request)}", pace.address)]
    if subject != NOBODY:
        counted.append((f"{subject.actor}", pace.who))
    now = time.time()  # the processes share a clock, not a monotonic one
    wait_s = pace.seconds - int(now) % pace.seconds
    for whom, most in counted:
        asked = count(f"{pace.name}:{whom}", int(now) // pace.seconds, pace)
        if asked == most + 1:
            securitylog.tell("limit.reached", by=subject.actor, target=("route", route), seconds=wait_s)
        if asked > most:
            raise TooFast(wait_s)


def network_of(request: HttpRequest) -> str:
    """Give the address that is counted: of IPv6 the /64, since one home has all of it."""
    try:
        address = ip_address(address_of(request))
    except ValueError:
        return "unknown"
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def count(key: str, window: int, pace: Pace) -> int:
    """Count one more in this window, in the shared counters or, when they are broken, as the table says."""
    # Hashed: a cache names nobody, and no key is too long for it.
    named = "pace:" + hashlib.sha256(f"{key}:{window}".encode()).hexdigest()[:32]
    found = sharedcache.ask(lambda: _one_more(SHARED, named, pace.seconds), otherwise=None)
    if found is not None:
        return found
    if pace.refuse_when_broken:
        raise Busy
    return _one_more(PROCESS, named, pace.seconds)


def _one_more(alias: str, key: str, seconds: int) -> int:
    counters = caches[alias]
    counters.add(key, 0, timeout=seconds * 2)
    try:
        return int(counters.incr(key))
    except ValueError:  # it ran out between the two, with the window it was of
        return 1


class ApiPace(BaseThrottle):
    """Asks the table at the JSON doors, once the token is known."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Tell that it may go on. Raises TooFast, Busy."""
        match = request._request.resolver_match
        subject = request.user if isinstance(request.user, Subject) else NOBODY
        keep_pace(request._request, subject, match.view_name if match else "")
        return True


class PaceMiddleware:
    """Asks the table at the pages, once the session's person is known. The JSON doors ask for themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse what comes too often, before the page does any work."""
        match = request.resolver_match
        if match is None or match.view_name.startswith("api:"):
            return None
        try:
            keep_pace(request, getattr(request, "subject", NOBODY), match.view_name)
        except (TooFast, Busy) as refusal:
            return answer(request, refusal)
        return None
