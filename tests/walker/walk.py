"""The walk: every route, every method, every asker; one's own thing, a foreign one, and one that does not exist."""

import gzip
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import reverse

from orders.models import Order
from shopdesk import declared
from shopdesk.base import access
from shopdesk.base.access import Kind
from tests import make
from tests.walker import bodies, v5
from tests.walker.bodies import QUERIES, Body
from tests.walker.couriers import COURIER_FORMS, COURIER_ROUTES, COURIER_THINGS, SIGNED
from tests.walker.forms import MORE_FORMS, MORE_JSON
from tests.walker.packing import PACKING_FORMS, PACKING_JSON, PACKING_THINGS
from tests.walker.shops import SHOP_FORMS, SHOP_JSON, SHOP_THINGS
from tests.walker.world import EVERYBODY, Thing, World

JSON, FORMS = (
    bodies.JSON | MORE_JSON | SHOP_JSON | PACKING_JSON,
    bodies.FORMS | MORE_FORMS | SHOP_FORMS | COURIER_FORMS | PACKING_FORMS,
)
OWN, FOREIGN, MISSING = "own", "foreign", "missing"
NOWHERE = {
    "sku": "NO-SUCH-SKU", "parcel": "P-999999999-9", "secret": "no-such-secret-no-such-secret-no-such-secret",
    "letter": "0" * 32,
    "export": "0" * 32, "file": "0" * 32, "import": "0" * 32, "subject": "c999999999", "session": "nobodys",
    "invitation": "no-such-invitation-no-such-invitation", "channel": "no-such-channel",
    "wish": "no-such-wish-no-such-wish-no-such-wish",
}  # fmt: skip
NO_NUMBER = 999_999_999
AT_NO_PAGE = {"courier", "storefront", "anonymous"}  # without a session one is led to the door
LITERALS = {
    "section": "buyout",
    "ending": "csv",
    "module": "x",
    "what": "picklist",
    "mode": "confirm",
    "kind": "confirmed",
    "courier": "own",
    "currency": "RUB",
    "day": "2026-11-23",
    "month": "2026-11",
    "part": "letter.eml",
    "shop": "shop",
}  # parts of a path that name no row
THINGS = {  # parts of a path -> kinds of things; `number` is an order's unless the route is about acts
    "number": "order", "hold_id": "hold", "task_id": "task", "credit_id": "credit", "copy_id": "copy",
    "return_id": "return", "product_id": "product", "receipt_id": "receipt", "move_id": "move", "count_id": "count",
    "customer_id": "customer", "closing_id": "closing", "sku": "sku", "parcel": "parcel", "secret": "secret",
    "transfer_id": "transfer", "expected_id": "expected", "paper_id": "paper", "photo_id": "photo",
    "person_id": "person", "absence_id": "absence", "device_id": "device", "plan_id": "plan", "rule_id": "rule",
    "group_id": "plan group",
    "decision_id": "decision", "message_id": "message", "erasure_id": "erasure", "run_id": "run",
    "conflict_id": "conflict", "join_id": "join", "link_id": "link",
    "endpoint_id": "endpoint", "register_id": "register", "reopening_id": "reopening", "line_id": "register line",
    "subscription_id": "subscription",
} | SHOP_THINGS | COURIER_THINGS | PACKING_THINGS  # fmt: skip
OF_ACTS = re.compile(r"^(api:act|acts-(?!given)|courier-act$|courier-acceptance$|api:courier-act-)")
# What a machine of the house asks; their views look at who asks themselves.
INSIDERS = {"livez", "readyz", "metrics", "api:openapi", "api:docs"}
# Missing to some who may use the door, for reasons of its own: nobody rings, nobody enrolled this device.
LOOKS_ITSELF = {
    "api:reports-money-rows",
    "api:phone-callers",
    "station",
    "station-pin",
    "tracking-news",
    "tracking-failure",
}
REVEALS = {("courier-phone", "rider"), ("api:courier-phone", "rider")}  # shows one whole phone, and notes it
GIVES_OTHERS = {("calls-next", "narrow"), ("api:calls-next", "narrow")}  # the desk chooses: it is theirs from then on
MAY = {"narrow": {"export", "cost"}, "costless": {"export", "all_orders", "all_orders_and_export"}}  # by their limits
OF_ROUTE: dict[str, dict[str, str]] = {  # where a part of a path means another thing than elsewhere
    "webhooks-message": {"message_id": "told"}, **COURIER_ROUTES,
    "keys-replacement": {"pk": "key"}, "keys-revocation": {"pk": "key"},
    "my-keys-replacement": {"pk": "own key"}, "my-keys-revocation": {"pk": "own key"},
    "labels-label": {"pk": "label"}, "labels-removal": {"pk": "label"},
    "api:export": {"code": "export"}, "api:export-file": {"code": "file"}, "exports-file": {"code": "file"},
    "packing-print-file": {"code": "print"}, "reports-letter": {"code": "letter"},
    "reports-letter-part": {"code": "letter"}, "reports-letter-settlement": {"code": "letter"},
    "exports-cancel": {"code": "export"}, "exports-approve": {"code": "export"},
    "privacy-person": {"key": "subject"}, "privacy-export": {"key": "subject"}, "privacy-erase": {"key": "subject"},
    "invited": {"secret": "invitation"}, "privacy-erasure-act": {"erasure_id": "erased"},
    "new-address": {"secret": "wish"},
    "imports-import": {"code": "import"}, "imports-trial": {"code": "import"}, "imports-taking": {"code": "import"},
    "imports-undo": {"code": "import"}, "imports-cancel": {"code": "import"},
    "customers-foresee": {"other_id": "customer beside"}, "customers-join": {"other_id": "customer beside"},
    "orders-card-merge": {"other_id": "order beside"},
    "my-sessions-end": {"key": "session"}, "roles-person": {"person_id": "manager"}, **v5.OF_ROUTE,
    "calls-skills": {"person_id": "manager"},
    "roles-person-removal": {"person_id": "manager"}, "call-script-line-removal": {"line_id": "script line"},
}  # fmt: skip
WANTED_STATUS = {
    "acts-closing": "open", "acts-void": "closed", "acts-parcels": "open", "acts-off": "open",
    "courier-acceptance": "closed",
}  # fmt: skip
# The one thing of many that a door is about, by the note the world gave it.
WANTED_NOTE = {
    **v5.WANTED_NOTE,
    "acts-given": "packed", "returns-new": "delivered", "courier-phone": "handed", "tracking-news": "handed",
    "delivery-shipment": "handed", "packing-papers": "picking", "api:order-payments": "new",
    "tracking-failure": "handed",
}  # fmt: skip
# What bodies name.
NAMED = ("inbound", "shop note", "order", "parcel", "product", "place", "count line", "order line", "task", "closing")
CSRF = re.compile(r'(name="csrfmiddlewaretoken" value="|nonce="|nonce-|"request_id": ")[^"\' ]+')


@dataclass
class Walk:
    """What was met on the way."""

    world: World
    calls: int = 0
    routes: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # bodies that the door could not read: nothing was tried there
    named: dict[str, set[str]] = field(default_factory=dict)  # routes that name things -> the kinds they name
    tried: dict[str, set[str]] = field(default_factory=lambda: {OWN: set(), FOREIGN: set(), MISSING: set()})

    def never(self, which: str) -> list[str]:
        """Name the routes that were never asked about one's own thing, or about a foreign one."""
        return sorted(set(self.named) - self.tried[which])


def walk(world: World, only: Sequence[str] = (), labels: Sequence[str] = EVERYBODY) -> Walk:
    """Call everything, or these routes only. Gives what was wrong, in sentences."""
    found = Walk(world)
    for route, pattern in sorted(declared.routes()):
        if route.startswith(declared.OTHERS) or (only and route not in only):
            continue
        for method in sorted(access.rights()[route]):
            for label in labels:
                if label in ("courier", "storefront") and not route.startswith("api:"):
                    continue  # machines have no session: at a page they are anybody
                _visit(found, route, method, label, [n for n in pattern.pattern.converters if n not in LITERALS])
    return found


def walk_states(world: World) -> Walk:
    """Let the owner try every door that is about orders in some states with orders in all the others."""
    found = Walk(world)
    methods = access.rights()
    for route, things in access.states().items():
        others = [thing for thing in world.of("order", "owner", own=True) if thing.status not in things["order"]]
        for method in sorted(set(methods[route]) - {"GET"}):
            for thing in {thing.status: thing for thing in others}.values():
                response = _ask(found, route, method, "owner", {"number": thing.key}, {"order": thing.key})
                if response.version != Order.objects.get(pk=thing.key).version:
                    found.wrong.append(f"{method} {route} changed an order that is {thing.status}")
    return found


def _visit(found: Walk, route: str, method: str, label: str, names: list[str]) -> None:
    """Ask one door as one asker, about everything that it may be asked about."""
    unknown = [name for name in names if name not in {*THINGS, *LITERALS, *OF_ROUTE.get(route, ())}]
    if unknown:
        found.wrong.append(f"the walker knows no thing called {unknown} (route {route}): tell it in tests/walker")
        return
    allowed = _allowed(found.world, route, method, label)
    if names or _names_things(route, method):
        found.named.setdefault(route, set()).update(_kind(route, name) for name in names)
    answers = {}
    for which, keys, pick in _choices(found.world, route, method, label, names):
        if which != OWN and not (allowed and (names or _names_things(route, method))):
            continue  # refused before anything is looked up; or there is nothing to be foreign
        what = f"{method} {route} as {label}, {which}"
        response = _ask(found, route, method, label, keys, pick)
        if allowed:
            found.tried[which].add(route)
        answers[which] = _plain(response, keys, pick)
        _judge(found, what, response, allowed, bool(names) and which != OWN)
        _sniff(found, what, response, route, label)
        if which == OWN and label == "owner" and response.status_code in (400, 422):
            found.unread.append(f"{method} {route}")
    if FOREIGN in answers and answers[FOREIGN] != answers[MISSING]:
        found.wrong.append(f"{method} {route} as {label}: what is not theirs looks unlike what is missing")


def _names_things(route: str, method: str) -> bool:
    """Tell whether the body of this door names orders or parcels."""
    return method != "GET" and bool(_picked(route))


def _anything_foreign(world: World, route: str, label: str) -> bool:
    """Tell whether there is anything that this body could name and this asker may not see."""
    return any(world.of(kind, label, own=False) for kind in _picked(route))


def _picked(route: str) -> list[str]:
    """Give the kinds of things that the body of this door names."""
    body: Body | None = ((JSON | v5.FORMS) if route.startswith("api:") else FORMS).get(route)
    if body is None or "pick" not in body.__code__.co_varnames:
        return []
    asked: list[str] = []
    body(lambda kind: asked.append(kind) or 0)
    return asked


def _allowed(world: World, route: str, method: str, label: str) -> bool:
    at_no_page = label in AT_NO_PAGE and not route.startswith("api:")
    limit = access.rights()[route][method].get(Kind.ANONYMOUS if at_no_page else world.kinds[label])
    return limit is not None and (not limit or limit in MAY.get(label, {limit}))


def _choices(
    world: World, route: str, method: str, label: str, names: list[str]
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Give own, foreign and missing: the parts of the path, and what the body names."""
    for which in (OWN, FOREIGN, MISSING):
        if which == FOREIGN and not names and not _anything_foreign(world, route, label):
            continue
        keys = {name: _key(world, route, name, label, which) for name in names}
        if which != MISSING and len(names) > 1 and "number" in names:  # the second thing belongs to the first
            keys["number"] = _owner_of(world, route, [name for name in names if name != "number"][0], keys)
        pick = {kind: _of_kind(world, route, kind, label, which) for kind in NAMED}
        if None in keys.values() and which == OWN and not _allowed(world, route, method, label):
            keys = {name: _nowhere(_kind(route, name)) for name in names}  # any will be refused
        if None not in keys.values():
            yield which, keys, {kind: key or _nowhere(kind) for kind, key in pick.items()}


def _owner_of(world: World, route: str, name: str, keys: dict[str, Any]) -> Any:
    kind = _kind(route, name)
    found = [thing for thing in world.things if thing.kind == kind and thing.key == keys[name] and thing.of]
    return found[0].of.key if found else None


def _key(world: World, route: str, name: str, label: str, which: str) -> Any:
    kind = _kind(route, name)
    return _nowhere(kind) if which == MISSING else _of_kind(world, route, kind, label, which)


def _kind(route: str, name: str) -> str:
    """Tell which kind of thing a part of a path names."""
    if name == "number" and OF_ACTS.match(route):
        return "act"
    return OF_ROUTE.get(route, {}).get(name) or THINGS[name]


def _nowhere(kind: str) -> Any:
    return NOWHERE.get(kind, NO_NUMBER)


def _of_kind(world: World, route: str, kind: str, label: str, which: str) -> Any:
    """Choose among things: the one in a state that this door is for, else the first. None where there is none."""
    if which == MISSING:
        return None
    things = world.of(kind, label, own=which == OWN)
    return min(things, key=lambda thing: _rank(route, thing), default=Thing(kind, None, frozenset())).key


def _rank(route: str, thing: Thing) -> tuple[bool, bool]:
    states = access.states().get(route, {}).get(thing.kind, ())
    note = (thing.of or thing).note
    wanted = WANTED_NOTE.get(route)
    fits = note == wanted if wanted else not states or (thing.of or thing).status in states
    return not fits, route in WANTED_STATUS and thing.status != WANTED_STATUS[route]


def _ask(found: Walk, route: str, method: str, label: str, keys: dict[str, Any], pick: dict[str, Any]) -> Any:
    """Send it, and undo whatever it did."""
    for name in {"default", "counters"} & set(caches.settings):
        caches[name].clear()  # how often one may ask is another test's
    path = reverse(route, kwargs=keys | _literals(route))
    path += (QUERIES | v5.QUERIES).get(route, "") if method == "GET" else ""
    client, found.calls = found.world.clients[label], found.calls + 1
    found.routes.add(route)
    body: Any = None
    with make.undone():
        if route.startswith(v5.ROUTES):
            form = v5.FORMS[route](pick.get) if route in v5.FORMS else {}
            response = v5.send(client, method, path, found.world.tokens[label], form)
        elif route.startswith("api:"):
            token = found.world.tokens[label]
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            body = JSON[route](pick.get) if route in JSON and method not in ("GET", "DELETE") else None
            if route == "api:act-parcels" and method == "DELETE":
                body = JSON[route](pick.get)
            raw = b"" if body is None else json.dumps(body).encode()
            response = client.generic(method, path, raw, "application/json", headers=headers)
        elif method == "GET":
            response = client.get(path)
            if response.status_code == 302 and _allowed(found.world, route, method, label):
                response = client.get(path, headers={"HX-Request": "true"})  # a part of a page, not one of its own
        else:
            response = client.generic(method, path, *_form(FORMS[route](pick.get) if route in FORMS else {}))
        response.text_of_body = _text(response)
        # What it made of the order, before it is undone.
        response.version = Order.objects.filter(pk=keys.get("number", 0)).values_list("version", flat=True).first()
    found.statuses[response.status_code] += 1
    return response


def _literals(route: str) -> dict[str, str]:
    """The parts of the path that name no row."""
    names = next(pattern.pattern.converters for name, pattern in declared.routes() if name == route)
    return {name: LITERALS[name] for name in names if name in LITERALS}


def _form(body: dict[str, Any]) -> tuple[bytes, str]:
    if any(isinstance(value, SimpleUploadedFile) for value in body.values()):
        return encode_multipart(BOUNDARY, body), MULTIPART_CONTENT
    return urlencode(body, doseq=True).encode(), "application/x-www-form-urlencoded"


def _judge(found: Walk, what: str, response: Any, allowed: bool, hidden: Any) -> None:
    """Compare the status with the matrix; what is foreign or missing is 404 to whoever may use the door."""
    route, label = what.split(" ")[1], what.split(" as ")[1].split(",")[0]
    status = response.status_code
    if status >= 500 and route not in INSIDERS:
        found.wrong.append(f"{what}: {status}")
    elif not allowed:
        api = route.startswith("api:")
        signed_out = 403 if route.startswith(v5.ROUTES) else 401
        wanted = (signed_out if label == "anonymous" else 403) if api else 302 if label in AT_NO_PAGE else 404
        if status != wanted:
            found.wrong.append(f"{what}: {status}, not {wanted}")
    elif hidden and status not in (404, 410) and route not in INSIDERS:
        found.wrong.append(f"{what}: {status}, not 404")
    elif what.endswith(OWN) and status in (401, 403, 404, 405, 429) and route not in INSIDERS | LOOKS_ITSELF | SIGNED:
        found.wrong.append(f"{what}: refused with {status}")


def _sniff(found: Walk, what: str, response: Any, route: str, label: str) -> None:
    """Look for what this asker must never meet, in the body and the headers."""
    if (route, label) in REVEALS | GIVES_OTHERS:
        return
    text = _tight(response.text_of_body + str(response.headers))
    for secret in found.world.forbidden(label):
        if _tight(secret) in text:
            found.wrong.append(f"{what}: shows {secret!r}")


def _text(response: Any) -> str:
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            raw = b"".join(book.read(name) for name in book.namelist())
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    text = raw.decode("utf-8", "replace")
    return json.dumps(json.loads(text), ensure_ascii=False) if "json" in response.get("Content-Type", "") else text


def _tight(text: str) -> str:
    """Without what people put into phones and sums to read them better."""
    return re.sub(r"[\s\u00a0\u202f()‑-]", "", text)


def _plain(response: Any, keys: dict[str, Any], pick: dict[str, Any]) -> tuple[Any, ...]:
    """An answer without what differs from one request to the next: tokens, ids, the path that was asked."""
    text = CSRF.sub(r"\1", response.text_of_body)
    path = response.request["PATH_INFO"]
    text = text.replace(path, "PATH").replace(quote(path, safe=""), "PATH")
    for key in [one for one in [*keys.values(), *pick.values()] if len(str(one)) > 2]:  # a short number is any number
        text = re.sub(rf"(?<![\w-]){re.escape(str(key))}(?![\w-])", "KEY", text)
    headers = {name: value for name, value in response.headers.items() if name not in VARYING}
    place = headers.get("Location", "").replace(path, "PATH").replace(quote(path, safe=""), "PATH")
    return response.status_code, text, tuple(sorted(headers)), place


VARYING = {"Content-Length", "Date", "X-Request-ID", "Expires", "Last-Modified"}
