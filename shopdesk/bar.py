"""The top bar: the day from left to right, each desk with what waits there, as far as the subject may go."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders import telephony
from orders.models import Shop
from shopdesk.base.access import NOBODY, Kind, Subject, may
from shopdesk.waiting import Count, Desk, waiting

DESKS = {Kind.OWNER, Kind.MANAGER}
SEE_A_BAR = DESKS | {Kind.PACKER}
STAFF = SEE_A_BAR | {Kind.COURIER_PERSON}


@dataclass(frozen=True, eq=False)
class Stage:
    """A desk in the bar. `route` is its page's url name, `go` the letter after `g`."""

    name: str
    label: str | Promise
    route: str
    go: str
    kinds: frozenset[Kind]
    aside: bool = False
    also: str = ""  # a desk inside this one, for those who have no stage of their own for it


def _stage(name: str, label: str | Promise, go: str, *kinds: Kind, aside: bool = False, also: str = "") -> Stage:
    """A stage whose name is its route's."""
    return Stage(name, label, name, go, frozenset(kinds or DESKS), aside, also)


STAGES = [
    _stage("home", _("Today"), "h"),
    _stage("orders", _("Orders"), "o"),
    _stage("calls", _("Calls"), "c"),
    _stage("packing", _("Packing"), "p", Kind.OWNER, Kind.MANAGER, Kind.PACKER),
    _stage("acts", _("Handoff"), "a"),
    _stage("tracking", _("Tracking"), "t"),
    _stage("returns", _("Returns"), "b", Kind.OWNER, Kind.MANAGER, Kind.PACKER),
    _stage("counts", _("Counts"), "n", Kind.PACKER),
    _stage("inbox", _("Inbox"), "i", aside=True),
    _stage("stock", _("Shelf"), "s", aside=True, also="counts"),
    _stage("reports", _("Reports"), "r", aside=True),
]


@dataclass(frozen=True)
class Stop:
    """A stage as one subject meets it: where it leads, what waits there, whether this page is part of it.

    `desk` is how it is doing, where a page tells that.
    """

    stage: Stage
    url: str
    count: Count | None
    here: bool
    desk: Desk | None = None


@dataclass(frozen=True)
class Corner:
    """A page of the settings. Shown to the kinds it names, as soon as its route exists and `rights.toml` agrees."""

    label: str | Promise
    route: str
    kinds: frozenset[Kind]


def _corner(label: str | Promise, route: str, *kinds: Kind) -> Corner:
    """A corner for these kinds; for everybody who works here when none is named."""
    return Corner(label, route, frozenset(kinds or STAFF))


SETTINGS = [
    _corner(_("My account"), "my-account"),
    _corner(_("Where I am signed in"), "my-sessions"),
    _corner(_("My keys"), "my-keys", Kind.OWNER, Kind.MANAGER, Kind.PACKER),
    _corner(_("People"), "people", Kind.OWNER),
    _corner(_("Devices"), "devices", *DESKS),
    _corner(_("Roles"), "roles", Kind.OWNER),
    _corner(_("Hours and limits of calls"), "call-hours", Kind.OWNER),
    _corner(_("Channels"), "channels", Kind.OWNER),
    _corner(_("Couriers"), "settings-couriers", Kind.OWNER),
    _corner(_("Reasons for fines"), "settings-fines", Kind.OWNER, Kind.MANAGER),
    _corner(_("Retry plans"), "retry-plans", Kind.OWNER),
    _corner(_("Rules of packing"), "packing-rules", Kind.OWNER),
    _corner(_("Limits of counting"), "count-limits", Kind.OWNER),
    _corner(_("Orders that need no call"), "no-call", Kind.OWNER),
    _corner(_("The telephone"), "phone-line", Kind.OWNER),
    _corner(_("Scripts of calls"), "call-scripts", Kind.OWNER),
    _corner(_("Imports"), "imports", Kind.OWNER, Kind.MANAGER),
    _corner(_("Exports"), "exports", Kind.OWNER, Kind.MANAGER),
    _corner(_("Privacy"), "privacy", Kind.OWNER),
    _corner(_("Messages to customers"), "message-rules", Kind.OWNER),
    _corner(pgettext_lazy("of the API", "Keys"), "keys", Kind.OWNER),
    _corner(_("Webhooks"), "webhooks", Kind.OWNER),
    _corner(_("Labels"), "labels", Kind.OWNER),
    _corner(_("Audit trail"), "trail", Kind.OWNER, Kind.MANAGER),
]


def stages(subject: Subject, route: str) -> tuple[Stop, ...]:
    """Give the stages that exist and that this subject may open, with what waits there."""
    if subject.kind not in SEE_A_BAR:
        return ()
    counts = waiting(subject)
    return tuple(Stop(stage, url, counts.get(stage.name), _is_here(stage, route)) for stage, url in _open_to(subject))


def signs(subject: Subject) -> tuple[Stage, ...]:
    """Give the stages that this subject may open, without what waits there."""
    return tuple(stage for stage, _url in _open_to(subject)) if subject.kind in SEE_A_BAR else ()


def corners(subject: Subject, route: str) -> list[dict[str, Any]]:
    """Give the pages of the settings that exist and that this subject may open, in their order."""
    return [
        {"corner": corner, "url": url, "here": route == corner.route or route.startswith(f"{corner.route}-")}
        for corner in SETTINGS
        if subject.kind in corner.kinds and may(subject, corner.route, "GET") and (url := _path_to(corner.route))
    ]


def dress(request: HttpRequest) -> dict[str, Any]:
    """Give every page its bar, its shop and the hour it is of (a context processor). Lazily: fragments need none."""
    subject: Subject = getattr(request, "subject", NOBODY)
    route = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "subject": subject,
        "now": timezone.now(),
        "shop": SimpleLazyObject(Shop.current),
        "stages": SimpleLazyObject(lambda: stages(subject, request.GET.get("at", route) if route == "bar" else route)),
        "signs": SimpleLazyObject(lambda: signs(subject)),
        "corners": SimpleLazyObject(lambda: corners(subject, route)),
        "rings": SimpleLazyObject(lambda: subject.kind in DESKS and telephony.is_connected()),
        "theme": theme_of(request),
    }


def theme_of(request: HttpRequest) -> str:
    """The person's theme, else the one this browser had last; empty follows the system."""
    # At the JSON doors' own pages the user is a subject: neither that nor a stranger has a theme.
    own = getattr(getattr(request, "user", None), "theme", "")
    chosen = own or request.COOKIES.get(settings.THEME_COOKIE_NAME, "")
    return chosen if chosen in {"light", "dark"} else ""


def _open_to(subject: Subject) -> list[tuple[Stage, str]]:
    """Give the stages that a subject may open, with their addresses."""
    return [
        (stage, url)
        for stage in STAGES
        if subject.kind in stage.kinds and may(subject, stage.route, "GET") and (url := _path_to(stage.route))
    ]


def _is_here(stage: Stage, route: str) -> bool:
    """Whether the page belongs to this desk: `orders`, `orders-card`, but not `order-desk`."""
    return any(name and (route == name or route.startswith(f"{name}-")) for name in (stage.route, stage.also))


def _path_to(route: str) -> str:
    """The path of a page; empty while it does not exist."""
    return _looked_up(route, get_urlconf(), get_script_prefix())


@cache
def _looked_up(route: str, urlconf: str | None, _prefix: str) -> str:
    try:
        return reverse(route, urlconf)
    except NoReverseMatch:
        return ""
